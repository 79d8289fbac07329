"""
Keeping count of cases without counting them.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django.db import connection

from tongban.foundation.clock import civil_date

Group = tuple[date, str, str, str]
"""Month of application, division, agency, state."""

ADD: Final = """
INSERT INTO caselibrary_tally (month, division_code, agency_code, state, count)
SELECT * FROM unnest(%s::date[], %s::text[], %s::text[], %s::text[], %s::bigint[])
"""

FOLD: Final = """
WITH gone AS (
    DELETE FROM caselibrary_tally WHERE (month, division_code, agency_code, state) IN (
        SELECT month, division_code, agency_code, state FROM caselibrary_tally
        GROUP BY month, division_code, agency_code, state HAVING count(*) > 1)
    RETURNING month, division_code, agency_code, state, count
)
INSERT INTO caselibrary_tally (month, division_code, agency_code, state, count)
SELECT month, division_code, agency_code, state, sum(count) FROM gone
GROUP BY month, division_code, agency_code, state HAVING sum(count) <> 0
"""


def group_of(*, at: datetime, division_code: str, agency_code: str, state: str) -> Group:
    """
    Return under which count a case falls.

    :param at: when it was applied for
    """
    return (civil_date(at).replace(day=1), division_code, agency_code, state)


def add(new: Iterable[Group], gone: Iterable[Group]) -> None:
    """
    Count some cases and no longer count others. One insert; waits for nobody.
    """
    counted = Counter(new)
    counted.subtract(Counter(gone))
    changes = [(group, count) for group, count in counted.items() if count]
    if not changes:
        return
    columns = [list(column) for column in zip(*(group for group, _count in changes), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(ADD, [*columns, [count for _group, count in changes]])


def fold() -> int:
    """
    Make one row of those that count the same; return how many groups there were.
    """
    with connection.cursor() as cursor:
        cursor.execute(FOLD)
        return int(cursor.rowcount)
