"""
How many requests one person, one system and one address may send in a minute, and the headers that say so.

Counted in memory that the web server's processes share: no statement to the database, a few microseconds a request.
Limits on tries that must hold exactly and across hosts, such as passwords and codes, are kept in the database
(`foundation.limits`). Two processes that count at the same moment may lose one: a little more may pass, never
less. Headers: draft-ietf-httpapi-ratelimit-headers-10; Retry-After: RFC 9110 section 10.2.3.
"""

import mmap
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from threading import Lock
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from tongban.config.errors import API_PREFIX, response_for
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import ServiceError, TooManyRequests
from tongban.support.identity.selectors import actor_of

WINDOW_SECONDS: Final = 60
CELLS: Final = 1 << 16
CELL: Final = Struct("<II")
"""Which window, and how many requests in it."""
ROOMS: Final = ("/my/", "/apply/", "/desk/", "/rate/", "/files/")
"""Pages on which somebody is logged in; elsewhere a session is not looked up to be counted."""
UNCOUNTED: Final = frozenset({"/healthz", "/readyz", "/metrics"})


@dataclass(frozen=True, slots=True)
class Standing:
    """
    How one quota stands after a request.
    """

    policy: str
    quota: int
    remaining: int
    reset_seconds: int
    is_exceeded: bool


class RateTable:
    """
    Counts per key and minute, in memory that processes forked later share.

    A key is counted in two cells chosen by a keyed digest, and the smaller count holds; that somebody else's count
    stands in both is as good as impossible, and nobody can aim at it.
    """

    def __init__(self, cells: int = CELLS) -> None:
        """
        Make the memory.
        """
        self._cells = cells
        self._memory = mmap.mmap(-1, cells * CELL.size)
        self._salt = secrets.token_bytes(16)
        self._lock = Lock()

    def hit(self, policy: str, key: str, *, quota: int, now: float) -> Standing:
        """
        Count one request.

        :param policy: name of the quota, shown to the caller
        :param key: who or what is counted
        :param quota: requests a minute
        :param now: seconds, of any clock that all processes share
        """
        window = int(now) // WINDOW_SECONDS
        hits = self._count(f"{policy}:{key}", window & 0xFFFFFFFF)
        return Standing(
            policy=policy,
            quota=quota,
            remaining=max(0, quota - hits),
            reset_seconds=WINDOW_SECONDS - int(now) % WINDOW_SECONDS,
            is_exceeded=hits > quota,
        )

    def _count(self, key: str, window: int) -> int:
        digest = blake2b(key.encode(errors="replace"), key=self._salt, digest_size=8).digest()
        first = int.from_bytes(digest[:4]) % self._cells * CELL.size
        second = int.from_bytes(digest[4:]) % self._cells * CELL.size
        with self._lock:
            return min(self._add(first, window), self._add(second, window))

    def _add(self, at: int, window: int) -> int:
        held, hits = CELL.unpack_from(self._memory, at)
        hits = min(hits + 1, 0xFFFFFFFF) if held == window else 1
        CELL.pack_into(self._memory, at, window, hits)
        return hits


TABLE: Final = RateTable()
"""Made before the web server forks: its processes count together."""


class RateLimits:
    """
    Middleware, last before the view: counts a request by address, and by who is logged in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, and say how the quotas stand.
        """
        response = self.get_response(request)
        standings: list[Standing] | None = getattr(request, "rate_standings", None)
        if standings:
            response.headers["RateLimit-Policy"] = ", ".join(
                f'"{one.policy}";q={one.quota};w={WINDOW_SECONDS}' for one in standings
            )
            response.headers["RateLimit"] = ", ".join(
                f'"{one.policy}";r={one.remaining};t={one.reset_seconds}' for one in standings
            )
        return response

    def process_view(
        self, request: HttpRequest, view: object, parts: object, names: object
    ) -> HttpResponseBase | None:
        """
        Refuse before the view what is too much.
        """
        if request.path in UNCOUNTED:
            return None
        standings = list(_counted(request, now=time.time()))
        request.rate_standings = standings  # type: ignore[attr-defined]
        exceeded = [one for one in standings if one.is_exceeded]
        if not exceeded:
            return None
        wait = max(one.reset_seconds for one in exceeded)
        return response_for(request, TooManyRequests(retry_after_seconds=wait, limit=exceeded[0].policy))


def _part(quota: int) -> int:
    """
    Return what this host grants of a quota: the hosts behind one address do not know each other's counts.
    """
    return max(1, quota // settings.TONGBAN_RATES.hosts)


def _counted(request: HttpRequest, *, now: float) -> list[Standing]:
    rates = settings.TONGBAN_RATES
    standings = []
    if rates.per_address:
        address = getattr(request, "client_address", None) or "unknown"
        standings.append(TABLE.hit("address", address, quota=_part(rates.per_address), now=now))
    actor = _known_actor(request)
    if actor is not None:
        is_client = actor.kind is ActorKind.CLIENT
        quota = rates.per_client if is_client else rates.per_person
        if quota:
            name = "client" if is_client else "person"
            standings.append(TABLE.hit(name, actor.id, quota=_part(quota), now=now))
    return standings


def _known_actor(request: HttpRequest) -> Actor | None:
    """
    Return who is logged in, where the view will ask that anyway.
    """
    is_api = request.path.startswith(API_PREFIX)
    is_asked = "Authorization" in request.headers if is_api else request.path.startswith(ROOMS)
    if not is_asked:
        return None
    try:
        actor = actor_of(request)
    except ServiceError:
        # A token that is none, or a mandate that ended: the view says so.
        return None
    return None if actor.kind is ActorKind.ANONYMOUS else actor
