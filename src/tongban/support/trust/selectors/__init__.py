"""
Questions about certificates and trust.
"""

from tongban.support.trust.selectors.ending import ending
from tongban.support.trust.selectors.reading import (
    anchors,
    are_valid,
    authorities,
    authority_certificate,
    certificate,
    certificate_der,
    certificate_status,
    certificates,
    find_bearer_certificate,
    may_administer,
    may_read,
    newest_list,
    published_keys,
    require_administrator,
)
from tongban.support.trust.selectors.verifying import chain_report, timestamp_report

__all__ = [
    "anchors",
    "are_valid",
    "authorities",
    "authority_certificate",
    "certificate",
    "certificate_der",
    "certificate_status",
    "certificates",
    "chain_report",
    "ending",
    "find_bearer_certificate",
    "may_administer",
    "may_read",
    "newest_list",
    "published_keys",
    "require_administrator",
    "timestamp_report",
]
