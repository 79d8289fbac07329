"""
Questions to casework. Every answer is limited to what the actor may see.
"""

from tongban.business.casework.selectors.details import (
    CaseDetail,
    ClearCase,
    FormAnswer,
    MaskedApplicant,
    NoticeRef,
    Progress,
    ShownDispute,
    TimelineStep,
    case_by_number,
    case_json,
    may_read_case,
    progress,
    timeline_of,
)
from tongban.business.casework.selectors.explaining import Explanation, explain, shown_day
from tongban.business.casework.selectors.forecast import EarliestDates, dates_if_submitted
from tongban.business.casework.selectors.lists import (
    CaseFilter,
    CaseRow,
    InboxCounts,
    OpenCase,
    cases,
    cases_json,
    inbox,
    inbox_counts,
    last_soon_day,
    light,
    open_cases_of,
    rated_numbers,
    sees_cases,
)
from tongban.business.casework.selectors.showing import TimelineEntry, due_state, timeline_entries

__all__ = [
    "CaseDetail",
    "CaseFilter",
    "CaseRow",
    "ClearCase",
    "EarliestDates",
    "Explanation",
    "FormAnswer",
    "InboxCounts",
    "MaskedApplicant",
    "NoticeRef",
    "OpenCase",
    "Progress",
    "ShownDispute",
    "TimelineEntry",
    "TimelineStep",
    "case_by_number",
    "case_json",
    "cases",
    "cases_json",
    "dates_if_submitted",
    "due_state",
    "explain",
    "inbox",
    "inbox_counts",
    "last_soon_day",
    "light",
    "may_read_case",
    "open_cases_of",
    "progress",
    "rated_numbers",
    "sees_cases",
    "shown_day",
    "timeline_entries",
    "timeline_of",
]
