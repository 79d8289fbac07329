"""
Mandates of one's own will: offered, accepted or declined.

Source: 民法典 arts. 161, 165: written, with name, matters, extent and term.
"""

import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted, Text
from tongban.foundation.policy import Reason, no
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import own_addresses
from tongban.support.identity.services import Addressee
from tongban.support.identity.values import HighRiskAct
from tongban.support.mandates import permissions, rules
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.selectors.entities import entity as entity_of
from tongban.support.mandates.selectors.reading import addressed_to, state_of
from tongban.support.mandates.services.recording import record_mandate
from tongban.support.mandates.values import (
    EntityStatus,
    Grant,
    LogKind,
    MandateKind,
    MandateReceipt,
    MandateState,
)

OFFERS_A_DAY = 50
DAY = timedelta(days=1)
OPEN = frozenset({MandateState.OFFERED, MandateState.NOT_YET, MandateState.IN_FORCE})
MOST_OPEN = 200


class TooManyOffers(Conflict):
    """
    So many mandates of one grantor are open that somebody should look through them first.
    """

    code = "too_many_mandates"
    message = _("未结束的授权太多，请先清理不再需要的授权")


class OfferClosed(Conflict):
    """
    The offer was answered before, withdrawn, or has lapsed.
    """

    code = "offer_closed"
    message = _("这项授权已经处理过、被收回或者逾期，不能再接受或谢绝")


class GranteeLevelTooLow(NotPermitted):
    """
    Whoever acts for others must be known well enough himself (经办人实名).
    """

    code = "grantee_level_too_low"
    message = _("代他人办事需要更高的实名等级，请先完成认证再接受")


@business_transaction
def offer_mandate(
    *, name: str, number: str, grant: Grant, actor: Actor, at: datetime, entity_id: uuid.UUID | None = None
) -> MandateReceipt:
    """
    Offer somebody a mandate: to act in the actor's own name, or in that of the entity that he represents.

    The grantee is named by his name with ID number or mobile; whether anybody is known by them is not told, now or
    later: only who accepts becomes visible, and he has seen the offer himself.

    :param entity_id: the grantor; None: the actor himself
    :raises FreshCheckNeeded: the actor was not checked anew
    :raises NotPermitted: the actor grants in his own name while he acts for somebody else, his level is too low, or he
        acts for the entity without representing it
    :raises NotFound: there is no such entity that he may know of
    :raises InvalidInput: grantee, functions, items or term are not acceptable; every field at once
    :raises TooManyOffers: too many mandates of this grantor are open
    :raises TooManyRequests: too many offers today
    """
    identity.require_fresh_check(actor, act=HighRiskAct.GRANT_MANDATE, at=at)
    entity = _held_entity(entity_id, actor=actor, at=at) if entity_id else None
    permissions.offer.require(
        actor, for_entity=entity is not None, needed_level=settings.TONGBAN_MANDATES.grantor_level
    )
    whom = _checked(name=name, number=number, grant=grant, on=civil_date(at))
    _require_somebody_else(whom, actor=actor)
    identity.hit_limit(f"mandate-offer:{actor.person_id}", limit=OFFERS_A_DAY, window=DAY, at=at)
    person_id = None if entity else policy.require_person(actor)
    open_now = Mandate.objects.open().filter(grantor_entity=entity, grantor_person_id=person_id)
    if open_now.count() >= MOST_OPEN:
        raise TooManyOffers
    row = make_offer(
        kind=MandateKind.AGENT if entity else MandateKind.RELATIVE,
        grantor={"grantor_entity": entity} if entity else {"grantor_person_id": person_id},
        grantor_masked=entity.name if entity else actor.name,
        whom=whom,
        grant=grant,
        actor=actor,
        at=at,
    )
    return MandateReceipt(mandate_id=row.id, state=MandateState.OFFERED)


def make_offer(
    *,
    kind: MandateKind,
    grantor: dict[str, Any],
    grantor_masked: str,
    whom: Addressee,
    grant: Grant,
    actor: Actor,
    at: datetime,
    **more: Any,
) -> Mandate:
    """
    Return a new offer, written down; for the services of this app only.

    :param grantor: which column names the grantor, and whom
    """
    row = Mandate.objects.create(
        kind=kind,
        **grantor,
        grantor_masked=grantor_masked,
        grantee_name=whom.name,
        grantee_number=whom.number,
        grantee_masked=whom.name_masked,
        grantee_number_masked=whom.number_masked,
        grantee_index=whom.index,
        grantee_name_index=whom.name_index,
        functions=sorted(function.value for function in grant.functions),
        items=None if grant.items is None else list(rules.tidy_items(grant.items)),
        valid_from=grant.valid_from,
        valid_until=grant.valid_until,
        offered_at=at,
        offered_by=actor.id,
        offer_ends_on=civil_date(at) + timedelta(days=settings.TONGBAN_MANDATES.offer_days),
        **more,
    )
    record_mandate(row, LogKind.OFFERED, actor=actor, at=at)
    return row


@business_transaction
def accept_mandate(*, mandate_id: uuid.UUID, actor: Actor, at: datetime) -> MandateReceipt:
    """
    Accept what was offered: the actor can act in the grantor's name from the first day of the term on.

    :raises NotFound: nothing of the kind was offered to the actor
    :raises OfferClosed: answered before, withdrawn or lapsed
    :raises GranteeLevelTooLow: the actor's real-name level does not suffice
    """
    row = _offered(mandate_id, actor=actor, at=at)
    if actor.assurance_level < settings.TONGBAN_MANDATES.agent_level:
        raise GranteeLevelTooLow(needed=settings.TONGBAN_MANDATES.agent_level, present=actor.assurance_level)
    row.grantee_id, row.accepted_at = policy.require_person(actor), at
    row.save(update_fields=["grantee", "accepted_at"])
    record_mandate(row, LogKind.ACCEPTED, actor=actor, at=at)
    return MandateReceipt(mandate_id=row.id, state=state_of(row, on=civil_date(at)))


@business_transaction
def decline_mandate(*, mandate_id: uuid.UUID, actor: Actor, at: datetime) -> MandateReceipt:
    """
    Decline what was offered.

    :raises NotFound: nothing of the kind was offered to the actor
    :raises OfferClosed: answered before, withdrawn or lapsed
    """
    row = _offered(mandate_id, actor=actor, at=at)
    row.declined_at = at
    row.save(update_fields=["declined_at"])
    record_mandate(row, LogKind.DECLINED, actor=actor, at=at)
    return MandateReceipt(mandate_id=row.id, state=MandateState.DECLINED)


def _offered(mandate_id: uuid.UUID, *, actor: Actor, at: datetime) -> Mandate:
    """
    Return an offer to the actor, its row held.
    """
    own = own_addresses(actor=actor)
    row = Mandate.objects.locked().filter(id=mandate_id).first()
    if row is None:
        permissions.answer.refuse(actor, no(Reason.NOT_OWN))
    is_mine = row.grantee_id == own.person_id or (
        row.grantee_id is None and own.are_meant(index=row.grantee_index, name_index=row.grantee_name_index)
    )
    permissions.answer.require(actor, is_addressed=is_mine)
    is_open = addressed_to(own).filter(id=mandate_id).exists()
    if not is_open or state_of(row, on=civil_date(at)) is not MandateState.OFFERED:
        raise OfferClosed(mandate_id=str(mandate_id))
    return row


def _held_entity(entity_id: uuid.UUID, *, actor: Actor, at: datetime) -> LegalEntity:
    known = entity_of(entity_id=entity_id, actor=actor, at=at)
    row = LegalEntity.objects.locked().filter(id=known.id, status=EntityStatus.ACTIVE).first()
    if row is None or row.representative_lost_at is not None:
        raise NotFound(entity_id=str(entity_id))
    permissions.represent_entity.require(actor, entity_id=entity_id, representative_id=row.representative_id)
    return row


def _checked(*, name: str, number: str, grant: Grant, on: date) -> Addressee:
    wrong = complaints_about(grant, on=on)
    try:
        whom = identity.addressee(name=name, number=number, on=on)
    except InvalidInput as error:
        raise InvalidInput(fields={**error.fields, **wrong}) from error
    if wrong:
        raise InvalidInput(fields=wrong)
    return whom


def complaints_about(grant: Grant, *, on: date) -> dict[str, Text]:
    """
    Return what is wrong with what is to be granted: field -> sentence.
    """
    wrong: dict[str, Text] = {}
    if not grant.functions:
        wrong["functions"] = _("请至少选择一项授权事项")
    elif rules.lacks_query(grant.functions):
        wrong["functions"] = _("授权申办、支付或签章的，需要同时授权查询")
    if grant.items is not None:
        if not rules.tidy_items(grant.items):
            wrong["items"] = _("请选择授权办理的事项，或者选择全部事项")
        elif len(grant.items) > rules.MOST_ITEMS or not all(map(rules.is_item, grant.items)):
            wrong["items"] = _("授权的事项有误，请重新选择")
    longest = settings.TONGBAN_MANDATES.longest_days
    if grant.valid_from < on:
        wrong["valid_from"] = _("开始日期不能早于今天")
    elif grant.valid_until is None or grant.valid_until <= grant.valid_from:
        wrong["valid_until"] = _("结束日期不能早于开始日期")
    elif grant.valid_until > rules.last_end(valid_from=grant.valid_from, longest_days=longest):
        wrong["valid_until"] = _("授权期限最长 %(days)s 天") % {"days": longest}
    return wrong


def _require_somebody_else(whom: Addressee, *, actor: Actor) -> None:
    if whom.index in own_addresses(actor=actor).indexes:
        raise InvalidInput(fields={"number": _("不能授权给自己")})
