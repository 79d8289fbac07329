"""
信息资源目录 in words: names of its parts, looks of its states, and what changed between two versions.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation.errors import Text
from tongban.resources.datasets.values import (
    CatalogueLevel,
    Cycle,
    DatasetAct,
    DatasetClass,
    DatasetState,
    DatasetVersionState,
    Definition,
    Difference,
    FieldType,
    Format,
    Mode,
    Openness,
    Sharing,
)

STATES: Final[dict[DatasetState, tuple[str, str]]] = {
    DatasetState.NEW: ("", "minus"),
    DatasetState.IN_USE: ("good", "circle-check"),
    DatasetState.WITHDRAWN: ("warn", "player-pause"),
}
VERSION_STATES: Final[dict[DatasetVersionState, tuple[str, str]]] = {
    DatasetVersionState.DRAFT: ("info", "clock-plus"),
    DatasetVersionState.IN_REVIEW: ("warn", "alert-triangle"),
    DatasetVersionState.PUBLISHED: ("good", "circle-check"),
    DatasetVersionState.REPLACED: ("", "minus"),
    DatasetVersionState.DISCARDED: ("", "minus"),
}
PARTS: Final[dict[str, Text]] = {
    "title": gettext_lazy("信息资源名称"),
    "title_en": gettext_lazy("英文名称"),
    "summary": gettext_lazy("信息资源摘要"),
    "class_code": gettext_lazy("类"),
    "group_code": gettext_lazy("项"),
    "subgroup_code": gettext_lazy("目"),
    "detail_code": gettext_lazy("细目"),
    "provider_code": gettext_lazy("提供方代码"),
    "provider_name": gettext_lazy("信息资源提供方"),
    "division_code": gettext_lazy("行政区划代码"),
    "format": gettext_lazy("信息资源格式"),
    "sharing": gettext_lazy("共享类型"),
    "sharing_condition": gettext_lazy("共享条件"),
    "sharing_basis": gettext_lazy("不予共享依据"),
    "modes": gettext_lazy("共享方式"),
    "openness": gettext_lazy("开放属性"),
    "opening_condition": gettext_lazy("开放条件"),
    "cycle": gettext_lazy("更新周期"),
    "related": gettext_lazy("关联资源代码"),
    "level": gettext_lazy("层级属性"),
    "is_confidential": gettext_lazy("涉密属性"),
}
CHOICES: Final[dict[str, type[TextChoices]]] = {
    "class_code": DatasetClass,
    "format": Format,
    "sharing": Sharing,
    "modes": Mode,
    "openness": Openness,
    "cycle": Cycle,
    "level": CatalogueLevel,
    "type": FieldType,
}
DONE: Final[dict[DatasetAct, Text]] = {
    DatasetAct.SUBMIT: gettext_lazy("已提交审核"),
    DatasetAct.DISCARD: gettext_lazy("已放弃编制"),
    DatasetAct.RETURN: gettext_lazy("已退回编制人"),
    DatasetAct.PUBLISH: gettext_lazy("已发布，从现在起是现行版本"),
    DatasetAct.WITHDRAW: gettext_lazy("已撤销"),
}
EFFECTS: Final[dict[DatasetAct, Text]] = {
    DatasetAct.SUBMIT: gettext_lazy("提交后不能再修改，由没有参与编制的数据审核员审核。"),
    DatasetAct.DISCARD: gettext_lazy("这个版本不再编制，也不会发布；现行版本不受影响。"),
    DatasetAct.RETURN: gettext_lazy("退回给提供方修改，意见会写入记录。"),
    DatasetAct.PUBLISH: gettext_lazy(
        "发布后立即生效，上级节点登记、下级节点可以引用；原来的现行版本保留备查。"
    ),
    DatasetAct.WITHDRAW: gettext_lazy("撤销后不能再申请使用。以后编制并发布新版本可以恢复。"),
}


def facts_of(definition: Definition) -> list[tuple[Text, str]]:
    """
    Return the core metadata as pairs of name and words, without what does not apply.
    """
    left_out = {"title", "fields", "is_confidential"}
    if definition.sharing is not Sharing.CONDITIONAL:
        left_out.add("sharing_condition")
    if definition.sharing is not Sharing.NONE:
        left_out.add("sharing_basis")
    else:
        left_out.add("modes")
    if definition.openness is not Openness.CONDITIONAL:
        left_out.add("opening_condition")
    return [
        (name, said(part, getattr(definition, part))) for part, name in PARTS.items() if part not in left_out
    ]


def change_line(change: Difference) -> dict[str, Text]:
    """
    Return a difference as its table shows it: part, before, after.
    """
    if change.part.startswith("fields."):
        name: Text = _("信息项 %(name)s") % {"name": change.part.removeprefix("fields.")}
    else:
        name = PARTS.get(change.part, change.part)
    return {
        "part": name,
        "before": said(change.part, change.before),
        "after": said(change.part, change.after),
    }


def said(part: str, value: Any) -> str:
    """
    Return a value of a definition in words; empty: it says nothing.
    """
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping):
        return field_words(value)
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, list | tuple):
        return "、".join(said(part, each) for each in value)
    choices = CHOICES.get(part)
    return str(choices(value).label) if choices else str(value)


def field_words(field: Mapping[str, Any]) -> str:
    """
    Return a field on one line.
    """
    kind = str(FieldType(field["type"]).label) + (f"({field['length']})" if field["length"] else "")
    marks = [
        words
        for name, words in (("is_key", _("主键")), ("is_required", _("必填")), ("is_personal", _("个人信息")))
        if field[name]
    ]
    return "，".join(filter(None, (field["title"], field["title_en"], kind, *marks)))
