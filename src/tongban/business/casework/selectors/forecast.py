"""
What an application submitted now could expect: whether the level suffices, the day of the answer, that of the result.
"""

from dataclasses import dataclass
from datetime import date, datetime, time

from tongban.business.casework import permissions
from tongban.business.casework.rules.clock import acceptance_due
from tongban.business.casework.rules.clock_reading import UNITS
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import HandlingKind
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.policy import Decision
from tongban.foundation.worktime import Period, WorkCalendar, last_day


@dataclass(frozen=True, kw_only=True, slots=True)
class EarliestDates:
    """
    Dates that hold if a complete application is submitted now and accepted at once.
    """

    answer_due: date
    result_due: date | None
    """None where no limit is published."""
    is_provisional: bool
    """A holiday notice that is not out yet may still move a date."""


def level_if_submitted(*, needed: int, actor: Actor) -> Decision:
    """
    Return whether the actor, and whom he acts for, are known surely enough to apply, and which of the two is not.

    No query.

    :param needed: 实名等级 the offering asks for, 0 to 4
    """
    return permissions.submit_at_level.decide(actor, needed=needed)


def dates_if_submitted(offering: OfferingTerms, *, at: datetime, calendar: WorkCalendar) -> EarliestDates:
    """
    Return by when the office must answer and decide. No query.
    """
    day = civil_date(at)
    accepted_on = calendar.working_day_from(day)
    answer_due = acceptance_due(received_on=day, calendar=calendar)
    limit = offering.promised_limit or offering.statutory_limit
    if offering.handling_kind is HandlingKind.ON_THE_SPOT:
        result_due = accepted_on
    elif limit is not None:
        # Handed in on a day of rest, it is accepted on the next working day at the earliest.
        start = at if accepted_on == day else datetime.combine(accepted_on, time(), tzinfo=CHINA)
        period = Period(amount=limit.amount, unit=UNITS[limit.unit])
        result_due = last_day(period, start=start, calendar=calendar)
    else:
        result_due = None
    return EarliestDates(
        answer_due=answer_due,
        result_due=result_due,
        is_provisional=calendar.is_provisional(day, max(answer_due, result_due or day)),
    )
