"""
The national tables: which field of ours is which column of theirs. The one place where official names stand.

Sources: ZWFW C 0110 (up_pro_*), GB/T 39046-2020 tables 5-9 and annex A; standards.md 3.1, 3.3-3.5.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from tongban.foundation.clock import CHINA
from tongban.resources.caselibrary.values import CaseContent, Content, ExportStandard, Kind, key_of

TABLE_OF: Final[dict[Kind, str]] = {
    Kind.CASE: "up_pro_accept",
    Kind.PROCESS: "up_pro_process",
    Kind.SPECIAL: "up_pro_special_procedure",
    Kind.MATERIAL: "up_pro_material",
    Kind.RESULT: "up_pro_result",
    Kind.LICENCE: "up_lic_data",
    Kind.RATING: "up_pro_evaluate",
}
"""Table of the national exchange in which a row of a kind is told. The last two are of neighbouring contracts."""

NOBODY: Final = "系统"
"""For columns that must name a handler where the platform itself acted."""
MOST_STARS: Final = 5

Cell = str | int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Exported:
    """
    A row on its way out, with what its case says.
    """

    content: Any
    """Of the shape of its kind."""
    case: CaseContent
    satisfaction: int | None
    batch: str
    """批次号 (cd_batch)."""
    data_source: str
    """数据来源: three characters that the node above gives out."""
    at: datetime


Column = tuple[str, Callable[[Exported], Cell]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """
    A table of a standard.
    """

    name: str
    kind: Kind
    columns: Sequence[Column]
    is_after_acceptance: bool
    """Only of accepted cases: the table follows the one of acceptance."""

    @property
    def headings(self) -> list[str]:
        """
        Names of its columns.
        """
        return [name for name, _value in self.columns]

    def cells(self, row: Exported) -> list[Cell]:
        """
        Return a row of it.
        """
        return [value(row) for _name, value in self.columns]


def row_guid(content: Content) -> str:
    """
    Return 记录唯一标识: the same for a row at every export, 32 characters.
    """
    return hashlib.sha256(key_of(content).encode()).hexdigest()[:32]


def moment(at: datetime | None) -> str | None:
    """
    Return a moment as the national tables write it, in China's time.
    """
    return at.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") if at else None


def compact_moment(at: datetime | None) -> str | None:
    """
    Return 日期时间 as GB/T 39046 writes it: YYYYMMDDThhmmss.
    """
    return at.astimezone(CHINA).strftime("%Y%m%dT%H%M%S") if at else None


def compact_day(day: date | None) -> str | None:
    """
    Return 日期 as GB/T 39046 writes it: YYYYMMDD.
    """
    return day.strftime("%Y%m%d") if day else None


_COMMON: Final[tuple[Column, ...]] = (
    ("row_guid", lambda row: row_guid(row.content)),
    ("cd_batch", lambda row: row.batch),
    ("cd_operation", lambda row: "I"),
    ("cd_time", lambda row: moment(row.at)),
    ("data_source", lambda row: row.data_source),
    ("project_no", lambda row: row.case.number),
)

C0110: Final[tuple[Table, ...]] = (
    Table(
        name=TABLE_OF[Kind.CASE],
        kind=Kind.CASE,
        is_after_acceptance=True,
        columns=(
            *_COMMON,
            ("catalog_code", lambda row: row.case.catalog_code),
            ("local_catalog_code", lambda row: row.case.local_catalog_code),
            ("task_code", lambda row: row.case.task_code),
            ("local_task_code", lambda row: row.case.local_task_code),
            ("task_handle_item", lambda row: row.case.variant_code),
            ("task_name", lambda row: row.case.item_name),
            ("task_version", lambda row: row.case.item_version),
            ("project_name", lambda row: row.case.summary),
            ("project_type", lambda row: row.case.handling_kind),
            ("applyer_name", lambda row: row.case.applicant.name),
            ("applyer_type", lambda row: row.case.applicant.kind),
            ("applyer_page_type", lambda row: row.case.applicant.id_type),
            ("applyer_page_code", lambda row: row.case.applicant.id_number),
            ("legal", lambda row: row.case.applicant.legal_representative),
            ("contact_name", lambda row: row.case.applicant.contact_name),
            ("contact_type", lambda row: row.case.applicant.contact_id_type),
            ("contact_code", lambda row: row.case.applicant.contact_id_number),
            ("contact_mobile", lambda row: row.case.applicant.contact_mobile[:11]),
            ("address", lambda row: row.case.applicant.address),
            ("zip_code", lambda row: row.case.applicant.zip_code),
            ("apply_date", lambda row: moment(row.case.applied_at)),
            ("apply_type", lambda row: row.case.channel),
            ("org_name", lambda row: row.case.agency_name),
            ("org_code", lambda row: row.case.agency_code),
            ("handle_user_name", lambda row: row.case.handler or NOBODY),
            ("accept_date", lambda row: moment(row.case.accepted_at)),
            ("accept_doc_no", lambda row: row.case.acceptance_document),
            ("promise_date", lambda row: row.case.promised_on.isoformat() if row.case.promised_on else None),
        ),
    ),
    Table(
        name=TABLE_OF[Kind.PROCESS],
        kind=Kind.PROCESS,
        is_after_acceptance=True,
        columns=(
            *_COMMON,
            ("process_name", lambda row: row.content.name),
            ("event_name", lambda row: row.content.action),
            ("event_start_time", lambda row: moment(row.content.started_at)),
            ("event_end_time", lambda row: moment(row.content.ended_at)),
            ("handle_user_name", lambda row: row.content.handler or NOBODY),
            ("handle_explain", lambda row: row.content.explanation or row.content.name),
            ("remark", lambda row: None),
        ),
    ),
    Table(
        name=TABLE_OF[Kind.SPECIAL],
        kind=Kind.SPECIAL,
        is_after_acceptance=True,
        columns=(
            *_COMMON,
            ("special_type", lambda row: row.content.special_type),
            ("special_name", lambda row: row.content.name),
            ("special_time", lambda row: moment(row.content.started_at)),
            ("special_reason", lambda row: row.content.reason),
            ("applyer_user_name", lambda row: row.content.approver),
            ("handle_user", lambda row: row.content.handler),
            ("special_explain", lambda row: row.content.explanation),
            ("result", lambda row: row.content.result),
            ("end_time", lambda row: moment(row.content.ended_at or row.content.started_at)),
            ("remark", lambda row: None),
        ),
    ),
    Table(
        name=TABLE_OF[Kind.MATERIAL],
        kind=Kind.MATERIAL,
        is_after_acceptance=True,
        columns=(
            *_COMMON,
            ("material_name", lambda row: row.content.name),
            ("get_type", lambda row: row.content.way),
            ("get_num", lambda row: row.content.copies),
            ("material_attach_name", lambda row: row.content.file_name),
            ("remark", lambda row: None),
        ),
    ),
    Table(
        name=TABLE_OF[Kind.RESULT],
        kind=Kind.RESULT,
        is_after_acceptance=True,
        columns=(
            *_COMMON,
            ("result_type", lambda row: row.content.result_type),
            ("result_date", lambda row: moment(row.content.ended_at)),
            ("result_explain", lambda row: row.content.explanation),
            ("result_cetr_name", lambda row: row.content.certificate_name),
            ("result_cetr_no", lambda row: row.content.certificate_number),
            ("is_delivery_results", lambda row: "1" if row.content.is_delivered else "0"),
            ("satisfaction", lambda row: row.satisfaction),
            ("handle_user_name", lambda row: row.content.handler or NOBODY),
            ("remark", lambda row: None),
        ),
    ),
)

APPLICANT_KINDS: Final = {"5": "6", "6": "5", "7": "6", "9": "6"}
"""T4 of C 0109 -> annex A.4 of GB/T 39046, where they differ."""

GBT39046: Final[tuple[Table, ...]] = (
    Table(
        name="table5_application",
        kind=Kind.CASE,
        is_after_acceptance=False,
        columns=(
            ("办件编号", lambda row: row.case.number),
            ("实施编码", lambda row: row.case.task_code or row.case.local_task_code),
            ("事项名称", lambda row: row.case.item_name),
            ("申请者名称", lambda row: row.case.applicant.name),
            (
                "申请者类型代码",
                lambda row: APPLICANT_KINDS.get(row.case.applicant.kind, row.case.applicant.kind),
            ),
            ("证件类型代码", lambda row: row.case.applicant.id_type),
            ("证件号码", lambda row: row.case.applicant.id_number[:18]),
            ("联系人", lambda row: row.case.applicant.contact_name),
            ("联系人手机", lambda row: row.case.applicant.contact_mobile),
            ("申请时间", lambda row: compact_moment(row.case.applied_at)),
            ("投资项目编号", lambda row: row.case.project_code),
            ("行政区划", lambda row: row.case.division_code[:9]),
            ("申报来源代码", lambda row: row.case.channel),
        ),
    ),
    Table(
        name="table6_acceptance",
        kind=Kind.CASE,
        is_after_acceptance=True,
        columns=(
            ("办件编号", lambda row: row.case.number),
            ("受理单位", lambda row: row.case.agency_name),
            ("受理单位统一社会信用代码", lambda row: row.case.agency_code),
            ("受理人", lambda row: row.case.handler or NOBODY),
            ("受理时间", lambda row: compact_moment(row.case.accepted_at)),
            ("受理文书编号", lambda row: row.case.acceptance_document),
            ("办件类型代码", lambda row: row.case.handling_kind),
            ("承诺办结日期", lambda row: compact_day(row.case.promised_on)),
        ),
    ),
    Table(
        name="table7_handling",
        kind=Kind.PROCESS,
        is_after_acceptance=False,
        columns=(
            ("办件编号", lambda row: row.case.number),
            ("环节名称", lambda row: row.content.name),
            ("业务动作", lambda row: row.content.action),
            ("环节开始时间", lambda row: compact_moment(row.content.started_at)),
            ("环节结束时间", lambda row: compact_moment(row.content.ended_at)),
            ("处理人", lambda row: row.content.handler or NOBODY),
            ("处理单位统一社会信用代码", lambda row: row.content.agency_code or row.case.agency_code),
            ("处理意见", lambda row: row.content.explanation),
            ("环节办理状态", lambda row: row.content.state),
        ),
    ),
    Table(
        name="table8_result",
        kind=Kind.RESULT,
        is_after_acceptance=False,
        columns=(
            ("办件编号", lambda row: row.case.number),
            ("办结结果代码", lambda row: row.content.result_type),
            ("办结时间", lambda row: compact_moment(row.content.ended_at)),
            ("办结结果描述", lambda row: row.content.explanation),
            ("证照名称", lambda row: row.content.certificate_name),
            ("证照编号", lambda row: row.content.certificate_number),
            ("发证单位", lambda row: row.case.agency_name),
        ),
    ),
    Table(
        name="table9_rating",
        kind=Kind.RATING,
        is_after_acceptance=False,
        columns=(
            ("办件编号", lambda row: row.case.number),
            ("评价渠道", lambda row: row.content.channel),
            ("评价时间", lambda row: compact_moment(row.content.rated_at)),
            ("评价次数", lambda row: row.content.times),
            # The standard counts the other way round: 1 is 非常满意 (annex A.8).
            ("满意度代码", lambda row: MOST_STARS + 1 - row.content.satisfaction),
            ("文字评价", lambda row: row.content.text),
            ("行政区划", lambda row: row.case.division_code[:9]),
        ),
    ),
)

TABLES: Final[dict[ExportStandard, tuple[Table, ...]]] = {
    ExportStandard.C0110: C0110,
    ExportStandard.GBT39046: GBT39046,
}
