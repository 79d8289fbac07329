"""
Where a receiver is, and what keeps it from going on. Pauses grow; one silence holds for all streams of a receiver.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db.models.functions import Coalesce

from tongban.resources.exchange.models import Position
from tongban.resources.exchange.values import FeedTrouble

SHORTEST_WAIT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(minutes=10)
UNTRUSTED_WAIT: Final = timedelta(seconds=15)
"""Trust comes back by a decision of people: nobody is asked meanwhile."""


def go_to(
    position: Position, number: int, chain: bytes, *, numbered_at: datetime | None, at: datetime
) -> None:
    """
    Move a position; whatever kept the receiver from going on is over.
    """
    was_silent = position.trouble == FeedTrouble.SILENT
    if number != position.number:
        position.confirmed_at = at
    position.number, position.chain, position.confirmed_numbering = number, chain, numbered_at
    position.failures, position.failing_since, position.trouble, position.next_try_at = 0, None, "", None
    position.save()
    if was_silent:
        Position.objects.filter(receiver=position.receiver, trouble=FeedTrouble.SILENT).update(
            failures=0, failing_since=None, trouble="", next_try_at=None
        )


def note_trouble(
    position: Position, trouble: FeedTrouble, *, at: datetime, wait: timedelta | None = None
) -> None:
    """
    Let the receiver wait, longer with every failure.

    :param wait: how long it asked for, at least
    """
    position.failures += 1
    position.failing_since = position.failing_since or at
    position.trouble = trouble
    grown = min(SHORTEST_WAIT * 2 ** min(position.failures - 1, 16), LONGEST_WAIT)
    if trouble is FeedTrouble.NOT_TRUSTED:
        grown = UNTRUSTED_WAIT
    position.next_try_at = at + max(min(wait or SHORTEST_WAIT, LONGEST_WAIT), grown)
    position.save()


def note_silence(position: Position, *, at: datetime) -> None:
    """
    Let all streams of a receiver wait that does not answer.
    """
    note_trouble(position, FeedTrouble.SILENT, at=at)
    Position.objects.filter(receiver=position.receiver, trouble__in=("", FeedTrouble.SILENT)).exclude(
        pk=position.pk
    ).update(
        trouble=FeedTrouble.SILENT,
        failures=position.failures,
        failing_since=Coalesce("failing_since", at),
        next_try_at=position.next_try_at,
    )
