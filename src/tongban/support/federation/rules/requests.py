"""
Rules of one login: what a request must look like, what is allowed to leave.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

LONGEST_REDIRECT = 1000
BACKCHANNEL_LIFETIME = timedelta(minutes=2)
"""OpenID Connect Back-Channel Logout 1.0 section 2.4: at most two minutes."""


def redirect_problem(address: str) -> str | None:
    """
    Return what is wrong with an address somebody is to be led to, None when nothing is.

    Absolute, https (or http on this machine), without fragment, credentials, wildcard or control character.
    Source: RFC 9700 section 4.1.3, OpenID Connect Core 1.0 section 3.1.2.1.

    :return: "length", "characters", "scheme", "host" or "fragment"
    """
    if not 1 <= len(address) <= LONGEST_REDIRECT:
        return "length"
    if not address.isascii() or any(ord(sign) <= ord(" ") or sign in '"<>\\^`{|}*' for sign in address):
        return "characters"
    try:
        parts = urlsplit(address)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return "host"
    if not host or "@" in parts.netloc:
        return "host"
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        return "scheme"
    return "fragment" if "#" in address else None


def is_loopback(host: str) -> bool:
    """
    Whether a host is this machine: nothing that is sent there crosses a network.
    """
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def sector_of(redirect_uris: Collection[str]) -> str | None:
    """
    Return the host all addresses share, None where there are several.

    Source: OpenID Connect Core 1.0 section 8.1 (Pairwise Identifier Algorithm).
    """
    hosts = {urlsplit(address).hostname or "" for address in redirect_uris}
    return hosts.pop() if len(hosts) == 1 else None


def origin_of(address: str) -> str:
    """
    Return scheme, host and port of an address, as a content security policy names them.
    """
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


ACR_PREFIX = "urn:tongban:assurance:"


def acr_of(level: int) -> str:
    """
    Return how a level of the national exchange (0 to 4) is written in `acr`.

    :param level: `user_real_lvl`
    """
    return f"{ACR_PREFIX}{level}"


def level_of(acr: object) -> int | None:
    """
    Return the level an `acr` of ours names, None where it is none of ours.
    """
    if not isinstance(acr, str) or not acr.startswith(ACR_PREFIX):
        return None
    digits = acr[len(ACR_PREFIX) :]
    return int(digits) if digits in {"0", "1", "2", "3", "4"} else None


def is_too_old(auth_time: datetime, *, max_age_seconds: int, at: datetime) -> bool:
    """
    Whether a login is older than the party accepts (`max_age`).
    """
    return at - auth_time > timedelta(seconds=max_age_seconds)
