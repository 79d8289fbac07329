"""
What a security administrator does about events, and how rules are changed.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from tongban.foundation import audit, codes, events
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.support.identity import selectors as identity
from tongban.support.identity.events import StaffChanged
from tongban.support.identity.values import Role
from tongban.support.security import permissions, ports
from tongban.support.security.models import AlarmContact, SecurityEvent, SecurityRule
from tongban.support.security.ports import Alarm
from tongban.support.security.values import AlarmState, EventKind, EventState, Severity

LONGEST_WORDS: Final = 500
MOST_THRESHOLD: Final = 100_000
LONGEST_WINDOW_MINUTES: Final = 7 * 24 * 60
MOST_ALARMS: Final = 100
ALARMER: Final = system_actor("security.send_alarms")
FORGETTER: Final = system_actor("security.forget_alarm_mobile")
ALARM_TEMPLATE: Final = "security.alarm"
"""Message to staff; its gaps: event, number, count."""


class EventMovedOn(Conflict):
    """
    Somebody else took the event up or closed it meanwhile.
    """

    code = "security_event_moved_on"
    message = _("该安全事件的状态已变化，请刷新后再操作")


@business_transaction
def acknowledge_event(*, event_id: int, actor: Actor, at: datetime) -> None:
    """
    Take an event up.

    :raises NotPermitted: the actor is no security administrator
    :raises NotFound: no such event
    :raises EventMovedOn: it is taken up or closed already
    """
    permissions.handle_event.require(actor)
    event = _held(event_id)
    if event.state != EventState.OPEN:
        raise EventMovedOn
    event.state, event.acknowledged_at, event.acknowledged_by = EventState.ACKNOWLEDGED, at, actor.id
    event.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    audit.record(
        action="security.event.acknowledge", actor=actor, subject=str(event.pk), at=at, kind=event.kind
    )


@business_transaction
def close_event(*, event_id: int, words: str, actor: Actor, at: datetime) -> None:
    """
    Close an event, with words on what it was and what was done.

    :raises NotPermitted: the actor is no security administrator
    :raises NotFound: no such event
    :raises InvalidInput: there are no words, or too many
    :raises EventMovedOn: it is closed already
    """
    permissions.handle_event.require(actor)
    said = words.strip()
    if not 1 <= len(said) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("请写明情况和处置结果，不超过 500 字")})
    event = _held(event_id)
    if event.state == EventState.CLOSED:
        raise EventMovedOn
    event.state, event.closed_at, event.closed_by, event.words = EventState.CLOSED, at, actor.id, said
    event.save(update_fields=["state", "closed_at", "closed_by", "words"])
    audit.record(action="security.event.close", actor=actor, subject=str(event.pk), at=at, kind=event.kind)


@business_transaction
def change_rule(
    *,
    kind: EventKind,
    is_on: bool,
    threshold: int,
    window_minutes: int,
    severity: Severity,
    is_alarm: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Say when events of a kind are raised from now on.

    :param threshold: so many entries within the window
    :raises NotPermitted: the actor is no security administrator
    :raises InvalidInput: a number is out of range
    """
    permissions.change_rule.require(actor)
    wrong = {}
    if not 1 <= threshold <= MOST_THRESHOLD:
        wrong["threshold"] = _("次数应在 1 至 100000 之间")
    if not 1 <= window_minutes <= LONGEST_WINDOW_MINUTES:
        wrong["window_minutes"] = _("时段应在 1 分钟至 7 天之间")
    if wrong:
        raise InvalidInput(fields=wrong)
    facts: dict[str, Any] = {
        "is_on": is_on,
        "threshold": threshold,
        "window_minutes": window_minutes,
        "severity": severity.value,
        "is_alarm": is_alarm,
    }
    SecurityRule.objects.update_or_create(
        kind=kind, defaults={**facts, "changed_at": at, "changed_by": actor.id}
    )
    audit.record(action="security.rule.change", actor=actor, subject=kind.value, at=at, **facts)


def send_alarms(*, at: datetime) -> int:
    """
    Bring every alarm that waits to the staff on duty and to where alarms go outside; return how many reached somebody.

    Staff first, of every event: they are told although nobody outside answers, and once however often this is repeated.

    :raises AlarmNotTaken: the job tries again; what was taken is not brought twice
    """
    waiting = list(SecurityEvent.objects.filter(alarm=AlarmState.QUEUED).order_by("id")[:MOST_ALARMS])
    told = {event.pk for event in waiting if _tell_staff(event, at=at)}
    sink, reached = ports.sink(), 0
    for event in waiting:
        if sink is not None:
            sink.tell(_alarm(event), at=at)
        is_told = sink is not None or event.pk in told
        state = AlarmState.SENT if is_told else AlarmState.SHOWN
        SecurityEvent.objects.filter(pk=event.pk).update(alarm=state)
        reached += is_told
    return reached


def _alarm(event: SecurityEvent) -> Alarm:
    return Alarm(
        id=event.pk,
        kind=event.kind,
        severity=event.severity,
        count=event.count,
        first_at=event.first_at,
        last_at=event.last_at,
    )


def _tell_staff(event: SecurityEvent, *, at: datetime) -> bool:
    tell = ports.staff_teller()
    if tell is None:
        return False
    on_duty = identity.staff_on_duty(role=Role.SECURITY_ADMINISTRATOR, actor=ALARMER, at=at)
    mobiles = {row.account_id: str(row.mobile) for row in AlarmContact.objects.filter(account_id__in=on_duty)}
    kind = EventKind(event.kind)
    with override("zh-hans"):
        params = {"event": str(kind.label), "number": str(event.pk), "count": str(event.count)}
    with override("en"):
        params["event_en"] = str(kind.label)
    for account_id in on_duty:
        tell(
            key=f"security-alarm:{event.pk}:{account_id}",
            template=ALARM_TEMPLATE,
            account_id=account_id,
            mobile=mobiles.get(account_id, ""),
            params=params,
            subject=str(event.pk),
            actor=ALARMER,
            at=at,
        )
    return bool(on_duty)


@business_transaction
def choose_alarm_mobile(*, mobile: str, actor: Actor, at: datetime) -> None:
    """
    Say on which mobile the actor wants to be told of alarms; empty: on none.

    :raises NotPermitted: the actor is no security administrator
    :raises InvalidInput: it is no mobile
    """
    permissions.handle_event.require(actor)
    wanted = codes.mobile_number(mobile.strip()) if mobile.strip() else ""
    if wanted is None:
        raise InvalidInput(fields={"mobile": _("请输入 11 位手机号码")})
    if wanted:
        AlarmContact.objects.update_or_create(
            account_id=actor.id, defaults={"mobile": wanted, "changed_at": at}
        )
    else:
        AlarmContact.objects.filter(account_id=actor.id).delete()
    audit.record(
        action="security.alarm_contact.choose", actor=actor, subject=actor.id, at=at, is_set=bool(wanted)
    )


def forget_alarm_mobile(fact: events.Announced) -> None:
    """
    Forget the mobile of somebody who left, moved, or lost the role of a security administrator.

    Hearing of it twice changes nothing.
    """
    account_id = UUID(msgspec.convert(fact.payload, StaffChanged).account_id)
    staff = identity.find_staff(account_id=account_id, actor=FORGETTER)
    if staff is not None and Role.SECURITY_ADMINISTRATOR in staff.roles:
        return
    forgotten, _models = AlarmContact.objects.filter(account_id=account_id).delete()
    if forgotten:
        audit.record(
            action="security.alarm_contact.choose",
            actor=FORGETTER,
            subject=str(account_id),
            at=fact.at,
            is_set=False,
        )


def _held(event_id: int) -> SecurityEvent:
    event = SecurityEvent.objects.select_for_update().filter(pk=event_id).first()
    if event is None:
        raise NotFound
    return event
