"""
Remembering what was searched for.
"""

import re
from datetime import datetime

from django.db import connection

from tongban.foundation.clock import civil_date
from tongban.support.search.rules import text
from tongban.support.search.values import MAX_QUERY_CHARACTERS

COUNT = """
INSERT INTO search_searchlogentry AS known (query, day, division_code, count, results, last_at)
VALUES (%s, %s, %s, 1, %s, %s)
ON CONFLICT (query, day, division_code)
DO UPDATE SET count = known.count + 1, results = excluded.results, last_at = greatest(known.last_at, excluded.last_at)
"""

# People paste their identity number, their telephone number and the numbers of their cases into any box there is.
_LONG_NUMBER = re.compile(r"[0-9]{5,}[0-9x]*|[0-9a-z-]*[0-9]{4,}[0-9a-z-]*")
MASK = "#"


def record_search(*, query: str, results: int, at: datetime, division_code: str = "") -> None:
    """
    Count a search. Nothing is kept of who asked, and long numbers in the query are masked: they may be a person's.

    :param query: as it was typed; normalized here
    :param results: how many things it found
    :param division_code: the area it was limited to, if any
    """
    normal = _LONG_NUMBER.sub(MASK, text.normalize(query, limit=MAX_QUERY_CHARACTERS))[:MAX_QUERY_CHARACTERS]
    if not text.squeezed(normal):
        return
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [normal, civil_date(at), division_code, results, at])
