"""
The loop of `tongban exchange`: numbers, sends, goes on after the database was away, ends when told.
"""

import threading
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from tests.factories.exchange import PROVINCE, TwoEnds, two_ends
from tests.integration.node.running import wait_until
from tongban.config import exchange
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.models import Position

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city and its province, which answers at a place of its own: the loop asks from several threads.
    """
    with two_ends(is_alone=True) as made:

        def carry(peer: ports.Peer, envelope: bytes) -> bytes:
            try:
                return made.carry(peer, envelope)
            finally:
                connection.close()

        put_back = ports.carry_by(carry)
        yield made
        put_back()


@pytest.fixture
def running(ends: TwoEnds, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """
    Run the loop in threads of this process.
    """
    monkeypatch.setattr(exchange, "PAUSE_SECONDS", 0.02)
    monkeypatch.setattr(exchange, "RETRY_SECONDS", 0.05)
    stop = threading.Event()
    loop = threading.Thread(target=exchange.Exchange(stop).work, daemon=True)
    loop.start()
    yield stop
    stop.set()
    loop.join(timeout=120)
    assert not loop.is_alive()


class TestTheLoop:
    def test_brings_what_is_written(self, ends: TwoEnds, running: threading.Event) -> None:
        ends.write("a", "1")

        wait_until(lambda: ends.are_equal)

        wait_until(lambda: Position.objects.filter(receiver=PROVINCE, number=1).exists())

    def test_goes_on_when_the_database_was_away(
        self, ends: TwoEnds, running: threading.Event, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        away = threading.Event()
        number_entries = services.number_entries

        def fails_once(**given: object) -> int:
            if not away.is_set():
                away.set()
                raise OperationalError("the database system is shutting down")
            return number_entries(**given)  # type: ignore[arg-type]

        monkeypatch.setattr(services, "number_entries", fails_once)
        ends.write("a", "1")

        wait_until(lambda: ends.are_equal)

        assert away.is_set()


def test_a_node_that_has_joined_nobody_is_asked_nothing(ends: TwoEnds) -> None:
    put_back = ports.know_neighbours_by(lambda: ports.Neighbours(own_code="511600000000"))
    loop = exchange.Exchange(threading.Event())
    connection.close()

    assert loop._turn() == exchange.ALONE_SECONDS

    assert connection.connection is None
    put_back()
