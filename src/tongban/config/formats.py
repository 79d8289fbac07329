"""
How dates, times and numbers look in either language.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.utils import translation
from django.utils.translation import gettext as _

from tongban.foundation.clock import CHINA


def day(value: date) -> str:
    """
    Return a day: 2026年11月30日, 30 Nov 2026.
    """
    if _english():
        return f"{value.day} {value:%b %Y}"
    return f"{value.year}年{value.month}月{value.day}日"


def short_day(value: date) -> str:
    """
    Return a day of this year: 11月30日, 30 Nov.
    """
    return f"{value.day} {value:%b}" if _english() else f"{value.month}月{value.day}日"


def moment(value: datetime) -> str:
    """
    Return a moment in Beijing time: 2026-11-30 14:02.
    """
    return value.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")


def yuan(fen: int) -> str:
    """
    Return an amount of money given in fen: 120.00元.
    """
    return _("%(amount)s 元") % {"amount": f"{fen // 100}.{fen % 100:02d}"}


def _english() -> bool:
    return (translation.get_language() or "").startswith("en")


FILTERS: dict[str, Callable[..., str]] = {"day": day, "short_day": short_day, "moment": moment, "yuan": yuan}
