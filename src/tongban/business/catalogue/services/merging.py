"""
The one way into the tables: rows are copied into a temporary table and merged by set.

Publishing a single offering and importing a million go through the same statements, so they cannot differ.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from tongban.business.catalogue import rules
from tongban.business.catalogue.values import FeedItem, Limit, OfferingState

STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS catalogue_staging (
    row_no bigint NOT NULL, code text NOT NULL, outcome text, offering_id bigint, old_version int,
    same_elements boolean, state text, effective_from date, effective_until date, digest text, elements jsonb,
    definition_code text, definition_name text, definition_basis jsonb, parent_code text, parent_name text,
    parent_basic_code text, national_prefix text, local_prefix text, codes_are_valid boolean,
    basic_code text, local_basic_code text, implementation_code text, local_implementation_code text,
    body_code text, name text, name_en text, service_type text, use_level text, agency_code text,
    agency_name text, division_code text, for_persons boolean, for_legal_entities boolean,
    person_themes text[], legal_themes text[], life_events text[], handling_kind text, online_grade smallint,
    statutory_amount smallint, statutory_unit text, promised_amount smallint, promised_unit text,
    is_charged boolean, visits smallint, can_apply_online boolean
) ON COMMIT DELETE ROWS
"""
SEEN = "CREATE TEMPORARY TABLE IF NOT EXISTS catalogue_seen (code text PRIMARY KEY) ON COMMIT PRESERVE ROWS"

BASIC_CODE = re.compile(r"[0-9]{12}")

COLUMNS = (
    "row_no", "code", "state", "effective_from", "effective_until", "digest", "elements", "definition_code",
    "definition_name", "definition_basis", "parent_code", "parent_name", "parent_basic_code",
    "national_prefix", "local_prefix", "codes_are_valid", "basic_code", "local_basic_code",
    "implementation_code", "local_implementation_code", "body_code", "name", "name_en", "service_type",
    "use_level", "agency_code", "agency_name", "division_code", "for_persons", "for_legal_entities",
    "person_themes", "legal_themes", "life_events", "handling_kind", "online_grade", "statutory_amount",
    "statutory_unit", "promised_amount", "promised_unit", "is_charged", "visits", "can_apply_online",
)  # fmt: skip
PROJECTED = (
    "implementation_code", "local_implementation_code", "body_code", "codes_are_valid", "name", "name_en",
    "service_type", "agency_code", "agency_name", "division_code", "for_persons", "for_legal_entities",
    "person_themes", "legal_themes", "life_events", "handling_kind", "online_grade", "statutory_amount",
    "statutory_unit", "promised_amount", "promised_unit", "is_charged", "visits", "can_apply_online",
)  # fmt: skip

# The first row with a code wins, in this batch and in all batches before it.
DROP_DUPLICATES = """
WITH ranked AS (
    SELECT ctid AS place, code, row_number() OVER (PARTITION BY code ORDER BY row_no) AS nth
    FROM catalogue_staging
), fresh AS (
    INSERT INTO catalogue_seen (code) SELECT code FROM ranked WHERE nth = 1
    ON CONFLICT DO NOTHING RETURNING code
)
DELETE FROM catalogue_staging s USING ranked r
WHERE s.ctid = r.place AND (r.nth > 1 OR NOT EXISTS (SELECT 1 FROM fresh f WHERE f.code = s.code))
RETURNING s.row_no
"""
DROP_FOREIGN = """
DELETE FROM catalogue_staging s USING catalogue_serviceoffering o
WHERE o.code = s.code AND o.source <> %(source)s
RETURNING s.row_no
"""
# Rows of offerings that exist are held in the order of their codes, so two imports cannot wait for each other.
HOLD = """
SELECT count(*) FROM (
    SELECT o.id FROM catalogue_serviceoffering o JOIN catalogue_staging s ON s.code = o.code
    ORDER BY o.code FOR NO KEY UPDATE OF o
) held
"""
COMPARE = """
UPDATE catalogue_staging s SET
    offering_id = o.id,
    old_version = o.current_version,
    same_elements = v.digest = s.digest,
    outcome = CASE WHEN v.digest = s.digest AND o.feed_state = s.state THEN 'unchanged' ELSE 'changed' END
FROM catalogue_serviceoffering o
JOIN catalogue_offeringversion v ON v.offering_id = o.id AND v.version = o.current_version
WHERE o.code = s.code
"""
ADD_PARENTS = """
INSERT INTO catalogue_servicedefinition
    (code, basic_code, local_basic_code, name, service_type, use_level, setting_basis, state, version, source)
SELECT DISTINCT ON (s.parent_code) s.parent_code, s.parent_basic_code, '', s.parent_name, s.service_type,
    s.use_level, '[]'::jsonb, 'IN_USE', 1, %(source)s
FROM catalogue_staging s WHERE s.parent_code IS NOT NULL AND s.outcome IS NULL
ORDER BY s.parent_code, s.row_no
ON CONFLICT (code) DO NOTHING
"""
ADD_DEFINITIONS = """
INSERT INTO catalogue_servicedefinition
    (code, basic_code, local_basic_code, name, service_type, use_level, setting_basis, parent_id, state,
     version, source)
SELECT DISTINCT ON (s.definition_code) s.definition_code, s.basic_code, s.local_basic_code,
    s.definition_name, s.service_type, s.use_level, s.definition_basis, p.id, 'IN_USE', 1, %(source)s
FROM catalogue_staging s LEFT JOIN catalogue_servicedefinition p ON p.code = s.parent_code
WHERE s.outcome IS NULL
ORDER BY s.definition_code, s.row_no
ON CONFLICT (code) DO NOTHING
"""
DIFFERENT_DEFINITIONS = """
SELECT s.row_no FROM catalogue_staging s JOIN catalogue_servicedefinition d ON d.code = s.definition_code
WHERE d.service_type <> s.service_type AND s.basic_code <> ''
"""
# Only names of our own columns are put together here, no value from outside.
ADD_OFFERINGS = f"""
WITH added AS (
    INSERT INTO catalogue_serviceoffering
        (code, definition_id, case_prefix, source, state, feed_state, current_version, popularity,
         {", ".join(PROJECTED)})
    SELECT s.code, d.id,
        CASE WHEN s.national_prefix <> '' THEN s.national_prefix
             ELSE s.local_prefix || lpad(nextval('catalogue_local_serial')::text, 11, '0') END,
        %(source)s, s.state, s.state, 1, 0, {", ".join("s." + name for name in PROJECTED)}
    FROM catalogue_staging s JOIN catalogue_servicedefinition d ON d.code = s.definition_code
    WHERE s.outcome IS NULL
    ORDER BY s.row_no
    RETURNING id, code
)
UPDATE catalogue_staging s SET offering_id = a.id, outcome = 'new', old_version = 0, same_elements = false
FROM added a WHERE a.code = s.code
"""  # noqa: S608
CHANGE_OFFERINGS = f"""
UPDATE catalogue_serviceoffering o SET
    state = CASE WHEN o.feed_state = s.state THEN o.state ELSE s.state END,
    feed_state = s.state,
    current_version = o.current_version + (NOT s.same_elements)::int,
    case_prefix = CASE WHEN s.national_prefix <> '' THEN s.national_prefix ELSE o.case_prefix END,
    {", ".join(f"{name} = s.{name}" for name in PROJECTED)}
FROM catalogue_staging s WHERE s.outcome = 'changed' AND o.id = s.offering_id
"""  # noqa: S608
END_VERSIONS = """
UPDATE catalogue_offeringversion v SET effective_until = greatest(v.effective_from, s.effective_from)
FROM catalogue_staging s
WHERE s.outcome = 'changed' AND NOT s.same_elements
    AND v.offering_id = s.offering_id AND v.version = s.old_version
"""
ADD_VERSIONS = """
INSERT INTO catalogue_offeringversion
    (offering_id, version, elements, digest, effective_from, effective_until, published_at, batch)
SELECT s.offering_id, s.old_version + 1, s.elements, s.digest, s.effective_from, s.effective_until,
    %(at)s, %(batch)s
FROM catalogue_staging s WHERE NOT s.same_elements AND s.outcome IN ('new', 'changed')
"""


@dataclass(kw_only=True, slots=True)
class Merged:
    """
    What one merge did: row numbers by outcome.
    """

    duplicates: list[int] = field(default_factory=list)
    foreign: list[int] = field(default_factory=list)
    different_definitions: list[int] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0


def prepare_tables() -> None:
    """
    Make the temporary tables of this session, empty.
    """
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        cursor.execute(SEEN)
        cursor.execute("TRUNCATE catalogue_seen")


def staged_row(row_no: int, item: FeedItem, *, on: date) -> tuple[tuple[Any, ...], list[tuple[str, str]]]:
    """
    Return the row to copy for `item`, and the flags (reason, field) it earns.

    :param on: the day of publication; a row past its last day is kept as retired
    """
    elements = item.elements
    canonical = rules.canonical_elements(elements)
    flags = _flags(item, on=on)
    national = rules.is_implementation_code(elements.implementation_code)
    state = item.state
    if item.effective_until is not None and item.effective_until <= on:
        state = OfferingState.RETIRED
    definition_code, parent_code = _definition_codes(item)
    statutory, promised = _limit(elements.statutory_limit), _limit(elements.promised_limit)
    row = (
        row_no, item.code, state.value, item.effective_from or on, item.effective_until,
        rules.digest_of(canonical), canonical.decode(), definition_code,
        item.definition_name or elements.name,
        rules.canonical_basis(item.definition_basis or elements.setting_basis).decode(),
        parent_code, item.main_item.name if item.main_item else None,
        _national(item.main_item.basic_code) if item.main_item else "",
        elements.implementation_code if national else "",
        rules.local_case_prefix(agency_code=elements.agency_code, use_level=elements.use_level),
        not any(reason == "body_code_invalid" for reason, _ in flags),
        elements.basic_code, elements.local_basic_code, elements.implementation_code,
        elements.local_implementation_code, elements.body_code, elements.name, elements.name_en,
        elements.service_type, elements.use_level, elements.agency_code, elements.agency_name,
        elements.division_code, rules.is_for_persons(elements), rules.is_for_legal_entities(elements),
        list(elements.person_themes), list(elements.legal_themes), list(elements.life_events),
        rules.handling_kind_of(elements).value, elements.online_grade, *statutory, *promised, elements.is_charged,
        elements.visits, elements.can_apply_online,
    )  # fmt: skip
    return row, flags


def merge(rows: Iterable[Sequence[Any]], *, source: str, at: datetime, batch: str) -> Merged:
    """
    Merge staged rows into the catalogue, within the transaction that is open.

    :param source: whose rows these are; offerings of another source are left alone and reported
    :param batch: key under which the new versions can be asked for afterwards
    """
    merged = Merged()
    facts: dict[str, str | datetime] = {"source": source, "at": at, "batch": batch}
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY catalogue_staging ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        merged.duplicates = _numbers(cursor, DROP_DUPLICATES, facts)
        merged.foreign = _numbers(cursor, DROP_FOREIGN, facts)
        cursor.execute("ANALYZE catalogue_staging")
        for statement in (HOLD, COMPARE, ADD_PARENTS, ADD_DEFINITIONS):
            cursor.execute(statement, facts)
        merged.different_definitions = _numbers(cursor, DIFFERENT_DEFINITIONS, facts)
        for statement in (ADD_OFFERINGS, END_VERSIONS, CHANGE_OFFERINGS, ADD_VERSIONS):
            cursor.execute(statement, facts)
        cursor.execute("SELECT outcome, count(*) FROM catalogue_staging GROUP BY outcome")
        for outcome, count in cursor.fetchall():
            setattr(merged, outcome, count)
        cursor.execute("TRUNCATE catalogue_staging")
    return merged


def _numbers(cursor: Any, statement: str, facts: Mapping[str, str | datetime]) -> list[int]:
    cursor.execute(statement, facts)
    return [row[0] for row in cursor.fetchall()]


def _limit(limit: Limit | None) -> tuple[int | None, str]:
    return (None, "") if limit is None else (limit.amount, limit.unit.value)


def _national(basic_code: str) -> str:
    return basic_code if BASIC_CODE.fullmatch(basic_code) else ""


def _definition_codes(item: FeedItem) -> tuple[str, str | None]:
    elements = item.elements
    own = elements.basic_code or (f"L-{elements.local_basic_code}" if elements.local_basic_code else "")
    if not own:
        own = rules.made_definition_code(elements.service_type, item.definition_name or elements.name)
    if item.main_item is None:
        return own, None
    parent = item.main_item.basic_code or rules.made_definition_code(
        elements.service_type, item.main_item.name
    )
    return own, None if parent == own else parent


def _flags(item: FeedItem, *, on: date) -> list[tuple[str, str]]:
    elements = item.elements
    flags: list[tuple[str, str]] = []
    if not rules.is_body_code(elements.body_code or elements.agency_code):
        flags.append(
            ("body_code_invalid", "elements.body_code" if elements.body_code else "elements.agency_code")
        )
    code = elements.implementation_code
    if code:
        if not rules.is_implementation_code(code):
            flags.append(("implementation_code_invalid", "elements.implementation_code"))
        elif code[18] != elements.use_level:
            flags.append(("level_mismatch", "elements.use_level"))
        elif elements.basic_code and code[19:] != elements.basic_code:
            flags.append(("basic_code_mismatch", "elements.basic_code"))
    flags += [("full_width_code", f"elements.{name}") for name in rules.wide_codes(elements)]
    if rules.promise_exceeds_statute(elements):
        flags.append(("promise_exceeds_statute", "elements.promised_limit"))
    if item.effective_until is not None and item.effective_until <= on:
        flags.append(("expired", "effective_until"))
    return flags
