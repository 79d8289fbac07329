"""
The exchange process: numbers what waits, and brings it to the other nodes.

One thread numbers and sees who is due; each receiver has a lane, a thread of its own, so that a silent or slow one
holds up nobody else. A lane has one batch in hand. A node that has joined nobody costs a question every few seconds.
"""

import signal
import threading
from collections.abc import Callable
from types import FrameType

import psycopg
import structlog
from django.db import DatabaseError, close_old_connections, connection
from psycopg_pool import PoolTimeout

from tongban.foundation.clock import now
from tongban.foundation.errors import ServiceError
from tongban.resources.exchange import ports, services

logger = structlog.get_logger(__name__)

PAUSE_SECONDS = 0.25
ALONE_SECONDS = 3.0
RETRY_SECONDS = 2.0
LOOK_AROUND_SECONDS = 5.0
"""How soon a node that has joined is given its place in the streams."""
GRACE_SECONDS = 3.0
MOST_CONNECTIONS = 24
"""Lanes hold one only while they work with the database, never while they wait for a line."""
IDLE_SECONDS = 10.0

AWAY = (DatabaseError, psycopg.Error, PoolTimeout)


def run() -> None:
    """
    Exchange until SIGTERM or SIGINT. What is on its way may be cut off: nothing counts that was not answered.
    """
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    connection.settings_dict["OPTIONS"]["pool"] |= {
        "min_size": 0,
        "max_size": MOST_CONNECTIONS,
        "max_idle": IDLE_SECONDS,
    }
    logger.info("exchange_started")
    listen(stop)
    Exchange(stop).work()
    logger.info("exchange_stopped")


def listen(stop: threading.Event) -> None:
    """
    Answer what comes over a cluster, where one is set; by HTTPS the web server does.
    """
    carrier = ports.carrier()
    own = ports.neighbours().own_code
    if isinstance(carrier, ports.Listens):
        threading.Thread(
            target=carrier.listen, args=(own, _answer, stop), name="listener", daemon=True
        ).start()


def _answer(envelope: bytes) -> bytes | None:
    try:
        return services.answer_envelope(data=envelope, at=now())
    except ServiceError as refusal:
        logger.warning("envelope_refused", reason=refusal.code)
        return None
    finally:
        connection.close()


class Exchange:
    """
    What numbers, and the lanes.
    """

    def __init__(self, stop: threading.Event) -> None:
        """
        Begin with no lane; each receiver gets one when there is something for it.
        """
        self._stop = stop
        self._lanes: dict[str, Lane] = {}
        self._looked_around: float = -LOOK_AROUND_SECONDS

    def work(self) -> None:
        """
        Go on until told to stop.
        """
        keep_working(self._stop, self._turn)
        for lane in self._lanes.values():
            lane.awake.set()
        for lane in self._lanes.values():
            lane.thread.join(timeout=GRACE_SECONDS / len(self._lanes))

    def _turn(self) -> float:
        if ports.neighbours().own_key is None:
            return ALONE_SECONDS
        at = now()
        numbered = services.number_entries(at=at)
        if numbered or at.timestamp() - self._looked_around >= LOOK_AROUND_SECONDS:
            services.begin_streams(at=at)
            self._looked_around = at.timestamp()
        for receiver in services.due_receivers(at=now()):
            self._lane(receiver).awake.set()
        return 0.0 if numbered >= services.NUMBERED_AT_ONCE else PAUSE_SECONDS

    def _lane(self, receiver: str) -> "Lane":
        if receiver not in self._lanes:
            self._lanes[receiver] = Lane(receiver, self._stop)
        return self._lanes[receiver]


class Lane:
    """
    Brings one receiver what it should have.
    """

    def __init__(self, receiver: str, stop: threading.Event) -> None:
        """
        Start it.
        """
        self.awake = threading.Event()
        self._receiver = receiver
        self._stop = stop
        self.thread = threading.Thread(
            target=keep_working, args=(stop, self._turn), name=f"lane-{receiver}", daemon=True
        )
        self.thread.start()

    def _turn(self) -> float:
        self.awake.wait()
        self.awake.clear()
        ahead: services.Ahead = {}
        while not self._stop.is_set():
            if not services.send_to(receiver=self._receiver, at=now(), ahead=ahead).is_more:
                break
        return 0.0


def keep_working(stop: threading.Event, turn: Callable[[], float]) -> None:
    """
    Take turns until told to stop; a turn says how long to wait for the next one.

    A database that is away, or a peer's answer that nobody thought of, costs a pause and no more.
    """
    while not stop.is_set():
        try:
            pause = turn()
        except AWAY as error:
            logger.warning("database_away", thread=threading.current_thread().name, error=str(error).strip())
            connection.close()
            pause = RETRY_SECONDS
        except Exception:  # a thread that ended would be missed by nobody
            logger.exception("turn_failed", thread=threading.current_thread().name)
            pause = RETRY_SECONDS
        close_old_connections()
        stop.wait(pause)
    connection.close()
