"""
What nodes ask one another about seals, and what they answer: the state of a seal, the seal itself, a signature.

A node that keeps a seal is its home. Only the home decides and only the home has the keys.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from tongban.support.seals.values.seals import FileKind, SealPurpose, SealStateAnswer
from tongban.support.seals.values.verdicts import Standing

SUBJECT: Final = "seals"
"""Of questions, in the address at which nodes ask them."""
MOST_ASKED: Final = 64
"""Signatures and seals in one question."""

Code = Annotated[str, Meta(max_length=18)]


class NodeQuestion(StrEnum):
    """
    What another node may ask.
    """

    STANDINGS = "standings"
    STATE = "state"
    SEAL = "seal"
    SIGN = "sign"


class SealAsked(msgspec.Struct, frozen=True, kw_only=True):
    """
    A signature or a seal in somebody's hands, by digests: nothing of the file itself leaves the node.
    """

    code: str = ""
    """印章编码; empty: a signature that carries no seal, as those in PDF files."""
    seal: str = ""
    """SM3 of the SESeal as it stands in the file, hexadecimal."""
    facts: str = ""
    """SM3 of the part of it that its maker signs."""
    value: str = ""
    """SM3 of the signature; empty: of a seal by itself."""
    serial: str = ""
    """Of the certificate of who signed, where there is no seal."""
    agency_code: str = ""
    """统一社会信用代码 in that certificate."""


class SealTold(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a node says of it.
    """

    standing: Standing = Standing.UNKNOWN
    seal_code: str = ""
    """With the rest: only of a signature that carries no seal and was written down."""
    seal_name: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None


class StandingsQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The question what is true of signatures and seals now.
    """

    asked: Annotated[tuple[SealAsked, ...], Meta(max_length=MOST_ASKED)]


class StandingsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    One after the other, as they were asked.
    """

    told: tuple[SealTold, ...]


class StateQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The question in which state a seal is.
    """

    code: Code
    version: Annotated[int, Meta(ge=1, le=32767)] | None = None


class StateAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    None: there is no such seal.
    """

    state: SealStateAnswer | None


class SealQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The question which seal of an agency the node that asks may use now.
    """

    agency_code: Code
    seal_code: Code = ""


class SharedSeal(msgspec.Struct, frozen=True, kw_only=True):
    """
    A seal as a node needs it that lets its home sign: everything but the keys.
    """

    code: str
    version: int
    name: str
    kind: int
    caption: str
    agency_code: str
    agency_name: str
    division_code: str
    is_demonstration: bool
    content: bytes
    """SESeal."""
    picture: bytes
    """PNG."""


class SealAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    None: there is none.
    """

    seal: SharedSeal | None


class SignQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    The wish to have a digest signed with a seal.
    """

    agency_code: Code
    seal_code: Code
    version: int
    kind: FileKind
    digest: Annotated[bytes, Meta(min_length=32, max_length=32)]
    """Of an OFD file: SM3 of its Signature.xml; of a PDF file: SHA-256 of what the signature covers. 32 bytes."""
    path: Annotated[str, Meta(max_length=200)]
    """Of the Signature.xml; of a PDF file: empty."""
    purpose: SealPurpose
    case_number: Annotated[str, Meta(max_length=50)]
    offering_code: Annotated[str, Meta(max_length=100)] = ""
    licence_type_code: Annotated[str, Meta(max_length=32)] = ""
    amount_fen: Annotated[int, Meta(ge=0)] = 0


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """
    A signature made with a seal.
    """

    content: bytes
    """SES_Signature, or the CMS of a PDF file; DER."""
    value: bytes
    """What its place in the log is found by: the SES_Signature, or the bare signature in the CMS."""
    certificate_serial: str


class SignAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """
    The signature, or why there is none.
    """

    signed: Signed | None = None
    refusal: str = ""
    """Code of the error at the home: `no_seal_in_use` or `seal_not_authorised`."""
    reason: str = ""
    """Word of `rules.authorising.Fault`."""
