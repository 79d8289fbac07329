"""
疑义校核: who says that a datum is wrong is answered by its source within a term; what was wrong is told to who used it.

Source: 国发〔2016〕51号 (疑义、错误快速校核机制); 个人信息保护法 art. 46 (the right to have one's data corrected).
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.foundation.worktime import WorkCalendar
from tongban.resources.exchange import ports as exchange
from tongban.resources.registers import permissions, ports, rules
from tongban.resources.registers.events import RECORD_CORRECTED, RecordCorrected
from tongban.resources.registers.models import Batch, DisputeCase, Record, RecordUse
from tongban.resources.registers.services import sending, travelling
from tongban.resources.registers.services.finding import find_record
from tongban.resources.registers.services.pressing import tell_of
from tongban.resources.registers.services.storing import moment, take_rows
from tongban.resources.registers.values import (
    Answered,
    BatchState,
    BatchWay,
    DisputeFiled,
    DisputeState,
    FieldRule,
    Filer,
    Offer,
    RegisterCode,
    User,
    definition,
)

LONGEST_WORDS: Final = 1000


class NothingToDispute(NotFound):
    """
    The register says nothing of that, or the asker may not know that it does.
    """

    code = "register_nothing_to_dispute"
    message = _("基础库中没有可以校核的这项信息")


class AlreadyDisputed(Conflict):
    """
    The same party's dispute of this datum is not answered yet.
    """

    code = "register_already_disputed"
    message = _("您对这项信息提出的校核还在办理中")


class DisputeAnswered(Conflict):
    """
    A colleague has answered in the meantime.
    """

    code = "register_dispute_answered"
    message = _("该校核申请已经答复")


@business_transaction
def file_dispute(
    *,
    register: RegisterCode,
    key: str,
    field: str,
    proposed: str,
    words: str,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
) -> DisputeFiled:
    """
    Say that a datum is wrong. A person may do so of his own record only; its key is not asked of him.

    :param key: of the record, for agencies; left out of account for a person
    :param proposed: what it should be, as far as known
    :param words: what is wrong and by which evidence, 1 to 1,000 characters
    :raises NothingToDispute: the register has no such datum, or not of the person
    :raises AlreadyDisputed: once at a time
    :raises InvalidInput: nothing was said, or the value proposed is not of the field's form
    """
    permissions.file_dispute.require(actor)
    asked = definition(register)
    rule = asked.field(field)
    if rule is None or (actor.is_person and register is not RegisterCode.POPULATION):
        raise NothingToDispute
    words = _words(words)
    wanted = _value(rule, proposed, at=at) if proposed.strip() else ""
    if actor.is_person and actor.person_id:
        key = ports.people().number_of(UUID(actor.person_id)) or ""
    record = find_record(asked, key, at=at) if key else None
    owner_node = travelling.owner_of(record, field) if record is None or field in record.fields else ""
    if not key or (record is None and (actor.is_person or not owner_node)) or _lacks(record, field):
        raise NothingToDispute
    due = calendar.add_working_days(civil_date(at), settings.TONGBAN_REGISTERS.answer_within_days)
    dispute = DisputeCase(
        number=f"JH{civil_date(at):%Y%m%d}{uuid4().hex[:8].upper()}",
        register=register,
        record=record,
        field=field,
        filer=Filer.PERSON if actor.is_person else Filer.AGENCY,
        filer_person_id=UUID(actor.person_id) if actor.is_person and actor.person_id else None,
        filed_by=actor.id,
        filer_agency=actor.agency_code or "",
        owner_agency=record.lineage[field]["s"] if record is not None else "",
        owner_node=owner_node,
        words=words,
        proposed=wanted,
        filed_at=at,
        due=due,
    )
    try:
        with transaction.atomic():
            dispute.save(force_insert=True)
    except IntegrityError as error:
        raise AlreadyDisputed from error
    audit.record(
        action="registers.dispute.file",
        actor=actor,
        subject=dispute.number,
        at=at,
        register=register.value,
        field=field,
    )
    if owner_node:
        travelling.send(dispute, record_key=key, at=at)
    else:
        tell_of(dispute, "FILED", at=at)
    return DisputeFiled(number=dispute.number, due=due)


@business_transaction
def answer_dispute(
    *, number: str, finding: Answered, correction: str, words: str, actor: Actor, at: datetime
) -> None:
    """
    Answer a dispute: the datum is corrected, or stays with a reason.

    :param correction: what is right, where it is corrected
    :param words: the reason, 1 to 1,000 characters; the filer reads it
    :raises NotFound: there is no such dispute
    :raises DisputeAnswered: it is answered already
    :raises InvalidInput: no reason, or no value that the field can have
    """
    dispute = DisputeCase.objects.select_for_update(no_key=True, of=("self",)).filter(number=number).first()
    if dispute is None or dispute.owner_node:
        raise NotFound
    permissions.answer_dispute.require(actor, owner_agency=dispute.owner_agency)
    if dispute.state != DisputeState.OPEN:
        raise DisputeAnswered
    words = _words(words)
    wrong_since = ""
    if finding is Answered.ACCEPT:
        dispute.version, wrong_since = _correct(dispute, correction, actor=actor, at=at)
    dispute.state = DisputeState.ACCEPTED if finding is Answered.ACCEPT else DisputeState.REJECTED
    dispute.answer, dispute.answered_at, dispute.answered_by = words, at, actor.id
    dispute.save(update_fields=["state", "answer", "answered_at", "answered_by", "version"])
    audit.record(
        action="registers.dispute.answer",
        actor=actor,
        subject=dispute.number,
        at=at,
        finding=finding.value,
        field=dispute.field,
    )
    if dispute.asker_node:
        travelling.send_answer(dispute, wrong_since=wrong_since, at=at)
    else:
        tell_of(dispute, "ANSWERED", at=at)


def tell_users(fact: RecordCorrected, *, at: datetime) -> int:
    """
    Tell everybody who used a datum since it was wrong, here; return how many parties. Safe to repeat.
    """
    parties = _uses_of(fact).values_list("agency_code", "actor_kind", "used_by", "authority").distinct()
    users = tuple(
        User(agency_code=agency, actor_kind=kind, actor_id=actor_id, reference=reference)
        for agency, kind, actor_id, reference in parties.order_by("agency_code", "used_by")
    )
    if users:
        ports.tell_users(
            ports.RecordCorrection(
                register=RegisterCode(fact.register),
                record_id=UUID(fact.record_id),
                fields=fact.fields,
                version=fact.version,
                dispute_number=fact.dispute_number,
                users=users,
                at=at,
            )
        )
    return len(users)


def uses_by_nodes(fact: RecordCorrected) -> list[tuple[str, datetime]]:
    """
    Return authority and moment of each use by another node of a datum since it was wrong. One query.
    """
    uses = _uses_of(fact).exclude(node_code="").exclude(authority="")
    return list(uses.values_list("authority", "at"))


def _uses_of(fact: RecordCorrected) -> QuerySet[RecordUse]:
    uses = RecordUse.objects.filter(record_id=fact.record_id, fields__overlap=list(fact.fields))
    if fact.wrong_since:
        uses = uses.filter(at__gte=datetime.fromisoformat(fact.wrong_since))
    return uses


def _lacks(record: Record | None, field: str) -> bool:
    return record is not None and field not in record.fields


def _correct(dispute: DisputeCase, correction: str, *, actor: Actor, at: datetime) -> tuple[int, str]:
    """
    Write down what is right; return the version that says so, and since when the datum was wrong.
    """
    asked = definition(RegisterCode(dispute.register))
    rule = asked.field(dispute.field)
    if rule is None or rule.name == asked.key:
        raise InvalidInput(fields={"correction": _("主键不能更正：请注销这条记录，按正确的主键重新装入")})
    value = _value(rule, correction, at=at)
    record = Record.objects.get(pk=dispute.record_id) if dispute.record_id else None
    if record is None:
        raise NotFound
    wrong_since: str = record.lineage[dispute.field]["t"]
    batch = Batch.objects.create(
        register=dispute.register,
        way=BatchWay.CORRECTION,
        agency_code=dispute.owner_agency,
        node_code=exchange.neighbours().own_code,
        system=dispute.number,
        brought_by_kind=actor.kind.value,
        brought_by=actor.id,
        started_at=at,
        ended_at=at,
        state=BatchState.DONE,
        lines=1,
    )
    key = record.fields[asked.key]
    # The datum is the answering agency's own: its word holds whatever it was appointed for.
    offer = Offer(
        line=1,
        fields={asked.key: key, rule.name: value},
        node_code=batch.node_code,
        confirmed=frozenset({rule.name}),
    )
    chunk = take_rows([offer], batch=batch, at=at)
    batch.save()
    now = Record.objects.get(pk=record.pk)
    if chunk.refused or chunk.waiting or now.fields.get(rule.name) != value or now.version == record.version:
        raise InvalidInput(fields={"correction": _("请填写与现有数据不同的正确值")})
    fact = RecordCorrected(
        register=dispute.register,
        record_id=str(record.pk),
        fields=(rule.name,),
        version=now.version,
        dispute_number=dispute.number,
        wrong_since=wrong_since,
    )
    events.announce(topic=RECORD_CORRECTED, key=str(record.pk), at=at, payload=fact)
    sending.tell_nodes(
        nodes={*_nodes_of(record), dispute.asker_node} - {""},
        record_id=record.pk,
        content=sending.CorrectionSent(
            register=dispute.register,
            record_key=key,
            field=rule.name,
            value=value,
            agency_code=dispute.owner_agency,
            at=moment(at),
            dispute_number=dispute.number,
        ),
        at=at,
    )
    return now.version, wrong_since


def _nodes_of(record: Record) -> set[str]:
    """
    Return the nodes that sent the record or used it.
    """
    used = RecordUse.objects.filter(record_id=record.pk).exclude(node_code="")
    return {*record.feeds, *used.values_list("node_code", flat=True).distinct()}


def _words(words: str) -> str:
    words = words.replace("\0", "").strip()
    if not 1 <= len(words) <= LONGEST_WORDS:
        raise InvalidInput(fields={"words": _("请说明理由，1 至 1000 字")})
    return words


def _value(rule: FieldRule, text: str, *, at: datetime) -> str:
    value = rules.clean_value(rule, text, on=civil_date(at))
    if not value or len(value) > rule.longest:
        raise InvalidInput(fields={"correction": _("不是这个信息项可以有的值")})
    return value
