"""
Streams that do not go on by themselves, and both ends compared.
"""

from collections.abc import Iterator
from datetime import timedelta

import psycopg
import pytest
from django.db import OperationalError, connection

from tests.factories.exchange import PROVINCE, TwoEnds, two_ends
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import civil_date
from tongban.resources.exchange import services
from tongban.resources.exchange.models import (
    DayCompared,
    Entry,
    Inbound,
    Position,
    ReceivedError,
    SentError,
    Stream,
)
from tongban.resources.exchange.models.outbound import Snapshot, SnapshotPart
from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.services import snapshots
from tongban.resources.exchange.values import FeedTrouble, Operation, Received

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = system_actor("tests")


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city and its province, without snapshots.
    """
    with two_ends(is_alone=True) as made:
        yield made


@pytest.fixture
def standing(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoEnds]:
    """
    Give a city whose things can be told as they stand, two in a part.
    """
    monkeypatch.setattr(snapshots, "LINES_OF_PART", 2)
    with two_ends(has_snapshot=True, is_alone=True) as made:
        yield made


def execute(statement: str, *parameters: bytes) -> None:
    """
    Do to the tables what no service would.
    """
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def ids(ends: TwoEnds) -> dict[str, object]:
    """
    Say which stream is meant.
    """
    return {
        "actor": ACTOR,
        "stream": Stream.objects.get().pk,
        "receiver": PROVINCE,
        "at": ends.at_now,
    }


class TestASnapshot:
    def test_brings_whoever_joins_late_how_everything_stands(self, standing: TwoEnds) -> None:
        for number in range(5):
            standing.write(f"k{number}", f"t{number}")
        standing.write("k0", "t0", Operation.DELETE)
        standing.library.rows["ghost"] = (0, standing.own["k1"])
        services.number_entries(at=standing.at_now)
        services.begin_streams(at=standing.at_now)

        assert standing.go_on() == 0

        assert standing.are_equal
        assert Inbound.objects.get().after == Position.objects.get().number == 6
        assert SnapshotPart.objects.count() == 0

        standing.write("k5", "t5")
        assert standing.go_on() == 1
        assert standing.are_equal

    def test_goes_on_with_the_part_the_receiver_lacks(self, standing: TwoEnds) -> None:
        for number in range(5):
            standing.write(f"k{number}", f"t{number}")
        services.number_entries(at=standing.at_now)
        services.begin_streams(at=standing.at_now)
        services.send_to(receiver=PROVINCE, at=standing.at_now)
        standing.loses_answers = True
        services.send_to(receiver=PROVINCE, at=standing.at_now)
        standing.loses_answers = False
        standing.at_now += timedelta(minutes=1)
        assert Snapshot.objects.get().sent_part == 1

        standing.go_on()

        assert standing.are_equal
        assert len(standing.library.order) == 5

    def test_is_sent_where_entries_are_no_longer_kept(self, standing: TwoEnds) -> None:
        standing.write("a", "1")
        standing.write("b", "1")
        standing.go_on()
        standing.is_cut = True
        standing.write("a", "2")
        standing.write("c", "1")
        standing.go_on()
        execute("DELETE FROM exchange_entry WHERE number <= 3")
        standing.is_cut = False
        standing.at_now += timedelta(minutes=1)

        standing.go_on()

        assert standing.are_equal
        assert Snapshot.objects.get().finished_at is not None

    def test_names_the_rows_that_were_refused(self, standing: TwoEnds) -> None:
        standing.library.refuses = lambda row: "bad" if row.key == "b" else ""
        for key in "abc":
            standing.write(key, "x")
        services.number_entries(at=standing.at_now)
        services.begin_streams(at=standing.at_now)

        standing.go_on()

        assert set(standing.library.rows) == {"a", "c"}
        assert SentError.objects.get().key == ReceivedError.objects.get().key == "b"


class TestASenderThatWasRestored:
    def test_goes_on_behind_the_receiver(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.go_on()
        kept = Stream.objects.get()
        ends.write("b", "2")
        ends.write("c", "3")
        ends.go_on()
        execute("DELETE FROM exchange_entry WHERE number > 1")
        Stream.objects.update(last=1, chain=kept.chain)
        Position.objects.update(number=1, chain=kept.chain, heard_at=None)
        ends.go_on()
        assert Position.objects.get().trouble == FeedTrouble.AHEAD

        assert services.continue_after(**ids(ends)) == 3  # type: ignore[arg-type]

        ends.write("d", "4")
        assert ends.go_on() == 1
        assert ends.library.rows["d"][0] == 4
        services.reconcile(actor=ACTOR, at=ends.at_now)
        compared = DayCompared.objects.get()
        assert (compared.ours, compared.theirs, compared.is_equal) == (2, 4, False)
        day = services.find_differences(day=civil_date(ends.at_now), **ids(ends))  # type: ignore[arg-type]
        assert (day.missing, day.unknown, day.different) == ((), (2, 3), ())

    def test_mends_a_fork_by_a_snapshot(self, standing: TwoEnds) -> None:
        standing.write("a", "1")
        standing.go_on()
        Inbound.objects.update(chain=batches.START)
        standing.write("a", "2")
        standing.go_on()
        assert Position.objects.get().trouble == FeedTrouble.FORKED
        assert Inbound.objects.get().forked_at is not None

        services.send_snapshot(**ids(standing))  # type: ignore[arg-type]
        standing.go_on()

        assert standing.are_equal
        assert Position.objects.get().trouble == ""
        assert Inbound.objects.get().forked_at is None

    def test_gives_up_what_nobody_has_where_there_is_no_snapshot(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.write("b", "2")
        services.number_entries(at=ends.at_now)
        execute("DELETE FROM exchange_entry WHERE number = 1")
        ends.go_on()
        assert Position.objects.get().trouble == FeedTrouble.GONE
        with pytest.raises(services.NoSnapshot):
            services.send_snapshot(**ids(ends))  # type: ignore[arg-type]

        assert services.continue_after(**ids(ends)) == 2  # type: ignore[arg-type]

        ends.write("c", "3")
        assert ends.go_on() == 1
        with pytest.raises(services.NothingToContinue):
            services.continue_after(**ids(ends))  # type: ignore[arg-type]


class TestReconciliation:
    def test_finds_what_one_end_lost_and_a_replay_brings_it(self, ends: TwoEnds) -> None:
        for number in range(4):
            ends.write(f"k{number}", "x")
        ends.go_on()
        assert services.reconcile(actor=ACTOR, at=ends.at_now).differing == 0
        execute("DELETE FROM exchange_receipt WHERE number = 3")
        execute("UPDATE exchange_receipt SET digest = %s WHERE number = 4", batches.START)
        ends.library.order.clear()

        found = services.reconcile(actor=ACTOR, at=ends.at_now)

        assert (found.streams, found.days, found.differing) == (1, 1, 1)
        day = services.find_differences(day=civil_date(ends.at_now), **ids(ends))  # type: ignore[arg-type]
        assert (day.missing, day.unknown, day.different) == ((3,), (), (4,))

        assert services.replay_from(number=3, **ids(ends)) == 2  # type: ignore[arg-type]
        ends.go_on()

        assert [number for _key, number in ends.library.order] == [3, 4]
        assert services.reconcile(actor=ACTOR, at=ends.at_now).differing == 0
        assert DayCompared.objects.get().is_equal

    def test_says_who_was_silent(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.go_on()
        ends.is_cut = True

        assert services.reconcile(actor=ACTOR, at=ends.at_now).silent == (
            (Stream.objects.get().pk, PROVINCE),
        )

    def test_refuses_to_replay_what_is_not_kept(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.write("b", "1")
        ends.go_on()
        Entry.objects.filter(number=1).delete()

        with pytest.raises(services.EntriesNotKept):
            services.replay_from(number=2, **ids(ends))  # type: ignore[arg-type]


class TestAReceiver:
    def test_takes_nothing_twice_when_its_answer_is_lost(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        ends.loses_answers = True
        ends.go_on()
        ends.loses_answers = False
        ends.write("b", "2")
        ends.at_now += timedelta(minutes=1)

        ends.go_on()

        assert ends.library.order == [("a", 1), ("b", 2)]
        assert services.reconcile(actor=ACTOR, at=ends.at_now).differing == 0

    @pytest.mark.parametrize(
        "error",
        [
            OperationalError("No space left on device"),
            OperationalError("cannot execute in a read-only transaction"),
            # What COPY raises is not Django's.
            psycopg.errors.DiskFull("No space left on device"),
            psycopg.errors.ReadOnlySqlTransaction("cannot execute COPY FROM in a read-only transaction"),
        ],
        ids=lambda error: type(error).__name__,
    )
    def test_asks_for_patience_when_its_database_takes_nothing(self, ends: TwoEnds, error: Exception) -> None:
        ends.write("a", "1")
        ends.library.breaks_on = error
        ends.go_on()
        position = Position.objects.get()
        assert (position.trouble, position.number) == (FeedTrouble.LATER, 0)
        assert position.next_try_at == ends.at_now + timedelta(seconds=30)
        ends.library.breaks_on = None

        services.retry_now(actor=ACTOR, receiver=PROVINCE, at=ends.at_now)

        assert ends.go_on() == 1

    def test_leaves_out_the_one_row_that_breaks_it(self, ends: TwoEnds) -> None:
        def take(row: Received) -> str:
            if row.key == "k3":
                raise KeyError(row.key)
            return ""

        ends.library.refuses = take
        for number in range(6):
            ends.write(f"k{number}", "x")

        assert ends.go_on() == 6

        error = SentError.objects.get()
        assert (error.number, error.code) == (4, "not_storable")
        assert {key for key, _number in ends.library.order} == {"k0", "k1", "k2", "k4", "k5"}

    def test_notes_a_clock_that_is_an_hour_wrong_and_goes_on(self, ends: TwoEnds) -> None:
        ends.write("a", "1")
        services.number_entries(at=ends.at_now)
        services.send_to(receiver=PROVINCE, at=ends.at_now + timedelta(hours=1))

        assert Inbound.objects.get().skew_seconds == 3600
        assert Inbound.objects.get().position == 1
