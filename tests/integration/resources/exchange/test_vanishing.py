"""
What a node below has no more vanishes above, too: where a snapshot ends things, a province tells the nation so.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from django.db import connection, transaction
from pytest_django import Settings

from tests.factories import library
from tests.factories.datasets import definition
from tests.factories.exchange import located
from tests.integration.resources.registers import registers
from tongban.foundation.crypto import sm2
from tongban.resources.caselibrary.models import LibraryPlace
from tongban.resources.caselibrary.values import Kind
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.values import DatasetEntry
from tongban.resources.exchange import ports
from tongban.resources.exchange.values import Contract, Operation, Received
from tongban.resources.registers.models import Record
from tongban.resources.registers.values import RecordState, RegisterCode

pytestmark = pytest.mark.django_db
NATION, PROVINCE, CITY, OTHER = "000000000000", "510000000000", "511600000000", "510100000000"
AT = datetime.fromisoformat("2026-11-20T10:00:00+08:00")


def peer(code: str) -> ports.Peer:
    """
    Return a node.
    """
    key = sm2.generate().public
    return ports.Peer(code=code, name=code, name_en="", url="https://node.example", keys=(key,))


@pytest.fixture(autouse=True)
def province(settings: Settings) -> Iterator[None]:
    """
    Be a province between the nation and a city.
    """
    settings.TONGBAN_NODE = settings.TONGBAN_NODE.model_copy(update={"division_code": PROVINCE})
    place = ports.Neighbours(
        own_code=PROVINCE, own_key=sm2.generate(), parent=peer(NATION), children=(peer(CITY), peer(OTHER))
    )
    with located(lambda: place):
        yield


def contract(code: str) -> Contract:
    """
    Return a contract that some app has registered.
    """
    found = ports.contract(code)
    assert found is not None
    return found


def sweep(code: str, *, number: int = 9) -> int:
    """
    End a snapshot of the city with this number, in which there was nothing.
    """
    ends = contract(code).sweep
    assert ends is not None
    with transaction.atomic():
        return ends(CITY, number, AT)


def told_above() -> list[tuple[str, str, str]]:
    """
    Return what waits for the nation: dataset, operation, and where it was made.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT dataset, operation, origin FROM exchange_outbox WHERE audience = 'PARENT' ORDER BY id"
        )
        return [tuple(row) for row in cursor.fetchall()]


def forget_told() -> None:
    """
    Let nothing wait for the nation.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM exchange_outbox")


class TestWhatASnapshotEnds:
    def test_of_the_case_library_is_told_as_deleted(self) -> None:
        library.take(*library.whole())

        gone = [sweep(Kind.MATERIAL.dataset), sweep(Kind.CASE.dataset)]

        assert gone == [1, 1]
        assert told_above() == [
            (Kind.MATERIAL.dataset, "D", CITY),
            (Kind.CASE.dataset, "D", CITY),
        ]
        assert not LibraryPlace.objects.exists()

    def test_of_the_catalogue_is_told_as_withdrawn(self) -> None:
        content = DatasetEntry(
            node=CITY,
            code="306018/000009",
            version=1,
            state="IN_USE",
            published_at="2026-11-20T00:00:00+00:00",
            definition=definition(),
        )
        entry = Received(
            number=1, key="x", operation=Operation.UPDATE, made_at=AT, origin=CITY, content=content
        )
        contract("datasets.catalogue").take([entry], CITY, AT)

        assert sweep("datasets.catalogue") == 1

        stand = contract("datasets.catalogue").snapshot
        assert stand is not None
        ((_key, told, *_origin),) = stand("", 9)
        assert told_above() == [("datasets.catalogue", "U", CITY)]
        assert told == DatasetEntry(
            **{name: getattr(content, name) for name in content.__struct_fields__} | {"state": "WITHDRAWN"}
        )

    def test_of_the_catalogue_above_is_told_nobody(self) -> None:
        Dataset.objects.create(
            node=NATION,
            code="306018/000009",
            taken_from=NATION,
            taken_number=1,
            version=1,
            state="IN_USE",
            changed_at=AT,
            definition=msgspec.to_builtins(definition()),
        )
        ends, stand = contract("datasets.reference").sweep, contract("datasets.catalogue").snapshot
        assert ends is not None
        assert stand is not None

        with transaction.atomic():
            assert ends(NATION, 9, AT) == 1

        assert told_above() == []
        assert stand("", 9) == []

    def test_of_a_register_is_told_as_ended(self, tmp_path: Path) -> None:
        registers.prepare()
        registers.load(
            tmp_path, registers.ENTITY, register=RegisterCode.ENTITY, agency=registers.MARKET, at=AT
        )
        Record.objects.update(feeds={CITY: 1})
        forget_told()

        assert sweep("registers.records") == 1

        assert told_above() == [("registers.records", "D", PROVINCE)]
        assert Record.objects.get().state == RecordState.ENDED


class TestADeletion:
    def test_counts_from_the_node_of_the_area_only(self) -> None:
        library.take(*library.whole())
        case, part = library.case(), library.material()
        theirs = [library.received(each, 99, Operation.DELETE) for each in (case, part)]

        with transaction.atomic():
            refused = [
                *contract(Kind.CASE.dataset).take(theirs[:1], OTHER, AT),
                *contract(Kind.MATERIAL.dataset).take(theirs[1:], OTHER, AT),
            ]

        assert [each.code for each in refused] == ["node_outside_area"] * 2
        assert LibraryPlace.objects.count() == 1
        assert sweep(Kind.MATERIAL.dataset) == 1
