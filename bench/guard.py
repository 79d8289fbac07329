"""
What the policy and the audit trail cost: the same path with and without them, turn by turn in one process.

Without the policy every action is permitted unasked and every reach is everything; without the trail nothing is
written down, not even by the statements of a submission. Both answer the same otherwise.
"""

import json
import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from unittest.mock import patch

from django.test import Client

from bench import dataset
from bench.dataset import Callers
from bench.report import Row, at_most
from tongban.business.casework.services import recording, submission
from tongban.foundation import audit, policy
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.clock import now
from tongban.support.identity import services as identity
from tongban.support.identity.values import AccountKind

TURNS = 40
REQUESTS = 12
"""Of a turn; turns with and without follow one another, so that a busy machine is busy for both."""
AIM = 1.15
LOGIN_SECONDS = 2.0
AUDITED = re.compile(r", audited AS \(.*?\n\)(?=, fact AS)", re.DOTALL)

WITHOUT_POLICY = "the same path, everything permitted unasked"
WITHOUT_TRAIL = "the same path, nothing written down"


def rows(callers: Callers) -> Iterator[Row]:
    """
    Yield the cost of the policy on a read and on a list, of the trail on a submission, and log-ins a second.
    """
    number = dataset.number_of(1)
    reads = {
        "read one case": (f"/api/v1/cases/{number}", callers.system),
        "list 100": ("/api/v1/cases?limit=100", callers.clerk),
    }
    for name, (path, token) in reads.items():
        ratio = _ratio(lambda path=path, token=token: _get(path, token), without=_no_policy)  # type: ignore[misc]
        yield at_most(f"{name}: cost of the policy", ratio, unit="×", aim=AIM, ceiling_is=WITHOUT_POLICY)
    turn = iter(range(10**9))
    ratio = _ratio(lambda: _submit(callers.system, 500_000 + next(turn)), without=_no_trail)
    yield at_most(
        "submit a case: cost of the audit trail", ratio, unit="×", aim=AIM, ceiling_is=WITHOUT_TRAIL
    )
    yield Row(name="log-ins of one process", value=round(_logins(), 1), unit="/s")


def _ratio(work: Callable[[], object], *, without: Callable[[], object]) -> float:
    spent: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(TURNS + 2):
        for is_with in (True, False):
            with ExitStack() as stack:
                if not is_with:
                    stack.enter_context(without())  # type: ignore[arg-type]
                began = time.perf_counter()
                for _ in range(REQUESTS):
                    work()
                if turn > 1:
                    spent[is_with].append(time.perf_counter() - began)
    return statistics.median(spent[True]) / statistics.median(spent[False])


@contextmanager
def _no_policy() -> Iterator[None]:
    yes = policy.yes(policy.Reason.SYSTEM)
    with (
        patch.object(policy.Action, "decide", lambda *_, **__: yes),
        patch.object(policy.Reach, "decide", lambda *_, **__: yes),
    ):
        yield


@contextmanager
def _no_trail() -> Iterator[None]:
    with (
        patch.object(audit, "record", lambda **_: None),
        patch.object(submission, "INSERT", AUDITED.sub("", submission.INSERT)),
        patch.object(recording, "APPEND", AUDITED.sub("", recording.APPEND)),
    ):
        yield


def _get(path: str, token: str) -> None:
    answer = Client(SERVER_NAME="localhost").get(path, headers={"Authorization": f"Bearer {token}"})
    if answer.status_code != HTTPStatus.OK:
        raise RuntimeError(f"{path} answers {answer.status_code}")


def _submit(token: str, turn: int) -> None:
    answer = Client(SERVER_NAME="localhost").post(
        "/api/v1/cases",
        json.dumps(dataset.submission(turn)),
        "application/json",
        headers={"Authorization": f"Bearer {token}"},
    )
    if answer.status_code != HTTPStatus.CREATED:
        raise RuntimeError(f"a submission answers {answer.status_code}")


def _logins() -> float:
    login = dataset.new_staff()
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < LOGIN_SECONDS:
        identity.authenticate(
            login=login,
            password=dataset.PASSWORD,
            kind=AccountKind.STAFF,
            actor=ANONYMOUS,
            address=None,
            at=now(),
        )
        done += 1
    return done / spent
