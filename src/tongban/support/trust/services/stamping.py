"""
Time-stamps: by this node, or by an outside service where one is connected.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation.crypto import stamping, timestamps
from tongban.foundation.crypto.algorithms import DIGEST_BYTES, Algorithm
from tongban.foundation.crypto.issuing import new_serial
from tongban.foundation.crypto.stamping import RefusalReason, Stamper
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict
from tongban.support.trust import ports
from tongban.support.trust.services.authorities import STAMPER
from tongban.support.trust.services.keeping import stamper_of
from tongban.support.trust.values import TimestampToken

POLICY: Final = "2.25.159842391780431276114216931234717401925"
"""Policy of the local service, an identifier made of a UUID (ITU-T X.667); docs/explanation/cryptography.md says it."""


class NoTimestampService(Conflict):
    """
    Nobody stamps: the node has no valid certificate for it, and no outside service is connected.
    """

    code = "no_timestamp_service"
    message = _("时间戳服务暂不可用")


def timestamp(*, digest: bytes, algorithm: Algorithm, at: datetime) -> TimestampToken:
    """
    Have a digest stamped, by the outside service where one is connected.

    :param digest: 32 bytes: SM3 for SM2, SHA-256 for P-256
    :param at: now; what the local service stamps
    :raises ValueError: the digest is of another length
    :raises TimestampFailed: the outside service did not stamp
    :raises NoTimestampService: nobody can
    """
    outside = ports.outside_stamper()
    if outside is not None:
        token = outside.stamp(algorithm=algorithm, digest=digest, at=at)
        return TimestampToken(token=token, at=timestamps.read_token(token).at, is_local=False)
    token = stamping.make_token(
        stamper=_stamper(algorithm, at=at),
        algorithm=algorithm,
        digest=digest,
        at=at,
        serial=new_serial(),
        policy=POLICY,
    )
    return TimestampToken(token=token, at=at.replace(microsecond=0), is_local=True)


@business_transaction
def answer_timestamp(*, question: bytes, at: datetime) -> bytes:
    """
    Answer a question of RFC 3161 that somebody sent; DER of the answer, which may be a refusal.
    """
    if not settings.TONGBAN_TRUST.stamps_for_others:
        return stamping.make_refusal(RefusalReason.FAILURE)
    try:
        asked = timestamps.read_request(question)
    except timestamps.NotATimestamp:
        return stamping.make_refusal(RefusalReason.BAD_FORMAT)
    refusal = _refusal(asked)
    if refusal is not None or asked.algorithm is None:
        return stamping.make_refusal(refusal or RefusalReason.BAD_ALGORITHM)
    try:
        stamper = _stamper(asked.algorithm, at=at)
    except (NoTimestampService, ports.KeyStoreFailed):
        return stamping.make_refusal(RefusalReason.FAILURE)
    token = stamping.make_token(
        stamper=replace(stamper, is_named_only=not asked.wants_certificates),
        algorithm=asked.algorithm,
        digest=asked.digest,
        at=at,
        serial=new_serial(),
        policy=POLICY,
        nonce=asked.nonce,
    )
    return stamping.make_answer(token)


def _refusal(asked: timestamps.TimestampRequest) -> RefusalReason | None:
    if asked.algorithm is None:
        return RefusalReason.BAD_ALGORITHM
    if len(asked.digest) != DIGEST_BYTES:
        return RefusalReason.BAD_FORMAT
    if asked.policy not in {"", POLICY}:
        return RefusalReason.OTHER_POLICY
    return RefusalReason.UNKNOWN_EXTENSION if asked.has_extensions else None


def _stamper(algorithm: Algorithm, *, at: datetime) -> Stamper:
    signer = stamper_of(bearer=STAMPER, algorithm=algorithm, at=at)
    if signer is None:
        raise NoTimestampService(algorithm=algorithm.value)
    return Stamper(certificate=signer.certificate, chain=signer.chain, sign=signer.sign)
