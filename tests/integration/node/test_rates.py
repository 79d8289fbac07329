"""
Quotas of a running node: all of its web processes count together, and go on counting when one of them is replaced.
"""

import json
import os
import signal
import time
from urllib.request import Request, urlopen

import pytest

from tests.integration.node.conftest import CLIENT_QUOTA
from tests.integration.node.running import RunningNode, children_of, wait_until

pytestmark = pytest.mark.slow

WEB = "tongban.config.cli web"
WINDOW = 60
TIME_NEEDED = 10


def token_of(node: RunningNode, client_id: str) -> str:
    """
    Let a system in and return a token of it.
    """
    made = node.tongban("create-client", client_id, "--name", "某局系统", "--scope", "cases:read", "--json")
    told = json.loads(made.stdout)
    wanted = Request(
        f"http://{node.host}:{node.port}/api/v1/tokens",
        data=json.dumps({"grant_type": "client_credentials", **told}).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urlopen(wanted, timeout=60) as answer:
        return str(json.loads(answer.read())["access_token"])


def ask(node: RunningNode, token: str) -> tuple[bool, str]:
    """
    Ask once, by a connection of its own, so that any web process may answer.

    Return whether it was too much, and how the quota stands; the system has no agency and sees no case.
    """
    status, headers, _body = node.get("/api/v1/cases", Authorization=f"Bearer {token}")
    assert status in {403, 429}
    return status == 429, headers["ratelimit"].partition(";t=")[0]


def begin_window() -> None:
    """
    Wait until so much of the minute is left that the test ends within it.
    """
    left = WINDOW - time.time() % WINDOW
    if left < TIME_NEEDED:
        time.sleep(left)


class TestQuota:
    def test_is_one_for_all_web_processes(self, node: RunningNode) -> None:
        token = token_of(node, "counted-once")
        begin_window()

        answers = [ask(node, token) for _ in range(CLIENT_QUOTA + 2)]

        assert len(children_of(node.part(WEB))) == 2
        assert answers == [
            *((False, f'"client";r={left}') for left in reversed(range(CLIENT_QUOTA))),
            *[(True, '"client";r=0')] * 2,
        ]

    def test_is_not_given_anew_by_a_process_that_was_replaced(self, node: RunningNode) -> None:
        token, main = token_of(node, "counted-on"), node.part(WEB)
        begin_window()
        before = [ask(node, token)[1] for _ in range(3)]
        killed = min(children_of(main))

        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: len(children_of(main)) == 2 and killed not in children_of(main))
        after = [ask(node, token)[1] for _ in range(8)]

        assert before == [f'"client";r={CLIENT_QUOTA - turn}' for turn in (1, 2, 3)]
        assert after == [f'"client";r={CLIENT_QUOTA - turn}' for turn in range(4, 12)]
