"""
What may be done about security.
"""

from tongban.support.security.services.auditing import export_audit, note_verification, verify_trail
from tongban.support.security.services.handling import (
    EventMovedOn,
    acknowledge_event,
    change_rule,
    close_event,
    send_alarms,
)
from tongban.support.security.services.watching import begin_watching, watch_trail

__all__ = [
    "EventMovedOn",
    "acknowledge_event",
    "begin_watching",
    "change_rule",
    "close_event",
    "export_audit",
    "note_verification",
    "send_alarms",
    "verify_trail",
    "watch_trail",
]
