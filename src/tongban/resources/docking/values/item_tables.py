"""
The national item tables (ZWFW C 0109; standards.md 3.2), described once, as the case tables are.

An item library (事项库) writes them: an item is a row of `up_task_*_basic` and all rows that name its `row_guid` as
their `task_guid`. Punishments and levies (`up_task_punish_basic`, `up_task_handle_basic`) are nothing that people apply
for and are not read.
"""

from dataclasses import dataclass, replace
from typing import Final

from tongban.resources.docking.values.tables import COMMON, YES_NO, Column, Kind, Row, Table

DIRECTORY_NAME: Final = "up_task_directory"
STATES: Final = frozenset({"1", "2", "3"})
"""事项状态, T10."""


def _text(
    name: str, length: int, title: str, *, must: bool = False, codes: frozenset[str] = frozenset()
) -> Column:
    return Column(name=name, title=title, length=length, is_required=must, codes=codes)


def _long(name: str, title: str, *, must: bool = False) -> Column:
    return Column(name=name, title=title, kind=Kind.LONG, is_required=must)


def _number(name: str, title: str, *, must: bool = False) -> Column:
    return Column(name=name, title=title, kind=Kind.INTEGER, is_required=must)


def _moment(name: str, title: str) -> Column:
    return Column(name=name, title=title, kind=Kind.MOMENT)


def _flag(name: str, title: str, *, must: bool = False) -> Column:
    return _text(name, 2, title, must=must, codes=YES_NO)


_LIFE: Final = (
    _text("task_state", 2, "事项状态", must=True, codes=STATES),
    _number("task_version", "事项版本", must=True),
    _moment("plan_effective_date", "计划生效日期"),
    _moment("plan_cancel_date", "计划取消日期"),
)
_DIRECTORY: Final = (
    _text("catalog_code", 12, "基本编码", must=True),
    _text("local_catalog_code", 50, "地方基本编码"),
    _text("task_name", 1000, "事项名称", must=True),
    _text("task_type", 2, "事项类型", must=True),
    _long("by_law", "设定依据", must=True),
    _text("use_level", 11, "行使层级", must=True),
    *_LIFE,
)
_POWER_SOURCE: Final = _text("power_source", 2, "权力来源", must=True)
_BASIC: Final = (
    _text("catalog_code", 12, "基本编码", must=True),
    _text("local_catalog_code", 50, "地方基本编码"),
    _text("task_code", 36, "实施编码", must=True),
    _text("local_task_code", 50, "地方实施编码"),
    _text("task_handle_item", 50, "业务办理项编码"),
    _text("task_name", 1000, "事项名称", must=True),
    _text("task_type", 2, "事项类型", must=True),
    _long("by_law", "设定依据", must=True),
    _text("use_level", 11, "行使层级", must=True),
    _POWER_SOURCE,
    _text("dept_name", 200, "实施主体", must=True),
    _text("dept_code", 50, "实施主体编码", must=True),
    _text("dept_type", 2, "实施主体性质", must=True),
    _text("entrust_name", 200, "委托部门"),
    _text("server_type", 32, "服务对象", must=True),
    _text("project_type", 2, "办件类型", must=True, codes=frozenset({"1", "2", "9"})),
    _text("handle_type", 5, "办理形式"),
    _long("accept_condition", "受理条件", must=True),
    _long("handle_flow", "办理流程", must=True),
    _number("anticipate_day", "法定办结时限", must=True),
    _text("anticipate_type", 2, "法定办结时限单位", must=True),
    _long("anticipate_explain", "法定办结时限说明"),
    _number("promise_day", "承诺办结时限", must=True),
    _text("promise_type", 2, "承诺办结时限单位", must=True),
    _long("promise_explain", "承诺办结时限说明"),
    _text("special_procedure", 500, "特别程序", must=True),
    _flag("is_fee", "是否收费", must=True),
    _long("fee_basis", "收费依据"),
    _number("limit_scene_num", "到办事现场次数", must=True),
    _long("transact_addr", "办理地点", must=True),
    _long("transact_time", "办理时间", must=True),
    _long("link_way", "咨询方式", must=True),
    _long("supervise_way", "监督投诉方式", must=True),
    _long("link_addr", "网上办理地址"),
    _flag("is_single_login", "是否支持单点登录", must=True),
    _long("mobile_terminal_url", "移动端办理地址"),
    _flag("app_is_single_login", "移动端是否支持单点登录", must=True),
    *_LIFE,
)
_PUBLIC_BASIC: Final = tuple(
    replace(column, is_required=column.is_required and not column.name.startswith("promise_"))
    for column in _BASIC
    if column is not _POWER_SOURCE
)
_OF_TASK: Final = (
    _text("task_guid", 50, "所属事项", must=True),
    _text("task_code", 36, "实施编码", must=True),
    _text("task_handle_item", 50, "业务办理项编码"),
)
_EXTEND: Final = (
    *_OF_TASK,
    _flag("is_entry_center", "是否进驻大厅", must=True),
    _text("handle_area", 2, "通办范围"),
    _flag("is_online", "是否网办", must=True),
    _text("online_handle_depth", 20, "网上办理深度"),
    _long("online_handle_url", "网上办理地址"),
    _flag("is_pay_online", "是否支持网上支付", must=True),
    _flag("is_express", "是否支持物流快递", must=True),
    _flag("is_schedule", "是否支持预约"),
    _flag("is_service_terminals", "是否支持自助终端"),
    _long("limit_explain", "数量限制"),
    _long("limit_scene_explain", "必须到现场原因"),
    _long("other_dept", "联办机构"),
    _long("service_type", "中介服务"),
    _text("result_type", 30, "办理结果类型", must=True),
    _long("result_name", "办理结果名称"),
    _text("result_guid", 50, "结果样本"),
    _long("user_topic_type", "自然人主题分类"),
    _long("user_character_topic_type", "自然人特定对象分类"),
    _long("corp_topic_type", "法人主题分类"),
    _long("corp_character_topic_type", "法人特定对象分类"),
    _long("town_name", "乡镇街道名称"),
    _text("town_code", 18, "乡镇街道代码"),
    _long("village_name", "村社区名称"),
    _text("village_code", 18, "村社区代码"),
    _text("extend_field", 2000, "扩展字段"),
)
_MATERIAL: Final = (
    *_OF_TASK,
    _number("order_num", "序号", must=True),
    _text("material_name", 200, "材料名称", must=True),
    _text("material_type", 2, "材料类型"),
    _text("material_format", 2, "材料形式"),
    _text("is_need", 2, "材料必要性", must=True, codes=frozenset({"1", "2", "3"})),
    _text("form_guid", 50, "空白表格"),
    _text("example_guid", 50, "示例样表"),
    _text("source_type", 2, "来源渠道"),
    _long("source_explain", "来源渠道说明"),
    _number("page_num", "份数"),
    _text("page_format", 200, "规格"),
    _long("fill_explain", "填报须知"),
    _long("accept_stand", "受理标准"),
    _long("by_law", "依据"),
    _long("remark", "备注"),
)
_FEE: Final = (
    *_OF_TASK,
    _number("order_num", "序号", must=True),
    _text("fee_name", 200, "收费项目", must=True),
    _long("fee_stand", "收费标准", must=True),
    _long("by_law", "收费依据"),
    _flag("is_desc", "是否减免"),
    _long("desc_explain", "减免说明"),
    _long("remark", "备注"),
)
_QUESTION: Final = (
    *_OF_TASK,
    _number("order_num", "序号"),
    _text("question", 1000, "常见问题"),
    _long("answer", "解答"),
)

DIRECTORY: Final = Table(name=DIRECTORY_NAME, title="基本目录", columns=(*COMMON, *_DIRECTORY))


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """
    Tables of one kind of item.
    """

    basic: Table
    extend: Table
    material: Table
    fee: Table
    question: Table

    @property
    def parts(self) -> tuple[Table, ...]:
        """
        Return the tables whose rows belong to a row of the basic one.
        """
        return (self.extend, self.material, self.fee, self.question)


def _family(name: str, words: str, basic: tuple[Column, ...]) -> Family:
    def table(part: str, title: str, columns: tuple[Column, ...]) -> Table:
        return Table(name=f"up_task_{name}_{part}", title=f"{words}{title}", columns=(*COMMON, *columns))

    return Family(
        basic=table("basic", "基本信息", basic),
        extend=table("extend", "扩展信息", _EXTEND),
        material=table("material", "材料信息", _MATERIAL),
        fee=table("fee_project", "收费项目", _FEE),
        question=table("questions", "常见问题", _QUESTION),
    )


FAMILIES: Final = (
    _family("general", "行政权力事项", _BASIC),
    _family("public", "公共服务事项", _PUBLIC_BASIC),
)
ITEM_TABLES: Final = (
    DIRECTORY,
    *(table for family in FAMILIES for table in (family.basic, *family.parts)),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """
    An item with all rows of it.
    """

    basic: Row
    extend: Row | None = None
    materials: tuple[Row, ...] = ()
    fees: tuple[Row, ...] = ()
    questions: tuple[Row, ...] = ()
    directory: Row | None = None
    """基本目录 of its 基本编码, where the library wrote that too."""

    @property
    def code(self) -> str:
        """
        Return what identifies the item: its 业务办理项编码, its 实施编码 where it is not split.
        """
        return self.basic.text("task_handle_item") or self.basic.text("task_code")
