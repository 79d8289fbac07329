"""
Browser sessions: opened at login under a new key, ended by logout, idleness, age, or from another device.

Django keeps the session's data in the database; ours is the `SignIn` it leads to, so that ending one takes
effect with the next request wherever the cookie is.
"""

import uuid
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from typing import Protocol

from tongban.foundation import audit
from tongban.foundation.actors import ANONYMOUS, Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.foundation.events import announce
from tongban.foundation.kept import Session
from tongban.foundation.policy import Reason
from tongban.support.identity import permissions
from tongban.support.identity.events import SESSION_ENDED
from tongban.support.identity.models import AccessToken, Account, SignIn
from tongban.support.identity.ports import new_device_teller
from tongban.support.identity.selectors import SESSION_KEY, actor_of_account, sign_in_of
from tongban.support.identity.services.factors import has_factor
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import (
    CHECKED_BY_FACTOR,
    CHECKED_BY_PASSWORD,
    AccountKind,
    Factor,
    SignInReceipt,
)

USER_AGENT_LENGTH = 256
DEVICES_REMEMBERED = 50
"""Browsers of an account that are not new to it."""


class BrowserSession(Session, Protocol):
    """
    What is needed of the web framework's session.
    """

    def cycle_key(self) -> None:
        """
        Give the session a new key: one that an attacker planted is worth nothing.
        """

    def flush(self) -> None:
        """
        Delete the session and its cookie.
        """


@business_transaction
def begin_sign_in(
    *,
    session: BrowserSession,
    account_id: uuid.UUID,
    address: str | None,
    user_agent: str,
    at: datetime,
    factor: Factor | None = None,
) -> SignInReceipt:
    """
    Open a browser session for somebody who has just proved who he is.

    Who may be logged in with more browsers than the settings allow loses the one used longest ago. A person whose
    account was never used with such a browser is told.

    :param session: of the request; its key is changed, what it holds stays
    :param factor: the second factor that was shown beside the password
    :raises NotPermitted: none was shown, and the account has one, or is of staff whom the node asks for one
    """
    account = Account.objects.select_related("person").get(id=account_id)
    browser = user_agent.replace("\x00", "")[:USER_AGENT_LENGTH]
    is_staff = account.kind == AccountKind.STAFF
    if factor is None and (has_factor(account_id) or (is_staff and policy().staff_needs_factor)):
        # Whatever door is built later: none opens without the factor that somebody has, or that staff must have.
        raise NotPermitted(reason=Reason.SECOND_FACTOR_MISSING.value)
    if not is_staff:
        _tell_new_device(account, browser=browser, address=address, at=at)
    sign_in = SignIn.objects.create(
        account=account,
        epoch=account.session_epoch,
        address=_valid_address(address),
        user_agent=browser,
        started_at=at,
        seen_at=at,
        expires_at=at + policy().absolute(AccountKind(account.kind)),
        factor=factor or "",
        # Of staff; how surely a person was checked anew is another matter.
        checked_level=(CHECKED_BY_FACTOR if factor else CHECKED_BY_PASSWORD) if is_staff else 0,
        checked_at=at if is_staff else None,
    )
    _end_oldest(account, at=at)
    session.cycle_key()
    session[SESSION_KEY] = str(sign_in.id)
    himself = actor_of_account(account_id=account.id) or ANONYMOUS
    audit.record(
        action="identity.session.begin",
        actor=replace(himself, session_id=str(sign_in.id)),
        subject=str(account.id),
        at=at,
        factor=sign_in.factor,
    )
    return SignInReceipt(sign_in_id=sign_in.id, expires_at=sign_in.expires_at)


def touch_sign_in(*, sign_in_id: uuid.UUID, at: datetime) -> None:
    """
    Write down that a session is in use.
    """
    SignIn.objects.filter(id=sign_in_id, ended_at__isnull=True).update(seen_at=at)


@business_transaction
def end_sign_in(*, session: BrowserSession, actor: Actor, at: datetime) -> None:
    """
    Log out of this browser. Nothing happens where nobody is logged in.
    """
    sign_in_id = sign_in_of(session)
    session.flush()
    if sign_in_id is None:
        return
    if SignIn.objects.filter(id=sign_in_id, ended_at__isnull=True).update(ended_at=at):
        audit.record(action="identity.session.end", actor=actor, subject=str(sign_in_id), at=at)
        announce(topic=SESSION_ENDED, key=actor.id, at=at, payload={})


@business_transaction
def end_device(*, sign_in_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Log one of one's own devices out.

    :raises NotAuthenticated: nobody is logged in
    :raises NotFound: the actor has no such open session
    """
    account_id = permissions.require_account(actor)
    ended = SignIn.objects.filter(id=sign_in_id, account_id=account_id, ended_at__isnull=True).update(
        ended_at=at
    )
    if not ended:
        raise NotFound
    audit.record(action="identity.session.end", actor=actor, subject=str(sign_in_id), at=at)
    announce(topic=SESSION_ENDED, key=actor.id, at=at, payload={})


@business_transaction
def end_everything(*, actor: Actor, at: datetime) -> None:
    """
    Log out everywhere: every session and every token of the account ends, this one too.

    :raises NotAuthenticated: nobody is logged in
    """
    account = Account.objects.locked(permissions.require_account(actor))
    account.session_epoch += 1
    account.save(update_fields=["session_epoch"])
    SignIn.objects.filter(account=account, ended_at__isnull=True).update(ended_at=at)
    AccessToken.objects.filter(account=account, revoked_at__isnull=True).update(revoked_at=at)
    audit.record(action="identity.account.log_out_everywhere", actor=actor, subject=str(account.id), at=at)
    announce(topic=SESSION_ENDED, key=actor.id, at=at, payload={})


def _end_oldest(account: Account, *, at: datetime) -> None:
    """
    End the sessions that are too many, those used longest ago.
    """
    opened = SignIn.objects.filter(account=account, ended_at__isnull=True, expires_at__gt=at)
    allowed = policy().sessions(AccountKind(account.kind))
    too_many = list(opened.order_by("-seen_at", "-started_at").values_list("id", flat=True)[allowed:])
    if too_many:
        SignIn.objects.filter(id__in=too_many).update(ended_at=at)


def _tell_new_device(account: Account, *, browser: str, address: str | None, at: datetime) -> None:
    person = getattr(account, "person", None)
    known = SignIn.objects.filter(account=account).values_list("user_agent", flat=True)
    before = set(known.order_by("-seen_at")[:DEVICES_REMEMBERED])
    if person is not None and before and browser not in before:
        new_device_teller()(person_id=person.id, browser=browser, address=address or "", at=at)


def _valid_address(address: str | None) -> str | None:
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None
