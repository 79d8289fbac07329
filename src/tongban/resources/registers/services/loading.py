"""
Files into registers: cleaned, matched, merged, in chunks; broken off and begun again, it goes on where it stopped.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.resources.datasets import services as datasets
from tongban.resources.exchange import ports as exchange
from tongban.resources.registers import permissions
from tongban.resources.registers.events import LOAD_FINISHED, LoadFinished
from tongban.resources.registers.models import Agency, Batch, Record, RefusedRow, Source
from tongban.resources.registers.services.files import Row, read_file
from tongban.resources.registers.services.storing import take_rows
from tongban.resources.registers.values import (
    BatchState,
    BatchWay,
    LoadReport,
    Offer,
    RecordState,
    RegisterCode,
    RowProblem,
    SourceRole,
    definition,
)

CHUNK_ROWS: Final = 1000
READ_BYTES: Final = 1 << 20


class UnknownSource(InvalidInput):
    """
    The agency that is said to be the source is none of the register of agencies.
    """

    code = "register_source_unknown"
    message = _("机构名录中没有代码为 %(agency_code)s 的机构")


@business_transaction
def appoint_source(
    *, register: RegisterCode, role: SourceRole, agency_code: str, actor: Actor, at: datetime
) -> None:
    """
    Make an agency the source of the fields of a kind in a register. Doing it again changes nothing.

    :raises UnknownSource: there is no such agency
    """
    permissions.appoint_source.require(actor)
    if not Agency.objects.filter(code=agency_code).exists():
        raise UnknownSource(agency_code=agency_code)
    _source, is_new = Source.objects.get_or_create(
        register=register, role=role, agency_code=agency_code, defaults={"appointed_at": at}
    )
    if is_new:
        audit.record(
            action="registers.source.appoint",
            actor=actor,
            subject=register.value,
            at=at,
            role=role.value,
            agency_code=agency_code,
        )


def load_file(
    *,
    register: RegisterCode,
    path: Path,
    agency_code: str,
    actor: Actor,
    at: datetime,
    system: str = "",
    tell: Callable[[int], None] = lambda _rows: None,
) -> LoadReport:
    """
    Load a file of rows into a register, on behalf of an agency.

    Each chunk is a transaction; the same file of the same agency is loaded once.

    :param agency_code: who says so; fields of which it is not the source never overwrite the source's
    :param system: name of the system it comes from
    :param tell: called with the number of rows read so far
    :raises NotPermitted: the actor may not load for this agency
    :raises UnknownSource: there is no such agency
    :raises RegisterFileUnknown: the file is of no known kind
    :raises RegisterColumnsUnknown: it has columns the register does not have
    """
    permissions.load_register.require(actor, agency_code=agency_code)
    rows = iter(read_file(path, definition(register)))
    # The first row is read before anything is written: a file that is none of the register leaves nothing behind.
    first = list(islice(rows, 1))
    batch = _begin(register, path, agency_code=agency_code, system=system, actor=actor, at=at)
    if batch.state == BatchState.DONE:
        return report_of(batch, is_new=False)
    behind = ((line, row) for line, row in chain(first, rows) if line > batch.lines)
    for chunk in _chunks(behind):
        with transaction.atomic():
            _take_chunk(batch, chunk, at=at)
        tell(batch.lines)
    return _end(batch, actor=actor, at=at)


def report_of(batch: Batch, *, is_new: bool = True) -> LoadReport:
    """
    Return what a load did.
    """
    return LoadReport(
        batch_id=batch.pk,
        register=RegisterCode(batch.register),
        agency_code=batch.agency_code,
        rows=batch.lines,
        created=batch.created,
        changed=batch.changed,
        unchanged=batch.unchanged,
        refused=batch.refused,
        disputed=batch.disputed,
        differences=batch.differences,
        is_new=is_new,
    )


def _begin(
    register: RegisterCode, path: Path, *, agency_code: str, system: str, actor: Actor, at: datetime
) -> Batch:
    agency = Agency.objects.filter(code=agency_code).first()
    if agency is None:
        raise UnknownSource(agency_code=agency_code)
    named = {
        "register": register,
        "agency_code": agency_code,
        "file_digest": _digest(path),
        "way": BatchWay.FILE,
    }
    batch, _is_new = Batch.objects.get_or_create(
        **named,
        defaults={
            "agency_name": agency.name,
            "node_code": exchange.neighbours().own_code,
            "system": system[:100],
            "file_name": path.name[:200],
            "brought_by_kind": actor.kind.value,
            "brought_by": actor.id,
            "started_at": at,
        },
    )
    return batch


def _digest(path: Path) -> str:
    digest = hashlib.new("sm3")
    with path.open("rb") as stream:
        while piece := stream.read(READ_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def _chunks(rows: Iterable[tuple[int, Row]]) -> Iterator[list[tuple[int, Row]]]:
    remaining = iter(rows)
    while chunk := list(islice(remaining, CHUNK_ROWS)):
        yield chunk


def _take_chunk(batch: Batch, chunk: list[tuple[int, Row]], *, at: datetime) -> None:
    unreadable = [
        RefusedRow(batch=batch, line=line, problem=RowProblem.UNREADABLE)
        for line, row in chunk
        if row is None
    ]
    RefusedRow.objects.bulk_create(unreadable)
    batch.refused += len(unreadable)
    offers = [Offer(line=line, fields=row) for line, row in chunk if row is not None]
    take_rows(offers, batch=batch, at=at)
    batch.lines = chunk[-1][0]
    batch.save()


@business_transaction
def _end(batch: Batch, *, actor: Actor, at: datetime) -> LoadReport:
    batch.state, batch.ended_at = BatchState.DONE, at
    batch.save(update_fields=["state", "ended_at"])
    report = report_of(batch)
    facts = {
        name: getattr(report, name)
        for name in ("rows", "created", "changed", "unchanged", "refused", "disputed", "differences")
    }
    audit.record(
        action="registers.register.load",
        actor=actor,
        subject=batch.register,
        at=at,
        batch=batch.pk,
        agency_code=batch.agency_code,
        **facts,
    )
    events.announce(
        topic=LOAD_FINISHED,
        key=batch.register,
        at=at,
        payload=LoadFinished(
            register=batch.register, batch_id=batch.pk, agency_code=batch.agency_code, **facts
        ),
    )
    _note_health(report, at=at)
    return report


def _note_health(report: LoadReport, *, at: datetime) -> None:
    """
    Tell the catalogue of datasets how fresh and how whole the register is.
    """
    datasets.note_load(
        code=definition(report.register).dataset_code,
        rows=Record.objects.filter(register=report.register).exclude(state=RecordState.ENDED).count(),
        filled=1 - report.refused / report.rows if report.rows else None,
        errors=report.refused,
        at=at,
    )
