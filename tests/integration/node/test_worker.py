import os
import signal
from collections.abc import Iterator

import psycopg
import pytest

from tests.integration.node.running import RunningNode, is_alive, wait_until

pytestmark = pytest.mark.slow


@pytest.fixture
def database(node: RunningNode) -> Iterator[psycopg.Connection]:
    url = (node.home / "run" / "database_url").read_text()
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def count(database: psycopg.Connection, question: str) -> int:
    row = database.execute(question).fetchone()
    assert row is not None
    return int(row[0])


class TestJobs:
    def test_left_half_done_by_a_killed_worker_are_done_by_the_next(
        self, node: RunningNode, database: psycopg.Connection
    ) -> None:
        database.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args)"
            " VALUES ('upkeep', 'config.retry_stalled_jobs', 'doing', '{\"timestamp\": 4242}')"
        )
        killed = node.part("tongban.config.cli worker")

        os.kill(killed, signal.SIGKILL)

        wait_until(lambda: not is_alive(killed))
        left = "SELECT count(*) FROM procrastinate_jobs WHERE args->>'timestamp' = '4242'"
        wait_until(lambda: count(database, left) == 0)
        node.wait_ready()


class TestAnnouncements:
    def test_for_a_subscriber_that_is_gone_are_kept_and_tried_again(
        self, node: RunningNode, database: psycopg.Connection
    ) -> None:
        database.execute(
            "INSERT INTO foundation_delivery"
            " (announcement_id, at, topic, key, payload, subscriber, next_attempt_at)"
            " VALUES (1, now(), 'test.happened', 'k', '{}', 'test.gone', now())"
        )

        tried = "SELECT coalesce(max(attempts), 0) FROM foundation_delivery WHERE subscriber = 'test.gone'"
        wait_until(lambda: count(database, tried) >= 2)

        assert "\ntongban_deliveries_failing 1.0\n" in node.get("/metrics")[2]
        row = database.execute(
            "SELECT last_error FROM foundation_delivery WHERE subscriber = 'test.gone'"
        ).fetchone()
        assert row is not None
        assert row[0].startswith("LookupError: ")
        database.execute("DELETE FROM foundation_delivery WHERE subscriber = 'test.gone'")


class TestHeartbeat:
    def test_is_the_living_workers_only(self, node: RunningNode, database: psycopg.Connection) -> None:
        alive = f"SELECT count(*) FROM foundation_heartbeat WHERE process LIKE 'worker:%:{node.part('cli worker')}'"

        assert count(database, alive) == 1
