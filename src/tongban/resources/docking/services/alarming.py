"""
Telling people that a system is away, does not fetch, or never took a message: once, until all is well again.
"""

from datetime import datetime, timedelta
from typing import Final

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.resources.docking import permissions, ports
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.values import Direction, MessageState, SystemState

AWAY_AFTER: Final = timedelta(minutes=30)
UNFETCHED_AFTER: Final = timedelta(hours=4)
DEAD_WITHIN: Final = timedelta(days=1)


@business_transaction
def raise_alarms(*, actor: Actor, at: datetime) -> int:
    """
    Tell operators of live systems with which something new is wrong, and note it in the audit trail; return how many.

    The trail is watched by the rules of security: what is noted there becomes an event, and an alarm.

    :raises NotPermitted: the actor does not run the node
    """
    permissions.manage_systems.require(actor)
    raised = 0
    for system in DockedSystem.objects.select_for_update(no_key=True).filter(state=SystemState.LIVE):
        reason = _trouble(system, at=at)
        if bool(reason) is (system.alarmed_at is not None):
            continue
        system.alarmed_at = at if reason else None
        system.save(update_fields=["alarmed_at"])
        if reason:
            raised += 1
            _tell(system, reason, actor=actor, at=at)
    return raised


def _trouble(system: DockedSystem, *, at: datetime) -> str:
    """
    Return the code of what is wrong with a system, empty: nothing.
    """
    if system.failures and (system.seen_at or system.changed_at) < at - AWAY_AFTER:
        return "AWAY"
    out = DockMessage.objects.filter(system=system, direction=Direction.OUT)
    if out.filter(state=MessageState.DEAD, settled_at__gte=at - DEAD_WITHIN).exists():
        return "DEAD"
    waiting = out.filter(state__in=[MessageState.QUEUED, MessageState.SENT])
    oldest = waiting.order_by("number").values_list("created_at", flat=True).first()
    return "UNFETCHED" if oldest is not None and oldest < at - UNFETCHED_AFTER else ""


def _tell(system: DockedSystem, reason: str, *, actor: Actor, at: datetime) -> None:
    audit.record(action="docking.system.stall", actor=actor, subject=system.code, at=at, reason=reason)
    if teller := ports.operators_teller():
        teller(ports.SystemAlarm(code=system.code, name=system.name, reason=reason, at=at))
