"""
Records of a city in the province's register, and a correction that goes back to who sent the datum.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tests.integration.resources.registers.registers import ENTITY, MARKET, load, prepare
from tongban.foundation import events
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.models import ReceivedError
from tongban.resources.exchange.values import Operation, Received
from tongban.resources.registers import ports
from tongban.resources.registers.models import Batch, Record, RecordAlias, RecordVersion
from tongban.resources.registers.services import sending, taking
from tongban.resources.registers.values import RecordState, RegisterCode

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city and its province.
    """
    with two_ends() as made:
        prepare()
        yield made


def go(ends: TwoEnds) -> int:
    """
    Number and send what there is.
    """
    ends.at_now += timedelta(minutes=1)
    streams.number_entries(at=ends.at_now)
    return streams.send_to(receiver=PROVINCE, at=ends.at_now).count


def forget() -> None:
    """
    Empty the register, as if it were another node's.
    """
    RecordAlias.objects.all().delete()
    RecordVersion.objects.all().delete()
    Record.objects.all().delete()


class TestRecordsGoUp:
    def test_with_their_source_and_once(self, ends: TwoEnds, tmp_path: Path) -> None:
        load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET, at=ends.at_now)
        sent = Record.objects.get()
        forget()

        assert go(ends) == 1

        taken = Record.objects.get()
        assert (taken.fields, taken.state, taken.feeds) == (sent.fields, RecordState.CONFIRMED, {CITY: 1})
        assert taken.lineage["name"]["s"] == MARKET
        assert Batch.objects.get(id=taken.lineage["name"]["b"]).node_code == CITY
        assert taken.lineage["name"]["t"] == sent.lineage["name"]["t"]
        assert not ReceivedError.objects.exists()

    def test_whole_for_who_joins_late_and_ends_what_is_no_more(self, ends: TwoEnds, tmp_path: Path) -> None:
        load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET, at=ends.at_now)

        ((key, content),) = taking.snapshot_of_records("", 10)
        Record.objects.update(feeds={CITY: 4})
        with transaction.atomic():
            swept = [taking.sweep_records(CITY, number, ends.at_now) for number in (4, 5)]

        assert (key, content.fields) == (str(Record.objects.get().id), Record.objects.get().fields)
        assert swept == [0, 1]
        assert Record.objects.get().state == RecordState.ENDED
        assert taking.snapshot_of_records("", 10) == []

    def test_but_not_the_population(self, ends: TwoEnds, tmp_path: Path) -> None:
        load(tmp_path, {"id_number": "511602199003079111", "name": "王示例"}, at=ends.at_now)

        assert go(ends) == 0


class TestCorrectionsComeBack:
    def test_and_who_used_the_datum_here_is_told(self, ends: TwoEnds, tmp_path: Path) -> None:
        load(tmp_path, ENTITY, register=RegisterCode.ENTITY, agency=MARKET, at=ends.at_now)
        at = ends.at_now + timedelta(days=1)
        content = sending.CorrectionSent(
            register="ENTITY",
            record_key=ENTITY["credit_code"],
            field="legal_representative",
            value="李示范",
            agency_code=MARKET,
            at=at.isoformat(),
            dispute_number="JH1",
        )
        entry = Received(
            number=1, key="x", operation=Operation.UPDATE, made_at=at, origin=PROVINCE, content=content
        )

        with transaction.atomic():
            assert not taking.take_corrections([entry], PROVINCE, at)
            assert not taking.take_corrections([entry], PROVINCE, at)

        record = Record.objects.get()
        assert (record.fields["legal_representative"], record.version) == ("李示范", 2)
        told: list[ports.RecordCorrection] = []
        ports.tell_users_by(told.append)
        assert events.deliver_all(at=at) >= 1
        ports.tell_users_by(lambda _correction: None)
        assert told == []  # nobody had used it

    def test_to_the_nodes_that_sent_it(self, ends: TwoEnds) -> None:
        content = sending.CorrectionSent(
            register="ENTITY",
            record_key=ENTITY["credit_code"],
            field="name",
            value="新名",
            agency_code=MARKET,
            at="2026-11-20T02:00:00+00:00",
            dispute_number="JH1",
        )

        with located(ends.at_province), transaction.atomic():
            told = sending.tell_nodes(
                nodes={CITY, PROVINCE, ""}, record_id=Record().id, content=content, at=ends.at_now
            )

        assert told == 1
