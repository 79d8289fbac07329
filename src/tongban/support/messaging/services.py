"""
Telling people something: once, and never lost.

The inbox message and the short message are rows of the transaction that made them true. A job sends the short
message at once; a sweep sends whatever a job did not. Each try is leased: a process that dies in the middle
gives its message back, and the gateway recognises the second try by our id.
"""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.db import transaction
from django.db.models import F
from django.utils.translation import override

from tongban.foundation import audit, jobs
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import CHINA
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.support.identity import selectors as identity
from tongban.support.identity.values import CodePurpose, device_name
from tongban.support.mandates import selectors as mandates
from tongban.support.messaging.models import Message, OutgoingText
from tongban.support.messaging.ports import (
    GatewayDown,
    ShortMessage,
    SmsGateway,
    TextRefused,
    find_template,
    sms_gateway,
)
from tongban.support.messaging.selectors import readable, readable_notices
from tongban.support.messaging.values import DeliveryReport, MessageTemplate, SendReceipt, TextState

if TYPE_CHECKING:
    from django.db.models import QuerySet

logger = structlog.get_logger(__name__)

MESSENGER = system_actor("messaging")
LEASE = timedelta(minutes=1)
"""Longer than any try lasts; after it, another process may try."""
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(minutes=30)
STEPS_OF_WAITING = 5
"""10 s, threefold five times, is more than the longest wait; further steps would only make numbers too large."""
GIVE_UP_AFTER = timedelta(hours=24)
REPORT_WITHIN = timedelta(minutes=30)
"""A gateway that has said nothing about a message by then will not."""
BATCH = 100
CODE_TEMPLATE = "identity.code"
MOBILE_CHANGED_TEMPLATE = "identity.mobile_changed"
NEW_DEVICE_TEMPLATE = "identity.new_device"


@business_transaction
def send_once(
    *,
    key: str,
    template: str,
    person_id: uuid.UUID,
    params: Mapping[str, str],
    subject: str,
    actor: Actor,
    at: datetime,
) -> SendReceipt:
    """
    Tell a person something, in the inbox and by short message. Repeating a key changes nothing.

    :param key: names the fact, e.g. "case-accepted:<case number>"
    :param template: code of a registered template
    :param params: what fills its gaps, as text
    :param subject: what it is about, usually the case number
    :param actor: whose deed is told
    :raises NotFound: no such person
    :raises ValueError: no such template, or a gap is left open
    """
    known = _template(template, params)
    contact = identity.contact_of(person_id=person_id, actor=MESSENGER)
    message_id = _leave_in_inbox(
        key=key, template=template, person_id=person_id, params=params, subject=subject, actor=actor, at=at
    )
    text_id = None
    if known.sms_template_id and contact.mobile:
        text_id = send_text_once(
            key=key,
            template=template,
            mobile=contact.mobile,
            params=params,
            at=at,
            give_up_at=at + GIVE_UP_AFTER,
        )
    return SendReceipt(message_id=message_id, text_id=text_id)


@business_transaction
def send_to_principal(
    *,
    key: str,
    template: str,
    principal_id: uuid.UUID,
    agent_id: uuid.UUID | None,
    params: Mapping[str, str],
    subject: str,
    actor: Actor,
    at: datetime,
) -> SendReceipt:
    """
    Tell a person or a legal entity something about a matter that an agent may look after. Repeating changes nothing.

    The message is left in the principal's inbox, where whoever may act for him reads it. The short message goes to the
    agent of the matter, while he still may act, and to the person himself; of an entity without such an agent, to
    its representative.

    :param principal_id: the applicant: a person or a legal entity
    :param agent_id: person who applied in his name; None: nobody did
    :raises NotFound: neither a person nor an entity is known by this id
    :raises ValueError: no such template, or a gap is left open
    """
    if agent_id is None:
        entity_boss = mandates.representative_of(entity_id=principal_id, actor=MESSENGER)
        if entity_boss is None:
            return send_once(
                key=key,
                template=template,
                person_id=principal_id,
                params=params,
                subject=subject,
                actor=actor,
                at=at,
            )
    message_id = _leave_in_inbox(
        key=key, template=template, person_id=principal_id, params=params, subject=subject, actor=actor, at=at
    )
    if _template(template, params).sms_template_id:
        for person_id in _reached(principal_id, agent_id, at=at):
            _text_to(person_id, key=key, template=template, params=params, at=at)
    return SendReceipt(message_id=message_id, text_id=None)


def _reached(principal_id: uuid.UUID, agent_id: uuid.UUID | None, *, at: datetime) -> list[uuid.UUID]:
    """
    Return whose mobiles are to be told.
    """
    boss = mandates.representative_of(entity_id=principal_id, actor=MESSENGER)
    may_act = agent_id is not None and mandates.is_agent_of(
        person_id=agent_id, principal_id=principal_id, actor=MESSENGER, at=at
    )
    agents = [agent_id] if agent_id is not None and may_act else []
    if boss is not None:
        return agents or [boss]
    return [*agents, principal_id]


def _text_to(
    person_id: uuid.UUID, *, key: str, template: str, params: Mapping[str, str], at: datetime
) -> None:
    mobile = identity.contact_of(person_id=person_id, actor=MESSENGER).mobile
    if mobile:
        send_text_once(
            key=f"{key}:{person_id}",
            template=template,
            mobile=mobile,
            params=params,
            at=at,
            give_up_at=at + GIVE_UP_AFTER,
        )


@business_transaction
def send_to_staff(
    *,
    key: str,
    template: str,
    account_id: uuid.UUID,
    mobile: str,
    params: Mapping[str, str],
    subject: str,
    actor: Actor,
    at: datetime,
) -> SendReceipt:
    """
    Tell a member of staff something at the desk, and on a mobile where there is one. Repeating changes nothing.

    :param account_id: of the account the member works with
    :param mobile: empty: no short message
    :raises ValueError: no such template, or a gap is left open
    """
    known = _template(template, params)
    message_id = _leave_in_inbox(
        key=key, template=template, person_id=account_id, params=params, subject=subject, actor=actor, at=at
    )
    text_id = None
    if known.sms_template_id and mobile:
        text_id = send_text_once(
            key=key,
            template=template,
            mobile=mobile,
            params=params,
            at=at,
            give_up_at=at + GIVE_UP_AFTER,
        )
    return SendReceipt(message_id=message_id, text_id=text_id)


def tell_of_mandate(
    *, key: str, person_id: uuid.UUID, happened: str, params: Mapping[str, str], at: datetime
) -> None:
    """
    Say in the inbox what happened to a mandate; the port `MandateTeller` of mandates.
    """
    send_once(
        key=key, template=happened, person_id=person_id, params=params, subject="", actor=MESSENGER, at=at
    )


@business_transaction
def send_text_once(
    *, key: str, template: str, mobile: str, params: Mapping[str, str], at: datetime, give_up_at: datetime
) -> uuid.UUID:
    """
    Queue one short message and return its id. Repeating a key changes nothing.

    :param give_up_at: a message that has not left by then is not sent any more
    :raises ValueError: no such template, none for short messages, or a gap is left open
    """
    known = _template(template, params)
    if not known.sms_template_id:
        raise ValueError(f"template {template} is for the inbox only")
    text, is_new = OutgoingText.objects.get_or_create(
        key=key,
        defaults={
            "template": template,
            "mobile": mobile,
            "params": dict(params),
            "next_attempt_at": at,
            "give_up_at": give_up_at,
            "created_at": at,
        },
    )
    if is_new:
        jobs.defer("messaging.send_text", text_id=str(text.id))
    return text.id


def send_code(
    *, key: str, mobile: str, code: str, purpose: CodePurpose, at: datetime, expires_at: datetime
) -> None:
    """
    Queue a mobile code; wired as identity's port `CodeSender`.
    """
    minutes = str(int((expires_at - at).total_seconds() // 60))
    send_text_once(
        key=key,
        template=CODE_TEMPLATE,
        mobile=mobile,
        params={"code": code, "minutes": minutes},
        at=at,
        give_up_at=expires_at,
    )


@business_transaction
def tell_old_mobile(
    *, key: str, person_id: uuid.UUID, old_mobile: str, new_mobile_masked: str, at: datetime
) -> None:
    """
    Say in the inbox, and to the old mobile, that an account uses another one now; identity's `OldMobileTeller`.
    """
    params = {"mobile": new_mobile_masked}
    _leave_in_inbox(
        key=key,
        template=MOBILE_CHANGED_TEMPLATE,
        person_id=person_id,
        params=params,
        subject="",
        actor=MESSENGER,
        at=at,
    )
    send_text_once(
        key=key,
        template=MOBILE_CHANGED_TEMPLATE,
        mobile=old_mobile,
        params=params,
        at=at,
        give_up_at=at + GIVE_UP_AFTER,
    )


def tell_new_device(*, person_id: uuid.UUID, browser: str, address: str, at: datetime) -> None:
    """
    Say in the inbox that somebody logged in with a new browser; identity's `NewDeviceTeller`.
    """
    with override("zh-hans"):
        name = device_name(browser)
    with override("en"):
        name_en = device_name(browser)
    _leave_in_inbox(
        key=f"new-device:{person_id}:{at.isoformat()}",
        template=NEW_DEVICE_TEMPLATE,
        person_id=person_id,
        params={
            "moment": f"{at.astimezone(CHINA):%Y-%m-%d %H:%M}",
            "browser": name or "?",
            "browser_en": name_en,
            "address": address or "?",
        },
        subject="",
        actor=MESSENGER,
        at=at,
    )


def send_text(*, text_id: uuid.UUID, at: datetime) -> TextState:
    """
    Try to send one short message, if it is due, and return what has become of it.

    :raises NotFound: no such message
    """
    gateway = sms_gateway()
    if gateway is not None:
        leased = _lease(OutgoingText.objects.filter(id=text_id), at=at, limit=1)
        if leased:
            return _try(leased[0], gateway=gateway, at=at)
    state = OutgoingText.objects.filter(id=text_id).values_list("state", flat=True).first()
    if state is None:
        raise NotFound
    return TextState(state)


def send_due_texts(*, at: datetime, limit: int = BATCH) -> int:
    """
    Try to send what is due, at most `limit` messages, and return how many were tried.
    """
    gateway = sms_gateway()
    if gateway is None:
        return 0
    leased = _lease(OutgoingText.objects.all(), at=at, limit=limit)
    for text in leased:
        _try(text, gateway=gateway, at=at)
    return len(leased)


def collect_reports(*, at: datetime, limit: int = BATCH) -> int:
    """
    Ask the gateway what became of the messages it took; return how many are settled now.

    One that nothing was heard of for half an hour is settled as UNCONFIRMED, for people to see.
    """
    gateway = sms_gateway()
    if gateway is None:
        return 0
    waiting = list(OutgoingText.objects.filter(state=TextState.SENT).order_by("sent_at")[:limit])
    if not waiting:
        return 0
    try:
        reports = gateway.reports([text.gateway_id for text in waiting], at=at)
    except GatewayDown as error:
        logger.warning("sms_reports_failed", reason=error.facts.get("reason"))
        return 0
    return sum(_settle_by_report(text, reports.get(text.gateway_id), at=at) for text in waiting)


@business_transaction
def mark_read(*, message_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Write down that the reader has opened a message; the first time counts.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: the reader has no such message
    """
    mine = readable(actor).filter(id=message_id)
    if not mine.filter(read_at__isnull=True).update(read_at=at) and not mine.exists():
        raise NotFound


@business_transaction
def mark_all_read(*, actor: Actor, at: datetime) -> int:
    """
    Write down that the reader has seen everything; return how many messages were unread.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    return readable(actor).filter(read_at__isnull=True).update(read_at=at)


@business_transaction
def mark_notices_read(*, actor: Actor, at: datetime) -> int:
    """
    Write down that a member of staff has seen everything he was told; return how much was unread.

    :raises NotPermitted: the actor is no member of staff
    """
    return readable_notices(actor).filter(read_at__isnull=True).update(read_at=at)


def _leave_in_inbox(
    *,
    key: str,
    template: str,
    person_id: uuid.UUID,
    params: Mapping[str, str],
    subject: str,
    actor: Actor,
    at: datetime,
) -> uuid.UUID:
    message, is_new = Message.objects.get_or_create(
        key=key,
        defaults={
            "recipient_person_id": person_id,
            "template": template,
            "params": dict(params),
            "subject": subject,
            "created_at": at,
        },
    )
    if is_new:
        audit.record(
            action="messaging.message.send",
            actor=actor,
            subject=subject or str(message.id),
            at=at,
            template=template,
        )
    return message.id


def _template(code: str, params: Mapping[str, str]) -> MessageTemplate:
    known = find_template(code)
    if known is None:
        raise ValueError(f"no message template is called {code}")
    if missing := known.missing(params):
        raise ValueError(f"template {code} needs {', '.join(sorted(missing))}")
    return known


@transaction.atomic
def _lease(texts: "QuerySet[OutgoingText]", *, at: datetime, limit: int) -> list[OutgoingText]:
    """
    Take what is due out of other processes' reach for a minute, and count the try.
    """
    due = texts.filter(state=TextState.QUEUED, next_attempt_at__lte=at).order_by("next_attempt_at")
    leased = list(due.select_for_update(no_key=True, skip_locked=True)[:limit])
    OutgoingText.objects.filter(id__in=[text.id for text in leased]).update(
        next_attempt_at=at + LEASE, attempts=F("attempts") + 1
    )
    for text in leased:
        text.attempts += 1
    return leased


def _try(text: OutgoingText, *, gateway: SmsGateway, at: datetime) -> TextState:
    template = find_template(text.template)
    if at >= text.give_up_at or template is None:
        return _settle(text, TextState.GIVEN_UP, at=at, error=text.last_error or "too late")
    message = ShortMessage(
        id=text.id, mobile=text.mobile, sms_template_id=template.sms_template_id, params=text.params
    )
    try:
        gateway_id = gateway.send(message, at=at)
    except TextRefused as error:
        return _settle(text, TextState.REFUSED, at=at, error=str(error.facts.get("reason")))
    except GatewayDown as error:
        return _put_off(text, at=at, error=str(error.facts.get("reason")))
    OutgoingText.objects.filter(id=text.id, state=TextState.QUEUED).update(
        state=TextState.SENT, gateway_id=gateway_id, sent_at=at, last_error=""
    )
    return TextState.SENT


def _put_off(text: OutgoingText, *, at: datetime, error: str) -> TextState:
    """
    Try again after 10 s, 30 s, 90 s … half an hour; give up when that would be too late.
    """
    wait = min(FIRST_WAIT * 3 ** min(text.attempts - 1, STEPS_OF_WAITING), LONGEST_WAIT)
    if at + wait >= text.give_up_at:
        return _settle(text, TextState.GIVEN_UP, at=at, error=error)
    OutgoingText.objects.filter(id=text.id, state=TextState.QUEUED).update(
        next_attempt_at=at + wait, last_error=error[:200]
    )
    logger.warning("sms_put_off", text_id=str(text.id), attempts=text.attempts, reason=error)
    return TextState.QUEUED


def _settle_by_report(text: OutgoingText, report: DeliveryReport | None, *, at: datetime) -> bool:
    match report:
        case DeliveryReport.DELIVERED:
            _settle(text, TextState.DELIVERED, at=at, error="")
        case DeliveryReport.UNDELIVERED:
            _settle(text, TextState.UNDELIVERED, at=at, error="undelivered")
        case _:
            if text.sent_at is None or at - text.sent_at < REPORT_WITHIN:
                return False
            _settle(text, TextState.UNCONFIRMED, at=at, error="no report")
    return True


def erase_messages(person_id: uuid.UUID, _at: datetime) -> int:
    """
    Delete a person's inbox, and the short messages that told the same; return how many messages went.
    """
    keys = list(Message.objects.filter(recipient_person_id=person_id).values_list("key", flat=True))
    OutgoingText.objects.filter(key__in=keys).delete()
    gone, _rows = Message.objects.filter(recipient_person_id=person_id).delete()
    return gone


def _settle(text: OutgoingText, state: TextState, *, at: datetime, error: str) -> TextState:
    OutgoingText.objects.filter(id=text.id, settled_at__isnull=True).update(
        state=state, settled_at=at, last_error=error[:200]
    )
    if error:
        logger.warning("sms_failed", text_id=str(text.id), state=state.value, reason=error)
    return state
