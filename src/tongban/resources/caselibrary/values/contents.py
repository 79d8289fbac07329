"""
What is told about a case, row by row: the contents of the contracts `caselibrary.*`.

The fields are those of C 0110 (up_pro_*) and GB/T 39046 tables 5-9 under English names; `rules.tables` says which is
which. Times carry their offset; a length is what the national column takes.
"""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _
from msgspec import Meta

Code = Annotated[str, Meta(max_length=50)]
Name = Annotated[str, Meta(max_length=200)]
LongName = Annotated[str, Meta(max_length=1000)]
Words = Annotated[str, Meta(max_length=2000)]
Short = Annotated[str, Meta(max_length=6)]
Moment = Annotated[datetime, Meta(tz=True)]


class Kind(models.TextChoices):
    """
    办件库表: the kinds of row; the value ends the name of the contract.
    """

    CASE = "case", _("办件基本信息")
    PROCESS = "process", _("过程信息")
    SPECIAL = "special", _("特别程序信息")
    MATERIAL = "material", _("材料信息")
    RESULT = "result", _("结果信息")
    LICENCE = "licence", _("证照信息")
    RATING = "rating", _("评价信息")

    @property
    def dataset(self) -> str:
        """
        Code of its contract.
        """
        return f"caselibrary.{self.value}"


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A row about one case: which node's, which system's, which number.
    """

    node: Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
    """来源节点: division code of the node at which the case is handled."""
    system: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,16}$")]
    """来源系统 (data_source): "tongban", or the code of an agency's own system."""
    number: Annotated[str, Meta(min_length=1, max_length=50)]
    """办件编号 (project_no)."""


class ApplicantContent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    申请人, of several the first. Personal throughout.
    """

    name: Name = ""
    kind: Short = ""
    """申请人类型, T4."""
    id_type: Short = ""
    """证件类型, T20."""
    id_number: Code = ""
    legal_representative: Name = ""
    contact_name: Name = ""
    contact_id_type: Short = ""
    contact_id_number: Code = ""
    contact_mobile: Annotated[str, Meta(max_length=20)] = ""
    address: LongName = ""
    zip_code: Short = ""


class CaseContent(Content, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    办件基本信息: application and acceptance (up_pro_accept; GB/T 39046 tables 5 and 6).
    """

    catalog_code: Annotated[str, Meta(max_length=12)] = ""
    """基本编码."""
    local_catalog_code: Code = ""
    task_code: Annotated[str, Meta(max_length=36)] = ""
    """实施编码."""
    local_task_code: Code = ""
    variant_code: Code = ""
    """业务办理项编码 (task_handle_item)."""
    item_name: Annotated[str, Meta(min_length=1, max_length=1000)]
    item_version: int = 1
    summary: LongName = ""
    """办理摘要; may name people."""
    project_code: Annotated[str, Meta(max_length=24)] = ""
    """投资项目编号."""
    handling_kind: Short
    """办件类型, T6."""
    applicant: ApplicantContent
    applied_at: Moment
    channel: Short = ""
    """提交渠道, T27."""
    agency_code: Code
    agency_name: Name
    division_code: Annotated[str, Meta(pattern=r"^[0-9]{12}$")]
    handler: Name = ""
    accepted_at: Moment | None = None
    acceptance_document: Code = ""
    promised_on: date | None = None
    state: Annotated[str, Meta(max_length=2)]
    """办件状态, T26."""
    ended_at: Moment | None = None


class PartContent(Content, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    A row that belongs to a case.
    """

    part: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]{1,18}$")]
    """Which of the case's rows of this kind: a step's number, a material's digest; "1" where there is only one."""


class ProcessContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    过程信息: one step (up_pro_process; GB/T 39046 table 7).
    """

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    """环节名称."""
    action: Short
    """业务动作, T23: 1 passed, 2 returned, 9 other."""
    started_at: Moment
    ended_at: Moment
    """As `started_at` where the step took no time."""
    handler: Name = ""
    agency_code: Code = ""
    explanation: Words = ""
    state: Short = "2"
    """环节办理状态, T24."""


class SpecialContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    特别程序信息 (up_pro_special_procedure).
    """

    special_type: Short
    """特别程序种类, T7: 1 extension, 2 other."""
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    started_at: Moment
    reason: Words
    approver: Name = ""
    handler: Name = ""
    explanation: Words = ""
    result: Words = ""
    ended_at: Moment | None = None


class MaterialContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    材料信息 (up_pro_material).
    """

    name: Annotated[str, Meta(min_length=1, max_length=500)]
    way: Short
    """材料收取方式, T25."""
    copies: int = 1
    file_name: Annotated[str, Meta(max_length=300)] = ""


class ResultContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    结果信息 (up_pro_result; GB/T 39046 table 8).
    """

    result_type: Short
    """办结结果, T22."""
    ended_at: Moment
    explanation: Words = ""
    certificate_name: Name = ""
    certificate_number: Words = ""
    is_delivered: bool = False
    handler: Name = ""


class LicenceContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    证照信息: a licence that the case led to.
    """

    identifier: Annotated[str, Meta(min_length=1, max_length=100)]
    """电子证照标识."""
    licence_number: Name = ""
    name: Name = ""
    issued_at: Moment


class RatingContent(PartContent, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    评价信息 (GB/T 39046 table 9, 好差评).
    """

    satisfaction: Annotated[int, Meta(ge=1, le=5)]
    """5 非常满意 … 1 非常不满意; the other way round than GB/T 39046 A.8 (standards.md 8.1)."""
    rated_at: Moment
    channel: Short = ""
    """评价渠道 (pf)."""
    times: Annotated[int, Meta(ge=1, le=99)] = 1
    tags: tuple[str, ...] = ()
    text: Words = ""


CONTENT_OF: Final[dict[Kind, type[Content]]] = {
    Kind.CASE: CaseContent,
    Kind.PROCESS: ProcessContent,
    Kind.SPECIAL: SpecialContent,
    Kind.MATERIAL: MaterialContent,
    Kind.RESULT: ResultContent,
    Kind.LICENCE: LicenceContent,
    Kind.RATING: RatingContent,
}
"""Shape of a row of each kind."""


KIND_OF: Final = {shape: kind for kind, shape in CONTENT_OF.items()}


def kind_of(content: Content) -> Kind:
    """
    Return which kind of row this is.
    """
    return KIND_OF[type(content)]


def part_of(content: Content) -> str:
    """
    Return which of its case's rows this is; empty: the case itself.
    """
    return content.part if isinstance(content, PartContent) else ""


def case_key(content: Content) -> tuple[str, str, str]:
    """
    Return what a case is known by.
    """
    return (content.node, content.system, content.number)


def key_of(content: Content) -> str:
    """
    Return the key of a row in its contract: at most 100 characters, nothing personal.
    """
    return "/".join((*case_key(content), *filter(None, (part_of(content),))))
