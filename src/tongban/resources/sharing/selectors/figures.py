"""
How services are used: calls, errors and times by day, provider and subscriber; evidence; alarms.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Q

from tongban.foundation.actors import Actor
from tongban.foundation.paging import Page, decode_cursor, encode_cursor
from tongban.foundation.policy import Columns, visible_rows
from tongban.resources.sharing import permissions
from tongban.resources.sharing.models import Alarm, AlarmRule, Call, DataService
from tongban.resources.sharing.rules.terms import midnight
from tongban.resources.sharing.values import AlarmKind

MOST_DAYS: Final = 92
MOST_ROWS: Final = 5000
PAGE: Final = 50
_CALLS: Final = "sharing.calls"

# Calls of the area are those of services of the area; of an agency, those of either side.
BY: Final = """
SELECT {group} AS grouped, count(*), count(*) FILTER (WHERE c.result NOT IN ('ok', 'partial')),
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.milliseconds), 0)::int,
       coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY c.milliseconds), 0)::int
FROM sharing_call c JOIN sharing_dataservice s ON s.id = c.service_id
WHERE c.at >= %(since)s AND c.at < %(until)s AND ({reach}) AND (%(code)s = '' OR s.code = %(code)s)
GROUP BY 1 ORDER BY 1 LIMIT 500
"""
GROUPS: Final = {
    "day": "to_char(c.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')",
    "service": "s.code",
    "provider": "c.provider_code",
    "subscriber": "c.agency_code",
    "result": "c.result",
}
ALL: Final = """
SELECT to_char(c.at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD'), s.code, s.title, c.provider_code, c.agency_code,
       c.client_id, count(*), count(*) FILTER (WHERE c.result NOT IN ('ok', 'partial')),
       coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY c.milliseconds), 0)::int,
       coalesce(percentile_cont(0.95) WITHIN GROUP (ORDER BY c.milliseconds), 0)::int
FROM sharing_call c JOIN sharing_dataservice s ON s.id = c.service_id
WHERE c.at >= %(since)s AND c.at < %(until)s AND ({reach})
GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 5, 6 LIMIT %(limit)s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """
    How often, how well and how fast.
    """

    key: str
    calls: int
    errors: int
    p50: int
    """Milliseconds."""
    p95: int

    @property
    def error_percent(self) -> float:
        """
        Errors of a hundred calls, to one decimal.
        """
        return round(self.errors * 100 / self.calls, 1) if self.calls else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """
    Figures of some days, each way.
    """

    days: list[Figure]
    services: list[Figure]
    providers: list[Figure]
    subscribers: list[Figure]
    results: list[Figure]


@dataclass(frozen=True, kw_only=True, slots=True)
class CallLine:
    """
    The evidence of one call.
    """

    id: int
    at: datetime
    request_id: str
    service_code: str
    client_id: str
    agency_code: str
    case_number: str
    purpose: str
    question_sm3: str
    answer_sm3: str
    result: str
    milliseconds: int
    row_count: int
    nodes: tuple[str, ...]
    """Through which nodes it went, from the data on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AlarmLine:
    """
    An alarm that has not ended.
    """

    service_code: str
    service_title: str
    kind: AlarmKind
    client_id: str
    value: int
    threshold: int
    raised_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleLine:
    """
    A rule of an agency's services.
    """

    kind: AlarmKind
    threshold: int
    minutes: int
    is_on: bool


USUAL_RULES: Final = (
    RuleLine(kind=AlarmKind.ERROR_RATE, threshold=20, minutes=30, is_on=True),
    RuleLine(kind=AlarmKind.LATENCY, threshold=3000, minutes=30, is_on=True),
    RuleLine(kind=AlarmKind.QUOTA, threshold=80, minutes=1440, is_on=True),
    RuleLine(kind=AlarmKind.DENIED, threshold=10, minutes=30, is_on=True),
    RuleLine(kind=AlarmKind.CIRCUIT, threshold=5, minutes=30, is_on=True),
)
"""What holds while an agency has not said otherwise."""


def figures(*, actor: Actor, first: date, last: date, code: str = "") -> Figures:
    """
    Return figures of the calls that the actor may know of, both days included. Five queries.

    :param code: of one service only
    :raises NotPermitted: the actor does not deal with data
    """
    permissions.read_figures.require(actor)
    found = {name: _by(name, actor, first=first, last=last, code=code) for name in GROUPS}
    return Figures(
        days=found["day"],
        services=found["service"],
        providers=found["provider"],
        subscribers=found["subscriber"],
        results=found["result"],
    )


def all_figures(*, actor: Actor, first: date, last: date) -> list[tuple[Any, ...]]:
    """
    Return the figures for taking away: a row for a day, service and subscriber. One query; at most 5,000 rows.
    """
    permissions.read_figures.require(actor)
    reach, facts = _reach(actor)
    with connection.cursor() as cursor:
        cursor.execute(
            ALL.format(reach=reach), {**facts, **_term(first, last), "code": "", "limit": MOST_ROWS}
        )
        return list(cursor.fetchall())


def calls_page(
    *, actor: Actor, code: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[CallLine]:
    """
    Return the evidence of calls the actor may know of, newest first. Two queries.

    :raises NotPermitted: the actor does not deal with data
    :raises InvalidInput: the cursor is not one of this list
    """
    permissions.read_figures.require(actor)
    reach = permissions.reach(actor)
    own = visible_rows(reach, Columns(agency="agency_code")) | visible_rows(reach, permissions.PROVIDING)
    services = dict(
        DataService.objects.filter(
            visible_rows(reach, permissions.PROVIDED) | Q(state__in=("PUBLISHED", "SUSPENDED"))
        ).values_list("id", "code")
    )
    inside = DataService.objects.filter(visible_rows(reach, Columns(division="division_code")))
    rows = Call.objects.filter(own | Q(service_id__in=inside.values("id")))
    if code:
        rows = rows.filter(service_id__in=[each for each, known in services.items() if known == code])
    if cursor:
        moment, last = decode_cursor(_CALLS, cursor)
        at = datetime.fromisoformat(str(moment))
        rows = rows.filter(Q(at__lt=at) | Q(at=at, id__lt=int(last or 0)))
    found = list(rows.order_by("-at", "-id")[: limit + 1])
    items = [_call_line(row, services) for row in found[:limit]]
    following = (
        encode_cursor(_CALLS, [items[-1].at.isoformat(), items[-1].id]) if len(found) > limit else None
    )
    return Page(items=items, next_cursor=following)


def open_alarms(*, actor: Actor) -> list[AlarmLine]:
    """
    Return the alarms of services the actor looks after that have not ended, newest first. One query.
    """
    permissions.list_services.require(actor)
    of_service = Columns(agency="service__agency_code", division="service__division_code")
    rows = Alarm.objects.select_related("service").filter(
        visible_rows(permissions.reach(actor), of_service), ended_at__isnull=True
    )
    return [
        AlarmLine(
            service_code=row.service.code,
            service_title=row.service.title,
            kind=AlarmKind(row.kind),
            client_id=row.client_id,
            value=row.value,
            threshold=row.threshold,
            raised_at=row.raised_at,
        )
        for row in rows.order_by("-raised_at")[:50]
    ]


def alarm_rules(*, actor: Actor) -> list[RuleLine]:
    """
    Return the rules of the actor's agency: its own, and what holds where it has none. One query.
    """
    permissions.list_services.require(actor)
    return rules_of(actor.agency_code or "")


def rules_of(agency_code: str) -> list[RuleLine]:
    """
    Return the rules of an agency; for this app's own watch. One query.
    """
    own = {row.kind: row for row in AlarmRule.objects.filter(agency_code=agency_code)}
    return [
        RuleLine(
            kind=usual.kind,
            threshold=own[usual.kind].threshold,
            minutes=own[usual.kind].minutes,
            is_on=own[usual.kind].is_on,
        )
        if usual.kind in own
        else usual
        for usual in USUAL_RULES
    ]


def _by(name: str, actor: Actor, *, first: date, last: date, code: str) -> list[Figure]:
    reach, facts = _reach(actor)
    statement = BY.format(group=GROUPS[name], reach=reach)
    with connection.cursor() as cursor:
        cursor.execute(statement, {**facts, **_term(first, last), "code": code})
        return [
            Figure(key=row[0], calls=row[1], errors=row[2], p50=row[3], p95=row[4])
            for row in cursor.fetchall()
        ]


def _reach(actor: Actor) -> tuple[str, dict[str, Any]]:
    reach = permissions.reach(actor)
    mine, facts = reach.condition(Columns(agency="c.agency_code", division="s.division_code"))
    offered, more = reach.condition(Columns(agency="c.provider_code"))
    return f"{mine} OR {offered}", {**facts, **more}


def _term(first: date, last: date) -> dict[str, datetime]:
    first = max(first, last - timedelta(days=MOST_DAYS))
    return {"since": midnight(first), "until": midnight(last + timedelta(days=1))}


def _call_line(row: Call, services: dict[uuid.UUID, str]) -> CallLine:
    return CallLine(
        id=row.id,
        at=row.at,
        request_id=row.request_id,
        service_code=services.get(row.service_id, ""),
        client_id=row.client_id,
        agency_code=row.agency_code,
        case_number=row.case_number,
        purpose=row.purpose,
        question_sm3=bytes(row.question_sm3).hex(),
        answer_sm3=bytes(row.answer_sm3 or b"").hex(),
        result=row.result,
        milliseconds=row.milliseconds,
        row_count=row.row_count,
        nodes=tuple(hop["node"] for hop in row.hops or ()),
    )
