"""
Announcements reach every subscriber, in order per case, with one effect, whatever fails on the way.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from tests.factories import casework as make
from tests.factories.database import empty_logs
from tests.factories.life import AT
from tests.factories.parallel import in_parallel
from tongban.business.casework.models import Notice
from tongban.foundation import events
from tongban.foundation.models import Delivery

TOPIC = "tests.something_happened"
EFFECTS = "CREATE TABLE tests_effect (id bigserial, subscriber text, key text, number int)"


class Broken(Exception):
    """
    What a reaction raises that cannot do its work now.
    """


class Listener:
    """
    A subscriber that fails as often as it is told to, after having done its work.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.failures: dict[tuple[str, int], int] = defaultdict(int)
        self.tried: list[tuple[str, int]] = []
        events.subscribe(TOPIC, subscriber=name, reaction=self.react)

    def react(self, fact: events.Announced) -> None:
        what = (fact.key, fact.payload["number"])
        self.tried.append(what)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO tests_effect (subscriber, key, number) VALUES (%s, %s, %s)", [self.name, *what]
            )
        if self.failures[what]:
            self.failures[what] -= 1
            raise Broken

    def effects(self, key: str) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT number FROM tests_effect WHERE subscriber = %s AND key = %s ORDER BY id",
                [self.name, key],
            )
            return [row[0] for row in cursor.fetchall()]


@pytest.fixture
def table() -> Iterator[None]:
    """
    Make a table for what the listeners do.
    """
    with connection.cursor() as cursor:
        cursor.execute(EFFECTS)
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tests_effect")


@pytest.fixture
def listeners() -> Iterator[tuple[Listener, Listener]]:
    """
    Let two listen, and forget them afterwards.
    """
    yield Listener("tests.first"), Listener("tests.second")
    for name in ("tests.first", "tests.second"):
        events._reactions.pop((TOPIC, name))
    events._subscribers.pop(TOPIC)


def announce(key: str, *numbers: int) -> None:
    for number in numbers:
        with transaction.atomic():
            events.announce(topic=TOPIC, key=key, at=AT, payload={"number": number})


@transaction.atomic
def announce_and_fail() -> None:
    events.announce(topic=TOPIC, key="A", at=AT, payload={"number": 1})
    raise Broken


Two = tuple[Listener, Listener]


@pytest.mark.django_db
@pytest.mark.usefixtures("table")
class TestDeliverPending:
    def test_hands_a_fact_to_every_subscriber_in_order(self, listeners: Two) -> None:
        announce("A", 1, 2, 3)

        events.deliver_all(at=AT)

        assert [listener.effects("A") for listener in listeners] == [[1, 2, 3], [1, 2, 3]]
        assert Delivery.objects.count() == 0

    def test_lets_what_follows_wait_for_what_failed_and_blocks_nobody_else(self, listeners: Two) -> None:
        first, second = listeners
        first.failures["A", 1] = 1
        announce("A", 1, 2)
        announce("B", 1)

        events.deliver_all(at=AT)

        assert first.effects("A") == []
        assert first.effects("B") == [1]
        assert second.effects("A") == [1, 2]
        assert Delivery.objects.filter(subscriber="tests.first", key="A").count() == 2

    def test_tries_again_in_order_until_it_succeeds(self, listeners: Two) -> None:
        first, _second = listeners
        first.failures["A", 1], first.failures["A", 2] = 3, 2
        announce("A", 1, 2, 3)

        for minute in range(20):
            events.deliver_all(at=AT + timedelta(minutes=minute))

        assert first.tried == [("A", 1)] * 4 + [("A", 2)] * 3 + [("A", 3)]
        assert first.effects("A") == [1, 2, 3]
        assert Delivery.objects.count() == 0

    def test_waits_longer_after_each_failure_up_to_ten_minutes(self, listeners: Two) -> None:
        first, _second = listeners
        first.failures["A", 1] = 99
        announce("A", 1)
        at, waits = AT, []

        for _ in range(12):
            events.deliver_all(at=at)
            owed = Delivery.objects.get(subscriber="tests.first")
            waits.append((owed.next_attempt_at - at).total_seconds())
            at = owed.next_attempt_at

        assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
        assert Delivery.objects.get().attempts == 12
        assert Delivery.objects.get().last_error == "Broken: "

    def test_undoes_what_a_failed_reaction_wrote(self, listeners: Two) -> None:
        first, _second = listeners
        first.failures["A", 1] = 1
        announce("A", 1)

        events.deliver_all(at=AT)
        assert first.effects("A") == []

        events.deliver_all(at=AT + timedelta(minutes=1))
        assert first.effects("A") == [1]

    def test_goes_on_beside_a_poisoned_delivery(self, listeners: Two) -> None:
        first, second = listeners
        announce("A", 1)
        Delivery.objects.filter(subscriber="tests.first").update(payload={"no number": True})
        announce("A", 2)
        announce("B", 1)

        events.deliver_all(at=AT)

        assert (first.effects("A"), first.effects("B")) == ([], [1])
        assert second.effects("A") == [1, 2]

    def test_keeps_what_nobody_reacts_to_any_more(self, listeners: Two) -> None:
        announce("A", 1)
        Delivery.objects.filter(subscriber="tests.first").update(subscriber="tests.gone")

        events.deliver_all(at=AT)

        assert Delivery.objects.get().subscriber == "tests.gone"
        assert "nobody reacts" in Delivery.objects.get().last_error

    def test_announces_nothing_of_a_transaction_that_fails(self, listeners: Two) -> None:
        with pytest.raises(Broken):
            announce_and_fail()

        assert Delivery.objects.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("table")
class TestTwoRelays:
    def test_keep_the_order_of_each_key_and_do_everything_once(self, listeners: Two) -> None:
        keys = [f"K{number}" for number in range(8)]
        for number in range(1, 11):
            for key in keys:
                announce(key, number)
        for listener in listeners:
            listener.failures["K3", 4] = 2

        def relay(_: int) -> int:
            return sum(
                events.deliver_pending(at=AT + timedelta(minutes=turn), limit=5) for turn in range(120)
            )

        outcomes = in_parallel(3, relay)
        for minute in range(120, 140):
            events.deliver_all(at=AT + timedelta(minutes=minute))

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        for listener in listeners:
            assert {key: listener.effects(key) for key in keys} == {key: list(range(1, 11)) for key in keys}
        assert Delivery.objects.count() == 0
        empty_logs()


@pytest.mark.django_db
class TestReportsOnACase:
    def test_have_one_subscriber_so_that_a_decision_never_overtakes_a_step(self) -> None:
        names: dict[str, Any] = {
            topic: set(events.subscribers_of(topic))
            for topic in ("handling.step_reported", "handling.decision_reported")
        }

        assert (
            names["handling.step_reported"] == names["handling.decision_reported"] == {"casework.take_report"}
        )


@pytest.mark.django_db
class TestReceipt:
    def test_belongs_to_the_submission_however_late_it_is_drawn_up(self) -> None:
        make.publish()
        number = make.submit(applicant_id=None, actor=make.clerk("ACCEPTANCE")).case_number
        make.accept(number)

        events.deliver_all(at=AT)

        assert dict(Notice.objects.values_list("kind", "event_seq")) == {"receipt": 1, "acceptance": 2}
