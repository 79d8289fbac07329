"""
What can be done to docked systems and their messages.
"""

from tongban.resources.docking.services.checking import check
from tongban.resources.docking.services.conformance import WrongWay, is_genuine
from tongban.resources.docking.services.demonstrating import load_demo_systems
from tongban.resources.docking.services.giving import follow_case, return_case
from tongban.resources.docking.services.receiving import receive, refuse_unread
from tongban.resources.docking.services.registering import (
    SystemCodeTaken,
    SystemForm,
    SystemStateForbids,
    begin_tests,
    change_system,
    go_live,
    register_system,
    suspend,
)
from tongban.resources.docking.services.replaying import MessageNotReplayable, replay
from tongban.resources.docking.services.rounds import exchange
from tongban.resources.docking.services.tables import make_tables

__all__ = [
    "MessageNotReplayable",
    "SystemCodeTaken",
    "SystemForm",
    "SystemStateForbids",
    "WrongWay",
    "begin_tests",
    "change_system",
    "check",
    "exchange",
    "follow_case",
    "go_live",
    "is_genuine",
    "load_demo_systems",
    "make_tables",
    "receive",
    "refuse_unread",
    "register_system",
    "replay",
    "return_case",
    "suspend",
]
