"""
The node's certificate authority as the exchange needs it: two services that do not know one another.
"""

from datetime import datetime

from django.conf import settings

from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import read_certificate
from tongban.resources.exchange.values.nodes import NodeCertificate
from tongban.support.identity.services import require_second_factor
from tongban.support.trust import selectors, services
from tongban.support.trust.values import CertificateProfile, Reason

LONGEST_NAME = 64
CODE_LENGTH = 12
ISSUER = system_actor("config.node_authority")


class TrustAuthority:
    """
    Port `NodeAuthority` over support.trust.
    """

    def certify(self, *, code: str, name: str, request: bytes, actor: Actor, at: datetime) -> NodeCertificate:
        """
        Issue a certificate of the profile NODE, its common name the node's and its code.
        """
        known = (name or settings.TONGBAN_NODE.name)[: LONGEST_NAME - CODE_LENGTH - 1]
        made = services.issue_within(
            name=f"{known} {code}",
            organisation=known,
            profile=CertificateProfile.NODE,
            algorithm=Algorithm.SM2,
            bearer=f"node:{code}",
            request=request,
            actor=actor,
            at=at,
        )
        return NodeCertificate(der=made.der, chain=made.chain)

    def end(self, *, certificate: bytes, actor: Actor, at: datetime) -> None:
        """
        Revoke a certificate.
        """
        serial = read_certificate(certificate).serial_text
        for found in selectors.certificates(actor=ISSUER, at=at, words=serial).items:
            if found.serial == serial:
                services.revoke_within(certificate_id=found.id, reason=Reason.CESSATION, actor=actor, at=at)

    def confirm(self, *, actor: Actor, at: datetime) -> None:
        """
        Ask for a second factor that was shown of late.
        """
        require_second_factor(actor, at=at)
