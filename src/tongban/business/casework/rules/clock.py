"""
法定时钟, the legal clock: what has happened to a case and a calendar -> what is due, by when and why.

How days count:

* The day of an event does not count; the first day of a period is the next one (民法典 art. 201). Limits of
  the licensing law are working days (art. 82). A last day that is not worked gives way to the next that is.
* A day counts as used only if the clock was running when it closed. So the day a stop begins does not count,
  the day the clock resumes does, and a stop that ends on its own day changes nothing. Stops that overlap or
  lie inside one another count once. Today has not closed: on the last day one day is left.
* The day of the decision counts: a decision on the last day has used the whole limit.
* While a stop is open, the deadline shown is the one that holds if the clock resumes today.
* What comes after a deadline cannot mend it: neither a stop nor an extension makes a late case punctual.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from tongban.business.casework.rules.clock_course import (
    Course,
    acceptance_due,
    deemed_acceptance_date,
    follow,
)
from tongban.business.casework.rules.clock_limits import Limits, limits_of, running_days
from tongban.business.casework.rules.clock_reasons import (
    DELIVERY_WORKING_DAYS,
    reasons_after_acceptance,
    reasons_before_acceptance,
)
from tongban.business.casework.rules.clock_values import (
    COLOUR_WORDS,
    STOP_WORDS,
    ClockEvent,
    ClockEventKind,
    ClockPhase,
    ClockReading,
    ClockStop,
    DueColour,
    ExtensionRefusal,
    Promise,
    StopKind,
)
from tongban.business.casework.rules.explanations import (
    COUNTS,
    EXPLANATIONS,
    UNIT_WORDS,
    Because,
    ExplanationLine,
)
from tongban.foundation.clock import civil_date
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar

__all__ = [
    "COLOUR_WORDS",
    "COUNTS",
    "EXPLANATIONS",
    "STOP_WORDS",
    "UNIT_WORDS",
    "Because",
    "ClockEvent",
    "ClockEventKind",
    "ClockPhase",
    "ClockReading",
    "ClockStop",
    "DueColour",
    "ExplanationLine",
    "ExtensionRefusal",
    "Promise",
    "StopKind",
    "acceptance_due",
    "deemed_acceptance_date",
    "delivery_due",
    "extension_refusal",
    "lower_agency_due",
    "read_clock",
]

STATUTORY_WORKING_DAYS = 20  # 行政许可法 art. 42(1), where no other law sets a limit for a permit
LOWER_AGENCY_WORKING_DAYS = 20  # art. 43
#: Before acceptance only five days run, so the warning comes at most this early.
ACCEPTANCE_WARNING_WORKING_DAYS = 2

ONE_DAY = timedelta(days=1)


@implements("许可法-43", "许可法-82")
def lower_agency_due(*, accepted_on: date, calendar: WorkCalendar) -> date:
    """
    Return the last day for a lower agency to examine what a higher one decides.

    :param accepted_on: day the lower agency accepted
    """
    return calendar.add_working_days(accepted_on, LOWER_AGENCY_WORKING_DAYS)


@implements("许可法-44", "许可法-82")
def delivery_due(*, decided_on: date, calendar: WorkCalendar) -> date:
    """
    Return the last day to issue and deliver what was decided.
    """
    return calendar.add_working_days(decided_on, DELIVERY_WORKING_DAYS)


@implements("许可法-42")
def extension_refusal(
    events: Iterable[ClockEvent], *, promise: Promise, working_days: int, calendar: WorkCalendar, at: datetime
) -> ExtensionRefusal | None:
    """
    Return why the decision may not be put off by `working_days` at `at`, or None if it may.
    """
    course = follow(events, at=at, calendar=calendar)
    on = civil_date(at)
    if course.accepted_at is None or course.decided_on or course.finished_on:
        return ExtensionRefusal.NOT_RUNNING
    if not 1 <= working_days <= promise.extension_limit_working_days:
        return ExtensionRefusal.TOO_LONG
    limits = limits_of(course, course.accepted_at, promise, calendar, on)
    if limits.extension is not None:
        return ExtensionRefusal.SECOND
    if limits.last_chance is not None and on > limits.last_chance:
        return ExtensionRefusal.OVERDUE
    return None


@implements("许可法-32", "许可法-42", "许可法-44", "许可法-45", "许可法-82", "民法典-201", "民法典-204")
def read_clock(
    events: Iterable[ClockEvent],
    *,
    promise: Promise,
    calendar: WorkCalendar,
    at: datetime,
    counted_by: WorkCalendar | None = None,
) -> ClockReading:
    """
    Return what the clock of a case shows at `at`.

    Never fails on the order or the completeness of what happened: events after `at` are not known yet,
    a stop before acceptance is none, an extension against the rules is left out and said to be.

    :param events: what happened, in any order; of two at one moment the first given came first
    :param calendar: working days as known at `at`
    :param at: aware
    :param counted_by: the days by which everything up to the decision was counted, where they are kept
        (`clock_keeping`); only delivery then follows `calendar`. None: all follows `calendar`
    """
    course = follow(events, at=at, calendar=calendar if counted_by is None else counted_by)
    on = civil_date(at)
    if course.accepted_at is None:
        return _before_acceptance(course, promise, course.calendar, on)
    return _after_acceptance(course, course.accepted_at, promise, calendar, on)


def _before_acceptance(course: Course, promise: Promise, calendar: WorkCalendar, on: date) -> ClockReading:
    received_on = civil_date(course.received_at) if course.received_at else None
    phase, colour, due, left = ClockPhase.PRE_ACCEPTANCE, DueColour.GREEN, course.acceptance_due, 0
    if course.finished_on:
        phase, due = ClockPhase.FINISHED, None
    elif course.is_waiting:
        phase, colour, due = ClockPhase.WAITING_FOR_APPLICANT, DueColour.GREY, course.answer_due
    if due:
        left = running_days(max(on - ONE_DAY, received_on or on), due, (), calendar)
    if phase is ClockPhase.PRE_ACCEPTANCE and due:
        # Never RED: silence is not late, it is acceptance.
        warning = min(promise.warning_working_days, ACCEPTANCE_WARNING_WORKING_DAYS)
        colour = DueColour.YELLOW if left <= warning else DueColour.GREEN
    provisional = calendar.provisional_years(received_on, due) if received_on and due else ()
    return ClockReading(
        phase=phase,
        colour=colour,
        due=due,
        used=0,
        left=left,
        late=0,
        received_on=received_on,
        acceptance_due=None if course.is_waiting else course.acceptance_due,
        finished_on=course.finished_on,
        is_provisional=bool(provisional),
        why=reasons_before_acceptance(course, provisional),
    )


def _after_acceptance(
    course: Course, accepted_at: datetime, promise: Promise, calendar: WorkCalendar, on: date
) -> ClockReading:
    accepted_on = civil_date(accepted_at)
    counted_by = course.calendar
    limits = limits_of(course, accepted_at, promise, counted_by, on)
    limit = limits.effective
    ended_on = course.decided_on or course.finished_on
    deliver_by = delivery_due(decided_on=course.decided_on, calendar=calendar) if course.decided_on else None
    delivered_by = course.delivered_on or course.finished_on or on
    decision_due = limit.due if limit else None
    lateness = [
        known.working_days_between(due, day)
        for known, due, day in (
            (counted_by, decision_due, ended_on or on),
            (calendar, deliver_by, delivered_by),
        )
        if due and day > due
    ]
    phase = _phase(course)
    due = {ClockPhase.DELIVERY: deliver_by, ClockPhase.FINISHED: None}.get(phase, decision_due)
    after = max(on - ONE_DAY, course.decided_on or accepted_on)
    left = running_days(after, due, limits.stops, calendar if course.decided_on else counted_by) if due else 0
    provisional = _provisional_years(course, calendar, accepted_on, limits, deliver_by)
    return ClockReading(
        phase=phase,
        colour=_colour(phase, is_late=bool(lateness), left=left if due else None, promise=promise),
        due=due,
        used=running_days(accepted_on, ended_on or on - ONE_DAY, limits.stops, counted_by),
        left=left,
        late=max(lateness, default=0),
        received_on=civil_date(course.received_at) if course.received_at else None,
        accepted_on=accepted_on,
        is_deemed_accepted=course.is_deemed,
        acceptance_due=course.acceptance_due,
        statutory_due=limits.statutory.due if limits.statutory else None,
        promised_due=limits.promised.due if limits.promised else None,
        decided_on=course.decided_on,
        delivery_due=deliver_by,
        finished_on=course.finished_on,
        stops=course.all_stops(),
        extension_working_days=limits.extension.extension_working_days if limits.extension else 0,
        is_provisional=bool(provisional),
        why=reasons_after_acceptance(
            course,
            promise=promise,
            accepted_on=accepted_on,
            limits=limits,
            deliver_by=deliver_by,
            on=on,
            years=provisional,
        ),
    )


def _phase(course: Course) -> ClockPhase:
    if course.finished_on:
        return ClockPhase.FINISHED
    if course.decided_on:
        return ClockPhase.DELIVERY
    return ClockPhase.STOPPED if course.open_stops else ClockPhase.RUNNING


def _colour(phase: ClockPhase, *, is_late: bool, left: int | None, promise: Promise) -> DueColour:
    """
    Return the light; once RED it stays RED, a stop or a late decision does not put it out.
    """
    if is_late:
        return DueColour.RED
    if phase is ClockPhase.STOPPED:
        return DueColour.GREY
    if left is not None and left <= promise.warning_working_days:
        return DueColour.YELLOW
    return DueColour.GREEN


def _provisional_years(
    course: Course, calendar: WorkCalendar, accepted_on: date, limits: Limits, deliver_by: date | None
) -> tuple[int, ...]:
    """
    Return the years of which a notice may still move a date: none of a decision that was made, or of a case at its end.
    """
    if course.finished_on:
        return ()
    if course.decided_on:
        return calendar.provisional_years(course.decided_on, deliver_by or course.decided_on)
    days = [limit.due for limit in (limits.statutory, limits.promised) if limit]
    return calendar.provisional_years(accepted_on, max(days, default=accepted_on))
