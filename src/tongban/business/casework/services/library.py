"""
Telling the case library of this node's cases: each as it changes, and those of before in one go.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.db import connection
from django.utils import translation

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules import library as rules
from tongban.business.casework.rules.library import LoggedEvent, WholeRow
from tongban.business.casework.rules.projection import CaseState
from tongban.business.casework.rules.sealing import open_key, unseal_applicant
from tongban.business.casework.values import NoticeKind, Terms
from tongban.foundation import events, jobs
from tongban.foundation.db import business_transaction
from tongban.resources.caselibrary import services as library
from tongban.resources.caselibrary.services import WholeCase
from tongban.resources.exchange import ports as exchange

BATCH: Final = 200
Progress = Callable[[int], None]

CASES: Final = """
SELECT c.id, c.number, c.version, c.division_code, c.channel, c.promised_due, c.terms::text, c.state::text,
       c.applicant_sealed, k.key,
       (SELECT n.document_number FROM casework_notice n WHERE n.case_number = c.number AND n.kind = %(acceptance)s
        ORDER BY n.id LIMIT 1)
FROM casework_case c LEFT JOIN casework_casekey k ON k.case_number = c.number
WHERE {where} ORDER BY c.id LIMIT %(limit)s
"""

LOG: Final = """
SELECT case_number, seq, at, kind, actor_kind, actor_name, agency_code, data::text FROM casework_event
WHERE case_number = ANY(%s) ORDER BY case_number, seq
"""


def tell_library(fact: events.Announced) -> None:
    """
    Have a case brought into the library; a job, so that nobody who hears of it too waits for the library.
    """
    jobs.defer("casework.bring_to_library", once=f"casework.bring_to_library:{fact.key}", number=fact.key)


@business_transaction
def bring_to_library(*, number: str, at: datetime) -> None:
    """
    Bring one case into the library as it stands. Safe to repeat.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            CASES.format(where="c.number = %(number)s"),
            {"number": number, "limit": 1, "acceptance": NoticeKind.ACCEPTANCE.value},
        )
        rows = cursor.fetchall()
    library.take_own(_whole(rows), at=at)


def fill_library(*, at: datetime, on_progress: Progress = lambda cases: None) -> int:
    """
    Bring every case into the library, some hundred in a transaction; return how many rows were new or different.

    Repeating it changes nothing. Cases may go on meanwhile.

    :param on_progress: called with the number of cases seen so far
    """
    last, seen, changed = 0, 0, 0
    while True:
        last, count, written = _fill_from(last, at=at)
        if not count:
            return changed
        seen += count
        changed += written
        on_progress(seen)


@business_transaction
def _fill_from(last: int, *, at: datetime) -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            CASES.format(where="c.id > %(last)s"),
            {"last": last, "limit": BATCH, "acceptance": NoticeKind.ACCEPTANCE.value},
        )
        rows = cursor.fetchall()
    if not rows:
        return last, 0, 0
    taken = library.take_own(_whole(rows), at=at)
    return rows[-1][0], len(rows), len(taken.changed)


def _whole(rows: Sequence[tuple[Any, ...]]) -> list[WholeCase]:
    logs = _logs([row[1] for row in rows])
    node = exchange.neighbours().own_code
    with translation.override("zh-hans"):
        return [
            WholeCase(
                number=row[2],
                contents=rules.contents_of(
                    _row(row, node=node, log=logs[row[1]]), label=lambda kind: str(kind.label)
                ),
            )
            for row in rows
        ]


def _row(row: tuple[Any, ...], *, node: str, log: Sequence[LoggedEvent]) -> WholeRow:
    number = row[1]
    return WholeRow(
        node=node,
        number=number,
        division_code=row[3],
        channel=row[4],
        promised_due=row[5],
        terms=msgspec.json.decode(row[6], type=Terms),
        state=msgspec.json.decode(row[7], type=CaseState),
        applicant=unseal_applicant(row[8], number, open_key(row[9])),
        acceptance_document=row[10] or "",
        log=log,
    )


def _logs(numbers: Sequence[str]) -> dict[str, list[LoggedEvent]]:
    found: dict[str, list[LoggedEvent]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LOG, [list(numbers)])
        for number, seq, at, kind, actor_kind, actor_name, agency_code, data in cursor.fetchall():
            found[number].append(
                LoggedEvent(
                    seq=seq,
                    at=at,
                    kind=EventKind(kind),
                    actor_kind=actor_kind,
                    actor_name=actor_name,
                    agency_code=agency_code,
                    data=msgspec.json.decode(data),
                )
            )
    return found
