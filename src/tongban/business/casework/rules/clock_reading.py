"""
From a case to its legal clock: which of its events the clock hears of, and what it promised.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.clock import (
    ClockEvent,
    ClockEventKind,
    ClockReading,
    Promise,
    StopKind,
    read_clock,
)
from tongban.business.casework.rules.clock_keeping import calendar_of_days
from tongban.business.casework.rules.projection import CaseState
from tongban.business.casework.values import Limit, Terms
from tongban.foundation.worktime import WEEKDAYS_ONLY, Period, PeriodUnit, WorkCalendar

ON_THE_SPOT = "ON_THE_SPOT"

UNITS: dict[str, PeriodUnit] = {
    "WORKING_DAY": PeriodUnit.WORKING_DAY,
    "CALENDAR_DAY": PeriodUnit.NATURAL_DAY,
    "MONTH": PeriodUnit.MONTH,
    "YEAR": PeriodUnit.YEAR,
    "HOUR": PeriodUnit.HOUR,
}

HEARD: dict[EventKind, ClockEventKind] = {
    EventKind.SUBMITTED: ClockEventKind.SUBMITTED,
    EventKind.CORRECTION_REQUESTED: ClockEventKind.CORRECTION_NOTICE,
    EventKind.CORRECTED: ClockEventKind.CORRECTED,
    EventKind.ACCEPTED: ClockEventKind.ACCEPTED,
    EventKind.DEEMED_ACCEPTED: ClockEventKind.DEEMED_ACCEPTED,
    EventKind.ACCEPTANCE_REFUSED: ClockEventKind.REFUSED,
    EventKind.CLOCK_STOPPED: ClockEventKind.STOPPED,
    EventKind.CLOCK_RESUMED: ClockEventKind.RESUMED,
    EventKind.EXTENDED: ClockEventKind.EXTENDED,
    EventKind.GRANTED: ClockEventKind.DECIDED,
    EventKind.REFUSED: ClockEventKind.DECIDED,
    EventKind.DELIVERED: ClockEventKind.DELIVERED,
    EventKind.CLOSED: ClockEventKind.CLOSED,
    EventKind.WITHDRAWN: ClockEventKind.WITHDRAWN,
    EventKind.PASSED_ON: ClockEventKind.PASSED_ON,
    EventKind.LAPSED: ClockEventKind.CLOSED,
    EventKind.VOIDED: ClockEventKind.VOIDED,
}


def clock_of(state: CaseState, terms: Terms, *, calendar: WorkCalendar, at: datetime) -> ClockReading:
    """
    Return what the legal clock of a case shows at `at`, with its explanation.

    :param calendar: working days as they are known now; what the case has kept of an earlier calendar goes before it
    """
    return read_clock(
        _events(state),
        promise=promise_of(terms),
        calendar=calendar if state.closed_by is None else calendar_of_days(state.closed_by),
        at=at,
        counted_by=None if state.examined_by is None else calendar_of_days(state.examined_by),
    )


def settled_clock_of(state: CaseState, terms: Terms) -> ClockReading | None:
    """
    Return the reading of a case at its end that follows from its log alone; None while the calendar has a say.

    Cases that ended before days were kept still follow the calendar.
    """
    if state.closed_at is None or state.closed_by is None:
        return None
    return clock_of(state, terms, calendar=WEEKDAYS_ONLY, at=state.closed_at)


def promise_of(terms: Terms) -> Promise:
    """
    Return what was promised, as the clock reads it.
    """
    return Promise(
        statutory=_period(terms.statutory),
        promised=_period(terms.promised),
        is_on_the_spot=terms.handling_kind == ON_THE_SPOT,
    )


def _period(limit: Limit | None) -> Period | None:
    return None if limit is None else Period(amount=limit.amount, unit=UNITS[limit.unit])


def _events(state: CaseState) -> Iterator[ClockEvent]:
    stops = 0
    for entry in state.clock:
        kind = EventKind(entry["kind"])
        if kind is EventKind.CLOCK_STOPPED:
            stops += 1
        yield ClockEvent(
            kind=HEARD[kind],
            at=datetime.fromisoformat(entry["at"]),
            stop_key=str(stops) if kind in {EventKind.CLOCK_STOPPED, EventKind.CLOCK_RESUMED} else "",
            stop_kind=_stop_kind(entry),
            reason=entry.get("name") or entry.get("reason", ""),
            announced=_announced(entry),
            extension_working_days=entry.get("days", 0),
        )


def _stop_kind(entry: dict[str, Any]) -> StopKind:
    wanted = entry.get("type", "")
    return StopKind(wanted) if wanted in StopKind.__members__ else StopKind.OTHER


def _announced(entry: dict[str, Any]) -> Period | None:
    limit = entry.get("limit")
    return None if not limit else Period(amount=limit["amount"], unit=UNITS[limit["unit"]])
