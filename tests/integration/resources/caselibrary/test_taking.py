"""
Rows of other nodes and systems: taken once, in any order of their streams, judged, mended, taken away.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.factories import library as make
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.models import (
    Arrival,
    LibraryPart,
    LibraryPlace,
    LibraryRecord,
    PushBack,
    QualityFault,
    Tally,
    WaitingPart,
)
from tongban.resources.caselibrary.services import exchanging, faults, tallies
from tongban.resources.caselibrary.values import (
    ApplicantContent,
    CaseState,
    Content,
    Fault,
    Kind,
    key_of,
    kind_of,
)
from tongban.resources.exchange import services as exchange
from tongban.resources.exchange.models import SentError
from tongban.resources.exchange.ports import Peer
from tongban.resources.exchange.values import Operation

pytestmark = pytest.mark.django_db
COUNTY = "511602000000"


def kinds() -> list[str]:
    """
    Return the kinds of the rows that lie in the library.
    """
    return sorted(LibraryPart.objects.values_list("kind", flat=True))


def counts() -> dict[str, int]:
    """
    Return how many cases the tallies know, by state.
    """
    tallies.fold()
    return {row.state: row.count for row in Tally.objects.all()}


def codes() -> list[str]:
    """
    Return what is wrong now.
    """
    return sorted(QualityFault.objects.filter(mended_at=None).values_list("code", flat=True))


class TestRowsOfACase:
    def test_come_whole_into_the_library(self) -> None:
        make.take(*make.whole())

        record = LibraryRecord.objects.get()
        assert kinds() == ["licence", "material", "process", "rating", "result", "special"]
        assert (record.result_type, record.satisfaction, record.state) == ("0", 5, "10")
        assert counts() == {CaseState.ENDED: 1}
        assert Arrival.objects.count() == 7
        assert codes() == []

    def test_wait_for_their_case_where_their_stream_is_ahead(self) -> None:
        base, *rest = make.whole()

        waiting = make.take(*reversed(rest))

        assert WaitingPart.objects.count() == 6
        assert [each.faulty for each in waiting] == [[]] * 6
        assert kinds() == []

        make.take(base)

        assert len(kinds()) == 6
        assert not WaitingPart.objects.exists()
        assert LibraryRecord.objects.get().result_type == "0"

    def test_wait_for_its_acceptance(self) -> None:
        make.take(make.case(accepted_at=None, state="02"), make.result())

        assert WaitingPart.objects.get().code == Fault.NOT_ACCEPTED
        assert kinds() == []

        make.take(make.ended_case(), first=3)

        assert kinds() == ["result"]

    def test_are_a_fault_when_they_wait_for_a_day(self) -> None:
        make.take(make.step())

        assert faults.note_missing(at=make.AT + timedelta(hours=23)) == 0
        assert faults.note_missing(at=make.AT + timedelta(hours=25)) == 1
        assert codes() == [Fault.CASE_MISSING]

        make.take(make.case())

        assert codes() == []

    def test_lack_a_result_a_day_after_the_end(self) -> None:
        make.take(make.ended_case())

        faults.note_missing(at=make.AT)

        assert codes() == [Fault.RESULT_MISSING]

        make.take(make.result())

        assert codes() == []


class TestNumbers:
    def test_let_nothing_older_change_anything(self) -> None:
        make.take(make.ended_case(), first=5)

        taken = make.take(make.case(), first=4)

        assert taken[0].changed == []
        assert LibraryRecord.objects.get().state == CaseState.ENDED

    def test_let_a_replay_change_nothing(self) -> None:
        make.take(*make.whole())
        before = list(LibraryPart.objects.order_by("id").values_list("id", "taken"))

        again = make.take(*make.whole())

        assert [each.changed for each in again] == [[]] * 7
        assert list(LibraryPart.objects.order_by("id").values_list("id", "taken")) == before
        assert counts() == {CaseState.ENDED: 1}

    def test_move_a_case_whose_day_was_corrected(self) -> None:
        make.take(*make.whole())
        earlier = make.APPLIED - timedelta(days=40)

        make.take(make.ended_case(applied_at=earlier), first=20)

        record = LibraryRecord.objects.get()
        assert record.at == earlier
        assert set(LibraryPart.objects.values_list("at", flat=True)) == {earlier}
        assert record.result_type == "0"
        assert sum(counts().values()) == 1

    def test_take_what_a_snapshot_left_out_away(self) -> None:
        make.take(make.case("K1"), make.step("K1"), make.case("K2"), make.step("K2"))
        make.take(make.case("K2"), first=9)

        with transaction.atomic():
            assert services.swept(Kind.CASE, source=CITY, number=9) == 1

        assert list(LibraryPlace.objects.values_list("number", flat=True)) == ["K2"]
        assert LibraryPart.objects.count() == 1
        assert sum(counts().values()) == 1

    def test_take_a_deleted_row_away(self) -> None:
        make.take(*make.whole())

        with transaction.atomic():
            services.take(Kind.RESULT, [make.received(make.result(), 30, Operation.DELETE)], CITY, make.AT)
        without_result = LibraryRecord.objects.get()
        with transaction.atomic():
            services.take(Kind.CASE, [make.received(make.case(), 31, Operation.DELETE)], CITY, make.AT)

        assert without_result.result_type == ""
        assert not LibraryRecord.objects.exists()
        assert not LibraryPart.objects.exists()
        assert counts() == {}


class TestWhatIsWrong:
    def test_is_told_with_the_national_table_and_a_stable_code(self) -> None:
        (taken,) = make.take(make.case(state="99"))

        assert [(each.code, each.text) for each in taken.refused(Kind.CASE)] == [
            ("state_unknown", "up_pro_accept：办件状态代码不存在")
        ]
        assert codes() == [Fault.STATE_UNKNOWN]

    def test_is_mended_by_a_row_with_a_higher_number(self) -> None:
        make.take(make.case(state="99"), make.case())

        fault = QualityFault.objects.get()
        assert fault.mended_at == make.AT
        assert LibraryRecord.objects.count() == 1

    def test_stops_no_other_row_of_the_batch(self) -> None:
        rows = [make.case("K1"), make.case("K2", state="99"), make.case("K3")]
        entries = [make.received(row, number) for number, row in enumerate(rows, start=1)]

        with transaction.atomic():
            taken = services.take(Kind.CASE, entries, CITY, make.AT)

        assert [each.number for each in taken.refused(Kind.CASE)] == [2]
        assert sorted(LibraryRecord.objects.values_list("number", flat=True)) == ["K1", "K3"]


class TestOwnCases:
    def test_are_told_apart_though_their_numbers_are_equal(self) -> None:
        wrong = ApplicantContent(name="王", kind="1", id_type="111", id_number="110105194912310021")
        rows = [make.case("K1", state="99"), make.case("K2", applicant=wrong), make.case("K3")]
        cases = [services.WholeCase(number=1, contents=(row,)) for row in rows]

        with transaction.atomic():
            services.take_own(cases, at=make.AT)

        found = QualityFault.objects.order_by("case_number").values_list("case_number", "code")
        assert list(found) == [("K1", Fault.STATE_UNKNOWN), ("K2", Fault.ID_NUMBER_INVALID)]
        assert LibraryRecord.objects.get().number == "K3"


class TestFromACityToItsProvince:
    @pytest.fixture
    def ends(self) -> Iterator[TwoEnds]:
        """
        Give a city and its province that exchange the case library.
        """
        with two_ends() as made:
            yield made

    def go(self, ends: TwoEnds) -> None:
        """
        Number and send until nothing more goes.
        """
        is_more = True
        while is_more:
            exchange.number_entries(at=ends.at_now)
            is_more = exchange.send_to(receiver=PROVINCE, at=ends.at_now).is_more

    def publish(self, *contents: Content) -> None:
        """
        Write rows into the city's streams.
        """
        with transaction.atomic():
            for content in contents:
                exchange.publish(
                    dataset=kind_of(content).dataset,
                    key=key_of(content),
                    operation=Operation.UPDATE,
                    content=content,
                    at=make.AT,
                )

    def test_a_case_arrives_with_everything_and_what_is_wrong_goes_back(self, ends: TwoEnds) -> None:
        self.publish(*make.whole("K1"), make.case("K2", division_code="440100000000"))

        self.go(ends)

        record = LibraryRecord.objects.get()
        place = LibraryPlace.objects.get()
        assert (record.node, place.source, len(kinds())) == (CITY, CITY, 6)
        assert [error.code for error in SentError.objects.all()] == [Fault.DIVISION_INVALID]

    def test_rows_of_an_area_go_back_to_its_node(self, ends: TwoEnds) -> None:
        PushBack.objects.create(division_code=COUNTY, node=COUNTY, begun_at=make.AT, begun_by="张审核")
        county = Peer(code=COUNTY, name="", name_en="", url="", keys=(ends.city_key.public,))
        here = replace(ends.at_province(), children=(county,))
        entries = [make.received(make.case(), 1)]

        with located(lambda: here), transaction.atomic():
            exchanging.take_from(Kind.CASE, entries, CITY, make.AT)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT dataset, audience, key FROM exchange_outbox WHERE dataset LIKE 'caselibrary.push%'"
            )
            assert cursor.fetchall() == [("caselibrary.pushback", COUNTY, f"{CITY}/old/K1")]
