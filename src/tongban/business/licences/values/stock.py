"""
存量归集: licences issued before, taken into the library from files.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongban.business.licences.values.grades import Supply, TrustGrade


class BatchState(TextChoices):
    """
    归集批次状态.
    """

    RECEIVING = "RECEIVING", pgettext_lazy("licence batch", "接收中")
    SAMPLING = "SAMPLING", pgettext_lazy("licence batch", "待抽样核对")
    TAKING = "TAKING", pgettext_lazy("licence batch", "入库中")
    DONE = "DONE", pgettext_lazy("licence batch", "已完成")
    SENT_BACK = "SENT_BACK", pgettext_lazy("licence batch", "已退回")


class StockState(TextChoices):
    """
    存量证照状态: what became of a row.
    """

    READY = "READY", pgettext_lazy("licence row", "待入库")
    TAKEN = "TAKEN", pgettext_lazy("licence row", "已入库")
    DUPLICATE = "DUPLICATE", pgettext_lazy("licence row", "重复")
    """The same licence, saying the same, came before."""
    OLDER = "OLDER", pgettext_lazy("licence row", "旧版本，不入库")
    DISPUTED = "DISPUTED", pgettext_lazy("licence row", "待核实")
    REFUSED = "REFUSED", pgettext_lazy("licence row", "未采用")


class StockProblem(TextChoices):
    """
    Why a row was not taken in, or not yet.
    """

    UNREADABLE = "UNREADABLE", _("这一行无法读取")
    TYPE_MISSING = "TYPE_MISSING", _("缺少证照类型")
    TYPE_UNKNOWN = "TYPE_UNKNOWN", _("证照目录中没有在用的这种类型")
    TYPE_AMBIGUOUS = "TYPE_AMBIGUOUS", _("有多种同名的证照类型，请填代码")
    NUMBER_MISSING = "NUMBER_MISSING", _("缺少证照编号，或者过长")
    ISSUER_MISSING = "ISSUER_MISSING", _("缺少颁发机构代码或名称，或者过长")
    ISSUER_NOT_ALLOWED = "ISSUER_NOT_ALLOWED", _("证照目录没有把该机构列为颁发机构")
    HOLDER_MISSING = "HOLDER_MISSING", _("缺少持证主体名称")
    HOLDER_CODE_WRONG = "HOLDER_CODE_WRONG", _("持证主体代码有误")
    HOLDER_NOT_ALLOWED = "HOLDER_NOT_ALLOWED", _("该类证照不颁发给此类持证主体")
    DATE_WRONG = "DATE_WRONG", _("日期有误，或缺少颁发日期")
    PERIOD_WRONG = "PERIOD_WRONG", _("有效期截止早于起始")
    STATUS_UNKNOWN = "STATUS_UNKNOWN", _("证照状态不能识别")
    FACE_WRONG = "FACE_WRONG", _("照面内容不符合证照目录的规定")
    IDENTIFIER_WRONG = "IDENTIFIER_WRONG", _("证照标识有误，或与类型、颁发机构不符")
    SCAN_MISSING = "SCAN_MISSING", _("没有找到扫描件，或者扫描件不能接收")
    NAME_DIFFERS = "NAME_DIFFERS", _("同一证件号码，姓名与本平台账号不同")
    CONTENT_DIFFERS = "CONTENT_DIFFERS", _("同一证照同一颁发日期，内容不同")
    ISSUED_HERE = "ISSUED_HERE", _("该证照由本平台签发，内容不同")
    SECOND_OF_ONLY = "SECOND_OF_ONLY", _("一人一证的类型，持证主体已有另一件")
    BY_STEWARD = "BY_STEWARD", _("经核实不采用")
    BATCH_SENT_BACK = "BATCH_SENT_BACK", _("抽样核对不合格，整批退回")


TAKEABLE: Final = frozenset(
    {StockProblem.NAME_DIFFERS, StockProblem.CONTENT_DIFFERS, StockProblem.SECOND_OF_ONLY}
)
"""Disputes that a person may end by taking the row in."""


class StockRepair(TextChoices):
    """
    清洗: what was put right in a row, without guessing.
    """

    LETTERS = "LETTERS", _("整理了全角字符和空格")
    DATES = "DATES", _("整理了日期的写法")
    TYPE_BY_NAME = "TYPE_BY_NAME", _("按名称找到证照类型")
    CODE_FROM_15_DIGITS = "CODE_FROM_15_DIGITS", _("15 位身份证号码升为 18 位")
    ISSUER_UNCHECKED = "ISSUER_UNCHECKED", _("颁发机构代码不是统一社会信用代码，照录")
    LINES_MISSING = "LINES_MISSING", _("照面缺少应填的内容，入库后列入质量问题")
    LINES_DROPPED = "LINES_DROPPED", _("照面没有的列没有采用")


@dataclass(frozen=True, kw_only=True, slots=True)
class StockRow:
    """
    One licence as a file has it. Nothing in it is believed.
    """

    line: int
    """Of the data, from 1; the head line does not count."""
    told: dict[str, str]
    """By the names of `rules.stock.COLUMNS`."""
    face: dict[str, str]
    """Everything else, by key or label of the face."""
    is_broken: bool = False

    def __repr__(self) -> str:
        return f"StockRow(line={self.line}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchFacts:
    """
    What is said of a file as a whole.
    """

    source: str
    """Name of the system or register it comes from, at most 32 characters."""
    supply: Supply
    agency_code: str
    """Code of the agency that brings it."""
    agency_name: str
    division_code: str
    """12 digits; of rows that name none."""
    file_name: str
    file_digest: str
    """SM3 of the file; the same file of the same source goes on with its batch."""
    sample_percent: int = 5
    wanted_percent: int = 95


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchLine:
    """
    A batch as lists and reports show it.
    """

    id: UUID
    source: str
    file_name: str
    agency_code: str
    agency_name: str
    supply: Supply
    state: BatchState
    lines: int
    """Rows read so far."""
    brought_at: datetime
    sample_percent: int
    wanted_percent: int
    sampled: int
    checked: int
    right: int
    states: dict[str, int] = field(default_factory=dict)
    """Rows by `StockState`."""
    problems: dict[str, int] = field(default_factory=dict)
    repairs: dict[str, int] = field(default_factory=dict)
    may_check: bool = False
    """Whether this reader may check the sample: never of a batch he brought himself."""
    may_decide: bool = False

    @property
    def right_percent(self) -> int | None:
        """
        Right ones among those checked, rounded down; None: none has been checked.
        """
        return None if self.checked == 0 else self.right * 100 // self.checked


@dataclass(frozen=True, kw_only=True, slots=True)
class StockLine:
    """
    A row as reports show it: no personal data.
    """

    id: UUID
    line: int
    type_code: str
    issuer_code: str
    number: str
    state: StockState
    problem: str
    repairs: tuple[str, ...]
    grade: str
    is_sampled: bool
    is_right: bool | None
    """Result of the sampling check; None: not checked, or not in the sample."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StockDetail:
    """
    A row of a sample, or a disputed one, in full: for whom it is shown to be compared.
    """

    row: StockLine
    batch_id: UUID
    grade: TrustGrade
    type_name: str
    issuer_name: str
    holder_name: str
    holder_code: str
    issued_date: date
    valid_from: date
    last_valid_date: date | None
    face: tuple[tuple[str, str], ...]
    """Labels and values."""
    known: tuple[tuple[str, str], ...]
    """What the library has under the same number; empty: nothing."""
    scan_file_id: UUID | None
    may_check: bool
    may_take: bool
