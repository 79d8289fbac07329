"""
Questions to docking: systems with their health, and their messages. Contents are shown to nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.db.models import Count, Max, Q
from django.utils.translation import gettext as _

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import visible_rows
from tongban.resources.docking import permissions
from tongban.resources.docking.models import DockedCase, DockedSystem, DockMessage
from tongban.resources.docking.values import (
    ITEM,
    REACHED,
    Direction,
    MessageState,
    OutKind,
    ReportKind,
    SystemState,
    TakesFrom,
    Way,
)

FAULTS: Final = (
    MessageState.REFUSED.value,
    MessageState.FAILED.value,
    MessageState.DECLINED.value,
    MessageState.DEAD.value,
)
SILENT_AFTER: Final = timedelta(hours=1)
"""A live system that has not fetched what waits for so long is silent."""


class Health(StrEnum):
    """
    How a system stands.
    """

    WELL = "WELL"
    ATTENTION = "ATTENTION"
    """Something was refused, or waits long."""
    AWAY = "AWAY"
    """It is not reached."""
    RESTS = "RESTS"
    """Nothing is exchanged in its state."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemLine:
    """
    A system on the list.
    """

    code: str
    name: str
    agency_code: str
    way: Way
    state: SystemState
    health: Health
    last_message_at: datetime | None
    oldest_waiting_at: datetime | None
    waiting: int
    """Given and not fetched."""
    faults: int
    """Of the last thirty days."""
    cases: int
    """In its hands now."""
    last_error: str
    is_demo: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemDetail:
    """
    One system.
    """

    line: SystemLine
    takes_from: TakesFrom
    items: tuple[str, ...]
    place: str
    """Where it is met; no password."""
    report: dict[str, Any] | None
    certificate: dict[str, Any] | None
    seen_at: datetime | None
    next_attempt_at: datetime | None
    failures: int


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageLine:
    """
    A message on a list.
    """

    id: int
    direction: Direction
    kind: str
    """Kind in words."""
    event: str
    """Of a case's event that is told: its kind, e.g. GRANTED; else empty."""
    case_number: str
    state: MessageState
    code: str
    text: str
    batch: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageStory:
    """
    One message with all that became of it.
    """

    line: MessageLine
    system_code: str
    system_name: str
    message_id: str
    version: int
    digest: str
    attempts: int
    steps: tuple[tuple[datetime, str, str], ...]
    """Moment, what, words."""
    may_replay: bool


def may_watch(*, actor: Actor) -> bool:
    """
    Return whether the actor may know of any docked system.
    """
    return permissions.list_systems.allows(actor)


def may_manage(*, actor: Actor) -> bool:
    """
    Return whether the actor registers, starts and stops systems.
    """
    return permissions.manage_systems.allows(actor)


def systems(*, actor: Actor, at: datetime) -> list[SystemLine]:
    """
    Return the systems that the actor may know of, by code; a node has some dozens. Three queries.

    :raises NotPermitted: he may know of none
    """
    permissions.list_systems.require(actor)
    reach = permissions.system_reach(actor)
    found = list(
        DockedSystem.objects.filter(visible_rows(reach, permissions.SYSTEM_COLUMNS)).order_by("code")
    )
    return _lines(found, at=at)


def system(*, code: str, actor: Actor, at: datetime) -> SystemDetail:
    """
    Return one system. Three queries.

    :raises NotFound: there is none, or the actor may not know of it
    """
    found = DockedSystem.objects.filter(code=code).first()
    if found is None or not permissions.watch_system.allows(actor, agency_code=found.agency_code):
        raise NotFound(system_code=code)
    return SystemDetail(
        line=_lines([found], at=at)[0],
        takes_from=TakesFrom(found.takes_from),
        items=tuple(found.items),
        place=_place(found),
        report=found.report,
        certificate=found.certificate,
        seen_at=found.seen_at,
        next_attempt_at=found.next_attempt_at,
        failures=found.failures,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemSettings:
    """
    How a system is reached, for the form that changes it; what is secret says only whether it is there.
    """

    has_dsn: bool
    schema: str
    client_id: str
    url: str
    has_secret: bool


def settings_of(*, code: str, actor: Actor) -> SystemSettings:
    """
    Return how a system is reached. One query.

    :raises NotPermitted: the actor does not run the node
    :raises NotFound: there is no such system
    """
    permissions.manage_systems.require(actor)
    found = DockedSystem.objects.filter(code=code).first()
    if found is None:
        raise NotFound(system_code=code)
    held = found.settings
    return SystemSettings(
        has_dsn=bool(held.get("dsn")),
        schema=str(held.get("schema", "")),
        client_id=found.client_id,
        url=str(held.get("url", "")),
        has_secret=bool(held.get("secret")),
    )


def messages(
    *, code: str, actor: Actor, only_faults: bool = False, cursor: str | None = None, limit: int = 30
) -> Page[MessageLine]:
    """
    Return messages of a system, the newest first. Two queries.

    :raises NotFound: there is no such system, or the actor may not know of it
    """
    found = DockedSystem.objects.filter(code=code).only("id", "agency_code").first()
    if found is None or not permissions.watch_system.allows(actor, agency_code=found.agency_code):
        raise NotFound(system_code=code)
    rows = DockMessage.objects.filter(system=found).defer("content").order_by("-id")
    if only_faults:
        rows = rows.filter(state__in=FAULTS)
    if cursor:
        (last,) = decode_cursor("docking.messages", cursor)
        rows = rows.filter(pk__lt=last)
    page = list(rows[: limit + 1])
    more = len(page) > limit
    return Page(
        items=[_message(row) for row in page[:limit]],
        next_cursor=encode_cursor("docking.messages", [page[limit - 1].pk]) if more else None,
    )


def message(*, message_id: int, actor: Actor) -> MessageStory:
    """
    Return one message with its story. One query.

    :raises NotFound: there is none, or the actor may not know of it
    """
    row = DockMessage.objects.select_related("system").filter(pk=message_id).first()
    if row is None or not permissions.watch_system.allows(actor, agency_code=row.system.agency_code):
        raise NotFound(message_id=message_id)
    return MessageStory(
        line=_message(row),
        system_code=row.system.code,
        system_name=row.system.name,
        message_id=row.message_id,
        version=row.version,
        digest=row.digest,
        attempts=row.attempts,
        steps=tuple((datetime.fromisoformat(moment), what, words) for moment, what, words in row.story),
        may_replay=permissions.manage_systems.allows(actor) and _is_replayable(row),
    )


def _lines(found: list[DockedSystem], *, at: datetime) -> list[SystemLine]:
    waiting = Q(direction=Direction.OUT, state__in=[MessageState.QUEUED, MessageState.SENT])
    faults = Q(state__in=FAULTS, created_at__gte=at - timedelta(days=30))
    of_systems = DockMessage.objects.filter(system__in=found).values("system_id")
    counts = {
        row["system_id"]: row
        for row in of_systems.annotate(
            last=Max("created_at"), waiting=Count("id", filter=waiting), faults=Count("id", filter=faults)
        )
    }
    oldest = {
        row["system_id"]: row["created_at"]
        for row in DockMessage.objects.filter(waiting, system__in=found)
        .order_by("system_id", "number")
        .distinct("system_id")
        .values("system_id", "created_at")
    }
    cases = dict(
        DockedCase.objects.filter(system__in=found, returned_at=None, ended_at=None)
        .values("system_id")
        .annotate(count=Count("pk"))
        .values_list("system_id", "count")
    )
    nothing = {"last": None, "waiting": 0, "faults": 0}
    return [
        _line(
            each,
            {**counts.get(each.pk, nothing), "oldest": oldest.get(each.pk)},
            cases.get(each.pk, 0),
            at=at,
        )
        for each in found
    ]


def _line(each: DockedSystem, counts: dict[str, Any], cases: int, *, at: datetime) -> SystemLine:
    return SystemLine(
        code=each.code,
        name=each.name,
        agency_code=each.agency_code,
        way=Way(each.way),
        state=SystemState(each.state),
        health=_health(each, counts, at=at),
        last_message_at=counts["last"],
        oldest_waiting_at=counts["oldest"],
        waiting=counts["waiting"],
        faults=counts["faults"],
        cases=cases,
        last_error=each.last_error,
        is_demo=each.is_demo,
    )


def _health(each: DockedSystem, counts: dict[str, Any], *, at: datetime) -> Health:
    if each.state not in REACHED:
        return Health.RESTS
    if each.failures:
        return Health.AWAY
    is_silent = counts["oldest"] is not None and counts["oldest"] < at - SILENT_AFTER
    return Health.ATTENTION if counts["faults"] or is_silent else Health.WELL


def _message(row: DockMessage) -> MessageLine:
    kinds = {**dict(ReportKind.choices), **dict(OutKind.choices), ITEM: _("实施清单")}
    return MessageLine(
        id=row.pk,
        direction=Direction(row.direction),
        kind=str(kinds.get(row.kind, row.kind)),
        event=row.event,
        case_number=row.case_number,
        state=MessageState(row.state),
        code=row.code,
        text=row.text,
        batch=row.batch,
        at=row.created_at,
    )


def _is_replayable(row: DockMessage) -> bool:
    if row.content is None:
        return False
    if row.direction == Direction.OUT:
        return row.state != MessageState.QUEUED
    return row.state in FAULTS and row.kind in ReportKind.values


def _place(found: DockedSystem) -> str:
    """
    Return where a system is met, without name and password.
    """
    if found.way == Way.FILES:
        return f"docking/{found.code}"
    if found.way == Way.INTERFACE:
        return str(found.settings.get("url", "")) or found.client_id
    dsn = str(found.settings.get("dsn", ""))
    if not dsn:
        return f"dock_{found.code.replace('-', '_')}"
    scheme, _separator, rest = dsn.partition("://")
    return f"{scheme}://…@{rest.rpartition('@')[2].partition('?')[0]}"
