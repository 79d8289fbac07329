"""
Tokens of the interface: opaque, kept as an SM3 digest, shown once, revocable at once.

Source: RFC 6749 section 4.4 (client credentials), RFC 6750 (bearer), RFC 7009 (revocation).
"""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from hmac import compare_digest
from typing import TypedDict
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto, refusals
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound
from tongban.foundation.limits import hit_limit, require_below_limit
from tongban.support.identity import rules
from tongban.support.identity.models import AccessToken, Account, Client
from tongban.support.identity.ports import find_principal
from tongban.support.identity.selectors import actor_of_account, digest_of_token
from tongban.support.identity.services.login import authenticate
from tongban.support.identity.services.pending import require_complete
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import CHECKED_BY_FACTOR, AccountKind, TokenReceipt

TOKEN_BYTES = 32
NO_DIGEST = bytes(crypto.BLIND_INDEX_BYTES * 2)
"""Digest of nothing that anybody could send."""
LONGEST_CLIENT_ID = 64


class ClientRefused(NotAuthenticated):
    """
    Client and secret do not fit, or the client is expired or revoked; which, is not told.
    """

    code = "client_refused"
    message = _("客户端标识或密钥不正确")


class ScopeRefused(InvalidInput):
    """
    The client asked for more than it was given.
    """

    code = "scope_refused"
    message = _("申请的授权范围超出该客户端的权限")


class Owner(TypedDict, total=False):
    """
    Whose token it is: one of the two.
    """

    account: Account
    client: Client


def issue_client_token(
    *, client_id: str, client_secret: str, scopes: Collection[str], address: str | None, at: datetime
) -> TokenReceipt:
    """
    Return a token for a system that knows its secret.

    :param scopes: wanted; empty: all the client has
    :raises ClientRefused: client and secret do not fit, or the client is no longer let in
    :raises ScopeRefused: more wanted than given
    :raises TooManyRequests: too many failures from this address
    """
    limits = policy()
    address_key = f"client-address:{address or 'unknown'}"
    require_below_limit(address_key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
    client = _client_by(client_id=client_id, client_secret=client_secret, address=address, at=at)
    if client is None:
        hit_limit(address_key, limit=limits.login_tries_per_address, window=limits.login_lock, at=at)
        refusals.note_misuse("identity.client.misuse", reason="NOT_GOOD")
        raise ClientRefused
    if not set(scopes) <= set(client.scopes):
        raise ScopeRefused(fields={"scope": ScopeRefused.message})
    actor = Actor(kind=ActorKind.CLIENT, id=client.client_id, agency_code=client.agency_code or None)
    return _issue(owner={"client": client}, epoch=0, scopes=scopes or client.scopes, actor=actor, at=at)


def issue_session_token(
    *,
    login: str,
    password: str,
    kind: AccountKind,
    actor: Actor,
    address: str | None,
    at: datetime,
    mandate_id: UUID | None = None,
    code: str = "",
) -> TokenReceipt:
    """
    Return a token for a person or a member of staff who logs in through the interface.

    :param code: of the second factor, where the account has one
    :param mandate_id: the token acts in the name of this mandate's grantor; None: in the person's own
    :raises NotFound: the mandate is not in force, or not his
    :raises LoginFailed: login and password do not fit, or the account is not open
    :raises SecondFactorNeeded: the account has a second factor, and no code was sent
    :raises FactorRefused: the code is wrong or was used
    :raises SecondFactorMissing: the node asks staff for one, and none is set up
    :raises PasswordChangeNeeded: the password must be changed on the pages first
    :raises TooManyRequests: too many tries
    """
    known = authenticate(login=login, password=password, kind=kind, actor=actor, address=address, at=at)
    has_shown_factor = require_complete(account_id=known.account_id, code=code, actor=actor, at=at)
    account = Account.objects.select_related("person").get(id=known.account_id)
    if mandate_id is not None:
        _require_mandate(mandate_id, account=account, at=at)
    return _issue(
        owner={"account": account},
        epoch=account.session_epoch,
        scopes=(),
        actor=replace(actor_of_account(account_id=account.id) or actor, channel=actor.channel),
        at=at,
        mandate_id=mandate_id,
        checked_by_factor=has_shown_factor and kind is AccountKind.STAFF,
    )


def _require_mandate(mandate_id: UUID, *, account: Account, at: datetime) -> None:
    person = getattr(account, "person", None)
    if person is None or find_principal(mandate_id=mandate_id, person_id=person.id, at=at) is None:
        raise NotFound(mandate_id=str(mandate_id))


@business_transaction
def revoke_token(*, token: str, actor: Actor, at: datetime) -> None:
    """
    End a token. Whoever holds it may; an unknown one is no error (RFC 7009 section 2.2).
    """
    digest = digest_of_token(token)
    if AccessToken.objects.filter(digest=digest, revoked_at__isnull=True).update(revoked_at=at):
        audit.record(action="identity.token.revoke", actor=actor, subject=digest.hex()[:16], at=at)


@business_transaction
def _issue(
    *,
    owner: Owner,
    epoch: int,
    scopes: Collection[str],
    actor: Actor,
    at: datetime,
    mandate_id: UUID | None = None,
    checked_by_factor: bool = False,
) -> TokenReceipt:
    token = f"tb_{secrets.token_urlsafe(TOKEN_BYTES)}"
    digest = digest_of_token(token)
    expires_at = at + policy().token_lifetime
    AccessToken.objects.create(
        digest=digest,
        epoch=epoch,
        scopes=sorted(scopes),
        created_at=at,
        expires_at=expires_at,
        mandate_id=mandate_id,
        # Of staff; how surely a person was checked anew is another matter.
        checked_level=CHECKED_BY_FACTOR if checked_by_factor else 0,
        checked_at=at if checked_by_factor else None,
        **owner,
    )
    if "client" in owner:
        Client.objects.filter(pk=owner["client"].pk).update(last_used_at=at)
    audit.record(action="identity.token.issue", actor=actor, subject=digest.hex()[:16], at=at)
    return TokenReceipt(token=token, expires_at=expires_at, scopes=tuple(sorted(scopes)))


def _client_by(*, client_id: str, client_secret: str, address: str | None, at: datetime) -> Client | None:
    wanted = client_id.replace("\x00", "")[:LONGEST_CLIENT_ID]
    client = Client.objects.filter(client_id=wanted, revoked_at__isnull=True).first()
    given = digest_of_token(client_secret)
    # Compared twice, whoever asks: the answer must not come faster where there is no such client or one secret only.
    is_right = compare_digest(bytes(client.secret_digest) if client else NO_DIGEST, given)
    is_old = compare_digest(_old_digest(client, at=at), given)
    if client is None or not (is_right or is_old):
        return None
    has_ended = client.expires_at is not None and client.expires_at <= at
    return None if has_ended or not rules.is_within_networks(address, client.networks) else client


def _old_digest(client: Client | None, *, at: datetime) -> bytes:
    if client is None or client.old_secret_digest is None or client.old_secret_until is None:
        return NO_DIGEST
    return bytes(client.old_secret_digest) if client.old_secret_until > at else NO_DIGEST
