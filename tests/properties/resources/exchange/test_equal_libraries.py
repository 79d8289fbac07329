"""
Whatever is written, cut, lost, repeated, replayed or restored at a city, its province and the nation: in the end all
three have the same.

Each node has tables of its own, in a schema of its own, so that a backup is a copy of them. EXCHANGE_PROOF_EXAMPLES
says how many lives are led.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.factories.exchange import Library, Thing
from tongban.foundation.actors import system_actor
from tongban.foundation.crypto import sm2
from tongban.foundation.errors import UpstreamError
from tongban.resources.exchange import ports, services
from tongban.resources.exchange.models import Outbox, Position, Stream
from tongban.resources.exchange.models.outbound import Snapshot
from tongban.resources.exchange.services import snapshots
from tongban.resources.exchange.values import Contract, Direction, FeedTrouble, Operation, Received, Refused

EXAMPLES = int(os.environ.get("EXCHANGE_PROOF_EXAMPLES", "4"))
STEPS = int(os.environ.get("EXCHANGE_PROOF_STEPS", "25"))
DATASET = "tests.thing"
CHAIN = ("511600000000", "510000000000", "000000000000")
ACTOR = system_actor("tests")
TABLES = (
    "outbox",
    "stream",
    "entry",
    "position",
    "batch",
    "senterror",
    "snapshot",
    "snapshotpart",
    "inbound",
    "receipt",
    "receivederror",
    "daycompared",
)
LOST = (FeedTrouble.AHEAD, FeedTrouble.FORKED, FeedTrouble.GONE)
NODES = st.sampled_from(CHAIN)
LINKS = st.sampled_from(CHAIN[:-1])
KEYS = st.sampled_from("abcdef")


@dataclass
class Node:
    """
    A node with what it knows.
    """

    code: str
    key: sm2.PrivateKey = field(default_factory=sm2.generate)
    library: Library = field(default_factory=Library)
    backup: dict[str, Any] | None = None

    @property
    def schema(self) -> str:
        """Where its tables are."""
        return f"node_{self.code}"

    @property
    def things(self) -> dict[str, Thing]:
        """What stands in its library."""
        return {key: thing for key, (_number, thing) in self.library.rows.items()}


class World(RuleBasedStateMachine):
    """
    A city, its province and the nation.
    """

    @initialize()
    def begin(self) -> None:
        """
        Three empty nodes.
        """
        self.at = datetime.fromisoformat("2026-11-20T10:00:00+08:00")
        self.nodes = {code: Node(code) for code in CHAIN}
        self.here = self.nodes[CHAIN[0]]
        self.fault = ""
        self.seen: list[tuple[str, bytes]] = []
        for node in self.nodes.values():
            self.fill(node.schema, "public", is_empty=True)
        ports.exchange_by(
            Contract(
                code=DATASET,
                title="物",
                shape=Thing,
                direction=Direction.UP,
                take=self.take,
                snapshot=self.stand,
                sweep=self.sweep,
                is_passed_on=True,
            )
        )
        ports.carry_by(self.carry)
        ports.know_neighbours_by(self.neighbours)

    @rule(key=KEYS, amount=st.integers(0, 9), is_deleted=st.booleans())
    def write(self, key: str, amount: int, *, is_deleted: bool) -> None:
        """
        Change something at the city, and tell; now and then it is given up again.
        """
        city = self.nodes[CHAIN[0]]
        with self.at_node(city), transaction.atomic():
            thing = Thing(title=key, amount=amount)
            if is_deleted and key not in city.library.rows:
                return
            if is_deleted:
                del city.library.rows[key]
            else:
                city.library.rows[key] = (0, thing)
            operation = Operation.DELETE if is_deleted else Operation.UPDATE
            services.publish(dataset=DATASET, key=key, operation=operation, content=thing, at=self.at)

    @rule(sender=LINKS, fault=st.sampled_from(["", "", "", "cut", "lost", "full", "twice"]))
    def send(self, sender: str, fault: str) -> None:
        """
        Bring the next batch, over a line that may fail.
        """
        self.at += timedelta(seconds=20)
        self.fault = fault
        with self.at_node(self.nodes[sender]):
            services.number_entries(at=self.at)
            services.begin_streams(at=self.at)
            services.send_to(receiver=above(sender), at=self.at)
        self.fault = ""

    @rule(which=st.integers(0, 10**6))
    def replay_an_envelope(self, which: int) -> None:
        """
        Bring once more what came before.
        """
        if self.seen:
            receiver, envelope = self.seen[which % len(self.seen)]
            with self.at_node(self.nodes[receiver]):
                services.answer_envelope(data=envelope, at=self.at)

    @rule(sender=LINKS, number=st.integers(1, 12))
    def replay(self, sender: str, number: int) -> None:
        """
        Have everything from a number on again.
        """
        with self.at_node(self.nodes[sender]):
            stream = Stream.objects.filter(positions__number__gt=0).first()
            if stream is None or not snapshots.chain_at(stream, number):
                return
            receiver = above(sender)
            services.replay_from(actor=ACTOR, stream=stream.pk, receiver=receiver, number=number, at=self.at)

    @rule(code=NODES)
    def back_up(self, code: str) -> None:
        """
        Keep how a node stands.
        """
        node = self.nodes[code]
        self.fill(f"{node.schema}_backup", node.schema)
        node.backup = deepcopy(node.library.rows)

    @rule(code=NODES)
    def restore(self, code: str) -> None:
        """
        Put a node back to where it was kept.
        """
        node = self.nodes[code]
        if node.backup is not None:
            self.fill(node.schema, f"{node.schema}_backup")
            node.library.rows = deepcopy(node.backup)

    def teardown(self) -> None:
        """
        Let everything arrive, mend what does not, and see that all have the same.
        """
        for _round in range(40):
            left = [code for code in CHAIN[:-1] if not self.arrived(code)]
            if not left:
                break
        city, province, nation = (self.nodes[code].things for code in CHAIN)
        assert province == city
        assert nation == city

    def arrived(self, sender: str) -> bool:
        """
        Bring everything from one node to the next; return whether nothing is left.
        """
        self.at += timedelta(minutes=11)
        with self.at_node(self.nodes[sender]):
            while services.number_entries(at=self.at):
                pass
            services.begin_streams(at=self.at)
            while services.send_to(receiver=above(sender), at=self.at).is_more:
                pass
            for position in Position.objects.filter(trouble__in=LOST):
                services.send_snapshot(
                    actor=ACTOR, stream=position.stream_id, receiver=position.receiver, at=self.at
                )
            return not (
                Outbox.objects.exists()
                or Snapshot.objects.filter(finished_at=None).exists()
                or Position.objects.exclude(trouble="").exists()
                or any(each.number != each.stream.last for each in Position.objects.select_related("stream"))
            )

    # --- what a node is to the exchange ---------------------------------------------------------------------------

    def take(self, entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
        """
        Take what came, unless there is no space.
        """
        if self.fault == "full":
            raise OperationalError("No space left on device")
        return self.here.library.take(entries, source, at)

    def stand(self, after: str, limit: int) -> list[tuple[str, Thing, str]]:
        """
        Return how everything stands here.
        """
        things = self.here.things
        return [(key, things[key], CHAIN[0]) for key in sorted(things) if key > after][:limit]

    def sweep(self, source: str, number: int, at: datetime) -> int:
        """
        Forget what a snapshot did not tell, and tell that.
        """
        before = self.here.things
        count = self.here.library.sweep(source, number, at)
        for key in before.keys() - self.here.things.keys():
            services.publish(dataset=DATASET, key=key, operation=Operation.DELETE, content=before[key], at=at)
        return count

    def carry(self, peer: ports.Peer, envelope: bytes) -> bytes:
        """
        Bring an envelope, if the line is well.
        """
        self.use(self.here)
        if self.fault == "cut":
            raise UpstreamError
        self.seen.append((peer.code, envelope))
        kept = deepcopy(self.nodes[peer.code].library.rows)
        with self.at_node(self.nodes[peer.code]):
            answer = services.answer_envelope(data=envelope, at=self.at)
            if self.fault == "twice":
                answer = services.answer_envelope(data=envelope, at=self.at)
        if self.fault == "full":
            self.nodes[peer.code].library.rows = kept
        if self.fault == "lost":
            raise UpstreamError
        return answer

    def neighbours(self) -> ports.Neighbours:
        """
        Return whom the node knows at which one is just now.
        """
        place = CHAIN.index(self.here.code)
        return ports.Neighbours(
            own_code=self.here.code,
            own_key=self.here.key,
            parent=self.peer(CHAIN[place + 1]) if place + 1 < len(CHAIN) else None,
            children=(self.peer(CHAIN[place - 1]),) if place else (),
        )

    def peer(self, code: str) -> ports.Peer:
        """
        Return a node as others see it.
        """
        return ports.Peer(code=code, name="", name_en="", url="", keys=(self.nodes[code].key.public,))

    @contextmanager
    def at_node(self, node: Node) -> Iterator[None]:
        """
        Be at a node, among its tables.
        """
        before, self.here = self.here, node
        self.use(node)
        try:
            yield
        finally:
            self.here = before
            self.use(before)

    @staticmethod
    def use(node: Node) -> None:
        """
        Look at a node's tables.
        """
        with connection.cursor() as cursor:
            cursor.execute(f"SET search_path TO {node.schema}, public")

    @staticmethod
    def fill(schema: str, other: str, *, is_empty: bool = False) -> None:
        """
        Make the tables of one schema as those of another one are.
        """
        with connection.cursor() as cursor:
            for table in TABLES:
                name = f"exchange_{table}"
                cursor.execute(f"TRUNCATE {schema}.{name}")
                if not is_empty:
                    cursor.execute(
                        f"INSERT INTO {schema}.{name} OVERRIDING SYSTEM VALUE SELECT * FROM {other}.{name}"
                    )


def above(code: str) -> str:
    """
    Return the node that receives from this one.
    """
    return CHAIN[CHAIN.index(code) + 1]


@pytest.fixture
def schemas(transactional_db: None) -> Iterator[None]:
    """
    Give each node, and each backup, tables of its own.
    """
    names = [f"node_{code}{kind}" for code in CHAIN for kind in ("", "_backup")]
    with connection.cursor() as cursor:
        for name in names:
            cursor.execute(f"CREATE SCHEMA {name}")
            for table in TABLES:
                cursor.execute(
                    f"CREATE TABLE {name}.exchange_{table} (LIKE public.exchange_{table} INCLUDING ALL)"
                )
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET search_path TO DEFAULT")
        for name in names:
            cursor.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture
def alone() -> Iterator[None]:
    """
    Exchange nothing else, and put everything back.
    """
    wiring = ports._wiring
    before = dict(wiring.contracts), wiring.carrier, wiring.neighbours
    wiring.contracts.clear()
    yield
    wiring.contracts.clear()
    wiring.contracts.update(before[0])
    wiring.carrier, wiring.neighbours = before[1], before[2]


@pytest.mark.usefixtures("schemas", "alone")
def test_end_equal_whatever_happened() -> None:
    run_state_machine_as_test(
        World,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
