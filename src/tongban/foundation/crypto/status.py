"""
Whether a certificate is revoked, asked and answered one by one (OCSP).

Sources: GB/T 19713-2005 (在线证书状态协议), RFC 6960.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from asn1crypto import core, crl, ocsp, x509

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.algorithms import DIGEST_OIDS, Algorithm
from tongban.foundation.crypto.certificates import Certificate, Signed
from tongban.foundation.crypto.digests import sm3
from tongban.foundation.crypto.issuing import signature_algorithm
from tongban.foundation.crypto.revocation import REASON_CODES, REASON_OF_CODE, Revocation, RevocationReason

LARGEST_REQUEST: Final = 8 * 1024
LARGEST_ANSWER: Final = 64 * 1024
MOST_ASKED: Final = 32
LONGEST_NONCE: Final = 64

_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
_SUCCESSFUL: Final = 0
_GOOD, _REVOKED = 0, 1
_DIGESTS: Final[dict[str, Callable[[bytes], bytes]]] = {
    "1.3.14.3.2.26": lambda data: hashlib.sha1(data, usedforsecurity=False).digest(),
    DIGEST_OIDS[Algorithm.P256]: lambda data: hashlib.sha256(data).digest(),
    DIGEST_OIDS[Algorithm.SM2]: sm3,
}
"""By which an issuer is named; SHA-1 too, for RFC 6960 clients have no other in common, and nothing hangs on it."""


class NotAStatus(Exception):
    """
    These bytes are no request for the status of certificates, or no answer to one.
    """


class Answer(StrEnum):
    """
    What is said of a certificate that is not revoked.
    """

    GOOD = "GOOD"
    UNKNOWN = "UNKNOWN"
    """The answerer did not issue it."""


State = Revocation | Answer


class StatusFailure(StrEnum):
    """
    Why a request gets no answer; RFC 6960 4.2.1, as asn1crypto calls them.
    """

    MALFORMED = "malformed_request"
    FAILURE = "internal_error"
    UNAUTHORIZED = "unauthorized"
    """The answerer answers for none of the issuers that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    Which certificate is asked about: its serial number, and its issuer by digests of name and key.
    """

    digest_oid: str
    name_digest: bytes
    key_digest: bytes
    serial: int
    der: bytes = field(repr=False)

    def is_issued_by(self, issuer: Certificate) -> bool:
        """
        Whether this issuer is meant.
        """
        digest = _DIGESTS.get(self.digest_oid)
        if digest is None or issuer.public_key is None:
            return False
        named = digest(issuer.subject.encoded()), digest(issuer.public_key.point)
        return named == (self.name_digest, self.key_digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRequest:
    """
    What somebody wants to know.
    """

    asked: tuple[Asked, ...]
    nonce: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer:
    """
    An answer that was read.
    """

    produced_at: datetime
    states: dict[int, State]
    """Serial number -> what is said of it."""
    nonce: bytes
    body: Signed = field(repr=False)

    def is_signed_by(self, issuer: Certificate) -> bool:
        """
        Whether the issuer itself signed it.
        """
        return self.body.is_signed_with(issuer.algorithm, issuer.public_key)


def make_status_request(
    *, serials: Sequence[int], issuer: Certificate, algorithm: Algorithm, nonce: bytes = b""
) -> bytes:
    """
    Ask for the status of certificates of one issuer, DER.

    :param algorithm: whose digest names the issuer
    :raises ValueError: the issuer's key is of a kind that is unknown here
    """
    if issuer.public_key is None:
        raise ValueError("an issuer of an unknown kind")
    oid = DIGEST_OIDS[algorithm]
    digest = _DIGESTS[oid]
    ids = [
        {
            "hash_algorithm": {"algorithm": oid},
            "issuer_name_hash": digest(issuer.subject.encoded()),
            "issuer_key_hash": digest(issuer.public_key.point),
            "serial_number": serial,
        }
        for serial in serials
    ]
    facts: dict[str, Any] = {"request_list": [{"req_cert": one} for one in ids]}
    if nonce:
        facts["request_extensions"] = [{"extn_id": "nonce", "extn_value": core.OctetString(nonce)}]
    return bytes(ocsp.OCSPRequest({"tbs_request": facts}).dump())


def read_status_request(data: bytes) -> StatusRequest:
    """
    Read a request, 8 KiB and 32 certificates at most.

    :raises NotAStatus: it is none; never anything else
    """
    try:
        parts = asn1.whole(data, most_bytes=LARGEST_REQUEST).pieces()[0].pieces()
        asked = next(part for part in parts if part.is_a(asn1.SEQUENCE)).pieces()
        if not 0 < len(asked) <= MOST_ASKED:
            raise NotAStatus(f"{len(asked)} certificates")
        nonce = _nonce(next((part for part in parts if part.is_a(2, asn1.CONTEXT)), None))
        return StatusRequest(asked=tuple(_asked(one.pieces()[0]) for one in asked), nonce=nonce)
    except asn1.UNREADABLE as error:
        raise NotAStatus(f"{type(error).__name__}: {error}") from error


def make_status_answer(
    *,
    states: Sequence[tuple[Asked, State]],
    nonce: bytes,
    at: datetime,
    next_update: datetime,
    issuer: Certificate,
    sign: Callable[[bytes], bytes],
) -> bytes:
    """
    Answer what is asked, signed by the issuer itself; DER of the whole response.

    :param next_update: until when the answer may be kept
    :param sign: makes the issuer's signature of a message
    :raises ValueError: the issuer's key is of a kind that is unknown here
    """
    if issuer.algorithm is None:
        raise ValueError("an issuer of an unknown kind")
    facts: dict[str, Any] = {
        "responder_id": ocsp.ResponderId(name="by_name", value=x509.Name.load(issuer.subject.encoded())),
        "produced_at": _second(at),
        "responses": [
            {
                "cert_id": ocsp.CertId.load(asked.der),
                "cert_status": _cert_status(state),
                "this_update": _second(at),
                "next_update": _second(next_update),
            }
            for asked, state in states
        ],
    }
    if nonce:
        facts["response_extensions"] = [{"extn_id": "nonce", "extn_value": core.OctetString(nonce)}]
    data = ocsp.ResponseData(facts)
    basic = ocsp.BasicOCSPResponse(
        {
            "tbs_response_data": data,
            "signature_algorithm": signature_algorithm(issuer.algorithm),
            "signature": sign(data.dump()),
        }
    )
    inside = {"response_type": "basic_ocsp_response", "response": basic}
    return bytes(ocsp.OCSPResponse({"response_status": "successful", "response_bytes": inside}).dump())


def make_status_failure(reason: StatusFailure) -> bytes:
    """
    Say that there is no answer. It is not signed: RFC 6960 4.2.1.
    """
    return bytes(core.Sequence(contents=ocsp.OCSPResponseStatus(reason.value).dump()).dump())


def read_status_answer(data: bytes) -> StatusAnswer:
    """
    Read an answer, 64 KiB at most.

    :raises NotAStatus: it is none, or says that there is no answer; never anything else
    """
    try:
        outcome, *inside = asn1.whole(data, most_bytes=LARGEST_ANSWER).pieces()
        if outcome.contents != bytes([_SUCCESSFUL]):
            raise NotAStatus(f"status {outcome.contents.hex()}")
        kind, content = inside[0].pieces()[0].pieces()
        if asn1.oid(kind) != _BASIC:
            raise ValueError("another kind of answer")
        return _answer(asn1.whole(asn1.octets(content), most_bytes=LARGEST_ANSWER))
    except asn1.UNREADABLE as error:
        raise NotAStatus(f"{type(error).__name__}: {error}") from error


def _answer(outer: asn1.Piece) -> StatusAnswer:
    part, algorithm, signature, *_certificates = outer.pieces()
    body = Signed(
        signed_part=part.der,
        signature_oid=asn1.oid(algorithm.pieces()[0]),
        signature_algorithm=algorithm.der,
        signature=asn1.bits(signature),
    )
    parts = part.pieces()
    if parts[0].is_a(0, asn1.CONTEXT):
        parts.pop(0)
    _responder, produced_at, responses, *extensions = parts
    states = {}
    for one in responses.pieces():
        named, state, *_times = one.pieces()
        states[_asked(named).serial] = _state(state)
    return StatusAnswer(
        produced_at=asn1.moment(produced_at),
        states=states,
        nonce=_nonce(extensions[0] if extensions else None),
        body=body,
    )


def _asked(found: asn1.Piece) -> Asked:
    kind, name, key, serial = found.pieces()
    return Asked(
        digest_oid=asn1.oid(kind.pieces()[0]),
        name_digest=asn1.octets(name),
        key_digest=asn1.octets(key),
        serial=asn1.integer(serial),
        der=found.der,
    )


def _nonce(extensions: asn1.Piece | None) -> bytes:
    for one in extensions.pieces()[0].pieces() if extensions is not None else ():
        named, *_critical, value = one.pieces()
        if asn1.oid(named) == _NONCE:
            # Old clients write the nonce bare, without an OCTET STRING of its own.
            inner = value.contents
            return (asn1.piece(inner).contents if inner[:1] == b"\x04" else inner)[:LONGEST_NONCE]
    return b""


def _state(found: asn1.Piece) -> State:
    if found.is_a(_GOOD, asn1.CONTEXT):
        return Answer.GOOD
    if not found.is_a(_REVOKED, asn1.CONTEXT):
        return Answer.UNKNOWN
    at, *reason = found.pieces()
    code = reason[0].pieces()[0].contents[0] if reason else 0
    return Revocation(asn1.moment(at), REASON_OF_CODE.get(code, RevocationReason.UNSPECIFIED))


def _cert_status(state: State) -> ocsp.CertStatus:
    if isinstance(state, Revocation):
        revoked = {
            "revocation_time": _second(state.at),
            "revocation_reason": crl.CRLReason(REASON_CODES[state.reason]),
        }
        return ocsp.CertStatus(name="revoked", value=ocsp.RevokedInfo(revoked))
    if state is Answer.GOOD:
        return ocsp.CertStatus(name="good", value=ocsp.StatusGood())
    return ocsp.CertStatus(name="unknown", value=ocsp.StatusUnknown())


def _second(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(microsecond=0)
