"""
Exports of the library in the tables of the standards, by period and area, in bounded memory.
"""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.disclosure import Reason
from tongban.foundation.errors import InvalidInput
from tongban.foundation.zipping import Chunks
from tongban.resources.caselibrary import permissions
from tongban.resources.caselibrary.models.cases import CASE_CONTEXT, PART_CONTEXT
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.rules.tables import TABLES, Cell, Exported, Table
from tongban.resources.caselibrary.rules.writing import WRITERS
from tongban.resources.caselibrary.values import CaseContent, ExportQuestion, Kind
from tongban.resources.exchange import ports as exchange

BATCH: Final = 500
LONGEST_DAYS: Final = 3660

WHICH: Final = """
FROM caselibrary_record
WHERE at >= %(since)s AND at < %(until)s AND division_code LIKE %(area)s
  AND (accepted_at IS NOT NULL OR NOT %(is_accepted)s)
"""
COUNT: Final = f"SELECT count(*) {WHICH}"
CASES: Final = f"""
SELECT id, at, content, satisfaction {WHICH} AND (at, id) > (%(last_at)s, %(last_id)s)
ORDER BY at, id LIMIT %(limit)s
"""

PARTS: Final = """
SELECT q.case_id, q.content FROM unnest(%s::bigint[], %s::timestamptz[]) WITH ORDINALITY AS k (id, at, place)
JOIN caselibrary_part q ON q.case_id = k.id AND q.at = k.at AND q.kind = %s
ORDER BY k.place, length(q.part), q.part
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportFile:
    """
    One table of an export.
    """

    name: str
    lines: Iterator[bytes]


Progress = Callable[[int], None]


def _nobody(_cases: int) -> None:
    """
    Tell nobody how far it is.
    """


def exported(
    *, wanted: ExportQuestion, actor: Actor, at: datetime, reason: Reason | None = None
) -> list[ExportFile]:
    """
    Return the tables of an export; each is read while it is written, a few hundred cases at a time.

    :param reason: what for; needed of people
    :raises NotPermitted: the area is not the actor's
    :raises InvalidInput: the days are in the wrong order, or nothing was said of what for
    """
    permit(wanted=wanted, actor=actor, at=at, reason=reason)
    return tables_of(wanted, at=at)


def permit(*, wanted: ExportQuestion, actor: Actor, at: datetime, reason: Reason | None) -> None:
    """
    Refuse whoever may not export this, and note in the audit trail who does and what for: an export is in clear.

    :raises NotPermitted: the area is not the actor's
    :raises InvalidInput: the days are in the wrong order, or nothing was said of what for
    """
    permissions.export_cases.require(actor, division_code=wanted.division_code)
    if wanted.until < wanted.since or (wanted.until - wanted.since).days > LONGEST_DAYS:
        raise InvalidInput(fields={"until": _("截止日期不能早于起始日期，且不超过十年")})
    if reason is None and not actor.is_system:
        raise InvalidInput(fields={"purpose": _("请说明导出用途")})
    audit.record(
        action="caselibrary.cases.export",
        actor=actor,
        subject=wanted.division_code,
        at=at,
        standard=wanted.standard.value,
        form=wanted.form.value,
        since=wanted.since,
        until=wanted.until,
        purpose=reason.purpose.value if reason else "",
        words=reason.words if reason else "",
    )


def tables_of(wanted: ExportQuestion, *, at: datetime, tell: Progress = _nobody) -> list[ExportFile]:
    """
    Return the tables of an export that was permitted.

    :param tell: called with how many cases were read, every few hundred and for each table anew
    """
    return [
        ExportFile(
            name=f"{table.name}.{wanted.form.value}",
            lines=WRITERS[wanted.form](table, _rows(table, wanted, at=at, tell=tell)),
        )
        for table in TABLES[wanted.standard]
    ]


def count_of(wanted: ExportQuestion) -> int:
    """
    Return how many cases an export reads, counted once for each table of them. Two queries.
    """
    counts = {is_accepted: _count(wanted, is_accepted=is_accepted) for is_accepted in (True, False)}
    return sum(counts[table.is_after_acceptance] for table in TABLES[wanted.standard])


def zipped(files: Sequence[ExportFile]) -> Iterator[bytes]:
    """
    Yield a ZIP file of an export while it is made.
    """
    chunks = Chunks()
    with zipfile.ZipFile(chunks, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            with archive.open(file.name, "w", force_zip64=True) as entry:
                for line in file.lines:
                    entry.write(line)
                    if piece := chunks.taken():
                        yield piece
            yield chunks.taken()
    yield chunks.taken()


def _rows(table: Table, wanted: ExportQuestion, *, at: datetime, tell: Progress) -> Iterator[list[Cell]]:
    source = wanted.data_source or f"p{exchange.neighbours().own_code[:2]}"
    for batch in _batches(table, wanted):
        for case_id, content in _contents(table, batch):
            case, satisfaction = batch[case_id]
            yield table.cells(
                Exported(
                    content=content,
                    case=case,
                    satisfaction=satisfaction,
                    batch=at.astimezone(CHINA).strftime("%Y%m%d%H%M%S"),
                    data_source=source,
                    at=at,
                )
            )
        tell(len(batch))


Batch = dict[int, tuple[CaseContent, int | None]]


def _batches(table: Table, wanted: ExportQuestion) -> Iterator[Batch]:
    """
    Yield the cases that the export is about, some hundred at a time, the oldest first.
    """
    facts = _facts(wanted, is_accepted=table.is_after_acceptance)
    last: tuple[datetime, int] = (facts["since"], 0)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(CASES, {**facts, "last_at": last[0], "last_id": last[1], "limit": BATCH})
            rows = cursor.fetchall()
        if not rows:
            return
        last = (rows[-1][1], rows[-1][0])
        yield {row[0]: (_case(row[2]), row[3]) for row in rows}


def _facts(wanted: ExportQuestion, *, is_accepted: bool) -> dict[str, Any]:
    return {
        "since": datetime.combine(wanted.since, time(), tzinfo=CHINA),
        "until": datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=CHINA),
        "area": f"{subtree_prefix(wanted.division_code)}%",
        "is_accepted": is_accepted,
    }


def _count(wanted: ExportQuestion, *, is_accepted: bool) -> int:
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _facts(wanted, is_accepted=is_accepted))
        return int(cursor.fetchone()[0])


def _case(sealed: Any) -> CaseContent:
    content = keeping.decoded(crypto.unseal(sealed, context=CASE_CONTEXT), Kind.CASE)
    assert isinstance(content, CaseContent)  # noqa: S101 -- the shape of its kind
    return content


def _contents(table: Table, batch: Batch) -> Iterator[tuple[int, Any]]:
    if table.kind is Kind.CASE:
        yield from ((case_id, case) for case_id, (case, _satisfaction) in batch.items())
        return
    moments = [case.applied_at for case, _satisfaction in batch.values()]
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [list(batch), moments, table.kind.value])
        rows = cursor.fetchall()
    for case_id, sealed in rows:
        yield case_id, keeping.decoded(crypto.unseal(sealed, context=PART_CONTEXT), table.kind)
