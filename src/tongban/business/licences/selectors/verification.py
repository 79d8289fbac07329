"""
Public verification: anybody may ask whether a licence is what it says it is, and learns no more than that.

No actor is taken: there is nobody to tell apart, and the answer is the same for all. Each question costs the same
whether the licence exists or not.
"""

from datetime import date
from typing import Final, Protocol

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import rules
from tongban.business.licences.models import Licence
from tongban.business.licences.rules.grades import is_usable
from tongban.business.licences.selectors.masking import public_name
from tongban.business.licences.values import (
    LicenceStatus,
    TrustGrade,
    Verdict,
    Verification,
    VerifiedFacts,
)
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import ServiceError
from tongban.support.documents import services as documents
from tongban.support.seals import selectors as seals

VERIFICATION_PATH: Final = "/verify/"
"""Page of the portal; the token follows."""
LARGEST_FILE_BYTES: Final = 20 * 1024 * 1024
READ_BYTES: Final = 256 * 1024
LONGEST_TOKEN: Final = 32
LONGEST_NUMBER: Final = 60
OFD_START: Final = b"PK"
UNKNOWN: Final = Verification(verdict=Verdict.UNKNOWN, facts=None)


def verification_url(token: str) -> str:
    """
    Return the address in the QR code of a licence, where anybody may verify it.
    """
    return f"{settings.TONGBAN_BASE_URL}{VERIFICATION_PATH}{token}"


class FileTooLarge(ServiceError):
    """
    No licence is as large as this file.
    """

    code = "licence_file_too_large"
    status = 413
    message = _("文件过大，不是本平台签发的电子证照")


class ByteSource(Protocol):
    """
    Anything that hands out bytes.
    """

    def read(self, size: int = -1, /) -> bytes:
        """
        Return up to `size` bytes, none at the end.
        """
        ...


def verify_by_identifier(*, identifier: str, on: date) -> Verification:
    """
    Return what is true of the licence with this identifier on a day. One query.

    :param identifier: as people type it: blanks, small letters and a missing root are accepted
    """
    parsed = rules.parsed_identifier(identifier)
    # Asked even when the check character is wrong: the answer must not come faster.
    licence = Licence.objects.filter(identifier=str(parsed) if parsed else "").first()
    return _answer(licence, on=on)


def verify_by_number(*, number: str, on: date) -> Verification:
    """
    Return what is true of the licence with this identifier or printed number; of several versions, the newest.

    One query.
    """
    if rules.parsed_identifier(number) is not None:
        return verify_by_identifier(identifier=number, on=on)
    plain = "".join(number.split()).upper()[:LONGEST_NUMBER].replace("\0", "")
    licence = Licence.objects.filter(number=plain).order_by("-version").first()
    return _answer(licence, on=on)


def verify_by_token(*, token: str, on: date) -> Verification:
    """
    Return what is true of the licence whose QR code holds this token. One query.
    """
    plain = token if len(token) <= LONGEST_TOKEN and "\0" not in token else ""
    return _answer(Licence.objects.filter(token=plain).first(), on=on)


def verify_file(*, content: ByteSource, on: date) -> Verification:
    """
    Return what is true of a file in hand: the one we sealed, one that was changed, or one we do not know.

    Its digest decides. A file with another digest that carries the identifier of a licence of ours was changed: an
    OFD file in its metadata, which are read under limits, others anywhere. At most two queries.

    :raises FileTooLarge: longer than 20 MB; the rest is not read
    """
    received = _read(content)
    digest = sm3_hex(received)
    licence = Licence.objects.filter(Q(original_digest=digest) | Q(file_digest=digest)).first()
    if licence is not None and (_is_annotated_copy(licence) or seals.is_sealed_here(digest=digest)):
        return _answer(licence, on=on)
    return _changed(received)


def identifiers_in(content: bytes) -> tuple[str, ...]:
    """
    Return the identifiers of licences that a file carries, whoever issued them. No query.

    Of an OFD file first what its metadata say.
    """
    named = [*_named_in_ofd(content), *map(bytes.decode, rules.IDENTIFIER_IN_FILE.findall(content)[:10])]
    parsed = map(rules.parsed_identifier, named)
    return tuple(dict.fromkeys(str(one) for one in parsed if one is not None))


def _is_annotated_copy(licence: Licence) -> bool:
    # What a counter has compared carries its words and no seal; the library keeps its digest.
    return TrustGrade(licence.grade) is TrustGrade.B


def _changed(received: bytes) -> Verification:
    known = identifiers_in(received)
    licence = Licence.objects.filter(identifier__in=known).order_by("identifier").first()
    if licence is None:
        return UNKNOWN
    return Verification(verdict=Verdict.CHANGED, facts=_facts(licence))


def _named_in_ofd(received: bytes) -> list[str]:
    if not received.startswith(OFD_START):
        return []
    try:
        return [documents.read_ofd(received).facts.metadata.get("ZZBS", "")]
    except documents.OfdUnreadable:
        return []


def _answer(licence: Licence | None, *, on: date) -> Verification:
    if licence is None:
        return UNKNOWN
    verdict = rules.verdict(LicenceStatus(licence.status), valid_until=licence.valid_until, on=on)
    grade = TrustGrade(licence.grade)
    return Verification(
        verdict=verdict, facts=_facts(licence), is_usable=verdict is Verdict.VALID and is_usable(grade)
    )


def _facts(licence: Licence) -> VerifiedFacts:
    return VerifiedFacts(
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        identifier=licence.identifier,
        number=licence.number,
        holder_name=public_name(licence),
        issuer_code=licence.issuer_code,
        issuer_name=licence.issuer_name,
        issued_date=civil_date(licence.issued_at),
        valid_from=licence.valid_from,
        last_valid_date=rules.last_valid_date(licence.valid_until),
        version=licence.version,
        grade=TrustGrade(licence.grade),
    )


def _read(content: ByteSource) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while piece := content.read(READ_BYTES):
        size += len(piece)
        if size > LARGEST_FILE_BYTES:
            raise FileTooLarge(limit_bytes=LARGEST_FILE_BYTES)
        pieces.append(piece)
    return b"".join(pieces)
