"""
A carrier over NATS JetStream: envelopes lie in the cluster until the other node has answered, whoever restarts.

    tongban.to.<node>            envelopes to a node; taken from the stream once they are answered
    tongban.answer.<node>.<id>   answers to it, for an hour

An envelope's own id is the message id (Nats-Msg-Id): published twice, it lies there once. The envelopes are the same as
by HTTPS, signed and sealed from node to node: the cluster sees who writes to whom, and how much.

Servers need `max_payload: 4MB`. Needs the extra `nats`. Sources: NATS ADR-1, ADR-4 (JetStream API and headers).
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

import nats
import structlog
from nats.errors import Error as NatsError
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NotFoundError

from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange.ports import Peer
from tongban.resources.exchange.rules import envelopes

logger = structlog.get_logger(__name__)

T = TypeVar("T")

TO: Final = "tongban.to"
ANSWER: Final = "tongban.answer"
ENVELOPES: Final = "tongban_envelopes"
ANSWERS: Final = "tongban_answers"
HOUR: Final = 3600.0
DAY: Final = 24 * HOUR
LEAST_PAYLOAD: Final = 3 * 1024 * 1024
ACK_SECONDS: Final = 60.0
FETCH_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = 1.0
CONNECT_SECONDS: Final = 5.0


@dataclass(kw_only=True)
class JetStream:
    """
    Port `Carrier` over a cluster; connects when it is first needed, and again whenever it must.
    """

    servers: tuple[str, ...]
    timeout_seconds: float
    replicas: int = 1
    """Copies of each message; 3 in a cluster of three."""
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)
    _client: Any = field(default=None, init=False, repr=False)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    def __call__(self, peer: Peer, envelope: bytes) -> bytes:
        """
        Return the answer's envelope.

        :raises UpstreamError: the cluster is away, or the peer does not answer in time
        """
        header = envelopes.read(envelope).header
        try:
            return self._run(self._ask(header.sender, peer.code, header.id, envelope), self.timeout_seconds)
        except (NatsError, OSError, TookTooLong, TimeoutError) as error:
            raise UpstreamError(node=peer.code) from error

    def listen(self, own_code: str, answer: Callable[[bytes], bytes | None], stop: threading.Event) -> None:
        """
        Answer what comes for this node until told to stop.

        :param answer: returns the answer's envelope, or None where there is nothing to be said
        """
        while not stop.is_set():
            try:
                self._run(self._listen(own_code, answer, stop), None)
            except (NatsError, OSError, TimeoutError) as error:
                logger.warning("jetstream_away", reason=str(error) or type(error).__name__)
                stop.wait(PAUSE_SECONDS)

    def close(self) -> None:
        """
        Leave the cluster.
        """
        if self._client is not None:
            self._run(self._client.close(), CONNECT_SECONDS)
            self._client = None

    def _run(self, work: Coroutine[Any, Any, T], timeout: float | None) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="jetstream", daemon=True).start()
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result(timeout)
        except TookTooLong:
            running.cancel()
            raise

    async def _connected(self) -> Any:
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> Any:
        client = await nats.connect(
            list(self.servers),
            connect_timeout=CONNECT_SECONDS,
            max_reconnect_attempts=-1,
            reconnect_time_wait=PAUSE_SECONDS,
            error_cb=_noted,
        )
        try:
            if client.max_payload < LEAST_PAYLOAD:
                logger.error("jetstream_payload_small", most=client.max_payload, wanted=LEAST_PAYLOAD)
            stream = client.jetstream()
            await self._ensure(stream, ENVELOPES, f"{TO}.*", RetentionPolicy.WORK_QUEUE, DAY)
            await self._ensure(stream, ANSWERS, f"{ANSWER}.*.*", RetentionPolicy.LIMITS, HOUR)
        except BaseException:
            # Given up, too: it would go on reconnecting with nobody to use it.
            await client.close()
            raise
        return client

    async def _ensure(
        self, stream: Any, name: str, subject: str, retention: RetentionPolicy, age: float
    ) -> None:
        try:
            await stream.stream_info(name)
        except NotFoundError:
            await stream.add_stream(
                StreamConfig(
                    name=name,
                    subjects=[subject],
                    retention=retention,
                    storage=StorageType.FILE,
                    num_replicas=self.replicas,
                    max_age=age,
                )
            )

    async def _ask(self, own: str, receiver: str, id_: str, envelope: bytes) -> bytes:
        client = await self._connected()
        subject = f"{ANSWER}.{own}.{id_}"
        told = await client.subscribe(subject, max_msgs=1)
        try:
            await client.jetstream().publish(
                f"{TO}.{receiver}", envelope, timeout=self.timeout_seconds, headers={"Nats-Msg-Id": id_}
            )
            return await self._answer(client, told, subject)
        finally:
            if not client.is_closed:
                await told.unsubscribe()

    async def _answer(self, client: Any, told: Any, subject: str) -> bytes:
        """
        Return the answer: as it is published, or, where a server was lost at that moment, as it was kept.
        """
        while True:
            try:
                message = await told.next_msg(timeout=PAUSE_SECONDS)
                return bytes(message.data)
            except NatsError:
                try:
                    kept = await client.jetstream().get_last_msg(ANSWERS, subject)
                    return bytes(kept.data)
                except NatsError:
                    continue

    async def _listen(self, own: str, answer: Callable[[bytes], bytes | None], stop: threading.Event) -> None:
        client = await self._connected()
        stream = client.jetstream()
        pulled = await stream.pull_subscribe(
            f"{TO}.{own}",
            durable=f"node_{own}",
            stream=ENVELOPES,
            config=ConsumerConfig(ack_wait=ACK_SECONDS, max_ack_pending=1),
        )
        while not stop.is_set():
            try:
                (message,) = await pulled.fetch(1, timeout=FETCH_SECONDS)
            except TimeoutError:
                continue
            said = await asyncio.to_thread(partial(answer, bytes(message.data)))
            if said is not None:
                header = envelopes.read(bytes(message.data)).header
                try:
                    await stream.publish(
                        f"{ANSWER}.{header.sender}.{header.id}",
                        said,
                        headers={"Nats-Msg-Id": f"a{header.id}"},
                    )
                except NatsError:
                    # Given back at once: nothing else comes to this node until ACK_SECONDS are over.
                    await message.nak()
                    raise
            await message.ack()


async def _noted(error: Exception) -> None:
    logger.info("jetstream_error", reason=str(error) or type(error).__name__)
