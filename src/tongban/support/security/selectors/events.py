"""
Security events and the rules that raise them.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count

from tongban.foundation.actors import Actor
from tongban.foundation.codes import mask_mobile
from tongban.foundation.errors import NotFound
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.identity import selectors as identity
from tongban.support.security import permissions
from tongban.support.security.models import AlarmContact, SecurityEvent, SecurityRule
from tongban.support.security.rules import BY_KIND, RULES
from tongban.support.security.values import (
    AlarmState,
    EventFact,
    EventKind,
    EventLine,
    EventState,
    RuleFact,
    SecurityCounts,
    Severity,
)

PAGE: Final = 30
CURSOR: Final = "security.events"
COUNTED: Final = timedelta(days=30)


def events(
    *, state: EventState | None, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[EventLine]:
    """
    Return events, newest first. Two queries, index `security_event_by_state`.

    :param state: None: those that are not closed
    :raises NotPermitted: the actor is no security administrator
    :raises InvalidInput: the cursor is of another list
    """
    permissions.read_events.require(actor)
    found = SecurityEvent.objects.order_by("-id")
    found = found.exclude(state=EventState.CLOSED) if state is None else found.filter(state=state)
    if cursor:
        found = found.filter(id__lt=decode_cursor(CURSOR, cursor)[0])
    rows = list(found[: limit + 1])
    shown = rows[:limit]
    names = _names([row.key for row in shown], actor)
    following = encode_cursor(CURSOR, [shown[-1].pk]) if len(rows) > limit else None
    return Page(items=[_line(row, names) for row in shown], next_cursor=following)


def event_fact(*, event_id: int, actor: Actor) -> EventFact:
    """
    Return one event, whole. Two queries.

    :raises NotPermitted: the actor is no security administrator
    :raises NotFound: no such event
    """
    permissions.read_events.require(actor)
    row = SecurityEvent.objects.filter(pk=event_id).first()
    if row is None:
        raise NotFound
    names = _names([row.key, row.acknowledged_by, row.closed_by], actor)
    return EventFact(
        line=_line(row, names),
        actor_kind=row.actor_kind,
        key=row.key,
        alarm=AlarmState(row.alarm),
        facts=row.facts,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=names.get(row.acknowledged_by, row.acknowledged_by),
        closed_at=row.closed_at,
        closed_by=names.get(row.closed_by, row.closed_by),
        words=row.words,
    )


def may_read_events(*, actor: Actor) -> bool:
    """
    Return whether the actor is a security administrator.
    """
    return permissions.read_events.allows(actor)


def open_events(*, actor: Actor) -> int:
    """
    Return how many events wait for somebody; 0 for those who may not see them. One query at most.
    """
    if not permissions.read_events.allows(actor):
        return 0
    return SecurityEvent.objects.filter(state=EventState.OPEN).count()


def security_counts(*, actor: Actor, at: datetime) -> SecurityCounts:
    """
    Return how much waits, and how much there was of each kind in the last 30 days. Two queries.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.read_events.require(actor)
    by_state = dict(
        SecurityEvent.objects.exclude(state=EventState.CLOSED)
        .values_list("state")
        .annotate(number=Count("id"))
        .order_by()
    )
    lately = SecurityEvent.objects.filter(first_at__gt=at - COUNTED).values_list("kind")
    by_kind = dict(lately.annotate(number=Count("id")).order_by())
    return SecurityCounts(
        open=by_state.get(EventState.OPEN, 0),
        acknowledged=by_state.get(EventState.ACKNOWLEDGED, 0),
        by_kind=[(kind, by_kind.get(kind.value, 0)) for kind in EventKind],
    )


def rules(*, actor: Actor) -> list[RuleFact]:
    """
    Return every rule as it holds now. Two queries.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.read_events.require(actor)
    facts = rules_in_force()
    names = _names([fact.changed_by for fact in facts], actor)
    return [replace(fact, changed_by=names.get(fact.changed_by, fact.changed_by)) for fact in facts]


def alarm_mobile(*, actor: Actor) -> str:
    """
    Return on which mobile the actor is told of alarms, masked; empty: on none. One query.

    :raises NotPermitted: the actor is no security administrator
    """
    permissions.read_events.require(actor)
    row = AlarmContact.objects.filter(account_id=actor.id).first()
    return mask_mobile(row.mobile) if row else ""


def rules_in_force() -> list[RuleFact]:
    """
    Return every rule as it holds now, for the node's own job. One query.
    """
    changed = {row.kind: row for row in SecurityRule.objects.all()}
    return [_fact(rule.kind, changed.get(rule.kind)) for rule in RULES]


def _fact(kind: EventKind, row: SecurityRule | None) -> RuleFact:
    if row is None:
        return BY_KIND[kind].default
    return RuleFact(
        kind=kind,
        is_on=row.is_on,
        threshold=row.threshold,
        window_minutes=row.window_minutes,
        severity=Severity(row.severity),
        is_alarm=row.is_alarm,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
    )


def _line(row: SecurityEvent, names: dict[str, str]) -> EventLine:
    return EventLine(
        id=row.pk,
        kind=EventKind(row.kind),
        severity=Severity(row.severity),
        state=EventState(row.state),
        about=names.get(row.key, row.key),
        count=row.count,
        first_at=row.first_at,
        last_at=row.last_at,
        address=row.address,
    )


def _names(keys: Iterable[str], actor: Actor) -> dict[str, str]:
    accounts = []
    for key in keys:
        try:
            accounts.append(UUID(key))
        except ValueError:
            continue
    if not accounts:
        return {}
    found = identity.staff_by_ids(account_ids=accounts, actor=actor)
    return {str(account): ref.name for account, ref in found.items()}
