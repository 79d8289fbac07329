"""
The national case tables (ZWFW C 0110, standards.md 3.1 and 3.4), described once: DDL, checks and texts come from here.

`up_*` tables are written by the agency's system and read by the node; `dn_*` tables mirror them the other way.
Columns that the national tables do not have are marked as ours.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

NEW, TAKEN, FAULTY = "0", "1", "9"
"""is_sync: not read yet, taken, refused with a row in dn_audit_abnormal."""
INSERT, UPDATE, DELETE = "I", "U", "D"
"""cd_operation."""
YES_NO: Final = frozenset({"0", "1"})


class Kind(StrEnum):
    """
    Type of a column; each database has its own word for it.
    """

    TEXT = "varchar"
    LONG = "text"
    INTEGER = "int"
    MOMENT = "datetime"
    """Beijing time without an offset, as everywhere in the national tables."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """
    One column.
    """

    name: str
    title: str
    kind: Kind = Kind.TEXT
    length: int = 0
    is_required: bool = False
    codes: frozenset[str] = frozenset()
    """Permitted values; empty: any."""
    is_ours: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """
    One table.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rank: int = 0
    """Order among rows of the same moment: accept, process, special procedure, result."""
    is_ours: bool = False

    @property
    def is_upward(self) -> bool:
        """
        Whether the agency's system writes it.
        """
        return self.name.startswith("up_")

    def column(self, name: str) -> Column:
        """
        Return a column by its name.
        """
        return next(column for column in self.columns if column.name == name)


def _text(
    name: str, length: int, title: str, *, must: bool = False, codes: str = "", ours: bool = False
) -> Column:
    return Column(
        name=name, title=title, length=length, is_required=must, codes=frozenset(codes.split()), is_ours=ours
    )


def _moment(name: str, title: str, *, must: bool = False) -> Column:
    return Column(name=name, title=title, kind=Kind.MOMENT, is_required=must)


COMMON: Final = (
    _text("row_guid", 50, "记录唯一标识", must=True),
    _text("cd_batch", 32, "批次号"),
    _text("cd_operation", 2, "同步类型", must=True, codes="I U D"),
    _moment("cd_time", "同步时间", must=True),
    _text("data_source", 3, "数据来源"),
    _text("is_sync", 1, "同步标志", must=True, codes="0 1 9"),
)
"""Columns of every exchanged row (standards.md 3.1)."""

_NAMES = (
    _text("project_no", 50, "办件编号", must=True),
    _text("catalog_code", 50, "基本编码", must=True),
    _text("local_catalog_code", 50, "地方基本编码"),
    _text("task_code", 36, "实施编码", must=True),
    _text("local_task_code", 50, "地方实施编码"),
    _text("task_handle_item", 50, "业务办理项编码"),
    _text("task_name", 1000, "事项名称", must=True),
    Column(name="task_version", title="事项版本", kind=Kind.INTEGER, is_required=True),
    _text("project_name", 500, "办件摘要"),
    _text("project_type", 2, "办件类型", must=True, codes="1 2 9"),
    _text("applyer_name", 200, "申请人名称", must=True),
    _text("applyer_type", 2, "申请人类型", must=True, codes="1 2 3 4 5 6 7 9"),
    _text("applyer_page_type", 70, "申请人证件类型", must=True),
    _text("applyer_page_code", 500, "申请人证件号码", must=True),
    _text("legal", 100, "法定代表人"),
    _text("contact_name", 100, "联系人"),
    _text("contact_type", 6, "联系人证件类型"),
    _text("contact_code", 50, "联系人证件号码"),
    _text("contact_mobile", 11, "联系人手机"),
    _text("address", 500, "通讯地址"),
    _text("zip_code", 6, "邮政编码"),
    _moment("apply_date", "申请时间", must=True),
    _text("apply_type", 2, "申请方式", must=True, codes="1 2 3 4 9"),
    _text("org_name", 200, "受理机构", must=True),
    _text("org_code", 50, "受理机构编码", must=True),
)
_FORM = Column(name="form_data", title="表单内容（JSON）", kind=Kind.LONG, is_ours=True)

ACCEPT: Final = (
    *_NAMES,
    _text("handle_user_name", 100, "受理人"),
    _moment("accept_date", "受理时间", must=True),
    _text("accept_doc_no", 50, "受理文书编号"),
    _moment("promise_date", "承诺办结时间"),
)
PROCESS: Final = (
    _text("project_no", 50, "办件编号", must=True),
    _text("process_name", 100, "环节名称", must=True),
    _text("event_name", 2, "业务动作", must=True, codes="1 2 9"),
    _moment("event_start_time", "开始时间", must=True),
    _moment("event_end_time", "结束时间", must=True),
    _text("handle_user_name", 100, "办理人", must=True),
    _text("handle_explain", 2000, "办理意见", must=True),
    _text("remark", 2000, "备注"),
)
SPECIAL: Final = (
    _text("project_no", 50, "办件编号", must=True),
    _text("special_type", 2, "特别程序种类", must=True, codes="1 2"),
    _text("special_name", 100, "特别程序名称", must=True),
    _moment("special_time", "开始时间", must=True),
    _text("special_reason", 2000, "原因", must=True),
    _text("applyer_user_name", 100, "申请人员"),
    _text("handle_user", 100, "批准人员"),
    _text("special_explain", 2000, "说明"),
    _text("result", 2000, "结果"),
    _moment("end_time", "结束时间", must=True),
    _text("remark", 2000, "依据"),
)
RESULT: Final = (
    _text("project_no", 50, "办件编号", must=True),
    _text("result_type", 2, "办结结果", must=True, codes="0 1 2 3 4 5 6"),
    _moment("result_date", "办结时间", must=True),
    _text("result_explain", 2000, "办结意见"),
    _text("result_cetr_name", 500, "结果证照名称"),
    _text("result_cetr_no", 2000, "结果证照编号"),
    _text("is_delivery_results", 2, "是否送达结果", must=True, codes="0 1"),
    _text("satisfaction", 2, "满意度"),
    _text("handle_user_name", 100, "办理人"),
    _text("remark", 2000, "备注"),
)
MATERIAL: Final = (
    _text("project_no", 50, "办件编号", must=True),
    _text("material_name", 500, "材料名称", must=True),
    _text("get_type", 2, "收取方式", must=True, codes="1 2 3 9"),
    Column(name="get_num", title="收取数量", kind=Kind.INTEGER),
    _text("material_attach_name", 500, "附件名称"),
    _text("remark", 2000, "备注"),
)
ABNORMAL: Final = (
    _text("err_type", 64, "错误代码", must=True),
    _text("remark", 2000, "错误说明", must=True),
    _text("table_name", 200, "表中文名"),
    _text("table_sql_name", 64, "表名", must=True),
    _text("table_row_guid", 50, "出错记录", must=True),
    _text("table_cd_batch", 32, "出错记录批次号"),
    _text("table_cd_source", 3, "出错记录来源"),
    _moment("table_cd_time", "出错记录同步时间"),
    _moment("table_update_time", "判定时间"),
)

UPWARD: Final = (
    Table(name="up_pro_accept", title="受理信息", columns=(*COMMON, *ACCEPT), rank=0),
    Table(name="up_pro_material", title="材料信息", columns=(*COMMON, *MATERIAL), rank=1),
    Table(name="up_pro_process", title="过程信息", columns=(*COMMON, *PROCESS), rank=2),
    Table(name="up_pro_special_procedure", title="特别程序信息", columns=(*COMMON, *SPECIAL), rank=3),
    Table(name="up_pro_result", title="结果信息", columns=(*COMMON, *RESULT), rank=4),
)
DOWNWARD: Final = (
    Table(
        name="dn_pro_apply",
        title="申请信息（GB/T 39046 表5）",
        columns=(*COMMON, *_NAMES, _FORM),
        is_ours=True,
    ),
    Table(name="dn_pro_accept", title="受理信息", columns=(*COMMON, *ACCEPT, _FORM)),
    Table(name="dn_pro_material", title="材料信息", columns=(*COMMON, *MATERIAL), rank=1),
    Table(name="dn_pro_process", title="过程信息", columns=(*COMMON, *PROCESS), rank=2),
    Table(name="dn_pro_special_procedure", title="特别程序信息", columns=(*COMMON, *SPECIAL), rank=3),
    Table(name="dn_pro_result", title="结果信息", columns=(*COMMON, *RESULT), rank=4),
    Table(name="dn_audit_abnormal", title="数据质量反馈", columns=(*COMMON, *ABNORMAL), rank=5),
)
TABLES: Final = (*UPWARD, *DOWNWARD)
BY_NAME: Final = {table.name: table for table in TABLES}


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """
    What is wrong with a row, for dn_audit_abnormal.
    """

    code: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """
    A row of one of the tables.
    """

    table: Table
    values: dict[str, object] = field(default_factory=dict)

    @property
    def guid(self) -> str:
        """
        Return its row_guid.
        """
        return str(self.values.get("row_guid") or "")

    def text(self, name: str) -> str:
        """
        Return a column as text without blanks around it; empty for NULL.
        """
        value = self.values.get(name)
        return "" if value is None else str(value).strip()
