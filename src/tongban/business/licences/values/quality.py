"""
证照质量: what the rules find at night, and what becomes of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class QualityRule(TextChoices):
    """
    质量规则.
    """

    TYPE_NEVER_ISSUED = "TYPE_NEVER_ISSUED", _("证照类型发布已久，从未制发")
    TYPE_NONE_IN_FORCE = "TYPE_NONE_IN_FORCE", _("证照类型已久无有效证照")
    TYPE_ITEM_GONE = "TYPE_ITEM_GONE", _("证照类型关联的事项已不存在")
    FACE_MISSING = "FACE_MISSING", _("没有照面信息")
    FIELDS_MISSING = "FIELDS_MISSING", _("照面信息缺项或不符合证照目录")
    FILE_MISSING = "FILE_MISSING", _("没有证照文件，或文件已丢失")
    SEAL_MISSING = "SEAL_MISSING", _("证照文件没有签章记录")
    SCAN_MISSING = "SCAN_MISSING", _("没有扫描件可供核对")
    HOLDER_CODE_WRONG = "HOLDER_CODE_WRONG", _("持证主体代码校验不通过")
    HOLDER_REPEATED = "HOLDER_REPEATED", _("一人一证的类型，同一持证主体有多件有效证照")
    NUMBER_REPEATED = "NUMBER_REPEATED", _("同一类型有多件有效证照使用同一编号")
    STILL_VALID = "STILL_VALID", _("有效期已过，状态仍为有效")


class FindingState(TextChoices):
    """
    质量问题状态.
    """

    OPEN = "OPEN", pgettext_lazy("quality finding", "待整改")
    REPAIRED = "REPAIRED", pgettext_lazy("quality finding", "已报整改，待复查")
    """Somebody says so; the next night finds out."""
    EXPLAINED = "EXPLAINED", pgettext_lazy("quality finding", "已说明")
    """Somebody says why it is so; the rule still finds it, and nobody is asked again."""
    RESOLVED = "RESOLVED", pgettext_lazy("quality finding", "已消除")
    """The rule does not find it any more."""


class FindingAct(TextChoices):
    """
    What is done about a finding.
    """

    REPAIR = "REPAIR", pgettext_lazy("quality finding", "已整改")
    EXPLAIN = "EXPLAIN", pgettext_lazy("quality finding", "说明")
    REOPEN = "REOPEN", pgettext_lazy("quality finding", "重新打开")


ACTS: Final[dict[FindingAct, tuple[frozenset[FindingState], FindingState]]] = {
    FindingAct.REPAIR: (frozenset({FindingState.OPEN, FindingState.EXPLAINED}), FindingState.REPAIRED),
    FindingAct.EXPLAIN: (frozenset({FindingState.OPEN, FindingState.REPAIRED}), FindingState.EXPLAINED),
    FindingAct.REOPEN: (frozenset({FindingState.REPAIRED, FindingState.EXPLAINED}), FindingState.OPEN),
}
"""Act -> states in which it is done, and the state after it. What is resolved only a rule opens again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingLine:
    """
    A finding as lists show it: no personal data.
    """

    id: UUID
    rule: QualityRule
    state: FindingState
    subject: str
    """证照标识, or 证照类型代码."""
    is_type: bool
    name: str
    """Of the type."""
    number: str
    """Printed number; empty of a type."""
    agency_code: str
    """Who issued the licence, or defined the type."""
    detail: str
    """What the rule says of it: keys of a face, a code of a service, a day, a count."""
    found_at: datetime
    times_found: int
    """More than 1: it was gone, and came back."""
    seen_at: datetime
    """Last night in which the rule found it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingDetail:
    """
    A finding with what was said about it, and what this actor may do.
    """

    line: FindingLine
    note: str
    acted_at: datetime | None
    acts: tuple[FindingAct, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingCount:
    """
    How many findings of a rule are in a state.
    """

    rule: QualityRule
    state: FindingState
    count: int
