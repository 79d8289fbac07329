"""
Nothing outside an actor's scope is shown, counted, or can be told from an answer, whichever door is tried.

A random world full of secrets, random actors, every door. What may be seen is said by `oracle`, which does not know
the policy. A hidden thing must answer exactly as one that never was: status, headers, text, and the number of
questions to the database, which stand for the time an answer takes. Whatever else happens where an actor may not look
must leave every answer to him as it was: neither lists nor counts, orders or cursors tell of it. And every door must
open to somebody: one that is shut to all would prove nothing.

IDENTITY_PROOF_EXAMPLES says how many worlds; IDENTITY_PROOF_SEED where to begin.
"""

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from random import Random  # noqa: TID251 - a seed makes the same walk again
from zipfile import ZipFile

import pytest
from pytest_django import DjangoDbBlocker

from tests.factories.database import rolled_back
from tests.identity_proof import doors, oracle, walk
from tests.identity_proof.doors import Door
from tests.identity_proof.making import let_happen_unseen, make_world
from tests.identity_proof.walk import Answer, Undone, Walker
from tests.identity_proof.world import Kind, Level, Thing, World
from tongban.foundation.actors import Actor
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.privacy import services as privacy
from tongban.support.privacy.models import DataRequest

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("IDENTITY_PROOF_EXAMPLES", "1"))
SEED = int(os.environ.get("IDENTITY_PROOF_SEED", "20261122"))
SEEDS = range(SEED, SEED + EXAMPLES)
EVERY_DOOR = [*doors.PAGES, *doors.OPERATIONS, *doors.SELECTORS]
SECRET = 16
"""Length of a secret that stands for what somebody typed."""


@pytest.fixture(scope="module", params=SEEDS)
def kept_world(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """
    Make a world once for all that is proved with it.
    """
    with django_db_blocker.unblock(), rolled_back():
        made = make_world(request.param)
        with django_db_blocker.block():
            yield made


@pytest.fixture
def world(kept_world: World, db: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """
    A random world, as it was before the last test.
    """
    # What is counted for everybody, and kept for a minute, would be counted anew for one of two answers.
    monkeypatch.setattr("tongban.business.catalogue.selectors.browsing.COUNTS_KEPT_SECONDS", 3600)
    return kept_world


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
        dice = Random(world.random.random())
        for door in EVERY_DOOR:
            for actor in _some(world, dice, of_each=1):
                try:
                    faults += _faults(Walker(world, actor, become=become), door)
                except Exception as error:  # noqa: BLE001 - a door that breaks is a fault like any other
                    faults.append(f"{door.name} breaks for {_who(actor)}: {error!r}")

        assert not faults, "\n".join(faults[:30])

    def test_opens_to_somebody(self, world: World, become: Callable[[Actor], None]) -> None:
        by_id = [door for door in EVERY_DOOR if door.kind is not None and door.name not in SHUT]

        shut = [door.name for door in by_id if not _opens(world, door, become=become)]

        assert not shut, (
            f"nobody gets through {shut}; whatever they do, what is hidden answers like what never was"
        )

    def test_does_not_tell_what_happens_unseen(self, world: World, become: Callable[[Actor], None]) -> None:
        faults: list[str] = []
        for actor in _some(world, world.random, of_each=1 if EXAMPLES == 1 else 2):
            walker = Walker(world, actor, become=become)
            # Once for what a process remembers afterwards.
            _answers_of_lists(walker)
            before = _answers_of_lists(walker)
            known = len(world.things)
            with Undone():
                let_happen_unseen(world, actor)
                after = _answers_of_lists(walker)
            del world.things[known:]
            for door, answers in before.items():
                for one, other in zip(after[door], answers, strict=True):
                    faults += _differences(door, walker, one, other, words="what happens unseen from nothing")

        assert not faults, "\n".join(faults[:30])


class TestCopies:
    def test_hold_nothing_of_others(self, world: World) -> None:
        for person in world.people:
            text = _copy_of(person, world)

            assert [secret for secret in oracle.forbidden(world, person) if secret in text] == []
            own = [thing for thing in world.of(Kind.DRAFT) if thing.principal == person.person_id]
            assert all(secret in text for thing in own for secret in thing.secrets if len(secret) == SECRET)


class TestTexts:
    def test_go_to_whom_they_are_about(self, world: World) -> None:
        owners = {person.facts["mobile"]: person.id for person in world.of(Kind.PERSON)}
        private = [
            (secret, case.principal)
            for case in world.of(Kind.CASE)
            if case.principal in owners.values()
            for secret, level in case.secrets.items()
            if level is Level.OWNER
        ]

        texts = list(OutgoingText.objects.all())

        assert texts
        assert [text.template for text in texts if text.mobile not in owners] == []
        assert [
            (secret, text.template)
            for text in texts
            for secret, principal in private
            if secret in str(text.params) and owners[text.mobile] != principal
        ] == []


def _copy_of(person: Actor, world: World) -> str:
    """
    Return everything that the job puts into the copy of somebody's data.
    """
    request = DataRequest.objects.create(
        person_id=str(person.person_id),
        account_id=person.id,
        kind="EXPORT",
        state="PREPARING",
        asked_at=world.at,
    )
    privacy.make_copy(request_id=request.id, at=world.at)
    with privacy.open_copy(request_id=request.id, actor=person, at=world.at).content as content:
        archive = ZipFile(BytesIO(content.read()))
    parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
    return "\n".join([*archive.namelist(), *parts])


class TestMessages:
    def test_go_to_whom_a_case_belongs(self, world: World) -> None:
        principals = {case.id: case.principal for case in world.of(Kind.CASE)}

        told = list(
            Message.objects.filter(subject__in=principals).values_list("subject", "recipient_person_id")
        )

        assert told
        assert [(number, str(who)) for number, who in told if str(who) != principals[number]] == []


def _some(world: World, dice: Random, *, of_each: int) -> list[Actor]:
    """
    Return some of the sixteen actors: persons, staff, and systems or nobody; which ones differs from time to time.
    """
    people = [actor for actor in world.actors if actor.is_person]
    staff = [actor for actor in world.actors if actor.is_staff]
    others = [actor for actor in world.actors if actor not in (*people, *staff)]
    return [actor for group in (people, staff, others) for actor in dice.sample(group, of_each)]


def _faults(walker: Walker, door: Door) -> list[str]:
    if door.kind is None:
        return _faults_of_a_list(walker, door)
    return [*_faults_of_what_is_known(walker, door), *_faults_of_what_is_hidden(walker, door)]


def _opens(world: World, door: Door, *, become: Callable[[Actor], None]) -> bool:
    """
    Whether somebody who knows of a thing gets another answer than about one that never was.
    """
    nothing = walk.never(world, door.kind)
    for actor in world.actors:
        walker = Walker(world, actor, become=become)
        for thing in world.of(_kind(door)):
            if not door.known_to(actor, thing):
                continue
            of_thing = walker.answers(door, thing, only_reading=False)
            of_none = walker.answers(door, nothing, only_reading=False)
            for one, other in zip(of_thing, of_none, strict=True):
                asked, in_vain = _ids(walker, thing), _ids(walker, nothing)
                if _differences(door, walker, one.without(*asked), other.without(*in_vain)):
                    return True
    return False


def _answers_of_lists(walker: Walker) -> dict[Door, list[Answer]]:
    everywhere = {kind for kind in EVERYWHERE if oracle.knows(walker.actor, Thing(kind=kind, id=""))}
    return {
        door: walker.answers(door, None, only_reading=door.is_gate)
        for door in EVERY_DOOR
        if door.kind is None and door.name not in OF_THE_NODE | MADE_ANEW and door.of not in everywhere
    }


def _faults_of_a_list(walker: Walker, door: Door) -> list[str]:
    world = walker.world
    faults = []
    for answer in walker.answers(door, None, only_reading=door.is_gate):
        handed_in = _handed_in(world) if door.is_public else ()
        faults += _leaks(door, walker, answer.without(*handed_in))
        if door.exactly is not None and answer.status in {"200", "answered"}:
            faults += _inexact(door, walker, answer)
    return faults


def _faults_of_what_is_known(walker: Walker, door: Door) -> list[str]:
    known = [thing for thing in walker.world.of(_kind(door)) if door.known_to(walker.actor, thing)]
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
    hidden = [thing for thing in world.of(_kind(door)) if not door.known_to(walker.actor, thing)]
    if not hidden:
        return []
    thing = world.random.choice(hidden)
    nothing = walk.never(world, door.kind)
    # Once for what a process remembers afterwards: a second look must cost what the first one does.
    walker.answers(door, nothing, only_reading=False)
    faults = []
    of_none = walker.answers(door, nothing, only_reading=False)
    of_hidden = walker.answers(door, thing, only_reading=False)
    asked, in_vain = _ids(walker, thing), _ids(walker, nothing)
    for one, other in zip(of_hidden, of_none, strict=True):
        faults += _leaks(door, walker, one.without(*asked))
        faults += _differences(door, walker, one.without(*asked), other.without(*in_vain))
    return faults


SHUT = {
    "apply:draft-start": "who may know of what is not published applies for nothing",
    "tongban.support.identity.selectors.contact_of": "answers the node only",
    "tongban.support.mandates.selectors.representative_of": "answers the node only",
}
"""Doors that open to no actor of the world, and why."""
OF_THE_NODE = {"metrics"}
"""Counts of all that the node has to do, for who runs it."""
MADE_ANEW = {"workspace:factor-add"}
"""Pages that show a secret which is made for them, so that no two are alike."""
EVERYWHERE = {Kind.TEXT, Kind.ENTRY}
"""Kinds of which something comes with whatever happens; who may know of them knows of it."""
REVEALING = {"revealCase", "desk:case-reveal"}
"""Doors that show personal data in clear to whoever may act on the case and says why."""


def _only_shows(door: Door) -> bool:
    return door.name in REVEALING


def _kind(door: Door) -> Kind:
    if door.kind is None:
        raise LookupError(door.name)
    return door.kind


def _ids(walker: Walker, thing: Thing) -> tuple[str, ...]:
    """
    Return what a door is handed to ask for a thing: its ids, and whatever stands beside them in the address.
    """
    owner = thing.owner.id if thing.owner else ""
    facts = (str(thing.facts.get(name, "")) for name in ("id_number", "case"))
    return (thing.id, owner, *facts, *walker.beside(thing).values())


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


def _differences(
    door: Door,
    walker: Walker,
    hidden: Answer,
    none: Answer,
    *,
    words: str = "what is hidden from what never was",
) -> list[str]:
    who = f"{door.name} tells {_who(walker.actor)} {words}"
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
