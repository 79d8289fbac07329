"""
What is measured: each path as people and systems call it, beside its ceiling in the same round.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that every run asks the same questions
from typing import Any

from django.db import connection
from django.test import Client

from bench import dataset, load, pgbench
from bench.dataset import Callers
from bench.load import Load, Request
from bench.pgbench import Script
from tongban.foundation.paging import encode_cursor

READS = 20_000
SUBMISSIONS = 20_000
ACCEPTANCES_BY_HTTP = 6_000
ACCEPTANCES_BY_PGBENCH = 400
PAGE = 100
DEEP_PAGE = 10_000
GUIDE = "511A0015500009-511602000000-000-115113016823646795-1-00"
"""公共场所卫生许可: seven materials, two questions, twelve fields."""

SAME_SQL = "the same SQL by pgbench, prepared, 16 connections"
PING = "/healthz of the same server"


@dataclass(slots=True, kw_only=True)
class Measured:
    """
    One path and the rounds it was measured in.
    """

    name: str
    requests: Callable[[int], list[Request]]
    """Requests of a round."""
    script: Callable[[int], Script] | None
    """Ceiling of a round; None: the plain ping of the same server."""
    aim: float | None
    transactions: int | None = None
    """Transactions per connection, where they use something up."""
    loads: list[Load] = field(default_factory=list)
    ceilings: list[float] = field(default_factory=list)

    @property
    def pairs(self) -> list[tuple[float, float]]:
        """
        Return (value, ceiling) of each round.
        """
        return [(one.per_second, ceiling) for one, ceiling in zip(self.loads, self.ceilings, strict=True)]


def paths(callers: Callers, *, run: str) -> Iterator[Measured]:
    """
    Yield the paths; the first one is the ping.

    :param run: eight digits that no earlier run had
    """
    yield Measured(name="ping", requests=lambda _: [Request(path="/healthz")], script=None, aim=None)
    yield _submit(callers)
    yield _read(callers)
    yield _accept(callers, run=run)
    yield _list("list 100 of 1,000,000: page 1", callers.clerk, cursor=None, aim=0.15)
    yield _list("list 100 of 1,000,000: page 10,000", callers.clerk, cursor=_cursor(dataset.AGENCY), aim=0.15)
    yield _list("list 100, a small agency's: page 1", callers.small, cursor=None, aim=None)
    yield _progress()
    yield Measured(
        name="guide page (HTML)",
        requests=lambda _: [Request(path=f"/items/{GUIDE}/")],
        script=None,
        aim=None,
    )
    yield Measured(name="home page (HTML)", requests=lambda _: [Request(path="/")], script=None, aim=None)


def _submit(callers: Callers) -> Measured:
    body = dataset.submission(0)
    with pgbench.captured() as _:
        _ask(Request(path="/api/v1/cases", method="POST", token=callers.system, body=json.dumps(body)))
    body = dataset.submission(0)
    with pgbench.captured() as found:
        answer = _ask(
            Request(path="/api/v1/cases", method="POST", token=callers.system, body=json.dumps(body))
        )
    begins = _position(found, "casework_counter")
    scope = found[begins].parameters[0]
    prefix = dataset.prefixes()[0]
    day = answer["case_number"][len(prefix) :][:8]
    chosen = f"((:prefixes::text[])[:k] || '{day}'"
    instead: dict[object, str] = {
        scope: f"'case:' || (:prefixes::text[])[:k] || ':{day}'",
        answer["case_number"]: f"{chosen} || to_char(:c_last::bigint, 'FM00000000'))",
        answer["query_code"]: "left(md5(random()::text), 9)",
        body["draft_id"]: "gen_random_uuid()",
    }
    from uuid import UUID  # noqa: PLC0415

    instead[UUID(body["draft_id"])] = "gen_random_uuid()"
    made = pgbench.script(
        found,
        transaction=begins,
        before=[f"\\set k random(1, {dataset.OFFERINGS})"],
        variables={"prefixes": "{" + ",".join(dataset.prefixes()) + "}"},
        instead=instead,
        keep={begins: "c_"},
    )

    def requests(_round: int) -> list[Request]:
        return [
            Request(
                path="/api/v1/cases",
                method="POST",
                token=callers.system,
                body=json.dumps(dataset.submission(turn)),
            )
            for turn in range(SUBMISSIONS)
        ]

    return Measured(name="submit a case", requests=requests, script=lambda _: made, aim=0.35)


def _read(callers: Callers) -> Measured:
    number = dataset.number_of(1)
    _ask(Request(path=f"/api/v1/cases/{number}", token=callers.system))
    with pgbench.captured() as found:
        _ask(Request(path=f"/api/v1/cases/{number}", token=callers.system))
    made = pgbench.script(
        found,
        before=[f"\\set i random(0, {dataset.CASES // dataset.OWN_EVERY - 1})"],
        instead={number: _number_sql(f":i * {dataset.OWN_EVERY} + 1")},
    )
    dice = Random(dataset.SEED)

    def requests(_round: int) -> list[Request]:
        return [
            Request(path=f"/api/v1/cases/{dataset.number_of(dataset.own_case(dice))}", token=callers.system)
            for _ in range(READS)
        ]

    return Measured(name="read one case", requests=requests, script=lambda _: made, aim=0.15)


def _accept(callers: Callers, *, run: str) -> Measured:
    """
    Each acceptance uses up a case of the pool: a share of it for each round and each generator.
    """
    per_pgbench = ACCEPTANCES_BY_PGBENCH * load.CONNECTIONS
    per_round = ACCEPTANCES_BY_HTTP + per_pgbench

    def one(turn: int) -> Request:
        path = f"/api/v1/cases/{dataset.pool_number(run, turn)}/acceptance"
        token = callers.accepting[turn % dataset.POOL_AGENCIES]
        return Request(path=path, method="POST", token=token, body='{"opinion": "材料齐全"}')

    _ask(one(0))
    with pgbench.captured() as found:
        _ask(one(1))
    number = dataset.pool_number(run, 1)
    begins = _position(found, "FOR NO KEY UPDATE")
    drawn_up = found[_position(found, "casework_counter")].parameters
    scope, stem = drawn_up["scope"], drawn_up["stem"]
    agency = f":client_id::bigint % {dataset.POOL_AGENCIES}"
    head, tail = scope.split(f"演示{1}")
    # A colon and a letter, even within quotes, is a variable to pgbench.
    head, tail = head.replace(":", ":' || '"), tail.replace(":", ":' || '")
    scope_sql = f"'{head}' || '演示' || ({agency})::text || '{tail}'"

    def script(turn: int) -> Script:
        base = 8 + turn * per_round + ACCEPTANCES_BY_HTTP
        place = f":base + :client_id + :n * {load.CONNECTIONS}"
        return pgbench.script(
            found,
            transaction=begins,
            before=["\\set n :n + 1"],
            variables={"n": "-1", "base": str(base)},
            instead={
                number: f"'{dataset.POOL_PREFIX}{run}' || to_char({_bigints(place)}, 'FM0000000')",
                stem: f"'{run}' || ({agency})::text || '-'",
                scope: scope_sql,
            },
        )

    def requests(turn: int) -> list[Request]:
        first = 8 + turn * per_round
        return [one(first + place) for place in range(ACCEPTANCES_BY_HTTP)]

    return Measured(
        name="accept a case (a further step)",
        requests=requests,
        script=script,
        aim=None,
        transactions=ACCEPTANCES_BY_PGBENCH,
    )


def pool_size(rounds: int) -> int:
    """
    Return how many cases the rounds of acceptance use up.
    """
    return 8 + (rounds + 1) * (ACCEPTANCES_BY_HTTP + ACCEPTANCES_BY_PGBENCH * load.CONNECTIONS)


def _list(name: str, token: str, *, cursor: str | None, aim: float | None) -> Measured:
    path = f"/api/v1/cases?limit={PAGE}" + (f"&cursor={cursor}" if cursor else "")
    _ask(Request(path=path, token=token))
    with pgbench.captured() as found:
        page = _ask(Request(path=path, token=token))
    if len(page["items"]) != PAGE:
        raise load.LoadFailed(f"{name}: {len(page['items'])} rows on a page of {PAGE}")
    made = pgbench.script(found)
    return Measured(
        name=name,
        requests=lambda _: [Request(path=path, token=token)],
        script=lambda _: made,
        aim=aim,
    )


def _progress() -> Measured:
    def path(case: int) -> str:
        return f"/api/v1/progress?number={dataset.number_of(case)}&query_code={dataset.query_code_of(case)}"

    _ask(Request(path=path(1)))
    with pgbench.captured() as found:
        _ask(Request(path=path(1)))
    made = pgbench.script(
        found,
        before=[f"\\set i random(1, {dataset.CASES})"],
        instead={dataset.number_of(1): _number_sql(":i")},
    )
    dice = Random(dataset.SEED)
    return Measured(
        name="progress without a log-in",
        requests=lambda _: [Request(path=path(dice.randrange(dataset.CASES) + 1)) for _ in range(READS)],
        script=lambda _: made,
        aim=None,
    )


def _cursor(agency: str) -> str:
    """
    Return the cursor of page 10,000: the key of the last row before it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM casework_case WHERE agency_code = %s ORDER BY id DESC OFFSET %s LIMIT 1",
            [agency, (DEEP_PAGE - 1) * PAGE - 1],
        )
        return encode_cursor("cases", [cursor.fetchone()[0]])


def _ask(request: Request) -> Any:
    """
    Send the request to the application in this process and return its answer.
    """
    headers = {"Authorization": f"Bearer {request.token}"} if request.token else {}
    answer = Client(SERVER_NAME="localhost").generic(
        request.method, request.path, request.body.encode(), "application/json", headers=headers
    )
    if answer.status_code >= 400:  # noqa: PLR2004
        raise load.LoadFailed(
            f"{request.method} {request.path}: {answer.status_code} {answer.content[:500]!r}"
        )
    return json.loads(answer.content)


def _position(statements: list[pgbench.Statement], words: str) -> int:
    return next(place for place, statement in enumerate(statements) if words in statement.sql)


def _number_sql(expression: str) -> str:
    return f"'{dataset.PREFIX}{dataset.DAY}' || to_char({_bigints(expression)}, 'FM0000000')"


def _bigints(expression: str) -> str:
    """
    Return the expression with its variables cast: a parameter by itself has no type.
    """
    return " ".join(f"{part}::bigint" if part.startswith(":") else part for part in expression.split(" "))


def folder_of(home: Path) -> Path:
    """
    Return where generators keep their files.
    """
    folder = home / "load"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
