"""
What is found in an OFD file (GB/T 33190-2016) and in the signatures over it (GB/T 38540-2020).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from tongban.support.documents.values.geometry import Box

OUTSIDE_PARTS: Final = "*"
"""Stands, among uncovered parts, for bytes of the ZIP that belong to no part."""


class Unreadable(StrEnum):
    """
    Why a file cannot be read as OFD.
    """

    NOT_A_ZIP = "NOT_A_ZIP"
    ENCRYPTED = "ENCRYPTED"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    BOMB = "BOMB"
    UNSAFE_PATH = "UNSAFE_PATH"
    DUPLICATE_PART = "DUPLICATE_PART"
    DAMAGED = "DAMAGED"
    NOT_AN_OFD = "NOT_AN_OFD"
    BAD_XML = "BAD_XML"
    TOO_DEEP = "TOO_DEEP"
    TOO_COMPLEX = "TOO_COMPLEX"
    MISSING_PART = "MISSING_PART"


class SignatureKind(StrEnum):
    """
    签章 or 数字签名: with the picture of a seal, or without one.
    """

    SEAL = "Seal"
    SIGN = "Sign"


class ReferenceState(StrEnum):
    """
    What became of a part since a signature was put over it.
    """

    SAME = "SAME"
    CHANGED = "CHANGED"
    MISSING = "MISSING"
    WEAK = "WEAK"
    """Its digest is MD5 or SHA-1, with which two contents can be made alike: covers nothing."""
    UNKNOWN = "UNKNOWN"
    """The digest or its method cannot be read: covers nothing."""


class SignatureProblem(StrEnum):
    """
    What is wrong with the container of one signature.
    """

    SIGNATURE_MISSING = "SIGNATURE_MISSING"
    SIGNATURE_UNREADABLE = "SIGNATURE_UNREADABLE"
    VALUE_MISSING = "VALUE_MISSING"
    SEAL_MISSING = "SEAL_MISSING"
    NO_REFERENCES = "NO_REFERENCES"
    AMBIGUOUS = "AMBIGUOUS"
    PAGE_UNKNOWN = "PAGE_UNKNOWN"


class ViewNote(StrEnum):
    """
    What a picture of a page does not show as its maker meant it.
    """

    PICTURE_NOT_SHOWN = "PICTURE_NOT_SHOWN"
    FONT_NOT_READ = "FONT_NOT_READ"
    SEAL_NOT_SHOWN = "SEAL_NOT_SHOWN"
    PATTERN_SIMPLIFIED = "PATTERN_SIMPLIFIED"
    CLIP_IGNORED = "CLIP_IGNORED"
    ANNOTATION_NOT_READ = "ANNOTATION_NOT_READ"
    TEMPLATE_NOT_READ = "TEMPLATE_NOT_READ"
    PAGE_NOT_READ = "PAGE_NOT_READ"
    CUT_SHORT = "CUT_SHORT"


class PlacedSeal(Protocol):
    """
    Where the picture of a seal goes.
    """

    @property
    def page(self) -> int:
        """Page, counted from 0."""

    @property
    def x(self) -> float:
        """Left edge of the whole picture, mm."""

    @property
    def y(self) -> float:
        """Upper edge of the whole picture, mm."""

    @property
    def width(self) -> float:
        """Width of the whole picture, mm."""

    @property
    def height(self) -> float:
        """Height of the whole picture, mm."""

    @property
    def clip(self) -> Box | None:
        """Part shown on this page, relative to (x, y); None: all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureProvider:
    """
    The program that puts a signature, as Signature.xml names it.
    """

    name: str
    version: str = "1.0"
    company: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedReference:
    """
    One part a signature claims to cover.
    """

    declared: str
    """FileRef as written."""
    part: str | None
    """Name of the entry it means, None where there is none."""
    state: ReferenceState
    changed_by: str | None = None
    """Id of the later signature that stands over the part as it is now; None where none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundStamp:
    """
    A place where a signature shows its seal.
    """

    page: int | None
    """Counted from 0; None where PageRef names no page."""
    page_reference: str
    box: Box
    clip: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundSignature:
    """
    One signature of the container; whether its value is right is for who knows seals and certificates.
    """

    id: str
    document: int
    """Index of the DocBody it belongs to."""
    kind: SignatureKind
    path: str
    """Of Signature.xml, absolute: what propertyInfo of the value must name; empty where there is none."""
    signature_xml: bytes | None
    """What the value's dataHash is the SM3 digest of."""
    provider: str
    method: str
    """SignatureMethod as written, an OID as a rule."""
    check_method: str
    """As written: an OID, a name, or nothing."""
    signed_at: str
    """SignatureDateTime as written."""
    references: tuple[SignedReference, ...]
    stamps: tuple[FoundStamp, ...]
    seal: bytes | None
    """Seal.esl, where it is kept beside the value."""
    value: bytes | None
    """SignedValue.dat."""
    problems: tuple[SignatureProblem, ...]

    @property
    def covered(self) -> frozenset[str]:
        """
        Names of the parts that are as they were when this signature was put.
        """
        return frozenset(
            reference.part
            for reference in self.references
            if reference.part is not None and reference.state is ReferenceState.SAME
        )

    @property
    def digests_hold(self) -> bool:
        """
        True if there are references and every one of them is as it was.
        """
        return bool(self.references) and all(
            reference.state is ReferenceState.SAME for reference in self.references
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """
    What the signatures of a file protect, all of them together, each taken at its word.
    """

    uncovered: tuple[str, ...]
    """Parts with content that no signature covers, by name; `OUTSIDE_PARTS` for bytes between and behind them."""
    own_parts: tuple[str, ...]
    """Parts that carry the signatures themselves and need no cover: a changed one breaks its signature."""
    is_locked: bool
    """True if a signature covers the list of signatures: no further one can be added without breaking it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdAttachment:
    """
    A file inside the file.
    """

    name: str
    part: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdFacts:
    """
    What the first document of a file says of itself.
    """

    unreadable: Unreadable | None
    """Why its pages cannot be read; None where they can, as a rule. The signatures may be judged all the same."""
    documents: int
    pages: int
    title: str
    author: str
    created: str
    """As written."""
    metadata: Mapping[str, str]
    """CustomDatas by name."""
    attachments: tuple[OfdAttachment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfdReport:
    """
    Everything found in a file short of drawing it.
    """

    facts: OfdFacts
    signatures: tuple[FoundSignature, ...]
    """In the order in which they were put."""
    coverage: Coverage


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewedPage:
    """
    One page as a picture.
    """

    number: int
    """Counted from 1."""
    width: float
    """Millimetres."""
    height: float
    svg: bytes
    """Holds no script and refers to nothing outside itself; show it as `<img>` all the same."""
    text: str
    notes: tuple[ViewNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPicture:
    """
    What a seal looks like.
    """

    media_type: str
    """image/png, image/jpeg, image/gif, image/bmp, image/svg+xml or application/ofd."""
    content: bytes
    width: float
    """Millimetres."""
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StampedSeal:
    """
    A seal to be shown on a page.
    """

    document: int
    """Index of the DocBody."""
    page: int
    """Counted from 0 within the document."""
    box: Box
    clip: Box | None
    picture: SealPicture | None
    """None: it could not be read; its place is framed."""


FONTS_NEEDED: Final = "FONTS_NEEDED"
"""What a viewer without fonts answers where a page names fonts that its file does not bring."""


class ViewForm(StrEnum):
    """
    What pages are wanted as.
    """

    SVG = "svg"
    PNG = "png"
    PDF = "pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewOrder:
    """
    Pages wanted of a file.
    """

    content: bytes
    """The OFD."""
    form: ViewForm
    seals: tuple[StampedSeal, ...] = ()
    first: int = 1
    """Counted from 1, over all documents of the file."""
    count: int
    """At most so many pages."""
    dots_per_inch: int = 120
    """Of PNG."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """
    The pages of an order, and what was asked for them as: a PNG of each, one PDF of all, nothing for SVG.
    """

    pages: tuple[ViewedPage, ...]
    files: tuple[bytes, ...] = ()
