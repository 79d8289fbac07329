"""
What every step of a batch shares: its row held, its rows compared, its end.
"""

import uuid
from datetime import datetime
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.events import STOCK_TAKEN, StockFact
from tongban.business.licences.models import StockBatch, StockLicence
from tongban.business.licences.permissions import StockNotFound
from tongban.business.licences.values import BatchState, StockProblem, StockState
from tongban.foundation import audit, crypto, events
from tongban.foundation.actors import Actor
from tongban.foundation.errors import Conflict

WAITING: Final = (StockState.READY, StockState.TAKEN, StockState.DISPUTED)
"""States of rows that a later row of the same licence is compared with."""


class StockDecided(Conflict):
    """
    The row was checked or decided about already, or its batch is in a state in which that is not done.
    """

    code = "licence_stock_decided"
    message = _("这一件已经处理过，或者批次当前状态不允许此操作")


def same_digest(written: bytes) -> str:
    """
    Return the keyed digest by which two rows are told to say the same.

    :param written: what a row says, as canonical JSON
    """
    return crypto.blind_index("licences.stock", written.decode()).hex()


def held_batch(batch_id: uuid.UUID) -> StockBatch:
    """
    Return a batch, its row held until the transaction ends.

    :raises StockNotFound: there is none
    """
    batch = StockBatch.objects.select_for_update(no_key=True).filter(id=batch_id).first()
    if batch is None:
        raise StockNotFound
    return batch


def end_batch(batch: StockBatch, state: BatchState, *, actor: Actor, at: datetime) -> None:
    """
    End a batch: done, or sent back. What was not taken in is needed no more, and is forgotten but for its reason.
    """
    batch.state, batch.ended_at = state, at
    batch.save(update_fields=["state", "ended_at"])
    rows = StockLicence.objects.filter(batch=batch)
    if state is BatchState.SENT_BACK:
        waiting = rows.filter(state__in=(StockState.READY, StockState.DISPUTED))
        waiting.update(state=StockState.REFUSED, problem=StockProblem.BATCH_SENT_BACK)
    kept = rows.filter(content__isnull=False).exclude(state=StockState.DISPUTED)
    kept.update(content=None, holder_index=None)
    audit.record(
        action="licences.stock.done" if state is BatchState.DONE else "licences.stock.sent_back",
        actor=actor,
        subject=str(batch.id),
        at=at,
        source=batch.source,
        checked=batch.checked,
        right=batch.right,
    )
    taken = rows.filter(state=StockState.TAKEN).count()
    fact = StockFact(
        batch_id=str(batch.id), source=batch.source, agency_code=batch.agency_code, state=state, taken=taken
    )
    events.announce(topic=STOCK_TAKEN, key=str(batch.id), at=at, payload=fact)
