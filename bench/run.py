"""
`make bench`: measure the main paths beside their ceilings, print a table, write bench/results/latest.json.

The node has an embedded PostgreSQL of its own in var/bench, with the settings of service; data sets are generated once
and kept there. Exit code 0 when everything was measured, whether or not the aims were met: missed ones are shown.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench import load, node, report
from tongban.foundation.postgres.cluster import Cluster

RESULTS = Path(__file__).parent / "results" / "latest.json"
ROUNDS = 3
HTTP_SECONDS = 3
PGBENCH_SECONDS = 2
WARM_SECONDS = 2

PEER = "Open Zaak 1.30 on two cores, 16 clients"
PUBLISHED = (
    ("submit a case", "create", 34.6, 20),
    ("accept a case (a further step)", "status", 17.1, 30),
    ("list 100 of 1,000,000: page 1", "list of 100", 11.4, 40),
    ("read one case", "read one", 37.5, 50),
)
FLAT = 1.5
MILLISECONDS = 1000
LIBRARY_ROUNDS = 3
MANY_CASES = 1_000_000
PARTS = ("speed", "recall", "seals", "stock", "exchange", "gateway", "library")
ALONE = frozenset({"seals", "exchange", "gateway", "stock", "library"})
"""Parts that need none of the data set of cases."""


def main() -> None:
    """
    Run.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=PARTS, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="paths whose name contains this")
    parser.add_argument("--cases", type=int, default=MANY_CASES, help="how many the large case library holds")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.part:
        _measure_here(given.part, rounds=given.rounds, cases=given.cases)
        return
    began = datetime.now(UTC)  # noqa: TID251 - a benchmark is its own interface
    started = time.monotonic()
    facts = report.machine(at=began, postgres="", generator=_generator())
    with Cluster(node.HOME) as cluster:
        facts["postgresql"] = cluster.binaries.version
        rows = []
        if given.only not in ALONE:
            rows = _cases(cluster, rounds=given.rounds, only=given.only)
        if not given.only:
            rows += _sealing(given.rounds)
            rows += _guard()
        if given.only in {"", "seals"}:
            say("seals, sealed licences …")
            rows += _part("seals", node.database(cluster, "bench_seals", is_fresh=True), rounds=given.rounds)
        if given.only in {"", "exchange"}:
            say("from node to node …")
            url = node.database(cluster, "bench_exchange", is_fresh=True)
            rows += _part("exchange", url, rounds=given.rounds)
        if given.only in {"", "gateway"}:
            say("the gateway …")
            url = node.database(cluster, "bench_gateway", is_fresh=True)
            rows += _part("gateway", url, rounds=given.rounds)
        if given.only in {"", "stock"}:
            say("earlier licences …")
            rows += _part("stock", node.database(cluster, "bench_stock", is_fresh=True))
        if given.only in {"", "library"}:
            say(f"the case library, with {given.cases:,} cases …")
            rows += _library(cluster, given.cases)
        if not given.only:
            rows += _search(cluster)
    facts["seconds"] = round(time.monotonic() - started)
    report.write(given.output, machine=facts, rows=rows)
    report.show(rows)
    say(f"{facts['seconds']} s; written to {given.output}")


def say(text: str) -> None:
    """
    Tell what goes on.
    """
    print(f"bench: {text}", flush=True)


def _generator() -> str:
    return f"wrk, {load.CONNECTIONS} connections" if load.wrk() else f"{load.CONNECTIONS} threads of Python"


# --- cases and pages ------------------------------------------------------------------------------------------------


def _cases(cluster: Cluster, *, rounds: int, only: str) -> list[dict[str, Any]]:
    url = node.database(cluster, "bench_cases")
    node.use(url)
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    from django.db import connections  # noqa: PLC0415

    from bench import dataset, paths  # noqa: PLC0415
    from tongban.foundation.logging import configure  # noqa: PLC0415

    configure(level="WARNING")
    if dataset.is_stale():
        say("the data set is of another version or worn out: making it again")
        connections.close_all()
        connections["default"].close_pool()  # type: ignore[attr-defined]
        node.database(cluster, "bench_cases", is_fresh=True)
    dataset.ensure(url, say=say)
    run = f"{int(time.time()) % 10**8:08d}"
    dataset.add_pool(url, run=run, count=paths.pool_size(rounds))
    found = list(paths.paths(dataset.callers(), run=run))
    found = [path for path in found if only in path.name or path.name == "ping"]
    folder = paths.folder_of(node.HOME)
    program = _pgbench(cluster)
    with node.web(url) as port:
        for path in found:
            load.run(port, path.requests(0), seconds=WARM_SECONDS, folder=folder)
        for turn in range(1, rounds + 1):
            say(f"round {turn} of {rounds}")
            for path in found:
                _measure(path, found[0], turn, port=port, folder=folder, program=program, url=url)
    return [report.as_dict(row) for row in _rows(found)]


def _measure(path: Any, ping: Any, turn: int, *, port: int, folder: Path, program: str, url: str) -> None:
    from bench import pgbench  # noqa: PLC0415

    one = load.run(port, path.requests(turn), seconds=HTTP_SECONDS, folder=folder)
    path.loads.append(one)
    if path.script is None:
        path.ceilings.append(ping.loads[-1].per_second)
        return
    path.ceilings.append(
        pgbench.run(
            program,
            url,
            path.script(turn),
            folder=folder,
            connections=load.CONNECTIONS,
            seconds=None if path.transactions else PGBENCH_SECONDS,
            transactions=path.transactions,
        )
    )


def _rows(found: list[Any]) -> list[report.Row]:
    from bench import paths  # noqa: PLC0415

    rows = []
    for path in found:
        if path.name == "ping":
            rows.append(report.Row(name="ping (/healthz)", value=round(_middle(path), 1), unit="/s"))
            continue
        words = paths.SAME_SQL if path.script else paths.PING
        rows.append(report.against(path.name, path.pairs, unit="/s", ceiling_is=words, aim=path.aim))
        p95 = sorted(one.p95_milliseconds for one in path.loads)[len(path.loads) // 2]
        rows.append(report.Row(name=f"{path.name}: p95", value=round(p95, 1), unit="ms"))
    by_name = {path.name: path for path in found}
    first, deep = (by_name.get(f"list 100 of 1,000,000: page {page}") for page in ("1", "10,000"))
    if first and deep:
        times = [
            one.per_second / other.per_second for one, other in zip(first.loads, deep.loads, strict=True)
        ]
        slower = sorted(max(part, 1 / part) for part in times)[len(times) // 2]
        rows.append(
            report.at_most(
                "list: page 10,000 against page 1", slower, unit="×", aim=FLAT, ceiling_is="the other page"
            )
        )
    rows += [
        report.multiple(
            f"{name}, against {theirs}",
            report.middle_round(by_name[name].pairs)[0],
            of=figure,
            aim=aim,
            ceiling_is=PEER,
        )
        for name, theirs, figure, aim in PUBLISHED
        if name in by_name
    ]
    return rows


def _middle(path: Any) -> float:
    return sorted(one.per_second for one in path.loads)[len(path.loads) // 2]


def _pgbench(cluster: Cluster) -> str:
    return cluster.binaries.program("pgbench")


def _sealing(rounds: int) -> list[dict[str, Any]]:
    from bench import sealing  # noqa: PLC0415 -- when Django is set up

    say("sealing …")
    return [report.as_dict(row) for row in sealing.rows(rounds)]


def _guard() -> list[dict[str, Any]]:
    from bench import dataset, guard  # noqa: PLC0415 -- when Django is set up

    say("policy and audit trail …")
    return [report.as_dict(row) for row in guard.rows(dataset.callers())]


# --- search ---------------------------------------------------------------------------------------------------------


def _search(cluster: Cluster) -> list[dict[str, Any]]:
    """
    Search has databases, and processes, of its own: recall is measured where only the labelled items are.
    """
    say("search over 500,000 offerings …")
    recall = _part("recall", node.database(cluster, "bench_recall", is_fresh=True))
    speed = _part("speed", node.database(cluster, "bench_search"))
    known = {row["name"] for row in recall}
    return [
        {**row, "ceiling_is": "the bare index query" if row["ceiling"] is not None else ""}
        for row in [*recall, *(row for row in speed if row["name"] not in known)]
    ]


def _library(cluster: Cluster, cases: int) -> list[dict[str, Any]]:
    """
    A city's library and a province's have databases of their own, are kept, and are asked in turn.
    """
    node.use(node.database(cluster, "bench_library_few"))
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    from bench import library  # noqa: PLC0415 -- when Django is set up

    few: list[dict[str, float]] = []
    many: list[dict[str, float]] = []
    for _round in range(LIBRARY_ROUNDS):
        few += _part("library", node.database(cluster, "bench_library_few"), cases=library.FEW)
        many += _part("library", node.database(cluster, f"bench_library_{cases}"), cases=cases)
    return [report.as_dict(row) for row in library.compared(few, many, rows=cases)]


def _part(part: str, url: str, *, rounds: int = ROUNDS, cases: int = 0) -> list[dict[str, Any]]:
    """
    Measure in a process of its own, on a database of its own.
    """
    ended = subprocess.run(
        [sys.executable, "-m", "bench.run", "--part", part, "--rounds", str(rounds), "--cases", str(cases)],
        env=os.environ | node.environment(url),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[dict[str, Any]] = json.loads(ended.stdout.splitlines()[-1])
    return rows


def _measure_here(part: str, *, rounds: int, cases: int) -> None:
    # The service behind the gateway is on this machine, and a system may call it as often as it can.
    os.environ.update(TONGBAN_OUTGOING_NETWORKS="127.0.0.1", TONGBAN_SHARING_CALLS_PER_MINUTE="1000000")
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from tongban.config import prepare  # noqa: PLC0415
    from tongban.foundation.logging import configure  # noqa: PLC0415

    configure(level="WARNING")
    prepare.migrate()
    if part == "seals":
        from bench import sealed_documents  # noqa: PLC0415

        found = [report.as_dict(row) for row in sealed_documents.rows(rounds)]
    elif part == "exchange":
        from bench import exchange  # noqa: PLC0415

        found = [report.as_dict(row) for row in exchange.rows(rounds)]
    elif part == "gateway":
        from bench import gateway  # noqa: PLC0415

        found = [report.as_dict(row) for row in gateway.rows(rounds)]
    elif part == "library":
        from bench import library  # noqa: PLC0415

        found = [library.measured(cases)]
    elif part == "stock":
        from bench import stock  # noqa: PLC0415

        found = [report.as_dict(row) for row in stock.rows()]
    else:
        from bench import search  # noqa: PLC0415

        found = list((search.recall if part == "recall" else search.run)(connection))
    print(json.dumps(found))


if __name__ == "__main__":
    main()
