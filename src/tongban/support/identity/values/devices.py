"""
What people call the browser they use.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text

LONGEST_UNKNOWN: Final = 60
BROWSERS: Final = (
    ("MicroMessenger", _("微信")),
    ("AlipayClient", _("支付宝")),
    ("Edg", "Edge"),
    ("HuaweiBrowser", _("华为浏览器")),
    ("MiuiBrowser", _("小米浏览器")),
    ("QQBrowser", _("QQ 浏览器")),
    ("UCBrowser", _("UC 浏览器")),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
"""In this order: most of them name those further down as well."""
SYSTEMS: Final = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def device_name(user_agent: str) -> str:
    """
    Return browser and system as people call them in the language of the moment, e.g. "Edge · Windows".

    What is unknown stays as it was sent.

    A name is a help to recognize the own device by, and nothing that can be relied upon: anybody may send any.
    """
    parts = (_first(BROWSERS, user_agent), _first(SYSTEMS, user_agent))
    return " · ".join(filter(None, parts)) or user_agent[:LONGEST_UNKNOWN]


def _first(names: tuple[tuple[str, Text], ...], user_agent: str) -> str:
    return next((str(name) for mark, name in names if mark in user_agent), "")
