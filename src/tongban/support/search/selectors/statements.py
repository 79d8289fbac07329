"""
The SQL of searching.
"""

from dataclasses import dataclass
from typing import Any

from tongban.support.search.values import SearchFilters

CANDIDATES = 120
WIDE_CANDIDATES = 200
PLENTY = 40
"""With so many names that hold everything, names that hold less are not looked for."""
BODY_CANDIDATES = 40
SIMILAR_CANDIDATES = 40
PER_NAME = 50


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


def subtree_prefix(division_code: str) -> str:
    """
    Return what the codes of a division and of all below it begin with (GB/T 2260: 2, 4, 6, 9, 12 digits).
    """
    for length in (2, 4, 6, 9):
        if not division_code[length:].strip("0"):
            return division_code[:length]
    return division_code


def _offered(wanted: Condition) -> str:
    if wanted.is_any:
        return "n.offerings > 0"
    return (
        "n.offerings > 0 AND EXISTS (SELECT FROM search_searchitem i "
        f"WHERE i.search_name_id = n.id AND i.is_active{wanted.sql})"
    )


def names_by_words(
    *, whole: str, narrow: str | None, strict: str | None, wide: str | None, wanted: Condition
) -> tuple[str, list[Any]]:
    """
    Return one statement for the names that may answer: by the whole text, by all words, by enough words.

    Each step runs only where those before it found few. The first column is the generation; there is always a row.
    """
    steps: list[tuple[str, str, list[Any], int]] = [
        ("whole", "left(n.folded, 60) = left(%s, 60) AND n.folded = %s", [whole, whole], 5)
    ]
    said: set[str] = set()
    for label, tsquery, limit in (
        ("narrow", narrow, CANDIDATES),
        ("strict", strict, CANDIDATES),
        ("wide", wide, WIDE_CANDIDATES),
    ):
        if tsquery is not None and tsquery not in said:
            said.add(tsquery)
            steps.append((label, "n.words @@ %s::tsquery", [tsquery], limit))
    return _ladder(steps, wanted)


def _ladder(steps: list[tuple[str, str, list[Any], int]], wanted: Condition) -> tuple[str, list[Any]]:
    sql: list[str] = []
    values: list[Any] = []
    earlier: list[str] = []
    for label, test, arguments, limit in steps:
        few = " + ".join(f"(SELECT count(*) FROM {name})" for name in earlier)
        gate = f"({few}) < {PLENTY} AND " if few else ""
        sql.append(
            f"{label} AS MATERIALIZED (SELECT n.id FROM search_searchname n "
            f"WHERE {gate}{test} AND {_offered(wanted)} ORDER BY n.prior DESC, n.id LIMIT {limit})"
        )
        values.extend([*arguments, *wanted.values])
        earlier.append(label)
    union = " UNION ".join(f"SELECT id FROM {name}" for name in earlier)
    return (
        f"WITH {', '.join(sql)} "
        "SELECT coalesce((SELECT generation FROM search_searchstate WHERE id = 1), 0), f.* "
        "FROM (VALUES (1)) AS one (x) LEFT JOIN ("
        "SELECT n.id, n.folded, n.related, n.popularity FROM search_searchname n "
        f"JOIN ({union}) AS found USING (id)) f ON true",
        values,
    )


def names_by_body(*, tsquery: str, wanted: Condition) -> tuple[str, list[Any]]:
    """
    Return the statement for names of offerings whose guide holds all words.
    """
    return (
        "SELECT DISTINCT n.id, n.folded, n.related, n.popularity FROM ("
        "SELECT i.search_name_id AS id FROM search_searchbody b JOIN search_searchitem i ON i.id = b.item_id "
        f"WHERE b.words @@ %s::tsquery AND i.is_active{wanted.sql} LIMIT {BODY_CANDIDATES}"
        ") AS found JOIN search_searchname n USING (id)",
        [tsquery, *wanted.values],
    )


def names_by_sound(*, spoken: str, written: str | None, wanted: Condition) -> tuple[str, list[Any]]:
    """
    Return the statement for names that hold a stretch of pinyin, or a stretch like it.

    :param spoken: pinyin without blanks
    :param written: the Chinese that was typed, where it was Chinese
    """
    if written is None:
        test, values = "(n.pinyin LIKE %s OR n.initials LIKE %s)", [f"%{spoken}%", f"%{spoken}%"]
        near = "1.0"
        arguments: list[Any] = []
    else:
        test, values = "(n.pinyin LIKE %s OR %s <%% n.folded)", [f"%{spoken}%", written]
        near = "CASE WHEN n.pinyin LIKE %s THEN 1.0 ELSE word_similarity(%s, n.folded) END"
        arguments = [f"%{spoken}%", written]
    return (
        f"SELECT n.id, n.folded, n.initials, n.pinyin, {near} AS near FROM search_searchname n "
        f"WHERE {test} AND {_offered(wanted)} ORDER BY near DESC, n.prior DESC, n.id LIMIT {SIMILAR_CANDIDATES}",
        [*arguments, *values, *wanted.values],
    )


def items_by_code(wanted: Condition, limit: int) -> str:
    """
    Return the statement for offerings one of whose codes is, or begins with, a code.
    """
    return (
        f"SELECT {ITEM_COLUMNS}, 0 FROM ("
        "SELECT c.item_id, min(c.code) AS code FROM search_searchcode c "
        "WHERE c.code >= %s AND c.code < %s GROUP BY c.item_id ORDER BY 2, 1 LIMIT 200) found "
        f"JOIN search_searchitem i ON i.id = found.item_id WHERE i.is_active{wanted.sql} "
        f"ORDER BY found.code, i.id LIMIT {limit}"
    )


ITEM_COLUMNS = (
    "i.kind, i.ref_code, i.name, i.name_en, i.agency_name, i.agency_code, i.division_code, i.audiences, i.themes, "
    "i.online_depth, i.popularity, i.search_name_id"
)


def items_of_names(wanted: Condition) -> str:
    """
    Return the statement for the offerings of names, the best name first, and how many there are up to a cap.
    """
    return (
        f"WITH ranked AS (SELECT id, place FROM unnest(%s::bigint[]) WITH ORDINALITY AS r (id, place)) "
        f"SELECT {ITEM_COLUMNS}, (SELECT count(*) FROM (SELECT FROM ranked r JOIN search_searchitem i "
        f"ON i.search_name_id = r.id WHERE i.is_active{wanted.sql} LIMIT %s) counted) "
        "FROM ranked r CROSS JOIN LATERAL (SELECT * FROM search_searchitem i "
        f"WHERE i.search_name_id = r.id AND i.is_active{wanted.sql} "
        f"ORDER BY i.popularity DESC, i.id LIMIT {PER_NAME}) i "
        "ORDER BY r.place, i.online_depth DESC, i.popularity DESC, i.id LIMIT %s"
    )
