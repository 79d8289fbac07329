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


def main() -> None:
    """
    Run.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--search-part", choices=("speed", "recall"), help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="paths whose name contains this")
    parser.add_argument("--output", type=Path, default=RESULTS)
    given = parser.parse_args()
    if given.search_part:
        _search_here(given.search_part)
        return
    began = datetime.now(UTC)  # noqa: TID251 - a benchmark is its own interface
    started = time.monotonic()
    facts = report.machine(at=began, postgres="", generator=_generator())
    with Cluster(node.HOME) as cluster:
        facts["postgresql"] = cluster.binaries.version
        rows = _cases(cluster, rounds=given.rounds, only=given.only)
        if not given.only:
            rows += _sealing(given.rounds)
            rows += _guard()
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
    recall = _search_part("recall", node.database(cluster, "bench_recall", is_fresh=True))
    speed = _search_part("speed", node.database(cluster, "bench_search"))
    known = {row["name"] for row in recall}
    return [
        {**row, "ceiling_is": "the bare index query" if row["ceiling"] is not None else ""}
        for row in [*recall, *(row for row in speed if row["name"] not in known)]
    ]


def _search_part(part: str, url: str) -> list[dict[str, Any]]:
    ended = subprocess.run(
        [sys.executable, "-m", "bench.run", "--search-part", part],
        env=os.environ | node.environment(url),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    rows: list[dict[str, Any]] = json.loads(ended.stdout.splitlines()[-1])
    return rows


def _search_here(part: str) -> None:
    import django  # noqa: PLC0415 -- after the environment is set

    django.setup()
    from django.db import connection  # noqa: PLC0415

    from bench import search  # noqa: PLC0415
    from tongban.config import prepare  # noqa: PLC0415
    from tongban.foundation.logging import configure  # noqa: PLC0415

    configure(level="WARNING")
    prepare.migrate()
    measure = search.recall if part == "recall" else search.run
    print(json.dumps(list(measure(connection))))


if __name__ == "__main__":
    main()
