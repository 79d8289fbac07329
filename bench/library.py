"""
What the case library answers in, with a city's cases and with a province's, and how fast it takes rows.

The data are made by SQL, so that ten million cases take a quarter of an hour, and go on where they were broken off:
`python -m bench.run --only library --cases 10000000`. Contents of all cases are one sealed text: their size is real,
what they say is not looked at.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from bench.report import Row, at_most
from tongban.foundation import crypto
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.disclosure import Purpose, Reason
from tongban.resources.caselibrary import selectors, services
from tongban.resources.caselibrary.models.cases import CASE_CONTEXT, PART_CONTEXT
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.values import (
    ApplicantContent,
    CaseContent,
    CaseQuestion,
    Kind,
    ProcessContent,
    key_of,
)
from tongban.resources.exchange.values import Operation, Received

FEW: Final = 10_000
TAKEN: Final = "library: take cases in"
AIM: Final = 2.0
"""A province may take this many times as long as a city."""
CALLS: Final = 40
PERSONS: Final = 200
AT_ONCE: Final = 250_000
"""Cases that are made in one transaction."""
CASES_OF_A_PERSON: Final = 5
BATCH: Final = 2_000
BATCHES: Final = 5
CITY: Final = "511600000000"
NOW: Final = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
NODE: Final = system_actor("bench")
REASON: Final = Reason(purpose=Purpose.SUPERVISION)

FILL: Final = """
INSERT INTO caselibrary_record (id, at, node, system, number, arrived_at, digest, item_code, item_name, agency_code,
    agency_name, division_code, applicant_index, applicant_masked, state, accepted_at, promised_on, ended_at,
    result_type, satisfaction, content)
SELECT n, %(now)s::timestamptz - interval '1 minute' * (n * 1.0 * %(minutes)s / %(rows)s), '511600000000', 'bench',
    'B' || n, %(now)s, '\\x00', 'ITEM' || n %% %(items)s, '公共场所卫生许可',
    'AGENCY' || (n %% %(places)s * %(offices)s + n / %(places)s %% %(offices)s),
    '示例机构',
    '51' || lpad((1 + n %% %(places)s / %(counties)s)::text, 2, '0')
        || lpad((1 + n %% %(counties)s)::text, 2, '0') || '000000',
    CASE WHEN n %% (%(rows)s / 1000) = 0 THEN (%(persons)s::bytea[])[1 + (n / (%(rows)s / 1000)) %% 200]
         ELSE decode(md5((n / 5)::text), 'hex') END,
    '王*明', CASE WHEN n %% 20 = 0 THEN '05' ELSE '10' END, %(now)s, NULL,
    CASE WHEN n %% 20 = 0 THEN NULL ELSE %(now)s::timestamptz END, '0', 5, %(content)s
FROM generate_series(%(first)s::int, %(last)s::int) n
"""

REST: Final = (
    """
    INSERT INTO caselibrary_place (id, node, system, number, at, source, taken, accepted_at, division_code)
    SELECT id, node, system, number, at, node, id, accepted_at, division_code FROM caselibrary_record
    WHERE id BETWEEN %(first)s AND %(last)s
    """,
    "SELECT setval(pg_get_serial_sequence('caselibrary_place', 'id'), (SELECT max(id) FROM caselibrary_place))",
    """
    INSERT INTO caselibrary_part (at, case_id, kind, part, source, taken, digest, content)
    SELECT at, id, 'process', '1', node, id, '\\x00', %(part)s FROM caselibrary_record
    WHERE id BETWEEN %(first)s AND %(last)s
    """,
    """
    INSERT INTO caselibrary_tally (month, division_code, agency_code, state, count)
    SELECT date_trunc('month', at AT TIME ZONE 'Asia/Shanghai')::date, division_code, agency_code, state, count(*)
    FROM caselibrary_record WHERE id BETWEEN %(first)s AND %(last)s GROUP BY 1, 2, 3, 4
    """,
)


def measured(rows: int) -> dict[str, float]:
    """
    Return what each question takes over so many cases, in milliseconds, and how many cases a second come in.
    """
    return {**times(rows), TAKEN: taken()}


def times(rows: int) -> dict[str, float]:
    """
    Return what each question takes, in milliseconds, over so many cases; they are made first where they are missing.
    """
    _ensure(rows)
    return {name: _middle(ask) for name, ask in _questions(rows).items()}


def compared(few: list[dict[str, float]], many: list[dict[str, float]], *, rows: int) -> Iterator[Row]:
    """
    Yield what each question takes over many cases, and how many times as long as over few: the best of each.

    :param few: what `measured` returned for the small library, round by round
    :param many: the same for the large one
    """
    for name in many[0]:
        if name == TAKEN:
            yield Row(name=TAKEN, value=round(max(one[name] for one in many)), unit="rows/s")
            continue
        milliseconds = min(one[name] for one in many)
        yield Row(name=f"library of {rows:,}: {name}", value=round(milliseconds, 2), unit="ms")
        yield at_most(
            f"library of {rows:,} against {FEW:,}: {name}",
            milliseconds / min(one[name] for one in few),
            unit="×",
            aim=AIM,
            ceiling_is="the small library",
        )


@transaction.atomic
def taken() -> float:
    """
    Return how many cases a second come in: judged, sealed, indexed, counted, as the exchange hands them over.

    They do not stay: the next round finds the library as it was.
    """
    batches = [
        [_received(f"T{turn}-{number}", number + turn * BATCH) for number in range(BATCH)]
        for turn in range(1, BATCHES + 1)
    ]
    began = time.perf_counter()
    for entries in batches:
        services.take(Kind.CASE, entries, CITY, NOW)
    seconds = time.perf_counter() - began
    transaction.set_rollback(True)
    return BATCH * BATCHES / seconds


def _questions(rows: int) -> dict[str, Callable[[int], object]]:
    facts = _facts(rows)
    reviewer = Actor(
        kind=ActorKind.STAFF,
        id="bench",
        division_code="510000000000",
        roles=frozenset({"DATA_REVIEWER"}),
    )
    deep = selectors.cases(
        actor=reviewer, wanted=CaseQuestion(until=(NOW - timedelta(days=400)).date()), at=NOW
    ).next_cursor

    def cases(**wanted: Any) -> object:
        cursor = wanted.pop("cursor", None)
        return selectors.cases(actor=reviewer, wanted=CaseQuestion(**wanted), at=NOW, cursor=cursor)

    return {
        "newest": lambda turn: cases(),
        "deep page": lambda turn: cases(cursor=deep),
        "agency": lambda turn: cases(agency_code=f"AGENCY{turn % facts['agencies']}"),
        "county": lambda turn: cases(division_code=_division(turn, facts)),
        "item": lambda turn: cases(item_code=f"ITEM{turn % facts['items']}"),
        "under way in a county": lambda turn: cases(division_code=_division(turn, facts), state="05"),
        "case number": lambda turn: cases(number=f"B{1 + turn * rows // (CALLS + 1)}"),
        "person": lambda turn: cases(id_number=_number(turn), reason=REASON),
        "one case": lambda turn: selectors.case_by_id(
            case_id=1 + turn * rows // (CALLS + 1), actor=NODE, at=NOW
        ),
        "counts": lambda turn: selectors.case_counts(
            actor=reviewer, wanted=CaseQuestion(agency_code=f"AGENCY{turn % facts['agencies']}")
        ),
    }


def _facts(rows: int) -> dict[str, int]:
    """
    Return how many agencies, items and areas there are: a city's, or a province's.
    """
    is_city = rows <= FEW
    return {
        "rows": rows,
        "offices": 6 if is_city else 16,
        "places": 6 if is_city else 189,
        "agencies": 36 if is_city else 3_024,
        "items": 200 if is_city else 2_000,
        "counties": 6 if is_city else 9,
        "minutes": 34 * 30 * 24 * 60,
    }


def _division(turn: int, facts: dict[str, int]) -> str:
    place = turn % facts["places"]
    return f"51{1 + place // facts['counties']:02d}{1 + place % facts['counties']:02d}000000"


def _number(turn: int) -> str:
    return f"BENCH{turn % PERSONS:04d}"


def _ensure(rows: int) -> None:
    """
    Make the cases that are missing, some at a time: what was broken off goes on where it was.
    """
    facts: dict[str, Any] = {
        **_facts(rows),
        "now": NOW,
        "persons": [keeping.applicant_index(_number(turn)) for turn in range(PERSONS)],
        "content": crypto.seal(keeping.encoded(_case("B1")), context=CASE_CONTEXT),
        "part": crypto.seal(keeping.encoded(_step("B1")), context=PART_CONTEXT),
    }
    there = _last_id()
    if there >= rows:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT tongban_ensure_partitions('caselibrary_record', date '2024-01-01', 24)")
        cursor.execute("SELECT tongban_ensure_partitions('caselibrary_part', date '2024-01-01', 24)")
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:,}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("library", total=rows, completed=there)
        for first in range(there + 1, rows + 1, AT_ONCE):
            last = min(first + AT_ONCE - 1, rows)
            _fill({**facts, "first": first, "last": last})
            progress.update(task, completed=last)
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE caselibrary_record, caselibrary_place, caselibrary_part, caselibrary_tally"
        )


def _last_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM caselibrary_place")
        return int(cursor.fetchone()[0])


@transaction.atomic
def _fill(facts: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        for statement in (FILL, *REST):
            cursor.execute(statement, facts if "%(" in statement else None)


def _middle(ask: Callable[[int], object]) -> float:
    for turn in range(5):
        ask(turn)
    taken_ms = []
    for turn in range(CALLS):
        began = time.perf_counter()
        ask(turn)
        taken_ms.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken_ms)


def _received(number: str, place: int) -> Received:
    content = _case(number)
    return Received(
        number=place,
        key=key_of(content),
        operation=Operation.UPDATE,
        made_at=NOW,
        origin=CITY,
        content=content,
    )


def _case(number: str) -> CaseContent:
    at = NOW - timedelta(days=9)
    return CaseContent(
        node=CITY,
        system="bench",
        number=number,
        local_task_code="L-001",
        item_name="公共场所卫生许可",
        summary="某某公共场所的卫生许可申请，材料齐全，现场核查合格" * 8,
        handling_kind="2",
        applicant=ApplicantContent(
            name="王小明",
            kind="1",
            id_type="111",
            id_number="11010519491231002X",
            contact_mobile="13900000001",
            address="四川省广安市广安区示例路 1 号" * 4,
        ),
        applied_at=at,
        channel="1",
        agency_code="12441500196720244T",
        agency_name="广安区卫生健康局",
        division_code="511602000000",
        accepted_at=at,
        state="05",
    )


def _step(number: str) -> ProcessContent:
    return ProcessContent(
        node=CITY,
        system="bench",
        number=number,
        part="1",
        name="受理",
        action="1",
        started_at=NOW,
        ended_at=NOW,
        handler="李受理",
    )
