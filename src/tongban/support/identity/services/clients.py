"""
系统接入: letting other systems in, new secrets without a break, where they may come from, and who answers for them.
"""

import re
import secrets
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction, require_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.support.identity import permissions, rules
from tongban.support.identity.models import Client, StaffMember
from tongban.support.identity.selectors import client_facts, digest_of_token
from tongban.support.identity.services.fresh_factor import require_second_factor
from tongban.support.identity.values import END_CLIENT, ClientFacts, ClientReceipt, Scope

LONGEST_OVERLAP = timedelta(days=30)
SECRET_BYTES: Final = 32
LONGEST_CLIENT_NAME: Final = 128
CLIENT_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""No colon: HTTP Basic ends the id with it."""


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
    responsible: str = "",
) -> ClientReceipt:
    """
    Let another system in. The secret is in the receipt and nowhere else.

    :param scopes: the most a token of this client may carry, of `Scope`
    :param networks: where it may come from, addresses or CIDR; empty: from anywhere
    :param responsible: staff code of the colleague who answers for it; empty: nobody yet
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: no such scope, an id that is none, no network, or nobody of the agency has this code
    :raises ClientIdTaken: there is, or was, such a client
    """
    permissions.operate.require(actor)
    require_second_factor(actor, at=at)
    _check_client(client_id=client_id, name=name, scopes=scopes)
    kept = _checked_networks(networks)
    member = _member(responsible, agency_code=agency_code) if responsible else None
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
                responsible=member,
                responsible_since=at if member else None,
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
        responsible=responsible,
    )
    return ClientReceipt(
        client_id=client_id, client_secret=secret, scopes=tuple(sorted(scopes)), expires_at=expires_at
    )


@business_transaction
def revoke_client(*, client_id: str, actor: Actor, at: datetime) -> ClientFacts:
    """
    Let a system in no more; its tokens end at once. Repeating it changes nothing.

    The id stays taken: the log of what the client did goes on naming it.

    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ClientNotFound: there is no such client
    """
    permissions.operate.require(actor)
    require_second_factor(actor, at=at)
    client = (
        Client.objects.select_for_update(of=("self",))
        .select_related("responsible")
        .filter(client_id=client_id)
        .first()
    )
    if client is None:
        raise ClientNotFound(client_id=client_id)
    if client.revoked_at is None:
        _revoke(client, actor=actor, at=at)
    return client_facts(client)


@business_transaction
def rotate_client(*, client_id: str, overlap: timedelta, actor: Actor, at: datetime) -> ClientReceipt:
    """
    Give a system a new secret; the one before holds for `overlap` more, so that nothing stands still in between.

    A secret older than that ends now: two hold at most. Tokens that were given out go on until they lapse.

    :param overlap: none: the old secret ends at once, as when it was found on the street
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ClientNotFound: there is no such client, or it was revoked
    :raises InvalidInput: the overlap is longer than thirty days
    """
    permissions.operate.require(actor)
    require_second_factor(actor, at=at)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput(fields={"overlap": _("新旧密钥并用最长 30 天")})
    client = _held(client_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client.old_secret_digest = client.secret_digest if overlap else None
    client.old_secret_until = at + overlap if overlap else None
    client.secret_digest = digest_of_token(secret)
    client.secret_since = at
    client.save(update_fields=["secret_digest", "secret_since", "old_secret_digest", "old_secret_until"])
    audit.record(
        action="identity.client.rotate",
        actor=actor,
        subject=client_id,
        at=at,
        old_until=client.old_secret_until.isoformat() if client.old_secret_until else "",
    )
    return ClientReceipt(
        client_id=client_id,
        client_secret=secret,
        scopes=tuple(client.scopes),
        expires_at=client.expires_at,
    )


@business_transaction
def restrict_client(
    *,
    client_id: str,
    networks: Collection[str],
    expires_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> ClientFacts:
    """
    Say from where a system may come, and until when; tokens it holds obey at once.

    :param networks: addresses or CIDR; empty: from anywhere
    :param expires_at: None: until revoked
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ClientNotFound: there is no such client, or it was revoked
    :raises InvalidInput: one of the networks is none
    """
    permissions.operate.require(actor)
    require_second_factor(actor, at=at)
    kept = _checked_networks(networks)
    client = _held(client_id)
    client.networks, client.expires_at = kept, expires_at
    client.save(update_fields=["networks", "expires_at"])
    audit.record(
        action="identity.client.restrict",
        actor=actor,
        subject=client_id,
        at=at,
        networks=kept,
        expires_at=expires_at.isoformat() if expires_at else "",
    )
    return client_facts(client)


@business_transaction
def assign_client(*, client_id: str, responsible: str, actor: Actor, at: datetime) -> ClientFacts:
    """
    Say which colleague answers for a system from now on.

    What the one before knew of it, he goes on knowing: its secret is due for a change.

    :param responsible: staff code
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises ClientNotFound: there is no such client, or it was revoked
    :raises InvalidInput: nobody who works for the system's agency has this code
    """
    permissions.operate.require(actor)
    require_second_factor(actor, at=at)
    client = _held(client_id)
    _assign(client, _member(responsible, agency_code=client.agency_code), actor=actor, at=at)
    return client_facts(client)


def settle_clients(
    member: StaffMember, *, decided: Mapping[str, str], is_leaving: bool, actor: Actor, at: datetime
) -> None:
    """
    Give every system that somebody answers for to a colleague, or end it: none is left without anybody.

    In the transaction in which he leaves or is transferred, his own row held; for the services of this app only.

    :param decided: by client id, staff code of who answers for it now, or END_CLIENT
    :param is_leaving: False: he goes to another agency, and keeps the systems that belong to none
    :raises InvalidInput: names every system (`clients.<id>`) about which nothing, or nothing possible, was decided
    """
    require_transaction()
    held = Client.objects.select_for_update(of=("self",)).filter(responsible=member, revoked_at__isnull=True)
    if not is_leaving:
        held = held.exclude(agency_code="")
    wrong: dict[str, Text] = {}
    for client in held.order_by("client_id"):
        field, wanted = f"clients.{client.client_id}", decided.get(client.client_id, "")
        if wanted == END_CLIENT:
            _revoke(client, actor=actor, at=at)
        elif not wanted or wanted == member.staff_code:
            wrong[field] = _("请为系统选择新的责任人，或者停用")
        else:
            try:
                successor = _member(wanted, agency_code=client.agency_code, field=field)
            except InvalidInput as error:
                wrong |= error.fields
            else:
                _assign(client, successor, actor=actor, at=at)
    if wrong:
        raise InvalidInput(fields=wrong)


def _held(client_id: str) -> Client:
    held = Client.objects.select_for_update(of=("self",)).select_related("responsible")
    client = held.filter(client_id=client_id, revoked_at__isnull=True).first()
    if client is None:
        raise ClientNotFound(client_id=client_id)
    return client


def _member(staff_code: str, *, agency_code: str, field: str = "responsible") -> StaffMember:
    """
    Return who can answer for a system of this agency, his row held, so that he does not leave meanwhile.

    :raises InvalidInput: nobody who works there has this code
    """
    working = StaffMember.objects.select_for_update(no_key=True).filter(
        staff_code=staff_code.replace("\x00", "").strip(), is_active=True
    )
    if agency_code:
        working = working.filter(agency_code=agency_code)
    member = working.first()
    if member is None:
        raise InvalidInput(fields={field: _("责任人须是该机构在岗的工作人员，请填写人员编码")})
    return member


def _assign(client: Client, member: StaffMember, *, actor: Actor, at: datetime) -> None:
    before = client.responsible.staff_code if client.responsible else ""
    client.responsible, client.responsible_since = member, at
    client.save(update_fields=["responsible", "responsible_since"])
    audit.record(
        action="identity.client.assign",
        actor=actor,
        subject=client.client_id,
        at=at,
        responsible=member.staff_code,
        before=before,
    )


def _revoke(client: Client, *, actor: Actor, at: datetime) -> None:
    client.revoked_at = at
    client.save(update_fields=["revoked_at"])
    audit.record(action="identity.client.revoke", actor=actor, subject=client.client_id, at=at)


def _checked_networks(networks: Collection[str]) -> list[str]:
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
