"""
The SQL of searching.
"""

from dataclasses import dataclass
from typing import Any

from tongban.foundation.codes import subtree_prefix
from tongban.support.search.values import SearchFilters

CANDIDATES = 100
WIDE_CANDIDATES = 100
PLENTY = 40
"""With so many names that hold everything, names that hold less are not looked for."""
BODY_CANDIDATES = 40
SIMILAR_CANDIDATES = 40
PER_NAME = 5
"""Offerings of one name among others; nobody wants page after page of one item in every county."""


@dataclass(frozen=True, slots=True)
class Condition:
    """
    A condition on offerings, `i`, as SQL and its values.
    """

    sql: str
    values: tuple[Any, ...]

    @property
    def is_any(self) -> bool:
        """
        Whether every offering that can be found meets it.
        """
        return not self.sql


def condition(filters: SearchFilters) -> Condition:
    """
    Return what offerings must meet.
    """
    parts: list[str] = []
    values: list[Any] = []
    if filters.audience is not None:
        parts.append("%s = ANY(i.audiences)")
        values.append(filters.audience)
    if filters.theme is not None:
        parts.append("%s = ANY(i.themes)")
        values.append(filters.theme)
    if filters.agency_code is not None:
        parts.append("i.agency_code = %s")
        values.append(filters.agency_code)
    if filters.min_online_depth is not None:
        parts.append("i.online_depth >= %s")
        values.append(filters.min_online_depth)
    if filters.division_code is not None:
        prefix = subtree_prefix(filters.division_code)
        parts.append("i.division_code >= %s AND i.division_code < %s")
        # ':' follows '9' in the C collation.
        values.extend([prefix, f"{prefix}:"])
    return Condition(sql="".join(f" AND {part}" for part in parts), values=tuple(values))


OFFERED = """n.is_offered AND EXISTS (
    SELECT FROM search_searchitem i WHERE i.search_name_id = n.id AND i.is_active/*wanted*/
)"""

STEP = """/*label*/ AS MATERIALIZED (
    SELECT n.id FROM search_searchname n
    WHERE /*gate*/ /*test*/ AND /*offered*/
    ORDER BY n.prior DESC, n.id LIMIT /*limit*/
)"""
COUNT = "(SELECT count(*) FROM /*step*/)"
LADDER = """
WITH /*steps*/
SELECT coalesce((SELECT generation FROM search_searchstate WHERE id = 1), 0), f.*
FROM (VALUES (1)) AS one (x) LEFT JOIN (
    SELECT n.id, n.folded, n.related, n.demand
    FROM search_searchname n JOIN (/*union*/) AS found USING (id)
) f ON true
"""
WHOLE = "left(n.folded, 60) = left(%s, 60) AND n.folded = %s"
WHOLE_NAMES = 5
WORDS = "n.words @@ %s::tsquery"

BODIES = """
SELECT DISTINCT n.id, n.folded, n.related, n.demand
FROM (
    SELECT i.search_name_id AS id
    FROM search_searchbody b JOIN search_searchitem i ON i.id = b.item_id
    WHERE b.words @@ %s::tsquery AND i.is_active/*wanted*/
    LIMIT %s
) AS found JOIN search_searchname n USING (id)
"""

LETTERS = """
SELECT n.id, n.folded, n.initials, n.pinyin, 1.0
FROM search_searchname n
WHERE (n.pinyin LIKE %s OR n.initials LIKE %s) AND /*offered*/
ORDER BY n.prior DESC, n.id LIMIT %s
"""
SOUNDS = """
SELECT n.id, n.folded, n.initials, n.pinyin,
       CASE WHEN n.pinyin LIKE %s THEN 1.0 ELSE word_similarity(%s, n.folded) END AS near
FROM search_searchname n
WHERE (n.pinyin LIKE %s OR %s <%% n.folded) AND /*offered*/
ORDER BY near DESC, n.prior DESC, n.id LIMIT %s
"""

ITEM_COLUMNS = """
    i.kind, i.ref_code, i.name, i.name_en, i.agency_name, i.agency_code, i.division_code, i.audiences, i.themes,
    i.online_depth, i.popularity, i.search_name_id
"""
CODES = """
SELECT /*columns*/, 0
FROM (
    SELECT c.item_id, min(c.code) AS code FROM search_searchcode c
    WHERE c.code >= %s AND c.code < %s GROUP BY c.item_id ORDER BY 2, 1 LIMIT 200
) found JOIN search_searchitem i ON i.id = found.item_id
WHERE i.is_active/*wanted*/
ORDER BY found.code, i.id LIMIT %s
"""
ITEMS = """
SELECT /*columns*/, (
    SELECT count(*) FROM (
        SELECT FROM search_searchitem i WHERE i.search_name_id = ANY(%s::bigint[]) AND i.is_active/*wanted*/ LIMIT %s
    ) counted
)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS r (id, place) CROSS JOIN LATERAL (
    SELECT * FROM search_searchitem i WHERE i.search_name_id = r.id AND i.is_active/*wanted*/
    ORDER BY i.popularity DESC, i.id LIMIT %s
) i
ORDER BY r.place, i.online_depth DESC, i.popularity DESC, i.id LIMIT %s
"""


def _filled(template: str, **parts: str) -> str:
    # Parts are SQL of this module; whatever people type goes in as a value.
    for name, sql in parts.items():
        template = template.replace(f"/*{name}*/", sql)
    return template


def _offered(wanted: Condition) -> str:
    return "n.is_offered" if wanted.is_any else _filled(OFFERED, wanted=wanted.sql)


def names_by_words(
    *, whole: str, narrow: str | None, strict: str | None, wide: str | None, wanted: Condition
) -> tuple[str, list[Any]]:
    """
    Return one statement for the names that may answer: by the whole text, by all words, by enough words.

    Each step runs only where those before it found few. The first column is the generation; there is always a row.
    """
    steps: list[tuple[str, str, list[Any], int]] = [("whole", WHOLE, [whole, whole], WHOLE_NAMES)]
    said: set[str] = set()
    for label, tsquery, limit in (
        ("narrow", narrow, CANDIDATES),
        ("strict", strict, CANDIDATES),
        ("wide", wide, WIDE_CANDIDATES),
    ):
        if tsquery is not None and tsquery not in said:
            said.add(tsquery)
            steps.append((label, WORDS, [tsquery], limit))
    return _ladder(steps, wanted)


def _ladder(steps: list[tuple[str, str, list[Any], int]], wanted: Condition) -> tuple[str, list[Any]]:
    sql: list[str] = []
    values: list[Any] = []
    earlier: list[str] = []
    for label, test, arguments, limit in steps:
        few = " + ".join(_filled(COUNT, step=name) for name in earlier)
        sql.append(
            _filled(
                STEP,
                label=label,
                gate=f"({few}) < {PLENTY} AND" if few else "",
                test=test,
                offered=_offered(wanted),
                limit=str(limit),
            )
        )
        values.extend([*arguments, *wanted.values])
        earlier.append(label)
    union = " UNION ".join(f"TABLE {name}" for name in earlier)
    return _filled(LADDER, steps=", ".join(sql), union=union), values


def names_by_body(*, tsquery: str, wanted: Condition) -> tuple[str, list[Any]]:
    """
    Return the statement for names of offerings whose guide holds all words.
    """
    return _filled(BODIES, wanted=wanted.sql), [tsquery, *wanted.values, BODY_CANDIDATES]


def names_by_letters(*, letters: str, wanted: Condition) -> tuple[str, list[Any]]:
    """
    Return the statement for names in whose pinyin or initials the letters stand.
    """
    within = f"%{letters}%"
    return _filled(LETTERS, offered=_offered(wanted)), [within, within, *wanted.values, SIMILAR_CANDIDATES]


def names_by_sound(*, spoken: str, written: str, wanted: Condition) -> tuple[str, list[Any]]:
    """
    Return the statement for names that hold a stretch of this sound, or one written much like it.

    :param spoken: pinyin without blanks
    :param written: the Chinese that was typed
    """
    within = f"%{spoken}%"
    sql = _filled(SOUNDS, offered=_offered(wanted))
    return sql, [within, written, within, written, *wanted.values, SIMILAR_CANDIDATES]


def items_by_code(*, code: str, wanted: Condition, limit: int) -> tuple[str, list[Any]]:
    """
    Return the statement for offerings one of whose codes is, or begins with, a code.
    """
    # '~' follows every character a code may have in the C collation.
    return _filled(CODES, columns=ITEM_COLUMNS, wanted=wanted.sql), [code, f"{code}~", *wanted.values, limit]


def items_of_names(*, names: list[int], wanted: Condition, limit: int, cap: int) -> tuple[str, list[Any]]:
    """
    Return the statement for the offerings of names, the best name first, and how many there are up to a cap.

    :param names: at least one; each has an offering that is wanted
    """
    # As many names as hits are enough, and one name may fill the page only where there are few.
    per_name = max(PER_NAME, -(-limit // len(names)))
    sql = _filled(ITEMS, columns=ITEM_COLUMNS, wanted=wanted.sql)
    return sql, [names, *wanted.values, cap, names[:limit], *wanted.values, per_name, limit]
