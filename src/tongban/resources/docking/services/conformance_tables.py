"""
Conformance of front-end tables: what must be there before a row can go either way.
"""

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _

from tongban.resources.docking import ports
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.ports import FoundColumn, FrontEnd, FrontEndAway
from tongban.resources.docking.services.tables import place_of
from tongban.resources.docking.values import Finding
from tongban.resources.docking.values.item_tables import ITEM_TABLES
from tongban.resources.docking.values.tables import TABLES, Column, Kind, Table

TYPES = {
    Kind.TEXT: ("char", "text", "string"),
    Kind.LONG: ("text", "char", "json", "string"),
    Kind.INTEGER: ("int", "numeric", "decimal"),
    Kind.MOMENT: ("timestamp", "datetime"),
}
MOST_NAMED = 12
Found = Mapping[str, Mapping[str, FoundColumn]]


def table_findings(system: DockedSystem) -> list[Finding]:
    """
    Look at a system's front-end database.
    """
    try:
        with ports.front_end(place_of(system)) as front_end:
            return [_reached(), *_look(front_end)]
    except FrontEndAway as error:
        return [_reached(error)]


def _reached(error: FrontEndAway | None = None) -> Finding:
    return Finding(
        id="tables.reach",
        title=_("前置库可访问"),
        asked=_("平台能连接前置库（108号文 前置交换）"),
        is_met=error is None,
        found=str(error) if error else _("已连接"),
        mend=_("请核对地址、账号和网络；外部地址须列入 TONGBAN_OUTGOING_NETWORKS"),
    )


def _look(front_end: FrontEnd) -> Iterator[Finding]:
    found = front_end.found()
    missing = [table.name for table in TABLES if table.name not in found]
    yield _finding(
        "tables.present",
        _("数据表齐全"),
        _("up_pro_*、dn_pro_* 和 dn_audit_abnormal 各表齐全（ZWFW C 0110）"),
        missing,
        _("请执行 tongban docking-tables 打印的建表语句"),
    )
    there = [table for table in TABLES if table.name in found]
    yield _finding(
        "tables.columns",
        _("字段齐全"),
        _("各表字段按标准命名（ZWFW C 0110）"),
        [
            f"{table.name}.{column.name}"
            for table in there
            for column in table.columns
            if column.name not in found[table.name]
        ],
        _("请补齐缺少的字段"),
    )
    yield _finding(
        "tables.types",
        _("字段类型和长度"),
        _("字段类型相符，长度不小于标准（ZWFW C 0110）"),
        [problem for table in there for problem in _type_problems(table, found)],
        _("请修改字段类型或加长字段"),
    )
    yield _finding(
        "tables.keys",
        _("记录唯一标识"),
        _("row_guid 为主键或唯一约束（ZWFW C 0110 记录唯一标识）"),
        [table.name for table in there if ("row_guid",) not in front_end.keys(table.name)],
        _("请为 row_guid 建主键或唯一约束"),
    )
    yield _items_finding(front_end, found)
    refused = front_end.try_rights() if not missing else {}
    yield _finding(
        "tables.rights",
        _("平台账号的权限"),
        _("平台账号能读和标记 up_* 表、写入 dn_* 表"),
        sorted(refused) if not missing else [_("数据表不齐，未检查")],
        _("请授予 SELECT、UPDATE（up_*）和 SELECT、INSERT（dn_*）权限"),
    )


def _items_finding(front_end: FrontEnd, found: Found) -> Finding:
    """
    Judge the item tables; who keeps no items there needs none of them.
    """
    there = [table for table in ITEM_TABLES if table.name in found]
    wrong = [table.name for table in ITEM_TABLES if there and table.name not in found]
    for table in there:
        wrong += [
            f"{table.name}.{column.name}" for column in table.columns if column.name not in found[table.name]
        ]
        wrong += _type_problems(table, found)
        if ("row_guid",) not in front_end.keys(table.name):
            wrong.append(f"{table.name}.row_guid")
    return _finding(
        "tables.items",
        _("事项表"),
        _("报送事项时，up_task_* 各表齐全，字段、类型和主键相符（C 0109）；不报送事项的不需要"),
        wrong,
        _("请按 tongban docking-tables 打印的建表语句补齐，或者删去全部事项表"),
    )


def _type_problems(table: Table, found: Found) -> Iterator[str]:
    for column in table.columns:
        there = found[table.name].get(column.name)
        if there is not None:
            yield from _type_problem(table, column, there)


def _type_problem(table: Table, column: Column, there: FoundColumn) -> Iterator[str]:
    where = f"{table.name}.{column.name}"
    if not any(word in there.type for word in TYPES[column.kind]):
        yield f"{where} {there.type}"
    elif column.length and there.length is not None and there.length < column.length:
        yield f"{where} {there.length} < {column.length}"


def _finding(code: str, title: str, asked: str, missing: list[str], mend: str) -> Finding:
    more = f" …（{len(missing)}）" if len(missing) > MOST_NAMED else ""
    return Finding(
        id=code,
        title=title,
        asked=asked,
        is_met=not missing,
        found="、".join(missing[:MOST_NAMED]) + more if missing else _("符合"),
        mend=mend if missing else "",
    )
