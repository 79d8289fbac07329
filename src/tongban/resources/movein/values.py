"""
Words and shapes of moving in: the mapping file, what is found on the way, what is told of it.

A mapping (TOML) says which table and column of the old platform is which field of the case library. It holds no address
and no password. Times without offset are of `time_zone`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, Final

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _
from msgspec import Meta

from tongban.resources.caselibrary.values import Fault, Kind

Column = Annotated[str, Meta(min_length=1, max_length=64)]
Row = dict[str, Any]
"""Column -> value, as the old database gives it."""

EXAMPLES: Final = 5
"""How many case numbers a report names for each thing."""


class PlatformState(models.TextChoices):
    """
    迁入状态.
    """

    REGISTERED = "REGISTERED", _("已登记")
    LOADED = "LOADED", _("已装入")
    FOLLOWING = "FOLLOWING", _("并行运行")
    ENDED = "ENDED", _("已停用")


class RunKind(models.TextChoices):
    """
    迁入运行.
    """

    TRY = "TRY", _("试装")
    LOAD = "LOAD", _("装入")
    FOLLOW = "FOLLOW", _("跟随")


class RunState(models.TextChoices):
    """
    运行状态.
    """

    RUNNING = "RUNNING", _("进行中")
    DONE = "DONE", _("完成")
    BROKEN = "BROKEN", _("中断，可继续")


class Matter(models.TextChoices):
    """
    冲突种类: where both platforms say something of the same.
    """

    LATE_CASE = "LATE_CASE", _("切换后原平台又收件")
    OWN_CASE = "OWN_CASE", _("原平台改动了新平台的办件")


class Rule(models.TextChoices):
    """
    冲突规则.
    """

    OURS = "OURS", _("以新平台为准")
    OLD = "OLD", _("以原平台为准")
    HOLD = "HOLD", _("由人决定")


class ValueFault(models.TextChoices):
    """
    字段差错: why a row of the old platform cannot be put into the library's words.
    """

    MISSING = "value_missing", _("必填字段为空")
    INVALID = "value_invalid", _("内容不符合格式")
    LONG = "value_long", _("内容超过长度")
    UNMAPPED = "code_unmapped", _("代码没有对应关系")
    REPEATED = "number_repeated", _("办件编号与另一行相同")


class MappingProblem(models.TextChoices):
    """
    映射差错.
    """

    ZONE_UNKNOWN = "zone_unknown", _("没有这个时区")
    NEEDS_ITEM = "needs_item", _("列出了事项，请写明事项编码所在的列")
    NEEDS_CASE = "needs_case", _("请写明办件主键所在的列")
    OFFERING_TWICE = "offering_twice", _("两个原事项对应同一个新事项")
    FIELD_MISSING = "field_missing", _("必填字段没有来源")
    FIELD_UNKNOWN = "field_unknown", _("没有这个字段")
    SOURCE_UNCLEAR = "source_unclear", _("请写明一列、几列或一个固定值，只选其一")
    NO_FORMAT = "no_format", _("只有日期和时间可以写格式")
    SAME_TABLE = "same_table", _("回写表不能是读取的表")
    NOT_READ = "not_read", _("新平台没有这个字段")
    TABLE_UNKNOWN = "table_unknown", _("原平台没有这张表")
    COLUMN_UNKNOWN = "column_unknown", _("原平台没有这一列")


def label_of(code: str) -> str:
    """
    Return a fault of a row in words, whether it is ours or the library's.
    """
    return str(ValueFault(code).label if code in ValueFault.values else Fault(code).label)


# --- The mapping ------------------------------------------------------------------------------------------------


class FieldMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Where a field comes from: one column, several joined, or a constant.
    """

    column: str = ""
    columns: tuple[Column, ...] = ()
    join: str = ""
    value: str = ""
    """The same for every row."""
    codes: dict[str, str] = {}
    """Old code -> ours."""
    otherwise: str | None = None
    """For codes that are not listed; None: the row is refused."""
    format: str = ""
    """Of a time that is text, as in strptime; empty: ISO 8601."""
    default: str = ""
    """Where the column is empty."""
    cut: bool = False
    """Shorten what is too long; counted as a loss. Else the row is refused."""

    @property
    def reads(self) -> tuple[str, ...]:
        """
        Columns that are read.
        """
        return (*((self.column,) if self.column else ()), *self.columns)


class TableMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A table or view of the old platform that holds one kind of row.
    """

    table: Column
    key: Column
    """Tells rows apart and orders them; in [case] also what other tables name the case by."""
    case: str = ""
    """Column with the key of the case; of every kind but `case`."""
    changed: str = ""
    """Column with the moment of the last change; what has none is not followed."""
    item: str = ""
    """[case] only: column with the old platform's code of the item."""
    fields: dict[str, str | FieldMapping]
    leave: tuple[Column, ...] = ()
    """Columns that are left behind on purpose; the report of losses does not name them."""

    def sources(self) -> dict[str, FieldMapping]:
        """
        Return fields with where they come from; a bare name is a column.
        """
        return {
            name: FieldMapping(column=said) if isinstance(said, str) else said
            for name, said in self.fields.items()
        }

    def reads(self) -> list[str]:
        """
        Return every column that is read, each once.
        """
        named = [self.key, self.case, self.changed, self.item]
        named += [column for source in self.sources().values() for column in source.reads]
        return list(dict.fromkeys(column for column in named if column))


class BackMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A table of the old platform into which the new one writes how its own cases stand, for as long as both run.
    """

    table: Column
    key: Column
    """Column that takes the number of the case; unique there."""
    fields: dict[str, str | FieldMapping]
    """Column there -> field of ours, e.g. `state`, `applicant.name`, `result.result_type`; codes: ours -> theirs."""

    def sources(self) -> dict[str, FieldMapping]:
        """
        Return columns with the field each takes.
        """
        return {
            column: FieldMapping(column=said) if isinstance(said, str) else said
            for column, said in self.fields.items()
        }


class ItemMapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    An item of the old platform.
    """

    offering: Annotated[str, Meta(min_length=1, max_length=64)]
    """Code of the offering here."""
    task_code: Annotated[str, Meta(max_length=36)] = ""
    """实施编码, where the old platform does not know it."""


class ConflictRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    Who is believed where both platforms say something.
    """

    late_case: Rule = Rule.HOLD
    """The old platform takes in a case of an item after its cut-over: OLD takes it, OURS leaves it out."""
    own_case: Rule = Rule.OURS
    """The old platform changes a case of ours that was written back: OURS writes it again, OLD lets it stand there."""


class PlatformFacts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    The old platform as a whole.
    """

    code: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{1,15}$")]
    """来源系统 in the library."""
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    address: Annotated[str, Meta(pattern=r"^(https?://.{1,190})?$")] = ""
    """Where people apply for what is not cut over yet."""
    time_zone: str = "Asia/Shanghai"
    leave: tuple[Column, ...] = ()
    """Tables that are left behind on purpose."""


class Mapping(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    映射文件.
    """

    platform: PlatformFacts
    case: TableMapping
    process: TableMapping | None = None
    special: TableMapping | None = None
    material: TableMapping | None = None
    result: TableMapping | None = None
    licence: TableMapping | None = None
    rating: TableMapping | None = None
    items: dict[Annotated[str, Meta(max_length=100)], ItemMapping] = {}
    """By the old platform's code."""
    conflicts: ConflictRules = ConflictRules()
    back: BackMapping | None = None

    def tables(self) -> dict[Kind, TableMapping]:
        """
        Return the tables that are read, by kind; the cases first.
        """
        return {kind: table for kind in Kind if (table := getattr(self, kind.value)) is not None}

    @property
    def parts(self) -> dict[Kind, TableMapping]:
        """
        Tables of rows that belong to cases.
        """
        return {kind: table for kind, table in self.tables().items() if kind is not Kind.CASE}


@dataclass(frozen=True, kw_only=True, slots=True)
class MappingFault:
    """
    Something about a mapping that cannot be.
    """

    place: str
    """As in the file, e.g. `case.fields.state`."""
    problem: MappingProblem
    about: str = ""

    def __str__(self) -> str:
        """
        Return it in words.
        """
        about = f" {self.about}" if self.about else ""
        return f"{self.place}: {self.problem.label}{about}"


# --- What is told -----------------------------------------------------------------------------------------------


class TableLoss(msgspec.Struct, kw_only=True):
    """
    A table of the old platform, and what of it stays behind.
    """

    name: str
    rows: int
    kind: str = ""
    """Which kind it is read as; empty: it is not read."""
    columns: dict[str, int] = {}
    """Column that no field takes -> rows in which it holds something."""
    orphans: int = 0
    """Rows whose case is not there."""
    repeated: int = 0
    """Values of the key that several rows have."""


class Found(msgspec.Struct, kw_only=True):
    """
    Something that was found in several rows.
    """

    kind: str
    code: str
    """A `ValueFault` or a fault of the library."""
    field: str = ""
    count: int = 0
    examples: list[str] = []
    """Numbers of cases."""


class Tally(msgspec.Struct, kw_only=True):
    """
    What became of the rows of one kind.
    """

    read: int = 0
    taken: int = 0
    """New in the library, or different there."""
    same: int = 0
    waiting: int = 0
    refused: int = 0


class LossReport(msgspec.Struct, kw_only=True):
    """
    损失报告: what of the old platform comes along, and what does not. Nothing personal.
    """

    tables: list[TableLoss] = []
    tallies: dict[str, Tally] = {}
    refused: list[Found] = []
    """Rows that are not taken."""
    shortened: list[Found] = []
    unmapped: dict[str, dict[str, int]] = {}
    """`kind.field` -> old code without a meaning here -> rows; the code was replaced, or its row refused."""
    held: int = 0
    """Conflicts that wait for somebody."""

    @property
    def is_without_loss(self) -> bool:
        """
        Whether everything came along.
        """
        lost = any(table.columns or table.orphans or (table.rows and not table.kind) for table in self.tables)
        return not (lost or self.refused or self.shortened or self.unmapped or self.held)


@dataclass(frozen=True, kw_only=True, slots=True)
class OldPlace:
    """
    Where an item is applied for that is not cut over.
    """

    name: str
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """
    How far a run is.
    """

    cases: int
    total: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformLine:
    """
    An old platform on the list.
    """

    code: str
    name: str
    address: str
    state: PlatformState
    items: int
    cut_over: int
    """Items that are applied for here now."""
    conflicts: int
    """That wait for somebody."""
    followed_at: datetime | None
    last_error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ItemLine:
    """
    An item of an old platform.
    """

    id: int
    old_code: str
    offering_code: str
    cut_over_on: date | None
    """From which day on it is applied for here; None: not yet."""
    is_here: bool
    """Whether that day has come."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConflictLine:
    """
    A conflict.
    """

    id: int
    matter: Matter
    case_number: str
    old_item: str
    old_state: str
    """T26 by the old platform."""
    our_state: str
    found_at: datetime
    rule: Rule
    decision: Rule | None
    decided_at: datetime | None
    decided_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class RunLine:
    """
    A run.
    """

    id: int
    platform: str
    kind: RunKind
    state: RunState
    started_at: datetime
    ended_at: datetime | None
    cases: int
    report: LossReport


@dataclass(frozen=True, kw_only=True, slots=True)
class PlatformDetail:
    """
    An old platform with everything of it.
    """

    line: PlatformLine
    items: Sequence[ItemLine]
    runs: Sequence[RunLine]
    """Newest first."""
    rules: ConflictRules
    place: str
    """Kind of database and host; no password."""
    writes_back: bool
    back_waiting: int
    tables: dict[str, str] = field(default_factory=dict)
    """Kind -> table it is read from."""
