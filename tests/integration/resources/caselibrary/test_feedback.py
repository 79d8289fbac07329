"""
质量反馈 between nodes: what shows late, and what another node passed on, is told to the node whose row it is.
"""

import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.db import connection, transaction

from tests.factories import library as make
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located
from tests.integration.resources.caselibrary.test_selectors import staff
from tongban.foundation import crypto
from tongban.resources.caselibrary import selectors
from tongban.resources.caselibrary.models import QualityFault
from tongban.resources.caselibrary.services import exchanging, faults, feedback
from tongban.resources.caselibrary.values import Content, Fault, Kind, kind_of
from tongban.resources.caselibrary.values.told import ToldFault
from tongban.resources.exchange.ports import Peer
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services.publishing import SEALED_AS
from tongban.resources.exchange.values import Operation, Received

pytestmark = pytest.mark.django_db

COUNTY = "511602000000"
NEXT_DAY = make.AT + timedelta(hours=25)


@pytest.fixture
def province() -> Iterator[None]:
    """
    Be the province, with a city, and a county below it that has a node of its own.
    """
    ends = TwoEnds()
    here = ends.at_province()
    city = Peer(code=CITY, name="", name_en="", url="", keys=(ends.city_key.public,))
    with located(lambda: replace(here, children=(city,), ways={COUNTY: CITY})):
        yield


def told(*contents: Content, first: int = 1) -> list[str]:
    """
    Have the city tell rows; return what it is answered.
    """
    codes: list[str] = []
    for number, content in enumerate(contents, start=first):
        with transaction.atomic():
            refused = exchanging.take_from(kind_of(content), [make.received(content, number)], CITY, make.AT)
        codes += [each.code for each in refused]
    return codes


def sent() -> list[tuple[str, str, bool]]:
    """
    Return what waits to be told: to whom, what is wrong, whether it is mended.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audience, content FROM exchange_outbox WHERE dataset = %s ORDER BY id", [feedback.DATASET]
        )
        rows = cursor.fetchall()
    found = []
    for audience, sealed in rows:
        packed = crypto.unseal(bytes(sealed), context=SEALED_AS)
        content = msgspec.json.decode(zlib.decompress(packed, wbits=batches.RAW), type=ToldFault)
        found.append((audience, content.code, content.is_mended))
    return found


@pytest.mark.usefixtures("province")
class TestAFaultThatShowsLate:
    def test_is_told_to_the_node_of_the_row_and_so_is_its_end(self) -> None:
        told(make.step(), make.ended_case("K2"))

        faults.note_missing(at=NEXT_DAY)
        faults.note_missing(at=NEXT_DAY + timedelta(days=1))

        assert sent() == [(CITY, Fault.CASE_MISSING, False), (CITY, Fault.RESULT_MISSING, False)]

        told(make.case(), make.result("K2"), first=9)

        assert sent()[2:] == [(CITY, Fault.CASE_MISSING, True), (CITY, Fault.RESULT_MISSING, True)]

    def test_is_told_when_a_row_that_waited_is_found_wrong(self) -> None:
        before_its_case = make.step(started_at=make.APPLIED - timedelta(days=3))

        assert told(before_its_case, make.case()) == []
        assert sent() == [(CITY, Fault.TIMES_OUT_OF_ORDER, False)]

    def test_is_told_once_each_however_many_there_are(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(faults, "AT_ONCE", 2)
        told(*(make.step(f"K{number}") for number in range(5)))

        assert faults.note_missing(at=NEXT_DAY) == 5
        assert len(sent()) == 5


@pytest.mark.usefixtures("province")
class TestAFaultOfARowThatWasPassedOn:
    def test_goes_to_its_own_node_because_the_answer_does_not(self) -> None:
        passed_on = make.case(node=COUNTY, state="99")

        assert told(passed_on, make.case("K2", state="99")) == [Fault.STATE_UNKNOWN, Fault.STATE_UNKNOWN]
        assert sent() == [(COUNTY, Fault.STATE_UNKNOWN, False)]

        told(make.case(node=COUNTY), first=3)

        assert sent()[1:] == [(COUNTY, Fault.STATE_UNKNOWN, True)]


class TestWhatIsTold:
    def take(self, *contents: ToldFault, first: int = 1) -> list[str]:
        entries = [
            Received(
                number=number,
                key=content.key,
                operation=Operation.UPDATE,
                made_at=make.AT,
                origin=PROVINCE,
                content=content,
            )
            for number, content in enumerate(contents, start=first)
        ]
        with transaction.atomic():
            return [each.code for each in feedback.take_told(entries, PROVINCE, make.AT)]

    def fault(self, **changes: object) -> ToldFault:
        facts = {
            "system": "old",
            "number": "K1",
            "kind": Kind.RESULT.value,
            "part": "1",
            "code": Fault.RESULT_MISSING.value,
            "found_at": make.AT,
        }
        return msgspec.convert({**facts, **changes}, ToldFault)

    def test_stands_among_the_faults_of_this_node_until_it_is_mended(self) -> None:
        ends = TwoEnds()
        reviewer = staff("DATA_REVIEWER")
        with located(ends.at_city):
            assert self.take(self.fault(), self.fault()) == []

            (row,) = selectors.faults(actor=reviewer).items
            assert (row.node, row.case_number, row.code, row.found_by) == (
                CITY,
                "K1",
                Fault.RESULT_MISSING,
                PROVINCE,
            )
            self.take(self.fault(is_mended=True), first=3)

            assert selectors.faults(actor=reviewer).items == []

    def test_does_not_end_with_what_the_own_library_takes(self) -> None:
        ends = TwoEnds()
        with located(ends.at_city):
            self.take(self.fault())
            make.take(make.ended_case(), make.result())

            assert QualityFault.objects.filter(mended_at=None).count() == 1

    def test_is_refused_where_its_words_are_unknown(self) -> None:
        ends = TwoEnds()
        with located(ends.at_city):
            wrong = [self.fault(code="new_code"), self.fault(kind="new"), self.fault()]

            assert self.take(*wrong) == ["code_unknown", "code_unknown"]
            assert QualityFault.objects.count() == 1
