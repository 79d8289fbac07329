"""
目录更新 in time: who has a duty is reminded before its last day; who watches the area is called in after it.
"""

from datetime import datetime
from typing import Final

from django.conf import settings

from tongban.foundation import audit
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.datasets import ports
from tongban.resources.datasets.models import CatalogueDuty
from tongban.resources.datasets.services.exchanging import own_node
from tongban.resources.datasets.values import DutyPress

KEEPER: Final = system_actor("datasets.duties")
MOST_AT_ONCE: Final = 500


@business_transaction
def press_duties(*, at: datetime, calendar: WorkCalendar) -> int:
    """
    Remind agencies of duties that are due soon, once, and call in those above where one is late; return how many.

    Only duties of this node itself: what nodes below told is pressed there, by those who know the agency's people.
    """
    today = civil_date(at)
    soon = calendar.add_working_days(today, settings.TONGBAN_DATASETS.remind_before_days)
    waiting = (
        CatalogueDuty.objects.select_for_update(skip_locked=True)
        .filter(node=own_node(), done_at=None)
        .order_by("due_on", "id")
    )
    late = list(waiting.filter(due_on__lt=today, escalated_on=None)[:MOST_AT_ONCE])
    due = list(waiting.filter(due_on__gte=today, due_on__lte=soon, reminded_on=None)[:MOST_AT_ONCE])
    for duty in late:
        duty.escalated_on = today
        duty.save(update_fields=["escalated_on"])
        audit.record(action="datasets.duty.escalate", actor=KEEPER, subject=str(duty.id), at=at)
        _tell(duty, DutyPress.LATE, at=at)
    for duty in due:
        duty.reminded_on = today
        duty.save(update_fields=["reminded_on"])
        audit.record(action="datasets.duty.remind", actor=KEEPER, subject=str(duty.id), at=at)
        _tell(duty, DutyPress.DUE_SOON, at=at)
    return len(late) + len(due)


def _tell(duty: CatalogueDuty, what: DutyPress, *, at: datetime) -> None:
    ports.tell(
        ports.DutyNotice(
            duty_id=duty.id,
            what=what,
            agency_code=duty.agency_code,
            agency_name=duty.agency_name,
            division_code=duty.division_code,
            text=duty.text,
            due=duty.due_on,
            at=at,
        )
    )
