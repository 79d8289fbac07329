"""
What is asked of the library, and its answers.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tongban.foundation.disclosure import Reason
from tongban.resources.caselibrary.values.contents import (
    CaseContent,
    Kind,
    LicenceContent,
    MaterialContent,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
)
from tongban.resources.caselibrary.values.words import ExportForm, ExportStandard, ExportState


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseQuestion:
    """
    Which cases are wanted; what is empty asks for nothing.
    """

    number: str = ""
    """办件编号, whole."""
    id_number: str = ""
    """证件号码 of the applicant, whole; needs `reason`."""
    reason: Reason | None = None
    agency_code: str = ""
    division_code: str = ""
    """12 digits; the division and all below it."""
    item_code: str = ""
    """实施编码, or the source's own."""
    state: str = ""
    since: date | None = None
    """Applied on this day (China) or later."""
    until: date | None = None
    """Applied on this day or earlier."""
    node: str = ""
    """来源节点."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryRow:
    """
    A case in a list; names of persons are masked.
    """

    id: int
    node: str
    system: str
    number: str
    item_code: str
    item_name: str
    agency_code: str
    agency_name: str
    division_code: str
    applicant_masked: str
    state: str
    applied_at: datetime
    accepted_at: datetime | None
    promised_on: date | None
    ended_at: datetime | None
    result_type: str
    """办结结果, T22; empty: there is none yet."""
    satisfaction: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnCaseRow:
    """
    A case of a person, as the person reads it.
    """

    node: str
    system: str
    number: str
    item_name: str
    agency_name: str
    state: str
    applied_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryCase:
    """
    One case with everything of it. What is personal is masked.
    """

    row: LibraryRow
    base: CaseContent
    arrived_at: datetime
    source: str
    """Node that told it; not always the one where it is handled."""
    taken: int
    """Number in that node's stream."""
    process: list[ProcessContent]
    special: list[SpecialContent]
    materials: list[MaterialContent]
    results: list[ResultContent]
    licences: list[LicenceContent]
    ratings: list[RatingContent]


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseCounts:
    """
    How many cases there are, by state and by month of application; from tallies, never counted row by row.
    """

    total: int
    by_state: dict[str, int]
    by_month: list[tuple[date, int]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRow:
    """
    What one system of one node has told, by kind.
    """

    node: str
    system: str
    kind: Kind
    rows: int
    """Told and taken, changes included."""
    last_at: datetime
    open_faults: int
    waiting: int
    """Rows whose case has not come yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultRow:
    """
    A row that was not taken, and why.
    """

    id: int
    node: str
    system: str
    kind: Kind
    case_number: str
    part: str
    code: str
    text: str
    found_at: datetime
    mended_at: datetime | None
    found_by: str
    """Node that found it; empty: this one."""
    is_told: bool
    """The node whose row it is was told of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PushBackRow:
    """
    回流: rows of an area that are given back to the node of that area.
    """

    id: int
    division_code: str
    node: str
    begun_at: datetime
    begun_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportQuestion:
    """
    What is exported.
    """

    standard: ExportStandard
    form: ExportForm
    since: date
    """First day of application."""
    until: date
    """Last day of application."""
    division_code: str
    """12 digits; it and all below it."""
    data_source: str = ""
    """三位数据来源代码; empty: "p" and the first two digits of the node."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportRow:
    """
    An export of one's own, and how far it is.
    """

    id: UUID
    standard: ExportStandard
    form: ExportForm
    since: date
    until: date
    division_code: str
    asked_at: datetime
    state: ExportState
    total: int
    """0: not counted yet."""
    done: int
    size: int
    """Bytes."""
    expires_at: datetime | None
