"""
What auditors ask of the trail.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from tongban.foundation import audit, audit_anchor
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.support.identity import selectors as identity
from tongban.support.security import permissions
from tongban.support.security.models import TrailPosition
from tongban.support.security.values import AuditFilter, AuditLine, ChainState

PAGE: Final = 50
CURSOR: Final = "security.audit"

ENTRIES = """
SELECT id, at, action, subject, actor_kind, actor_id, agency_code, channel, request_id, session_id, address, outcome,
       facts::text, tx < (SELECT coalesce(max(to_tx), 0) FROM foundation_audit_block)
FROM foundation_audit WHERE at >= %(since)s AND at < %(until)s {more} ORDER BY id DESC LIMIT %(limit)s
"""

STATE = """
SELECT number, row_total, digest, made_at FROM foundation_audit_block ORDER BY number DESC LIMIT 1
"""


def audit_entries(
    *, wanted: AuditFilter, actor: Actor, cursor: str | None = None, limit: int = PAGE
) -> Page[AuditLine]:
    """
    Return entries, newest first. Two queries; indexes `foundation_audit_subject`, `_actor`, `_action`.

    :raises NotPermitted: the actor is no audit administrator
    :raises InvalidInput: the cursor is of another list
    """
    permissions.read_audit.require(actor)
    more, arguments = _conditions(wanted)
    if cursor:
        more.append("id < %(before)s")
        arguments["before"] = decode_cursor(CURSOR, cursor)[0]
    sql = ENTRIES.format(more="".join(f" AND {condition}" for condition in more))
    with connection.cursor() as asked:
        asked.execute(sql, {**arguments, "limit": limit + 1})
        rows = asked.fetchall()
    shown = rows[:limit]
    names = _names({row[5] for row in shown if row[4] == "STAFF"}, actor)
    following = encode_cursor(CURSOR, [shown[-1][0]]) if len(rows) > limit else None
    return Page(items=[_line(row, names) for row in shown], next_cursor=following)


def may_read_audit(*, actor: Actor) -> bool:
    """
    Return whether the actor is an audit administrator.
    """
    return permissions.read_audit.allows(actor)


def chain_state(*, actor: Actor) -> ChainState:
    """
    Return how far the trail is sealed, anchored and verified. Two queries.

    :raises NotPermitted: the actor is no audit administrator
    """
    permissions.read_audit.require(actor)
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        row = cursor.fetchone() or (0, 0, b"", None)
    position = TrailPosition.objects.filter(id=TrailPosition.ONE).first()
    made = [one for one in audit_anchor.daily_anchors() if one is not None and one.is_genuine]
    last = max(made, key=lambda one: one.number, default=None)
    return ChainState(
        blocks=row[0],
        rows=row[1],
        head=bytes(row[2]).hex(),
        sealed_at=row[3],
        anchored_at=datetime.fromisoformat(last.at) if last else None,
        anchored_block=last.number if last else 0,
        verified_at=position.verified_at if position else None,
        faults=position.faults if position else 0,
        keep_days=settings.TONGBAN_AUDIT.keep_days,
    )


def _conditions(wanted: AuditFilter) -> tuple[list[str], dict[str, Any]]:
    arguments: dict[str, Any] = {
        "since": datetime.combine(wanted.since, time(), tzinfo=CHINA),
        "until": datetime.combine(wanted.until + timedelta(days=1), time(), tzinfo=CHINA),
    }
    more = []
    for name in ("actor_id", "subject", "outcome", "address"):
        if text := getattr(wanted, name):
            more.append(f"{name} = %({name})s")
            arguments[name] = text
    if wanted.action:
        more.append("action ^@ %(action)s")
        arguments["action"] = wanted.action
    return more, arguments


def _line(row: tuple[Any, ...], names: dict[str, str]) -> AuditLine:
    return AuditLine(
        id=row[0],
        at=row[1],
        action=row[2],
        action_title=audit.title_of(row[2]),
        subject=row[3],
        actor_kind=row[4],
        actor_id=row[5],
        actor_name=names.get(row[5], ""),
        agency_code=row[6],
        channel=row[7],
        request_id=row[8],
        session_id=row[9],
        address=row[10],
        outcome=row[11],
        facts=msgspec.json.decode(row[12]),
        is_sealed=row[13],
    )


def _names(ids: Iterable[str], actor: Actor) -> dict[str, str]:
    accounts = []
    for text in ids:
        try:
            accounts.append(UUID(text))
        except ValueError:
            continue
    if not accounts:
        return {}
    found = identity.staff_by_ids(account_ids=accounts, actor=actor)
    return {str(account): ref.name for account, ref in found.items()}
