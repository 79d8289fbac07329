"""
Watching the trail: what was sealed since the last look is held against the rules.

Works on what is written down already, by a job: neither a page nor an operation waits for it. The position is kept in
the same transaction as the events, so every entry is looked at exactly once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tongban.foundation import audit_chain, jobs
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import THREE_ADMINISTRATORS
from tongban.support.security import permissions, ports, selectors
from tongban.support.security.models import SecurityEvent, TrailPosition
from tongban.support.security.rules import BY_KIND, By, Rule, Seen, candidates, is_met, watched_actions
from tongban.support.security.values import AlarmState, EventState, RuleFact

WATCHER: Final = system_actor("security.watch_trail")
OLDEST: Final = timedelta(days=1)
"""What lies further back is history: a node that begins to watch does not raise it."""
KNOWN_PLACE_FOR: Final = timedelta(days=90)
MOST_ROWS: Final = 5000
MOST_NAMED: Final = 20

COLUMNS: Final = "id, at, action, subject, actor_kind, actor_id, address, outcome"

FRESH = f"""
SELECT {COLUMNS} FROM foundation_audit
WHERE tx >= %s AND tx < %s AND at > %s AND (outcome = 'REFUSED' OR action ^@ ANY(%s)) ORDER BY tx, id
"""  # noqa: S608 -- texts of ours

IN_WINDOW = """
SELECT {columns} FROM foundation_audit
WHERE {by} = %s AND at > %s AND at <= %s {actions} ORDER BY at DESC LIMIT %s
"""

PLACES = """
SELECT count(*), count(*) FILTER (WHERE address = %s) FROM foundation_audit
WHERE subject = %s AND at > %s AND at < %s AND action = %s
"""


WRITTEN = "SELECT coalesce(max(tx), 0) + 1 FROM foundation_audit"


@business_transaction
def begin_watching(*, actor: Actor) -> bool:
    """
    Let what was written so far be history, and watch what comes; return whether it was not watched before.

    For a demonstration, which makes its people up before anybody can come in. A trail that was looked at once is
    watched without a gap, whoever calls this.

    :raises NotPermitted: somebody else than the node asks
    """
    permissions.watch_trail.require(actor)
    with connection.cursor() as cursor:
        cursor.execute(WRITTEN)
        following = cursor.fetchone()[0]
    return TrailPosition.objects.get_or_create(id=TrailPosition.ONE, defaults={"watched_tx": following})[1]


@business_transaction
def watch_trail(*, actor: Actor, at: datetime) -> int:
    """
    Hold what was sealed since the last look against the rules; return how many events were raised or grew.

    :raises NotPermitted: somebody else than the node asks
    """
    permissions.watch_trail.require(actor)
    TrailPosition.objects.get_or_create(id=TrailPosition.ONE)
    position = TrailPosition.objects.select_for_update().get(id=TrailPosition.ONE)
    to_tx = audit_chain.head().to_tx
    if to_tx <= position.watched_tx:
        return 0
    entries = _fetch(FRESH, [position.watched_tx, to_tx, at - OLDEST, list(watched_actions())])
    raised = sum(_apply(BY_KIND[fact.kind], fact, entries) for fact in selectors.rules_in_force())
    position.watched_tx = to_tx
    position.save(update_fields=["watched_tx"])
    return raised


def _apply(rule: Rule, fact: RuleFact, entries: Sequence[Seen]) -> int:
    if not fact.is_on:
        return 0
    found = candidates(rule, entries)
    if rule.is_new_place:
        found = _from_new_places(found)
    return sum(_judge(rule, fact, key, fresh) for key, fresh in found.items())


def _judge(rule: Rule, fact: RuleFact, key: str, fresh: Sequence[Seen]) -> bool:
    last = max(entry.at for entry in fresh)
    window = timedelta(minutes=fact.window_minutes)
    rows = (
        list(fresh)
        if fact.threshold == 1
        else [entry for entry in _in_window(rule, key, last - window, last) if is_met(rule, entry)]
    )
    count = len({entry.subject for entry in rows}) if rule.counts_subjects else len(rows)
    if count < fact.threshold:
        return False
    _raise(fact, key, rows, fresh, count)
    return True


def _raise(fact: RuleFact, key: str, rows: Sequence[Seen], fresh: Sequence[Seen], count: int) -> None:
    open_event = (
        SecurityEvent.objects.select_for_update()
        .filter(kind=fact.kind, key=key)
        .exclude(state=EventState.CLOSED)
        .first()
    )
    named = [_named(entry) for entry in sorted(fresh, key=lambda entry: entry.at, reverse=True)[:MOST_NAMED]]
    if open_event is not None:
        open_event.count += len(fresh)
        open_event.last_at = max(open_event.last_at, *(entry.at for entry in fresh))
        open_event.facts = {"entries": [*named, *open_event.facts.get("entries", [])][:MOST_NAMED]}
        open_event.save(update_fields=["count", "last_at", "facts"])
        return
    alarm = AlarmState.NONE
    if fact.is_alarm:
        is_told = ports.sink() is not None or ports.staff_teller() is not None
        alarm = AlarmState.QUEUED if is_told else AlarmState.SHOWN
    newest = max(rows, key=lambda entry: entry.at)
    SecurityEvent.objects.create(
        kind=fact.kind,
        key=key,
        severity=fact.severity,
        alarm=alarm,
        count=count,
        first_at=min(entry.at for entry in rows),
        last_at=newest.at,
        actor_kind=newest.actor_kind,
        address=newest.address,
        facts={
            "entries": [
                _named(entry) for entry in sorted(rows, key=lambda one: one.at, reverse=True)[:MOST_NAMED]
            ]
        },
    )
    if alarm is AlarmState.QUEUED:
        jobs.defer("security.send_alarms", once="security.send_alarms")


def _named(entry: Seen) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at.isoformat(timespec="seconds"),
        "action": entry.action,
        "subject": entry.subject,
        "address": entry.address,
    }


def _from_new_places(found: dict[str, list[Seen]]) -> dict[str, list[Seen]]:
    """
    Keep log-ins of administrators from an address that the account was not used from lately; its first does not count.
    """
    accounts = [account for account in map(_uuid, found) if account is not None]
    held = identity.staff_by_ids(account_ids=accounts, actor=WATCHER) if accounts else {}
    administrators = {str(key) for key, ref in held.items() if ref.roles & set(THREE_ADMINISTRATORS)}
    return {
        key: strange
        for key, entries in found.items()
        if key in administrators and (strange := [one for one in entries if _is_new_place(one)])
    }


def _is_new_place(entry: Seen) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            PLACES, [entry.address, entry.subject, entry.at - KNOWN_PLACE_FOR, entry.at, entry.action]
        )
        before, from_here = cursor.fetchone()
    return bool(entry.address) and before > 0 and from_here == 0


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _in_window(rule: Rule, key: str, since: datetime, until: datetime) -> Iterable[Seen]:
    # Actor and subject have an index; an address is looked for among the few actions of its rule.
    actions = "AND action = ANY(%s)" if rule.by is By.ADDRESS else ""
    sql = IN_WINDOW.format(columns=COLUMNS, by=rule.by.value, actions=actions)
    arguments: list[Any] = [key, since, until]
    if actions:
        arguments.append(list(rule.actions))
    return _fetch(sql, [*arguments, MOST_ROWS])


def _fetch(sql: str, arguments: list[Any]) -> list[Seen]:
    with connection.cursor() as cursor:
        cursor.execute(sql, arguments)
        return [
            Seen(
                id=row[0],
                at=row[1],
                action=row[2],
                subject=row[3],
                actor_kind=row[4],
                actor_id=row[5],
                address=row[6],
                outcome=row[7],
            )
            for row in cursor.fetchall()
        ]
