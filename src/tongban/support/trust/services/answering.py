"""
Status answers (OCSP), signed by the authority that issued what is asked about.
"""

from datetime import datetime

from tongban.foundation.crypto import status
from tongban.foundation.crypto.certificates import Certificate, read_certificate, serial_text
from tongban.foundation.crypto.revocation import Revocation, RevocationReason
from tongban.foundation.crypto.status import Answer, Asked, State, StatusFailure
from tongban.foundation.db import business_transaction
from tongban.support.trust.models import Authority, IssuedCertificate
from tongban.support.trust.ports import KeyStoreFailed
from tongban.support.trust.services.keeping import signing_by
from tongban.support.trust.values import STATUS_VALID_FOR, AuthorityRole


@business_transaction
def answer_status(*, question: bytes, at: datetime) -> bytes:
    """
    Answer a question of RFC 6960 that somebody sent; DER of the answer, which may say that there is none.

    Constant queries: one for the authorities, one for what is asked about, one for the key.
    """
    try:
        asked = status.read_status_request(question)
    except status.NotAStatus:
        return status.make_status_failure(StatusFailure.MALFORMED)
    found = _authority_of(asked.asked[0], at=at)
    if found is None:
        return status.make_status_failure(StatusFailure.UNAUTHORIZED)
    authority, issuer = found
    known = _standings(authority, asked.asked)
    try:
        return status.make_status_answer(
            states=[
                (one, known.get(one.serial, Answer.UNKNOWN) if one.is_issued_by(issuer) else Answer.UNKNOWN)
                for one in asked.asked
            ],
            nonce=asked.nonce,
            at=at,
            next_update=at + STATUS_VALID_FOR,
            issuer=issuer,
            sign=signing_by(authority.key, at=at),
        )
    except KeyStoreFailed:
        return status.make_status_failure(StatusFailure.FAILURE)


def _authority_of(asked: Asked, *, at: datetime) -> tuple[Authority, Certificate] | None:
    for authority in Authority.objects.select_related("key").filter(not_after__gte=at).order_by("-made_at"):
        issuer = read_certificate(bytes(authority.der))
        if asked.is_issued_by(issuer):
            return authority, issuer
    return None


def _standings(authority: Authority, asked: tuple[Asked, ...]) -> dict[int, State]:
    serials = [serial_text(one.serial) for one in asked]
    columns = ("serial", "revoked_at", "reason")
    rows = (
        Authority.objects.filter(parent=authority, serial__in=serials).values_list(*columns)
        if authority.role == AuthorityRole.ROOT
        else IssuedCertificate.objects.filter(authority=authority, serial__in=serials).values_list(*columns)
    )
    return {
        int(serial, 16): Answer.GOOD if at is None else Revocation(at, RevocationReason(reason))
        for serial, at, reason in rows
    }
