"""
Nothing outside an actor's scope is shown, counted, or can be told from an answer, whichever door is tried.

A random world full of secrets, random actors, every door. What may be seen is said by `oracle`, which does not know
the policy. A hidden thing must answer exactly as one that never was: status, headers, text, and the number of
questions to the database, which stand for the time an answer takes.

IDENTITY_PROOF_EXAMPLES says how many worlds; IDENTITY_PROOF_SEED where to begin.
"""

import os
from collections.abc import Callable
from random import Random  # noqa: TID251 - a seed makes the same walk again

import pytest

from tests.identity_proof import doors, oracle, walk
from tests.identity_proof.doors import Door
from tests.identity_proof.walk import Answer, Walker
from tests.identity_proof.world import Kind, Level, Thing, World, make_world
from tongban.foundation.actors import Actor
from tongban.support.messaging.models import Message

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("IDENTITY_PROOF_EXAMPLES", "1"))
SEED = int(os.environ.get("IDENTITY_PROOF_SEED", "20261122"))
SEEDS = range(SEED, SEED + EXAMPLES)
EVERY_DOOR = [*doors.PAGES, *doors.OPERATIONS, *doors.SELECTORS]
ACTORS_PER_DOOR = 3
"""Of the thirteen of a world; which ones differs from door to door and from seed to seed. None: all."""


@pytest.fixture(params=SEEDS)
def world(request: pytest.FixtureRequest) -> World:
    return make_world(request.param)


@pytest.fixture
def become(monkeypatch: pytest.MonkeyPatch) -> Callable[[Actor], None]:
    """
    Let requests believe that somebody is logged in, without a session: who he is was proved elsewhere.
    """

    def be(actor: Actor) -> None:
        monkeypatch.setattr("tongban.config.actor_middleware.find_actor", lambda _request: actor)

    return be


class TestEveryDoor:
    def test_keeps_what_is_not_the_actors(self, world: World, become: Callable[[Actor], None]) -> None:
        faults: list[str] = []
        dice = Random(SEED)
        for door in EVERY_DOOR:
            for actor in dice.sample(world.actors, ACTORS_PER_DOOR):
                try:
                    faults += _faults(Walker(world, actor, become=become), door)
                except Exception as error:  # noqa: BLE001 - a door that breaks is a fault like any other
                    faults.append(f"{door.name} breaks for {_who(actor)}: {error!r}")

        assert not faults, "\n".join(faults[:30])


class TestMessages:
    def test_go_to_whom_a_case_belongs(self, world: World) -> None:
        principals = {case.id: case.principal for case in world.of(Kind.CASE)}

        told = list(
            Message.objects.filter(subject__in=principals).values_list("subject", "recipient_person_id")
        )

        assert told
        assert [(number, str(who)) for number, who in told if str(who) != principals[number]] == []


def _faults(walker: Walker, door: Door) -> list[str]:
    if door.kind is None:
        return _faults_of_a_list(walker, door)
    return [*_faults_of_what_is_known(walker, door), *_faults_of_what_is_hidden(walker, door)]


def _faults_of_a_list(walker: Walker, door: Door) -> list[str]:
    world, actor = walker.world, walker.actor
    faults = []
    for answer in walker.answers(door, None, only_reading=door.is_gate):
        handed_in = _handed_in(world) if door.is_public else ()
        faults += _leaks(door, walker, answer.without(*handed_in))
        if door.exactly is not None and answer.status in {"200", "answered"}:
            faults += _inexact(door, walker, answer)
    del actor
    return faults


def _faults_of_what_is_known(walker: Walker, door: Door) -> list[str]:
    known = [thing for thing in walker.world.of(_kind(door)) if oracle.knows(walker.actor, thing)]
    if not known:
        return []
    thing = walker.world.random.choice(known)
    faults = []
    for answer in walker.answers(door, thing, only_reading=not _only_shows(door)):
        allowed = (
            set(thing.secrets) if door.name in REVEALING and oracle.reveals(walker.actor, thing) else set()
        )
        faults += _leaks(door, walker, answer.without(*allowed))
    return faults


def _faults_of_what_is_hidden(walker: Walker, door: Door) -> list[str]:
    world = walker.world
    hidden = [thing for thing in world.of(_kind(door)) if not oracle.knows(walker.actor, thing)]
    if not hidden:
        return []
    thing = world.random.choice(hidden)
    nothing = walk.never(world, door.kind)
    # Once for what a process remembers afterwards: a second look must cost what the first one does.
    walker.answers(door, nothing, only_reading=False)
    faults = []
    of_none = walker.answers(door, nothing, only_reading=False)
    of_hidden = walker.answers(door, thing, only_reading=False)
    for one, other in zip(of_hidden, of_none, strict=True):
        faults += _leaks(door, walker, one.without(*_ids(thing)))
        faults += _differences(door, walker, one.without(*_ids(thing)), other.without(*_ids(nothing)))
    return faults


REVEALING = {"revealCase", "desk:case-reveal"}
"""Doors that show personal data in clear to whoever may act on the case and says why."""


def _only_shows(door: Door) -> bool:
    return door.name in REVEALING


def _kind(door: Door) -> Kind:
    if door.kind is None:
        raise LookupError(door.name)
    return door.kind


def _ids(thing: Thing) -> tuple[str, ...]:
    owner = thing.owner.id if thing.owner else ""
    return (thing.id, owner, str(thing.facts.get("id_number", "")), str(thing.facts.get("case", "")))


def _handed_in(world: World) -> tuple[str, ...]:
    """
    What public doors are asked for: the number of a case, the code of a licence, and what these stand for.
    """
    case, licence = world.of(Kind.CASE)[0], world.of(Kind.LICENCE)[0]
    known = [
        secret for thing in (case, licence) for secret, level in thing.secrets.items() if level is Level.KNOWN
    ]
    return (*known, licence.facts["token"])


def _leaks(door: Door, walker: Walker, answer: Answer) -> list[str]:
    return [
        f"{_who(walker.actor)} is shown {secret!r} by {door.name} ({answer.status})"
        for secret in oracle.forbidden(walker.world, walker.actor)
        if secret in answer.text and not _is_in_the_trail(door, walker, secret)
    ]


def _is_in_the_trail(door: Door, walker: Walker, secret: str) -> bool:
    """
    Whether an auditor reads this in the trail: numbers of what was done, never what was in it.
    """
    if door.of is not Kind.ENTRY or "AUDIT_ADMINISTRATOR" not in walker.actor.roles:
        return False
    levels = [thing.secrets[secret] for thing in walker.world.things if secret in thing.secrets]
    return Level.KNOWN in levels


def _inexact(door: Door, walker: Walker, answer: Answer) -> list[str]:
    if door.exactly is None or door.of is None:
        return []
    wanted = door.exactly(walker.world, walker.actor)
    found = {thing.id for thing in walker.world.of(door.of) if thing.id in answer.text}
    if found == wanted:
        return []
    return [f"{door.name} shows {_who(walker.actor)} {sorted(found)} instead of {sorted(wanted)}"]


def _differences(door: Door, walker: Walker, hidden: Answer, none: Answer) -> list[str]:
    who = f"{door.name} tells {_who(walker.actor)} what is hidden from what never was"
    if hidden.status != none.status:
        return [f"{who}: {hidden.status} instead of {none.status}"]
    if hidden.statements != none.statements:
        return [f"{who}: {hidden.statements} statements instead of {none.statements}"]
    if hidden.text != none.text:
        return [f"{who}: {_first_difference(hidden.text, none.text)}"]
    return []


def _first_difference(one: str, other: str) -> str:
    at = next(
        (place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]),
        min(len(one), len(other)),
    )
    return f"{one[max(0, at - 40) : at + 60]!r} instead of {other[max(0, at - 40) : at + 60]!r}"


def _who(actor: Actor) -> str:
    facts = [actor.kind.value, actor.agency_code or "", actor.division_code or ""]
    facts += [*sorted(actor.posts), *sorted(actor.roles), *sorted(actor.scopes)]
    if actor.acting_for is not None:
        facts.append(
            f"for {actor.acting_for.kind.value} {sorted(actor.acting_for.functions)} {actor.acting_for.items}"
        )
    return " ".join(fact for fact in facts if fact)
