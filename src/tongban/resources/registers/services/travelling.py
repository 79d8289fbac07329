"""
Disputes between nodes: where a datum came from another node, that node's source answers; who filed is told here.

A dispute goes to the node that brought the datum, from there on where that one had it from another, and the answer goes
back the same way. Who holds no such record at all, because the datum came as an answer, asks the node above.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Meta

from tongban.foundation import audit, events
from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused
from tongban.resources.registers.events import RECORD_CORRECTED, RecordCorrected
from tongban.resources.registers.models import Batch, DisputeCase, Record
from tongban.resources.registers.services.finding import find_record
from tongban.resources.registers.services.pressing import tell_of
from tongban.resources.registers.values import DisputeState, Filer, RegisterCode, definition

DISPUTES: Final = "registers.disputes"
ANSWERS: Final = "registers.dispute_answers"
UNKNOWN_DATUM: Final = "unknown_datum"
NOT_ASKED: Final = "not_asked"
BY_NODE: Final = "node:"
"""Before the code of a node that files a dispute of one of its own."""
NO_SUCH_DATUM: Final = "数源节点的基础库中没有这项信息"
"""Written into the answer, in Chinese as all answers are."""
TAKER: Final = system_actor("registers.disputes")


class DisputeSent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    疑义校核申请 on the wire.
    """

    number: Annotated[str, Meta(min_length=1, max_length=32)]
    register: Annotated[str, Meta(max_length=12)]
    record_key: Annotated[str, Meta(min_length=1, max_length=100)]
    """主键 of the record: personal where the register is."""
    field: Annotated[str, Meta(max_length=40)]
    words: Annotated[str, Meta(max_length=1000)]
    proposed: Annotated[str, Meta(max_length=1000)] = ""
    filer: Filer
    filer_agency: Annotated[str, Meta(max_length=32)] = ""
    due: date
    """答复期限, by the calendar of the node where it was filed."""


class DisputeAnswer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    校核答复 on the wire.
    """

    number: Annotated[str, Meta(min_length=1, max_length=32)]
    state: DisputeState
    answer: Annotated[str, Meta(max_length=1000)]
    owner_agency: Annotated[str, Meta(max_length=32)] = ""
    """Agency that answered."""
    wrong_since: Annotated[str, Meta(max_length=40)] = ""
    """Of a datum that was corrected: since when it was wrong, RFC 3339; empty: not known."""


def contracts() -> tuple[Contract, ...]:
    """
    Return what nodes exchange about disputes.
    """
    return (
        Contract(
            code=DISPUTES,
            title=_("疑义校核申请"),
            shape=DisputeSent,
            direction=Direction.ADDRESSED,
            take=take_disputes,
        ),
        Contract(
            code=ANSWERS,
            title=_("疑义校核答复"),
            shape=DisputeAnswer,
            direction=Direction.ADDRESSED,
            take=take_answers,
        ),
    )


def owner_of(record: Record | None, field: str) -> str:
    """
    Return the node that answers for a datum; empty: this one. Without a record it is the node above, if there is one.
    """
    here = exchange.neighbours()
    if record is None:
        return here.parent.code if here.parent is not None and here.own_key is not None else ""
    batch = Batch.objects.filter(pk=record.lineage[field]["b"]).first()
    node = batch.node_code if batch is not None else ""
    return node if node != here.own_code and here.own_key is not None and here.way_to(node) else ""


def send(dispute: DisputeCase, *, record_key: str, at: datetime) -> None:
    """
    Send a dispute to the node that answers it, in the open transaction.
    """
    streams.publish(
        dataset=DISPUTES,
        key=dispute.number,
        operation=Operation.INSERT,
        content=DisputeSent(
            number=dispute.number,
            register=dispute.register,
            record_key=record_key,
            field=dispute.field,
            words=dispute.words,
            proposed=dispute.proposed,
            filer=Filer(dispute.filer),
            filer_agency=dispute.filer_agency,
            due=dispute.due,
        ),
        at=at,
        to=dispute.owner_node,
    )


def send_answer(dispute: DisputeCase, *, wrong_since: str, at: datetime) -> None:
    """
    Tell the node that asked how a dispute was answered, in the open transaction.
    """
    _send_answer(
        DisputeAnswer(
            number=dispute.number,
            state=DisputeState(dispute.state),
            answer=dispute.answer,
            owner_agency=dispute.owner_agency,
            wrong_since=wrong_since,
        ),
        to=dispute.asker_node,
        at=at,
    )


def _send_answer(answer: DisputeAnswer, *, to: str, at: datetime) -> None:
    streams.publish(
        dataset=ANSWERS, key=answer.number, operation=Operation.UPDATE, content=answer, at=at, to=to
    )


def take_disputes(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Take disputes that other nodes' parties filed of data that came from here.
    """
    refused = [_take(entry, at=at) for entry in entries]
    return [each for each in refused if each is not None]


def _take(entry: Received, *, at: datetime) -> Refused | None:
    sent: DisputeSent = entry.content
    known = DisputeCase.objects.filter(number=sent.number).first()
    if known is not None:
        # The same once more; or a number that is somebody else's.
        return None if known.asker_node == entry.origin else _refused(entry, UNKNOWN_DATUM)
    record = _named(sent, at=at)
    if record is None or sent.field not in record.fields:
        answer = DisputeAnswer(number=sent.number, state=DisputeState.REJECTED, answer=NO_SUCH_DATUM)
        _send_answer(answer, to=entry.origin, at=at)
        return None
    dispute = DisputeCase.objects.create(
        number=sent.number,
        register=sent.register,
        record=record,
        field=sent.field,
        filer=sent.filer,
        filed_by=f"{BY_NODE}{entry.origin}/{sent.number}",
        filer_agency=sent.filer_agency,
        owner_agency=record.lineage[sent.field]["s"],
        owner_node=_further(record, sent.field, asker=entry.origin),
        asker_node=entry.origin,
        words=sent.words,
        proposed=sent.proposed,
        filed_at=at,
        due=sent.due,
    )
    audit.record(
        action="registers.dispute.take",
        actor=TAKER,
        subject=dispute.number,
        at=at,
        node=entry.origin,
        field=dispute.field,
    )
    if dispute.owner_node:
        send(dispute, record_key=sent.record_key, at=at)
    else:
        tell_of(dispute, "FILED", at=at)
    return None


def _named(sent: DisputeSent, *, at: datetime) -> Record | None:
    if sent.register not in RegisterCode.values:
        return None
    try:
        return find_record(definition(RegisterCode(sent.register)), sent.record_key, at=at)
    except InvalidInput:
        return None


def _further(record: Record, field: str, *, asker: str) -> str:
    """
    Return to whom a dispute goes on; never back to who asks: two nodes that have it from each other ask nobody.
    """
    node = owner_of(record, field)
    return "" if node == asker else node


def take_answers(entries: Sequence[Received], _source: str, at: datetime) -> Sequence[Refused]:
    """
    Take answers to disputes that were filed here or went on from here; only of the node that was asked.
    """
    refused = [_take_answer(entry, at=at) for entry in entries]
    return [each for each in refused if each is not None]


def _take_answer(entry: Received, *, at: datetime) -> Refused | None:
    told: DisputeAnswer = entry.content
    dispute = (
        DisputeCase.objects.select_for_update(no_key=True, of=("self",))
        .filter(number=told.number, owner_node=entry.origin)
        .first()
    )
    if dispute is None or told.state == DisputeState.OPEN:
        return _refused(entry, NOT_ASKED)
    if dispute.state != DisputeState.OPEN:
        return None
    dispute.state, dispute.answer, dispute.answered_at = told.state, told.answer, at
    dispute.answered_by = f"{BY_NODE}{entry.origin}"
    dispute.owner_agency = told.owner_agency or dispute.owner_agency
    dispute.save(update_fields=["state", "answer", "answered_at", "answered_by", "owner_agency"])
    audit.record(
        action="registers.dispute.answered_elsewhere",
        actor=TAKER,
        subject=dispute.number,
        at=at,
        node=entry.origin,
        finding=told.state.value,
    )
    if told.state == DisputeState.ACCEPTED and dispute.record is not None:
        _announce(dispute, dispute.record, told, at=at)
    if dispute.asker_node:
        send_answer(dispute, wrong_since=told.wrong_since, at=at)
    else:
        tell_of(dispute, "ANSWERED", at=at)
    return None


def _announce(dispute: DisputeCase, record: Record, told: DisputeAnswer, *, at: datetime) -> None:
    """
    Have everybody told who used the datum here, whichever of the two streams brought what is right first.
    """
    events.announce(
        topic=RECORD_CORRECTED,
        key=str(record.pk),
        at=at,
        payload=RecordCorrected(
            register=dispute.register,
            record_id=str(record.pk),
            fields=(dispute.field,),
            version=record.version,
            dispute_number=dispute.number,
            wrong_since=told.wrong_since,
        ),
    )


def _refused(entry: Received, code: str) -> Refused:
    return Refused(number=entry.number, code=code, text=entry.key)
