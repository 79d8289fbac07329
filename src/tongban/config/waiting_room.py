"""
候场: when more people come at once than the node can serve, some wait in line instead of everybody waiting forever.

A visitor has a place while he goes on asking. Where all places are taken, newcomers get a page that keeps their place
in line by a signed ticket and asks again by itself, without a script, with an honest estimate. Who is logged in is let
through: nobody is sent out in the middle of what he does. Systems and people with a token are let through; anybody
else is told by the API when to come back.

Visitors are told apart by address and browser, in memory that the web server's processes share; nothing is stored and
nobody who need not wait gets a cookie. Processes that admit at the same moment may let one or two more in.
"""

import mmap
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from math import ceil
from struct import Struct
from threading import Lock
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, dumps, loads
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from tongban.config.actor_middleware import client_address
from tongban.config.errors import API_PREFIX, problem_response
from tongban.foundation.context import request_id
from tongban.foundation.errors import ServiceError

TICKET: Final = "tongban_place"
TICKET_LASTS: Final = 3600
AGAIN_SECONDS: Final = 10
UNCALLED_SECONDS: Final = 3 * AGAIN_SECONDS
"""Whoever was called and has not come by then has gone home; the next are called."""
PROBES: Final = 8
CELL: Final = Struct("<QI")
"""Who has the place, and when he was last there."""
LINE: Final = Struct("<QQIIII")
"""Last number given, last one called, since when a place is unclaimed; the minute, admitted in it, and before it."""
LET_THROUGH: Final = ("/healthz", "/readyz", "/metrics", "/desk/", "/my/login/")


class NodeBusy(ServiceError):
    """
    All places are taken; `Retry-After` says when to come back.
    """

    code = "node_busy"
    status = 503
    message = _("现在访问的人太多，请稍后再来")


@dataclass(frozen=True, slots=True)
class Waiting:
    """
    Somebody's place in line.
    """

    number: int
    ahead: int
    """People before him."""
    minutes: int | None
    """Likely wait, by how many got in during the last minutes; None: nobody knows yet."""


class Room:
    """
    Places, and the line before them.
    """

    def __init__(self, places: int, *, idle_seconds: int) -> None:
        """
        Make the memory.

        :param places: visitors at once; 0: nobody ever waits
        :param idle_seconds: a place is free again so long after its visitor last asked for something
        """
        self.places = places
        self._idle = idle_seconds
        self._cells = max(16, 1 << (2 * places).bit_length())
        self._memory = mmap.mmap(-1, LINE.size + self._cells * CELL.size) if places else None
        self._salt = secrets.token_bytes(16)
        self._lock = Lock()
        self._counted = (-1, 0)
        self.name = secrets.token_hex(4)
        """Tickets of another run of the node are worth nothing."""

    def enter(self, visitor: str, *, ticket: int | None, now: int) -> Waiting | None:
        """
        Let somebody in, or tell him his place in line.

        :param visitor: whoever asks with the same is the same
        :param ticket: number he holds
        :param now: seconds
        :return: None: he is in
        """
        if self._memory is None:
            return None
        mark = int.from_bytes(
            blake2b(visitor.encode(errors="replace"), key=self._salt, digest_size=8).digest()
        )
        with self._lock:
            cell = self._cell_of(mark, now)
            who, seen = CELL.unpack_from(self._memory, cell)
            if who == mark and seen + self._idle > now:
                CELL.pack_into(self._memory, cell, mark, now)
                return None
            return self._admit(mark, cell, ticket=ticket, now=now)

    def occupied(self, now: int) -> int:
        """
        Return how many places are taken.
        """
        second, count = self._counted
        if self._memory is not None and second != now:
            oldest = now - self._idle
            cells = memoryview(self._memory)[LINE.size :]
            count = sum(1 for _who, seen in CELL.iter_unpack(cells) if seen > oldest)
            self._counted = (now, count)
        return count

    def _cell_of(self, mark: int, now: int) -> int:
        """
        Return the cell of a visitor, else the first free one, else the one used longest ago.
        """
        free: int | None = None
        oldest = (now + 1, 0)
        for probe in range(PROBES):
            cell = LINE.size + (mark + probe) % self._cells * CELL.size
            who, seen = CELL.unpack_from(self._held, cell)
            if who == mark:
                return cell
            oldest = min(oldest, (seen, cell))
            if free is None and seen + self._idle <= now:
                free = cell
        return oldest[1] if free is None else free

    @property
    def _held(self) -> mmap.mmap:
        if self._memory is None:
            raise LookupError("a room without places has no memory")
        return self._memory

    def _admit(self, mark: int, cell: int, *, ticket: int | None, now: int) -> Waiting | None:
        issued, called, unclaimed_since, minute, this_minute, last_minute = LINE.unpack_from(self._held)
        free = self.places - self.occupied(now)
        unclaimed_since = (unclaimed_since or now) if free > 0 else 0
        if unclaimed_since and now - unclaimed_since > UNCALLED_SECONDS:
            called, unclaimed_since = min(issued, called + free), now
        if ticket is None or not 0 < ticket <= issued:
            issued, ticket = issued + 1, issued + 1
        if minute != now // 60:
            last_minute = this_minute if minute == now // 60 - 1 else 0
            minute, this_minute = now // 60, 0
        is_in = free > 0 and ticket - called <= free
        if is_in:
            CELL.pack_into(self._held, cell, mark, now)
            self._counted = (now, self.occupied(now) + 1)
            called, unclaimed_since = max(called, ticket), 0
            this_minute += 1
        LINE.pack_into(self._held, 0, issued, called, unclaimed_since, minute, this_minute, last_minute)
        if is_in:
            return None
        ahead = max(0, ticket - called - 1)
        pace = max(this_minute, last_minute)
        return Waiting(number=ticket, ahead=ahead, minutes=ceil((ahead + 1) / pace) if pace else None)


ROOM: Final = Room(
    settings.TONGBAN_WAITING.places, idle_seconds=int(settings.TONGBAN_WAITING.place_held.total_seconds())
)
"""Made before the web server forks: its processes share it."""


class WaitingRoom:
    """
    Middleware, before sessions are looked up: asks nothing of the database.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """
        Keep what answers.
        """
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """
        Answer, or ask to wait.
        """
        room = ROOM
        if not room.places or _is_let_through(request):
            return self.get_response(request)
        ticket = _ticket_of(request, room)
        waiting = room.enter(_visitor(request), ticket=ticket, now=int(time.time()))
        if waiting is not None:
            return _told_to_wait(request, waiting, room)
        response = self.get_response(request)
        if TICKET in request.COOKIES:
            response.delete_cookie(TICKET)
        return response


def _is_let_through(request: HttpRequest) -> bool:
    """
    Whether somebody is inside already: he is logged in, or holds a token; or the address is none of visitors'.
    """
    is_inside = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
    return is_inside or request.path.startswith(LET_THROUGH)


def _visitor(request: HttpRequest) -> str:
    return f"{client_address(request)}\n{request.headers.get('User-Agent', '')}"


def _ticket_of(request: HttpRequest, room: Room) -> int | None:
    try:
        kept = loads(request.COOKIES[TICKET], salt=TICKET, max_age=TICKET_LASTS)
        return int(kept["number"]) if kept["room"] == room.name else None
    except (KeyError, TypeError, ValueError, BadSignature):
        return None


def _told_to_wait(request: HttpRequest, waiting: Waiting, room: Room) -> HttpResponse:
    if request.path.startswith(API_PREFIX):
        response: HttpResponse = problem_response(request, NodeBusy())
        response["Retry-After"] = str(AGAIN_SECONDS if waiting.minutes is None else waiting.minutes * 60)
        return response
    context = {"waiting": waiting, "again_seconds": AGAIN_SECONDS, "request_id": request_id()}
    response = render(None, "waiting/room.html", context, status=503)
    response["Retry-After"] = response["Refresh"] = str(AGAIN_SECONDS)
    response["Cache-Control"] = "no-store"
    response.set_cookie(
        TICKET,
        dumps({"number": waiting.number, "room": room.name}, salt=TICKET),
        max_age=TICKET_LASTS,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response
