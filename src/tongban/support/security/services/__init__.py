"""
What may be done about security.
"""

from tongban.support.security.services.auditing import export_audit, note_verification, verify_trail
from tongban.support.security.services.handling import (
    ALARM_TEMPLATE,
    EventMovedOn,
    acknowledge_event,
    change_rule,
    choose_alarm_mobile,
    close_event,
    forget_alarm_mobile,
    send_alarms,
)
from tongban.support.security.services.watching import begin_watching, watch_trail

__all__ = [
    "ALARM_TEMPLATE",
    "EventMovedOn",
    "acknowledge_event",
    "begin_watching",
    "change_rule",
    "choose_alarm_mobile",
    "close_event",
    "export_audit",
    "forget_alarm_mobile",
    "note_verification",
    "send_alarms",
    "verify_trail",
    "watch_trail",
]
