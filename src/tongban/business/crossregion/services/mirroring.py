"""
At the counter's node: the mirror of a case that another node decides.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from tongban.business.crossregion.models import Intake
from tongban.business.crossregion.values import IntakeState, Told
from tongban.foundation import audit
from tongban.foundation.actors import system_actor
from tongban.resources.exchange.values import Received as Entry
from tongban.resources.exchange.values import Refused


def take_progress(entry: Entry, *, at: datetime) -> Refused | None:
    """
    Keep how the case stands; what is older than what is kept changes nothing.
    """
    told: Told = entry.content
    row = Intake.objects.select_for_update().filter(pk=UUID(told.intake), node=entry.origin).first()
    if row is None:
        return Refused(number=entry.number, code="unknown_intake", text="没有这件异地收件")
    if told.version < row.version or (row.told_at is not None and told.told_at < row.told_at):
        return None
    is_news = told.version > row.version or not told.version
    row.version = told.version
    row.case_number, row.status, row.due = told.case_number, told.status, told.due
    row.told, row.told_at = msgspec.to_builtins(told), told.told_at
    row.state = _state(told)
    if told.correction is None or told.refused_handin:
        row.supplemented_at = None
    if told.refused_handin:
        row.delivered_at = None
    row.save()
    if is_news:
        actor = system_actor("crossregion.take_progress")
        audit.record(
            action="crossregion.intake.told",
            actor=actor,
            subject=row.receipt_number,
            at=at,
            status=told.status,
        )
    return None


def _state(told: Told) -> IntakeState:
    if not told.version:
        return IntakeState.NOT_TAKEN
    return IntakeState.ENDED if told.is_ended else IntakeState.UNDER_WAY
