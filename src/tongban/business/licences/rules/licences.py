"""
Identifiers, periods and lives of licences, as pure functions.
"""

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tongban.business.licences.values import (
    CURRENT,
    Act,
    HolderKind,
    LicenceStatus,
    ValidityKind,
    ValidityRule,
    Verdict,
)
from tongban.foundation import crypto
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.codes.licences import BASE_36, is_licence_checked, licence_check_character

ROOT: Final = "1.2.156.3005.2"
"""Root of all identifiers of licences (GB/T 36904-2018)."""
NATURAL_PERSON: Final = "1"
"""Code list T4."""
LAST_VERSION: Final = 999

_IDENTIFIER: Final = re.compile(
    r"(?:1\.2\.156\.3005\.2\.)?([0-9A-Z]{21})\.([0-9A-Z]{1,18})\.([0-9A-Z]{1,32})\.([0-9]{3})\.([0-9A-Z])"
)
IDENTIFIER_IN_FILE: Final = re.compile(
    rb"1\.2\.156\.3005\.2\.[0-9A-Z]{21}\.[0-9A-Z]{1,18}\.[0-9A-Z]{1,32}\.[0-9]{3}\.[0-9A-Z]"
)

#: What may be done to a licence in which state, and what it is then; an amendment makes another version of it.
#: 行政许可法 arts. 69 (撤销), 70 (注销).
LIFE: Final[dict[Act, tuple[frozenset[LicenceStatus], LicenceStatus]]] = {
    Act.SUSPEND: (frozenset({LicenceStatus.VALID}), LicenceStatus.SUSPENDED),
    Act.RESUME: (frozenset({LicenceStatus.SUSPENDED}), LicenceStatus.VALID),
    Act.AMEND: (frozenset({LicenceStatus.VALID}), LicenceStatus.REPLACED),
    # 年检 leaves it as it is; 办理转出 hands it to another registry (status 06 of the industry standards).
    Act.CHECK: (frozenset({LicenceStatus.VALID}), LicenceStatus.VALID),
    Act.MOVE: (frozenset({LicenceStatus.VALID}), LicenceStatus.MOVED),
    Act.REVOKE: (frozenset({LicenceStatus.VALID, LicenceStatus.SUSPENDED}), LicenceStatus.REVOKED),
    Act.CANCEL: (
        frozenset({LicenceStatus.VALID, LicenceStatus.SUSPENDED, LicenceStatus.EXPIRED}),
        LicenceStatus.CANCELED,
    ),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifier:
    """
    证照标识, taken apart (GB/T 36904-2018).
    """

    type_code: str
    issuer_code: str
    serial: str
    version: int

    def __str__(self) -> str:
        segments = (self.type_code, self.issuer_code, self.serial, f"{self.version:03d}")
        return ".".join((ROOT, *segments, licence_check_character("".join(segments))))


def parsed_identifier(text: str) -> Identifier | None:
    """
    Return the identifier that somebody typed, or None if it is none or its check character is wrong.

    Full-width characters, blanks, small letters and a missing root are what people type; all are read.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    match = _IDENTIFIER.fullmatch(plain)
    if match is None or not is_licence_checked("".join(match.groups())):
        return None
    type_code, issuer_code, serial, version, _check = match.groups()
    return Identifier(type_code=type_code, issuer_code=issuer_code, serial=serial, version=int(version))


def issuer_segment(*, issuer_code: str, division_code: str) -> str:
    """
    Return how the issuer stands in an identifier: its social credit code, or the six digits of its division.

    Published codes are not always codes; those with characters that an identifier cannot hold are replaced by the
    division, as older identifiers do.
    """
    code = issuer_code.upper()
    if 0 < len(code) <= 18 and all(character in BASE_36 for character in code):  # noqa: PLR2004 - GB 32100
        return code
    return division_code[:6]


def open_acts(status: LicenceStatus, *, check_due_date: date | None = None) -> tuple[Act, ...]:
    """
    Return what may be done to a licence in this state, in the order of `Act`.

    :param check_due_date: None: licences of its type are not checked
    """
    open_now = (act for act in Act if status in LIFE[act][0])
    return tuple(act for act in open_now if act is not Act.CHECK or check_due_date is not None)


def holder_key(code: str) -> str:
    """
    Return the key by which nodes name a holder to one another: SM3 over a fixed word and the code, 64 hex digits.

    Blanks and small letters make no difference. Whoever reads it could guess the code: it travels sealed, and is
    kept as a blind index.
    """
    plain = "".join(code.split()).upper()
    return sm3_hex(f"tongban.licences.holder|{plain}".encode())


def index_of_holder_key(key: str) -> bytes:
    """
    Return the blind index of a holder's key.
    """
    return crypto.blind_index("licences.peer_holder_key", key)


def holder_index(code: str) -> bytes:
    """
    Return the blind index of a holder's code, which his key leads to as well.
    """
    return index_of_holder_key(holder_key(code))


def holder_kind(kind: str) -> HolderKind:
    """
    Return the kind of a holder, told in our words or by a code of list T4.
    """
    if kind in {HolderKind.PERSON, NATURAL_PERSON}:
        return HolderKind.PERSON
    return HolderKind.LEGAL


def months_later(day: date, months: int) -> date:
    """
    Return the day `months` later; the last day of the month where there is no such day (民法典 art. 202).
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    month += 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def next_turn(begun: date, months: int | None, *, after: date) -> date | None:
    """
    Return the first day behind `after` that lies a multiple of `months` behind `begun`; None: there is no turn.

    Of a licence that was issued elsewhere nobody here knows which checks there were: the next is asked for.
    """
    if months is None:
        return None
    turns = 1
    while (turn := months_later(begun, months * turns)) <= after:
        turns += 1
    return turn


def valid_until(rule: ValidityRule, *, valid_from: date, months: int | None = None) -> date | None:
    """
    Return the first day on which a licence that begins on `valid_from` is no longer valid; None: it has no date.

    A licence that ends with an event of its holder's has none: it ends when it is canceled (行政许可法 art. 70).

    :param months: as the decision says; None: as the type says
    """
    if months is not None:
        return months_later(valid_from, months)
    match rule.kind:
        case ValidityKind.MONTHS:
            return None if rule.months is None else months_later(valid_from, rule.months)
        case ValidityKind.FIXED_DATE:
            return date.fromisoformat(rule.until) + timedelta(days=1)
        case _:
            return None


def last_valid_date(valid_until: date | None) -> date | None:
    """
    Return the last day on which a licence is valid; None: long-term.
    """
    return None if valid_until is None else valid_until - timedelta(days=1)


def status_on(status: LicenceStatus, *, valid_until: date | None, on: date) -> LicenceStatus:
    """
    Return the status as of a day: what ran out is expired, whether or not the nightly job has run.
    """
    if status in CURRENT and valid_until is not None and on >= valid_until:
        return LicenceStatus.EXPIRED
    return status


def verdict(status: LicenceStatus, *, valid_until: date | None, on: date) -> Verdict:
    """
    Return what a verifier is told.
    """
    return Verdict(status_on(status, valid_until=valid_until, on=on).value)
