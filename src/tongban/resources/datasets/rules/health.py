"""
Whether a dataset is as fresh as its update cycle promises.
"""

from datetime import datetime, timedelta
from typing import Final

from tongban.resources.datasets.values import Cycle

TERM: Final[dict[Cycle, timedelta]] = {
    Cycle.REAL_TIME: timedelta(hours=1),
    Cycle.DAILY: timedelta(days=1),
    Cycle.WEEKLY: timedelta(days=7),
    Cycle.MONTHLY: timedelta(days=31),
    Cycle.QUARTERLY: timedelta(days=92),
    Cycle.HALF_YEARLY: timedelta(days=184),
    Cycle.YEARLY: timedelta(days=366),
}
ALLOWANCE: Final = 1.5
"""Half a cycle late is still called fresh: a nightly load has no fixed minute."""


def is_fresh(cycle: Cycle, *, loaded_at: datetime | None, at: datetime) -> bool | None:
    """
    Return whether the last load is recent enough; None: the cycle names no term, or nothing was loaded.
    """
    term = TERM.get(cycle)
    if term is None or loaded_at is None:
        return None
    return at - loaded_at <= term * ALLOWANCE
