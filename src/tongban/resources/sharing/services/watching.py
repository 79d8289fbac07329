"""
What time brings: reminders, what is late, grants that end soon, and rules that are broken. Run by a job, idempotent.
"""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.resources.sharing import permissions
from tongban.resources.sharing.models import Alarm, AlarmRule, DataRequest, DataService, Grant, RequestEvent
from tongban.resources.sharing.selectors.figures import RuleLine, rules_of
from tongban.resources.sharing.services.telling import tell_agency, tell_of_alarm, tell_reviewers
from tongban.resources.sharing.values import AlarmKind, DataRequestState, RequestAct, ServiceState

ACTOR: Final = system_actor("sharing.watch")
EXPIRES_SOON: Final = timedelta(days=15)
FEWEST_CALLS: Final = 10
"""Fewer calls in the time of a rule say nothing about errors and times."""
LARGEST_THRESHOLDS: Final = {AlarmKind.LATENCY: 60_000, AlarmKind.DENIED: 10_000}
"""Of others: 100."""
LONGEST_MINUTES: Final = 1440

MEASURED: Final = """
SELECT service_id, count(*),
       round(100.0 * count(*) FILTER (WHERE result = ANY(%(failures)s)) / count(*))::int,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY milliseconds)::int
FROM sharing_call WHERE at > %(since)s AND at <= %(at)s AND provider_code = %(agency)s GROUP BY service_id
"""
FAILURES: Final = [
    "data_upstream_failed",
    "data_step_failed",
    "data_answer_invalid",
    "data_answer_too_long",
    "data_service_resting",
    "data_no_parent",
    "data_evidence_broken",
    "outgoing_failed",
    "upstream_error",
]
"""Results that are the provider's; who asks wrongly, or too often, does not raise its alarm."""
DENIALS: Final = [
    "data_not_granted",
    "data_grant_expired",
    "data_grant_revoked",
    "data_fields_not_granted",
    "register_fields_not_opened",
    "register_authority_expired",
    "not_permitted",
]
"""Results of calls for what is not opened to who asks: by mistake, or to try how far he gets."""
DENIED: Final = """
SELECT service_id, client_id, count(*)::int FROM sharing_call
WHERE at > %(since)s AND at <= %(at)s AND provider_code = %(agency)s AND result = ANY(%(denials)s)
GROUP BY 1, 2 HAVING count(*) >= %(threshold)s
"""
# A service that nobody has asked since it was left alone is not known to be well: its circuit counts as open for the
# time of the rule.
RESTING: Final = """
SELECT b.service_id, b.failures FROM sharing_breaker b JOIN sharing_dataservice s ON s.id = b.service_id
WHERE s.agency_code = %(agency)s AND b.open_until > %(since)s AND b.failures >= %(threshold)s
"""
USED: Final = """
SELECT g.service_id, g.client_id, round(100.0 * d.calls / g.daily_quota)::int
FROM sharing_grantday d JOIN sharing_grant g ON g.id = d.grant_id
WHERE d.day = %(day)s AND g.provider_code = %(agency)s AND g.ended_at IS NULL
"""


def watch(*, at: datetime) -> int:
    """
    Do everything that is due; return how many things were done.
    """
    return press_requests(at=at) + tell_of_ends(at=at) + raise_alarms(at=at)


def press_requests(*, at: datetime) -> int:
    """
    Remind whoever has to act two working days before the last one; report what is late to the reviewers.
    """
    today = civil_date(at)
    done = 0
    for number in DataRequest.objects.filter(remind_date__lte=today).values_list("number", flat=True):
        done += _remind(number, at=at)
    late = DataRequest.objects.filter(due_date__lt=today, escalated_at__isnull=True)
    for number in late.values_list("number", flat=True):
        done += _escalate(number, at=at)
    return done


def tell_of_ends(*, at: datetime) -> int:
    """
    Tell subscribers once that a grant ends within fifteen days, so that they can apply to go on.
    """
    soon = Grant.objects.filter(
        ended_at__isnull=True,
        expiry_told=False,
        expires_at__gt=at,
        expires_at__lte=at + EXPIRES_SOON,
        request__isnull=False,
    )
    done = 0
    for grant_id in soon.values_list("id", flat=True):
        with transaction.atomic():
            grant = Grant.objects.locked().select_related("request__service").get(id=grant_id)
            if grant.expiry_told or grant.request is None:
                continue
            grant.expiry_told = True
            grant.save(update_fields=["expiry_told"])
            until = {"day": grant.request.until.isoformat()}
            words = _("数据授权将于 %(day)s 到期，需要继续使用的请申请续用") % until
            tell_agency(grant.request, grant.agency_code, words=words, key="ends", at=at)
            done += 1
    return done


def raise_alarms(*, at: datetime) -> int:
    """
    Measure services by the rules of their providers; begin and end alarms. Return how many changed.
    """
    agencies = DataService.objects.filter(state=ServiceState.PUBLISHED).values_list("agency_code", flat=True)
    return sum(_measure(agency_code, at=at) for agency_code in sorted(set(agencies)))


@business_transaction
def save_rule(
    *, kind: AlarmKind, threshold: int, minutes: int, is_on: bool, actor: Actor, at: datetime
) -> None:
    """
    Say when the stewards of the actor's agency are alarmed.

    :raises NotPermitted: the actor is no steward
    :raises InvalidInput: figures out of range
    """
    agency_code = actor.agency_code or ""
    permissions.compile_service.require(actor, agency_code=agency_code)
    most = LARGEST_THRESHOLDS.get(kind, 100)
    if not 1 <= threshold <= most:
        raise InvalidInput(fields={f"{kind}-threshold": gettext_lazy("阈值超出范围")})
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise InvalidInput(fields={f"{kind}-minutes": gettext_lazy("时段应为 1 至 1440 分钟")})
    AlarmRule.objects.update_or_create(
        agency_code=agency_code,
        kind=kind,
        defaults={"threshold": threshold, "minutes": minutes, "is_on": is_on},
    )
    audit.record(
        action="sharing.rule.save",
        actor=actor,
        subject=f"{agency_code} {kind}",
        at=at,
        threshold=threshold,
        minutes=minutes,
        is_on=is_on,
    )


@transaction.atomic
def _remind(number: str, *, at: datetime) -> int:
    request = DataRequest.objects.locked().select_related("service").get(number=number)
    if request.remind_date is None or request.due_date is None or request.remind_date > civil_date(at):
        return 0
    request.remind_date = None
    request.save(update_fields=["remind_date"])
    words = _("用数申请的办理期限是 %(due)s，请及时办理") % {"due": request.due_date.isoformat()}
    if request.state == DataRequestState.COMPLIANT:
        tell_agency(request, request.provider_code, words=words, key="remind-answer", at=at)
    else:
        tell_reviewers(request, words=words, key="remind-review", at=at)
    return _note(request, RequestAct.REMIND, words, at=at)


@transaction.atomic
def _escalate(number: str, *, at: datetime) -> int:
    request = DataRequest.objects.locked().select_related("service").get(number=number)
    if request.escalated_at is not None or request.due_date is None or request.due_date >= civil_date(at):
        return 0
    request.escalated_at = at
    request.save(update_fields=["escalated_at"])
    words = _("用数申请逾期未办：期限 %(due)s") % {"due": request.due_date.isoformat()}
    tell_reviewers(request, words=words, key=f"late-{request.state}", at=at)
    return _note(request, RequestAct.ESCALATE, words, at=at)


def _note(request: DataRequest, act: RequestAct, words: str, *, at: datetime) -> int:
    RequestEvent.objects.create(request=request, at=at, act=act, words=words, actor_name=ACTOR.name)
    audit.record(action=f"sharing.request.{act.value.lower()}", actor=ACTOR, subject=request.number, at=at)
    return 1


Broken = tuple[str, str, AlarmKind, int, int]
"""Service id, system, rule, value, threshold."""


@transaction.atomic
def _measure(agency_code: str, *, at: datetime) -> int:
    broken = {
        (service, client, kind): (value, threshold)
        for rule in rules_of(agency_code)
        if rule.is_on
        for service, client, kind, value, threshold in _broken(rule, agency_code, at=at)
    }
    open_ones = Alarm.objects.select_related("service").filter(
        service__agency_code=agency_code, ended_at__isnull=True
    )
    known = {(str(row.service_id), row.client_id, AlarmKind(row.kind)): row for row in open_ones}
    for key in broken.keys() - known.keys():
        _raise(key, *broken[key], at=at)
    for key in known.keys() - broken.keys():
        known[key].ended_at = at
        known[key].save(update_fields=["ended_at"])
        audit.record(action="sharing.alarm.end", actor=ACTOR, subject=known[key].service.code, at=at)
    return len(broken.keys() ^ known.keys())


def _broken(rule: RuleLine, agency_code: str, *, at: datetime) -> Iterator[Broken]:
    facts: dict[str, Any] = {
        "since": at - timedelta(minutes=rule.minutes),
        "at": at,
        "day": civil_date(at),
        "agency": agency_code,
        "threshold": rule.threshold,
        "failures": FAILURES,
        "denials": DENIALS,
    }
    for service, client, value in MEASURES[rule.kind](facts):
        if value >= rule.threshold:
            yield str(service), client, rule.kind, value, rule.threshold


def _found(statement: str, facts: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, facts)
        return list(cursor.fetchall())


def _error_rates(facts: dict[str, Any]) -> Iterator[tuple[Any, str, int]]:
    for service, calls, percent, _p95 in _found(MEASURED, facts):
        if calls >= FEWEST_CALLS:
            yield service, "", percent


def _latencies(facts: dict[str, Any]) -> Iterator[tuple[Any, str, int]]:
    for service, calls, _percent, p95 in _found(MEASURED, facts):
        if calls >= FEWEST_CALLS:
            yield service, "", p95


def _quotas(facts: dict[str, Any]) -> Iterator[tuple[Any, str, int]]:
    yield from _found(USED, facts)


def _denials(facts: dict[str, Any]) -> Iterator[tuple[Any, str, int]]:
    yield from _found(DENIED, facts)


def _circuits(facts: dict[str, Any]) -> Iterator[tuple[Any, str, int]]:
    for service, failures in _found(RESTING, facts):
        yield service, "", failures


MEASURES: Final[dict[AlarmKind, Callable[[dict[str, Any]], Iterator[tuple[Any, str, int]]]]] = {
    AlarmKind.ERROR_RATE: _error_rates,
    AlarmKind.LATENCY: _latencies,
    AlarmKind.QUOTA: _quotas,
    AlarmKind.DENIED: _denials,
    AlarmKind.CIRCUIT: _circuits,
}
"""Rule -> (service, system, value) of each service it looks at."""


def _raise(key: tuple[str, str, AlarmKind], value: int, threshold: int, *, at: datetime) -> None:
    service_id, client_id, kind = key
    service = DataService.objects.get(id=service_id)
    alarm = Alarm.objects.create(
        service=service, kind=kind, client_id=client_id, value=value, threshold=threshold, raised_at=at
    )
    audit.record(
        action="sharing.alarm.raise",
        actor=ACTOR,
        subject=service.code,
        at=at,
        kind=kind.value,
        value=value,
        threshold=threshold,
        client=client_id,
    )
    facts = {"kind": kind.label, "value": value, "threshold": threshold, "client": client_id}
    words = _("%(kind)s达到 %(value)s（阈值 %(threshold)s）%(client)s") % facts
    tell_of_alarm(
        agency_code=service.agency_code,
        title=service.title,
        words=words,
        key=f"sharing-alarm-{alarm.pk}",
        at=at,
    )
