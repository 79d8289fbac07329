"""
What seals do when they hear of something elsewhere.
"""

import uuid
from typing import Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import system_actor
from tongban.foundation.events import Announced
from tongban.support.seals.models import Seal
from tongban.support.seals.services.recording import move
from tongban.support.seals.services.telling import tell_ending
from tongban.support.seals.values import SealAction, SealState, SuspensionKind
from tongban.support.trust.events import CertificateEnding, CertificateRevoked

FREEZER: Final = system_actor("seals.certificate_revoked")
BEARER: Final = "seal:"
NOTE: Final = _("签章证书已被吊销，须申请续期、换发新证书后才能使用")


def on_certificate_revoked(fact: Announced) -> None:
    """
    React to a revoked certificate: a seal that signs with it is frozen, and its keepers are told.

    It could not have signed since the revocation; now it says so to whoever asks. A seal that was replaced or destroyed
    had its certificates revoked by that.
    """
    revoked = msgspec.convert(fact.payload, CertificateRevoked)
    seal = _bearer(revoked.bearer)
    if seal is None or seal.state != SealState.IN_USE:
        return
    if revoked.certificate_id not in {str(seal.certificate_id), str(seal.pdf_certificate_id)}:
        return
    seal.suspension, seal.suspended_at = SuspensionKind.FROZEN.value, fact.at
    move(
        seal,
        SealAction.FREEZE,
        actor=FREEZER,
        at=fact.at,
        note=str(NOTE),
        serial=revoked.serial,
        reason=revoked.reason,
    )


def on_certificate_ending(fact: Announced) -> None:
    """
    React to a certificate that ends soon: the keepers of its seal are told to renew it, once for each limit.
    """
    ending = msgspec.convert(fact.payload, CertificateEnding)
    seal = _bearer(ending.bearer)
    if seal is not None:
        tell_ending(seal, ends=ending.not_after, within_days=ending.within_days, at=fact.at)


def _bearer(bearer: str) -> Seal | None:
    """
    Return the seal that a certificate is of, its row held; None: it is of something else.
    """
    if not bearer.startswith(BEARER):
        return None
    return Seal.objects.locked().filter(id=uuid.UUID(bearer.removeprefix(BEARER))).first()
