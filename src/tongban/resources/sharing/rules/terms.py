"""
Terms of 用数申请 (国发〔2016〕51号, standards 7.2), and the lives of services and requests as tables.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from tongban.foundation.worktime import WorkCalendar
from tongban.resources.sharing.values import DataRequestState, RequestAct, ServiceAct, ServiceState

LONGEST_TERM: Final = timedelta(days=366 * 3)
REMIND_BEFORE_WORKING_DAYS: Final = 2


@dataclass(frozen=True, slots=True)
class ServiceStep:
    """
    From where an act may be done, and where it leads.
    """

    sources: frozenset[ServiceState]
    target: ServiceState


CHINA: Final = timezone(timedelta(hours=8))

_S = ServiceState
SERVICE_LIFE: Final[dict[ServiceAct, ServiceStep]] = {
    ServiceAct.SAVE: ServiceStep(frozenset({_S.DRAFT}), _S.DRAFT),
    ServiceAct.CHECK: ServiceStep(frozenset({_S.DRAFT}), _S.CHECKED),
    ServiceAct.PUBLISH: ServiceStep(frozenset({_S.CHECKED}), _S.PUBLISHED),
    ServiceAct.SUSPEND: ServiceStep(frozenset({_S.PUBLISHED}), _S.SUSPENDED),
    ServiceAct.RESUME: ServiceStep(frozenset({_S.SUSPENDED}), _S.PUBLISHED),
    ServiceAct.REOPEN: ServiceStep(frozenset({_S.CHECKED, _S.SUSPENDED}), _S.DRAFT),
    ServiceAct.WITHDRAW: ServiceStep(
        frozenset({_S.DRAFT, _S.CHECKED, _S.PUBLISHED, _S.SUSPENDED}), _S.WITHDRAWN
    ),
}


@dataclass(frozen=True, slots=True)
class RequestStep:
    """
    From where an act may be done, and where it leads.
    """

    sources: frozenset[DataRequestState]
    target: DataRequestState


_R = DataRequestState
REQUEST_LIFE: Final[dict[RequestAct, RequestStep]] = {
    RequestAct.RETURN: RequestStep(frozenset({_R.SUBMITTED}), _R.RETURNED),
    RequestAct.RESUBMIT: RequestStep(frozenset({_R.RETURNED}), _R.SUBMITTED),
    RequestAct.PASS: RequestStep(frozenset({_R.SUBMITTED}), _R.COMPLIANT),
    RequestAct.GRANT: RequestStep(frozenset({_R.COMPLIANT}), _R.GRANTED),
    RequestAct.REFUSE: RequestStep(frozenset({_R.SUBMITTED, _R.COMPLIANT}), _R.REFUSED),
    RequestAct.WITHDRAW: RequestStep(frozenset({_R.SUBMITTED, _R.RETURNED, _R.COMPLIANT}), _R.WITHDRAWN),
}


def midnight(day: date) -> datetime:
    """
    Return the moment a day begins in China.
    """
    return datetime.combine(day, time(), tzinfo=CHINA)


def last_day_of(end: datetime) -> date:
    """
    Return the last day of a term that ends at a moment.
    """
    return (end - timedelta(seconds=1)).astimezone(CHINA).date()


def due_date(start: date, *, working_days: int, calendar: WorkCalendar) -> date:
    """
    Return the last day of a term; the day it begins is not counted (民法典 art. 201).
    """
    return calendar.add_working_days(start, working_days)


def reminder_date(due: date, *, start: date, calendar: WorkCalendar) -> date:
    """
    Return the day on which whoever has to answer is reminded: two working days before the last one.
    """
    day = due
    for _count in range(REMIND_BEFORE_WORKING_DAYS):
        day -= timedelta(days=1)
        while not calendar.is_working_day(day):
            day -= timedelta(days=1)
    return max(day, start)
