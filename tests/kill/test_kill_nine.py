"""
A node of which web, worker and database are killed with -9, again and again, while applications come in.

What was acknowledged is there, once; chains hold; every announcement has had its one effect. KILL_SUBMISSIONS and
KILL_TIMES make it bigger (`make kill`). A part that dies often is left alone for up to half a minute before it is
started again, so many kills take long.
"""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter as Tally
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import psycopg
import pytest

from tests.factories import casework as make
from tests.factories.homes import enterable_folder, home_with_tables
from tests.integration.node.running import RunningNode, wait_until
from tongban.config.database import address_file

pytestmark = pytest.mark.slow

SUBMISSIONS = int(os.environ.get("KILL_SUBMISSIONS", "150"))
TIMES = int(os.environ.get("KILL_TIMES", "1"))
"""How often each part is killed."""
THREADS = 8
PATIENCE_SECONDS = 180
PARTS = ("/postgres -D ", "tongban.config.cli web", "tongban.config.cli worker")
AGAIN = frozenset({429, 500, 502, 503, 504})
"""Answers that do not say whether something happened; whoever gets one asks again with the same key."""


@dataclass
class Caller:
    """
    Another system that never gives up and never sends anything twice under two keys.
    """

    node: RunningNode
    token: str = ""
    repeated: Tally[str] = field(default_factory=Tally)

    def post(self, path: str, body: dict[str, Any], *, key: str = "") -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                status, answer = self._send(path, json.dumps(body).encode(), key)
            except (OSError, http.client.HTTPException) as error:
                self.repeated[type(error).__name__] += 1
            else:
                if status not in AGAIN:
                    return status, answer
                self.repeated[str(status)] += 1
            time.sleep(0.2)
        raise AssertionError(f"{path} was never answered: {self.repeated}")

    def _send(self, path: str, body: bytes, key: str) -> tuple[int, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.node.port, timeout=60)
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        try:
            connection.request("POST", f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    """
    A node with one offering.
    """
    with enterable_folder() as folder:
        running = RunningNode(home_with_tables(folder / "home")).wait_ready()
        loaded = running.tongban("load-area", "--no-accounts", str(small_area(folder / "area")))
        assert loaded.returncode == 0, loaded.stderr
        yield running
        running.destroy()


def small_area(folder: Path) -> Path:
    """
    Write an area of one agency with one offering.
    """
    files: dict[str, list[dict[str, Any]]] = {
        "divisions.jsonl": [
            {"code": "510000000000", "name": "四川省", "valid_from": "2023-01-01"},
            {"code": "511600000000", "name": "广安市", "parent_code": "510000000000"},
            {"code": make.DIVISION, "name": "广安区", "parent_code": "511600000000"},
        ],
        "agencies.jsonl": [
            {
                "code": make.AGENCY,
                "name": "广安区卫生健康局",
                "kind": "DEPARTMENT",
                "division_code": make.DIVISION,
            }
        ],
        "items.jsonl": [
            {"code": "test-hygiene", "elements": msgspec.to_builtins(make.elements(materials=()))},
        ],
    }
    (folder / "offerings").mkdir(parents=True)
    for name, rows in files.items():
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text("".join(lines), encoding="utf-8")
    (folder / "licence_types.json").write_text("[]", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def caller(node: RunningNode) -> Caller:
    """
    A system that may submit and accept for the agency.
    """
    arguments = ["--scope", "cases:read", "--scope", "cases:write", "--agency", make.AGENCY]
    made = node.tongban(
        "create-client", "killer", "--name", "x", *arguments, "--division", make.DIVISION, "--json"
    )
    assert made.returncode == 0, made.stderr
    secret = json.loads(made.stdout)["client_secret"]
    caller = Caller(node)
    body = {"grant_type": "client_credentials", "client_id": "killer", "client_secret": secret, "scope": ""}
    status, told = caller.post("/tokens", body)
    assert status == 200, told
    caller.token = told["access_token"]
    return caller


class Killer(threading.Thread):
    """
    Kills one part after the other, whenever another share of the submissions is through.
    """

    def __init__(self, node: RunningNode) -> None:
        super().__init__(daemon=True)
        self.node = node
        self.done = 0
        self.moved = threading.Condition()
        self.killed: Tally[str] = Tally()

    def count(self) -> None:
        """
        Note that one more submission was acknowledged.
        """
        with self.moved:
            self.done += 1
            self.moved.notify_all()

    def run(self) -> None:
        turns = [mark for _ in range(TIMES) for mark in PARTS]
        for turn, mark in enumerate(turns, start=1):
            with self.moved:
                self.moved.wait_for(lambda turn=turn: self.done >= SUBMISSIONS * turn // (len(turns) + 1))  # type: ignore[misc]
            wait_until(lambda mark=mark: self._kill(mark), seconds=PATIENCE_SECONDS)  # type: ignore[misc]

    def _kill(self, mark: str) -> bool:
        with suppress(ValueError, ProcessLookupError):
            os.kill(self.node.part(mark), signal.SIGKILL)
            self.killed[mark] += 1
            return True
        return False


class Database:
    """
    What the node's database holds in the end.
    """

    def __init__(self, home: Path) -> None:
        self.url = address_file(home).read_text(encoding="utf-8").strip()

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()


@dataclass(frozen=True)
class Outcome:
    """
    What was acknowledged, and what the database says.
    """

    submitted: dict[str, str]
    """draft -> case number."""
    accepted: list[str]
    killed: Tally[str]
    repeated: Tally[str]
    database: Database


@pytest.fixture(scope="module")
def outcome(node: RunningNode, caller: Caller) -> Outcome:
    """
    Submit and accept while the killing goes on, then let the node settle.
    """
    submitted: dict[str, str] = {}
    accepted: list[str] = []
    killer = Killer(node)
    killer.start()

    def work(number: int) -> None:
        draft = str(uuid4())
        status, told = caller.post("/cases", application(draft), key=f"submit-{draft}")
        assert status == 201, told
        submitted[draft] = told["case_number"]
        if number % 2:
            path = f"/cases/{told['case_number']}/acceptance"
            status, told = caller.post(path, {}, key=f"accept-{draft}")
            assert (status, told["status"]) == (200, "ACCEPTED")
            accepted.append(submitted[draft])
        killer.count()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, number) for number in range(SUBMISSIONS)]:
            done.result()
    killer.join(PATIENCE_SECONDS)
    node.wait_ready()
    database = Database(node.home)
    wait_until(
        lambda: database.ask("SELECT count(*) FROM foundation_delivery") == [(0,)], seconds=PATIENCE_SECONDS
    )
    return Outcome(submitted, accepted, killer.killed, caller.repeated, database)


def application(draft: str) -> dict[str, Any]:
    return {
        "draft_id": draft,
        "offering_code": "test-hygiene",
        "form": make.FORM,
        "applicant": {"name": "王小明", "id_number": "11010519491231002X", "mobile": "13900000001"},
    }


class TestANodeThatIsKilled:
    def test_was_killed_part_by_part_and_somebody_noticed(self, outcome: Outcome) -> None:
        assert outcome.killed == dict.fromkeys(PARTS, TIMES)
        assert sum(outcome.repeated.values()) > 0

    def test_has_every_acknowledged_case_once_and_no_other(self, outcome: Outcome) -> None:
        rows = outcome.database.ask("SELECT draft_id::text, number FROM casework_case")

        assert len(outcome.submitted) == SUBMISSIONS
        assert sorted(rows) == sorted(outcome.submitted.items())

    def test_gave_numbers_without_a_gap(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT left(number, 39), count(*), min(substr(number, 40)::int), max(substr(number, 40)::int) "
            "FROM casework_case GROUP BY 1"
        )

        # One group, or two where midnight fell into the test.
        assert all((low, high) == (1, count) for _stem, count, low, high in rows)

    def test_has_every_acknowledged_acceptance_once(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT case_number FROM casework_event WHERE kind = 'ACCEPTED' ORDER BY case_number"
        )

        assert [number for (number,) in rows] == sorted(outcome.accepted)

    def test_has_logs_that_hold(self, outcome: Outcome, node: RunningNode) -> None:
        verified = node.tongban("verify-ledger", "--json")

        told = json.loads(verified.stdout)
        assert (verified.returncode, told["ok"], told["cases"]) == (0, True, SUBMISSIONS)
        assert told["events"] == SUBMISSIONS + len(outcome.accepted)
        assert told["faults"] == []

    def test_has_rows_that_their_logs_make_again(self, outcome: Outcome, node: RunningNode) -> None:
        rebuilt = node.tongban("rebuild-projections", "--json")

        assert json.loads(rebuilt.stdout) == {"ok": True, "changed": 0}

    def test_drew_up_one_receipt_for_each_case(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT case_number, count(*) FROM casework_notice WHERE kind = 'receipt' GROUP BY case_number"
        )

        assert sorted(rows) == sorted((number, 1) for number in outcome.submitted.values())

    def test_drew_up_one_acceptance_notice_for_each_accepted_case(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT case_number, count(*) FROM casework_notice WHERE kind = 'acceptance' GROUP BY case_number"
        )

        assert sorted(rows) == sorted((number, 1) for number in outcome.accepted)

    def test_numbered_notices_without_a_gap(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT kind, count(*), count(DISTINCT document_number), "
            "max(substring(document_number FROM '〕([0-9]+)号')::int) FROM casework_notice GROUP BY kind"
        )

        assert all(count == different == last for _kind, count, different, last in rows)

    def test_opened_one_dossier_with_one_work_item_for_each_accepted_case(self, outcome: Outcome) -> None:
        dossiers = outcome.database.ask("SELECT case_number FROM handling_dossier ORDER BY case_number")
        items = outcome.database.ask(
            "SELECT dossier_id, count(*) FROM handling_workitem GROUP BY dossier_id ORDER BY dossier_id"
        )

        assert [number for (number,) in dossiers] == sorted(outcome.accepted)
        assert items == [(number, 1) for number in sorted(outcome.accepted)]

    def test_announced_each_event_once(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT e.case_number, e.seq, count(a.id) FROM casework_event e LEFT JOIN foundation_announcement a "
            "ON a.key = e.case_number AND a.topic = 'casework.case_' || lower(e.kind) "
            "AND (a.payload ->> 'seq')::int = e.seq GROUP BY 1, 2 HAVING count(a.id) <> 1"
        )

        assert rows == []

    def test_audited_each_event_once(self, outcome: Outcome) -> None:
        rows = outcome.database.ask(
            "SELECT action, count(*) FROM foundation_audit WHERE action LIKE 'casework.case.%' GROUP BY action"
        )

        assert dict(rows) == {
            "casework.case.submit": SUBMISSIONS,
            "casework.case.accept": len(outcome.accepted),
        }

    def test_queued_one_job_for_each_notice(self, outcome: Outcome) -> None:
        # What is rendered already is no job any more; nothing waits twice.
        rows = outcome.database.ask(
            "SELECT args ->> 'notice_id', count(*) FROM procrastinate_jobs "
            "WHERE task_name = 'casework.render_notice' GROUP BY 1 HAVING count(*) > 1"
        )
        lost = outcome.database.ask(
            "SELECT n.id FROM casework_notice n WHERE n.file_id IS NULL AND NOT EXISTS ("
            "SELECT 1 FROM procrastinate_jobs j WHERE j.task_name = 'casework.render_notice' "
            "AND (j.args ->> 'notice_id')::bigint = n.id)"
        )

        assert (rows, lost) == ([], [])
