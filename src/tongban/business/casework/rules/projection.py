"""
A case is the fold of its events: `fold(state, event)` is the only place where a state comes from an event.

Services use it to write the `Case` row, and `tongban rebuild-projections` uses it to make the row again.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec

from tongban.business.casework.events import EventKind
from tongban.business.casework.values import CaseStatus, ResultCode

BEIJING = timedelta(hours=8)


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the fold needs of an event.
    """

    seq: int
    at: datetime
    kind: EventKind
    data: dict[str, Any]


class CaseState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """
    The part of a case that changes; kept as JSON on its row.
    """

    status: CaseStatus
    status_since: datetime
    submitted_at: datetime
    received_on: date
    """Day on which the present materials arrived; the five days for an answer run from here."""
    materials: list[dict[str, Any]]
    situations: list[str] = []
    summary: str = ""
    delivery: dict[str, Any] = {}
    dispute_sealed: str = ""
    """What the applicant says was filled in wrongly, sealed, base64; empty: nothing."""
    agent_id: str = ""
    """Person who applied in the applicant's name; empty: nobody did."""
    agent_masked: str = ""
    correction_count: int = 0
    correction: dict[str, Any] | None = None
    correction_due: date | None = None
    accepted_at: datetime | None = None
    """Moment from which acceptance has effect; with deemed acceptance the day the materials arrived."""
    is_deemed_accepted: bool = False
    stops: list[dict[str, Any]] = []
    extension_days: int = 0
    reviews: list[dict[str, Any]] = []
    decided_at: datetime | None = None
    decision: dict[str, Any] | None = None
    licences: list[str] = []
    delivered_at: datetime | None = None
    closed_at: datetime | None = None
    result_code: str = ""
    rating: dict[str, Any] | None = None
    examined_by: list[list[Any]] | None = None
    """Days of the calendar (`clock_keeping`) that everything up to the decision was counted by; None: not decided."""
    closed_by: list[list[Any]] | None = None
    """The same for what came after the decision; None: not at its end."""
    clock: list[dict[str, Any]] = []
    """Events the legal clock reads: kind, moment and facts, in order."""


STATUS_AFTER: dict[EventKind, CaseStatus] = {
    EventKind.PRE_CHECKED: CaseStatus.PRE_CHECKED,
    EventKind.CORRECTION_REQUESTED: CaseStatus.CORRECTION,
    EventKind.CORRECTED: CaseStatus.CORRECTED,
    EventKind.ACCEPTED: CaseStatus.ACCEPTED,
    EventKind.DEEMED_ACCEPTED: CaseStatus.ACCEPTED,
    EventKind.ACCEPTANCE_REFUSED: CaseStatus.NOT_ACCEPTED,
    EventKind.CLOCK_STOPPED: CaseStatus.SUSPENDED,
    EventKind.CLOCK_RESUMED: CaseStatus.ACCEPTED,
    EventKind.GRANTED: CaseStatus.GRANTED,
    EventKind.REFUSED: CaseStatus.REFUSED,
    EventKind.ISSUED: CaseStatus.ISSUED,
    EventKind.DELIVERED: CaseStatus.DELIVERED,
    EventKind.CLOSED: CaseStatus.CLOSED,
    EventKind.WITHDRAWN: CaseStatus.WITHDRAWN,
    EventKind.PASSED_ON: CaseStatus.PASSED_ON,
    EventKind.LAPSED: CaseStatus.LAPSED,
    EventKind.VOIDED: CaseStatus.VOIDED,
    EventKind.ARCHIVED: CaseStatus.ARCHIVED,
}

RESULT_AT_END: dict[EventKind, ResultCode] = {
    EventKind.ACCEPTANCE_REFUSED: ResultCode.NOT_ACCEPTED,
    EventKind.WITHDRAWN: ResultCode.LAPSED,
    EventKind.PASSED_ON: ResultCode.PASSED_ON,
    EventKind.LAPSED: ResultCode.LAPSED,
    EventKind.VOIDED: ResultCode.VOIDED,
}

DECISIONS = frozenset({EventKind.GRANTED, EventKind.REFUSED})
SETTLING = DECISIONS | RESULT_AT_END.keys() | {EventKind.CLOSED}
"""Events after which dates no longer follow the calendar; each carries `days`. Those of earlier versions do not."""

CLOCK_KINDS = frozenset(
    {
        EventKind.SUBMITTED,
        EventKind.CORRECTION_REQUESTED,
        EventKind.CORRECTED,
        EventKind.ACCEPTED,
        EventKind.DEEMED_ACCEPTED,
        EventKind.ACCEPTANCE_REFUSED,
        EventKind.CLOCK_STOPPED,
        EventKind.CLOCK_RESUMED,
        EventKind.EXTENDED,
        EventKind.GRANTED,
        EventKind.REFUSED,
        EventKind.DELIVERED,
        EventKind.CLOSED,
        EventKind.WITHDRAWN,
        EventKind.PASSED_ON,
        EventKind.LAPSED,
        EventKind.VOIDED,
    }
)


def begin(event: Happening) -> CaseState:
    """
    Return the state after the first event.
    """
    event = _in_utc(event)
    data = event.data
    return CaseState(
        status=CaseStatus.SUBMITTED,
        status_since=event.at,
        submitted_at=event.at,
        received_on=china_day(event.at),
        materials=data["materials"],
        situations=data.get("situations", []),
        summary=data.get("summary", ""),
        delivery=data.get("delivery", {}),
        dispute_sealed=data.get("dispute_sealed", ""),
        agent_id=data.get("agent_id", ""),
        agent_masked=data.get("agent_masked", ""),
        clock=[_clock_entry(event)],
    )


def fold(state: CaseState, event: Happening) -> CaseState:
    """
    Return the state after `event`.

    :param state: the state before; it is not changed
    """
    event = _in_utc(event)
    after = msgspec.convert(msgspec.to_builtins(state), CaseState)
    if (status := STATUS_AFTER.get(event.kind)) is not None:
        after.status, after.status_since = status, event.at
    if event.kind in CLOCK_KINDS:
        after.clock = [*after.clock, _clock_entry(event)]
    if event.kind in RESULT_AT_END:
        after.result_code, after.closed_at = RESULT_AT_END[event.kind].value, event.at
    if event.kind in SETTLING:
        _settle(after, event)
    if (change := _CHANGES.get(event.kind)) is not None:
        change(after, event)
    return after


def _in_utc(event: Happening) -> Happening:
    """
    Give the event the time zone that the log gives back, so that the row made now and the row made again agree.
    """
    return msgspec.structs.replace(event, at=event.at.astimezone(UTC))


def china_day(at: datetime) -> date:
    """
    Return the day in China; Beijing time has had no change of clocks since 1991.
    """
    return (at.astimezone(UTC) + BEIJING).date()


CLOCK_FACTS = ("effective_at", "days", "name", "type", "limit", "reason")
"""What an event tells the clock beside its kind and moment."""


def _clock_entry(event: Happening) -> dict[str, Any]:
    entry: dict[str, Any] = {"kind": event.kind.value, "at": event.at.isoformat()}
    for name in CLOCK_FACTS:
        if name in event.data:
            entry[name] = event.data[name]
    return entry


def _settle(state: CaseState, event: Happening) -> None:
    days = event.data.get("days")
    if state.examined_by is None:
        state.examined_by = days
    if event.kind not in DECISIONS:
        state.closed_by = days


def _correction_requested(state: CaseState, event: Happening) -> None:
    state.correction_count += 1
    state.correction = {"items": event.data["items"], "notified_at": event.at.isoformat()}
    state.correction_due = date.fromisoformat(event.data["due"])


def _corrected(state: CaseState, event: Happening) -> None:
    replaced = {material["material_code"] for material in event.data["materials"]}
    kept = [material for material in state.materials if material["material_code"] not in replaced]
    state.materials = [*kept, *event.data["materials"]]
    state.received_on = china_day(event.at)
    state.correction_due = None


def _accepted(state: CaseState, event: Happening) -> None:
    state.accepted_at = datetime.fromisoformat(event.data["effective_at"])
    state.is_deemed_accepted = event.kind is EventKind.DEEMED_ACCEPTED
    state.correction = None


def _reviewed(state: CaseState, event: Happening) -> None:
    state.reviews = [*state.reviews, {**event.data, "at": event.at.isoformat()}]


def _clock_stopped(state: CaseState, event: Happening) -> None:
    state.stops = [*state.stops, {**event.data, "started_at": event.at.isoformat(), "ended_at": None}]


def _clock_resumed(state: CaseState, event: Happening) -> None:
    last = {**state.stops[-1], "ended_at": event.at.isoformat(), "result": event.data.get("result", "")}
    state.stops = [*state.stops[:-1], last]


def _extended(state: CaseState, event: Happening) -> None:
    state.extension_days += event.data["days"]


def _decided(state: CaseState, event: Happening) -> None:
    granted = event.kind is EventKind.GRANTED
    state.decided_at = event.at
    state.decision = {**event.data, "outcome": "GRANT" if granted else "REFUSE"}
    state.result_code = (ResultCode.GRANTED if granted else ResultCode.REFUSED).value


def _issued(state: CaseState, event: Happening) -> None:
    state.licences = [*state.licences, event.data["identifier"]]


def _delivered(state: CaseState, event: Happening) -> None:
    state.delivered_at = event.at


def _closed(state: CaseState, event: Happening) -> None:
    state.closed_at = event.at


def _rated(state: CaseState, event: Happening) -> None:
    state.rating = {**event.data, "at": event.at.isoformat()}


_CHANGES = {
    EventKind.CORRECTION_REQUESTED: _correction_requested,
    EventKind.CORRECTED: _corrected,
    EventKind.ACCEPTED: _accepted,
    EventKind.DEEMED_ACCEPTED: _accepted,
    EventKind.REVIEWED: _reviewed,
    EventKind.CLOCK_STOPPED: _clock_stopped,
    EventKind.CLOCK_RESUMED: _clock_resumed,
    EventKind.EXTENDED: _extended,
    EventKind.GRANTED: _decided,
    EventKind.REFUSED: _decided,
    EventKind.ISSUED: _issued,
    EventKind.DELIVERED: _delivered,
    EventKind.CLOSED: _closed,
    EventKind.RATED: _rated,
}
