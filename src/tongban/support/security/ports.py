"""
Whom an alarm is brought to outside the node.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.foundation.errors import UpstreamError


class AlarmNotTaken(UpstreamError):
    """
    Whoever is to be told of alarms did not answer, or did not take it.
    """

    code = "alarm_not_taken"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """
    告警: what happened, without personal data.
    """

    id: int
    kind: str
    severity: str
    count: int
    first_at: datetime
    last_at: datetime


class StaffTeller(Protocol):
    """
    Tells a member of staff at the desk, and by short message where there is a mobile.
    """

    def __call__(
        self,
        *,
        key: str,
        template: str,
        account_id: UUID,
        mobile: str,
        params: Mapping[str, str],
        subject: str,
        actor: Actor,
        at: datetime,
    ) -> object:
        """
        Tell; repeating a key changes nothing.
        """


class AlarmSink(Protocol):
    """
    Takes alarms.
    """

    def tell(self, alarm: Alarm, *, at: datetime) -> None:
        """
        Bring one alarm; bringing it twice does no harm.

        :raises AlarmNotTaken: it has to be tried again
        """


@dataclass
class RememberedAlarms:
    """
    A sink that only remembers; for tests.
    """

    told: list[Alarm] = field(default_factory=list)
    is_down: bool = False

    def tell(self, alarm: Alarm, *, at: datetime) -> None:
        """
        Remember.
        """
        if self.is_down:
            raise AlarmNotTaken
        self.told.append(alarm)


_sinks: list[AlarmSink] = []
_tellers: list[StaffTeller] = []


def tell_staff_by(teller: StaffTeller | None) -> StaffTeller | None:
    """
    Tell staff on duty by this from now on; None: they are not told. Return the one before.
    """
    before = staff_teller()
    _tellers[:] = [] if teller is None else [teller]
    return before


def staff_teller() -> StaffTeller | None:
    """
    Return what tells staff; None: nothing does.
    """
    return _tellers[0] if _tellers else None


def use(sink: AlarmSink | None) -> None:
    """
    Bring alarms to this sink from now on; None: to nobody.
    """
    _sinks[:] = [] if sink is None else [sink]


def sink() -> AlarmSink | None:
    """
    Return where alarms go outside the node; None: nowhere.
    """
    return _sinks[0] if _sinks else None
