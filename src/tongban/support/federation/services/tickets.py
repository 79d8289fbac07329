"""
The ticket protocol as a centre: ticket, token, user info, as Chinese platforms speak it, with modern signatures.

1. The application leads the browser here with `appmark`, `gotoUrl` and `userType` (1 a person, 2 a legal person).
2. After login and consent the browser goes back with a ticket: one use, one minute.
3. The application changes it for a token by a signed call (`ticketValidate`): half an hour without use.
4. It asks who it is (`findOutsideUserByToken`, `findCorUserByToken`); the answer is sealed for it.
5. When the login ends, the application is told.

Calls are signed by HMAC-SM3 with a number used once, within five minutes; MD5 and ECB of the old protocol are not
spoken. SM2 signatures wait for a binding of libcrypto (docs/decisions/0049-ticket-protocol.md).
"""

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, jobs
from tongban.foundation.actors import Actor, PrincipalKind, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import Sex
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted, ServiceError, Text
from tongban.foundation.outgoing import OutgoingFailed, fetch
from tongban.support.federation import permissions, rules
from tongban.support.federation.models import Consent, LoginTicket, TicketApplication, TicketToken
from tongban.support.federation.rules.messages import is_signed
from tongban.support.federation.services.claims import subject_of
from tongban.support.federation.services.nonces import claim_nonce
from tongban.support.federation.services.parties import (
    ADDRESS_PROBLEMS,
    CLIENT_ID,
    LONGEST_NAME,
    MOST_ADDRESSES,
)
from tongban.support.identity.selectors import ended_sign_ins, is_signed_in
from tongban.support.identity.services import check_id_number, hand_over_person
from tongban.support.identity.values import AccountKind, schemes

TICKET_LIVES = timedelta(seconds=60)
TOKEN_IDLES = timedelta(minutes=30)
SECRET_BYTES = 32
LOGOUT_JOB = "federation.tell_ticket_logout"
LOGOUT_SECONDS = 5.0
NODE = system_actor("federation.ticket")
PERSON, LEGAL_PERSON = "1", "2"
LEVELS = schemes()["TICKET"]
SEX_CODES: Final = {Sex.MALE: "1", Sex.FEMALE: "0"}
"""GB/T 2261.1 has 1 and 2; the protocol has 1 for 男 and 0 for 女."""
TOLD_OF_PERSON = ("name", "id_number", "phone_number")

CLAIM_TICKET = """
UPDATE federation_loginticket SET used_at = %(at)s
WHERE digest = %(digest)s AND application_id = %(application)s AND used_at IS NULL AND expires_at > %(at)s
RETURNING id, account_id, sign_in_id
"""
TOUCH = """
UPDATE federation_tickettoken SET seen_at = %(at)s
WHERE digest = %(digest)s AND application_id = %(application)s AND ended_at IS NULL AND seen_at > %(since)s
RETURNING id
"""


class TicketRefused(ServiceError):
    """
    A call of the ticket protocol is refused; `retcode` says why, in the words of the protocol.
    """

    code = "ticket_refused"
    message = _("票据请求被拒绝")

    def __init__(self, retcode: str) -> None:
        """
        Keep the code of the protocol.
        """
        super().__init__(retcode=retcode)
        self.retcode = retcode


class ApplicationIdTaken(Conflict):
    """
    Another application has this mark, or had it.
    """

    code = "ticket_application_taken"
    message = _("应用标识已被使用")


class ApplicationNotFound(NotFound):
    """
    No application has this mark, or it does not take this kind of user, or does not have this address.
    """

    code = "ticket_application_not_found"
    message = _("没有这个应用，或者回跳地址未登记")


WRONG_SIGNATURE, STALE, REPLAYED = "100001", "100002", "100003"
WRONG_TICKET, WRONG_TOKEN, UNKNOWN_SERVICE, MALFORMED = "100004", "100005", "100006", "100007"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApplicationReceipt:
    """
    An application was let in. Its key is here; we keep it sealed, because it signs and seals.
    """

    appmark: str
    appword: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """
    A call of the protocol, as it came.
    """

    appmark: str
    servicename: str
    time: str
    nonce: str
    sign: str
    params: str
    """JSON text, signed as it stands."""


@business_transaction
def register_ticket_application(
    *,
    appmark: str,
    name: str,
    goto_urls: Collection[str],
    actor: Actor,
    at: datetime,
    user_types: Collection[str] = (PERSON,),
    logout_url: str = "",
) -> ApplicationReceipt:
    """
    Let an application log people in by ticket.

    :param goto_urls: where a browser may be led back to, compared sign by sign up to a query of the application's own
    :param user_types: "1" persons, "2" legal persons
    :raises NotPermitted: the actor is not a system administrator
    :raises InvalidInput: names the fields that are not acceptable
    :raises ApplicationIdTaken: there is, or was, such an application
    """
    permissions.manage_parties.require(actor)
    wrong: dict[str, Text] = {}
    if CLIENT_ID.fullmatch(appmark) is None:
        wrong["appmark"] = _("应用标识应为 1 至 64 个字母、数字、点、下划线或连字符")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        wrong["name"] = _("请填写名称，不超过 128 个字")
    if not 1 <= len(goto_urls) <= MOST_ADDRESSES:
        wrong["goto_urls"] = _("请填写 1 至 20 个回调地址")
    for address in (*goto_urls, *([logout_url] if logout_url else [])):
        if problem := rules.redirect_problem(address):
            wrong["goto_urls"] = ADDRESS_PROBLEMS[problem]
    if not user_types or not set(user_types) <= {PERSON, LEGAL_PERSON}:
        wrong["user_types"] = _("用户类别应为 1（个人）或 2（法人）")
    if wrong:
        raise InvalidInput(fields=wrong)
    appword = secrets.token_hex(SECRET_BYTES)
    try:
        with transaction.atomic():
            TicketApplication.objects.create(
                appmark=appmark,
                name=name.strip(),
                appword=appword,
                goto_urls=sorted(goto_urls),
                logout_url=logout_url,
                user_types=sorted(user_types),
                created_at=at,
            )
    except IntegrityError as error:
        raise ApplicationIdTaken(appmark=appmark) from error
    audit.record(
        action="federation.ticket_application.register",
        actor=actor,
        subject=appmark,
        at=at,
        name=name.strip(),
    )
    return ApplicationReceipt(appmark=appmark, appword=appword)


@business_transaction
def disable_ticket_application(*, appmark: str, actor: Actor, at: datetime) -> None:
    """
    Let an application in no more; its tokens end at once. Repeating it changes nothing.

    :raises NotPermitted: the actor is not a system administrator
    :raises ApplicationNotFound: there is no such application
    """
    permissions.manage_parties.require(actor)
    application = TicketApplication.objects.select_for_update().filter(appmark=appmark).first()
    if application is None:
        raise ApplicationNotFound(appmark=appmark)
    if application.disabled_at is None:
        application.disabled_at = at
        application.save(update_fields=["disabled_at"])
        TicketToken.objects.filter(application=application, ended_at__isnull=True).update(ended_at=at)
        audit.record(action="federation.ticket_application.disable", actor=actor, subject=appmark, at=at)


def application_for(*, appmark: str, goto_url: str, user_type: str) -> TicketApplication:
    """
    Return the application a browser comes from, when it may be led back to this address.

    :raises ApplicationNotFound: there is none, or it has no such address, or takes no such users
    """
    application = TicketApplication.objects.filter(appmark=appmark[:64], disabled_at__isnull=True).first()
    if application is None or user_type not in application.user_types:
        raise ApplicationNotFound(appmark=appmark)
    if rules.redirect_problem(goto_url) or goto_url.split("?", maxsplit=1)[0] not in application.goto_urls:
        raise ApplicationNotFound(appmark=appmark)
    return application


@business_transaction
def give_ticket(*, application: TicketApplication, user_type: str, actor: Actor, at: datetime) -> str:
    """
    Return a ticket about the actor for an application he agreed to tell, good for one use within a minute.

    :raises NotPermitted: nobody is logged in as a person, or he acts for no legal person where one is wanted
    """
    permissions.hand_over_login.require(actor, account_kinds=[AccountKind.PERSON.value])
    principal = actor.acting_for
    is_legal = principal is not None and principal.kind is PrincipalKind.LEGAL_ENTITY
    if actor.session_id is None or (user_type == LEGAL_PERSON) != is_legal:
        raise NotPermitted(reason="USER_TYPE")
    consent = {"account_id": UUID(actor.id), "application": application, "withdrawn_at": None}
    if not Consent.objects.filter(**consent).exists():
        Consent.objects.create(**consent, scopes=["ticket"], given_at=at)
        audit.record(
            action="federation.consent.give",
            actor=actor,
            subject=application.appmark,
            at=at,
            scopes=["ticket"],
        )
    ticket = secrets.token_urlsafe(SECRET_BYTES)
    LoginTicket.objects.create(
        digest=crypto.sm3(ticket.encode()),
        application=application,
        account_id=UUID(actor.id),
        sign_in_id=UUID(actor.session_id),
        user_type=user_type,
        level=actor.assurance_level,
        acting_for={"id": principal.id, "name": principal.name} if principal else None,
        created_at=at,
        expires_at=at + TICKET_LIVES,
    )
    return ticket


def has_agreed(*, application: TicketApplication, actor: Actor) -> bool:
    """
    Whether the actor lets this application know who he is already.
    """
    return Consent.objects.filter(
        account_id=actor.id, application=application, withdrawn_at__isnull=True
    ).exists()


def answer_call(call: Call, *, at: datetime) -> dict[str, Any]:
    """
    Return the `data` of the answer to a call.

    :raises TicketRefused: names the code of the protocol
    """
    application = _believed(call, at=at)
    params = _params(call.params)
    match call.servicename:
        case "ticketValidate":
            return {"token": _token_for(params.get("ticket", ""), application=application, at=at)}
        case "findOutsideUserByToken":
            return {"user": _sealed_user(params.get("token", ""), PERSON, application=application, at=at)}
        case "findCorUserByToken":
            return {
                "user": _sealed_user(params.get("token", ""), LEGAL_PERSON, application=application, at=at)
            }
        case _:
            raise TicketRefused(UNKNOWN_SERVICE)


@business_transaction
def end_ticket_tokens(*, at: datetime, account_id: UUID | None = None) -> int:
    """
    End tokens whose login is over and queue a notice to each application that wants one; return how many.
    """
    rows = TicketToken.objects.select_for_update(skip_locked=True, of=("self",)).select_related("application")
    mine = rows.filter(ended_at__isnull=True)
    held = list(mine.filter(account_id=account_id) if account_id else mine)
    ended = ended_sign_ins(sign_in_ids=[row.sign_in_id for row in held], at=at)
    over = [row for row in held if row.sign_in_id in ended]
    for row in over:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        if row.application.logout_url:
            jobs.defer(LOGOUT_JOB, token_id=str(row.id))
    return len(over)


def tell_ticket_logout(*, token_id: UUID, at: datetime) -> None:
    """
    Tell an application that a login is over, signed as its own calls are. Repeating it changes nothing.

    :raises OutgoingFailed: the application did not take it; the job comes again
    """
    row = TicketToken.objects.select_related("application").filter(id=token_id, told_at__isnull=True).first()
    if row is None or not row.application.logout_url:
        return
    application, fresh = row.application, rules.Freshness.of(at)
    params = json.dumps({"uuid": _uuid_at(application, row.account_id)})
    text = rules.signed_text(application.appmark, "logout", fresh.time, fresh.nonce, body=params.encode())
    answer = fetch(
        "POST",
        application.logout_url,
        content=json.dumps(
            {
                "appmark": application.appmark,
                "servicename": "logout",
                "time": fresh.time,
                "nonce": fresh.nonce,
                "sign": rules.signature_of(_key(application), text),
                "params": params,
            }
        ).encode(),
        headers={"Content-Type": "application/json"},
        timeout_seconds=LOGOUT_SECONDS,
    )
    if not answer.is_success:
        raise OutgoingFailed(status=answer.status)
    _note_told(row, at=at)


@business_transaction
def _note_told(row: TicketToken, *, at: datetime) -> None:
    row.told_at = at
    row.save(update_fields=["told_at"])
    audit.record(action="federation.logout.tell", actor=NODE, subject=row.application.appmark, at=at)


def _believed(call: Call, *, at: datetime) -> TicketApplication:
    application = TicketApplication.objects.filter(
        appmark=call.appmark.replace("\x00", "")[:64], disabled_at__isnull=True
    ).first()
    fresh = rules.Freshness(time=call.time, nonce=call.nonce)
    if application is None or any("\n" in part for part in (call.servicename, call.appmark)):
        raise TicketRefused(WRONG_SIGNATURE)
    if not fresh.is_fresh(at=at):
        raise TicketRefused(STALE)
    text = rules.signed_text(
        call.appmark, call.servicename, call.time, call.nonce, body=call.params.encode(errors="replace")
    )
    if not is_signed(_key(application), text, call.sign):
        raise TicketRefused(WRONG_SIGNATURE)
    if not claim_nonce(party=f"ticket:{application.appmark}", nonce=call.nonce, at=at):
        raise TicketRefused(REPLAYED)
    return application


def _params(text: str) -> dict[str, str]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TicketRefused(MALFORMED) from error
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise TicketRefused(MALFORMED)
    return values


@business_transaction
def _token_for(ticket: str, *, application: TicketApplication, at: datetime) -> str:
    digest = crypto.sm3(ticket[:256].encode(errors="replace"))
    with connection.cursor() as cursor:
        cursor.execute(CLAIM_TICKET, {"digest": digest, "application": application.id, "at": at})
        row = cursor.fetchone()
    if row is None or not is_signed_in(sign_in_id=row[2], account_id=row[1], at=at):
        raise TicketRefused(WRONG_TICKET)
    token = secrets.token_urlsafe(SECRET_BYTES)
    TicketToken.objects.create(
        digest=crypto.sm3(token.encode()),
        ticket_id=row[0],
        application=application,
        account_id=row[1],
        sign_in_id=row[2],
        seen_at=at,
    )
    return token


@business_transaction
def _sealed_user(token: str, user_type: str, *, application: TicketApplication, at: datetime) -> str:
    digest = crypto.sm3(token[:256].encode(errors="replace"))
    with connection.cursor() as cursor:
        cursor.execute(
            TOUCH,
            {"digest": digest, "application": application.id, "at": at, "since": at - TOKEN_IDLES},
        )
        row = cursor.fetchone()
    held = TicketToken.objects.select_related("ticket").get(id=row[0]) if row else None
    if held is None or held.ticket.user_type != user_type:
        raise TicketRefused(WRONG_TOKEN)
    if not is_signed_in(sign_in_id=held.sign_in_id, account_id=held.account_id, at=at):
        raise TicketRefused(WRONG_TOKEN)
    told = _user(held, application=application, at=at)
    text = json.dumps(told, ensure_ascii=False).encode()
    return rules.seal_for(_key(application), text, context=f"ticket.user:{application.appmark}")


def _user(held: TicketToken, *, application: TicketApplication, at: datetime) -> dict[str, str]:
    """
    Return a user in the names of the protocol.
    """
    person = hand_over_person(
        account_id=held.account_id, receiver=application.appmark, what=TOLD_OF_PERSON, actor=NODE, at=at
    )
    number = check_id_number(person.id_number, on=civil_date(at))
    step = LEVELS.reached(level=held.ticket.level)
    told = {
        "uuid": _uuid_at(application, held.account_id),
        "name": person.name,
        "paperstype": person.id_type.value,
        "papersnumber": person.id_number,
        "mobile": person.mobile,
        "sex": SEX_CODES.get(number.sex, ""),
        "isauth": "0" if step.code == "0" else "1",
        "authlevel": step.code,
        "logintime": held.ticket.created_at.isoformat(timespec="seconds"),
    }
    if held.ticket.acting_for is None:
        return told
    principal = held.ticket.acting_for
    return {
        **told,
        "coruuid": subject_of(sector=f"ticket:{application.appmark}", owner_id=UUID(principal["id"])),
        "corname": principal["name"],
        "agentname": person.name,
    }


def _uuid_at(application: TicketApplication, account_id: UUID) -> str:
    return subject_of(sector=f"ticket:{application.appmark}", owner_id=account_id)


def _key(application: TicketApplication) -> bytes:
    return bytes.fromhex(application.appword)
