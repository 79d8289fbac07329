"""
What the gateway costs: calls a second through it, beside calls a second of the very service behind it, in one run.

The service is a process of its own that answers a small JSON text at once, so that nothing of its own time hides what
the gateway does: token, grant, quota, form of the rows, filters, evidence. One system over sixteen connections.
"""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from multiprocessing import Process, Queue
from typing import Any, Final

from bench import load, node, paths
from bench.report import Row, against
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.clock import civil_date, now
from tongban.resources.datasets import services as datasets
from tongban.resources.datasets.values import Definition, Field, Sharing
from tongban.resources.sharing import services
from tongban.resources.sharing.values import (
    Parameter,
    RequestContent,
    ServiceContent,
    ServiceKind,
)
from tongban.support.identity import services as identity
from tongban.support.identity.values import Scope

SECONDS: Final = 4
ACTOR: Final = system_actor("bench.gateway")
AGENCY, USER, DIVISION = "11511301008778298W", "11511301008778239R", "511602000000"
CLIENT: Final = "bench-system"
CODE: Final = "bench-service"
BODY: Final = '{"question":{"number":"1"}}'
ANSWER: Final = b'[{"name":"abc","place":"xyz","secret":"s"}]'
CEILING_IS: Final = "the service behind it, same run"


def rows(rounds: int) -> list[Row]:
    """
    Measure.
    """
    with _upstream() as upstream:
        token = _prepared(upstream)
        asked = [load.Request(method="POST", path=f"/gateway/v1/{CODE}", token=token, body=BODY)]
        bare = [load.Request(method="POST", path="/", body=BODY)]
        folder = paths.folder_of(node.HOME)
        pairs, slow = [], []
        with node.web(os.environ["DATABASE_URL"]) as port:
            load.run(port, asked, seconds=1, folder=folder)
            for _turn in range(rounds):
                through = load.run(port, asked, seconds=SECONDS, folder=folder)
                straight = load.run(upstream, bare, seconds=SECONDS, folder=folder)
                pairs.append((through.per_second, straight.per_second))
                slow.append(through.p95_milliseconds)
    return [
        against("gateway: calls", pairs, unit="/s", ceiling_is=CEILING_IS, aim=None),
        Row(name="gateway: p95", value=round(sorted(slow)[len(slow) // 2], 1), unit="ms"),
    ]


def _prepared(port: int) -> str:
    """
    Return the token of a system to which a service is opened.
    """
    at = now()
    definition = Definition(
        title="bench",
        summary="bench",
        group_code="01",
        subgroup_code="001",
        provider_code=AGENCY,
        provider_name="bench",
        division_code=DIVISION,
        sharing=Sharing.UNCONDITIONAL,
        fields=(
            Field(name="name", title="name", length=100, is_required=True),
            Field(name="place", title="place", length=100),
        ),
    )
    version = datasets.compile_dataset(definition=definition, actor=ACTOR, at=at)
    datasets.submit_draft(version_id=version.id, actor=ACTOR, at=at)
    published = datasets.publish_version(version_id=version.id, actor=ACTOR, at=at)
    services.create_service(
        code=CODE,
        agency_code=AGENCY,
        division_code=DIVISION,
        content=ServiceContent(
            title="bench",
            summary="",
            dataset_code=published.code,
            kind=ServiceKind.UPSTREAM,
            definition={"url": f"http://127.0.0.1:{port}/"},
            parameters=(Parameter(name="number", title="number"),),
        ),
        actor=ACTOR,
        at=at,
    )
    services.check_service(code=CODE, actor=ACTOR, at=at)
    services.publish_service(code=CODE, actor=ACTOR, at=at)
    return _granted(at)


def _granted(at: Any) -> str:
    receipt = identity.create_client(
        client_id=CLIENT,
        name=CLIENT,
        scopes=[Scope.DATA_CALL],
        agency_code=USER,
        division_code=DIVISION,
        actor=ACTOR,
        at=at,
    )
    applicant = Actor(
        kind=ActorKind.STAFF,
        id="bench",
        name="bench",
        agency_code=USER,
        division_code=DIVISION,
        roles=frozenset({"DATA_STEWARD"}),
    )
    wish = RequestContent(
        client_id=CLIENT,
        purpose="bench",
        legal_basis="bench",
        fields=("name", "place"),
        daily_quota=10_000_000,
        until=civil_date(at) + timedelta(days=1),
        contact_name="bench",
        contact_phone="0000-0000000",
    )
    services.submit_request(
        service_code=CODE, content=wish, actor=applicant, calendar=packaged_calendar(), at=at
    )
    issued = identity.issue_client_token(
        client_id=CLIENT, client_secret=receipt.client_secret, scopes=(), address="127.0.0.1", at=now()
    )
    return issued.token


@contextmanager
def _upstream() -> Iterator[int]:
    told: Queue[int] = Queue()
    process = Process(target=_serve, args=(told,), daemon=True)
    process.start()
    try:
        yield told.get(timeout=20)
    finally:
        process.terminate()


def _serve(told: "Queue[int]") -> None:
    asyncio.run(_answer_for_ever(told))


async def _answer_for_ever(told: "Queue[int]") -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(ANSWER)}\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                asked = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in asked.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                await reader.readexactly(length)
                writer.write(head.encode() + ANSWER)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    told.put(server.sockets[0].getsockname()[1])
    await server.serve_forever()
