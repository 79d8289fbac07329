"""
What people looked for and did not find.
"""

from datetime import date

from django.db import connection

from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import area_prefix
from tongban.support.search import permissions
from tongban.support.search.values import UnansweredSearch

CURSOR = "search.unanswered"
MAX_PAGE = 200

UNANSWERED = """
SELECT query, sum(count)::bigint AS times, max(last_at)
FROM search_searchlogentry
WHERE results = 0 AND day >= %(since)s AND day <= %(until)s
  AND (division_code = '' OR (division_code >= %(below)s::text AND division_code < %(above)s::text))
GROUP BY query
HAVING %(times)s::bigint IS NULL OR (sum(count)::bigint, query) < (%(times)s::bigint, %(query)s)
ORDER BY 2 DESC, 1 DESC
LIMIT %(limit)s
"""


def may_read_report(*, actor: Actor) -> bool:
    """
    Return whether `unanswered_searches` answers the actor.
    """
    return permissions.read_report.allows(actor)


def unanswered_searches(
    *, actor: Actor, since: date, until: date, cursor: str | None = None, limit: int = 50
) -> Page[UnansweredSearch]:
    """
    Return the queries that found nothing between two days, the most frequent first: the lexicon's to-do list.

    Editors and supervisors see searches of their division's subtree and those that were not limited to any area.
    One query, over the partial index of unanswered entries.

    :param since: first day, in China
    :param until: last day, in China
    :param cursor: where the page before ended
    :raises SearchStaffOnly: the actor neither keeps the catalogue nor watches over an area
    :raises InvalidInput: the cursor is not one of this list
    """
    permissions.read_report.require(actor)
    limit = max(1, min(limit, MAX_PAGE))
    times, query = decode_cursor(CURSOR, cursor) if cursor else (None, "")
    prefix = "" if actor.is_system else area_prefix(actor)
    with connection.cursor() as sql:
        sql.execute(
            UNANSWERED,
            {
                "since": since,
                "until": until,
                "below": prefix,
                "above": None if prefix is None else f"{prefix}:",
                "times": times,
                "query": query,
                "limit": limit + 1,
            },
        )
        rows = sql.fetchall()
    items = [UnansweredSearch(query=row[0], count=row[1], last_at=row[2]) for row in rows[:limit]]
    more = len(rows) > limit
    return Page(
        items=items, next_cursor=encode_cursor(CURSOR, [items[-1].count, items[-1].query]) if more else None
    )
