"""
What a case keeps of the calendar once it is decided or at its end: the days that its clock was read by.

A deadline that a decision met or missed is a fact of the day of that decision. The calendar is not: a later notice,
or a corrected one, may say something else about the same days. So the event that ends the examination, and the one
that ends the case, carry what the calendar said of the days between the first and the last date of the reading. From
these the same dates, the same light and the same explanation come out for ever, in every language.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from tongban.business.casework.rules.clock_values import ClockReading
from tongban.foundation.clock import civil_date
from tongban.foundation.worktime import NamedDay, WorkCalendar, kind_of

KeptDay = Sequence[Any]
"""[day as YYYY-MM-DD, 1 if worked else 0, name], as the log keeps it."""


def days_behind(reading: ClockReading, *, calendar: WorkCalendar, at: datetime) -> list[KeptDay]:
    """
    Return what `calendar` says of the days that `reading` rests on; plain weekdays and weekends are left out.

    :param at: moment of the reading
    """
    dates = [civil_date(at), *_dates_of(reading)]
    first, last = min(dates), max(dates)
    return [
        [day.isoformat(), int(named.kind.is_working), named.name]
        for day, named in calendar.days.items()
        if first <= day <= last
    ]


def calendar_of_days(days: Iterable[KeptDay]) -> WorkCalendar:
    """
    Return the calendar that speaks of these days only; it is for the reading that they were kept of.
    """
    named = {}
    for text, is_working, name in days:
        day = date.fromisoformat(text)
        named[day] = NamedDay(kind_of(day, is_working=bool(is_working)), name)
    return WorkCalendar(named)


def _dates_of(reading: ClockReading) -> Iterator[date]:
    stated = (
        reading.received_on,
        reading.accepted_on,
        reading.acceptance_due,
        reading.statutory_due,
        reading.promised_due,
        reading.decided_on,
        reading.delivery_due,
        reading.finished_on,
        *(stop.announced_until for stop in reading.stops),
    )
    yield from (day for day in stated if day is not None)
    for line in reading.why:
        yield from (fact for fact in line.facts.values() if isinstance(fact, date))
