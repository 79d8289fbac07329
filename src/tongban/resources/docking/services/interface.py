"""
The interface: systems report and fetch over the API, and are pushed what waits for them by signed requests.

Each case's messages are pushed in order: what a system did not take holds up what follows about the same case, and
nothing else. Tries grow apart; what nobody took for a week is dead, stands on the page, and can be replayed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.foundation import outgoing
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound, ServiceError, UpstreamError
from tongban.foundation.signed_requests import signed_headers
from tongban.resources.docking import permissions
from tongban.resources.docking.models import DockedSystem, DockMessage
from tongban.resources.docking.services.giving import note
from tongban.resources.docking.services.receiving import receive, refuse_unread
from tongban.resources.docking.services.tables import mark, outgoing_of
from tongban.resources.docking.values import (
    REACHED,
    Direction,
    MessageState,
    Receipt,
    Report,
    RoundReceipt,
    Way,
)

logger = structlog.get_logger(__name__)

MOST_REPORTS: Final = 100
PUSHED_AT_ONCE: Final = 100
MOST_FAILURES: Final = 3
"""So many messages in a row that were not taken end a round: the system is away."""
FIRST_WAIT_SECONDS: Final = 15
LONGEST_WAIT: Final = timedelta(hours=1)
DEAD_AFTER: Final = timedelta(days=7)
TIMEOUT_SECONDS: Final = 15.0
LARGEST_ANSWER: Final = 64 * 1024
WAITING: Final = (MessageState.QUEUED, MessageState.SENT)


class SystemAway(UpstreamError):
    """
    The system does not take what is pushed to it.
    """

    code = "docked_system_away"
    message = _("对接系统没有正常响应：%(reason)s")


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a system fetched.
    """

    items: list[dict[str, Any]]
    last: int
    """Number of the last one; what it was asked after where there are none."""


class FetchReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """
    How many messages a system said it has.
    """

    taken: int


def system_of(actor: Actor) -> DockedSystem:
    """
    Return the system that a client is.

    :raises NotPermitted: the actor is no client with the scope handling:write
    :raises NotFound: no system is registered for it, or nothing is exchanged with it now
    """
    permissions.exchange_messages.require(actor)
    system = DockedSystem.objects.filter(
        client_id=actor.id, way=Way.INTERFACE, state__in=REACHED, agency_code=actor.agency_code or ""
    ).first()
    if system is None:
        raise NotFound(client_id=actor.id)
    return system


def report(*, rows: Sequence[dict[str, Any]], actor: Actor, at: datetime, batch: str = "") -> list[Receipt]:
    """
    Take reports of a system in the order in which they stand, each for itself.

    :raises InvalidInput: none, or more than a hundred
    """
    system = system_of(actor)
    if not 1 <= len(rows) <= MOST_REPORTS:
        raise InvalidInput(fields={"reports": _("每次报送 1 至 100 条")})
    DockedSystem.objects.filter(pk=system.pk).update(seen_at=at)
    return [_take(system, row, at=at, batch=batch) for row in rows]


def _take(system: DockedSystem, row: dict[str, Any], *, at: datetime, batch: str) -> Receipt:
    try:
        said = msgspec.convert(row, Report)
    except msgspec.ValidationError as error:
        return refuse_unread(
            system=system,
            message_id=str(row.get("id", "?")),
            kind=str(row.get("kind", "")),
            case_number=str(row.get("case_number", "")),
            content=row,
            code="row_not_readable",
            text=str(error),
            at=at,
            batch=batch,
        )
    return receive(system=system, report=said, at=at, batch=batch)


def fetch(*, after: int, limit: int, actor: Actor, at: datetime) -> Fetched:
    """
    Return what waits for a system, in order; it stays until `take` says that it is there.

    :param after: number of the last message that the system has
    """
    system = system_of(actor)
    rows = DockMessage.objects.filter(
        system=system, direction=Direction.OUT, number__gt=after, state__in=WAITING
    ).order_by("number")[:limit]
    items = [msgspec.to_builtins(outgoing_of(row)) for row in rows]
    DockedSystem.objects.filter(pk=system.pk).update(seen_at=at)
    return Fetched(items=items, last=items[-1]["number"] if items else after)


@business_transaction
def take(*, up_to: int, actor: Actor, at: datetime) -> FetchReceipt:
    """
    Note that a system has everything up to a number.
    """
    system = system_of(actor)
    waiting = DockMessage.objects.select_for_update(no_key=True).filter(
        system=system, direction=Direction.OUT, number__lte=up_to, state__in=WAITING
    )
    messages = list(waiting.order_by("number"))
    mark(messages, MessageState.TAKEN, at=at)
    return FetchReceipt(taken=len(messages))


def exchange_interface(*, system: DockedSystem, at: datetime) -> RoundReceipt:
    """
    Push what waits to a system that has an address; one that has none fetches.

    :raises SystemAway: it took nothing
    """
    url = str(system.settings.get("url", ""))
    if not url:
        return RoundReceipt(system=system.code)
    waiting = DockMessage.objects.to_send().filter(system=system).order_by("number")
    held_up: set[str] = set()
    taken, failures, reason = 0, 0, ""
    for message in waiting[:PUSHED_AT_ONCE]:
        if message.case_number in held_up or failures >= MOST_FAILURES:
            continue
        is_due = message.next_attempt_at is None or message.next_attempt_at <= at
        reason = _push(system, url, message, at=at) if is_due else reason
        if not is_due or reason:
            held_up.add(message.case_number)
            failures += is_due
        else:
            taken, failures = taken + 1, 0
    if failures and not taken:
        raise SystemAway(reason=reason)
    return RoundReceipt(system=system.code, given=taken, taken=taken)


def _push(system: DockedSystem, url: str, message: DockMessage, *, at: datetime) -> str:
    """
    Push one message; return why it was not taken, empty where it was.
    """
    body = msgspec.json.encode(outgoing_of(message))
    secret = str(system.settings.get("secret", "")).encode()
    headers = signed_headers(
        path=urlsplit(url).path or "/", body=body, app_id=system.code, secret=secret, at=at
    )
    try:
        answer = outgoing.fetch(
            "POST",
            url,
            headers={**headers, "X-Message-Id": message.message_id},
            content=body,
            timeout_seconds=TIMEOUT_SECONDS,
            most_bytes=LARGEST_ANSWER,
        )
    except ServiceError as error:
        reason = error.code
    else:
        reason = "" if answer.is_success else f"HTTP {answer.status}"
    if not reason:
        mark([message], MessageState.TAKEN, at=at)
    else:
        _put_off(message, reason, at=at)
    return reason


def _put_off(message: DockMessage, reason: str, *, at: datetime) -> None:
    message.attempts += 1
    is_dead = at - message.created_at > DEAD_AFTER
    wait = min(timedelta(seconds=FIRST_WAIT_SECONDS * 2 ** min(message.attempts - 1, 10)), LONGEST_WAIT)
    message.state = MessageState.DEAD if is_dead else MessageState.QUEUED
    message.settled_at = at if is_dead else None
    message.next_attempt_at, message.code = at + wait, reason[:64]
    note(message, "dead" if is_dead else "failed", at=at, words=reason)
    if is_dead:
        logger.error("docked_message_dead", system=message.system_id, number=message.number, reason=reason)
    message.save(update_fields=["attempts", "state", "settled_at", "next_attempt_at", "code", "story"])
