"""
A city and its province with a bad line between them, and a witness at the province who writes down what the case
library took, in the order in which it did.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from simulators.link.relay import Link
from tests.integration.node.running import children_of, wait_until
from tests.network.places import NodeAt
from tests.network.test_shared_seals import Beside, beside
from tongban.config.database import address_file
from tongban.foundation.postgres.cluster import Cluster

DATASET = "caselibrary.case"
SYSTEM = "proof"
"""Code of the system whose cases they are."""
EXCHANGE = "tongban.config.cli exchange"
WEB = "tongban.config.cli web"
SECONDS_A_MESSAGE = 0.05
LEAST_SECONDS = 180

WITNESS = f"""
CREATE TABLE proof_taken (id bigserial PRIMARY KEY, key text NOT NULL, number bigint NOT NULL);
CREATE TABLE proof_poison (key text NOT NULL);
CREATE FUNCTION proof_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.system = '{SYSTEM}' THEN
        IF EXISTS (SELECT FROM proof_poison WHERE key = NEW.number) THEN
            RAISE EXCEPTION 'poison';
        END IF;
        INSERT INTO proof_taken (key, number)
        VALUES (concat_ws('/', NEW.node, NEW.system, NEW.number), NEW.taken);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER proof_note AFTER INSERT OR UPDATE ON caselibrary_place FOR EACH ROW EXECUTE FUNCTION proof_note();
"""
NO_WITNESS = """
DROP TRIGGER proof_note ON caselibrary_place;
DROP FUNCTION proof_note;
DROP TABLE proof_taken, proof_poison;
"""
STREAM = f"(SELECT id FROM exchange_stream WHERE dataset = '{DATASET}' AND audience = 'PARENT')"
NEWEST = f"""
SELECT key, max(number) FROM exchange_entry WHERE stream_id = {STREAM} AND key LIKE '%/{SYSTEM}/%'
GROUP BY key ORDER BY key
"""
KEPT = f"""
SELECT concat_ws('/', node, system, number), taken FROM caselibrary_place WHERE system = '{SYSTEM}' ORDER BY 1
"""
WRITTEN_OUT_OF_ORDER = f"""
SELECT count(*) FROM (SELECT made_at <= lag(made_at) OVER (PARTITION BY key ORDER BY number) AS is_wrong
    FROM exchange_entry WHERE stream_id = {STREAM} AND key LIKE '%/{SYSTEM}/%') AS entries WHERE is_wrong
"""
TAKEN_OUT_OF_ORDER = """
SELECT count(*) FROM (SELECT number <= lag(number) OVER (PARTITION BY key ORDER BY id) AS is_wrong
    FROM proof_taken) AS taken WHERE is_wrong
"""
LEFT = f"""
SELECT (SELECT count(*) FROM exchange_outbox)
    + (SELECT coalesce(sum(s.last - p.number), 0) FROM exchange_position p JOIN exchange_stream s ON s.id = p.stream_id
       WHERE s.id = {STREAM})
"""


@dataclass
class Standing:
    """
    How the two ends stand to each other.
    """

    sent: int
    """Last number the city gave."""
    received: int
    """Up to where the province says that it has everything."""
    receipts: int
    """Entries the province keeps a receipt of, since the beginning of its receipts."""
    numbers: int
    """Different numbers among them."""
    expected: int
    differing: int
    """Days on which the comparison found a difference."""
    silent: int
    wrong_order: int
    """Entries written or taken before an older one of the same case, or a second time."""
    are_equal: bool
    """Every case stands at the province as the city told it last."""

    @property
    def is_whole(self) -> bool:
        """None lost, none twice, order of each case kept, and both ends agree on it."""
        return (
            self.sent == self.received
            and self.receipts == self.numbers == self.expected
            and not (self.differing or self.silent or self.wrong_order)
            and self.are_equal
        )


@dataclass
class Pair:
    """
    Both ends, and the line between.
    """

    city: NodeAt
    province: NodeAt
    link: Link
    orders: Beside
    peaks: dict[str, int] = field(default_factory=dict)
    """Megabytes that each kind of process has held at most, as far as it was looked."""
    before: dict[str, int] = field(default_factory=dict)
    """The same before the first message."""
    _next: int = 0

    def write(self, messages: int, *, versions: int = 4) -> int:
        """
        Let the city tell so many messages of new cases, several of each; return how many.
        """
        cases = max(1, messages // versions)
        told = self.orders("write", first=self._next, cases=cases, versions=versions)
        self._next += cases
        return int(told["written"])

    def retry(self) -> None:
        self.orders("retry", receiver=self.province.place.code)

    def settle(self, messages: int = 0) -> None:
        """
        Wait until the province has everything; pauses are shortened, as operators can.
        """

        def is_done() -> bool:
            if self.at_city(LEFT)[0][0] == 0:
                return True
            self.retry()
            time.sleep(0.2)
            return False

        wait_until(is_done, seconds=max(LEAST_SECONDS, messages * SECONDS_A_MESSAGE))

    def stand(self) -> Standing:
        """
        Compare both ends, by the node's own comparison and past it.
        """
        self.measure()
        told = self.orders("reconcile", receiver=self.province.place.code)
        (last,) = self.at_city(f"SELECT last FROM exchange_stream WHERE id = {STREAM}")[0]
        inbound, position, after = self.inbound("id, position, after")
        receipts, numbers = self.at_province(
            "SELECT count(*), count(DISTINCT number) FROM exchange_receipt "
            f"WHERE inbound_id = {inbound} AND number > {after}"
        )[0]
        wrong = self.at_city(WRITTEN_OUT_OF_ORDER)[0][0] + self.at_province(TAKEN_OUT_OF_ORDER)[0][0]
        return Standing(
            sent=last,
            received=position,
            receipts=receipts,
            numbers=numbers,
            expected=last - after,
            differing=told["differing"],
            silent=len(told["silent"]),
            wrong_order=wrong,
            are_equal=self.at_city(NEWEST) == self.at_province(KEPT),
        )

    def inbound(self, columns: str) -> tuple[Any, ...]:
        """
        Return columns of the stream as the province has it.
        """
        found = self.at_province(
            f"SELECT {columns} FROM exchange_inbound "
            f"WHERE dataset = '{DATASET}' AND source = '{self.city.place.code}'"
        )
        return found[0]

    def at_city(self, statement: str) -> list[tuple[Any, ...]]:
        return asked(database_of(self.city), statement)

    def at_province(self, statement: str) -> list[tuple[Any, ...]]:
        return asked(database_of(self.province), statement)

    def measure(self) -> None:
        """
        Look how much memory the processes have held at most that bring entries and take them.
        """
        for name, node, mark in (
            ("sender's exchange", self.city, EXCHANGE),
            ("receiver's exchange", self.province, EXCHANGE),
            ("receiver's web server", self.province, WEB),
        ):
            with suppress(OSError, StopIteration):
                self.peaks[name] = max(self.peaks.get(name, 0), *map(peak_of, whole(node, mark)))


def whole(node: NodeAt, mark: str) -> list[int]:
    """
    Return a part of a node: its process, and those below it.
    """
    first = node.running.part(mark)
    return [first, *children_of(first)]


def peak_of(pid: int) -> int:
    """
    Return the most megabytes that a process has held.
    """
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kilobytes = next((line.split()[1] for line in lines if line.startswith("VmHWM")), "0")
    return round(int(kilobytes) / 1024)


def kill(node: NodeAt, mark: str) -> None:
    """
    Kill -9 a part of a node.
    """
    signal_all(whole(node, mark), signal.SIGKILL)


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def database_of(node: NodeAt) -> str:
    return address_file(node.running.home).read_text(encoding="utf-8").strip()


def owner_of(node: NodeAt) -> str:
    """
    Return the address of the node's database for its superuser.
    """
    return Cluster(node.running.home).owner_url.replace("@/postgres?", "@/tongban?")


def asked(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as database:
        answer = database.execute(statement)
        return list(answer.fetchall()) if answer.description else []


def told(node: NodeAt, *arguments: str) -> dict[str, Any]:
    """
    Run `tongban node …` and return what it says.
    """
    done = node.running.tongban("node", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


@contextmanager
def joined(city: NodeAt, province: NodeAt) -> Iterator[Pair]:
    """
    Join the city to the province over a line; it leaves in the end.
    """
    link = Link((province.place.host, province.running.port), host=province.place.host)
    threading.Thread(target=link.serve_forever, args=(0.01,), daemon=True).start()
    asked(database_of(province), WITNESS)
    try:
        own = told(city, "join", "--parent", link.url)
        told(province, "approve", city.place.code, "--fingerprint", own["fingerprint"])
        assert told(city, "status")["state"] == "ACTIVE"
        with beside(city, "fault_orders") as orders:
            pair = Pair(city, province, link, orders)
            wait_until(lambda: has_begun(pair))
            pair.measure()
            pair.before = dict(pair.peaks)
            yield pair
        told(city, "leave", "--reason", "演练结束")
    finally:
        asked(database_of(province), NO_WITNESS)
        link.shutdown()
        link.server_close()


def has_begun(pair: Pair) -> bool:
    """
    Whether the stream has its place at both ends, and no snapshot is on its way any more.
    """
    begun = pair.at_city(
        f"SELECT 1 FROM exchange_position WHERE stream_id = {STREAM} AND heard_at IS NOT NULL"
    )
    open_ones = pair.at_city("SELECT 1 FROM exchange_snapshot WHERE finished_at IS NULL")
    return bool(begun) and not open_ones


@contextmanager
def wrong_clock(pair: Pair, seconds: int) -> Iterator[None]:
    """
    Have the city exchange with a clock that is so much ahead, while its own exchange stands still.
    """
    own = whole(pair.city, EXCHANGE)
    signal_all(own, signal.SIGSTOP)
    output = pair.city.running.log.open("ab")
    other = subprocess.Popen(
        [sys.executable, "-m", "tests.network.skewed", str(seconds)],
        env=pair.city.running.environment,
        stdout=output,
        stderr=subprocess.STDOUT,
    )
    try:
        yield
    finally:
        other.terminate()
        other.wait(timeout=180)
        output.close()
        signal_all(own, signal.SIGCONT)


@contextmanager
def full_disk(pair: Pair, folder: Path) -> Iterator[Callable[[], None]]:
    """
    Have the province keep its cases on a disk of its own without any room; yields what makes room.
    """
    owner = owner_of(pair.province)
    asked(owner, f"CREATE TABLESPACE proof_small LOCATION '{folder}'")
    asked(owner, "VACUUM FULL caselibrary_place")  # else there would be room between its rows
    asked(owner, "ALTER TABLE caselibrary_place SET TABLESPACE proof_small")
    filler = folder / "filler"
    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while file.write(b"x" * 4096):
                pass
        yield filler.unlink
    finally:
        filler.unlink(missing_ok=True)
        asked(owner, "ALTER TABLE caselibrary_place SET TABLESPACE pg_default")
        asked(owner, "DROP TABLESPACE proof_small")
