"""
Lists of cases: mine, an agency's, a division's. One statement each; keyset paging; scope first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from tongban.business.casework import permissions
from tongban.business.casework.rules.clock import DueColour
from tongban.business.casework.rules.numbers import normal_query_code
from tongban.business.casework.rules.sealing import applicant_index
from tongban.business.casework.selectors.details import NAME_EN
from tongban.business.casework.values import UNDER_WAY, CaseStatus
from tongban.foundation import crypto, looks
from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct, ObjectKind
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.worktime import WorkCalendar

LARGEST_PAGE = 100
WARNING_WORKING_DAYS = 2
COUNTED_UP_TO = 10_000


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseFilter:
    """
    What somebody looks for in a list; everything None or empty means all.
    """

    statuses: Sequence[CaseStatus] = ()
    text: str = ""
    """A case number, its last digits, or a query code."""
    due_before: date | None = None
    """Only cases whose next date lies before this day."""
    due_from: date | None = None
    """Only cases whose next date is this day or later."""
    offering_code: str = ""
    open_only: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseRow:
    """
    One case in a list. Names are masked.
    """

    id: int
    number: str
    query_code: str
    """Empty for staff: the code belongs to the applicant."""
    service_name: str
    service_name_en: str
    """Empty: the offering has no English name."""
    applicant_masked: str
    status: CaseStatus
    channel: str
    agency_code: str
    submitted_at: datetime
    due: date | None
    statutory_due: date | None
    promised_due: date | None
    colour: DueColour | None
    """None where nothing is due any more."""
    left: int
    """Working days until `due`, that day included; negative when it has passed."""


SELECT = """
SELECT id, number, {query_code}, service_name, applicant_masked, status, channel, agency_code, submitted_at, due,
       statutory_due, promised_due, coalesce(terms ->> 'service_name_en', '')
FROM casework_case WHERE {where} ORDER BY {order} LIMIT %(limit)s
"""


def cases(
    *,
    actor: Actor,
    wanted: CaseFilter,
    on: date,
    calendar: WorkCalendar,
    cursor: str | None = None,
    limit: int = 20,
) -> Page[CaseRow]:
    """
    Return the cases the actor may see, newest first. One query.

    :param on: today, for the lights
    :param cursor: `next_cursor` of the page before
    :raises NotPermitted: the actor sees no cases at all
    """
    where, arguments = _where(actor, wanted)
    if cursor:
        (last,) = decode_cursor("cases", cursor)
        where.append("id < %(last)s")
        arguments["last"] = last
    rows = _fetch(actor, where, arguments, order="id DESC", limit=limit)
    items = [_row(row, on=on, calendar=calendar) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(items=items, next_cursor=encode_cursor("cases", [items[-1].id]) if more else None)


def inbox(
    *,
    actor: Actor,
    wanted: CaseFilter,
    on: date,
    calendar: WorkCalendar,
    cursor: str | None = None,
    limit: int = 30,
) -> Page[CaseRow]:
    """
    Return what is under way, the nearest date first; what stands still comes last. One query.

    :raises NotPermitted: the actor sees no cases at all
    """
    where, arguments = _where(actor, wanted)
    where.append("status = ANY(%(under_way)s)")
    arguments["under_way"] = [status.value for status in UNDER_WAY]
    if cursor:
        where.append(_after(decode_cursor("inbox", cursor), arguments))
    rows = _fetch(actor, where, arguments, order="due NULLS LAST, id", limit=limit)
    items = [_row(row, on=on, calendar=calendar) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(items=items, next_cursor=None)
    due = items[-1].due
    return Page(
        items=items, next_cursor=encode_cursor("inbox", [due.isoformat() if due else None, items[-1].id])
    )


COUNTS = """
SELECT status, count(*), count(*) FILTER (WHERE due < %(on)s), count(*) FILTER (WHERE due >= %(on)s AND due <= %(soon)s)
FROM (SELECT status, due FROM casework_case WHERE {where} AND status = ANY(%(under_way)s) LIMIT %(most)s) AS open
GROUP BY status
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxCounts:
    """
    How much is waiting. Counted up to ten thousand.
    """

    total: int
    overdue: int
    due_soon: int
    by_status: dict[str, int]


def inbox_counts(*, actor: Actor, on: date, calendar: WorkCalendar) -> InboxCounts:
    """
    Return how many cases wait in the actor's inbox, by state and light. One query.
    """
    where, arguments = _where(actor, CaseFilter())
    arguments |= {
        "on": on,
        "soon": last_soon_day(on=on, calendar=calendar),
        "under_way": [status.value for status in UNDER_WAY],
        "most": COUNTED_UP_TO,
    }
    with connection.cursor() as db:
        db.execute(COUNTS.format(where=" AND ".join(where)), arguments)
        rows = db.fetchall()
    return InboxCounts(
        total=sum(row[1] for row in rows),
        overdue=sum(row[2] for row in rows),
        due_soon=sum(row[3] for row in rows),
        by_status={row[0]: row[1] for row in rows},
    )


def last_soon_day(*, on: date, calendar: WorkCalendar) -> date:
    """
    Return the last day that is due soon: what is due from today to that day shows the yellow light of `light`.
    """
    wanted = WARNING_WORKING_DAYS + 1 - calendar.is_working_day(on)
    return calendar.add_working_days(on, wanted) - timedelta(days=1)


SAME_APPLICANT = """
WITH found AS MATERIALIZED (
    SELECT id, number, status, submitted_at, applicant_id, service_name, terms FROM casework_case
    WHERE applicant_index = ANY(%(indexes)s) AND offering_code = %(offering_code)s
      AND status = ANY(%(under_way)s) AND {scope}
    ORDER BY id DESC LIMIT %(limit)s
), looked AS (
    {look}
)
SELECT number, status, submitted_at FROM found ORDER BY id DESC
"""
SHOWN_OF_SAME_APPLICANT = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenCase:
    """
    A case under way of an applicant who stands at the counter again.
    """

    number: str
    status: CaseStatus
    submitted_at: datetime


def open_cases_of(*, actor: Actor, id_number: str, offering_code: str, at: datetime) -> list[OpenCase]:
    """
    Return what an applicant already has under way at this offering, the newest first. One query, by blind index.

    The same query writes down, for the applicant to read, that it was found by his number.

    :param id_number: 公民身份号码 or 统一社会信用代码, in full
    :raises NotPermitted: the actor sees no cases at all
    """
    condition, arguments = scope(actor)
    arguments |= {
        "indexes": crypto.all_forms(applicant_index(id_number)),
        "offering_code": offering_code,
        "under_way": [status.value for status in UNDER_WAY],
        "limit": SHOWN_OF_SAME_APPLICANT,
        **looks.arguments(act=LookAct.FOUND, actor=actor, at=at),
    }
    look = looks.inserted_from(
        "found",
        kind=ObjectKind.CASE,
        principal="applicant_id",
        key="number",
        label="service_name",
        label_en=NAME_EN,
        where="TRUE" if looks.is_foreign(actor) else "FALSE",
    )
    with connection.cursor() as db:
        db.execute(SAME_APPLICANT.format(scope=condition, look=look), arguments)
        rows = db.fetchall()
    return [OpenCase(number=row[0], status=CaseStatus(row[1]), submitted_at=row[2]) for row in rows]


LIST_JSON = """
SELECT COALESCE(json_agg(json_build_object(
           'number', number, 'service_name', service_name, 'applicant', applicant_masked, 'status', status,
           'channel', channel, 'agency_code', agency_code, 'submitted_at', submitted_at, 'due', due,
           'statutory_due', statutory_due, 'promised_due', promised_due) ORDER BY id DESC), '[]')::text,
       min(id), count(*)
FROM (SELECT * FROM casework_case WHERE {where} ORDER BY id DESC LIMIT %(limit)s) AS page
"""


def cases_json(*, actor: Actor, wanted: CaseFilter, cursor: str | None = None, limit: int = 100) -> str:
    """
    Return a page of the actor's cases as the JSON text {"items": […], "next_cursor": …}, built by the database.

    One statement; page 10,000 costs what page 1 costs.

    :raises NotPermitted: the actor sees no cases at all
    """
    where, arguments = _where(actor, wanted)
    if cursor:
        (last,) = decode_cursor("cases", cursor)
        where.append("id < %(last)s")
        arguments["last"] = last
    arguments["limit"] = min(limit, LARGEST_PAGE)
    with connection.cursor() as db:
        db.execute(LIST_JSON.format(where=" AND ".join(where)), arguments)
        items, last_id, count = db.fetchone()
    after = f'"{encode_cursor("cases", [last_id])}"' if count == arguments["limit"] else "null"
    return f'{{"items": {items}, "next_cursor": {after}}}'


def rated_numbers(*, actor: Actor, numbers: Sequence[str]) -> frozenset[str]:
    """
    Return which of these cases have been rated, as far as the actor may see them. One query.
    """
    condition, arguments = scope(actor)
    sql = f"""
        SELECT number FROM casework_case
        WHERE number = ANY(%(numbers)s) AND {condition} AND jsonb_typeof(state -> 'rating') = 'object'
    """  # noqa: S608 - `scope` gives constants, values travel apart
    with connection.cursor() as db:
        db.execute(sql, {**arguments, "numbers": list(numbers)})
        return frozenset(row[0] for row in db.fetchall())


def sees_cases(*, actor: Actor) -> bool:
    """
    Return whether there may be cases the actor can know of; lists refuse everybody else.
    """
    return permissions.list_cases.allows(actor)


def scope(actor: Actor) -> tuple[str, dict[str, Any]]:
    """
    Return the SQL condition that keeps only cases the actor may know of, and its arguments.

    :raises NotPermitted: the actor sees no cases at all
    """
    permissions.list_cases.require(actor)
    return permissions.case_reach(actor).condition(permissions.CASE_COLUMNS)


def light(
    *, due: date | None, status: CaseStatus, on: date, calendar: WorkCalendar
) -> tuple[DueColour | None, int]:
    """
    Return the colour of a case's light and the working days left, the due day included; negative when late.
    """
    if status is CaseStatus.SUSPENDED:
        return DueColour.GREY, 0
    if due is None or status not in UNDER_WAY:
        return None, 0
    if due < on:
        return DueColour.RED, -calendar.working_days_between(due, on)
    left = calendar.working_days_between(on, due) + calendar.is_working_day(on)
    return (DueColour.YELLOW if left <= WARNING_WORKING_DAYS else DueColour.GREEN), left


def _where(actor: Actor, wanted: CaseFilter) -> tuple[list[str], dict[str, Any]]:
    condition, arguments = scope(actor)
    where = [condition]
    if wanted.statuses:
        where.append("status = ANY(%(statuses)s)")
        arguments["statuses"] = [status.value for status in wanted.statuses]
    if wanted.open_only:
        where.append("closed_at IS NULL")
    if wanted.text.strip():
        where.append("(number = %(text)s OR number LIKE %(tail)s OR query_code = %(code)s)")
        text = wanted.text.strip().upper()[:50]
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        arguments |= {"text": text, "tail": f"%{escaped}", "code": normal_query_code(text)}
    if wanted.due_before is not None:
        where.append("due < %(due_before)s")
        arguments["due_before"] = wanted.due_before
    if wanted.due_from is not None:
        where.append("due >= %(due_from)s")
        arguments["due_from"] = wanted.due_from
    if wanted.offering_code:
        where.append("offering_code = %(offering_code)s")
        arguments["offering_code"] = wanted.offering_code
    return where, arguments


def _after(key: list[str | int | None], arguments: dict[str, Any]) -> str:
    due, last = key
    arguments["last"] = last
    if due is None:
        return "(due IS NULL AND id > %(last)s)"
    arguments["last_due"] = due
    return "((due, id) > (%(last_due)s::date, %(last)s) OR due IS NULL)"


def _fetch(
    actor: Actor, where: list[str], arguments: dict[str, Any], *, order: str, limit: int
) -> list[tuple[Any, ...]]:
    sql = SELECT.format(
        query_code="query_code" if actor.is_person else "''", where=" AND ".join(where), order=order
    )
    with connection.cursor() as db:
        db.execute(sql, {**arguments, "limit": min(limit, LARGEST_PAGE) + 1})
        rows: list[tuple[Any, ...]] = db.fetchall()
    return rows


def _row(row: tuple[Any, ...], *, on: date, calendar: WorkCalendar) -> CaseRow:
    status = CaseStatus(row[5])
    colour, left = light(due=row[9], status=status, on=on, calendar=calendar)
    return CaseRow(
        id=row[0],
        number=row[1],
        query_code=row[2],
        service_name=row[3],
        service_name_en=row[12],
        applicant_masked=row[4],
        status=status,
        channel=row[6],
        agency_code=row[7],
        submitted_at=row[8],
        due=row[9],
        statutory_due=row[10],
        promised_due=row[11],
        colour=colour,
        left=left,
    )
