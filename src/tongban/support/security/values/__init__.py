"""
Words and values of the app.
"""

from tongban.support.security.values.audit import (
    AuditFilter,
    AuditLine,
    ChainState,
    ExportForm,
)
from tongban.support.security.values.events import (
    AlarmState,
    EventFact,
    EventKind,
    EventLine,
    EventState,
    RuleFact,
    SecurityCounts,
    Severity,
)

__all__ = [
    "AlarmState",
    "AuditFilter",
    "AuditLine",
    "ChainState",
    "EventFact",
    "EventKind",
    "EventLine",
    "EventState",
    "ExportForm",
    "RuleFact",
    "SecurityCounts",
    "Severity",
]
