"""
Revocation lists (CRL): reading those of any maker, and making our own.

Sources: GB/T 20518-2018 5.3, RFC 5280 5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from asn1crypto import crl, x509

from tongban.foundation.crypto import asn1
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import Certificate, Signed, read_signed
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.issuing import signature_algorithm, signed_der, time_of
from tongban.foundation.crypto.names import Name, read_name

LARGEST_LIST: Final = 8 * 1024 * 1024
MOST_ENTRIES: Final = 200_000

_CRL_NUMBER: Final = "2.5.29.20"
_REASON: Final = "2.5.29.21"


class NotARevocationList(Exception):
    """
    These bytes are no revocation list.
    """


class RevocationReason(StrEnum):
    """
    吊销原因; RFC 5280 5.3.1.
    """

    UNSPECIFIED = "UNSPECIFIED"
    KEY_COMPROMISE = "KEY_COMPROMISE"
    CA_COMPROMISE = "CA_COMPROMISE"
    AFFILIATION_CHANGED = "AFFILIATION_CHANGED"
    SUPERSEDED = "SUPERSEDED"
    CESSATION = "CESSATION"
    HOLD = "HOLD"
    PRIVILEGE_WITHDRAWN = "PRIVILEGE_WITHDRAWN"
    AA_COMPROMISE = "AA_COMPROMISE"


REASON_CODES: Final = {
    RevocationReason.UNSPECIFIED: 0,
    RevocationReason.KEY_COMPROMISE: 1,
    RevocationReason.CA_COMPROMISE: 2,
    RevocationReason.AFFILIATION_CHANGED: 3,
    RevocationReason.SUPERSEDED: 4,
    RevocationReason.CESSATION: 5,
    RevocationReason.HOLD: 6,
    RevocationReason.PRIVILEGE_WITHDRAWN: 9,
    RevocationReason.AA_COMPROMISE: 10,
}
REASON_OF_CODE: Final = {code: reason for reason, code in REASON_CODES.items()}


@dataclass(frozen=True, slots=True)
class Revocation:
    """
    Since when a certificate counts no more, and why.
    """

    at: datetime
    reason: RevocationReason = RevocationReason.UNSPECIFIED


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationList:
    """
    证书吊销列表.
    """

    der: bytes = field(repr=False)
    issuer: Name
    this_update: datetime
    next_update: datetime | None
    """Until when it is the newest; None: it does not say."""
    number: int | None
    entries: Mapping[int, Revocation] = field(repr=False)
    """Serial number -> revocation."""
    strange_extensions: tuple[str, ...]
    """Critical ones, which limit what the list is about (parts, other issuers, changes only); it is not relied on."""
    body: Signed = field(repr=False)

    def is_signed_by(self, issuer: Certificate) -> bool:
        """
        Whether the issuer's key made its signature.
        """
        return issuer.proof_of(self.body) is Proof.RIGHT

    def answers_for(self, at: datetime) -> bool:
        """
        Whether it is new enough to say that what it does not name was not revoked at a moment.
        """
        return self.next_update is None or at <= self.next_update


def read_revocation_list(data: bytes) -> RevocationList:
    """
    Read a list: DER or PEM, 8 MiB and 200,000 entries at most.

    :raises NotARevocationList: it is none; never anything else
    """
    try:
        return _read(asn1.unwrapped(data, most_bytes=LARGEST_LIST)[0])
    except asn1.UNREADABLE as error:
        raise NotARevocationList(f"{type(error).__name__}: {error}") from error


def _read(der: bytes) -> RevocationList:
    parts, body = read_signed(der, most_bytes=LARGEST_LIST)
    if parts[0].is_a(asn1.INTEGER):
        parts.pop(0)
    algorithm, issuer, this_update, *rest = parts
    if asn1.oid(algorithm.pieces()[0]) != body.signature_oid:
        raise ValueError("signed by another algorithm than it says")
    next_update = None
    if rest and rest[0].tag in {asn1.UTC_TIME, asn1.GENERALIZED_TIME} and rest[0].tag_class == asn1.UNIVERSAL:
        next_update = asn1.moment(rest.pop(0))
    entries: dict[int, Revocation] = {}
    strange: set[str] = set()
    if rest and rest[0].is_a(asn1.SEQUENCE):
        for entry in rest.pop(0).pieces():
            serial, revocation = _entry(entry, strange)
            entries[serial] = revocation
            if len(entries) > MOST_ENTRIES:
                raise ValueError("too many entries")
    number = _about_the_list(rest, strange)
    return RevocationList(
        der=der,
        issuer=read_name(issuer),
        this_update=asn1.moment(this_update),
        next_update=next_update,
        number=number,
        entries=MappingProxyType(entries),
        strange_extensions=tuple(sorted(strange)),
        body=body,
    )


def _entry(found: asn1.Piece, strange: set[str]) -> tuple[int, Revocation]:
    serial, at, *extensions = found.pieces()
    reason = RevocationReason.UNSPECIFIED
    for dotted, is_critical, content in _extensions(extensions[0].pieces() if extensions else []):
        if dotted == _REASON:
            reason = REASON_OF_CODE.get(asn1.piece(content).contents[0], RevocationReason.UNSPECIFIED)
        elif is_critical:
            strange.add(dotted)
    return asn1.integer(serial), Revocation(asn1.moment(at), reason)


def _about_the_list(rest: list[asn1.Piece], strange: set[str]) -> int | None:
    number = None
    for part in rest:
        if part.is_a(0, asn1.CONTEXT):
            for dotted, is_critical, content in _extensions(part.pieces()[0].pieces()):
                if dotted == _CRL_NUMBER:
                    number = asn1.integer(asn1.piece(content))
                elif is_critical:
                    strange.add(dotted)
    return number


def _extensions(found: list[asn1.Piece]) -> list[tuple[str, bool, bytes]]:
    read = []
    for one in found:
        named, *critical, value = one.pieces()
        read.append((asn1.oid(named), bool(critical) and asn1.flag(critical[0]), value.contents))
    return read


def make_revocation_list(
    *,
    issuer: Certificate,
    algorithm: Algorithm,
    number: int,
    this_update: datetime,
    next_update: datetime,
    entries: Mapping[int, Revocation],
    sign: Callable[[bytes], bytes],
) -> bytes:
    """
    Make a list, DER.

    :param algorithm: of the issuer's key
    :param number: higher than that of the list before
    :param entries: serial number -> revocation
    :param sign: makes the issuer's signature of a message
    """
    signature = signature_algorithm(algorithm)
    facts: dict[str, Any] = {
        "version": "v2",
        "signature": signature,
        "issuer": x509.Name.load(issuer.subject.encoded()),
        "this_update": time_of(this_update),
        "next_update": time_of(next_update),
        "crl_extensions": [
            {"extn_id": "crl_number", "extn_value": number},
            {"extn_id": "authority_key_identifier", "extn_value": {"key_identifier": issuer.subject_key_id}},
        ],
    }
    if entries:
        facts["revoked_certificates"] = [_made_entry(serial, entries[serial]) for serial in sorted(entries)]
    part = crl.TbsCertList(facts).dump()
    return signed_der(part, signature.dump(), sign(part))


def _made_entry(serial: int, revocation: Revocation) -> dict[str, Any]:
    return {
        "user_certificate": serial,
        "revocation_date": time_of(revocation.at),
        "crl_entry_extensions": [
            {"extn_id": "crl_reason", "extn_value": crl.CRLReason(REASON_CODES[revocation.reason])}
        ],
    }
