"""
Questions about the audit trail and about security.
"""

from tongban.support.security.selectors.audit import audit_entries, chain_state, may_read_audit
from tongban.support.security.selectors.events import (
    alarm_mobile,
    event_fact,
    events,
    may_read_events,
    open_events,
    rules,
    rules_in_force,
    security_counts,
)

__all__ = [
    "alarm_mobile",
    "audit_entries",
    "chain_state",
    "event_fact",
    "events",
    "may_read_audit",
    "may_read_events",
    "open_events",
    "rules",
    "rules_in_force",
    "security_counts",
]
