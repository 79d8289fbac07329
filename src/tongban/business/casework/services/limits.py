"""
How often anybody may guess at a case's query code: page and interface count together.
"""

from datetime import datetime, timedelta
from typing import Final

from tongban.business.casework import selectors
from tongban.business.casework.selectors import Progress
from tongban.foundation.errors import NotFound
from tongban.foundation.worktime import WorkCalendar
from tongban.support.identity import services as identity

WRONG_TRIES: Final = 30
WINDOW: Final = timedelta(minutes=10)


def progress_by_code(
    *, number: str, query_code: str, address: str | None, at: datetime, calendar: WorkCalendar
) -> Progress:
    """
    Return how far a case is, for whoever holds its number and query code; wrong tries are counted per address.

    Who knows both may ask as often as he likes: many people stand behind one address of a hall.

    :param address: where the question came from
    :raises NotFound: number and code do not belong together
    :raises TooManyRequests: `WRONG_TRIES` were made from there within `WINDOW`
    """
    key = f"progress:{address}"
    identity.require_below_limit(key, limit=WRONG_TRIES, window=WINDOW, at=at)
    try:
        return selectors.progress(number=number, query_code=query_code, at=at, calendar=calendar)
    except NotFound:
        identity.hit_limit(key, limit=WRONG_TRIES, window=WINDOW, at=at)
        raise
