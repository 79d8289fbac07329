"""
Faults of the exchange: two whole nodes, a bad line between them, and everything that can befall any of the three.

After each, both ends are compared: none lost, none twice, the order of each case kept. EXCHANGE_FAULT_MESSAGES makes it
bigger (`make exchange-proof`).
"""

import os
import signal
import stat
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import httpx
import psycopg
import pytest
import structlog

from tests.integration.node.running import PATIENCE, wait_until
from tests.network import faults
from tests.network.conftest import Network
from tests.network.faults import EXCHANGE, LEFT, WEB, Pair, full_disk, joined, kill, signal_all, wrong_clock
from tests.network.places import AWAY, PROVINCE
from tongban.resources.exchange.adapters.https import CONTENT_TYPE, PATH
from tongban.resources.exchange.rules import envelopes

pytestmark = pytest.mark.slow

logger = structlog.get_logger(__name__)

FEW = 800
MESSAGES = int(os.environ.get("EXCHANGE_FAULT_MESSAGES", str(FEW)))
SOME = max(100, MESSAGES // 20)
"""Messages beside which a fault happens."""
MOST_MEGABYTES = 300
MOST_GROWTH = 200
HOUR = 3600
EVERY_FAULT = ("lost", "late", "twice", "cut", "spoilt", "unanswered", "cut_answer", "wrong", "down")
IS_PROOF = MESSAGES > FEW
FAULTS = EVERY_FAULT if IS_PROOF else ("spoilt", "unanswered")
"""Alone; all of them at once happen every time."""
SKEWS = (HOUR, -HOUR) if IS_PROOF else (HOUR,)
KILLS = 1 + MESSAGES // 10_000
TRIES = 40
SMALL_DISK = "24m"


@pytest.fixture(scope="module")
def pair(network: Network) -> Iterator[Pair]:
    """
    A city that has joined its province over a line with dials.
    """
    with joined(network.at(AWAY), network.at(PROVINCE)) as made:
        yield made
        logger.info("memory", at_most=made.peaks, before=made.before, line=dict(made.link.counts))


@pytest.fixture(autouse=True)
def healed(pair: Pair) -> Iterator[None]:
    """
    Leave the line whole for the next fault.
    """
    yield
    pair.link.heal()


def test_a_receiver_that_was_down_gets_everything_once_and_in_order(pair: Pair) -> None:
    pair.province.running.stop()
    began = time.monotonic()
    count = pair.write(MESSAGES, versions=10)
    wait_until(lambda: pair.at_city("SELECT count(*) FROM exchange_outbox")[0][0] == 0, seconds=300)
    written = time.monotonic() - began
    pair.province.running.start().wait_ready()

    began = time.monotonic()
    pair.settle(count)

    seconds = time.monotonic() - began
    standing = pair.stand()
    assert standing.is_whole, standing
    assert standing.expected >= count
    logger.info("brought", messages=count, write_seconds=round(written, 1), bring_seconds=round(seconds, 1))


def test_its_processes_stay_small_whatever_the_backlog(pair: Pair) -> None:
    pair.measure()

    assert pair.peaks["sender's exchange"] < MOST_MEGABYTES
    assert pair.peaks["receiver's exchange"] < MOST_MEGABYTES
    # The web server, which does much else, may grow by what a batch needs and no more.
    grown = pair.peaks["receiver's web server"] - pair.before["receiver's web server"]
    assert grown < MOST_GROWTH, (pair.before, pair.peaks)


def test_a_sender_killed_in_mid_batch_goes_on(pair: Pair) -> None:
    pair.link.dials.slow_seconds = 0.3

    for _time in range(KILLS):
        before = pair.link.counts["asked"]
        pair.write(SOME)
        wait_until(partial(has_asked, pair, before), seconds=180)
        kill(pair.city, EXCHANGE)
    pair.link.heal()

    pair.settle(SOME * KILLS)
    assert (standing := pair.stand()).is_whole, standing


def has_asked(pair: Pair, before: int) -> bool:
    """
    Tell whether something is on the line by now.
    """
    return pair.link.counts["asked"] > before


def test_a_receiver_killed_between_applying_and_answering_takes_it_once(pair: Pair) -> None:
    web = faults.whole(pair.province, WEB)

    assert any(is_caught_between(pair, web) for _try in range(TRIES)), "never between"
    signal_all(web, signal.SIGKILL)

    pair.province.running.wait_ready()
    pair.settle()
    assert (standing := pair.stand()).is_whole, standing


def is_caught_between(pair: Pair, web: list[int]) -> bool:
    """
    Tell whether the receiver stands still now, having applied a batch and not answered it yet; if not, it goes on.
    """
    pair.settle()
    source = f"dataset = '{faults.DATASET}' AND source = '{pair.city.place.code}'"
    statement = f"SELECT position FROM exchange_inbound WHERE {source}"
    with psycopg.connect(faults.database_of(pair.province), autocommit=True) as database:

        def position() -> int:
            (number,) = database.execute(statement).fetchone() or (0,)
            return int(number)

        before, answered = position(), pair.link.counts["answered"]
        pair.write(4)
        deadline = time.monotonic() + PATIENCE
        while position() == before:
            assert time.monotonic() < deadline
        signal_all(web, signal.SIGSTOP)
    time.sleep(0.1)  # what has been answered arrives
    if pair.link.counts["answered"] == answered:
        return True
    signal_all(web, signal.SIGCONT)
    return False


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_line_costs_time_and_nothing_else(pair: Pair, fault: str) -> None:
    before = pair.link.counts[fault]
    setattr(pair.link.dials, fault, 0.5)

    pair.write(SOME // 2)
    wait_until(lambda: is_tried(pair, fault, before), seconds=180)
    pair.settle(SOME)
    pair.link.heal()

    pair.settle(SOME)
    assert (standing := pair.stand()).is_whole, standing


def is_tried(pair: Pair, fault: str, before: int) -> bool:
    """
    Tell whether the fault has happened by now; until then something goes over the line.
    """
    if pair.link.counts[fault] > before:
        return True
    if pair.at_city(LEFT)[0][0] == 0:
        pair.write(4)
    pair.retry()
    return False


def test_a_line_of_every_fault_at_once(pair: Pair) -> None:
    dials = pair.link.dials
    dials.lost = dials.late = dials.twice = dials.cut = dials.spoilt = 0.1
    dials.unanswered = dials.cut_answer = dials.wrong = 0.1
    dials.slow_seconds = 0.05

    for _round in range(4):
        pair.write(SOME // 4)
    pair.settle(SOME)
    pair.link.heal()

    pair.settle()
    assert (standing := pair.stand()).is_whole, standing


@pytest.mark.parametrize("seconds", SKEWS)
def test_a_clock_that_is_an_hour_wrong_is_noted_and_does_no_harm(pair: Pair, seconds: int) -> None:
    with wrong_clock(pair, seconds):
        pair.write(SOME // 2)
        pair.settle(SOME)
        (skew,) = pair.inbound("skew_seconds")
    pair.write(SOME // 2)
    pair.settle(SOME)

    assert abs(skew - seconds) < 60
    assert pair.inbound("skew_seconds") == (0,)
    assert (standing := pair.stand()).is_whole, standing


@pytest.fixture
def small_disk(pair: Pair, tmp_path: Path) -> Iterator[Path]:
    """
    A small disk that the province's database may use.
    """
    folder = pair.province.running.home.with_name("small-disk")
    folder.mkdir()
    data = next(pair.province.running.home.rglob("PG_VERSION")).stat()
    options = f"size={SMALL_DISK},mode=0700,uid={data.st_uid},gid={data.st_gid}"
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this account may not mount a small disk to fill")
    assert stat.S_ISDIR(folder.stat().st_mode)
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_receiver_without_room_says_later_and_takes_it_then(pair: Pair, small_disk: Path) -> None:
    with full_disk(pair, small_disk) as make_room:
        pair.write(SOME * 2, versions=1)
        wait_until(
            lambda: pair.at_city("SELECT 1 FROM exchange_position WHERE trouble = 'LATER'"), seconds=180
        )
        halfway = pair.at_city(LEFT)[0][0]
        make_room()
        pair.settle(SOME * 2)

    assert halfway > 0
    assert (standing := pair.stand()).is_whole, standing


def test_nobody_else_is_taken_for_the_sender(pair: Pair) -> None:
    pair.write(8)
    pair.settle()
    envelope = newest_batch(pair)
    before = pair.inbound("position, chain, forked_at")
    forged = pair.orders("forge", receiver=PROVINCE.code, envelope=envelope.hex())
    altered = {f"byte {place}": spoilt(envelope, place) for place in places(envelope)}

    answers = {
        name: post(pair, content)
        for name, content in {
            **{name: bytes.fromhex(text) for name, text in forged.items()},
            **altered,
        }.items()
    }
    replayed = [post(pair, envelope) for _time in range(3)]

    assert {name: status for name, status in answers.items() if not 400 <= status < 500} == {}
    assert replayed == [200] * 3
    assert pair.inbound("position, chain, forked_at") == before
    pair.write(8)
    pair.settle()
    assert (standing := pair.stand()).is_whole, standing


def newest_batch(pair: Pair) -> bytes:
    """
    Return the envelope of the newest batch of cases that went over the line.
    """
    for message in reversed(pair.link.carried):
        envelope = message.partition(b"\r\n\r\n")[2]
        with suppress(envelopes.NotAnEnvelope):
            batch = envelopes.read(envelope).header.batch
            if batch is not None and batch.dataset == faults.DATASET and batch.last >= batch.first:
                return envelope
    raise AssertionError("no batch went over the line")


def places(envelope: bytes) -> list[int]:
    """
    Return places all over an envelope, its head among them.
    """
    return [0, 6, 40, *range(100, len(envelope), max(1, len(envelope) // 20)), len(envelope) - 1]


def spoilt(envelope: bytes, place: int) -> bytes:
    return envelope[:place] + bytes([envelope[place] ^ 1]) + envelope[place + 1 :]


def post(pair: Pair, envelope: bytes) -> int:
    return httpx.post(
        f"{pair.province.url}{PATH}", content=envelope, headers={"Content-Type": CONTENT_TYPE}, timeout=60
    ).status_code


def test_a_poisoned_row_among_good_ones_stands_alone(pair: Pair) -> None:
    pair.at_province("INSERT INTO proof_poison VALUES ('POISON')")
    pair.write(SOME)
    pair.orders("write_one", number="POISON", version=1)
    pair.write(SOME)
    pair.settle(SOME * 2)

    refused = pair.at_city("SELECT key, mended_by FROM exchange_senterror")
    poisoned = pair.stand()
    pair.at_province("DELETE FROM proof_poison")
    pair.orders("write_one", number="POISON", version=2)
    pair.settle()
    mended = pair.at_city("SELECT mended_by IS NOT NULL FROM exchange_senterror")

    assert [(key.rpartition("/")[2], by) for key, by in refused] == [("POISON", None)]
    assert not poisoned.are_equal
    assert (poisoned.differing, poisoned.received) == (0, poisoned.sent)
    assert mended == [(True,)]
    assert (standing := pair.stand()).is_whole, standing
