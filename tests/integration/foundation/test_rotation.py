import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import identity
from tests.factories.database import empty_logs
from tongban.config import keys as key_module
from tongban.config.keys import KeyFile
from tongban.foundation import crypto, rotation
from tongban.foundation.crypto import SealBroken, at_rest
from tongban.support.identity.models import Person
from tongban.support.identity.services.numbers import index_of_id_number

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PERSON = "identity.Person"


@pytest.fixture
def key_file(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> KeyFile:
    """
    Keys of this test alone, which every thread looks at anew each time.
    """
    monkeypatch.setattr(key_module, "LOOK_AGAIN_SECONDS", 0.0)
    file = KeyFile(tmp_path)
    file.load()
    settings.TONGBAN_KEYS = file
    return file


def new_key(file: KeyFile) -> int:
    with file.changing() as change:
        return change.add_key(at=NOW, is_standby=False)


def new_root(file: KeyFile) -> None:
    with file.changing() as change:
        change.use_root(change.add_root(at=NOW), at=NOW)


def rotate() -> rotation.RotationReport:
    return rotation.seal_anew(batch=7, pause_seconds=0.01)


def rotate_apart() -> None:
    """
    Rotate on a connection of its own.
    """
    try:
        rotate()
    finally:
        connection.close()


def key_ids() -> set[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT get_byte(name, 1) FROM identity_person UNION SELECT get_byte(id_number, 1) FROM identity_person "
            "UNION SELECT get_byte(mobile, 1) FROM identity_person WHERE mobile IS NOT NULL"
        )
        return {row[0] for row in cursor.fetchall()}


def people(count: int) -> list[uuid.UUID]:
    return [uuid.UUID(identity.citizen(name=f"张三{number}").person_id) for number in range(count)]


def test_every_blind_index_of_every_model_can_be_made_anew() -> None:
    assert rotation.undeclared_indexes() == []


@pytest.mark.django_db(transaction=True)
class TestSealAnew:
    def test_leaves_no_row_to_the_old_key_and_every_value_as_it_was(self, key_file: KeyFile) -> None:
        ids = people(20)
        before = {row.id: (row.name, row.id_number, row.mobile) for row in Person.objects.all()}
        second = new_key(key_file)

        report = rotate()

        assert (report.sealed[PERSON], report.left) == (len(ids), {})
        assert key_ids() == {second}
        assert {row.id: (row.name, row.id_number, row.mobile) for row in Person.objects.all()} == before

    def test_a_second_time_has_nothing_to_do(self, key_file: KeyFile) -> None:
        people(3)
        new_key(key_file)
        rotate()

        assert rotate().sealed == {}

    def test_goes_on_where_it_was_broken_off(self, key_file: KeyFile) -> None:
        people(10)
        new_key(key_file)
        rounds = rotation._rounds(_table(), batch=4)
        next(rounds)
        del rounds

        report = rotate()

        assert report.sealed[PERSON] == 6

    def test_waits_for_a_row_that_somebody_holds_and_keeps_his_update(self, key_file: KeyFile) -> None:
        first, *_rest = people(5)
        old_key = key_file.load().active
        held, go_on = Event(), Event()

        def change() -> None:
            try:
                with transaction.atomic():
                    person = Person.objects.select_for_update().get(id=first)
                    held.set()
                    go_on.wait(10)
                    # As a process would that has not noticed the new key.
                    sealed = at_rest._sealed(
                        key_file.load().data[old_key].secret,
                        bytes((1, old_key)),
                        "李四".encode(),
                        "identity.person.name",
                    )
                    with connection.cursor() as cursor:
                        cursor.execute(
                            "UPDATE identity_person SET name = %s WHERE id = %s", [sealed, person.id]
                        )
            finally:
                connection.close()

        thread = Thread(target=change)
        thread.start()
        held.wait(10)
        second = new_key(key_file)
        rotator = Thread(target=rotate_apart)
        rotator.start()
        go_on.set()
        thread.join()
        rotator.join()

        assert Person.objects.get(id=first).name == "李四"
        assert key_ids() == {second}

    def test_loses_no_update_under_concurrent_writers(self, key_file: KeyFile) -> None:
        ids = people(30)
        stop = Event()
        written: dict[uuid.UUID, str] = {}
        problems: list[Exception] = []

        def write(worker: int) -> None:
            turn = 0
            try:
                while not stop.is_set():
                    person_id = ids[(turn % 7) * 4 + worker]
                    with transaction.atomic():
                        person = Person.objects.locked().get(id=person_id)
                        person.name = f"改{worker}-{turn}"
                        person.save(update_fields=["name"])
                    written[person_id] = person.name
                    turn += 1
            except Exception as error:  # noqa: BLE001 -- reported below
                problems.append(error)
            finally:
                connection.close()

        writers = [Thread(target=write, args=(worker,)) for worker in range(4)]
        for writer in writers:
            writer.start()
        reports = []
        for _turn in range(3):
            new_key(key_file)
            reports.append(rotate())
        stop.set()
        for writer in writers:
            writer.join()

        assert problems == []
        assert [report.left for report in reports] == [{}] * 3
        assert len(written) >= 4
        assert {person_id: Person.objects.get(id=person_id).name for person_id in written} == written
        rotate()
        assert key_ids() == {4}

    def test_a_key_that_was_retired_opens_nothing_any_more(self, key_file: KeyFile) -> None:
        people(1)
        old = crypto.seal(b"text", context="place")
        new_key(key_file)
        rotate()

        with key_file.changing() as change:
            change.retire_key(1, keep_for_log=False)

        with pytest.raises(SealBroken):
            crypto.unseal(old, context="place")
        assert Person.objects.get().name == "张三0"

    def test_tells_which_models_need_a_key(self, key_file: KeyFile) -> None:
        people(2)
        new_key(key_file)
        people(1)

        assert rotation.uses_of(1)[PERSON] == 2
        assert rotation.uses_of(2)[PERSON] == 1


@pytest.mark.django_db(transaction=True)
class TestIndexAnew:
    def test_finds_people_before_during_and_after(self, key_file: KeyFile) -> None:
        number = identity.id_number(sequence=901)
        identity.citizen(number=number)
        found = []

        new_root(key_file)
        found.append(Person.objects.filter(id_number_index=index_of_id_number(number)).count())
        report = rotation.index_anew(batch=3, pause_seconds=0.01)
        found.append(Person.objects.filter(id_number_index=index_of_id_number(number)).count())
        with key_file.changing() as change:
            change.drop_roots()
        found.append(Person.objects.filter(id_number_index=index_of_id_number(number)).count())

        assert found == [1, 1, 1]
        assert (report.changed[PERSON], report.conflicts) == (2, [])

    def test_names_people_who_were_registered_twice(self, key_file: KeyFile) -> None:
        number = identity.id_number(sequence=902)
        first = identity.citizen(number=number)
        new_root(key_file)
        second = identity.citizen(number=number)

        report = rotation.index_anew(batch=3, pause_seconds=0.01)

        assert report.conflicts == [f"{PERSON} {first.person_id}"]
        assert second.person_id != first.person_id

    def test_leaves_the_rows_somebody_holds_for_the_next_pass(self, key_file: KeyFile) -> None:
        people(4)
        held, go_on = Event(), Event()

        def hold() -> None:
            try:
                with transaction.atomic():
                    list(Person.objects.locked())
                    held.set()
                    go_on.wait(10)
            finally:
                connection.close()

        thread = Thread(target=hold)
        thread.start()
        held.wait(10)
        new_root(key_file)
        Timer(0.05, go_on.set).start()
        report = rotation.index_anew(batch=3, pause_seconds=0.02)
        thread.join()

        assert report.changed[PERSON] == 8


@pytest.fixture(autouse=True)
def _no_logs(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "key_file" in request.fixturenames:
        empty_logs()


def _table() -> rotation.SealedTable:
    return next(table for table in rotation.sealed_tables() if table.label == PERSON)
