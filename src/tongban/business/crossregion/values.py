"""
What two nodes tell one another about applications that one takes for the other.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

HANDINS: Final = "crossregion.handin"
PROGRESS: Final = "crossregion.progress"
FILES: Final = "crossregion.file"

NODE_CLERK: Final = "node:"
"""Before the code of a node whose clerk acts here; ids of accounts never begin so."""
LICENCE_PAPER: Final = "LICENCE"
PIECE_BYTES: Final = 1024 * 1024
"""Of a file in one entry: in base64 it fits into a batch."""
MOST_PIECES: Final = 256
DRAFT_FILES: Final = "crossregion.draft"
"""Kind of owner of files that a clerk has not handed in yet; key: account, colon, digest of page and material."""
INTAKE_FILES: Final = "crossregion.intake"
"""Kind of owner of files at the node of the counter; key: id of the intake."""
RECEIVED_FILES: Final = "crossregion.received"
"""Kind of owner of files at the deciding node, until the case has them; key: id of the row."""

Short = Annotated[str, msgspec.Meta(max_length=300)]
Code = Annotated[str, msgspec.Meta(max_length=100)]
Digest = Annotated[str, msgspec.Meta(min_length=64, max_length=64)]
Key = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class HandInKind(TextChoices):
    """
    代收内容: what a counter brings to the node that decides.
    """

    INTAKE = "INTAKE", _("申请")
    SUPPLEMENT = "SUPPLEMENT", _("补正")
    DELIVERY = "DELIVERY", _("送达")


class IntakeState(TextChoices):
    """
    异地收件状态, as the counter's node sees it.
    """

    WAITING = "WAITING", _("待办理地接收")
    UNDER_WAY = "UNDER_WAY", _("办理中")
    NOT_TAKEN = "NOT_TAKEN", _("办理地未接收")
    ENDED = "ENDED", _("已办结")


class HandInState(TextChoices):
    """
    What became of something that a counter of another node handed in.
    """

    WAITING = "WAITING", _("等待文件")
    DONE = "DONE", _("已接收")
    REFUSED = "REFUSED", _("未接收")


class HandedFile(msgspec.Struct, frozen=True, kw_only=True):
    """
    A material that was handed in: on paper, or as a file whose pieces come as entries of their own.
    """

    material_code: Code
    name: Short
    file: str = ""
    """Id at the counter's node; empty: seen on paper by the counter, which keeps it for the deciding agency."""
    media_type: Code = ""
    size_bytes: int = 0
    digest: str = ""


class HandIn(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a counter hands in for an application; contract `crossregion.handin`. An intake is the first of its key.
    """

    intake: Key
    id: Key
    kind: HandInKind
    counter: Short
    """Agency or hall of the counter."""
    clerk: Short
    receipt_number: Code
    handed_in_at: datetime
    offering_code: Code = ""
    situations: list[str] = []
    form: dict[str, str] | None = None
    applicant: dict[str, str] = {}
    """Of an intake: the members of `casework.values.Applicant`."""
    born_on: date | None = None
    """With a travel permit, whose number does not say it."""
    files: list[HandedFile] = []
    note: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    recipient: Short = ""
    """Of a delivery: who took the result."""


class FilePiece(msgspec.Struct, frozen=True, kw_only=True):
    """
    A part of a file; contract `crossregion.file`, in both directions.
    """

    intake: Key
    file: Key
    name: Short
    media_type: Code
    digest: Digest
    """Of the whole."""
    number: Annotated[int, msgspec.Meta(ge=0, lt=MOST_PIECES)]
    count: Annotated[int, msgspec.Meta(ge=1, le=MOST_PIECES)]
    content: bytes


class ResultPaper(msgspec.Struct, frozen=True, kw_only=True):
    """
    A notice of the deciding agency, or a document of a licence: the sealed original (OFD) and its copy (PDF).
    """

    kind: Code
    """Of a notice; of a licence `LICENCE_PAPER`."""
    number: Code
    file: str = ""
    """Id at the deciding node; empty while it is being made."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """
    How a case stands at the node that decides; contract `crossregion.progress`.
    """

    intake: Key
    version: int
    """Grows with the case; 0: there is no case."""
    case_number: Code = ""
    query_code: Code = ""
    status: Code = ""
    reason: str = ""
    """Why the application was not taken."""
    refused_handin: str = ""
    """Id of a supplement or delivery that was not taken for this reason."""
    due: date | None = None
    acceptance_due: date | None = None
    promised_due: date | None = None
    statutory_due: date | None = None
    left: int = 0
    """Working days until `due`, as counted when this was told."""
    colour: Code = ""
    why: list[list[str]] = []
    """Sentences of the clock with their clauses."""
    correction: dict[str, Any] | None = None
    decision: dict[str, Any] | None = None
    licences: list[str] = []
    papers: list[ResultPaper] = []
    is_delivery_wanted: bool = False
    is_ended: bool = False
    told_at: datetime


class OpenQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Question "offerings": which are open to counters of the asking node.
    """

    words: Annotated[str, msgspec.Meta(max_length=100)] = ""


class OpenOffering(msgspec.Struct, frozen=True, kw_only=True):
    """
    An offering that is open to counters of other nodes.
    """

    code: str
    name: str
    name_en: str
    agency_name: str
    division_code: str
    reach: str


class GuideQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """
    Question "guide": by what rule an offering is handled.
    """

    code: Code


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherNode:
    """
    A node whose offerings can be asked for.
    """

    code: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class IntakeReceipt:
    """
    收件凭证 of the counter.
    """

    id: UUID
    receipt_number: str
    handed_in_at: datetime
