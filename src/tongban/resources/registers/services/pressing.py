"""
疑义校核: sources are told of disputes, reminded, and those above them called in; filers are told of the answer.
"""

from datetime import datetime
from typing import Final

from django.conf import settings

from tongban.foundation import audit
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.registers import ports
from tongban.resources.registers.models import DisputeCase
from tongban.resources.registers.values import DisputeState, RegisterCode, definition

LATE_AT_ONCE: Final = 500
KEEPER: Final = system_actor("registers.disputes")


@business_transaction
def press_disputes(*, at: datetime, calendar: WorkCalendar) -> int:
    """
    Remind sources of disputes whose term ends soon, once, and call in those above where it has ended; return how many.
    """
    today = civil_date(at)
    soon = calendar.add_working_days(today, settings.TONGBAN_REGISTERS.remind_before_days)
    # Who answers at another node is pressed there.
    waiting = DisputeCase.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=DisputeState.OPEN, owner_node=""
    )
    count = 0
    for dispute in waiting.filter(due__lt=today, escalated_at=None).order_by("due")[:LATE_AT_ONCE]:
        _press(dispute, "escalated_at", "registers.dispute.escalate", "LATE", at=at)
        count += 1
    ending = waiting.filter(due__gte=today, due__lte=soon, reminded_at=None)
    for dispute in ending.order_by("due")[:LATE_AT_ONCE]:
        _press(dispute, "reminded_at", "registers.dispute.remind", "DUE_SOON", at=at)
        count += 1
    return count


def _press(dispute: DisputeCase, column: str, action: str, what: str, *, at: datetime) -> None:
    setattr(dispute, column, at)
    dispute.save(update_fields=[column])
    audit.record(action=action, actor=KEEPER, subject=dispute.number, at=at)
    tell_of(dispute, what, at=at)


def tell_of(dispute: DisputeCase, what: str, *, at: datetime) -> None:
    """
    Tell the source of a dispute, or its filer of the answer.

    :param what: FILED, DUE_SOON, LATE or ANSWERED
    """
    rule = definition(RegisterCode(dispute.register)).field(dispute.field)
    is_answer = what == "ANSWERED"
    ports.tell(
        ports.DisputeNotice(
            number=dispute.number,
            what=what,
            agency_code=dispute.filer_agency if is_answer else dispute.owner_agency,
            person_id=dispute.filer_person_id if is_answer else None,
            field=str(rule.title) if rule else dispute.field,
            due=dispute.due,
            answer=dispute.answer,
            at=at,
        )
    )
