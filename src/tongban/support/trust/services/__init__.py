"""
What changes keys, certificates and trust, and what signs.
"""

from tongban.support.trust.services.answering import answer_status
from tongban.support.trust.services.authorities import RootStays, ensure_authorities, revoke_authority
from tongban.support.trust.services.issuing import (
    CertificateEnded,
    NoAuthority,
    NotOurCertificate,
    install_certificate,
    issue_certificate,
    issue_within,
    renew_certificate,
    renew_within,
    request_certificate,
)
from tongban.support.trust.services.keeping import (
    KeyNeeded,
    KeyUnusable,
    destroy_key,
    sign_with,
    signer_of,
)
from tongban.support.trust.services.offline import (
    NoOfflineRoot,
    NoRootHere,
    adopt_root,
    detach_root,
    export_root,
    install_authority,
    order_authority,
)
from tongban.support.trust.services.publishing import publish_lists
from tongban.support.trust.services.revoking import revoke_certificate, revoke_within
from tongban.support.trust.services.stamping import NoTimestampService, answer_timestamp, timestamp
from tongban.support.trust.services.trusting import fetch_lists, take_list, trust_issuer, withdraw_trust
from tongban.support.trust.services.warning import warn_of_ending

__all__ = [
    "CertificateEnded",
    "KeyNeeded",
    "KeyUnusable",
    "NoAuthority",
    "NoOfflineRoot",
    "NoRootHere",
    "NoTimestampService",
    "NotOurCertificate",
    "RootStays",
    "adopt_root",
    "answer_status",
    "answer_timestamp",
    "destroy_key",
    "detach_root",
    "ensure_authorities",
    "export_root",
    "fetch_lists",
    "install_authority",
    "install_certificate",
    "issue_certificate",
    "issue_within",
    "order_authority",
    "publish_lists",
    "renew_certificate",
    "renew_within",
    "request_certificate",
    "revoke_authority",
    "revoke_certificate",
    "revoke_within",
    "sign_with",
    "signer_of",
    "take_list",
    "timestamp",
    "trust_issuer",
    "warn_of_ending",
    "withdraw_trust",
]
