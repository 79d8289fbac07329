"""
What a clerk writes down: who is whose guardian, and what an elder who is here wants somebody to do for him.

Source: 民法典 arts. 23, 27, 28, 33 (who is guardian), 34 (the guardian acts for the ward), 个人信息保护法 art. 31 (a
guardian consents for a child under fourteen); 国办发〔2020〕45号 (亲友代办 for the elderly).
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor, MandateFunction, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import mask_id
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, RuleViolation
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import contact_of
from tongban.support.identity.values import CodePurpose, CodeReceipt, PersonReceipt
from tongban.support.mandates import permissions, rules
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.services.offering import complaints_about, make_offer
from tongban.support.mandates.services.recording import record_mandate
from tongban.support.mandates.values import (
    Evidence,
    Grant,
    LogKind,
    MandateKind,
    MandateReceipt,
    MandateState,
)

LONGEST_NOTE = 500
GUARDIANS_DO = (MandateFunction.APPLY, MandateFunction.QUERY, MandateFunction.PAY)
OF_PARENTS = frozenset({Evidence.HOUSEHOLD_BOOK, Evidence.BIRTH_CERTIFICATE})
"""Proofs that somebody is a minor's parent; they say nothing of an adult's guardian (民法典 arts. 27, 28)."""
OF_OTHERS = frozenset(
    {Evidence.COURT_JUDGMENT, Evidence.GUARDIAN_DESIGNATION, Evidence.GUARDIANSHIP_AGREEMENT}
)
READER = system_actor("mandates.compare_mobile")


class EvidenceDoesNotFit(RuleViolation):
    """
    An adult has a guardian only by judgment, designation or agreement; a family register does not make one.
    """

    code = "evidence_does_not_fit"
    message = _("成年人的监护须凭人民法院的判决、有关组织的指定或者意定监护协议登记，户口簿等不足以证明")
    clause = "民法典-28"


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """
    An identity card that the clerk has read.
    """

    name: str
    id_number: str
    mobile: str = ""
    """Empty: has none."""
    born_on: date | None = None
    """On a travel permit, whose number does not say it."""

    def __repr__(self) -> str:
        return "Card(…)"


@business_transaction
def establish_guardianship(
    *, guardian: Card, ward: Card, evidence: Evidence, note: str, actor: Actor, at: datetime
) -> MandateReceipt:
    """
    Let a guardian who is at the counter act for his ward, until the ward comes of age or a clerk ends it.

    With this the guardian consents to the handling of the ward's data. Repeating it changes nothing.

    :param note: which document: number, date, who issued it; sealed
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: a card or the note is not in order; `fields` are guardian.…, ward.…, note
    :raises EvidenceDoesNotFit: the ward is an adult, and the evidence is for minors
    """
    permissions.establish.require(actor)
    if not 1 < len(note.strip()) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("请填写证明文件的名称、编号和日期，不超过 500 字")})
    today = civil_date(at)
    elder = _recorded(guardian, "guardian", actor=actor, at=at)
    ward_born = _born_on(ward, "ward", on=today)
    if rules.adult_on(_born_on(guardian, "guardian", on=today)) > today:
        raise InvalidInput(fields={"guardian.id_number": _("监护人应当年满 18 周岁")})
    until = rules.adult_on(ward_born)
    if until <= today and evidence not in OF_OTHERS:
        raise EvidenceDoesNotFit
    try:
        known = identity.record_ward(
            id_number=ward.id_number, name=ward.name, born_on=ward.born_on, actor=actor, at=at
        )
    except InvalidInput as error:
        raise _about("ward", error) from error
    if known.person_id == elder.person_id:
        raise InvalidInput(fields={"ward.id_number": _("监护人和被监护人不能是同一人")})
    return _keep_guardianship(
        guardian, elder, known, until=until, evidence=evidence, note=note.strip(), actor=actor, at=at
    )


def _keep_guardianship(
    card: Card,
    guardian: PersonReceipt,
    ward: PersonReceipt,
    *,
    until: date,
    evidence: Evidence,
    note: str,
    actor: Actor,
    at: datetime,
) -> MandateReceipt:
    today = civil_date(at)
    parties = {"grantor_person_id": ward.person_id, "grantee_id": guardian.person_id}
    held = Mandate.objects.in_force(on=today).filter(kind=MandateKind.GUARDIAN, **parties).first()
    if held is not None:
        return MandateReceipt(mandate_id=held.id, state=MandateState.IN_FORCE)
    whom = identity.addressee(name=card.name, number=card.id_number, on=today)
    row = Mandate.objects.create(
        kind=MandateKind.GUARDIAN,
        **parties,
        grantor_masked=ward.name_masked,
        grantee_name=whom.name,
        grantee_number=whom.number,
        grantee_masked=whom.name_masked,
        grantee_number_masked=mask_id(card.id_number.strip()),
        grantee_index=whom.index,
        grantee_name_index=whom.name_index,
        functions=sorted(function.value for function in GUARDIANS_DO),
        items=None,
        valid_from=today,
        valid_until=until if until > today else None,
        offered_at=at,
        offered_by=actor.id,
        offer_ends_on=rules.last_end(valid_from=today, longest_days=1),
        accepted_at=at,
        evidence=evidence.value,
        evidence_note=note,
    )
    record_mandate(row, LogKind.ESTABLISHED, actor=actor, at=at)
    return MandateReceipt(mandate_id=row.id, state=MandateState.IN_FORCE)


def request_consent_code(*, elder: Card, actor: Actor, address: str | None, at: datetime) -> CodeReceipt:
    """
    Send a code to the mobile of somebody at the counter who wants a relative to act for him.

    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: card or mobile are not in order, or another mobile is known of this person
    :raises TooManyRequests: a code was just sent, or too many today
    """
    permissions.establish.require(actor)
    _elder(elder, actor=actor, at=at)
    return identity.request_code(
        mobile=elder.mobile, purpose=CodePurpose.GRANT_MANDATE, actor=actor, address=address, at=at
    )


def establish_relative(
    *, elder: Card, relative: Card, code: str, grant: Grant, note: str = "", actor: Actor, at: datetime
) -> MandateReceipt:
    """
    Offer a relative or friend a mandate of somebody who is at the counter and has just read out a code.

    The relative accepts online, or is told at the counter how to. He is named as in any offer.

    :param code: what `request_consent_code` sent to the elder's mobile
    :param note: what the clerk has seen beside the card, e.g. a letter of authority; sealed
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: a card, the code, or what is granted is not in order; `fields` says where
    """
    permissions.establish.require(actor)
    wrong = complaints_about(grant, on=civil_date(at))
    if wrong:
        raise InvalidInput(fields=wrong)
    person = _elder(elder, actor=actor, at=at)
    try:
        whom = identity.addressee(
            name=relative.name, number=relative.id_number or relative.mobile, on=civil_date(at)
        )
    except InvalidInput as error:
        raise _about("relative", error) from error
    if whom.index == identity.addressee(name=elder.name, number=elder.id_number, on=civil_date(at)).index:
        raise InvalidInput(fields={"relative.number": _("不能授权给自己")})
    identity.verify_code(mobile=elder.mobile, purpose=CodePurpose.GRANT_MANDATE, code=code, at=at)
    return _offer(person, whom=whom, grant=grant, note=note.strip(), actor=actor, at=at)


@business_transaction
def _offer(
    person: PersonReceipt,
    *,
    whom: identity.Addressee,
    grant: Grant,
    note: str,
    actor: Actor,
    at: datetime,
) -> MandateReceipt:
    row = make_offer(
        kind=MandateKind.RELATIVE,
        grantor={"grantor_person_id": person.person_id},
        grantor_masked=person.name_masked,
        whom=whom,
        grant=grant,
        actor=actor,
        at=at,
        evidence=Evidence.LETTER_OF_AUTHORITY.value if note else "",
        evidence_note=note[:LONGEST_NOTE] or None,
    )
    return MandateReceipt(mandate_id=row.id, state=MandateState.OFFERED)


def _elder(card: Card, *, actor: Actor, at: datetime) -> PersonReceipt:
    """
    Return who is at the counter; the code goes to the mobile that is known of him, or a clerk could send it to his own.
    """
    if not card.mobile.strip():
        raise InvalidInput(fields={"elder.mobile": _("请填写本人能够接收短信的手机号码")})
    person = _recorded(card, "elder", actor=actor, at=at)
    known = contact_of(person_id=person.person_id, actor=READER).mobile
    if known and known != card.mobile.strip():
        wrong = _("与登记的手机号码不一致，请先为本人修改手机号码")
        raise InvalidInput(fields={"elder.mobile": wrong})
    return person


def _recorded(card: Card, who: str, *, actor: Actor, at: datetime) -> PersonReceipt:
    try:
        return identity.find_or_register_by_counter(
            id_number=card.id_number,
            name=card.name,
            mobile=card.mobile,
            born_on=card.born_on,
            actor=actor,
            at=at,
        )
    except InvalidInput as error:
        raise _about(who, error) from error


def _born_on(card: Card, who: str, *, on: date) -> date:
    try:
        return identity.check_id_number(card.id_number, on=on, born_on=card.born_on).born_on
    except InvalidInput as error:
        raise _about(who, error) from error


def _about(who: str, error: InvalidInput) -> InvalidInput:
    return InvalidInput(fields={f"{who}.{name}": text for name, text in error.fields.items()})
