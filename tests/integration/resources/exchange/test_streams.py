"""
A stream from a city to its province: written, numbered, sent, taken.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection

from tests.factories.exchange import TwoEnds, two_ends
from tongban.resources.exchange.models import Entry, Inbound, Position, ReceivedError, SentError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city and its province.
    """
    with two_ends(is_alone=True) as made:
        yield made


class TestAStream:
    def test_brings_what_was_written_in_its_order(self, ends: TwoEnds) -> None:
        for number in range(5):
            ends.write(f"k{number % 2}", f"t{number}")

        assert ends.go_on() == 5

        assert {key: row[1].title for key, row in ends.library.rows.items()} == {"k0": "t4", "k1": "t3"}
        assert [number for _key, number in ends.library.order] == [1, 2, 3, 4, 5]
        assert Position.objects.get().number == Inbound.objects.get().position == 5

    def test_goes_on_where_it_was_after_a_silence(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.is_cut = True
        ends.go_on()
        ends.write("b", "2")
        ends.is_cut = False

        assert ends.go_on() == 0  # waits a little

        ends.at_now += timedelta(minutes=1)
        assert ends.go_on() == 2
        assert len(ends.library.order) == 2

    def test_takes_a_batch_once_that_comes_twice(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.go_on()
        ends.write("a", "2")
        ends.go_on()

        for envelope in list(ends.seen):
            ends.carry(None, envelope)  # type: ignore[arg-type]

        assert ends.library.order == [("a", 1), ("a", 2)]

    def test_sends_again_what_a_receiver_lost(self, ends: TwoEnds) -> None:
        for number in range(3):
            ends.write(f"k{number}", "x")
        ends.go_on()
        first = Entry.objects.get(number=1)
        Inbound.objects.update(position=1, chain=first.chain)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM exchange_receipt WHERE number > 1")
        ends.library.order.clear()
        ends.write("k3", "x")

        ends.go_on()

        assert [number for _key, number in ends.library.order] == [2, 3, 4]

    def test_tells_the_sender_what_was_not_taken_and_goes_on(self, ends: TwoEnds) -> None:
        ends.library.refuses = lambda row: "bad_title" if row.content.title == "bad" else ""
        ends.write("a", "good")
        ends.write("b", "bad")
        ends.write("c", "good")

        assert ends.go_on() == 3

        assert set(ends.library.rows) == {"a", "c"}
        assert [(error.number, error.code) for error in SentError.objects.all()] == [(2, "bad_title")]

        ends.write("b", "better")
        ends.go_on()

        assert SentError.objects.get().mended_by == ReceivedError.objects.get().mended_by == 4
