"""
今天申请，最迟哪天有结果: the published limit, counted on the calendar for somebody who applies today.
"""

from datetime import date, datetime

from django.utils.translation import gettext as _

from tongban.business.catalogue.values import HandlingKind, Limit, LimitUnit, OfferingElements
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.worktime import DayKind, DayRange, Period, PeriodUnit, WorkCalendar, last_day
from tongban.portal.site.values import Promise, SkippedDays
from tongban.portal.site.views.words import limit_words

UNITS = {
    LimitUnit.WORKING_DAY: PeriodUnit.WORKING_DAY,
    LimitUnit.CALENDAR_DAY: PeriodUnit.NATURAL_DAY,
    LimitUnit.MONTH: PeriodUnit.MONTH,
    LimitUnit.YEAR: PeriodUnit.YEAR,
    LimitUnit.HOUR: PeriodUnit.HOUR,
}


def promise_today(elements: OfferingElements, *, at: datetime, calendar: WorkCalendar) -> Promise | None:
    """
    Return by when the answer must be there if a complete application is handed in at `at`.

    Acceptance is assumed on the same day, or on the next working day; where the office stays silent, the law
    takes the application as accepted on the day it came in (行政许可法 art. 32), so silence cannot move the day.
    None where neither a promise nor a statutory limit is published.
    """
    limit = elements.promised_limit or elements.statutory_limit
    if limit is None:
        return None
    accepted = calendar.working_day_from(civil_date(at))
    start = (
        at
        if accepted == civil_date(at)
        else datetime(accepted.year, accepted.month, accepted.day, tzinfo=CHINA)
    )
    is_on_the_spot = elements.handling_kind is HandlingKind.ON_THE_SPOT
    due = accepted if is_on_the_spot else last_day(_period(limit), start=start, calendar=calendar)
    return Promise(
        due=due,
        accepted=accepted,
        counts_from=calendar.next_working_day(accepted),
        limit=limit_words(0 if is_on_the_spot else limit.amount, limit.unit),
        is_on_the_spot=is_on_the_spot or limit.amount == 0,
        is_promised=elements.promised_limit is not None,
        skipped=_skipped(limit, accepted, due, calendar),
        is_provisional=calendar.is_provisional(accepted, due),
    )


def _period(limit: Limit) -> Period:
    return Period(amount=limit.amount, unit=UNITS[limit.unit])


def _skipped(limit: Limit, accepted: date, due: date, calendar: WorkCalendar) -> tuple[SkippedDays, ...]:
    if limit.unit is not LimitUnit.WORKING_DAY:
        return ()
    runs = calendar.excluded(accepted, due)
    holidays = [_holiday(days) for days in runs if days.kind is DayKind.HOLIDAY]
    has_weekends = any(days.kind is DayKind.WEEKEND for days in runs)
    weekends = [SkippedDays(name=_("周末"), first=None, last=None)] if has_weekends else []
    return (*weekends, *holidays)


def _holiday(days: DayRange) -> SkippedDays:
    last = days.last if days.last != days.first else None
    return SkippedDays(name=_(days.name) if days.name else _("法定节假日"), first=days.first, last=last)
