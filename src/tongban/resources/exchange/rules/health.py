"""
How a stream is: well, to be looked at, or stuck.
"""

from datetime import datetime, timedelta
from typing import Final

from tongban.resources.exchange.values import FeedTrouble
from tongban.resources.exchange.values.watching import Health

FOR_PEOPLE: Final = frozenset(
    {
        FeedTrouble.REFUSED,
        FeedTrouble.FORKED,
        FeedTrouble.AHEAD,
        FeedTrouble.NOT_TRUSTED,
        FeedTrouble.GONE,
    }
)
"""Troubles that do not pass by themselves."""
OUT_OF_TOUCH: Final = timedelta(seconds=150)
"""Two heartbeats and a half."""


def of_feed(
    *,
    trouble: FeedTrouble | None,
    failing_since: datetime | None,
    errors: int,
    differing_days: int,
    at: datetime,
    patience: timedelta,
) -> Health:
    """
    Return how a stream is that this node sends.

    :param patience: how long a receiver may be silent before somebody should look
    """
    if trouble in FOR_PEOPLE or (failing_since is not None and at - failing_since >= patience):
        return Health.STUCK
    return Health.ATTENTION if trouble or errors or differing_days else Health.WELL


def of_inbound(
    *,
    heard_at: datetime | None,
    forked_at: datetime | None,
    skew_seconds: int,
    errors: int,
    at: datetime,
    patience: timedelta,
) -> Health:
    """
    Return how a stream is that this node receives; a sender that has nothing to say is heard every minute.
    """
    if forked_at is not None or heard_at is None or at - heard_at >= patience:
        return Health.STUCK
    return Health.ATTENTION if errors or skew_seconds else Health.WELL


def worst(found: list[Health]) -> Health:
    """
    Return the worst of several.
    """
    return next((one for one in (Health.STUCK, Health.ATTENTION) if one in found), Health.WELL)


def is_silent(heard_at: datetime | None, *, at: datetime) -> bool:
    """
    Tell whether a node is out of touch: one that has nothing to say is heard every minute.
    """
    return heard_at is None or at - heard_at > OUT_OF_TOUCH
