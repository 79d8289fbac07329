"""
What the resource catalogue needs from elsewhere: somebody who tells agencies what is due.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from tongban.resources.datasets.values import DutyPress


@dataclass(frozen=True, kw_only=True, slots=True)
class DutyNotice:
    """
    Somebody has to be told of a duty of this node: the agency that it is due, or those above it that it is late.
    """

    duty_id: uuid.UUID
    what: DutyPress
    agency_code: str
    """Whose data stewards are told."""
    agency_name: str
    division_code: str
    """Where the agency is: whoever reviews or supervises that area is told what is late."""
    text: str
    """What changed."""
    due: date
    at: datetime


DutyTeller = Callable[[DutyNotice], None]


@dataclass
class _Wiring:
    tell: DutyTeller = field(default=lambda _notice: None)


_wiring = _Wiring()


def tell_by(teller: DutyTeller) -> Callable[[], None]:
    """
    Wire who tells of duties; returns what puts back who did before.
    """
    before = _wiring.tell
    _wiring.tell = teller

    def put_back() -> None:
        _wiring.tell = before

    return put_back


def tell(notice: DutyNotice) -> None:
    """
    Tell them.
    """
    _wiring.tell(notice)
