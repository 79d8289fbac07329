"""
Letting go of what everybody has: whole months of entries and receipts, and what was noted about them.

An entry goes when it is older than the settings say and every receiver has it, or its stream can tell how everything
stands: whoever then turns up without it is sent a snapshot. A day's comparison begins behind what is gone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import connection, transaction
from django.db.models import F, Min, Value
from django.db.models.functions import Greatest

from tongban.foundation.clock import CHINA
from tongban.foundation.partitions import months_before
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import (
    Batch,
    DayCompared,
    Inbound,
    Position,
    ReceivedError,
    SentError,
    Stream,
)
from tongban.resources.exchange.models.outbound import Snapshot
from tongban.resources.exchange.services import snapshots
from tongban.resources.exchange.services.sending import peers_of

logger = structlog.get_logger(__name__)

PATIENCE: Final = "SET LOCAL lock_timeout = '5s'"
"""Whoever exchanges just now is not made to wait for long; the next night is soon enough."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pruned:
    """
    What is gone.
    """

    months: int
    """Months of entries or receipts."""
    rows: int
    """Notes about batches, errors and days."""


def prune(*, at: datetime, keep: timedelta) -> Pruned:
    """
    Let go of what is older; what somebody still needs stays. Not inside a transaction.

    :param keep: how long everything is kept at least
    """
    before = at - keep
    months = sum(_prune_entries(name) for name in months_before("exchange_entry", before=before))
    months += sum(_prune_receipts(name) for name in months_before("exchange_receipt", before=before))
    rows = 0
    for old in (
        Batch.objects.filter(last_sent_at__lt=before).exclude(answered_at=None),
        SentError.objects.filter(at__lt=before).exclude(mended_by=None),
        ReceivedError.objects.filter(at__lt=before).exclude(mended_by=None),
        Snapshot.objects.filter(finished_at__lt=before),
        DayCompared.objects.filter(day__lt=before.astimezone(CHINA).date()),
    ):
        rows += old.delete()[0]
    if months or rows:
        logger.info("exchange_pruned", months=months, rows=rows)
    return Pruned(months=months, rows=rows)


@transaction.atomic
def _prune_entries(partition: str) -> bool:
    """
    Remove a month, unless somebody needs an entry of it; return whether it is gone.
    """
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        ends = _ends(cursor, partition, "stream_id")
        streams = list(Stream.objects.filter(pk__in=list(ends)))
        if not all(_may_go(stream, ends[stream.pk]) for stream in streams):
            return False
        for stream in streams:
            Stream.objects.filter(pk=stream.pk).update(
                first_kept=Greatest(F("first_kept"), Value(ends[stream.pk] + 1))
            )
        cursor.execute(f'DROP TABLE "{partition}"')
    return True


def _may_go(stream: Stream, number: int) -> bool:
    if snapshots.can_be_taken(stream):
        return True
    receivers = [peer.code for peer in peers_of(stream, ports.neighbours())]
    positions = Position.objects.filter(stream=stream, receiver__in=receivers)
    if positions.count() < len(receivers):
        return False
    least = positions.aggregate(least=Min("number"))["least"]
    return least is None or least >= number


@transaction.atomic
def _prune_receipts(partition: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
        for inbound, number in _ends(cursor, partition, "inbound_id").items():
            Inbound.objects.filter(pk=inbound).update(after=Greatest(F("after"), Value(number)))
        cursor.execute(f'DROP TABLE "{partition}"')
    return True


def _ends(cursor: Any, partition: str, owner: str) -> dict[int, int]:
    cursor.execute(f'SELECT {owner}, max(number) FROM "{partition}" GROUP BY {owner}')  # noqa: S608 -- names only
    return dict(cursor.fetchall())
