"""
Legal entities: registered by their representatives, and looked up in the register again and again.

Source: 国办函〔2016〕108号 五 (法人注册); 民法典 art. 61: whoever the register names represents the entity,
and what he does in its name is the entity's. So the right to represent moves with the entry in the register, and
what the entity has granted to its agents stays the entity's (art. 173 does not name a change of representative).
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events, policy
from tongban.foundation.actors import Actor, PrincipalKind, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import check_social_credit_code, mask_id
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted, Text, UpstreamError
from tongban.support.identity import selectors as identity_selectors
from tongban.support.identity import services as identity
from tongban.support.identity.values import DisclosurePurpose, PersonDetails
from tongban.support.mandates import permissions, rules
from tongban.support.mandates.events import REPRESENTATIVE_CHANGED, RepresentativeChanged
from tongban.support.mandates.models import FUNCTIONS, LegalEntity, Mandate
from tongban.support.mandates.ports import Assertion, RegisterAnswer, ask_register
from tongban.support.mandates.services.recording import end_row, record_entity, record_mandate
from tongban.support.mandates.values import (
    CheckReceipt,
    EndReason,
    EntityFacts,
    EntityKind,
    EntityReceipt,
    EntityStatus,
    HandedOverEntity,
    LogKind,
    MandateKind,
)

REGISTRATIONS_A_DAY = 20
DAY = timedelta(days=1)
LONGEST_NAME = 200
LONGEST_ADDRESS = 200
LEVEL_BY_REGISTER = 2
"""信息比对: the register agrees."""
BY_REGISTER = "REGISTER"
CHECKER = system_actor("mandates.check_entities")
AT_ONCE = 200


class EntityNotConfirmed(Conflict):
    """
    The register does not know such an entity with this representative, or it is deregistered; which, is not told.
    """

    code = "entity_not_confirmed"
    message = _(
        "法人库中没有与您填写的内容一致、由您担任法定代表人（负责人）的单位，请核对统一社会信用代码和名称；"
        "刚刚变更登记的，请在登记机关更新后再试"
    )


class RegisterUnavailable(UpstreamError):
    """
    The register of legal entities did not answer; nothing was changed.
    """

    code = "entity_register_unavailable"
    message = _("法人库暂时无法核验，没有登记，请稍后再试")


def register_entity(
    *, credit_code: str, name: str, address: str = "", actor: Actor, at: datetime
) -> EntityReceipt:
    """
    Register the entity that the actor represents, or take it over where the register names him now.

    Whoever was its representative before loses his right with this; mandates that the entity gave to agents stay.
    Repeating it changes nothing but the date of the check.

    :raises NotPermitted: the actor acts for somebody else, or his real-name level is too low
    :raises InvalidInput: no such code can exist, or the name is missing; every field at once
    :raises EntityNotConfirmed: the register does not agree
    :raises RegisterUnavailable: the register did not answer
    :raises TooManyRequests: too many tries today
    """
    permissions.register_entity.require(actor, needed_level=settings.TONGBAN_MANDATES.representative_level)
    code = _check(credit_code=credit_code, name=name, address=address)
    identity.hit_limit(f"entity:{actor.person_id}", limit=REGISTRATIONS_A_DAY, window=DAY, at=at)
    person = identity.reveal_own(actor=actor, at=at)
    answer = ask_register(
        Assertion(
            credit_code=code,
            name=name.strip(),
            representative_name=person.name,
            representative_number=person.id_number,
        ),
        at=at,
    )
    if answer is RegisterAnswer.UNAVAILABLE:
        raise RegisterUnavailable(credit_code=code)
    if answer is not RegisterAnswer.AGREES:
        _note_refusal(code, answer, actor=actor, at=at)
        raise EntityNotConfirmed(credit_code=code)
    return _write(
        credit_code=code, name=name.strip(), address=address.strip(), person=person, actor=actor, at=at
    )


def _check(*, credit_code: str, name: str, address: str) -> str:
    wrong: dict[str, Text] = {}
    checked = check_social_credit_code(credit_code)
    if not checked.is_valid:
        wrong["credit_code"] = _("统一社会信用代码有误，请核对全部 18 位")
    if not 1 < len(name.strip()) <= LONGEST_NAME:
        wrong["name"] = _("请填写营业执照或登记证书上的单位名称")
    if len(address.strip()) > LONGEST_ADDRESS:
        wrong["address"] = _("住所不能超过 200 个字")
    if wrong:
        raise InvalidInput(fields=wrong)
    return checked.number


@business_transaction
def _note_refusal(credit_code: str, answer: RegisterAnswer, *, actor: Actor, at: datetime) -> None:
    audit.record(
        action="mandates.entity.refuse", actor=actor, subject=credit_code, at=at, answer=answer.value
    )


@business_transaction
def _write(
    *, credit_code: str, name: str, address: str, person: PersonDetails, actor: Actor, at: datetime
) -> EntityReceipt:
    row, is_new = LegalEntity.objects.get_or_create(
        credit_code=credit_code,
        defaults={
            "name": name,
            "kind": rules.entity_kind(credit_code),
            "address": address,
            "representative_id": person.person_id,
            "representative_masked": actor.name,
            "assurance_level": LEVEL_BY_REGISTER,
            "registered_at": at,
            "registered_by": actor.id,
            "checked_at": at,
            "checked_by": BY_REGISTER,
        },
    )
    if is_new:
        record_entity(row, LogKind.REGISTERED, actor=actor, at=at)
        mandate = _give_right(row, person=person, actor=actor, at=at)
        return EntityReceipt(entity_id=row.id, mandate_id=mandate.id, is_new=True)
    row = LegalEntity.objects.locked().get(id=row.id)
    if row.status != EntityStatus.ACTIVE:
        raise EntityNotConfirmed(credit_code=credit_code)
    before_id = row.representative_id
    row.name, row.address = name, address or row.address
    row.representative_id, row.representative_masked = person.person_id, actor.name
    row.representative_lost_at, row.checked_at, row.checked_by = None, at, BY_REGISTER
    row.save()
    held = _right_of(row)
    if held is None or held.grantee_id != person.person_id:
        held = _move_right(row, held, before_id=before_id, person=person, actor=actor, at=at)
    return EntityReceipt(entity_id=row.id, mandate_id=held.id, is_new=False)


def _right_of(row: LegalEntity) -> Mandate | None:
    return (
        Mandate.objects.locked()
        .filter(grantor_entity=row, kind=MandateKind.REPRESENTATIVE, ended_at__isnull=True)
        .first()
    )


def _move_right(
    row: LegalEntity,
    held: Mandate | None,
    *,
    before_id: uuid.UUID,
    person: PersonDetails,
    actor: Actor,
    at: datetime,
) -> Mandate:
    if held is not None:
        end_row(held, EndReason.REPRESENTATIVE_CHANGED, actor=actor, at=at)
    record_entity(row, LogKind.REPRESENTATIVE_CHANGED, actor=actor, at=at)
    fact = RepresentativeChanged(
        entity_id=str(row.id), entity_name=row.name, before_id=str(before_id), after_id=str(person.person_id)
    )
    events.announce(topic=REPRESENTATIVE_CHANGED, key=str(row.id), at=at, payload=fact)
    return _give_right(row, person=person, actor=actor, at=at)


def _give_right(row: LegalEntity, *, person: PersonDetails, actor: Actor, at: datetime) -> Mandate:
    """
    Let the representative act in the entity's name: everything, without term, while the register names him.
    """
    own = identity_selectors.own_addresses(actor=actor)
    mandate = Mandate.objects.create(
        kind=MandateKind.REPRESENTATIVE,
        grantor_entity=row,
        grantor_masked=row.name,
        grantee_id=person.person_id,
        grantee_name=person.name,
        grantee_number=person.id_number,
        grantee_masked=actor.name,
        grantee_number_masked=mask_id(person.id_number),
        grantee_index=own.indexes[0],
        grantee_name_index=own.name_index,
        functions=FUNCTIONS,
        items=None,
        valid_from=civil_date(at),
        valid_until=None,
        offered_at=at,
        offered_by=BY_REGISTER,
        offer_ends_on=civil_date(at) + DAY,
        accepted_at=at,
    )
    record_mandate(mandate, LogKind.ESTABLISHED, actor=actor, at=at)
    return mandate


def check_if_stale(*, mandate_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    """
    Look into the register before a mandate of an entity is used, where the last look was long ago.

    The register not answering changes nothing: the last answer stands, and the nightly job asks again.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = policy.require_person(actor)
    stale_before = at - settings.TONGBAN_MANDATES.check_before_use
    row = LegalEntity.objects.filter(
        id__in=Mandate.objects.open().filter(id=mandate_id, grantee_id=person).values("grantor_entity_id"),
        status=EntityStatus.ACTIVE,
        checked_at__lt=stale_before,
    ).first()
    if row is not None:
        check_entity(entity_id=row.id, actor=actor, at=at)


def check_due_entities(*, at: datetime, limit: int = AT_ONCE) -> int:
    """
    Look into the register for the entities that were looked at longest ago; return how many.

    :param limit: at most this many; the rest comes with the next run
    """
    before = at - settings.TONGBAN_MANDATES.check_every
    due = LegalEntity.objects.filter(status=EntityStatus.ACTIVE, checked_at__lt=before)
    ids = list(due.order_by("checked_at").values_list("id", flat=True)[:limit])
    for entity_id in ids:
        check_entity(entity_id=entity_id, actor=CHECKER, at=at)
    return len(ids)


def check_entity(*, entity_id: uuid.UUID, actor: Actor, at: datetime) -> CheckReceipt:
    """
    Ask the register about an entity anew, and let rights follow what it says.

    :raises NotPermitted: neither the node nor a person asks
    :raises NotFound: there is no such entity
    """
    permissions.check_register.require(actor)
    row = LegalEntity.objects.filter(id=entity_id).first()
    if row is None:
        raise NotFound(entity_id=str(entity_id))
    person = identity.disclose_person(
        person_id=row.representative_id,
        purpose=DisclosurePurpose.REGISTER_CHECK,
        subject=row.credit_code,
        actor=CHECKER,
        at=at,
    )
    answer = ask_register(
        Assertion(
            credit_code=row.credit_code,
            name=row.name,
            representative_name=person.name,
            representative_number=person.id_number,
        ),
        at=at,
    )
    return _follow(entity_id, row.representative_id, answer, actor=actor, at=at)


@business_transaction
def _follow(
    entity_id: uuid.UUID, asked_about: uuid.UUID, answer: RegisterAnswer, *, actor: Actor, at: datetime
) -> CheckReceipt:
    row = LegalEntity.objects.locked().get(id=entity_id)
    if answer is RegisterAnswer.UNAVAILABLE or row.representative_id != asked_about:
        # Nothing was learnt, or somebody else has become the representative while the register thought.
        return CheckReceipt(entity_id=entity_id, answer=answer.value, ended_mandates=0)
    row.checked_at, row.checked_by = at, BY_REGISTER
    ended = 0
    if answer is RegisterAnswer.DEREGISTERED and row.status == EntityStatus.ACTIVE:
        row.status, row.deregistered_at = EntityStatus.DEREGISTERED.value, at
        record_entity(row, LogKind.DEREGISTERED, actor=actor, at=at)
        ended = _end_all(row, actor=actor, at=at)
    elif answer is RegisterAnswer.OTHER_REPRESENTATIVE and row.representative_lost_at is None:
        row.representative_lost_at = at
        record_entity(row, LogKind.REPRESENTATIVE_LOST, actor=actor, at=at)
        held = _right_of(row)
        if held is not None:
            end_row(held, EndReason.REPRESENTATIVE_CHANGED, actor=actor, at=at)
            ended = 1
    elif answer is RegisterAnswer.DIFFERS:
        record_entity(row, LogKind.CHECKED, actor=actor, at=at, reason=answer.value)
    row.save()
    audit.record(
        action="mandates.entity.check", actor=actor, subject=row.credit_code, at=at, answer=answer.value
    )
    return CheckReceipt(entity_id=entity_id, answer=answer.value, ended_mandates=ended)


def _end_all(row: LegalEntity, *, actor: Actor, at: datetime) -> int:
    """
    End everything an entity has granted: it is no more. Source: 民法典 art. 173 (5).
    """
    held = list(Mandate.objects.locked().open().filter(grantor_entity=row).order_by("id"))
    for mandate in held:
        end_row(mandate, EndReason.ENTITY_DEREGISTERED, actor=actor, at=at)
    return len(held)


@business_transaction
def reveal_entity(*, actor: Actor, at: datetime) -> EntityFacts:
    """
    Return what an application in the name of the entity says about it; the representative's name in clear.

    :raises NotPermitted: the actor does not act for an entity, or may not apply for it
    :raises NotFound: the entity is no more
    """
    permissions.reveal_entity.require(actor)
    principal = actor.acting_for
    row = LegalEntity.objects.filter(id=principal.id).first() if principal else None
    if row is None or principal is None or principal.kind is not PrincipalKind.LEGAL_ENTITY:
        raise NotFound
    person = identity.disclose_person(
        person_id=row.representative_id,
        purpose=DisclosurePurpose.REPRESENTATION,
        subject=row.credit_code,
        actor=system_actor("mandates.reveal_entity"),
        at=at,
    )
    audit.record(
        action="mandates.entity.reveal",
        actor=actor,
        subject=row.credit_code,
        at=at,
        mandate_id=principal.mandate_id,
    )
    return EntityFacts(
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        kind=EntityKind(row.kind),
        representative_name=person.name,
        address=row.address or "",
    )


@business_transaction
def hand_over_entity(
    *, entity_id: uuid.UUID, receiver: str, receiver_name: str, actor: Actor, at: datetime
) -> HandedOverEntity:
    """
    Return an entity for a system that somebody logs in to in its name; its representative reads who was told.

    The caller holds the consent of who acts for it, and sees to it that he may.

    :param receiver, receiver_name: id and name of the system
    :raises NotPermitted: anybody but the node asks
    :raises NotFound: there is no such entity, or it is no more
    """
    if not actor.is_system:
        raise NotPermitted
    row = LegalEntity.objects.filter(id=entity_id, status=EntityStatus.ACTIVE).first()
    if row is None:
        raise NotFound
    person = (
        identity.hand_over_person(
            person_id=row.representative_id,
            receiver=receiver,
            receiver_name=receiver_name,
            what=("name", "id_number"),
            actor=actor,
            at=at,
        )
        if row.representative_lost_at is None
        else None
    )
    audit.record(
        action="mandates.entity.hand_over", actor=actor, subject=row.credit_code, at=at, receiver=receiver
    )
    return HandedOverEntity(
        id=row.id,
        credit_code=row.credit_code,
        name=row.name,
        kind=EntityKind(row.kind),
        assurance_level=row.assurance_level,
        representative_name=person.name if person else "",
        representative_id_type=person.id_type.value if person else "",
        representative_number=person.id_number if person else "",
    )
