"""
Making time-stamps, and the questions and answers by which they are asked for.

A token is put together from bytes: it comes with every seal. Sources: as `timestamps`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from asn1crypto import core, tsp

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.algorithms import (
    DIGEST_BYTES,
    DIGEST_OIDS,
    SIGNATURE_OIDS,
    Algorithm,
    digest,
)
from tongban.foundation.crypto.certificates import Certificate
from tongban.foundation.crypto.signed_data import MESSAGE_DIGEST, SET_TAG, SIGNED_DATA
from tongban.foundation.crypto.timestamps import CONTENT_TYPE, SIGNING_CERTIFICATE, TST_INFO

_SEQUENCE: Final = 0x30
_CONTEXT_0: Final = 0xA0
_VERSION_1: Final = b"\x02\x01\x01"
_VERSION_3: Final = b"\x02\x01\x03"
_ACCURACY: Final = b"\x30\x03\x02\x01\x01"
"""One second."""


class RefusalReason(StrEnum):
    """
    Why a request is refused; RFC 3161 2.4.2, as asn1crypto calls them.
    """

    BAD_ALGORITHM = "bad_alg"
    BAD_REQUEST = "bad_request"
    BAD_FORMAT = "bad_data_format"
    OTHER_POLICY = "unaccepted_policy"
    UNKNOWN_EXTENSION = "unaccepted_extensions"
    FAILURE = "system_failure"


def make_request(*, algorithm: Algorithm, digest: bytes, nonce: int) -> bytes:
    """
    Ask for a stamp, with the certificates of who stamps.

    :param algorithm: whose digest it is
    """
    return asn1.built(
        _SEQUENCE,
        _VERSION_1,
        _made_imprint(algorithm, digest),
        core.Integer(nonce).dump(),
        core.Boolean(True).dump(),  # noqa: FBT003 - the value itself
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamper:
    """
    Who stamps: a certificate for time-stamping with its key.
    """

    certificate: Certificate
    chain: Sequence[Certificate]
    """Those above it, which go into the token with it."""
    sign: Callable[[bytes], bytes]
    is_named_only: bool = False
    """No certificate goes into the token: who asked has them (RFC 3161 2.4.1, certReq)."""


def make_token(
    *,
    stamper: Stamper,
    algorithm: Algorithm,
    digest: bytes,
    at: datetime,
    serial: int,
    policy: str,
    nonce: int | None = None,
) -> bytes:
    """
    Stamp a digest; DER of the ContentInfo.

    :param algorithm: whose digest it is
    :param serial: one that was never used before
    """
    stamped = asn1.built(
        _SEQUENCE,
        _VERSION_1,
        asn1.written_oid(policy),
        _made_imprint(algorithm, digest),
        core.Integer(serial).dump(),
        core.GeneralizedTime(at.astimezone(UTC).replace(microsecond=0)).dump(),
        _ACCURACY,
        core.Integer(nonce).dump() if nonce is not None else b"",
    )
    return _signed_data(stamped, stamper)


def make_answer(token: bytes) -> bytes:
    """
    Return the answer that grants a request.
    """
    return _answer({"status": "granted"}, token)


def make_refusal(reason: RefusalReason) -> bytes:
    """
    Return the answer that refuses a request.
    """
    return _answer({"status": "rejection", "fail_info": {reason.value}}, b"")


def _answer(status: dict[str, Any], token: bytes) -> bytes:
    return asn1.built(_SEQUENCE, tsp.PKIStatusInfo(status).dump(), token)


def _made_imprint(algorithm: Algorithm, value: bytes) -> bytes:
    if len(value) != DIGEST_BYTES:
        raise ValueError("a digest is 32 bytes")
    return asn1.built(_SEQUENCE, _digest_algorithm(algorithm), asn1.built(asn1.OCTET_STRING, value))


@cache
def _digest_algorithm(algorithm: Algorithm) -> bytes:
    return asn1.built(_SEQUENCE, asn1.written_oid(DIGEST_OIDS[algorithm]))


def _signed_data(stamped: bytes, stamper: Stamper) -> bytes:
    """
    Sign in a container of RFC 5652; elements of a SET lie in the order of their bytes, as DER asks.
    """
    certificate = stamper.certificate
    algorithm = certificate.algorithm
    if algorithm is None:
        raise ValueError("a stamper's key is SM2 or P-256")
    attributes = sorted(_attributes(algorithm, stamped, certificate))
    signature = stamper.sign(asn1.built(SET_TAG, *attributes))
    info = asn1.built(
        _SEQUENCE,
        _VERSION_1,
        asn1.built(_SEQUENCE, certificate.issuer.encoded(), core.Integer(certificate.serial).dump()),
        _digest_algorithm(algorithm),
        asn1.built(_CONTEXT_0, *attributes),
        asn1.built(_SEQUENCE, asn1.written_oid(SIGNATURE_OIDS[algorithm])),
        asn1.built(asn1.OCTET_STRING, signature),
    )
    enclosed = [] if stamper.is_named_only else sorted(one.der for one in (certificate, *stamper.chain))
    data = asn1.built(
        _SEQUENCE,
        _VERSION_3,
        asn1.built(SET_TAG, _digest_algorithm(algorithm)),
        asn1.built(
            _SEQUENCE,
            asn1.written_oid(TST_INFO),
            asn1.built(_CONTEXT_0, asn1.built(asn1.OCTET_STRING, stamped)),
        ),
        asn1.built(_CONTEXT_0, *enclosed) if enclosed else b"",
        asn1.built(SET_TAG, info),
    )
    return asn1.built(_SEQUENCE, asn1.written_oid(SIGNED_DATA), asn1.built(_CONTEXT_0, data))


def _attributes(algorithm: Algorithm, stamped: bytes, certificate: Certificate) -> list[bytes]:
    # SHA-256 goes without saying: RFC 5035 4.
    kind = b"" if algorithm is Algorithm.P256 else _digest_algorithm(algorithm)
    named = asn1.built(_SEQUENCE, kind, asn1.built(asn1.OCTET_STRING, digest(algorithm, certificate.der)))
    values = {
        CONTENT_TYPE: asn1.written_oid(TST_INFO),
        MESSAGE_DIGEST: asn1.built(asn1.OCTET_STRING, digest(algorithm, stamped)),
        SIGNING_CERTIFICATE: asn1.built(_SEQUENCE, asn1.built(_SEQUENCE, named)),
    }
    return [
        asn1.built(_SEQUENCE, asn1.written_oid(kind), asn1.built(SET_TAG, value))
        for kind, value in values.items()
    ]
