"""
谁看过我的数据: every look at a person's records and every use of them, by anybody but the person.

One row for one look, written in the transaction of the look, never changed: who (agency and posts, not the clerk),
when, at which case, licence or file, what for, through which door. Never what was seen. A system that asks for the same
thing again and again on one day leaves one row.

Looks at lists, which show masked names among many others, are not written down one by one; what was found by the
number of one person is.
Source: 个人信息保护法 arts. 44, 45 (the right to know); 国办函〔2016〕108号 六 (安全审计).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor, ActorKind, PrincipalKind
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Reason
from tongban.foundation.paging import Page, decode_cursor, encode_cursor

PAGE: Final = 20
LARGEST_PAGE: Final = 100
MOST_EXPORTED: Final = 10_000
_CURSOR: Final = "foundation.looks"


class LookAct(TextChoices):
    """
    What was done with the records.
    """

    READ = "READ", _("查看（个人信息已隐去）")
    REVEALED = "REVEALED", _("查看完整信息")
    OPENED = "OPENED", _("打开文件")
    USED = "USED", _("平台自动使用")
    EXPORTED = "EXPORTED", _("导出")
    HANDED_OVER = "HANDED_OVER", _("提供给其他系统")
    SHOWN = "SHOWN", _("您亮证后被核验")
    FOUND = "FOUND", _("按证件号码查到")
    """Whoever typed the number learned that there is something: no name, no content."""


class ObjectKind(TextChoices):
    """
    What was looked at.
    """

    CASE = "CASE", _("办件")
    LICENCE = "LICENCE", _("证照")
    FILE = "FILE", _("文件")
    PERSON = "PERSON", _("个人资料")


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """
    What was looked at, as its owner knows it.
    """

    kind: ObjectKind
    key: str
    """Case number, licence number; "" for a person's own data."""
    label: str = ""
    """Name of the service or of the kind of licence; nothing personal."""
    label_en: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LookRow:
    """
    What one party did with one thing on one day.
    """

    id: int
    """Of the last look; names the row when the person objects."""
    day: date
    last_at: datetime
    count: int
    act: LookAct
    actor_kind: ActorKind
    agency_code: str
    """Empty: the platform itself, or another person."""
    posts: tuple[str, ...]
    channel: str
    thing: Thing
    purpose: str
    """A `Purpose`; empty: the look showed nothing that asks for one."""
    words: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LookFilter:
    """
    Which part of the ledger is wanted.
    """

    act: LookAct | None = None
    key: str = ""
    """Case or licence number, whole."""
    since: date | None = None
    until: date | None = None


INSERT: Final = """
INSERT INTO foundation_look (at, day, principal_id, act, actor_kind, actor_id, agency_code, posts, channel, object_kind,
                             object_key, label, label_en, purpose, words)
SELECT %(look_at)s, %(look_day)s::date, %(look_principal)s::uuid, %(look_act)s::varchar, %(look_actor_kind)s,
       %(look_actor_id)s::varchar,
       %(look_agency)s, %(look_posts)s, %(look_channel)s, %(look_kind)s, %(look_key)s::varchar, %(look_label)s,
       %(look_label_en)s, %(look_purpose)s, %(look_words)s
WHERE NOT %(look_is_once)s::boolean OR NOT EXISTS (
    SELECT 1 FROM foundation_look WHERE principal_id = %(look_principal)s::uuid AND day = %(look_day)s::date
    AND actor_id = %(look_actor_id)s::varchar AND object_key = %(look_key)s::varchar AND act = %(look_act)s::varchar)
"""


INSERT_FROM: Final = """
INSERT INTO foundation_look (at, day, principal_id, act, actor_kind, actor_id, agency_code, posts, channel, object_kind,
                             object_key, label, label_en, purpose, words)
SELECT %(look_at)s, %(look_day)s::date, {principal}, %(look_act)s::varchar, %(look_actor_kind)s,
       %(look_actor_id)s::varchar,
       %(look_agency)s, %(look_posts)s, %(look_channel)s, '{kind}', {key}, {label}, {label_en},
       %(look_purpose)s, %(look_words)s
FROM {source}
WHERE {principal} IS NOT NULL AND ({where}) AND (NOT %(look_is_once)s::boolean OR NOT EXISTS (
    SELECT 1 FROM foundation_look AS known WHERE known.principal_id = {principal} AND known.day = %(look_day)s::date
    AND known.actor_id = %(look_actor_id)s::varchar AND known.object_key = {key} AND known.act = %(look_act)s::varchar))
"""


def inserted_from(
    source: str, *, kind: ObjectKind, principal: str, key: str, label: str, label_en: str, where: str
) -> str:
    """
    Return the INSERT for a statement that reads and writes down the look at once: one round trip, one transaction.

    :param source: the common table expression that holds what is looked at
    :param principal: SQL for whose it is; NULL: nobody's
    :param where: SQL for what the actor may see; what is hidden from him is no look
    """
    return INSERT_FROM.format(
        source=source,
        kind=kind.value,
        principal=principal,
        key=key,
        label=label,
        label_en=label_en,
        where=where,
    )


def arguments(*, act: LookAct, actor: Actor, at: datetime, reason: Reason | None = None) -> dict[str, Any]:
    """
    Return the arguments of `inserted_from`.
    """
    return {
        "look_at": at,
        "look_day": civil_date(at),
        "look_act": act.value,
        "look_actor_kind": actor.kind.value,
        "look_actor_id": actor.id,
        "look_agency": actor.agency_code or "",
        "look_posts": ",".join(sorted(actor.posts)),
        "look_channel": actor.channel.value,
        "look_purpose": reason.purpose.value if reason else "",
        "look_words": reason.words if reason else "",
        # A person's repeated looks are counted; a system that asks every minute would drown them, and so would a
        # form that looks the same number up whenever it is shown again.
        "look_is_once": act is LookAct.FOUND or (actor.kind is ActorKind.CLIENT and act is LookAct.READ),
    }


def is_foreign(actor: Actor) -> bool:
    """
    Return whether what this actor reads of a person's is written down: everybody's looks but the person's own.

    An agent of a company is the company; who acts for another person is not that person.
    """
    if not actor.is_person:
        return not actor.is_system
    return actor.acting_for is not None and actor.acting_for.kind is PrincipalKind.PERSON


def is_principal(principal_id: str | UUID | None) -> bool:
    """
    Return whether this is somebody the node knows, who can read a ledger.
    """
    return _uuid(principal_id) is not None


def record(
    *,
    principal_id: str | UUID | None,
    act: LookAct,
    thing: Thing,
    actor: Actor,
    at: datetime,
    reason: Reason | None = None,
    agency_code: str = "",
) -> None:
    """
    Write down that `actor` looked at or used a thing of the principal's. One statement; none where it is nobody's.

    :param principal_id: person or legal entity whose it is; None: nobody the node knows
    :param agency_code: for whom the node itself used it
    """
    principal = _uuid(principal_id)
    if principal is None or not (actor.is_system or is_foreign(actor)):
        return
    facts = {
        **arguments(act=act, actor=actor, at=at, reason=reason),
        "look_principal": principal,
        "look_kind": thing.kind.value,
        "look_key": thing.key,
        "look_label": thing.label,
        "look_label_en": thing.label_en,
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, {**facts, "look_agency": actor.agency_code or agency_code})


SELECT: Final = """
SELECT max(id), day, max(at), count(*), act, actor_kind, agency_code, max(posts), channel, object_kind, object_key,
       max(label), max(label_en), purpose, words
FROM foundation_look WHERE {where}
GROUP BY day, act, actor_kind, actor_id, agency_code, channel, object_kind, object_key, purpose, words
{having}
ORDER BY day DESC, max(id) DESC LIMIT %(limit)s
"""


def looks_at(
    *, principal_id: str, wanted: LookFilter, cursor: str | None = None, limit: int = PAGE
) -> Page[LookRow]:
    """
    Return the ledger of a person or legal entity, newest first: one row for one party, one thing and one day.

    One query, by index `foundation_look_principal`. The caller has made sure who asks.

    :raises InvalidInput: the cursor is not one of this list
    """
    limit = min(limit, LARGEST_PAGE)
    where, facts = _where(principal_id, wanted)
    having = ""
    if cursor:
        facts["last_day"], facts["last_id"] = decode_cursor(_CURSOR, cursor)
        where.append("day <= %(last_day)s::date")
        having = "HAVING (day, max(id)) < (%(last_day)s::date, %(last_id)s)"
    rows = _rows(where, {**facts, "limit": limit + 1}, having=having)
    if len(rows) <= limit:
        return Page(items=rows, next_cursor=None)
    last = rows[limit - 1]
    return Page(items=rows[:limit], next_cursor=encode_cursor(_CURSOR, [last.day.isoformat(), last.id]))


def all_looks_at(*, principal_id: str, wanted: LookFilter) -> list[LookRow]:
    """
    Return the ledger for taking away: at most 10,000 rows. One query.
    """
    where, facts = _where(principal_id, wanted)
    return _rows(where, {**facts, "limit": MOST_EXPORTED})


def count_at(*, principal_id: str) -> int:
    """
    Return how many looks there are in the ledger of a person or legal entity. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM foundation_look WHERE principal_id = %s", [principal_id])
        count: int = cursor.fetchone()[0]
    return count


def look_of(*, look_id: int, principal_id: str) -> LookRow | None:
    """
    Return one row of the ledger by the id of any of its looks; None where the principal has none such. One query.
    """
    same = (
        "(day, act, actor_id, object_key, purpose, words) = (SELECT day, act, actor_id, object_key, purpose, words"
        " FROM foundation_look WHERE id = %(look_id)s AND principal_id = %(principal)s)"
    )
    rows = _rows(
        ["principal_id = %(principal)s", same], {"principal": principal_id, "look_id": look_id, "limit": 1}
    )
    return rows[0] if rows else None


def actor_ids_of(*, look_id: int, principal_id: str) -> list[str]:
    """
    Return whose looks a row of the ledger tells of; for finding who must not answer an objection to them. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor_id FROM foundation_look WHERE id = %s AND principal_id = %s",
            [look_id, principal_id],
        )
        return [row[0] for row in cursor.fetchall()]


def _uuid(principal_id: str | UUID | None) -> UUID | None:
    try:
        return UUID(str(principal_id)) if principal_id else None
    except ValueError:
        return None


def _where(principal_id: str, wanted: LookFilter) -> tuple[list[str], dict[str, Any]]:
    where = ["principal_id = %(principal)s"]
    facts: dict[str, Any] = {"principal": principal_id}
    if wanted.act is not None:
        where.append("act = %(act)s")
        facts["act"] = wanted.act.value
    if wanted.key:
        where.append("object_key = %(key)s")
        facts["key"] = wanted.key
    if wanted.since is not None:
        where.append("day >= %(since)s")
        facts["since"] = wanted.since
    if wanted.until is not None:
        where.append("day <= %(until)s")
        facts["until"] = wanted.until
    return where, facts


def _rows(where: list[str], facts: dict[str, Any], *, having: str = "") -> list[LookRow]:
    with connection.cursor() as cursor:
        cursor.execute(SELECT.format(where=" AND ".join(where), having=having), facts)
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> LookRow:
    return LookRow(
        id=row[0],
        day=row[1],
        last_at=row[2],
        count=row[3],
        act=LookAct(row[4]),
        actor_kind=ActorKind(row[5]),
        agency_code=row[6],
        posts=tuple(filter(None, row[7].split(","))),
        channel=row[8],
        thing=Thing(kind=ObjectKind(row[9]), key=row[10], label=row[11], label_en=row[12]),
        purpose=row[13],
        words=row[14],
    )
