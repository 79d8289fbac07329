"""
The ticket protocol as a centre: ticket, token, user info, as Chinese platforms speak it, with modern signatures.

1. The application leads the browser here with `appmark`, `gotoUrl` and `userType` (1 a person, 2 a legal person).
2. After login and consent the browser goes back with a ticket: one use, one minute.
3. The application changes it for a token by a signed call (`ticketValidate`): half an hour without use.
4. It asks who it is (`findOutsideUserByToken`, `findCorUserByToken`); the answer is sealed for it. Of a legal person
   it is told while the mandate by which somebody acts for it is in force.
5. When the login ends, the application is told.

Calls are signed by HMAC-SM3 with a number used once, within five minutes; MD5 and ECB of the old protocol are not
spoken. SM2 signatures wait for a binding of libcrypto (docs/decisions/0049-ticket-protocol.md).
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, jobs, refusals
from tongban.foundation.actors import Actor, PrincipalKind, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import Sex
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotPermitted, ServiceError
from tongban.foundation.outgoing import OutgoingFailed, fetch
from tongban.support.federation import permissions, rules
from tongban.support.federation.models import Consent, LoginTicket, TicketApplication, TicketToken
from tongban.support.federation.rules.messages import is_signed
from tongban.support.federation.services.claims import subject_of
from tongban.support.federation.services.foreign import end_foreign_logins
from tongban.support.federation.services.nonces import claim_nonce
from tongban.support.federation.services.ticket_applications import ApplicationNotFound
from tongban.support.federation.values import Provider, UserType
from tongban.support.identity.selectors import ended_sign_ins, is_signed_in
from tongban.support.identity.services import hand_over_person, read_id_number
from tongban.support.identity.values import AccountKind, schemes
from tongban.support.mandates.selectors import principal_of
from tongban.support.mandates.services import hand_over_entity

TICKET_LIVES = timedelta(seconds=60)
TOKEN_IDLES = timedelta(minutes=30)
SECRET_BYTES = 32
LOGOUT_JOB = "federation.tell_ticket_logout"
LOGOUT = "logout"
SERVICES: Final = {
    "findOutsideUserByToken": UserType.PERSON,
    "findCorUserByToken": UserType.LEGAL_PERSON,
}
LOGOUT_SECONDS = 5.0
NODE = system_actor("federation.ticket")
LEVELS = schemes()["TICKET"]
SEX_CODES: Final = {Sex.MALE: "1", Sex.FEMALE: "0"}
"""GB/T 2261.1 has 1 and 2; the protocol has 1 for 男 and 0 for 女."""
TOLD_OF_PERSON = ("name", "id_number", "phone_number")
CONSENTS: Final = {
    UserType.PERSON: frozenset({"ticket"}),
    UserType.LEGAL_PERSON: frozenset({"ticket", "ticket.legal_person"}),
}
"""What one agrees to: to be told about, and to tell in whose name one acts."""

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


WRONG_SIGNATURE, STALE, REPLAYED = "100001", "100002", "100003"
WRONG_TICKET, WRONG_TOKEN, UNKNOWN_SERVICE, MALFORMED = "100004", "100005", "100006", "100007"
MISUSES: Final = {WRONG_SIGNATURE: "WRONG_SIGNATURE", REPLAYED: "USED_TWICE", WRONG_TICKET: "NOT_GOOD"}
"""Which refusals are written down; tokens lapse and clocks go wrong without anybody meaning harm."""


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
    if actor.session_id is None or not is_in_fitting_name(actor, user_type=user_type):
        raise NotPermitted(reason="USER_TYPE")
    _agree(application, wanted=CONSENTS[UserType(user_type)], actor=actor, at=at)
    principal = actor.acting_for
    ticket = secrets.token_urlsafe(SECRET_BYTES)
    LoginTicket.objects.create(
        digest=crypto.sm3(ticket.encode()),
        application=application,
        account_id=UUID(actor.id),
        sign_in_id=UUID(actor.session_id),
        user_type=user_type,
        level=actor.assurance_level,
        acting_for={
            "id": principal.id,
            "mandate_id": principal.mandate_id,
            "person_id": actor.person_id,
        }
        if principal
        else None,
        created_at=at,
        expires_at=at + TICKET_LIVES,
    )
    return ticket


def is_in_fitting_name(actor: Actor, *, user_type: str) -> bool:
    """
    Whether somebody goes on in the name that an application asks for: his own, or that of a legal person.
    """
    if user_type == UserType.PERSON:
        return actor.acting_for is None
    return actor.acting_for is not None and actor.acting_for.kind is PrincipalKind.LEGAL_ENTITY


def has_agreed(*, application: TicketApplication, user_type: str, actor: Actor) -> bool:
    """
    Whether the actor lets this application know all of this already.
    """
    row = Consent.objects.filter(
        account_id=actor.id, application=application, withdrawn_at__isnull=True
    ).first()
    return row is not None and CONSENTS[UserType(user_type)] <= set(row.scopes)


def _agree(application: TicketApplication, *, wanted: frozenset[str], actor: Actor, at: datetime) -> None:
    row = (
        Consent.objects.select_for_update()
        .filter(account_id=actor.id, application=application, withdrawn_at__isnull=True)
        .first()
    )
    if row is not None and wanted <= set(row.scopes):
        return
    if row is None:
        Consent.objects.create(
            account_id=UUID(actor.id), application=application, scopes=sorted(wanted), given_at=at
        )
    else:
        row.scopes, row.given_at = sorted({*row.scopes, *wanted}), at
        row.save(update_fields=["scopes", "given_at"])
    audit.record(
        action="federation.consent.give",
        actor=actor,
        subject=application.appmark,
        at=at,
        scopes=sorted(wanted),
    )


def answer_call(call: Call, *, at: datetime) -> dict[str, Any]:
    """
    Return the `data` of the answer to a call.

    :raises TicketRefused: names the code of the protocol
    """
    application, key = _believed(call, at=at)
    params = _params(call.params)
    if call.servicename == "ticketValidate":
        return {"token": _token_for(params.get("ticket", ""), application=application, at=at)}
    user_type = SERVICES.get(call.servicename)
    if user_type is None:
        raise TicketRefused(UNKNOWN_SERVICE)
    told = _user_of(params.get("token", ""), user_type, application=application, at=at)
    text = json.dumps(told, ensure_ascii=False).encode()
    # Sealed by the key of the call: an application that has not changed its key yet can read it.
    return {"user": rules.seal_for(key, text, context=f"ticket.user:{application.appmark}")}


def note_ticket_misuse(refusal: TicketRefused) -> None:
    """
    Note for the audit trail that a call showed a ticket or a signature that is not good, or showed it twice.
    """
    if refusal.retcode in MISUSES:
        refusals.note_misuse("federation.ticket.misuse", reason=MISUSES[refusal.retcode])


def hear_ticket_logout(call: Call, *, provider: Provider, at: datetime) -> int:
    """
    Hear from a centre, whose application this node is, that somebody's login is over; return how many ended here.

    :raises TicketRefused: names the code of the protocol
    """
    # Without a key of the centre's, anybody could sign in its name.
    if not provider.shared_key or call.appmark != provider.client_id:
        raise TicketRefused(WRONG_SIGNATURE)
    _verified(call, keys=[provider.shared_key], party=f"centre:{provider.code}", at=at)
    subject = _params(call.params).get("uuid", "")
    if call.servicename != LOGOUT or not subject:
        raise TicketRefused(UNKNOWN_SERVICE)
    return end_foreign_logins(provider=provider, subject=subject, session="", at=at)


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
        queue_ticket_logout(row, at=at)
    return len(over)


def queue_ticket_logout(token: TicketToken, *, at: datetime) -> None:
    """
    End a token and queue the notice, in the transaction of the change.
    """
    token.ended_at = at
    token.save(update_fields=["ended_at"])
    if token.application.logout_url:
        jobs.defer(LOGOUT_JOB, token_id=str(token.id))


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
    text = rules.signed_text(application.appmark, LOGOUT, fresh.time, fresh.nonce, body=params.encode())
    answer = fetch(
        "POST",
        application.logout_url,
        content=json.dumps(
            {
                "appmark": application.appmark,
                "servicename": LOGOUT,
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


def _believed(call: Call, *, at: datetime) -> tuple[TicketApplication, bytes]:
    """
    Return the application that called, and the key by which it did.
    """
    application = TicketApplication.objects.filter(
        appmark=call.appmark.replace("\x00", "")[:64], disabled_at__isnull=True
    ).first()
    if application is None:
        raise TicketRefused(WRONG_SIGNATURE)
    keys = [_key(application)]
    if application.old_appword and application.old_appword_until and application.old_appword_until > at:
        keys.append(bytes.fromhex(application.old_appword))
    return application, _verified(call, keys=keys, party=f"ticket:{application.appmark}", at=at)


def _verified(call: Call, *, keys: Sequence[bytes], party: str, at: datetime) -> bytes:
    """
    Return the key by which a call is signed that is one of now and came once.
    """
    if any("\n" in part for part in (call.servicename, call.appmark)):
        raise TicketRefused(WRONG_SIGNATURE)
    if not rules.Freshness(time=call.time, nonce=call.nonce).is_fresh(at=at):
        raise TicketRefused(STALE)
    text = rules.signed_text(
        call.appmark, call.servicename, call.time, call.nonce, body=call.params.encode(errors="replace")
    )
    key = next((key for key in keys if is_signed(key, text, call.sign)), None)
    if key is None:
        raise TicketRefused(WRONG_SIGNATURE)
    if not claim_nonce(party=party, nonce=call.nonce, at=at):
        raise TicketRefused(REPLAYED)
    return key


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
def _user_of(
    token: str, user_type: UserType, *, application: TicketApplication, at: datetime
) -> dict[str, str]:
    """
    Return the user a token is about, in the names of the protocol.
    """
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
    if user_type is UserType.LEGAL_PERSON:
        return {**_person(held, application=application, at=at), **_entity(held, application, at=at)}
    return _person(held, application=application, at=at)


def _person(held: TicketToken, *, application: TicketApplication, at: datetime) -> dict[str, str]:
    person = hand_over_person(
        account_id=held.account_id,
        receiver=application.appmark,
        receiver_name=application.name,
        what=TOLD_OF_PERSON,
        actor=NODE,
        at=at,
    )
    number = read_id_number(person.id_number, on=civil_date(at))
    step = LEVELS.reached(level=held.ticket.level)
    return {
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


def _entity(held: TicketToken, application: TicketApplication, *, at: datetime) -> dict[str, str]:
    """
    Return the legal person in whose name somebody acts, while the mandate lets him.
    """
    acting: dict[str, str] = held.ticket.acting_for or {}
    principal = principal_of(
        mandate_id=UUID(acting["mandate_id"]), person_id=UUID(acting["person_id"]), at=at
    )
    if principal is None:
        raise TicketRefused(WRONG_TOKEN)
    entity = hand_over_entity(
        entity_id=UUID(principal.id),
        receiver=application.appmark,
        receiver_name=application.name,
        actor=NODE,
        at=at,
    )
    return {
        "coruuid": _uuid_at(application, entity.id),
        "corname": entity.name,
        "corusercode": entity.credit_code,
        "cortype": entity.kind.value,
        "corauthlevel": LEVELS.reached(level=entity.assurance_level).code,
        "legalname": entity.representative_name,
        "legalpaperstype": entity.representative_id_type,
        "legalpapersnumber": entity.representative_number,
    }


def _uuid_at(application: TicketApplication, owner_id: UUID) -> str:
    return subject_of(sector=f"ticket:{application.appmark}", owner_id=owner_id)


def _key(application: TicketApplication) -> bytes:
    return bytes.fromhex(application.appword)
