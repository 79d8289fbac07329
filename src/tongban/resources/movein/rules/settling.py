"""
Who is believed where both platforms say something of the same.
"""

from dataclasses import dataclass
from datetime import date

from tongban.foundation.clock import civil_date
from tongban.resources.caselibrary.values import CaseContent
from tongban.resources.movein.values import ConflictRules, Matter, Rule


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """
    How a case of ours was written into the old platform.
    """

    state: str
    """T26."""


def matter_of(case: CaseContent, *, cut_over_on: date | None, written: Written | None) -> Matter | None:
    """
    Return where a case of the old platform meets one of ours; None: nowhere.

    :param cut_over_on: from when on its item is applied for here
    :param written: how it was written back, where it is a case of ours
    """
    if written is not None:
        return Matter.OWN_CASE if case.state != written.state else None
    is_late = cut_over_on is not None and civil_date(case.applied_at) >= cut_over_on
    return Matter.LATE_CASE if is_late else None


def rule_of(matter: Matter, rules: ConflictRules) -> Rule:
    """
    Return what the mapping says of it.
    """
    return rules.own_case if matter is Matter.OWN_CASE else rules.late_case
