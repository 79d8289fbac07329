"""
The code of 亮证: how it is written, read and judged, as pure functions.

A code is `TB1.<claims>.<signature>`: the claims are a JSON array in base64url, the signature is SM2 over everything
before its dot (signer's id "1234567812345678"), r and s side by side, base64url. About 500 characters, one QR code.
Sources: GB/T 32918.2-2016 (signature), RFC 4648 section 5 (base64url), RFC 8259 (JSON).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import msgspec

from tongban.business.licences.values import HOLDER_LINES
from tongban.business.licences.values.presenting import (
    CLOCKS_DIFFER,
    CODE_LIVES,
    Claims,
    CodeVerdict,
    ReadCode,
)
from tongban.foundation import crypto
from tongban.foundation.crypto import sm2

PREFIX: Final = "TB1"
LONGEST_CODE: Final = 1000
"""More does not scan well from one phone to another."""
LONGEST_TEXT: Final = 4000
"""Longer texts are not looked at."""
KEY_ID_BYTES: Final = 8
SIGNATURE_BYTES: Final = 64
LONGEST_NONCE: Final = 32


class _Row(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    key_id: str
    nonce: str
    issued_at: int
    expires_at: int
    identifier: str
    type_name: str
    issuer_name: str
    last_valid_date: str
    flags: int
    lines: list[tuple[str, str]]


_BY_AGENT: Final = 1
_DEMONSTRATION: Final = 2
_ROW: Final = msgspec.json.Decoder(_Row)


def key_id_of(point: bytes) -> str:
    """
    Return the name of a public key in codes.
    """
    return _text(crypto.sm3(point)[:KEY_ID_BYTES])


def usual_keys(face: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """
    Return the keys of the lines that are shown unless the holder says otherwise.

    The holder's name, and whatever is not personal; never the holder's number (个人信息保护法 art. 6).
    """
    return frozenset(
        line["key"]
        for line in face
        if line["key"] == "holder_name" or not (line.get("masked") or line["key"] in HOLDER_LINES)
    )


def signed_part(claims: Claims) -> str:
    """
    Return the text that is signed: prefix and claims.
    """
    row = _Row(
        key_id=claims.key_id,
        nonce=claims.nonce,
        issued_at=int(claims.issued_at.timestamp()),
        expires_at=int(claims.expires_at.timestamp()),
        identifier=claims.identifier,
        type_name=claims.type_name,
        issuer_name=claims.issuer_name,
        last_valid_date=claims.last_valid_date.isoformat() if claims.last_valid_date else "",
        flags=claims.is_by_agent * _BY_AGENT + claims.is_demonstration * _DEMONSTRATION,
        lines=list(claims.lines),
    )
    return f"{PREFIX}.{_text(msgspec.json.encode(row))}"


def sealed_code(signed: str, signature: bytes) -> str:
    """
    Return the whole code.

    :param signature: r and s side by side, 64 bytes
    """
    return f"{signed}.{_text(signature)}"


def read_code(text: str) -> ReadCode | None:
    """
    Take a code apart, or return None for anything else. What it says is not to be believed yet.

    :param text: the code, or an address that carries it behind a #; blanks and line ends make no difference
    """
    if len(text) > LONGEST_TEXT:
        return None
    parts = "".join(text.rpartition("#")[2].split()).split(".")
    if len(parts) != 3 or parts[0] != PREFIX:  # noqa: PLR2004 - prefix, claims, signature
        return None
    try:
        claims = _claims(_ROW.decode(_bytes(parts[1])))
        signature = _bytes(parts[2])
    except (ValueError, OverflowError, OSError):
        return None
    if len(signature) != SIGNATURE_BYTES or not 0 < len(claims.nonce) <= LONGEST_NONCE:
        return None
    return ReadCode(claims=claims, signed=f"{parts[0]}.{parts[1]}".encode("ascii"), signature=signature)


def is_signed_by(code: ReadCode, point: bytes) -> bool:
    """
    Tell whether a code was signed with the key that has this public half.
    """
    return sm2.PublicKey(point).verify(sm2.der_of(code.signature), code.signed)


def timing(claims: Claims, *, at: datetime, tolerance: timedelta = CLOCKS_DIFFER) -> CodeVerdict:
    """
    Return `GENUINE`, `EARLY` or `LATE` for a code that is looked at now.

    :param tolerance: how far the clocks of who signed and who checks may differ
    """
    if claims.issued_at > at + tolerance:
        return CodeVerdict.EARLY
    too_long = claims.expires_at - claims.issued_at > CODE_LIVES
    if too_long or at >= claims.expires_at + tolerance:
        return CodeVerdict.LATE
    return CodeVerdict.GENUINE


def _claims(row: _Row) -> Claims:
    return Claims(
        key_id=row.key_id,
        nonce=row.nonce,
        issued_at=datetime.fromtimestamp(row.issued_at, UTC),
        expires_at=datetime.fromtimestamp(row.expires_at, UTC),
        identifier=row.identifier,
        type_name=row.type_name,
        issuer_name=row.issuer_name,
        last_valid_date=date.fromisoformat(row.last_valid_date) if row.last_valid_date else None,
        is_by_agent=bool(row.flags & _BY_AGENT),
        is_demonstration=bool(row.flags & _DEMONSTRATION),
        lines=tuple(row.lines),
    )


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        plain = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    except NotBase64 as error:
        raise ValueError(str(error)) from error
    if _text(plain) != text:
        raise ValueError("not the one way to write it")
    return plain
