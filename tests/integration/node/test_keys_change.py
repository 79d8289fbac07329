"""
`tongban keys` beside a node that works: nobody is refused, nothing stays with the old key, the trail tells of it.
"""

import http.client
import json
from threading import Event, Thread
from time import sleep
from typing import Any, Self

import pytest

from tests.integration.node.running import RunningNode, wait_until

pytestmark = pytest.mark.slow


class Writers:
    """
    Threads that have codes sent, each to mobiles nobody else uses: a sealed mobile and two blind indexes a time.
    """

    def __init__(self, node: RunningNode, count: int = 2) -> None:
        self.node = node
        self.answers: list[int] = []
        self._stop = Event()
        self._threads = [Thread(target=self._run, args=(number,)) for number in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        wait_until(lambda: len(self.answers) > 5)
        return self

    def __exit__(self, *_problem: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        turn = 0
        while not self._stop.is_set():
            turn += 1
            # An address may have so many codes sent in an hour; this machine has many of its own.
            address = f"127.{number + 1}.{turn // 250}.{turn % 250 + 1}"
            # Breath for the command beside it: what counts is that somebody always writes, not how much.
            sleep(0.1)
            self.answers.append(
                send_code(self.node, f"19{number}{id(self) % 1000:03d}{turn:05d}", address=address)
            )


def send_code(node: RunningNode, mobile: str, *, address: str) -> int:
    connection = http.client.HTTPConnection(node.host, node.port, timeout=60, source_address=(address, 0))
    try:
        connection.request(
            "POST",
            "/api/v1/codes",
            body=json.dumps({"mobile": mobile, "purpose": "REGISTER"}),
            headers={"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def keys(node: RunningNode, *arguments: str) -> dict[str, Any]:
    done = node.tongban("keys", *arguments, "--json")
    assert done.returncode == 0, done.stderr[-2000:]
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def entries(node: RunningNode) -> list[tuple[str, dict[str, Any]]]:
    script = (
        "import json\n"
        "from tongban.foundation.models import AuditEntry\n"
        "rows = AuditEntry.objects.filter(action__startswith='foundation.keys.').order_by('id')\n"
        "print(json.dumps(list(rows.values_list('action', 'facts'))))"
    )
    done = node.tongban("django", "shell", "-v", "0", "-c", script)
    assert done.returncode == 0, done.stderr[-2000:]
    return [(action, facts) for action, facts in json.loads(done.stdout.splitlines()[-1])]


class TestDataKey:
    def test_changes_while_the_node_writes(self, node: RunningNode) -> None:
        with Writers(node) as writers:
            made = keys(node, "new")
            told = keys(node, "rotate")
            again = keys(node, "rotate")
            retired = keys(node, "retire", "1", "--now")

        assert set(writers.answers) == {202}
        assert (made["key"], told["ok"], told["left"]) == (2, True, {})
        assert sum(told["sealed"].values()) > 5
        assert again["sealed"] == {}
        assert (retired["key"], retired["is_log_only"]) == (1, False)
        assert [row["id"] for row in keys(node, "list")["data"]] == [2]

    def test_leaves_entries_of_who_did_what_and_how_much(self, node: RunningNode) -> None:
        seen = entries(node)

        actions = [action.removeprefix("foundation.keys.") for action, _facts in seen]
        assert actions == ["make", *["begin_rotation", "end_rotation"] * 2, "retire"]
        facts = [facts for _action, facts in seen]
        assert facts[1]["what"] == "data"
        assert facts[1]["rows"] > 0
        assert sum(facts[2]["sealed"].values()) > 5
        assert facts[2]["left"] == {}
        assert all(fact["operator"] for fact in facts)


class TestIndexKey:
    def test_changes_while_the_node_writes(self, node: RunningNode) -> None:
        with Writers(node) as writers:
            told = keys(node, "rotate", "--index", "--now")

        assert set(writers.answers) == {202}
        assert (told["ok"], told["conflicts"], told["unmakeable"]) == (True, [], [])
        assert [row["id"] for row in keys(node, "list")["index"]] == [2]
        begun, ended = entries(node)[-2:]
        assert (begun[1]["what"], ended[1]["is_old_root_forgotten"]) == ("index", True)
