"""
Entries by a cluster of three JetStream servers, one of which is lost on the way.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection

from tests.factories.exchange import PROVINCE, TwoEnds, two_ends
from tests.integration.node.running import PATIENCE
from tongban.config.serve import free_port
from tongban.foundation.processes import spawn
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.adapters.jetstream import JetStream

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CONFIG = """
port: {port}
server_name: n{number}
max_payload: 4MB
jetstream {{ store_dir: "{folder}" }}
cluster {{ name: tongban, listen: "127.0.0.1:{route}", routes: [{routes}] }}
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[tuple[str, ...], list[subprocess.Popen[bytes]]]]:
    """
    Give three servers: their addresses and processes.
    """
    listening = [free_port() for _ in range(3)]
    routing = [free_port() for _ in range(3)]
    routes = ", ".join(f"nats://127.0.0.1:{port}" for port in routing)
    program = str(Path(sys.executable).with_name("nats-server"))
    processes = []
    for number, (port, route) in enumerate(zip(listening, routing, strict=True)):
        path = tmp_path / f"n{number}.conf"
        folder = tmp_path / f"n{number}"
        path.write_text(
            CONFIG.format(port=port, number=number, folder=folder, route=route, routes=routes),
            encoding="utf-8",
        )
        processes.append(spawn([program, "-c", str(path)], output=subprocess.DEVNULL))
    yield tuple(f"nats://127.0.0.1:{port}" for port in listening), processes
    for process in processes:
        process.kill()
        process.wait()


class Receiving:
    """
    The province, listening in a thread of its own.
    """

    def __init__(self, ends: TwoEnds, servers: tuple[str, ...]) -> None:
        """
        Listen.
        """
        self.stop = threading.Event()
        self.carrier = JetStream(servers=servers, timeout_seconds=4.0, replicas=3)
        self._ends = ends
        self._thread = threading.Thread(
            target=self.carrier.listen, args=(PROVINCE, self._answer, self.stop), daemon=True
        )
        self._thread.start()

    def _answer(self, envelope: bytes) -> bytes:
        try:
            return self._ends.carry(None, envelope)  # type: ignore[arg-type]
        finally:
            connection.close()

    def end(self) -> None:
        """
        Listen no more.
        """
        self.stop.set()
        self._thread.join(timeout=120)
        self.carrier.close()


def test_brings_everything_though_a_server_is_lost(
    cluster: tuple[tuple[str, ...], list[subprocess.Popen[bytes]]],
) -> None:
    servers, processes = cluster
    with ExitStack() as stack:
        ends = stack.enter_context(two_ends(is_alone=True))
        sending = JetStream(servers=servers, timeout_seconds=4.0, replicas=3)
        receiving = Receiving(ends, servers)
        stack.callback(receiving.end)
        stack.callback(ports.carry_by(sending))
        stack.callback(sending.close)
        ends.write("a", "1")
        until(lambda: ends.go_on() == 1, ends)

        processes[0].kill()
        ends.write("a", "2")
        ends.write("b", "1")
        until(lambda: ends.go_on() == 2, ends)

        assert ends.are_equal
        assert [number for _key, number in ends.library.order] == [1, 2, 3]
        assert services.due_receivers(at=ends.at_now) == []


def until(is_done: Callable[[], bool], ends: TwoEnds) -> None:
    """
    Try until it is so; a cluster needs a moment to choose who leads.
    """
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < deadline
        ends.at_now += timedelta(minutes=11)
