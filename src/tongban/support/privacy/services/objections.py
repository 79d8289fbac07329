"""
Objecting to a look, and answering: 个人信息保护法 art. 50 (a way to ask for one's rights, and an answer with reasons).
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.rules import implements
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.registers.selectors import UnknownAgency, agency_by_code
from tongban.support.messaging import services as messaging
from tongban.support.privacy import permissions
from tongban.support.privacy.models import Objection
from tongban.support.privacy.selectors.ledger import look as look_of
from tongban.support.privacy.selectors.objections import known_objection
from tongban.support.privacy.services.telling import ANSWERED
from tongban.support.privacy.values import Finding, ObjectionReceipt, ObjectionState

LONGEST_WORDS: Final = 1000
LATE_AT_ONCE: Final = 1000
KEEPER: Final = system_actor("privacy.objections")


class AlreadyObjected(Conflict):
    """
    The person has objected to this look before.
    """

    code = "already_objected"
    message = _("您已对这条记录提出过异议")


class NobodyToAnswer(Conflict):
    """
    No agency made the look: another person did, by a mandate, and the mandate can be revoked.
    """

    code = "nobody_to_answer"
    message = _("这条记录不是机构查看的。如是代理人查看，您可以随时撤销对他的授权")


class AlreadyAnswered(Conflict):
    """
    A colleague has answered in the meantime.
    """

    code = "already_answered"
    message = _("该异议已经答复")


@implements("个人信息保护法-50")
@business_transaction
def raise_objection(
    *, look_id: int, words: str, actor: Actor, at: datetime, calendar: WorkCalendar
) -> ObjectionReceipt:
    """
    Object to a row of one's ledger; the agency that looked has to answer within a term in working days.

    :param look_id: any look of the row
    :param words: what is wrong, in words, at most 1,000 characters; may be empty
    :raises NotFound: the row is none of the actor's ledger
    :raises AlreadyObjected: once is enough
    :raises NobodyToAnswer: no agency looked
    """
    permissions.raise_objection.require(actor)
    if len(words) > LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("请控制在 1000 字以内")})
    look = look_of(look_id=look_id, actor=actor)
    if not look.agency_code:
        raise NobodyToAnswer
    principal_id = str(actor.principal_id)
    due = calendar.add_working_days(civil_date(at), settings.TONGBAN_PRIVACY.answer_within_days)
    try:
        with transaction.atomic():
            objection = Objection.objects.create(
                principal_id=principal_id,
                raised_by=str(actor.person_id),
                look_id=look.id,
                act=look.act,
                day=look.day,
                count=look.count,
                looker_ids=looks.actor_ids_of(look_id=look.id, principal_id=principal_id),
                object_kind=look.thing.kind,
                object_key=look.thing.key,
                label=look.thing.label,
                label_en=look.thing.label_en,
                purpose=look.purpose,
                purpose_words=look.words,
                agency_code=look.agency_code,
                division_code=_division_of(look.agency_code),
                words=words.replace("\0", "").strip(),
                raised_at=at,
                due=due,
            )
    except IntegrityError as error:
        raise AlreadyObjected from error
    audit.record(
        action="privacy.objection.raise", actor=actor, subject=str(objection.id), at=at, look_id=look.id
    )
    return ObjectionReceipt(id=objection.id, due=due)


@implements("个人信息保护法-50")
@business_transaction
def answer_objection(*, objection_id: UUID, finding: str, answer: str, actor: Actor, at: datetime) -> None:
    """
    Answer an objection; the person reads the answer among his messages.

    :param finding: a `Finding`
    :param answer: the reasons, 1 to 1,000 characters; no personal data of the clerk
    :raises NotFound: there is none such, or the actor may not know of it
    :raises NotPermitted: the actor made the look himself
    :raises AlreadyAnswered: a colleague was first
    """
    held = Objection.objects.select_for_update(no_key=True).filter(id=objection_id).first()
    objection = known_objection(held, actor=actor)
    permissions.answer_objection.require(
        actor,
        agency_code=objection.agency_code,
        division_code=objection.division_code,
        looker_ids=objection.looker_ids,
    )
    if objection.state != ObjectionState.OPEN:
        raise AlreadyAnswered
    complaints = {}
    if finding not in Finding.values:
        complaints["finding"] = _("请选择核查结论")
    if not 1 <= len(answer.strip()) <= LONGEST_WORDS:
        complaints["answer"] = _("请写明答复内容，不超过 1000 字")
    if complaints:
        raise InvalidInput(fields=complaints)
    objection.state = ObjectionState.ANSWERED
    objection.finding = finding
    objection.answer = answer.replace("\0", "").strip()
    objection.answered_at = at
    objection.answered_by = actor.id
    objection.save(update_fields=["state", "finding", "answer", "answered_at", "answered_by"])
    audit.record(
        action="privacy.objection.answer", actor=actor, subject=str(objection.id), at=at, finding=finding
    )
    _tell(objection, actor=actor, at=at)


@business_transaction
def escalate_late(*, at: datetime) -> int:
    """
    Put what was not answered in time before the supervisors of the area; return how many.
    """
    late = list(
        Objection.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state=ObjectionState.OPEN, due__lt=civil_date(at), escalated_at__isnull=True)
        .order_by("due", "id")[:LATE_AT_ONCE]
    )
    for objection in late:
        objection.escalated_at = at
        objection.save(update_fields=["escalated_at"])
        audit.record(
            action="privacy.objection.escalate",
            actor=KEEPER,
            subject=str(objection.id),
            at=at,
            agency_code=objection.agency_code,
        )
    return len(late)


def _tell(objection: Objection, *, actor: Actor, at: datetime) -> None:
    # A legal entity has no inbox of its own: whoever objected in its name is told.
    messaging.send_once(
        key=f"objection-answered:{objection.id}",
        template=ANSWERED,
        person_id=objection.raised_by,
        params={
            "day": objection.day.isoformat(),
            "thing": objection.label or objection.object_key,
            "thing_en": objection.label_en or objection.object_key,
            "finding": str(Finding(objection.finding).label),
            "answer": objection.answer or "",
        },
        subject=objection.object_key[:64],
        actor=actor,
        at=at,
    )


def _division_of(agency_code: str) -> str:
    try:
        return agency_by_code(code=agency_code, actor=KEEPER).division_code
    except UnknownAgency:
        node: str = settings.TONGBAN_NODE.division_code
        return node
