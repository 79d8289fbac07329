"""
The course of a case as its clock follows it: one event after the other, and what silence means.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from tongban.business.casework.rules.clock_values import ClockEvent, ClockEventKind, ClockStop
from tongban.business.casework.rules.explanations import Because, ExplanationLine, line
from tongban.foundation.clock import civil_date
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar, last_day

CORRECTION_NOTICE_WORKING_DAYS = 5  # 行政许可法 art. 32(1)(4)


@implements("许可法-32", "许可法-82")
def acceptance_due(*, received_on: date, calendar: WorkCalendar) -> date:
    """
    Return the last day on which the agency may say what has to be corrected.
    """
    return calendar.add_working_days(received_on, CORRECTION_NOTICE_WORKING_DAYS)


@implements("许可法-32")
def deemed_acceptance_date(*, received_on: date, calendar: WorkCalendar) -> date:
    """
    Return the first working day on which silence has become acceptance.

    The acceptance then has effect from `received_on`, the day the materials arrived.
    """
    return calendar.add_working_days(received_on, CORRECTION_NOTICE_WORKING_DAYS + 1)


@dataclass(slots=True)
class Course:
    """
    The course of a case, as far as it has been followed.
    """

    calendar: WorkCalendar
    received_at: datetime | None = None
    acceptance_due: date | None = None
    is_waiting: bool = False
    answer_due: date | None = None
    accepted_at: datetime | None = None
    is_deemed: bool = False
    open_stops: dict[str, ClockStop] = field(default_factory=dict)
    stops: list[ClockStop] = field(default_factory=list)
    extensions: list[ClockEvent] = field(default_factory=list)
    decided_on: date | None = None
    delivered_on: date | None = None
    finished_on: date | None = None
    notes: list[ExplanationLine] = field(default_factory=list)

    def all_stops(self) -> tuple[ClockStop, ...]:
        """
        Return the stops in the order they began, open ones too.
        """
        return tuple(sorted([*self.stops, *self.open_stops.values()], key=lambda stop: stop.stopped_on))


def follow(events: Iterable[ClockEvent], *, at: datetime, calendar: WorkCalendar) -> Course:
    """
    Return the course of a case up to `at`.

    :param events: in any order; of two at one moment the first given came first
    """
    course = Course(calendar=calendar)
    for event in sorted((event for event in events if event.at <= at), key=lambda event: event.at):
        if course.finished_on is None:
            _STEPS[event.kind](course, event)
        elif event.kind is ClockEventKind.DELIVERED:
            _deliver(course, event)
    _notice_silence(course, on=civil_date(at))
    return course


def _notice_silence(course: Course, *, on: date) -> None:
    """
    Turn silence into acceptance from the sixth working day on, whether or not a job has written it down.
    """
    if course.accepted_at or course.finished_on or course.is_waiting or course.acceptance_due is None:
        return
    if on >= course.calendar.next_working_day(course.acceptance_due):
        _accept_by_silence(course)


def _accept_by_silence(course: Course) -> None:
    if course.received_at is None or course.acceptance_due is None:
        return
    course.accepted_at = course.received_at
    course.is_deemed = True
    received_on = civil_date(course.received_at)
    course.notes.append(
        line(Because.DEEMED_ACCEPTED, "许可法-32", day=received_on, due=course.acceptance_due)
    )


def _receive(course: Course, event: ClockEvent) -> None:
    if course.accepted_at:
        return
    day = civil_date(event.at)
    _notice_silence(course, on=day)
    if course.accepted_at:  # what comes after the law has accepted starts nothing anew
        return
    is_correction = event.kind is ClockEventKind.CORRECTED
    course.received_at = event.at
    course.acceptance_due = acceptance_due(received_on=day, calendar=course.calendar)
    course.is_waiting = False
    course.answer_due = None
    course.notes.append(line(Because.CORRECTED if is_correction else Because.RECEIVED, "许可法-32", day=day))


def _ask_correction(course: Course, event: ClockEvent) -> None:
    day = civil_date(event.at)
    if course.accepted_at:
        course.notes.append(line(Because.CORRECTION_NOTICE_IGNORED, "许可法-32", day=day))
        return
    if course.acceptance_due and not course.is_waiting and day > course.acceptance_due:
        course.notes.append(
            line(Because.CORRECTION_NOTICE_LATE, "许可法-32", day=day, due=course.acceptance_due)
        )
        _accept_by_silence(course)
        return
    course.is_waiting = True
    course.notes.append(line(Because.CORRECTION_NOTICE, "许可法-32", day=day))
    if event.announced:
        course.answer_due = last_day(event.announced, start=event.at, calendar=course.calendar)
        course.notes.append(line(Because.ANSWER_DUE, due=course.answer_due))


def _accept(course: Course, event: ClockEvent) -> None:
    if course.accepted_at:
        return
    day = civil_date(event.at)
    is_late = course.acceptance_due is not None and not course.is_waiting and day > course.acceptance_due
    if is_late or (event.kind is ClockEventKind.DEEMED_ACCEPTED and course.received_at):
        _accept_by_silence(course)
        return
    course.received_at = course.received_at or event.at
    course.is_waiting = False
    course.accepted_at = event.at
    course.notes.append(line(Because.ACCEPTED, "民法典-201", day=day))


def _runs(course: Course, event: ClockEvent) -> bool:
    _notice_silence(course, on=civil_date(event.at))
    return course.accepted_at is not None and course.decided_on is None


def _stop(course: Course, event: ClockEvent) -> None:
    if not _runs(course, event) or event.stop_key in course.open_stops:
        return
    until = last_day(event.announced, start=event.at, calendar=course.calendar) if event.announced else None
    course.open_stops[event.stop_key] = ClockStop(
        key=event.stop_key,
        kind=event.stop_kind,
        reason=event.reason,
        stopped_on=civil_date(event.at),
        resumed_on=None,
        announced_until=until,
    )


def _resume(course: Course, event: ClockEvent) -> None:
    stop = course.open_stops.pop(event.stop_key, None)
    if stop:
        course.stops.append(replace(stop, resumed_on=civil_date(event.at)))


def _extend(course: Course, event: ClockEvent) -> None:
    if _runs(course, event):
        course.extensions.append(event)


def _end_stops(course: Course, day: date) -> None:
    course.stops += [replace(stop, resumed_on=day) for stop in course.open_stops.values()]
    course.open_stops.clear()


def _decide(course: Course, event: ClockEvent) -> None:
    if _runs(course, event):
        course.decided_on = civil_date(event.at)
        _end_stops(course, course.decided_on)


def _deliver(course: Course, event: ClockEvent) -> None:
    if course.delivered_on is None:
        course.delivered_on = civil_date(event.at)
    _finish(course, event)


def _finish(course: Course, event: ClockEvent) -> None:
    _notice_silence(course, on=civil_date(event.at))
    if course.finished_on is None:
        course.finished_on = civil_date(event.at)
        _end_stops(course, course.finished_on)


_STEPS: dict[ClockEventKind, Callable[[Course, ClockEvent], None]] = {
    ClockEventKind.SUBMITTED: _receive,
    ClockEventKind.CORRECTION_NOTICE: _ask_correction,
    ClockEventKind.CORRECTED: _receive,
    ClockEventKind.ACCEPTED: _accept,
    ClockEventKind.DEEMED_ACCEPTED: _accept,
    ClockEventKind.STOPPED: _stop,
    ClockEventKind.RESUMED: _resume,
    ClockEventKind.EXTENDED: _extend,
    ClockEventKind.DECIDED: _decide,
    ClockEventKind.DELIVERED: _deliver,
    ClockEventKind.CLOSED: _finish,
    ClockEventKind.REFUSED: _finish,
    ClockEventKind.WITHDRAWN: _finish,
    ClockEventKind.PASSED_ON: _finish,
    ClockEventKind.VOIDED: _finish,
}
