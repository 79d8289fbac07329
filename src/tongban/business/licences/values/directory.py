"""
Vocabulary of the directory of licences (证照目录): types, their versions, what stands on a face.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Code = Annotated[str, msgspec.Meta(max_length=32)]
Key = Annotated[str, msgspec.Meta(max_length=64)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
English = Annotated[str, msgspec.Meta(max_length=300)]
Words = Annotated[str, msgspec.Meta(max_length=500)]
Months = Annotated[int, msgspec.Meta(ge=1, le=1200)]
Length = Annotated[int, msgspec.Meta(ge=1, le=4000)]

HOLDER_LINES: Final = frozenset({"holder_name", "holder_code"})
"""Keys of the lines of a face that say whose licence it is; they do not change from version to version."""
MOST_FIELDS: Final = 60
MOST_CHOICES: Final = 200
MOST_ISSUERS: Final = 500
MOST_ITEMS: Final = 500


class TypeState(TextChoices):
    """
    证照类型状态.
    """

    NEW = "NEW", pgettext_lazy("licence type", "尚未发布")
    IN_USE = "IN_USE", pgettext_lazy("licence type", "在用")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("licence type", "已停用")


class VersionState(TextChoices):
    """
    目录版本状态.
    """

    DRAFT = "DRAFT", pgettext_lazy("directory version", "编制中")
    IN_REVIEW = "IN_REVIEW", pgettext_lazy("directory version", "待审核")
    APPROVED = "APPROVED", pgettext_lazy("directory version", "待发布")
    PUBLISHED = "PUBLISHED", pgettext_lazy("directory version", "现行")
    REPLACED = "REPLACED", pgettext_lazy("directory version", "历史")
    DISCARDED = "DISCARDED", pgettext_lazy("directory version", "已作废")


OPEN_STATES: Final = (VersionState.DRAFT, VersionState.IN_REVIEW, VersionState.APPROVED)
"""A type has at most one version in these."""


class DirectoryAct(TextChoices):
    """
    What is done in the directory; the word is what its log says.
    """

    COMPILE = "COMPILE", pgettext_lazy("directory act", "编制")
    SAVE = "SAVE", pgettext_lazy("directory act", "修改")
    SUBMIT = "SUBMIT", pgettext_lazy("directory act", "送审")
    RETURN = "RETURN", pgettext_lazy("directory act", "退回")
    APPROVE = "APPROVE", pgettext_lazy("directory act", "审核通过")
    PUBLISH = "PUBLISH", pgettext_lazy("directory act", "发布")
    DISCARD = "DISCARD", pgettext_lazy("directory act", "作废")
    WITHDRAW = "WITHDRAW", pgettext_lazy("directory act", "停用")
    LOAD = "LOAD", pgettext_lazy("directory act", "随区域数据载入")


class FieldKind(TextChoices):
    """
    照面要素的类型.
    """

    TEXT = "TEXT", _("文字")
    NUMBER = "NUMBER", _("数字")
    INTEGER = "INTEGER", _("整数")
    DATE = "DATE", _("日期")
    CHOICE = "CHOICE", _("选项")


class ValidityKind(TextChoices):
    """
    有效期规则.
    """

    MONTHS = "MONTHS", _("自签发之日起若干个月")
    FIXED_DATE = "FIXED_DATE", _("到固定日期")
    LONG_TERM = "LONG_TERM", _("长期有效")
    HOLDER_EVENT = "HOLDER_EVENT", _("至持证主体发生特定事件")


class SharingCategory(TextChoices):
    """
    共享类型; the codes of the national exchange are 1, 2 and 3 (政务信息资源目录编制指南).
    """

    OPEN = "OPEN", _("无条件共享")
    CONDITIONAL = "CONDITIONAL", _("有条件共享")
    CLOSED = "CLOSED", _("不予共享")


SHARING_CODES: Final[dict[SharingCategory, str]] = {
    SharingCategory.OPEN: "1",
    SharingCategory.CONDITIONAL: "2",
    SharingCategory.CLOSED: "3",
}


class Fault(TextChoices):
    """
    What is wrong with a part of a definition, or with a value of a face.
    """

    MISSING = "MISSING", _("请填写")
    BAD_CODE = "BAD_CODE", _("代码格式不正确")
    BAD_KEY = "BAD_KEY", _("标识应以小写字母开头，只用小写字母、数字和下划线")
    TWICE = "TWICE", _("与另一项重复")
    NO_HOLDER = "NO_HOLDER", _("照面必须有持证主体和持证主体代码两项")
    BAD_SOURCE = "BAD_SOURCE", _("来源应为 holder.name、holder.code 或 form. 加表单项标识")
    NO_CHOICES = "NO_CHOICES", _("请列出选项")
    BAD_RANGE = "BAD_RANGE", _("最小值不能大于最大值")
    BAD_DATE = "BAD_DATE", _("请按“年-月-日”填写日期")
    UNKNOWN_KIND = "UNKNOWN_KIND", _("没有这种类别")
    NO_BASIS = "NO_BASIS", _("请写明共享条件；不予共享的，写明法律、行政法规依据")
    TOO_LONG = "TOO_LONG", _("内容过长")
    NOT_A_NUMBER = "NOT_A_NUMBER", _("请填写数字")
    NOT_AN_INTEGER = "NOT_AN_INTEGER", _("请填写整数")
    TOO_SMALL = "TOO_SMALL", _("小于允许的最小值")
    TOO_LARGE = "TOO_LARGE", _("大于允许的最大值")
    NOT_A_CHOICE = "NOT_A_CHOICE", _("不在选项之内")
    NO_SUCH_FIELD = "NO_SUCH_FIELD", _("照面没有这一项")


class FaceField(msgspec.Struct, frozen=True, kw_only=True):
    """
    照面要素: one line on the face of a type.
    """

    key: Key
    label: Short
    label_en: English = ""
    source: Short = ""
    """"holder.name", "holder.code" or "form.<key>"; empty: the face's own key."""
    masked: bool = False
    """Personal: starred wherever it is shown to somebody else than the holder."""
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = False
    max_length: Length = 1000
    """Characters, of texts."""
    choices: Annotated[tuple[Short, ...], msgspec.Meta(max_length=MOST_CHOICES)] = ()
    minimum: int | None = None
    maximum: int | None = None
    unit: Annotated[str, msgspec.Meta(max_length=20)] = ""


class IssuingBody(msgspec.Struct, frozen=True, kw_only=True):
    """
    颁发机构: an agency that may issue licences of a type.
    """

    code: Code
    name: Short = ""


class ValidityRule(msgspec.Struct, frozen=True, kw_only=True):
    """
    有效期规则: until when a licence of a type is valid.
    """

    kind: ValidityKind
    months: Months | None = None
    """Of `MONTHS`, counted from the day of issue."""
    until: Annotated[str, msgspec.Meta(max_length=10)] = ""
    """Of `FIXED_DATE`: the last valid day, ISO 8601."""
    event: Short = ""
    """Of `HOLDER_EVENT`: what ends it, in words; a licence has no date then and ends by cancellation."""


class TypeDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """
    证照类型定义: all that one version of a type says. Once published it never changes.
    """

    name: Short
    name_en: English = ""
    defining_body_code: Annotated[str, msgspec.Meta(max_length=18)]
    defining_body_name: Short
    holder_kinds: Annotated[tuple[Key, ...], msgspec.Meta(max_length=8)] = ("PERSON", "LEGAL")
    fields: Annotated[tuple[FaceField, ...], msgspec.Meta(max_length=MOST_FIELDS)] = ()
    issuers: Annotated[tuple[IssuingBody, ...], msgspec.Meta(max_length=MOST_ISSUERS)] = ()
    """Empty: every agency whose decision ends in a licence of this type."""
    validity: ValidityRule = ValidityRule(kind=ValidityKind.LONG_TERM)
    validity_words: Short = ""
    """有效期说明, as people read it."""
    validity_words_en: English = ""
    check_months: Months | None = None
    """年检: a licence is checked at least this often; None: never."""
    allows_several: bool = True
    """False: at most one current licence of this type per holder."""
    sharing: SharingCategory = SharingCategory.CONDITIONAL
    sharing_condition: Words = ""
    """On what condition it is shared; of `CLOSED`, by what law it is not."""
    items: Annotated[tuple[Code, ...], msgspec.Meta(max_length=MOST_ITEMS)] = ()
    """关联事项: 基本编码 of the services that issue it or ask for it."""
    template: dict[str, Any] = {}
    """照面样式: boxes in millimetres (`documents.values.FaceTemplate`); empty: the node's usual face."""
    note: Words = ""
    note_en: Words = ""


class LicenceTypeRow(msgspec.Struct, frozen=True, kw_only=True):
    """
    证照类型 as data files hold it; what else a row says is left alone.
    """

    code: str
    """证照类型代码: 18-character code of the defining body and three digits (GB/T 36904)."""
    name: Short
    name_en: English = ""
    defining_body_code: Annotated[str, msgspec.Meta(max_length=18)]
    defining_body_name: Short
    holder_kinds: tuple[Key, ...] = ("PERSON", "LEGAL")
    face: Annotated[tuple[FaceField, ...], msgspec.Meta(max_length=MOST_FIELDS)] = ()
    issuers: Annotated[tuple[IssuingBody, ...], msgspec.Meta(max_length=MOST_ISSUERS)] = ()
    validity_months: Months | None = None
    """None: long-term, unless `validity_rule` says otherwise."""
    validity_rule: ValidityRule | None = None
    validity: Short = ""
    validity_en: English = ""
    check_months: Months | None = None
    allows_several: bool = True
    """False: at most one current licence of this type per holder."""
    sharing: SharingCategory = SharingCategory.CONDITIONAL
    sharing_condition: Words = ""
    items: Annotated[tuple[Code, ...], msgspec.Meta(max_length=MOST_ITEMS)] = ()
    template: dict[str, Any] = {}
    note: Words = ""
    note_en: Words = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """
    One thing that differs between two definitions.
    """

    part: str
    """Name of the part, "fields" for what stands on the face."""
    key: str
    """Key of the field; empty for other parts."""
    before: str
    """Empty: it was not there."""
    after: str
    """Empty: it is not there any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionReceipt:
    """
    What was done to a version of a type, and where it stands now.
    """

    id: UUID
    type_code: str
    state: VersionState
    version: int | None
    """None until it is published."""
    revision: int
    """Counts changes of a draft; whoever changes it says which one was in hand."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeReceipt:
    """
    What became of a type.
    """

    code: str
    state: TypeState
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeSummary:
    """
    A type as lists show it: by its version in force, or by what is being compiled where there is none yet.
    """

    code: str
    name: str
    name_en: str
    defining_body_code: str
    defining_body_name: str
    state: TypeState
    version: int
    """Version in force; 0 where none was ever published."""
    sharing: SharingCategory
    changed_at: datetime
    open_state: VersionState | None
    """Where the version stands that is being compiled; None: there is none, or the reader may not know of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionSummary:
    """
    One version of a type in its history.
    """

    id: UUID
    version: int | None
    state: VersionState
    created_at: datetime
    published_at: datetime | None
    ended_at: datetime | None
    digest: str
    """SM3 of the canonical definition, hexadecimal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectoryEntry:
    """
    One line of a type's log.
    """

    act: DirectoryAct
    at: datetime
    actor_kind: str
    actor_id: str
    comment: str
    version: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VersionDetail:
    """
    One version of a type with all it says.
    """

    summary: VersionSummary
    type_code: str
    type_state: TypeState
    definition: TypeDefinition
    revision: int
    based_on: int
    """Version in force when it was last saved; 0: none."""
    is_outdated: bool
    """Another version came into force since; it must be looked through and saved again."""
    schema: dict[str, Any]
    """JSON Schema 2020-12 of the face as data."""
    compared_with: int | None
    """Number of the version that `changes` are against; None: of none."""
    changes: tuple[Difference, ...]
    acts: tuple[DirectoryAct, ...]
    """What this reader may do with it now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TypeDetail:
    """
    A type with its versions and its log.
    """

    summary: TypeSummary
    current: VersionDetail | None
    """None: none was ever published."""
    versions: tuple[VersionSummary, ...]
    """Newest first; to the public only those that were published."""
    open_version: UUID | None
    log: tuple[DirectoryEntry, ...]
    """Newest first; empty for the public."""
    acts: tuple[DirectoryAct, ...]
    """What this reader may do with the type as such."""
