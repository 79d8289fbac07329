"""
What every simulated agency does with a case: look at it, step by step, and decide; and how badly it behaves.
"""

import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from simulators.dials import Dials, happens

BEIJING = timezone(timedelta(hours=8))
HANDLER = "周审查"


@dataclass
class OfficeDials(Dials):
    """
    Dials of an agency's system.
    """

    twice: float = 0.0
    """What is reported comes once more."""
    silent: float = 0.0
    """A case is taken and nothing is heard of it."""


@dataclass
class Case:
    """
    A case that the agency has.
    """

    number: str
    is_accepted: bool
    told: list[str] = field(default_factory=list)
    """What the node said of it since, newest last."""
    licence: str = ""


@dataclass
class Office:
    """
    The agency's cases.
    """

    dials: OfficeDials = field(default_factory=OfficeDials)
    cases: dict[str, Case] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    """What the node refused, oldest first."""

    def is_heard_of(self, number: str, *, is_accepted: bool) -> bool:
        """
        Note a case, and return whether something is to be reported about it now.
        """
        is_new = number not in self.cases
        case = self.cases.setdefault(number, Case(number=number, is_accepted=is_accepted))
        before, case.is_accepted = case.is_accepted, case.is_accepted or is_accepted
        time.sleep(self.dials.slow_seconds)
        return (is_new or case.is_accepted != before) and not happens(self.dials.silent)


def guid() -> str:
    """
    Return an id that nobody has used.
    """
    return uuid.uuid4().hex


def now() -> datetime:
    """
    Return Beijing time without an offset, to the second.
    """
    return datetime.now(BEIJING).replace(tzinfo=None, microsecond=0)
