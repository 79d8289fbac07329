"""
Cases of the library: lists by keyset, one with everything of it, how many there are.

Page 10,000 costs what page 1 costs, and ten million cases what ten thousand do: every list is read from one index in
the order in which it is shown. Scope first, whatever is asked.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.resources.caselibrary import permissions, ports
from tongban.resources.caselibrary.models.cases import CASE_CONTEXT, PART_CONTEXT
from tongban.resources.caselibrary.rules import keeping, masking
from tongban.resources.caselibrary.values import (
    CaseContent,
    CaseCounts,
    CaseQuestion,
    Content,
    Kind,
    LibraryCase,
    LibraryRow,
    LicenceContent,
    MaterialContent,
    OwnCaseRow,
    ProcessContent,
    RatingContent,
    ResultContent,
    SpecialContent,
)
from tongban.resources.exchange import ports as exchange

PAGE: Final = 20
LARGEST_PAGE: Final = 100
MOST_OF_ONE_NUMBER: Final = 100
MONTHS: Final = 12
CITY_DIGITS, COUNTY_DIGITS = 4, 6
_CURSOR: Final = "caselibrary.cases"

COLUMNS: Final = """
id, node, system, number, item_code, item_name, agency_code, agency_name, division_code, applicant_masked, state,
at, accepted_at, promised_on, ended_at, result_type, satisfaction
"""

LIST: Final = """
SELECT {columns} FROM caselibrary_record WHERE {where} ORDER BY at DESC, id DESC LIMIT %(limit)s
"""

CASE: Final = """
SELECT {columns}, content, arrived_at, (SELECT source FROM caselibrary_place WHERE id = %(id)s),
       (SELECT taken FROM caselibrary_place WHERE id = %(id)s)
FROM caselibrary_record
WHERE id = %(id)s AND at = (SELECT at FROM caselibrary_place WHERE id = %(id)s) AND {where}
"""

PARTS: Final = """
SELECT kind, content FROM caselibrary_part WHERE case_id = %s AND at = %s ORDER BY kind, length(part), part
"""

COUNTS: Final = """
SELECT state, month, sum(count)::bigint FROM caselibrary_tally WHERE {where} GROUP BY state, month
"""


def cases(
    *,
    actor: Actor,
    wanted: CaseQuestion,
    at: datetime,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[LibraryRow]:
    """
    Return cases that the actor may know of, newest application first. At most three queries.

    Who asks by the number of a person says what for; it is written into the audit trail, and for the person to read.

    :param at: now, for the ledger
    :raises NotPermitted: the actor may know of no case at all
    :raises InvalidInput: the number of a person is asked for, and nothing was said of what for
    """
    where, arguments = _where(actor, wanted)
    if wanted.id_number:
        if wanted.reason is None:
            raise InvalidInput(fields={"purpose": _("按证件号码查询，请说明查看用途")})
        _note_search(actor, wanted, at=at)
    limit = min(limit, LARGEST_PAGE)
    is_rare = bool(wanted.id_number or wanted.number)
    rows = _list(where, arguments, cursor=cursor, limit=limit, newest=None if is_rare else at)
    return _page(rows, limit)


def may_see_own(*, actor: Actor) -> bool:
    """
    Return whether the actor is a person who asks in his own name.
    """
    return permissions.own_cases.allows(actor)


def own_cases(
    *, actor: Actor, cursor: str | None = None, limit: int = PAGE, but_system: str = ""
) -> Page[OwnCaseRow]:
    """
    Return the cases of the person who asks, of every system that the library knows. Two queries.

    :param but_system: a system of this node whose cases are shown elsewhere and left out here
    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: not a person, or one who acts for another
    """
    permissions.own_cases.require(actor)
    number = ports.people().number_of(UUID(str(actor.person_id)))
    index = keeping.applicant_index(number)
    if index is None:
        return Page(items=[], next_cursor=None)
    limit = min(limit, LARGEST_PAGE)
    page = _page(
        _list(
            ["applicant_index = ANY(%(indexes)s)", "NOT (system = %(but_system)s AND node = %(own_node)s)"],
            {
                "indexes": crypto.all_forms(index),
                "but_system": but_system,
                "own_node": exchange.neighbours().own_code,
            },
            cursor=cursor,
            limit=limit,
        ),
        limit,
    )
    names = [field.name for field in fields(OwnCaseRow)]
    own = [OwnCaseRow(**{name: getattr(row, name) for name in names}) for row in page.items]
    return Page(items=own, next_cursor=page.next_cursor)


def case_by_id(*, case_id: int, actor: Actor, at: datetime) -> LibraryCase:
    """
    Return one case with everything of it, masked; the look is written down for the applicant.

    Two queries, and those of the ledger.

    :raises NotFound: there is none, or the actor may not know of it
    """
    condition, arguments = _scope(actor)
    with connection.cursor() as db:
        db.execute(CASE.format(columns=COLUMNS, where=condition), {**arguments, "id": case_id})
        found = db.fetchone()
        if found is None:
            raise NotFound
        row = _row(found)
        db.execute(PARTS, [case_id, row.applied_at])
        parts = [_part(*part) for part in db.fetchall()]
    content, arrived_at, source, taken = found[-4:]
    base = keeping.decoded(crypto.unseal(content, context=CASE_CONTEXT), Kind.CASE)
    if not isinstance(base, CaseContent):
        raise NotFound
    _note_look(actor, base, at=at)
    return LibraryCase(
        row=row,
        base=masking.masked_case(base),
        arrived_at=arrived_at,
        source=source,
        taken=taken,
        process=[part for part in parts if isinstance(part, ProcessContent)],
        special=[part for part in parts if isinstance(part, SpecialContent)],
        materials=[part for part in parts if isinstance(part, MaterialContent)],
        results=[part for part in parts if isinstance(part, ResultContent)],
        licences=[part for part in parts if isinstance(part, LicenceContent)],
        ratings=[part for part in parts if isinstance(part, RatingContent)],
    )


def case_counts(*, actor: Actor, wanted: CaseQuestion) -> CaseCounts:
    """
    Return how many cases there are that the actor may know of, by state and month. One query, over tallies.

    Of the question it heeds agency, division, state and the months of its days.

    :raises NotPermitted: the actor may know of no case at all
    """
    condition, arguments = _scope(actor)
    where = [condition]
    _add(where, arguments, "agency_code = %(agency)s", agency=wanted.agency_code)
    _add(where, arguments, "state = %(state)s", state=wanted.state)
    if wanted.division_code:
        where.append("division_code LIKE %(division)s")
        arguments["division"] = f"{subtree_prefix(wanted.division_code)}%"
    if wanted.since:
        where.append("month >= %(since)s")
        arguments["since"] = wanted.since.replace(day=1)
    if wanted.until:
        where.append("month <= %(until)s")
        arguments["until"] = wanted.until
    by_state: dict[str, int] = {}
    by_month: dict[date, int] = {}
    with connection.cursor() as db:
        db.execute(COUNTS.format(where=" AND ".join(where)), arguments)
        for state, month, count in db.fetchall():
            by_state[state] = by_state.get(state, 0) + count
            by_month[month] = by_month.get(month, 0) + count
    return CaseCounts(
        total=sum(by_state.values()),
        by_state={state: count for state, count in sorted(by_state.items()) if count},
        by_month=[(month, count) for month, count in sorted(by_month.items()) if count],
    )


def sees_cases(*, actor: Actor) -> bool:
    """
    Return whether there may be cases the actor can know of; lists refuse everybody else.
    """
    return permissions.list_cases.allows(actor)


def _scope(actor: Actor) -> tuple[str, dict[str, Any]]:
    permissions.list_cases.require(actor)
    reach = permissions.library_reach(actor)
    if reach.division_prefix is not None:
        arguments: dict[str, Any] = {}
        return _inside(reach.division_prefix, "reach", arguments), arguments
    return reach.condition(permissions.LIBRARY_COLUMNS)


def _inside(prefix: str, name: str, arguments: dict[str, Any]) -> str:
    """
    Return the condition of lying in an area, in the words of the index that finds it.
    """
    if not prefix:
        return "TRUE"
    arguments[f"{name}_like"] = f"{prefix}%"
    inside = f"division_code LIKE %({name}_like)s"
    for digits in (COUNTY_DIGITS, CITY_DIGITS):
        if len(prefix) >= digits:
            arguments[f"{name}_area"] = prefix[:digits]
            return f"left(division_code, {digits}) = %({name}_area)s AND {inside}"
    return inside


def _where(actor: Actor, wanted: CaseQuestion) -> tuple[list[str], dict[str, Any]]:
    condition, arguments = _scope(actor)
    where = [condition]
    _add(where, arguments, "agency_code = %(agency)s", agency=wanted.agency_code)
    _add(where, arguments, "item_code = %(item)s", item=wanted.item_code)
    _add(where, arguments, "state = %(state)s", state=wanted.state)
    _add(where, arguments, "node = %(node)s", node=wanted.node)
    if wanted.division_code:
        where.append(_inside(subtree_prefix(wanted.division_code), "wanted", arguments))
    if wanted.since:
        where.append("at >= %(since)s")
        arguments["since"] = _midnight(wanted.since)
    if wanted.until:
        where.append("at < %(until)s")
        arguments["until"] = _midnight(wanted.until + timedelta(days=1))
    if wanted.id_number:
        index = keeping.applicant_index(wanted.id_number)
        where.append("applicant_index = ANY(%(indexes)s)")
        arguments["indexes"] = crypto.all_forms(index) if index else []
    if wanted.number:
        where.append("id = ANY(%(ids)s) AND at = ANY(%(moments)s)")
        arguments["ids"], arguments["moments"] = _places_of(wanted.number)
    return where, arguments


def _add(where: list[str], arguments: dict[str, Any], condition: str, **values: str) -> None:
    for name, value in values.items():
        if value:
            where.append(condition)
            arguments[name] = value


def _places_of(number: str) -> tuple[list[int], list[datetime]]:
    with connection.cursor() as db:
        db.execute(
            "SELECT id, at FROM caselibrary_place WHERE number = %s LIMIT %s",
            [number.strip(), MOST_OF_ONE_NUMBER],
        )
        rows = db.fetchall()
    return [row[0] for row in rows], [row[1] for row in rows]


def _list(
    where: list[str],
    arguments: dict[str, Any],
    *,
    cursor: str | None,
    limit: int,
    newest: datetime | None = None,
) -> list[LibraryRow]:
    """
    Return one row more than `limit`, newest first.

    :param newest: no case is newer. A page is then looked for in the last months first, and further back only while it
        is not full: most partitions are not even thought of. None: what is asked for is so rare that all are
    """
    if cursor:
        last_at, last_id = decode_cursor(_CURSOR, cursor)
        # The first condition says the same and lets whole months be left out.
        where = [*where, "at <= %(last_at)s", "(at, id) < (%(last_at)s, %(last_id)s)"]
        arguments = {**arguments, "last_at": datetime.fromisoformat(str(last_at)), "last_id": last_id}
        newest = newest and min(newest, arguments["last_at"])
    rows: list[LibraryRow] = []
    for months, bounds in _windows(newest):
        if len(rows) <= limit:
            rows += _fetch([*where, *months], {**arguments, **bounds, "limit": limit + 1 - len(rows)})
    return rows


def _fetch(where: list[str], arguments: dict[str, Any]) -> list[LibraryRow]:
    with connection.cursor() as db:
        db.execute(LIST.format(columns=COLUMNS, where=" AND ".join(where)), arguments)
        return [_row(row) for row in db.fetchall()]


def _windows(newest: datetime | None) -> Iterator[tuple[list[str], dict[str, Any]]]:
    """
    Yield the conditions of whole months: the last three, the twelve before, everything older.
    """
    if newest is None:
        yield [], {}
        return
    month = civil_date(newest).replace(day=1)
    edges = [_midnight(_months_from(month, by)) for by in (1, -2, -14)]
    for until, since in pairwise(edges):
        yield (
            ["at >= %(window_since)s", "at < %(window_until)s"],
            {"window_since": since, "window_until": until},
        )
    yield ["at < %(window_until)s"], {"window_until": edges[-1]}


def _months_from(month: date, by: int) -> date:
    count = month.year * MONTHS + month.month - 1 + by
    return date(count // MONTHS, count % MONTHS + 1, 1)


def _page(rows: list[LibraryRow], limit: int) -> Page[LibraryRow]:
    if len(rows) <= limit:
        return Page(items=rows, next_cursor=None)
    last = rows[limit - 1]
    return Page(
        items=rows[:limit], next_cursor=encode_cursor(_CURSOR, [last.applied_at.isoformat(), last.id])
    )


def _row(row: Sequence[Any]) -> LibraryRow:
    return LibraryRow(
        id=row[0],
        node=row[1],
        system=row[2],
        number=row[3],
        item_code=row[4],
        item_name=row[5],
        agency_code=row[6],
        agency_name=row[7],
        division_code=row[8],
        applicant_masked=row[9],
        state=row[10],
        applied_at=row[11],
        accepted_at=row[12],
        promised_on=row[13],
        ended_at=row[14],
        result_type=row[15],
        satisfaction=row[16],
    )


def _part(kind: str, sealed: bytes) -> Content:
    return keeping.decoded(crypto.unseal(sealed, context=PART_CONTEXT), Kind(kind))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=CHINA)


def _note_search(actor: Actor, wanted: CaseQuestion, *, at: datetime) -> None:
    index = keeping.applicant_index(wanted.id_number)
    reason = wanted.reason
    audit.record(
        action="caselibrary.cases.find",
        actor=actor,
        subject=index.hex() if index else "",
        at=at,
        purpose=reason.purpose.value if reason else "",
        words=reason.words if reason else "",
    )
    looks.record(
        principal_id=ports.people().person_of(wanted.id_number.strip().upper()) or None,
        act=LookAct.FOUND,
        thing=Thing(kind=ObjectKind.CASE, key="", label="办件库", label_en="Case library"),
        actor=actor,
        at=at,
        reason=reason,
    )


def _note_look(actor: Actor, base: CaseContent, *, at: datetime) -> None:
    if looks.is_foreign(actor) and base.applicant.id_number:
        looks.record(
            principal_id=ports.people().person_of(base.applicant.id_number.strip().upper()) or None,
            act=LookAct.READ,
            thing=Thing(kind=ObjectKind.CASE, key=base.number, label=base.item_name),
            actor=actor,
            at=at,
        )
