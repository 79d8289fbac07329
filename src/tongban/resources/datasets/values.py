"""
Words and shapes of the resource catalogue. Source: 《政务信息资源目录编制指南（试行）》 发改高技〔2017〕1272号.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


def code_in_address(code: str) -> str:
    """
    Return a code as addresses have it, in which a stroke would begin another part: 306018-000001.
    """
    return code.replace("/", "-")


def code_of_address(part: str) -> str:
    """
    Return the code that an address names; what is none stays as it is.
    """
    return part.replace("-", "/")


class DatasetClass(TextChoices):
    """
    类: first digit of a dataset's code.
    """

    BASE = "1", _("基础信息资源")
    THEME = "2", _("主题信息资源")
    DEPARTMENT = "3", _("部门信息资源")


class Sharing(TextChoices):
    """
    共享类型.
    """

    UNCONDITIONAL = "1", _("无条件共享")
    CONDITIONAL = "2", _("有条件共享")
    NONE = "3", _("不予共享")


class Openness(TextChoices):
    """
    开放属性: whether the public may have it.
    """

    UNCONDITIONAL = "1", _("无条件开放")
    CONDITIONAL = "2", _("有条件开放")
    NONE = "3", _("不予开放")


class Mode(TextChoices):
    """
    共享方式.
    """

    TABLE = "TABLE", _("库表交换")
    FILE = "FILE", _("文件下载")
    INTERFACE = "INTERFACE", _("服务接口")


class Cycle(TextChoices):
    """
    更新周期.
    """

    REAL_TIME = "1", _("实时")
    DAILY = "2", _("每日")
    WEEKLY = "3", _("每周")
    MONTHLY = "4", _("每月")
    QUARTERLY = "5", _("每季度")
    HALF_YEARLY = "6", _("每半年")
    YEARLY = "7", _("每年")
    IRREGULAR = "8", _("不定期")
    OTHER = "9", _("其他周期")


class Format(TextChoices):
    """
    信息资源格式.
    """

    DOCUMENT = "DOCUMENT", _("电子文件")
    SHEET = "SHEET", _("电子表格")
    DATABASE = "DATABASE", _("数据库")
    IMAGE = "IMAGE", _("图形图像")
    STREAM = "STREAM", _("流媒体")
    SELF_DESCRIBING = "SELF", _("自描述格式")
    INTERFACE = "INTERFACE", _("服务接口格式")


class FieldType(TextChoices):
    """
    信息项数据类型.
    """

    TEXT = "C", _("字符型")
    LONG_TEXT = "M", _("备注型")
    NUMBER = "N", _("数值型")
    INTEGER = "I", _("整型")
    MONEY = "Y", _("货币型")
    DATE = "D", _("日期型")
    MOMENT = "T", _("日期时间型")
    BOOLEAN = "L", _("逻辑型")
    OTHER = "G", _("通用型")


class CatalogueLevel(TextChoices):
    """
    层级属性: in whose catalogue it stands.
    """

    DEPARTMENT = "DEPARTMENT", _("部门目录")
    NATIONAL = "NATIONAL", _("国家目录")


class DatasetState(TextChoices):
    """
    目录状态.
    """

    NEW = "NEW", _("未发布的目录")
    IN_USE = "IN_USE", _("已发布的目录")
    WITHDRAWN = "WITHDRAWN", _("已撤销的目录")


class DatasetVersionState(TextChoices):
    """
    目录版本状态.
    """

    DRAFT = "DRAFT", _("编制")
    IN_REVIEW = "IN_REVIEW", _("待审核")
    PUBLISHED = "PUBLISHED", _("现行")
    REPLACED = "REPLACED", _("已被替代")
    DISCARDED = "DISCARDED", _("已放弃")


OPEN_STATES: Final = (DatasetVersionState.DRAFT, DatasetVersionState.IN_REVIEW)


class DatasetAct(TextChoices):
    """
    What is done in the catalogue.
    """

    COMPILE = "COMPILE", _("开始编制")
    SAVE = "SAVE", _("保存编制内容")
    SUBMIT = "SUBMIT", _("提交审核")
    RETURN = "RETURN", _("退回修改")
    PUBLISH = "PUBLISH", _("审核发布")
    DISCARD = "DISCARD", _("放弃编制")
    WITHDRAW = "WITHDRAW", _("撤销目录")


class Fault(TextChoices):
    """
    What a definition lacks, or where it contradicts itself.
    """

    MISSING = "MISSING", _("请填写")
    TOO_LONG = "TOO_LONG", _("内容过长")
    BAD_CLASS_CODE = "BAD_CLASS_CODE", _("“项”为 2 位数字，“目”为 3 位数字，“细目”只含数字")
    BAD_PROVIDER = "BAD_PROVIDER", _("提供方代码不是有效的统一社会信用代码")
    CONDITION_MISSING = "CONDITION_MISSING", _("有条件共享的，请写明共享条件")
    BASIS_MISSING = "BASIS_MISSING", _("不予共享的，须写明法律、行政法规或党中央、国务院政策依据")
    OPENING_MISSING = "OPENING_MISSING", _("有条件开放的，请写明开放条件")
    OPEN_BUT_NOT_SHARED = "OPEN_BUT_NOT_SHARED", _("不予共享的资源不能向社会开放")
    OPEN_BUT_PERSONAL = "OPEN_BUT_PERSONAL", _("含个人信息的资源不能无条件开放")
    NO_FIELDS = "NO_FIELDS", _("请至少填写一个信息项")
    FIELD_NAME = "FIELD_NAME", _("信息项代码须以字母开头，只含字母、数字和下划线，且不重复")
    FIELD_TITLE = "FIELD_TITLE", _("每个信息项都要有名称")
    FIELD_LENGTH = "FIELD_LENGTH", _("字符型信息项须有长度（1 至 4000）")
    NO_MODE = "NO_MODE", _("可共享的资源须至少有一种共享方式")
    CONFIDENTIAL = "CONFIDENTIAL", _("涉密信息资源不得在本平台编目")


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """
    信息项.
    """

    name: str
    """Column name: a letter, then letters, digits, underscores."""
    title: str
    title_en: str = ""
    type: FieldType = FieldType.TEXT
    length: int = 0
    """Characters, of texts; 0 for other types."""
    is_required: bool = False
    is_key: bool = False
    is_personal: bool = False


class Definition(msgspec.Struct, frozen=True, kw_only=True):
    """
    核心元数据: all that the catalogue says of a dataset.
    """

    title: str
    title_en: str = ""
    summary: str = ""
    class_code: DatasetClass = DatasetClass.DEPARTMENT
    group_code: str = ""
    """项, two digits."""
    subgroup_code: str = ""
    """目, three digits."""
    detail_code: str = ""
    """细目, digits; may be empty."""
    provider_code: str = ""
    """统一社会信用代码 of the providing agency."""
    provider_name: str = ""
    division_code: str = ""
    format: Format = Format.DATABASE
    fields: tuple[Field, ...] = ()
    sharing: Sharing = Sharing.UNCONDITIONAL
    sharing_condition: str = ""
    sharing_basis: str = ""
    """Law, regulation or policy by which it is not shared."""
    modes: tuple[Mode, ...] = (Mode.INTERFACE,)
    openness: Openness = Openness.NONE
    opening_condition: str = ""
    cycle: Cycle = Cycle.IRREGULAR
    related: tuple[str, ...] = ()
    """关联资源代码."""
    level: CatalogueLevel = CatalogueLevel.DEPARTMENT
    is_confidential: bool = False
    """涉密属性; what is, has no place here."""


class DatasetEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    目录登记 on the wire between nodes.
    """

    node: str
    """Code of the node whose catalogue it stands in."""
    code: str
    version: int
    state: str
    published_at: str
    """Moment, RFC 3339 in UTC."""
    definition: Definition


class DutyEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    目录更新责任 on the wire: the node above sees who is late.
    """

    node: str
    id: str
    agency_code: str
    agency_name: str
    division_code: str
    reason: str
    text: str
    occurred_on: str
    due_on: str
    done_at: str
    """Empty while it is open."""


class DutyReason(TextChoices):
    """
    Why the catalogue must be updated within 15 working days.
    """

    LAW = "LAW", _("法律法规变化")
    ITEMS = "ITEMS", _("政务服务事项变化")
    FUNCTIONS = "FUNCTIONS", _("部门职能变化")


class DutyPress(StrEnum):
    """
    Why somebody is told of a duty.
    """

    DUE_SOON = "DUE_SOON"
    """Its last day is near."""
    LATE = "LATE"
    """Its last day is over."""


class UserKind(TextChoices):
    """
    Who uses a dataset.
    """

    SYSTEM = "SYSTEM", _("系统")
    AGENCY = "AGENCY", _("机构")
    NODE = "NODE", _("节点")
    SERVICE = "SERVICE", _("数据服务")


OPENED: Final = (Openness.UNCONDITIONAL, Openness.CONDITIONAL)
"""What the public may have, at once or on conditions."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetInForce:
    """
    What the catalogue of a node says of a dataset now.
    """

    node: str
    code: str
    version: int
    published_on: str
    """Day in China, ISO 8601; empty: another node did not tell it."""
    definition: Definition


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionReceipt:
    """
    Where a version stands after a step.
    """

    id: uuid.UUID
    dataset_id: uuid.UUID
    code: str
    state: DatasetVersionState
    version: int | None
    revision: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """
    One part in which two versions differ.
    """

    part: str
    before: Any
    after: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """
    How well a dataset is kept.
    """

    loaded_at: datetime | None
    is_fresh: bool | None
    """None: its cycle names no term, or it was never loaded."""
    rows: int
    filled: float | None
    """Share of required values that are there, 0 to 1; None: nothing was measured."""
    errors: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetSummary:
    """
    A line of the catalogue.
    """

    id: uuid.UUID
    code: str
    node: str
    is_own: bool
    title: str
    title_en: str
    class_code: DatasetClass
    provider_code: str
    provider_name: str
    sharing: Sharing
    openness: Openness
    cycle: Cycle
    state: DatasetState
    open_state: DatasetVersionState | None
    version: int
    changed_at: datetime
    health: Health


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """
    One 项 and 目 of the catalogue's tree.
    """

    prefix: str
    """Beginning of the codes that stand there."""
    title: str
    """The provider, where all are of one; else empty."""
    count: int


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionSummary:
    """
    A line of a dataset's versions.
    """

    id: uuid.UUID
    version: int | None
    state: DatasetVersionState
    created_at: datetime
    published_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """
    One thing that was done.
    """

    act: DatasetAct
    at: datetime
    comment: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UserLine:
    """
    Somebody who uses a dataset.
    """

    kind: UserKind
    code: str
    name: str
    first_at: datetime
    """When it was opened to it first."""
    last_on: date | None
    """Day in China of the last call; None: it has not called."""
    ended_at: datetime | None
    """When its right ended; None: it may use it now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetUse:
    """
    How a user of a dataset stands, as the data services know it.
    """

    code: str
    kind: UserKind
    user_code: str
    last_on: date | None
    ended_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetDetail:
    """
    All of a dataset that the actor may see.
    """

    summary: DatasetSummary
    definition: Definition
    """Of the version in force; of a dataset that was never published, of its draft."""
    schema: dict[str, Any]
    versions: tuple[VersionSummary, ...]
    users: tuple[UserLine, ...]
    log: tuple[LogLine, ...]
    open_version: uuid.UUID | None
    may_compile: bool
    may_withdraw: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionDetail:
    """
    One version, and in what it differs from the one before.
    """

    summary: VersionSummary
    dataset_id: uuid.UUID
    code: str
    definition: Definition
    revision: int
    compared_with: int | None
    changes: tuple[Difference, ...]
    acts: tuple[DatasetAct, ...]
    """What the actor may do to it now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyLine:
    """
    A change after which the catalogue must be looked through.
    """

    id: uuid.UUID
    node: str
    agency_code: str
    agency_name: str
    reason: DutyReason
    text: str
    occurred_on: date
    due_on: date
    done_at: datetime | None
    is_late: bool
    may_settle: bool
    """The actor may say that it was done."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """
    A value of a row that the dataset's schema refuses.
    """

    row: int
    """Counted from 1."""
    field: str
    """Empty: the row as a whole."""
    text: str


class FileForm(StrEnum):
    """
    Form of a file of the catalogue; the value is the ending of its name.
    """

    EXCEL = "xlsx"
    JSON = "json"
    TURTLE = "ttl"
    JSON_LD = "jsonld"


class FileOutcome(TextChoices):
    """
    What became of a row of a file.
    """

    BEGUN = "BEGUN", _("新建草稿")
    CHANGED = "CHANGED", _("新版本草稿")
    SAME = "SAME", _("没有变化")
    REFUSED = "REFUSED", _("没有导入")


@dataclass(frozen=True, kw_only=True, slots=True)
class FileRow:
    """
    One dataset as a file says it.
    """

    line: int
    """Of the sheet or list; 0: it belongs to no row."""
    code: str
    """Empty: it has none yet."""
    content: dict[str, Any]
    problems: tuple[str, ...]
    """Why it cannot be read; empty where it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileLine:
    """
    What became of a row.
    """

    line: int
    code: str
    outcome: FileOutcome
    problems: tuple[str, ...]
