"""
The log proves itself: verify the chains, and make the projections again from nothing else.
"""

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection, transaction

from tongban.business.casework.events import EventKind
from tongban.business.casework.rules.chain import GENESIS, event_digest
from tongban.business.casework.rules.clock_reading import clock_of, settled_clock_of
from tongban.business.casework.rules.numbers import STEM_LENGTH
from tongban.business.casework.rules.projection import CaseState, Happening, begin, fold
from tongban.business.casework.rules.sealing import applicant_index, open_key, unseal_applicant
from tongban.business.casework.selectors.details import may_read_case
from tongban.business.casework.services.recording import due_columns
from tongban.business.casework.values import Terms
from tongban.foundation import crypto, events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.worktime import WorkCalendar

BATCH = 2000
LAST_NUMBER = "\U0010ffff"
"""Sorts after every number."""

Progress = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fault:
    """
    Something the log or a projection cannot account for.
    """

    case_number: str
    seq: int
    what: str
    """broken_digest, broken_link, missing_event, missing_case, missing_log, stale_projection, missing_number."""
    detail: str = ""
    """The columns that say something else than the log; how many numbers are missing."""


@dataclass(kw_only=True, slots=True)
class LedgerReport:
    """
    What the verification found.
    """

    cases: int = 0
    events: int = 0
    last_digest: str = ""
    """Digest at the end of the last log that was read."""
    faults: list[Fault] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """
        Whether nothing at all was found.
        """
        return not self.faults


@dataclass(frozen=True, slots=True)
class _Row:
    case_number: str
    seq: int
    at: datetime
    kind: str
    actor_kind: str
    actor_id: str
    actor_name: str
    agency_code: str
    data: dict[str, Any]
    previous_digest: str
    digest: str


EVENTS = """
SELECT case_number, seq, at, kind, actor_kind, actor_id, actor_name, agency_code, data::text,
       previous_digest, digest
FROM casework_event {where} ORDER BY case_number COLLATE "C", seq
"""


FOLLOWS_CALENDAR = "(closed_at IS NULL OR NOT state ? 'closed_by')"


def count_cases(*, follow_calendar: bool = False) -> int:
    """
    Return how many cases there are, so that long work can say how far it is.

    :param follow_calendar: only those whose dates `recompute_deadlines` computes
    """
    where = f"WHERE {FOLLOWS_CALENDAR}" if follow_calendar else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM casework_case {where}")  # noqa: S608 -- one of two texts of ours
        count: int = cursor.fetchone()[0]
    return count


def verify_ledger(
    *, case_number: str | None = None, on_progress: Progress = lambda cases: None
) -> LedgerReport:
    """
    Recompute every digest, compare every case's row with what its log makes of it, and account for every number.

    The dates of a case under way are left out: they follow from the calendar too, and `recompute_deadlines` keeps them.
    Those of a case at its end follow from its log and are compared.
    Reads in one snapshot, in order, with bounded memory.

    :param case_number: only this case; None: all
    :param on_progress: called with the number of cases seen so far
    """
    report = LedgerReport()
    with one_snapshot():
        ends = _Ends(case_number)
        for _number, rows in groupby(_events(case_number), key=lambda row: row.case_number):
            report.cases += 1
            log = list(rows)
            is_whole = _verify_chain(log, report)
            _compare_row(log, ends, report, is_whole=is_whole)
            if report.cases % BATCH == 0:
                on_progress(report.cases)
        report.faults.extend(ends.rest())
        if case_number is None:
            report.faults.extend(_missing_numbers())
    on_progress(report.cases)
    return report


LOG_USES = """
SELECT count(*) FROM casework_event
WHERE left(data->>'applicant_sealed', 3) = %(start)s OR left(data->>'form_sealed', 3) = %(start)s
   OR left(data->>'dispute_sealed', 3) = %(start)s
"""


def log_uses_of_key(key_id: int) -> int:
    """
    Return how many entries of the log are sealed with a data key itself: those from before cases had keys of their own.
    """
    # Three characters of base64 are the two bytes of version and key id and the first bits of the nonce.
    starts = [b64encode(bytes((crypto.VERSION, key_id, first << 6)))[:3].decode() for first in range(4)]
    found = 0
    for start in starts:
        with connection.cursor() as cursor:
            cursor.execute(LOG_USES, {"start": start})
            found += cursor.fetchone()[0]
    return found


def verify_case(*, number: str, actor: Actor) -> LedgerReport:
    """
    Verify the log of one case for somebody who may see it.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    if not may_read_case(actor=actor, number=number):
        raise NotFound(case_number=number)
    return verify_ledger(case_number=number)


def rebuild_projections(
    *,
    at: datetime,
    calendar: WorkCalendar,
    case_number: str | None = None,
    on_progress: Progress = lambda cases: None,
) -> int:
    """
    Write every case's row again from its events and return how many rows were different.

    A row that is missing altogether is made again too.

    :param at: now; a clock that stands still shows what holds if it resumes today
    """
    changed = seen = 0
    with transaction.atomic():
        if case_number is None:
            _execute("LOCK TABLE casework_case IN SHARE ROW EXCLUSIVE MODE")
        for _number, rows in groupby(_events(case_number), key=lambda row: row.case_number):
            changed += _rebuild(list(rows), at=at, calendar=calendar)
            seen += 1
            if seen % BATCH == 0:
                on_progress(seen)
    on_progress(seen)
    return changed


def recompute_deadlines(
    *, at: datetime, calendar: WorkCalendar, on_progress: Progress = lambda cases: None
) -> int:
    """
    Compute the dates of all cases that follow the calendar again, after it changed; return how many moved.

    Those are the cases under way, and those that ended before days were kept (`clock_keeping`).
    """
    changed = 0
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number FROM casework_case WHERE {FOLLOWS_CALENDAR} ORDER BY number")  # noqa: S608
        numbers = [row[0] for row in cursor.fetchall()]
    for seen, number in enumerate(numbers, start=1):
        with transaction.atomic():
            changed += _recompute(number, at=at, calendar=calendar)
        if seen % BATCH == 0 or seen == len(numbers):
            on_progress(seen)
    return changed


def projected_row(rows: list[_Row], *, at: datetime, calendar: WorkCalendar) -> dict[str, Any]:
    """
    Return the columns of a case as its events make them.
    """
    columns, state, terms = _told_by_log(rows)
    reading = settled_clock_of(state, terms) or clock_of(state, terms, calendar=calendar, at=at)
    return {**columns, **due_columns(state, reading)}


def _told_by_log(rows: list[_Row]) -> tuple[dict[str, Any], CaseState, Terms]:
    """
    Return all columns but the dates that follow from the calendar, and what those are computed from.
    """
    first = rows[0].data
    terms = msgspec.convert(first["terms"], Terms)
    state: CaseState | None = None
    form_sealed = first["form_sealed"]
    for row in rows:
        happening = Happening(seq=row.seq, at=row.at, kind=EventKind(row.kind), data=row.data)
        state = begin(happening) if state is None else fold(state, happening)
        form_sealed = row.data.get("form_sealed", form_sealed)
    if state is None:
        raise ValueError("a case has at least one event")
    columns = {
        "number": rows[0].case_number,
        "query_code": first["query_code"],
        "version": rows[-1].seq,
        "last_digest": rows[-1].digest,
        "status": state.status.value,
        "offering_id": terms.offering_id,
        "offering_code": terms.offering_code,
        "service_name": terms.service_name,
        "handling_kind": terms.handling_kind,
        "agency_code": terms.agency_code,
        "division_code": terms.division_code,
        "channel": first["channel"],
        "applicant_id": first["applicant_id"],
        "applicant_index": bytes.fromhex(first["applicant_index"]),
        "applicant_masked": first["applicant_masked"],
        "applicant_sealed": b64decode(first["applicant_sealed"]),
        "form_sealed": b64decode(form_sealed),
        "terms": msgspec.json.encode(first["terms"]).decode(),
        "state": msgspec.json.encode(state).decode(),
        "draft_id": first["draft_id"],
        "submitted_at": rows[0].at,
        "accepted_at": state.accepted_at,
        "closed_at": state.closed_at,
    }
    return columns, state, terms


COLUMNS = (
    "number", "query_code", "version", "last_digest", "status", "offering_id", "offering_code", "service_name",
    "handling_kind", "agency_code", "division_code", "channel", "applicant_id", "applicant_index",
    "applicant_masked", "applicant_sealed", "form_sealed", "terms", "state", "draft_id", "submitted_at",
    "accepted_at", "closed_at", "acceptance_due", "statutory_due", "promised_due", "due",
)  # fmt: skip
DATES = frozenset({"acceptance_due", "statutory_due", "promised_due", "due"})
JSON_COLUMNS = frozenset({"terms", "state"})
REMADE = tuple(name for name in COLUMNS[1:] if name != "applicant_index")
"""Of a row that is there; its index may have been made anew since, and the log keeps the old one."""

REBUILD = """
INSERT INTO casework_case AS kept ({columns}) VALUES ({values})
ON CONFLICT (number) DO UPDATE SET {changes}
WHERE ({kept}) IS DISTINCT FROM ({wanted})
""".format(
    columns=", ".join(COLUMNS),
    values=", ".join(f"%({name})s" + ("::jsonb" if name in JSON_COLUMNS else "") for name in COLUMNS),
    changes=", ".join(f"{name} = EXCLUDED.{name}" for name in REMADE),
    kept=", ".join(f"kept.{name}" for name in REMADE),
    wanted=", ".join(f"EXCLUDED.{name}" for name in REMADE),
)


def _rebuild(rows: list[_Row], *, at: datetime, calendar: WorkCalendar) -> int:
    with connection.cursor() as cursor:
        cursor.execute(REBUILD, projected_row(rows, at=at, calendar=calendar))
        return int(cursor.rowcount)


class DatesMoved(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "casework.case_dates_moved": another calendar was loaded, and nothing else happened to the case.
    """

    case_number: str
    statutory_due: date | None
    promised_due: date | None


RECOMPUTE = """
UPDATE casework_case SET acceptance_due = %(acceptance_due)s, statutory_due = %(statutory_due)s,
       promised_due = %(promised_due)s, due = %(due)s
WHERE number = %(number)s AND (acceptance_due, statutory_due, promised_due, due) IS DISTINCT FROM
      (%(acceptance_due)s::date, %(statutory_due)s::date, %(promised_due)s::date, %(due)s::date)
"""


def _recompute(number: str, *, at: datetime, calendar: WorkCalendar) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT terms::text, state::text FROM casework_case WHERE number = %s FOR NO KEY UPDATE", [number]
        )
        terms_text, state_text = cursor.fetchone()
        terms = msgspec.json.decode(terms_text, type=Terms)
        state = msgspec.json.decode(state_text, type=CaseState)
        reading = clock_of(state, terms, calendar=calendar, at=at)
        cursor.execute(RECOMPUTE, {"number": number, **due_columns(state, reading)})
        has_moved = cursor.rowcount == 1
    if has_moved:
        fact = DatesMoved(
            case_number=number, statutory_due=reading.statutory_due, promised_due=reading.promised_due
        )
        events.announce(topic="casework.case_dates_moved", key=number, at=at, payload=fact)
    return int(has_moved)


def _verify_chain(rows: list[_Row], report: LedgerReport) -> bool:
    """
    Note what is wrong with the chain and return whether nothing was.
    """
    found = len(report.faults)
    previous = GENESIS
    for expected, row in enumerate(rows, start=1):
        report.events += 1
        if row.seq != expected:
            report.faults.append(Fault(case_number=row.case_number, seq=expected, what="missing_event"))
            break
        if row.previous_digest != previous:
            report.faults.append(Fault(case_number=row.case_number, seq=row.seq, what="broken_link"))
        if row.digest != _digest_of(row):
            report.faults.append(Fault(case_number=row.case_number, seq=row.seq, what="broken_digest"))
        previous = row.digest
    report.last_digest = previous
    return len(report.faults) == found


def _digest_of(row: _Row) -> str:
    return event_digest(
        case_number=row.case_number,
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor_kind=row.actor_kind,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        agency_code=row.agency_code,
        data=row.data,
        previous=row.previous_digest,
    )


class _Ends:
    """
    The cases' rows in the order of their numbers, beside the stream of events.
    """

    def __init__(self, case_number: str | None) -> None:
        where, arguments = ("WHERE number = %s", [case_number]) if case_number else ("", [])
        names = ", ".join(f"{name}::text" if name in JSON_COLUMNS else name for name in COLUMNS)
        self._rows = _stream(
            f'SELECT {names} FROM casework_case {where} ORDER BY number COLLATE "C"',  # noqa: S608 -- all texts of ours
            arguments,
        )
        self._next = next(self._rows, None)

    def before(self, number: str) -> Iterator[Fault]:
        """
        Pass over cases that should have had their events by now.
        """
        while self._next is not None and self._next[0] < number:
            version = self._next[COLUMNS.index("version")]
            yield Fault(case_number=self._next[0], seq=version, what="missing_log")
            self._next = next(self._rows, None)

    def of(self, number: str) -> dict[str, Any] | None:
        """
        Return the row of this case, None where there is none.
        """
        if self._next is None or self._next[0] != number:
            return None
        row = dict(zip(COLUMNS, self._next, strict=True))
        self._next = next(self._rows, None)
        return row

    def rest(self) -> Iterator[Fault]:
        """
        Return the cases that no event speaks of.
        """
        return self.before(LAST_NUMBER)


def _compare_row(rows: list[_Row], ends: _Ends, report: LedgerReport, *, is_whole: bool) -> None:
    last = rows[-1]
    report.faults.extend(ends.before(last.case_number))
    kept = ends.of(last.case_number)
    if kept is None:
        report.faults.append(Fault(case_number=last.case_number, seq=last.seq, what="missing_case"))
    elif wrong := _contradictions(rows, kept, is_whole=is_whole):
        fault = Fault(case_number=last.case_number, seq=last.seq, what="stale_projection", detail=wrong)
        report.faults.append(fault)


def _contradictions(rows: list[_Row], kept: dict[str, Any], *, is_whole: bool) -> str:
    """
    Name the columns that differ. A broken log makes no row: then only its end is compared.
    """
    if not is_whole:
        end = {"version": rows[-1].seq, "last_digest": rows[-1].digest}
        return ", ".join(name for name, value in end.items() if kept[name] != value)
    told, state, terms = _told_by_log(rows)
    if (reading := settled_clock_of(state, terms)) is not None:
        told.update(due_columns(state, reading))
    names = (name for name in COLUMNS if name in told)
    wrong = [name for name in names if _comparable(name, kept[name]) != _comparable(name, told[name])]
    if "applicant_index" in wrong and _is_own_index(kept):
        # The log keeps the index as it was; the row's was made anew when its root key changed.
        wrong.remove("applicant_index")
    return ", ".join(wrong)


def _is_own_index(kept: dict[str, Any]) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM casework_casekey WHERE case_number = %s", [kept["number"]])
        row = cursor.fetchone()
    applicant = unseal_applicant(kept["applicant_sealed"], kept["number"], open_key(row[0] if row else None))
    return crypto.is_same_index(kept["applicant_index"], applicant_index(applicant.id_number))


def _comparable(name: str, value: Any) -> Any:
    if name in JSON_COLUMNS:
        return msgspec.json.decode(value)
    if isinstance(value, UUID):
        return str(value)
    return bytes(value) if isinstance(value, memoryview) else value


NUMBERED = """
WITH there AS (SELECT left(number, %(stem)s) AS stem, count(*) AS cases FROM casework_case GROUP BY 1),
     given AS (SELECT replace(substr(scope, 6), ':', '') AS stem, last FROM casework_counter
               WHERE starts_with(scope, 'case:'))
SELECT stem, last, coalesce(cases, 0) FROM given LEFT JOIN there USING (stem)
WHERE coalesce(cases, 0) < last ORDER BY stem
"""


def _missing_numbers() -> Iterator[Fault]:
    """
    Find the days on which more numbers were given than there are cases: a case is gone with its whole log.
    """
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED, {"stem": STEM_LENGTH})
        for stem, given, there in cursor.fetchall():
            yield Fault(
                case_number=stem, seq=0, what="missing_number", detail=f"{given} numbers, {there} cases"
            )


def _events(case_number: str | None) -> Iterator[_Row]:
    where, arguments = ("WHERE case_number = %s", [case_number]) if case_number else ("", [])
    for row in _stream(EVENTS.format(where=where), arguments):
        yield _Row(*[*row[:8], msgspec.json.decode(row[8]), *row[9:]])


def _stream(sql: str, arguments: list[str]) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, arguments)
        while rows := cursor.fetchmany(BATCH):
            yield from rows


@contextmanager
def one_snapshot() -> Iterator[None]:
    """
    Let everything read in the block be of one moment, while others go on writing.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            _execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)
