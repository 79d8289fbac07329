"""
Browser sessions: opened at login under a new key, ended by logout, idleness, age, or from another device.

Django keeps the session's data in the database; ours is the `SignIn` it leads to, so that ending one takes
effect with the next request wherever the cookie is.
"""

import uuid
from datetime import datetime
from ipaddress import ip_address
from typing import Protocol

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.support.identity import permissions
from tongban.support.identity.models import AccessToken, Account, SignIn
from tongban.support.identity.selectors import SESSION_KEY, sign_in_of
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import SignInReceipt

USER_AGENT_LENGTH = 256


class BrowserSession(Protocol):
    """
    What is needed of the web framework's session.
    """

    def __setitem__(self, key: str, value: object) -> None:
        """
        Keep a value on the server.
        """

    def get(self, key: str) -> object:
        """
        Return a value kept on the server.
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
    *, session: BrowserSession, account_id: uuid.UUID, address: str | None, user_agent: str, at: datetime
) -> SignInReceipt:
    """
    Open a browser session for somebody who has just proved who he is.

    :param session: of the request; its key is changed, what it holds stays
    """
    account = Account.objects.get(id=account_id)
    sign_in = SignIn.objects.create(
        account=account,
        epoch=account.session_epoch,
        address=_valid_address(address),
        user_agent=user_agent.replace("\x00", "")[:USER_AGENT_LENGTH],
        started_at=at,
        seen_at=at,
        expires_at=at + policy().session_absolute,
    )
    session.cycle_key()
    session[SESSION_KEY] = str(sign_in.id)
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


def _valid_address(address: str | None) -> str | None:
    try:
        return str(ip_address(address)) if address else None
    except ValueError:
        return None
