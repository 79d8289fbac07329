"""
Tokens of the interface: opaque, kept as an SM3 digest, shown once, revocable at once.

Source: RFC 6749 section 4.4 (client credentials), RFC 6750 (bearer), RFC 7009 (revocation).
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime
from hmac import compare_digest
from typing import TypedDict
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotAuthenticated, NotFound, Text
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import AccessToken, Account, Client
from tongban.support.identity.ports import find_principal
from tongban.support.identity.selectors import client_facts, digest_of_token
from tongban.support.identity.services.limits import hit_limit, require_below_limit
from tongban.support.identity.services.login import authenticate
from tongban.support.identity.services.pending import require_complete
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import AccountKind, ClientFacts, ClientReceipt, Scope, TokenReceipt

TOKEN_BYTES = 32
NO_DIGEST = bytes(crypto.BLIND_INDEX_BYTES * 2)
"""Digest of nothing that anybody could send."""
SECRET_BYTES = 32
LONGEST_CLIENT_ID = 64
LONGEST_CLIENT_NAME = 128
CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""No colon: HTTP Basic ends the id with it."""


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


class ClientNotFound(NotFound):
    """
    No client has this id.
    """

    code = "client_not_found"
    message = _("没有这个客户端")


class ClientIdTaken(Conflict):
    """
    Another client has this id, or had it; ids are never used twice.
    """

    code = "client_id_taken"
    message = _("客户端标识已被使用")


class Owner(TypedDict, total=False):
    """
    Whose token it is: one of the two.
    """

    account: Account
    client: Client


@business_transaction
def create_client(
    *,
    client_id: str,
    name: str,
    scopes: Collection[str],
    agency_code: str,
    division_code: str,
    actor: Actor,
    at: datetime,
    expires_at: datetime | None = None,
    networks: Collection[str] = (),
) -> ClientReceipt:
    """
    Let another system in. The secret is in the receipt and nowhere else.

    :param scopes: the most a token of this client may carry, of `Scope`
    :param networks: where it may come from, addresses or CIDR; empty: from anywhere
    :raises NotPermitted: the actor is not an operator
    :raises InvalidInput: no such scope, an id that is none, or no network
    :raises ClientIdTaken: there is, or was, such a client
    """
    permissions.operate.require(actor)
    _check_client(client_id=client_id, name=name, scopes=scopes)
    kept = checked_networks(networks)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    try:
        with transaction.atomic():
            Client.objects.create(
                client_id=client_id,
                name=name,
                secret_digest=digest_of_token(secret),
                scopes=sorted(scopes),
                agency_code=agency_code,
                division_code=division_code,
                created_at=at,
                expires_at=expires_at,
                networks=kept,
            )
    except IntegrityError as error:
        raise ClientIdTaken(client_id=client_id) from error
    audit.record(
        action="identity.client.create",
        actor=actor,
        subject=client_id,
        at=at,
        scopes=sorted(scopes),
        networks=kept,
    )
    return ClientReceipt(
        client_id=client_id, client_secret=secret, scopes=tuple(sorted(scopes)), expires_at=expires_at
    )


@business_transaction
def revoke_client(*, client_id: str, actor: Actor, at: datetime) -> ClientFacts:
    """
    Let a system in no more; its tokens end at once. Repeating it changes nothing.

    The id stays taken: the log of what the client did goes on naming it.

    :raises NotPermitted: the actor is not an operator
    :raises ClientNotFound: there is no such client
    """
    permissions.operate.require(actor)
    client = Client.objects.select_for_update().filter(client_id=client_id).first()
    if client is None:
        raise ClientNotFound(client_id=client_id)
    if client.revoked_at is None:
        client.revoked_at = at
        client.save(update_fields=["revoked_at"])
        audit.record(action="identity.client.revoke", actor=actor, subject=client_id, at=at)
    return client_facts(client)


def checked_networks(networks: Collection[str]) -> list[str]:
    """
    Return networks as they are kept: CIDR, each once.

    :raises InvalidInput: one of them is none
    """
    try:
        return rules.normal_networks(networks)
    except ValueError as error:
        raise InvalidInput(fields={"networks": _("请填写 IP 地址或网段，例如 10.0.0.0/8")}) from error


def _check_client(*, client_id: str, name: str, scopes: Collection[str]) -> None:
    wrong: dict[str, Text] = {}
    if CLIENT_ID.fullmatch(client_id) is None:
        wrong["client_id"] = _("客户端标识应为 1 至 64 个字母、数字、点、下划线或连字符")
    if not 1 <= len(name.strip()) <= LONGEST_CLIENT_NAME:
        wrong["name"] = _("请填写名称，不超过 128 个字")
    if unknown := sorted(set(scopes) - set(Scope.values)):
        names = {"unknown": ", ".join(unknown), "known": ", ".join(Scope.values)}
        wrong["scope"] = _("没有这个授权范围：%(unknown)s；可用的有：%(known)s") % names
    if wrong:
        raise InvalidInput(fields=wrong)


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
    require_complete(account_id=known.account_id, code=code, actor=actor, at=at)
    account = Account.objects.select_related("person").get(id=known.account_id)
    if mandate_id is not None:
        _require_mandate(mandate_id, account=account, at=at)
    return _issue(
        owner={"account": account},
        epoch=account.session_epoch,
        scopes=(),
        actor=actor,
        at=at,
        mandate_id=mandate_id,
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
