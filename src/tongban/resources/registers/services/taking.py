"""
Records and corrections of other nodes.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import events
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused
from tongban.resources.registers.events import (
    CORRECTION_RECEIVED,
    RECORD_CORRECTED,
    CorrectionReceived,
    RecordCorrected,
)
from tongban.resources.registers.models import Batch, Record
from tongban.resources.registers.models.indexes import key_index
from tongban.resources.registers.services.sending import (
    CORRECTIONS,
    RECORDS,
    CorrectionSent,
    RecordSent,
    content_of,
    is_sent_up,
    tell_parent,
)
from tongban.resources.registers.services.storing import take_rows, tell_of_changes
from tongban.resources.registers.values import (
    BatchState,
    BatchWay,
    Offer,
    RecordState,
    RegisterCode,
    RowProblem,
    definition,
)

UNKNOWN_REGISTER: Final = "unknown_register"
BROUGHT_BY: Final = "registers.exchange"


def contracts() -> tuple[Contract, ...]:
    """
    Return what the registers exchange.
    """
    return (
        Contract(
            code=RECORDS,
            title=_("基础信息记录"),
            shape=RecordSent,
            direction=Direction.UP,
            take=take_records,
            is_passed_on=False,  # taken into the own register, whose changes go up themselves
            snapshot=snapshot_of_records,
            sweep=sweep_records,
        ),
        Contract(
            code=CORRECTIONS,
            title=_("基础信息更正"),
            shape=CorrectionSent,
            direction=Direction.ADDRESSED,
            take=take_corrections,
        ),
    )


def take_records(entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
    """
    Take records of a node below into the registers of this one.
    """
    return _by_register(
        entries, lambda each: each.content.register, lambda code, part: _take_part(code, part, source, at)
    )


def snapshot_of_records(after: str, limit: int) -> Sequence[tuple[str, RecordSent]]:
    """
    Return how the registers that go up stand now, a piece at a time in the order of their keys.
    """
    going_up = [code for code in RegisterCode if is_sent_up(definition(code))]
    records = Record.objects.filter(register__in=going_up).exclude(state=RecordState.ENDED).order_by("id")
    if after:
        records = records.filter(id__gt=after)
    return [
        (str(record.id), content_of(record.register, fields=record.fields, lineage=record.lineage))
        for record in records[:limit]
    ]


def sweep_records(source: str, number: int, at: datetime) -> int:
    """
    End what a node told of with a lower number and no other node tells of: it has it no more. The parent is told.
    """
    told = Record.objects.exclude(state=RecordState.ENDED).filter(feeds__has_key=source)
    alone = [
        record.pk
        for record in told.only("id", "feeds").iterator()
        if set(record.feeds) == {source} and record.feeds[source] < number
    ]
    going_up = {code.value for code in RegisterCode if is_sent_up(definition(code))}
    for record in Record.objects.filter(pk__in=alone, register__in=going_up).iterator():
        tell_parent(
            definition(RegisterCode(record.register)),
            record_id=record.id,
            fields=record.fields,
            lineage=record.lineage,
            state=RecordState.ENDED,
            is_new=False,
            at=at,
        )
    ended = Record.objects.filter(pk__in=alone)
    for register, records in Counter(ended.values_list("register", flat=True)).items():
        tell_of_changes(definition(RegisterCode(register)), records, at=at)
    return ended.update(state=RecordState.ENDED, changed_at=at)


def take_corrections(entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
    """
    Take what was corrected elsewhere, where this node has the record; whoever used it here is told.
    """
    for entry in entries:
        content: CorrectionSent = entry.content
        events.announce(
            topic=CORRECTION_RECEIVED,
            key=entry.key,
            at=at,
            payload=CorrectionReceived(
                register=content.register,
                field=content.field,
                dispute_number=content.dispute_number,
                node_code=source,
            ),
        )
    return _by_register(
        entries, lambda each: each.content.register, lambda code, part: _correct_part(code, part, source, at)
    )


def _by_register(
    entries: Sequence[Received],
    code_of: Callable[[Received], str],
    take: Callable[[RegisterCode, list[Received]], list[Refused]],
) -> list[Refused]:
    refused: list[Refused] = []
    for code, part in groupby(entries, key=code_of):
        if code in RegisterCode.values:
            refused += take(RegisterCode(code), list(part))
        else:
            refused += [_unknown(each) for each in part]
    return refused


def _unknown(entry: Received) -> Refused:
    return Refused(number=entry.number, code=UNKNOWN_REGISTER, text=str(_("没有这个基础库")))


def _take_part(code: RegisterCode, part: list[Received], source: str, at: datetime) -> list[Refused]:
    batch = _batch(code, source, BatchWay.EXCHANGE, at=at)
    chunk = take_rows([_offer(each, source) for each in part], batch=batch, at=at)
    _end(batch, len(part), at=at)
    return [
        Refused(number=number, code=problem.lower(), text=str(RowProblem(problem).label))
        for number, problem in chunk.refusals.items()
    ]


def _offer(entry: Received, source: str) -> Offer:
    content: RecordSent = entry.content
    return Offer(
        line=entry.number,
        fields=content.fields,
        node_code=source,
        number=entry.number,
        confirmed=frozenset(name for name, said in content.lineage.items() if said.is_source),
        agencies={name: said.agency_code for name, said in content.lineage.items()},
        times={name: said.at for name, said in content.lineage.items()},
        ends=entry.operation is Operation.DELETE,
    )


def _correct_part(code: RegisterCode, part: list[Received], source: str, at: datetime) -> list[Refused]:
    known = {
        bytes(index)
        for index in Record.objects.filter(
            register=code, key_index__in=[key_index(code, each.content.record_key) for each in part]
        ).values_list("key_index", flat=True)
    }
    here = [each for each in part if bytes(key_index(code, each.content.record_key)) in known]
    if not here:
        return []
    before = {
        bytes(record.key_index): record
        for record in Record.objects.filter(register=code, key_index__in=list(known))
    }
    batch = _batch(code, source, BatchWay.CORRECTION, at=at)
    key = definition(code).key
    take_rows(
        [
            Offer(
                line=each.number,
                fields={key: each.content.record_key, each.content.field: each.content.value},
                node_code=source,
                confirmed=frozenset({each.content.field}),
                agencies={each.content.field: each.content.agency_code},
                times={each.content.field: each.content.at},
            )
            for each in here
        ],
        batch=batch,
        at=at,
    )
    _end(batch, len(here), at=at)
    for each in here:
        _announce(code, each.content, before[bytes(key_index(code, each.content.record_key))], at=at)
    return []


def _announce(code: RegisterCode, content: CorrectionSent, before: Record, *, at: datetime) -> None:
    now = Record.objects.get(pk=before.pk)
    if now.fields.get(content.field) == before.fields.get(content.field):
        return
    events.announce(
        topic=RECORD_CORRECTED,
        key=str(now.pk),
        at=at,
        payload=RecordCorrected(
            register=code.value,
            record_id=str(now.pk),
            fields=(content.field,),
            version=now.version,
            dispute_number=content.dispute_number,
            wrong_since=before.lineage.get(content.field, {}).get("t", ""),
        ),
    )


def _batch(code: RegisterCode, source: str, way: BatchWay, *, at: datetime) -> Batch:
    return Batch.objects.create(
        register=code,
        way=way,
        agency_code="",
        node_code=source,
        brought_by_kind="SYSTEM",
        brought_by=BROUGHT_BY,
        started_at=at,
    )


def _end(batch: Batch, lines: int, *, at: datetime) -> None:
    batch.lines, batch.state, batch.ended_at = lines, BatchState.DONE, at
    batch.save()
