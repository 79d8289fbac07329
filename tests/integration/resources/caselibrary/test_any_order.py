"""
Whatever the order in which streams bring rows, and however often: the library ends the same. Snapshots bring it whole.
"""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.factories import library as make
from tests.factories.exchange import CITY, TwoEnds, located
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.models import (
    LibraryPart,
    LibraryPlace,
    LibraryRecord,
    QualityFault,
    Tally,
    WaitingPart,
)
from tongban.resources.caselibrary.services import exchanging, tallies
from tongban.resources.caselibrary.values import Content, Kind, kind_of
from tongban.resources.exchange.values import Operation, Received

pytestmark = pytest.mark.django_db


def stories() -> list[Received]:
    """
    Return the life of two cases: applied for, accepted, ended and corrected; one of their rows is taken back.
    """
    told: list[tuple[Content, Operation]] = []
    for number in ("K1", "K2"):
        told += [
            (make.case(number, accepted_at=None, state="02"), Operation.UPDATE),
            (make.material(number), Operation.UPDATE),
            (make.case(number), Operation.UPDATE),
            (make.step(number), Operation.UPDATE),
            (make.special(number), Operation.UPDATE),
            (make.ended_case(number), Operation.UPDATE),
            (make.result(number, result_type="1"), Operation.UPDATE),
            (make.result(number), Operation.UPDATE),
            (make.rating(number), Operation.UPDATE),
        ]
    told += [
        (make.ended_case("K1", applied_at=make.APPLIED - timedelta(days=30)), Operation.UPDATE),
        (make.rating("K2"), Operation.DELETE),
    ]
    return [make.received(content, place, operation) for place, (content, operation) in enumerate(told, 1)]


def as_it_stands() -> tuple[object, ...]:
    """
    Return what the library holds, without the keys of its rows.
    """
    numbers = dict(LibraryRecord.objects.values_list("id", "number"))
    tallies.fold()
    return (
        sorted(LibraryRecord.objects.values_list("number", "state", "at", "result_type", "satisfaction")),
        sorted(
            (numbers[part.case_id], part.kind, part.at, part.content) for part in LibraryPart.objects.all()
        ),
        sorted(Tally.objects.values_list("month", "state", "count")),
        WaitingPart.objects.count(),
        QualityFault.objects.filter(mended_at=None).count(),
    )


def bring(streams: dict[Kind, list[Received]]) -> None:
    """
    Take stream after stream, the cases first.
    """
    with transaction.atomic():
        for kind in Kind:
            if kind in streams:
                services.take(kind, streams[kind], CITY, make.AT)


def empty() -> None:
    """
    Begin anew.
    """
    for model in (LibraryRecord, LibraryPart, LibraryPlace, WaitingPart, Tally, QualityFault):
        model.objects.all().delete()


class TestAnyOrder:
    @settings(
        max_examples=5,
        deadline=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(data=st.data())
    def test_of_streams_ends_in_the_same_library(self, data: st.DataObject) -> None:
        streams: dict[Kind, list[Received]] = {}
        for entry in stories():
            streams.setdefault(kind_of(entry.content), []).append(entry)
        empty()
        bring(streams)
        expected = as_it_stands()

        empty()
        waiting = {kind: list(entries) for kind, entries in streams.items()}
        while any(waiting.values()):
            kind = data.draw(st.sampled_from([kind for kind in waiting if waiting[kind]]))
            count = data.draw(st.integers(1, len(waiting[kind])))
            batch, waiting[kind] = waiting[kind][:count], waiting[kind][count:]
            with transaction.atomic():
                services.take(kind, batch, CITY, make.AT)
            if data.draw(st.booleans()):
                with transaction.atomic():
                    services.take(kind, batch, CITY, make.AT)

        assert as_it_stands() == expected


class TestASnapshot:
    def test_brings_every_row_once_page_by_page(self) -> None:
        make.take(*make.whole("K1"), *make.whole("K2"), make.step("K1", "2"))

        for kind, count in ((Kind.CASE, 2), (Kind.PROCESS, 3), (Kind.RATING, 2)):
            found: list[str] = []
            while rows := exchanging.snapshot(kind, found[-1] if found else "", 2):
                found += [key for key, _content in rows]

            assert len(found) == len(set(found)) == count

    def test_leaves_out_what_came_from_the_node_above(self) -> None:
        ends = TwoEnds()
        with transaction.atomic():
            services.take(Kind.CASE, [make.received(make.case(), 1)], "510000000000", make.AT)

        with located(ends.at_city):
            assert exchanging.snapshot(Kind.CASE, "", 10) == []
        with located(ends.at_province):
            assert len(exchanging.snapshot(Kind.CASE, "", 10)) == 1
