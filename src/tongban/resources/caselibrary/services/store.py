"""
Writing rows of the library in bulk: new ones by COPY, changed ones replaced. Knows nothing of what they mean.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from tongban.foundation import crypto
from tongban.resources.caselibrary.models.cases import CASE_CONTEXT, PART_CONTEXT
from tongban.resources.caselibrary.rules import keeping
from tongban.resources.caselibrary.values import CaseContent, Content, Kind, PartContent, case_key

CaseKey = tuple[str, str, str]

READ_AT_ONCE: Final = 1000
LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended('caselibrary:' || %s, 0))"

PLACES: Final = """
SELECT p.node, p.system, p.number, p.id, p.at, p.source, p.taken, p.accepted_at, p.division_code,
       c.agency_code, c.state, c.digest, c.result_type, c.satisfaction
FROM unnest(%s::text[], %s::text[], %s::text[]) AS k (node, system, number)
JOIN caselibrary_place p ON p.node = k.node AND p.system = k.system AND p.number = k.number
JOIN caselibrary_record c ON c.id = p.id AND c.at = p.at
"""

NEW_IDS: Final = """
SELECT nextval(pg_get_serial_sequence('caselibrary_place', 'id')) FROM generate_series(1, %s)
"""

COPY_PLACES: Final = """
COPY caselibrary_place (id, node, system, number, at, source, taken, accepted_at, division_code)
FROM STDIN (FORMAT BINARY)
"""
PLACE_TYPES: Final = (
    "int8",
    "varchar",
    "varchar",
    "varchar",
    "timestamptz",
    "varchar",
    "int8",
    "timestamptz",
    "varchar",
)

UPDATE_PLACES: Final = """
UPDATE caselibrary_place p
SET at = k.at, source = k.source, taken = k.taken, accepted_at = k.accepted_at, division_code = k.division_code
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::bigint[], %s::timestamptz[], %s::text[])
     AS k (id, at, source, taken, accepted_at, division_code)
WHERE p.id = k.id
"""

COPY_RECORDS: Final = """
COPY caselibrary_record (id, at, node, system, number, arrived_at, digest, item_code, item_name, agency_code,
    agency_name, division_code, applicant_index, applicant_masked, state, accepted_at, promised_on, ended_at,
    result_type, satisfaction, content)
FROM STDIN (FORMAT BINARY)
"""
RECORD_TYPES: Final = (
    "int8", "timestamptz", "varchar", "varchar", "varchar", "timestamptz", "bytea", "varchar", "varchar", "varchar",
    "varchar", "varchar", "bytea", "varchar", "varchar", "timestamptz", "date", "timestamptz", "varchar", "int2",
    "bytea",
)  # fmt: skip

DROP_RECORDS: Final = """
DELETE FROM caselibrary_record c USING unnest(%s::bigint[], %s::timestamptz[]) AS k (id, at)
WHERE c.id = k.id AND c.at = k.at
"""

MOVE_PARTS: Final = """
UPDATE caselibrary_part q SET at = k.after FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[])
     AS k (id, at, after)
WHERE q.case_id = k.id AND q.at = k.at
"""

PARTS: Final = """
SELECT q.case_id, q.part, q.id, q.at, q.source, q.taken, q.digest
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS k (id, at, part)
JOIN caselibrary_part q ON q.case_id = k.id AND q.at = k.at AND q.part = k.part AND q.kind = %s
"""

ALL_PARTS: Final = """
SELECT q.case_id, q.kind, q.part, q.content FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (id, at)
JOIN caselibrary_part q ON q.case_id = k.id AND q.at = k.at ORDER BY q.case_id, q.kind, q.part
"""

COPY_PARTS: Final = """
COPY caselibrary_part (at, case_id, kind, part, source, taken, digest, content) FROM STDIN (FORMAT BINARY)
"""
PART_TYPES: Final = ("timestamptz", "int8", "varchar", "varchar", "varchar", "int8", "bytea", "bytea")

DROP_PARTS: Final = """
DELETE FROM caselibrary_part q USING unnest(%s::bigint[], %s::timestamptz[]) AS k (id, at)
WHERE q.id = k.id AND q.at = k.at
"""
DROP_PARTS_OF: Final = """
DELETE FROM caselibrary_part q USING unnest(%s::bigint[], %s::timestamptz[]) AS k (id, at)
WHERE q.case_id = k.id AND q.at = k.at
"""
RENUMBER_PARTS: Final = """
UPDATE caselibrary_part q SET source = k.source, taken = k.taken
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::bigint[]) AS k (id, at, source, taken)
WHERE q.id = k.id AND q.at = k.at
"""
NOTE_RESULTS: Final = """
UPDATE caselibrary_record c SET result_type = k.result_type
FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[]) AS k (id, at, result_type)
WHERE c.id = k.id AND c.at = k.at
"""
NOTE_RATINGS: Final = """
UPDATE caselibrary_record c SET satisfaction = k.satisfaction
FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[]) AS k (id, at, satisfaction)
WHERE c.id = k.id AND c.at = k.at
"""


CONTENTS: Final = """
SELECT c.id, c.content FROM unnest(%s::bigint[], %s::timestamptz[]) AS k (id, at)
JOIN caselibrary_record c ON c.id = k.id AND c.at = k.at
"""
CASES_BELOW: Final = """
SELECT c.content FROM caselibrary_place p JOIN caselibrary_record c ON c.id = p.id AND c.at = p.at
WHERE p.source = %(source)s AND p.taken < %(number)s
"""
PARTS_BELOW: Final = """
SELECT content FROM caselibrary_part WHERE source = %(source)s AND kind = %(kind)s AND taken < %(number)s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """
    A case that the library holds.
    """

    id: int
    at: datetime
    source: str
    taken: int
    accepted_at: datetime | None
    division_code: str
    agency_code: str
    state: str
    digest: bytes
    result_type: str
    satisfaction: int | None


def held_cases(keys: Iterable[CaseKey]) -> dict[CaseKey, Held]:
    """
    Return those of these cases that the library holds. One query.
    """
    wanted = list(set(keys))
    if not wanted:
        return {}
    nodes, systems, numbers = (list(column) for column in zip(*wanted, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(PLACES, [nodes, systems, numbers])
        rows = cursor.fetchall()
    return {(row[0], row[1], row[2]): _held(row) for row in rows}


def _held(row: Sequence[Any]) -> Held:
    return Held(
        id=row[3],
        at=row[4],
        source=row[5],
        taken=row[6],
        accepted_at=row[7],
        division_code=row[8],
        agency_code=row[9],
        state=row[10],
        digest=bytes(row[11]),
        result_type=row[12],
        satisfaction=row[13],
    )


def contents_of(held: Mapping[CaseKey, Held]) -> dict[CaseKey, Content]:
    """
    Return cases in clear. One query.
    """
    keys = {case.id: key for key, case in held.items()}
    with connection.cursor() as cursor:
        cursor.execute(CONTENTS, _ids(list(held.values())))
        return {
            keys[row[0]]: keeping.decoded(crypto.unseal(row[1], context=CASE_CONTEXT), Kind.CASE)
            for row in cursor.fetchall()
        }


def lock(source: str) -> None:
    """
    Let nobody else take rows of this teller until the transaction ends.
    """
    with connection.cursor() as cursor:
        cursor.execute(LOCK, [source])


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseToKeep:
    """
    A case as it is to stand.
    """

    content: CaseContent
    source: str
    taken: int
    before: Held | None
    """How it stands; None: it is new."""


def keep_cases(cases: Sequence[CaseToKeep], *, at: datetime) -> None:
    """
    Write cases, in as many statements for one as for thousands.

    :param at: now
    """
    changed = [case for case in cases if case.before is not None]
    _move(changed)
    drop_records([case.before for case in changed if case.before is not None])
    new = [case for case in cases if case.before is None]
    ids = iter(_new_ids(len(new)))
    placed = [(case.before.id if case.before else next(ids), case) for case in cases]
    with connection.cursor() as cursor:
        if new:
            with cursor.copy(COPY_PLACES) as copy:
                copy.set_types(PLACE_TYPES)
                for case_id, case in placed:
                    if case.before is None:
                        copy.write_row(_place_row(case_id, case))
        if changed:
            rows = [_place_row(case_id, case) for case_id, case in placed if case.before is not None]
            cursor.execute(UPDATE_PLACES, [[row[index] for row in rows] for index in (0, 4, 5, 6, 7, 8)])
        with cursor.copy(COPY_RECORDS) as copy:
            copy.set_types(RECORD_TYPES)
            for case_id, case in placed:
                copy.write_row(_record_row(case_id, case, at=at))


def renumber_cases(cases: Sequence[CaseToKeep]) -> None:
    """
    Note that cases were told again as they stand, with another number.
    """
    rows = [_place_row(case.before.id, case) for case in cases if case.before is not None]
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(UPDATE_PLACES, [[row[index] for row in rows] for index in (0, 4, 5, 6, 7, 8)])


def drop_records(held: Sequence[Held]) -> None:
    """
    Take cases' own rows away; their places and parts stay.
    """
    if held:
        with connection.cursor() as cursor:
            cursor.execute(DROP_RECORDS, _ids(held))


def drop_cases(held: Sequence[Held]) -> None:
    """
    Take cases away with everything of them.
    """
    drop_records(held)
    if held:
        with connection.cursor() as cursor:
            cursor.execute(DROP_PARTS_OF, _ids(held))
            cursor.execute("DELETE FROM caselibrary_place WHERE id = ANY(%s)", [[case.id for case in held]])


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldPart:
    """
    A row of a case that the library holds.
    """

    id: int
    at: datetime
    source: str
    taken: int
    digest: bytes


def held_parts(kind: Kind, wanted: Sequence[tuple[Held, str]]) -> dict[tuple[int, str], HeldPart]:
    """
    Return those of these rows that the library holds, by case and part. One query.
    """
    if not wanted:
        return {}
    ids, moments = _ids([case for case, _part in wanted])
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [ids, moments, [part for _case, part in wanted], kind.value])
        return {
            (row[0], row[1]): HeldPart(
                id=row[2], at=row[3], source=row[4], taken=row[5], digest=bytes(row[6])
            )
            for row in cursor.fetchall()
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class PartToKeep:
    """
    A row of a case as it is to stand.
    """

    content: PartContent
    kind: Kind
    source: str
    taken: int
    case: Held
    before: HeldPart | None


def keep_parts(parts: Sequence[PartToKeep]) -> None:
    """
    Write rows of cases.
    """
    drop_parts([part.before for part in parts if part.before is not None])
    with connection.cursor() as cursor, cursor.copy(COPY_PARTS) as copy:
        copy.set_types(PART_TYPES)
        for part in parts:
            plain = keeping.encoded(part.content)
            copy.write_row(
                (
                    part.case.at,
                    part.case.id,
                    part.kind.value,
                    part.content.part,
                    part.source,
                    part.taken,
                    crypto.sm3(plain),
                    crypto.seal(plain, context=PART_CONTEXT),
                )
            )


def renumber_parts(parts: Sequence[PartToKeep]) -> None:
    """
    Note that rows were told again as they stand, with another number.
    """
    held = [(part.before, part) for part in parts if part.before is not None]
    if held:
        with connection.cursor() as cursor:
            cursor.execute(
                RENUMBER_PARTS,
                [
                    *_ids([before for before, _part in held]),
                    [part.source for _before, part in held],
                    [part.taken for _before, part in held],
                ],
            )


def drop_parts(held: Sequence[HeldPart]) -> None:
    """
    Take rows of cases away.
    """
    if held:
        with connection.cursor() as cursor:
            cursor.execute(DROP_PARTS, _ids(held))


def note_results(results: Sequence[tuple[Held, str]]) -> None:
    """
    Write onto cases how they ended; empty: they have no result any more.
    """
    _note(NOTE_RESULTS, results)


def note_ratings(ratings: Sequence[tuple[Held, int | None]]) -> None:
    """
    Write onto cases how satisfied their applicants were, 5 the most.
    """
    _note(NOTE_RATINGS, ratings)


def _note(statement: str, facts: Sequence[tuple[Held, Any]]) -> None:
    if facts:
        with connection.cursor() as cursor:
            cursor.execute(
                statement, [*_ids([case for case, _fact in facts]), [fact for _case, fact in facts]]
            )


def _ids(held: Sequence[Held] | Sequence[HeldPart]) -> list[list[Any]]:
    return [[one.id for one in held], [one.at for one in held]]


def _new_ids(count: int) -> list[int]:
    if not count:
        return []
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, [count])
        return [row[0] for row in cursor.fetchall()]


def _move(changed: Sequence[CaseToKeep]) -> None:
    """
    Take the parts of cases along whose time of application was corrected.
    """
    moved = [
        (case.before, case.content.applied_at)
        for case in changed
        if case.before is not None and case.before.at != case.content.applied_at
    ]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                MOVE_PARTS, [*_ids([before for before, _at in moved]), [at for _before, at in moved]]
            )


def _place_row(case_id: int, case: CaseToKeep) -> tuple[Any, ...]:
    content = case.content
    return (
        case_id,
        *case_key(content),
        content.applied_at,
        case.source,
        case.taken,
        content.accepted_at,
        content.division_code,
    )


def _record_row(case_id: int, case: CaseToKeep, *, at: datetime) -> tuple[Any, ...]:
    content, before = case.content, case.before
    plain = keeping.encoded(content)
    return (
        case_id,
        content.applied_at,
        *case_key(content),
        at,
        crypto.sm3(plain),
        keeping.item_code_of(content),
        content.item_name,
        content.agency_code,
        content.agency_name,
        content.division_code,
        keeping.applicant_index(content.applicant.id_number),
        keeping.masked_name(content.applicant),
        content.state,
        content.accepted_at,
        content.promised_on,
        content.ended_at,
        before.result_type if before else "",
        before.satisfaction if before else None,
        crypto.seal(plain, context=CASE_CONTEXT),
    )


def keys_below(*, source: str, number: int) -> list[CaseKey]:
    """
    Return the cases that a source told with a lower number than this.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT node, system, number FROM caselibrary_place WHERE source = %s AND taken < %s",
            [source, number],
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def contents_below(kind: Kind, *, source: str, number: int) -> Iterator[Content]:
    """
    Return what rows of a kind say that a source told with a lower number than this, as many at once as are read.
    """
    statement, context = (CASES_BELOW, CASE_CONTEXT) if kind is Kind.CASE else (PARTS_BELOW, PART_CONTEXT)
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, {"source": source, "number": number, "kind": kind.value})
        while rows := cursor.fetchmany(READ_AT_ONCE):
            for (sealed,) in rows:
                yield keeping.decoded(crypto.unseal(sealed, context=context), kind)


def drop_parts_below(kind: Kind, *, source: str, number: int) -> int:
    """
    Take away rows that a source told with a lower number than this; return how many.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM caselibrary_part WHERE source = %s AND kind = %s AND taken < %s",
            [source, kind.value, number],
        )
        return int(cursor.rowcount)


@dataclass(frozen=True, kw_only=True, slots=True)
class WholePart:
    """
    A row of a case with what it says, sealed until somebody wants it.
    """

    case_id: int
    kind: Kind
    part: str
    sealed: bytes

    @property
    def content(self) -> Content:
        """
        What it says.
        """
        return keeping.decoded(crypto.unseal(self.sealed, context=PART_CONTEXT), self.kind)


def all_parts(cases: Sequence[Held]) -> list[WholePart]:
    """
    Return every row of these cases, by kind and part. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(ALL_PARTS, _ids(cases))
        rows = cursor.fetchall()
    return [WholePart(case_id=row[0], kind=Kind(row[1]), part=row[2], sealed=bytes(row[3])) for row in rows]
