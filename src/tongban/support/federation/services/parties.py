"""
Letting relying parties in and out.
"""

import re
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, Text
from tongban.support.federation import permissions, rules
from tongban.support.federation.models import BearerToken, RelyingParty, RenewalToken
from tongban.support.federation.selectors import party_facts
from tongban.support.federation.values import ClaimScope, PartyFacts, PartyReceipt
from tongban.support.identity.services import require_second_factor
from tongban.support.identity.values import AccountKind

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
SECRET_BYTES = 32
SECRET_PREFIX = "sm3:"  # noqa: S105 -- marks how a secret is kept
LONGEST_NAME = 128
MOST_ADDRESSES = 20
LONGEST_OVERLAP = timedelta(days=7)

ADDRESS_PROBLEMS = {
    "length": _("地址应为 1 至 1000 个字符"),
    "characters": _("地址里有不允许的字符，也不能使用通配符"),
    "host": _("地址应有主机名，不能带用户名"),
    "scheme": _("地址应以 https:// 开头；http:// 只用于本机"),
    "fragment": _("地址不能带 # 片段"),
}


class PartyNotFound(NotFound):
    """
    No relying party has this id.
    """

    code = "relying_party_not_found"
    message = _("没有这个应用")


class PartyIdTaken(Conflict):
    """
    Another relying party has this id, or had it; ids are never used twice.
    """

    code = "relying_party_id_taken"
    message = _("应用标识已被使用")


@business_transaction
def register_party(
    *,
    client_id: str,
    name: str,
    redirect_uris: Collection[str],
    scopes: Collection[str],
    actor: Actor,
    at: datetime,
    account_kinds: Collection[str] = (AccountKind.PERSON.value,),
    post_logout_redirect_uris: Collection[str] = (),
    backchannel_logout_uri: str = "",
    sector: str = "",
    client_type: str = RelyingParty.CLIENT_CONFIDENTIAL,
) -> PartyReceipt:
    """
    Let people log in to another system with their accounts here.

    :param redirect_uris: compared sign by sign; https, or http on the same machine
    :param scopes: the most it may ask for, of `ClaimScope`; "openid" always is
    :param sector: parties that give the same one know a person by the same subject; empty: their host
    :param client_type: "confidential", or "public" for an app that can keep no secret
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises InvalidInput: names the fields that are not acceptable
    :raises PartyIdTaken: there is, or was, such a party
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    wanted = {*scopes, ClaimScope.OPENID.value}
    _check(
        client_id=client_id,
        name=name,
        redirect_uris=redirect_uris,
        others=[*post_logout_redirect_uris, *([backchannel_logout_uri] if backchannel_logout_uri else [])],
        scopes=wanted,
        account_kinds=account_kinds,
        sector=sector,
    )
    is_public = client_type == RelyingParty.CLIENT_PUBLIC
    secret = "" if is_public else secrets.token_urlsafe(SECRET_BYTES)
    try:
        with transaction.atomic():
            RelyingParty.objects.create(
                client_id=client_id,
                name=name.strip(),
                redirect_uris=" ".join(redirect_uris),
                post_logout_redirect_uris=" ".join(post_logout_redirect_uris),
                backchannel_logout_uri=backchannel_logout_uri,
                client_type=client_type,
                authorization_grant_type=RelyingParty.GRANT_AUTHORIZATION_CODE,
                client_secret=digest_of_secret(secret) if secret else "",
                hash_client_secret=False,
                algorithm=RelyingParty.RS256_ALGORITHM,
                scopes=sorted(wanted),
                account_kinds=sorted(account_kinds),
                sector=sector or rules.sector_of(redirect_uris) or client_id,
                created_at=at,
            )
    except IntegrityError as error:
        raise PartyIdTaken(client_id=client_id) from error
    audit.record(
        action="federation.relying_party.register",
        actor=actor,
        subject=client_id,
        at=at,
        redirect_uris=sorted(redirect_uris),
        scopes=sorted(wanted),
        account_kinds=sorted(account_kinds),
    )
    return PartyReceipt(client_id=client_id, client_secret=secret, issuer=issuer())


@business_transaction
def renew_party_secret(
    *, client_id: str, actor: Actor, at: datetime, overlap: timedelta = timedelta()
) -> PartyReceipt:
    """
    Give a relying party a new secret; the old one may be believed beside it for a while, and then no more.

    :param overlap: for how long; at most seven days, none: the old one ends at once
    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises PartyNotFound: there is no such party, or it keeps no secret
    :raises InvalidInput: the overlap is too long
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    party = _locked(client_id)
    if party.client_type == RelyingParty.CLIENT_PUBLIC:
        raise PartyNotFound(client_id=client_id)
    check_overlap(overlap)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    party.old_client_secret = party.client_secret if overlap else ""
    party.old_secret_until = at + overlap if overlap else None
    party.client_secret = digest_of_secret(secret)
    party.save(update_fields=["client_secret", "old_client_secret", "old_secret_until"])
    audit.record(
        action="federation.relying_party.renew_secret",
        actor=actor,
        subject=client_id,
        at=at,
        overlap_hours=int(overlap.total_seconds() // 3600),
    )
    return PartyReceipt(client_id=client_id, client_secret=secret, issuer=issuer())


@business_transaction
def disable_party(*, client_id: str, actor: Actor, at: datetime) -> PartyFacts:
    """
    Let a relying party in no more; its tokens, and the secret it had before, end at once. Repeating it changes nothing.

    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises PartyNotFound: there is no such party
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    party = _locked(client_id)
    if party.disabled_at is None:
        party.disabled_at = at
        party.old_client_secret, party.old_secret_until = "", None
        party.save(update_fields=["disabled_at", "old_client_secret", "old_secret_until"])
        RenewalToken.objects.filter(application=party, revoked__isnull=True).update(revoked=at)
        BearerToken.objects.filter(application=party).delete()
        audit.record(action="federation.relying_party.disable", actor=actor, subject=client_id, at=at)
    return party_facts(party)


@business_transaction
def enable_party(*, client_id: str, actor: Actor, at: datetime) -> PartyFacts:
    """
    Let a relying party in again, by the secret it had; no token comes back. Repeating it changes nothing.

    :raises NotPermitted: the actor is not a system administrator
    :raises SecondFactorNotFresh: he has not shown his second factor of late
    :raises PartyNotFound: there is no such party
    """
    permissions.manage_parties.require(actor)
    require_second_factor(actor, at=at)
    party = _locked(client_id)
    if party.disabled_at is not None:
        party.disabled_at = None
        party.save(update_fields=["disabled_at"])
        audit.record(action="federation.relying_party.enable", actor=actor, subject=client_id, at=at)
    return party_facts(party)


def issuer() -> str:
    """
    Return the name this node signs under: the address people use.
    """
    name: str = settings.TONGBAN_BASE_URL
    return name


def digest_of_secret(secret: str) -> str:
    """
    Return how a secret of our own making is kept: long enough at random for one round of SM3.
    """
    return f"{SECRET_PREFIX}{crypto.sm3(secret.encode()).hex()}"


def check_overlap(overlap: timedelta) -> None:
    """
    Refuse to believe an old secret or key for longer than is needed to exchange it.

    :raises InvalidInput: the overlap is too long
    """
    if not timedelta() <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput(fields={"overlap": _("旧密钥最多再用 7 天")})


def _locked(client_id: str) -> RelyingParty:
    party: RelyingParty | None = RelyingParty.objects.select_for_update().filter(client_id=client_id).first()
    if party is None:
        raise PartyNotFound(client_id=client_id)
    return party


def _check(
    *,
    client_id: str,
    name: str,
    redirect_uris: Collection[str],
    others: Collection[str],
    scopes: Collection[str],
    account_kinds: Collection[str],
    sector: str,
) -> None:
    wrong: dict[str, Text] = {}
    if CLIENT_ID.fullmatch(client_id) is None:
        wrong["client_id"] = _("应用标识应为 1 至 64 个字母、数字、点、下划线或连字符")
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        wrong["name"] = _("请填写名称，不超过 128 个字")
    if not 1 <= len(redirect_uris) <= MOST_ADDRESSES:
        wrong["redirect_uris"] = _("请填写 1 至 20 个回调地址")
    wrong |= wrong_addresses("redirect_uris", redirect_uris) | wrong_addresses("logout_uris", others)
    if unknown := sorted(set(scopes) - set(ClaimScope.values)):
        names = {"unknown": ", ".join(unknown), "known": ", ".join(ClaimScope.values)}
        wrong["scopes"] = _("没有这个授权范围：%(unknown)s；可用的有：%(known)s") % names
    if not account_kinds or not set(account_kinds) <= set(AccountKind.values):
        wrong["account_kinds"] = _("账号类别应为 PERSON 或 STAFF")
    if not sector and rules.sector_of(redirect_uris) is None and redirect_uris:
        wrong["sector"] = _("回调地址有多个主机名，请填写身份标识分区")
    if wrong:
        raise InvalidInput(fields=wrong)


def wrong_addresses(field: str, addresses: Collection[str]) -> dict[str, Text]:
    """
    Return what is wrong with addresses somebody is to be led to, under the name of the field; empty: nothing is.
    """
    problem = next(filter(None, map(rules.redirect_problem, addresses)), None)
    return {field: ADDRESS_PROBLEMS[problem]} if problem else {}
