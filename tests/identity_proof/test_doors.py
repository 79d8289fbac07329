"""
The list of doors is whole: what is not on it has not been proved.
"""

from collections.abc import Collection, Iterable

from procrastinate.contrib.django import app as jobs

from tests.identity_proof import doors, walk
from tests.identity_proof.doors import Door
from tongban.config.cli import APP_COMMANDS

HOW = (
    "tests/identity_proof/doors.py does not know {missing}. Add each to {where}: by_id(Kind.…, name) for what opens"
    " one thing, scoped(name) for what shows the actor's own, open_to_all(reason, name) or gate(reason, name)."
)


def _require_all(listed: Iterable[Door], there_are: Collection[str], where: str) -> None:
    names = {door.name for door in listed}
    missing = sorted(set(there_are) - names)
    gone = sorted(names - set(there_are))

    assert not missing, HOW.format(missing=", ".join(missing), where=where)
    assert not gone, f"{where} in tests/identity_proof/doors.py names what is not there any more: {gone}"


class TestTheList:
    def test_has_every_address(self) -> None:
        _require_all(doors.PAGES, walk.pages(), "PAGES")

    def test_has_every_operation(self) -> None:
        _require_all(doors.OPERATIONS, walk.operations(), "OPERATIONS")

    def test_has_every_selector_that_takes_an_actor(self) -> None:
        _require_all(doors.SELECTORS, walk.selectors(), "SELECTORS")

    def test_says_why_a_selector_takes_no_actor(self) -> None:
        explained = {name for names in doors.UNSCOPED.values() for name in names}

        unknown = sorted(walk.unscoped_selectors() - explained)
        gone = sorted(explained - walk.unscoped_selectors())

        assert not unknown, f"{unknown}: let them take the actor, or say in UNSCOPED why there is none"
        assert not gone, f"UNSCOPED in tests/identity_proof/doors.py names what is not there any more: {gone}"

    def test_proves_every_door_that_takes_an_id(self) -> None:
        lists = [door.name for door in (*doors.PAGES, *doors.OPERATIONS) if door.kind is None]
        by_id = {door.name for door in (*doors.PAGES, *doors.OPERATIONS) if door.kind is not None}

        unproved = [
            name
            for name in lists
            if name not in by_id | set(doors.TAKE_IDS)
            and (walk.ids_asked_for(name) if name in walk.operations() else walk.ids_in_address(name))
        ]

        assert not unproved, f"{unproved} take an id: by_id(Kind.…, name), or say why not in TAKE_IDS"

    def test_has_every_job(self) -> None:
        ours = {name for name in jobs.tasks if not name.startswith(("builtin:", "procrastinate."))}
        _require_all(doors.JOBS, ours, "JOBS")

    def test_has_every_command(self) -> None:
        _require_all(doors.COMMANDS, APP_COMMANDS, "COMMANDS")

    def test_says_why_a_door_is_open(self) -> None:
        every = [*doors.PAGES, *doors.OPERATIONS, *doors.SELECTORS, *doors.JOBS, *doors.COMMANDS]

        assert [door.name for door in every if (door.is_public or door.is_gate) and not door.reason] == []
