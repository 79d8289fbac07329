"""
Giving cases to systems: who takes a case, what he is told of it, and taking it back.
"""

import hashlib
from datetime import datetime
from typing import Any, Final

import msgspec

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import NotFound
from tongban.resources.docking import permissions, ports
from tongban.resources.docking.models import DockedCase, DockedSystem, DockMessage
from tongban.resources.docking.values import (
    Direction,
    GivenCase,
    MessageState,
    OutKind,
    SystemFact,
    SystemState,
    TakesFrom,
)

ACCEPTING: Final = frozenset({"ACCEPTED", "DEEMED_ACCEPTED"})
ENDING: Final = frozenset({"CLOSED", "WITHDRAWN", "PASSED_ON", "LAPSED", "VOIDED", "ACCEPTANCE_REFUSED"})
UNTOLD: Final = frozenset({"REVIEWED", "CLOSED", "RATED", "ARCHIVED", "PRE_CHECKED"})
"""Events a system is not told of: its own steps, and what follows by itself."""
FOLLOWED: Final = (
    "submitted",
    "accepted",
    "deemed_accepted",
    "acceptance_refused",
    "correction_requested",
    "corrected",
    "clock_stopped",
    "clock_resumed",
    "extended",
    "granted",
    "refused",
    "issued",
    "delivered",
    "closed",
    "withdrawn",
    "passed_on",
    "lapsed",
    "voided",
)
"""Ends of the topics "casework.case_…" that docking listens to."""
LONGEST_STORY: Final = 50


class _Fact(msgspec.Struct, frozen=True, kw_only=True):
    """
    What docking reads of an announced event of a case.
    """

    case_number: str
    offering_code: str
    agency_code: str
    seq: int
    data: dict[str, Any]


def follow_case(fact: events.Announced) -> None:
    """
    Give a case to the system that takes it, and tell the system what happens to it. Hearing twice changes nothing.
    """
    case = msgspec.convert(fact.payload, _Fact)
    event = fact.topic.removeprefix("casework.case_").upper()
    docked = DockedCase.objects.select_related("system").filter(pk=case.case_number).first()
    if docked is None:
        if event == "SUBMITTED" or event in ACCEPTING:
            _give_if_taken(case, event, at=fact.at)
        return
    if docked.returned_at is None and docked.system.state == SystemState.LIVE:
        _follow(docked, case, event, at=fact.at)
    if event in ENDING and docked.ended_at is None:
        docked.ended_at = fact.at
        docked.save(update_fields=["ended_at"])


def system_actor_of(system: DockedSystem, *, handler: str = "") -> Actor:
    """
    Return the actor as which a system acts in its agency.

    :param handler: who worked on it there, for the log
    """
    return Actor(
        kind=ActorKind.CLIENT,
        id=f"docking:{system.code}",
        name=handler or system.name,
        agency_code=system.agency_code,
        division_code=system.division_code,
        scopes=frozenset({"cases:read", "cases:write", "handling:write"}),
        channel=Channel.API,
    )


def queue(
    system: DockedSystem,
    *,
    message_id: str,
    kind: OutKind,
    case_number: str,
    at: datetime,
    event: str = "",
    data: dict[str, Any] | None = None,
    case: GivenCase | None = None,
) -> bool:
    """
    Queue something for a system, in order; False where it was queued before.
    """
    require_transaction()
    held = DockedSystem.objects.select_for_update(no_key=True).only("id", "last_number").get(pk=system.pk)
    known = DockMessage.objects.filter(system=held, direction=Direction.OUT, message_id=message_id)
    if known.exists():
        return False
    content = {"data": data or {}, "case": msgspec.to_builtins(case) if case else None}
    held.last_number += 1
    held.save(update_fields=["last_number"])
    DockMessage.objects.create(
        system=held,
        direction=Direction.OUT,
        message_id=message_id,
        number=held.last_number,
        kind=kind,
        event=event,
        case_number=case_number,
        content=content,
        digest=digest_of(content),
        state=MessageState.QUEUED,
        story=[[at.isoformat(), "queued", ""]],
        created_at=at,
    )
    return True


def return_cases(system: DockedSystem, *, actor: Actor, at: datetime) -> int:
    """
    Take back what a system has not ended; handling takes it up. Return how many.
    """
    cases = DockedCase.objects.select_for_update(no_key=True).filter(
        system=system, returned_at=None, ended_at=None
    )
    for case in cases:
        _return(case, system, actor=actor, at=at)
    return len(cases)


@business_transaction
def return_case(*, case_number: str, actor: Actor, at: datetime) -> None:
    """
    Take one case back from its system.

    :raises NotFound: no system has it
    """
    permissions.manage_systems.require(actor)
    case = (
        DockedCase.objects.select_for_update(no_key=True, of=("self",))
        .select_related("system")
        .filter(pk=case_number, returned_at=None, ended_at=None)
        .first()
    )
    if case is None:
        raise NotFound(case_number=case_number)
    _return(case, case.system, actor=actor, at=at)


def note(message: DockMessage, what: str, *, at: datetime, words: str = "") -> None:
    """
    Add to a message's story; the caller saves it.
    """
    message.story = [*message.story, [at.isoformat(), what, words[:300]]][-LONGEST_STORY:]


def digest_of(content: object) -> str:
    """
    Return the SM3 digest of what a message says, in hexadecimal.
    """
    return hashlib.new("sm3", msgspec.json.encode(content, order="deterministic")).hexdigest()


def _give_if_taken(case: _Fact, event: str, *, at: datetime) -> None:
    system = _taker(case)
    if system is None or (event == "SUBMITTED" and system.takes_from != TakesFrom.SUBMISSION):
        return
    DockedCase.objects.create(
        case_number=case.case_number,
        system=system,
        given_at=at,
        accepted_at=at if event in ACCEPTING else None,
    )
    _give(system, case, event, at=at)


def _taker(case: _Fact) -> DockedSystem | None:
    live = DockedSystem.objects.filter(agency_code=case.agency_code, state=SystemState.LIVE).order_by("code")
    return next((system for system in live if takes(system, case.offering_code)), None)


def takes(system: DockedSystem, offering_code: str) -> bool:
    """
    Return whether a system handles an item.
    """
    return not system.items or any(offering_code.startswith(item) for item in system.items)


def _give(system: DockedSystem, case: _Fact, event: str, *, at: datetime) -> None:
    given = ports.desk().given(number=case.case_number, actor=system_actor_of(system), at=at)
    queue(
        system,
        message_id=f"{case.case_number}-{case.seq}",
        kind=OutKind.CASE,
        case_number=case.case_number,
        at=at,
        event=event,
        case=given,
    )
    if event in ACCEPTING:
        _tell("docking.case_given", case.case_number, system, at=at)


def _follow(docked: DockedCase, case: _Fact, event: str, *, at: datetime) -> None:
    if event in ACCEPTING or event == "CORRECTED":
        if event in ACCEPTING and docked.accepted_at is None:
            docked.accepted_at = at
            docked.save(update_fields=["accepted_at"])
        _give(docked.system, case, event, at=at)
    elif event not in UNTOLD:
        queue(
            docked.system,
            message_id=f"{case.case_number}-{case.seq}",
            kind=OutKind.CHANGED,
            case_number=case.case_number,
            at=at,
            event=event,
            data=case.data,
        )


def _return(case: DockedCase, system: DockedSystem, *, actor: Actor, at: datetime) -> None:
    case.returned_at = at
    case.save(update_fields=["returned_at"])
    if system.state == SystemState.LIVE:
        queue(
            system,
            message_id=f"{case.case_number}-returned",
            kind=OutKind.CHANGED,
            case_number=case.case_number,
            at=at,
            event="RETURNED",
        )
    audit.record(
        action="docking.case.return", actor=actor, subject=case.case_number, at=at, system=system.code
    )
    _tell("docking.case_returned", case.case_number, system, at=at)


def _tell(topic: str, case_number: str, system: DockedSystem, *, at: datetime) -> None:
    events.announce(
        topic=topic,
        key=case_number,
        at=at,
        payload=SystemFact(case_number=case_number, system_code=system.code, system_name=system.name),
    )
