"""
The one place that reads the time. Only interfaces (pages, API, jobs, commands) may ask for `now`.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """
    Return the present moment, aware, in UTC.
    """
    return datetime.now(UTC)


def civil_date(at: datetime) -> date:
    """
    Return the day in China on which `at` falls; legal periods count these days.
    """
    return at.astimezone(CHINA).date()
