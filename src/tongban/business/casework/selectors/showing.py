"""
What several pages show of a case: its light, and its timeline with what comes next.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.clock import ClockPhase, ClockReading, DueColour
from tongban.business.casework.selectors.details import TimelineStep
from tongban.business.casework.selectors.explaining import shown_day
from tongban.foundation.languages import is_english

LIGHTS = {
    DueColour.GREEN: "on_time",
    DueColour.YELLOW: "soon",
    DueColour.RED: "late",
    DueColour.GREY: "paused",
}
BAD = frozenset(
    {EventKind.ACCEPTANCE_REFUSED, EventKind.REFUSED, EventKind.LAPSED, EventKind.VOIDED, EventKind.WITHDRAWN}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineEntry:
    """
    One entry of the timeline.
    """

    name: str
    at: datetime | date | None
    note: str
    state: str


def due_state(clock: ClockReading) -> str:
    """
    Return which light a case shows.
    """
    return "done" if clock.phase is ClockPhase.FINISHED else LIGHTS[clock.colour]


def timeline_entries(steps: list[TimelineStep], clock: ClockReading) -> list[TimelineEntry]:
    """
    Return what happened, and what comes next with its last day.
    """
    entries = [_entry(step, is_last=step is steps[-1]) for step in steps]
    return [*entries, *_to_come(clock)]


def _entry(step: TimelineStep, *, is_last: bool) -> TimelineEntry:
    if step.kind in BAD:
        state = "bad"
    elif step.kind is EventKind.CLOCK_STOPPED and is_last:
        state = "paused"
    else:
        state = "current" if is_last else "done"
    return TimelineEntry(name=step.label, at=step.at, note=_note(step), state=state)


def _note(step: TimelineStep) -> str:
    facts = step.facts
    parts = [step.actor_name]
    if step.kind is EventKind.CORRECTION_REQUESTED:
        parts += [f"{item['name']}：{item['reason']}" for item in facts.get("items", [])]
    english = facts.get("name_en") if is_english() else None
    if english or "name" in facts:
        parts.append(str(english or facts["name"]))
    parts += [
        str(facts[name]) for name in ("reason", "stage_name", "conditions", "to_agency") if name in facts
    ]
    if step.kind is EventKind.EXTENDED:
        extended = ngettext("延长 %(days)s 个工作日", "延长 %(days)s 个工作日", facts["days"])
        parts.append(extended % {"days": facts["days"]})
    return " · ".join(part for part in parts if part)


def _to_come(clock: ClockReading) -> list[TimelineEntry]:
    if clock.phase is ClockPhase.PRE_ACCEPTANCE and clock.acceptance_due:
        note = _("最迟 %(day)s，逾期视为受理") % {"day": shown_day(clock.acceptance_due)}
        return [TimelineEntry(name=_("受理"), at=None, note=note, state="future")]
    if clock.phase in {ClockPhase.RUNNING, ClockPhase.STOPPED} and clock.due:
        note = _("最迟 %(day)s") % {"day": shown_day(clock.promised_due or clock.due)}
        return [TimelineEntry(name=_("作出决定"), at=None, note=note, state="future")]
    if clock.phase is ClockPhase.DELIVERY and clock.delivery_due:
        note = _("最迟 %(day)s") % {"day": shown_day(clock.delivery_due)}
        return [TimelineEntry(name=_("送达"), at=None, note=note, state="future")]
    return []
