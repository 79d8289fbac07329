"""
People of other nodes and platforms who log in here.

Who is who: a login of another party belongs to an account here by a `Link`, and by nothing else. Where there is none
yet, a node, or a platform that the topology file trusts to name people, may make one (mutual recognition): somebody
who is not known here gets a record of his own, marked with the node his account is at; somebody known under the same
number and another name is refused, because two records may mean two people; somebody who has an account here logs in
to it once, to say that it is he. A linked account (ACCOUNT) opens only what was linked before, and never makes
anybody known.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, Channel, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, NotFound, NotPermitted
from tongban.foundation.kept import keep, kept
from tongban.support.federation import ports, rules
from tongban.support.federation.models import ForeignLogin, Link, PersonKey
from tongban.support.federation.services.nodes import index_of_key, remember_person
from tongban.support.federation.values import Provider, ProviderKind, Told, ToldEntity, Vouched
from tongban.support.identity.selectors import actor_of_person, own_session
from tongban.support.identity.services import (
    BrowserSession,
    LoginExpired,
    act_for,
    believe_level,
    born_on_of,
    certificate_key,
    complete_login,
    end_sign_ins,
    grant_assurance,
    is_account_of,
    is_number_of,
    require_fresh_check,
    revoke_assurance,
    take_over_person,
)
from tongban.support.identity.values import HighRiskAct, SignInReceipt, schemes
from tongban.support.mandates.selectors import choices
from tongban.support.mandates.services import check_if_stale

KEPT = "federation.vouched"
NODE = system_actor("federation.foreign_login")
NATIONAL = schemes()["NATIONAL"]
LONGEST_SUBJECT = 255
LOWEST_LEVEL = 2
"""A node must know the person by at least a data check before this one believes it who he is."""


class NotKnownWellEnough(NotPermitted):
    """
    The other side knows the person by less than a comparison of name and number, or did not say who he is.
    """

    code = "not_known_well_enough"
    message = _("对方提供的实名信息不足，不能用来登录本地。请先在账号所在地完成实名认证")


class NotLinked(NotPermitted):
    """
    Nobody here has linked this account.
    """

    code = "not_linked"
    message = _("这个账号还没有关联。请先用本地账号登录，再到“账号与安全”中关联")


class LinkedElsewhere(Conflict):
    """
    The account is linked to somebody else's here, or one's own to another one of the same party.
    """

    code = "linked_elsewhere"
    message = _("这个账号已关联到其他账号；如需更换，请先解除原来的关联")


class SomebodyElse(Conflict):
    """
    The account over there belongs to another person than the one here.
    """

    code = "somebody_else"
    message = _("对方账号登记的不是您本人，不能关联")


class Acting(StrEnum):
    """
    In whose name a session goes on whose owner acts for a legal person elsewhere.
    """

    IN_ITS_NAME = "IN_ITS_NAME"
    MAY_REGISTER = "MAY_REGISTER"
    """In his own; he represents it, as the other side says, and can register it here."""
    NOT_MANDATED = "NOT_MANDATED"
    """In his own: nobody lets him act for it here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """
    Which account here a login of another party opens.
    """

    account_id: UUID
    is_new: bool


def account_of_node_login(*, node: Provider, subject: str, told: Told, at: datetime) -> Opened:
    """
    Return the account here that a login at another node opens, making the person known where he is not.

    :param told: what the node says with the person's consent
    :raises NotKnownWellEnough: the node knows him by less than a data check
    :raises PersonDisputed: the number is known here under another name
    :raises AccountKnownHere: he has an account here that is not linked yet
    """
    if node.kind is ProviderKind.ACCOUNT or told.level < LOWEST_LEVEL:
        raise NotKnownWellEnough
    link = find_link(provider=node.code, subject=subject)
    if link is not None:
        _note_use(link, told=told, node=node, at=at)
        return Opened(account_id=link.account_id, is_new=False)
    return _take_over(node=node, subject=subject, told=told, at=at)


@business_transaction
def _take_over(*, node: Provider, subject: str, told: Told, at: datetime) -> Opened:
    known = _person_kept_by(node, told=told, at=at)
    if known is not None and known.person_id is not None:
        # The node itself made him known here before, and only its login opens his account.
        _make_link(account_id=UUID(known.id), provider=node, subject=subject, at=at)
        _believe(UUID(known.person_id), told=told, node=node, at=at)
        return Opened(account_id=UUID(known.id), is_new=False)
    taken = take_over_person(
        id_number=told.id_number,
        name=told.name,
        mobile=told.mobile,
        born_on=born_on_of(told.born_on, number=told.id_number),
        source=node.code,
        actor=NODE,
        at=at,
    )
    remember_person(person_id=taken.person_id, at=at, home_code=node.code, region_code=told.region_code)
    Link.objects.create(
        account_id=taken.account_id,
        provider=node.code,
        subject=subject[:LONGEST_SUBJECT],
        linked_at=at,
        used_at=at,
    )
    _believe(taken.person_id, told=told, node=node, at=at)
    return Opened(account_id=taken.account_id, is_new=taken.is_new)


def _person_kept_by(node: Provider, *, told: Told, at: datetime) -> Actor | None:
    """
    Return the person of this number and name whose account this node keeps, as it told us before; else None.
    """
    key = certificate_key(id_number=told.id_number, name=told.name)
    row = PersonKey.objects.filter(certificate_key_index=index_of_key(key), home_code=node.code).first()
    return actor_of_person(person_id=row.person_id, at=at) if row else None


@business_transaction
def _note_use(link: Link, *, told: Told, node: Provider, at: datetime) -> None:
    link.used_at = at
    link.save(update_fields=["used_at"])
    person = getattr(link.account, "person", None)
    if person is not None:
        _believe(person.id, told=told, node=node, at=at)


def _believe(person_id: UUID, *, told: Told, node: Provider, at: datetime) -> None:
    step = NATIONAL.step(str(told.level))
    believe_level(person_id=person_id, level=step.level if step else 0, source=node.code, actor=NODE, at=at)


@business_transaction
def account_of_linked_login(*, provider: Provider, subject: str, at: datetime) -> Opened:
    """
    Return the account here that somebody linked with a login of another platform.

    :raises NotLinked: nobody did
    """
    link = find_link(provider=provider.code, subject=subject)
    if link is None:
        raise NotLinked
    link.used_at = at
    link.save(update_fields=["used_at"])
    return Opened(account_id=link.account_id, is_new=False)


@business_transaction
def link_account(*, provider: Provider, subject: str, told: Told | None, actor: Actor, at: datetime) -> None:
    """
    Link a login of another party to one's own account; proves as much as the party's means gives.

    :param told: who the party says it is; None: it does not say, and then it proves nothing
    :raises NotAuthenticated: nobody is logged in as a person
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    :raises SomebodyElse: the party says that it is another person
    :raises LinkedElsewhere: it is linked to somebody else, or the person to another one
    """
    person_id = policy.require_person(actor)
    require_fresh_check(actor, act=HighRiskAct.LINK_ACCOUNT, at=at)
    account_id = UUID(actor.id)
    if told is not None and not is_account_of(
        account_id=account_id, id_number=told.id_number, name=told.name
    ):
        raise SomebodyElse
    _make_link(account_id=account_id, provider=provider, subject=subject, at=at)
    if told is not None and provider.means:
        grant_assurance(
            person_id=person_id,
            means_code=provider.means,
            evidence_digest=rules.evidence_of(provider.code, subject),
            actor=NODE,
            at=at,
        )
    audit.record(
        action="federation.link.make", actor=actor, subject=str(person_id), at=at, provider=provider.code
    )


@business_transaction
def confirm_node_login(*, node: Provider, subject: str, told: Told, actor: Actor, at: datetime) -> None:
    """
    Say, logged in to one's account here, that a login at another node is one's own too.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises SomebodyElse: the node says that it is another person
    :raises LinkedElsewhere: it is linked to somebody else, or the person to another one
    """
    person_id = policy.require_person(actor)
    account_id = UUID(actor.id)
    if not is_account_of(account_id=account_id, id_number=told.id_number, name=told.name):
        raise SomebodyElse
    _make_link(account_id=account_id, provider=node, subject=subject, at=at)
    audit.record(
        action="federation.link.make", actor=actor, subject=str(person_id), at=at, provider=node.code
    )


@business_transaction
def unlink_account(*, provider_code: str, actor: Actor, at: datetime) -> None:
    """
    Link a login of another party no more; what it proved ends with it.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotLinked: there is no such link
    :raises FreshCheckNeeded: the person was not checked anew a moment ago
    """
    person_id = policy.require_person(actor)
    require_fresh_check(actor, act=HighRiskAct.LINK_ACCOUNT, at=at)
    link = (
        Link.objects.select_for_update()
        .filter(account_id=actor.id, provider=provider_code, unlinked_at__isnull=True)
        .first()
    )
    if link is None:
        raise NotLinked
    link.unlinked_at = at
    link.save(update_fields=["unlinked_at"])
    provider = ports.topology().find(provider_code)
    if provider is not None and provider.means:
        revoke_assurance(person_id=person_id, means_code=provider.means, reason="UNLINKED", actor=NODE, at=at)
    audit.record(
        action="federation.link.end", actor=actor, subject=str(person_id), at=at, provider=provider_code
    )


def keep_vouched(*, session: BrowserSession, vouched: Vouched) -> None:
    """
    Keep a login that another party vouched for, until what this node asks besides was shown.
    """
    keep(session, KEPT, {"vouched": msgspec.json.encode(vouched).decode()})


def take_vouched(*, session: BrowserSession) -> Vouched:
    """
    Return the login that waits in this browser and forget it there.

    :raises LoginExpired: none does
    """
    facts = kept(session, KEPT)
    if not facts:
        raise LoginExpired
    session.pop(KEPT, None)
    return msgspec.json.decode(facts["vouched"], type=Vouched)


@business_transaction
def open_vouched_login(
    *, vouched: Vouched, session: BrowserSession, address: str | None, user_agent: str, at: datetime
) -> SignInReceipt:
    """
    Open the session of a login that another party vouched for; it ends when that party says so.

    :raises LoginExpired: it took too long, or this node still asks for something, e.g. the second factor
    """
    receipt = complete_login(
        pending_id=vouched.pending_id, session=session, address=address, user_agent=user_agent, at=at
    )
    ForeignLogin.objects.create(
        sign_in_id=receipt.sign_in_id,
        provider=vouched.provider,
        subject=vouched.subject[:LONGEST_SUBJECT],
        session=vouched.session[:LONGEST_SUBJECT],
        started_at=at,
    )
    return receipt


def act_as_told(*, entity: ToldEntity, sign_in_id: UUID, at: datetime) -> Acting:
    """
    Let a new session go on in the name in which the person acts elsewhere, where a mandate here lets him.

    What another party says of a mandate makes none here: whom an entity has let act for it, it says at this node.
    """
    opened = own_session(sign_in_id=sign_in_id, channel=Channel.WEB, at=at)
    if opened is None:
        return Acting.NOT_MANDATED
    himself = opened.actor
    found = [
        choice
        for choice in choices(actor=himself, at=at)
        if choice.credit_code == entity.credit_code.strip().upper()
    ]
    if found:
        check_if_stale(mandate_id=found[0].mandate_id, actor=himself, at=at)
        try:
            act_for(sign_in_id=sign_in_id, mandate_id=found[0].mandate_id, actor=himself, at=at)
        except NotFound:  # the register names somebody else by now
            return Acting.NOT_MANDATED
        return Acting.IN_ITS_NAME
    number = entity.representative_number
    own = number and is_number_of(account_id=UUID(himself.id), id_number=number)
    return Acting.MAY_REGISTER if own else Acting.NOT_MANDATED


@business_transaction
def end_foreign_logins(*, provider: Provider, subject: str, session: str, at: datetime) -> int:
    """
    End the logins that another party says are over; return how many were open.

    :param session: empty: every login of the subject
    """
    mine = ForeignLogin.objects.filter(provider=provider.code)
    rows = mine.filter(session=session) if session else mine.filter(subject=subject)
    return end_sign_ins(sign_in_ids=list(rows.values_list("sign_in_id", flat=True)), actor=NODE, at=at)


def find_link(*, provider: str, subject: str) -> Link | None:
    """
    Return the link of a login of another party, or None.
    """
    return (
        Link.objects.select_related("account__person")
        .filter(provider=provider, subject=subject[:LONGEST_SUBJECT], unlinked_at__isnull=True)
        .first()
    )


def _make_link(*, account_id: UUID, provider: Provider, subject: str, at: datetime) -> None:
    existing = find_link(provider=provider.code, subject=subject)
    if existing is not None and existing.account_id == account_id:
        return
    try:
        with transaction.atomic():
            Link.objects.create(
                account_id=account_id, provider=provider.code, subject=subject[:LONGEST_SUBJECT], linked_at=at
            )
    except IntegrityError as error:
        raise LinkedElsewhere from error
