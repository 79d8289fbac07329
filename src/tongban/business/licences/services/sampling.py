"""
The sampling check of a batch, and disputed rows: a person compares, decides, and signs for it.
"""

import uuid
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.models import StockBatch, StockLicence
from tongban.business.licences.permissions import StockNotFound
from tongban.business.licences.services.stock_keeping import StockDecided, end_batch, held_batch
from tongban.business.licences.values import TAKEABLE, BatchState, StockProblem, StockState
from tongban.foundation import audit, jobs
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput

LONGEST_NOTE: Final = 500


@business_transaction
def check_sampled(*, row_id: uuid.UUID, is_right: bool, note: str, actor: Actor, at: datetime) -> BatchState:
    """
    Say of a row of the sample whether it says what the original or its scan says.

    With the last one the batch is judged: enough right ones, and it is taken in; too few, and all of it is sent back.

    :param note: what differs; needed where something does
    :raises NotPermitted: the actor does not check samples, or has brought the batch himself
    :raises StockNotFound: there is no such row
    :raises StockDecided: it is not in the sample, was checked before, or the batch is judged
    :raises InvalidInput: what differs is not said, or at too great length
    """
    batch, row = _held(row_id, actor)
    permissions.check_sample.require(actor, brought_by=batch.brought_by)
    if not is_right and not note.strip():
        raise InvalidInput(fields={"note": _("请写明不符之处")})
    if len(note.strip()) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("不能超过 500 字")})
    if batch.state != BatchState.SAMPLING or not row.is_sampled or row.is_right is not None:
        raise StockDecided
    row.is_right, row.note, row.checked_by, row.checked_at = is_right, note.strip(), actor.id, at
    row.save(update_fields=["is_right", "note", "checked_by", "checked_at"])
    batch.checked += 1
    batch.right += is_right
    batch.save(update_fields=["checked", "right"])
    audit.record(
        action="licences.stock.check",
        actor=actor,
        subject=str(batch.id),
        at=at,
        line=row.line,
        is_right=is_right,
    )
    if batch.checked == batch.sampled:
        _judge(batch, actor=actor, at=at)
    return BatchState(batch.state)


@business_transaction
def decide_disputed(*, row_id: uuid.UUID, is_taken: bool, actor: Actor, at: datetime) -> StockState:
    """
    Decide about a row that says something else than the library, after somebody has looked at papers.

    Taken: it goes in with its batch, or at once where the batch is done; what stands in the library under the same
    number, or as the holder's only licence of the type, becomes the version before it.

    :raises NotPermitted: the actor does not keep the directory
    :raises StockNotFound: there is no such row
    :raises StockDecided: it was decided about before, or cannot be taken in
    """
    batch, row = _held(row_id, actor)
    permissions.decide_stock.require(actor)
    if row.state != StockState.DISPUTED or (is_taken and row.problem not in TAKEABLE):
        raise StockDecided
    row.decided_by, row.decided_at = actor.id, at
    if is_taken:
        row.state, row.is_settled = StockState.READY, True
    else:
        row.state, row.problem, row.content = StockState.REFUSED, StockProblem.BY_STEWARD, None
        row.holder_index = None
    row.save()
    audit.record(
        action="licences.stock.decide",
        actor=actor,
        subject=str(batch.id),
        at=at,
        line=row.line,
        is_taken=is_taken,
    )
    if is_taken and batch.state == BatchState.DONE:
        queue_taking(batch)
    return StockState(row.state)


def queue_taking(batch: StockBatch) -> None:
    """
    Let a batch be taken in by its job.
    """
    batch.state = BatchState.TAKING
    batch.save(update_fields=["state"])
    jobs.defer("licences.take_batch_in", once=f"licences.take:{batch.id}", batch_id=str(batch.id))


def _judge(batch: StockBatch, *, actor: Actor, at: datetime) -> None:
    if batch.right * 100 >= batch.wanted_percent * batch.checked:
        queue_taking(batch)
    else:
        end_batch(batch, BatchState.SENT_BACK, actor=actor, at=at)


def _held(row_id: uuid.UUID, actor: Actor) -> tuple[StockBatch, StockLicence]:
    """
    Return a row and its batch, both held, to who may know of them; the batch first, as everywhere.
    """
    row = StockLicence.objects.select_related("batch").filter(id=row_id).first()
    if row is None or not permissions.read_stock.allows(actor, agency_code=row.batch.agency_code):
        raise StockNotFound
    batch = held_batch(row.batch_id)
    return batch, StockLicence.objects.get(id=row_id)
