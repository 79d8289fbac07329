"""
Limits on how often something may be tried: one row per key, one statement per try.

A fixed window begins with the first try. The row is held for a moment only; no limit is ever read from
memory of a process, so it holds across processes and hosts.
"""

from datetime import datetime, timedelta
from math import ceil

from django.db import connection

from tongban.foundation import crypto
from tongban.foundation.errors import TooManyRequests

HIT = """
INSERT INTO foundation_ratewindow AS held (key_index, started_at, hits) VALUES (%(key)s, %(at)s, 1)
ON CONFLICT (key_index) DO UPDATE SET
    started_at = CASE WHEN held.started_at <= %(before)s THEN %(at)s ELSE held.started_at END,
    hits = CASE WHEN held.started_at <= %(before)s THEN 1 ELSE least(held.hits, %(limit)s) + 1 END
RETURNING hits, started_at
"""
READ = (
    "SELECT hits, started_at FROM foundation_ratewindow WHERE key_index = %(key)s AND started_at > %(before)s"
)
FORGET = "DELETE FROM foundation_ratewindow WHERE key_index = %(key)s"


def hit_limit(key: str, *, limit: int, window: timedelta, at: datetime) -> None:
    """
    Count one try. Call it outside the transaction of what is tried, or a refusal would take the count back.

    :param key: what is limited, e.g. "login:zhang.wei"; only a keyed digest of it is stored
    :param limit: tries allowed within `window`
    :raises TooManyRequests: this try is one too many; says after how many seconds the window ends
    """
    with connection.cursor() as cursor:
        cursor.execute(HIT, {"key": _index(key), "at": at, "before": at - window, "limit": limit})
        hits, started_at = cursor.fetchone()
    if hits > limit:
        raise _too_many(started_at=started_at, window=window, at=at)


def require_below_limit(key: str, *, limit: int, window: timedelta, at: datetime) -> None:
    """
    Refuse when `limit` tries have been counted, without counting this one.

    :raises TooManyRequests: the limit is used up
    """
    with connection.cursor() as cursor:
        cursor.execute(READ, {"key": _index(key), "before": at - window})
        row = cursor.fetchone()
    if row is not None and row[0] >= limit:
        raise _too_many(started_at=row[1], window=window, at=at)


def forget_limit(key: str) -> None:
    """
    Begin anew with a key: what was tried has succeeded.
    """
    with connection.cursor() as cursor:
        cursor.execute(FORGET, {"key": _index(key)})


def _index(key: str) -> bytes:
    return crypto.blind_index("foundation.limit", key)


def _too_many(*, started_at: datetime, window: timedelta, at: datetime) -> TooManyRequests:
    seconds = ceil((started_at + window - at).total_seconds())
    return TooManyRequests(retry_after_seconds=max(seconds, 1))
