"""
报送: the stream goes to the parent in batches, as often as it takes.

The parent says after each batch up to which number it has the stream, and that is where the next one begins: whoever
was away, was restored from a backup or joins late is sent what he lacks. Repeating a batch changes nothing.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

import msgspec
import structlog
from django.utils.translation import gettext_lazy as _

from tongban.business.licences import permissions
from tongban.business.licences.models.peers import PeerDay, PeerEntry, PeerFeed
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.services.peer_stream import fill, number_entries
from tongban.business.licences.services.peers.asking import ask_node
from tongban.business.licences.values.peers import (
    Acknowledgement,
    Batch,
    DayCount,
    DaysAnswer,
    DaysQuestion,
    Entry,
    FeedTrouble,
)
from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, UpstreamError
from tongban.support.federation import ports as federation
from tongban.support.federation.values import Provider

logger = structlog.get_logger(__name__)

MOST_ENTRIES: Final = 100
MOST_BYTES: Final = 24_000
"""Of one batch before it is sealed; a message between nodes is at most 64 KB as it is sent."""
SECONDS: Final = 10.0
MOST_BATCHES: Final = 500
"""Of one run; the next one goes on."""
COMPARED_DAYS: Final = 31


class NoParent(Conflict):
    """
    The topology file names no parent, so there is nobody to tell.
    """

    code = "no_parent_node"
    message = _("没有配置上级节点")


def send_to_parent(*, at: datetime, is_due_only: bool = True) -> int:
    """
    Send the parent what it lacks; return how many entries it acknowledged. Nothing where there is no parent.

    :param is_due_only: False: try also while waiting after a failure
    """
    parent = federation.topology().above
    PeerFeed.objects.exclude(receiver=parent.code if parent else "").delete()
    if parent is None:
        return 0
    feed, _is_new = PeerFeed.objects.get_or_create(receiver=parent.code)
    if is_due_only and feed.next_try_at is not None and at < feed.next_try_at:
        return 0
    while not fill(receiver=parent.code, at=at):
        pass
    number_entries(receiver=parent.code)
    begun = position = feed.position
    for _turn in range(MOST_BATCHES):
        entries = _next_entries(position)
        if not entries:
            break
        reached = _send(parent, entries, at=at)
        if reached is None:
            break
        position = reached
    return max(0, position - begun)


def _next_entries(position: int) -> list[Entry]:
    rows = PeerEntry.objects.filter(number__gt=position).order_by("number")[:MOST_ENTRIES]
    entries: list[Entry] = []
    size = 0
    for row in rows:
        entry = Entry(
            number=row.number or 0,
            kind=row.kind,
            written_at=row.written_at,
            content=row.content,
            digest=row.digest,
        )
        size += len(msgspec.json.encode(entry))
        if entries and size > MOST_BYTES:
            break
        entries.append(entry)
    return entries


def _send(parent: Provider, entries: Sequence[Entry], *, at: datetime) -> int | None:
    """
    Send one batch; return the position that the parent says, None where it takes nothing.
    """
    message = msgspec.json.encode(Batch(entries=tuple(entries)))
    try:
        told = ask_node(parent, "entries", message, seconds=SECONDS, at=at)
        acknowledged = msgspec.json.decode(told, type=Acknowledgement)
    except UpstreamError:
        return _failed(parent, FeedTrouble.SILENT, at=at)
    except msgspec.MsgspecError:
        return _failed(parent, FeedTrouble.NOT_UNDERSTOOD, at=at)
    if acknowledged.refusal is not None:
        return _failed(parent, acknowledged.refusal, at=at)
    if acknowledged.position == entries[0].number - 1:
        return _failed(parent, FeedTrouble.NOT_UNDERSTOOD, at=at)
    return _acknowledge(parent, entries, acknowledged, at=at)


@business_transaction
def _acknowledge(
    parent: Provider, entries: Sequence[Entry], acknowledged: Acknowledgement, *, at: datetime
) -> int:
    """
    Write down how far the parent is: behind the batch, or where it says, when it has less than we thought.
    """
    first, last = entries[0].number, entries[-1].number
    feed = PeerFeed.objects.select_for_update(no_key=True).get(receiver=parent.code)
    # It may say more: what it has already is being sent once more.
    feed.position, feed.sent_at = min(acknowledged.position, last), at
    feed.failures, feed.trouble, feed.failing_since, feed.next_try_at = 0, "", None, None
    feed.save(update_fields=["position", "sent_at", "failures", "trouble", "failing_since", "next_try_at"])
    if feed.position < last:
        return feed.position
    problems = {one.number: one.problem for one in acknowledged.rejected}
    PeerEntry.objects.filter(number__range=(first, last)).exclude(problem="").exclude(
        number__in=problems
    ).update(problem="")
    for number, problem in problems.items():
        PeerEntry.objects.filter(number=number).update(problem=problem)
    return last


@business_transaction
def _failed(parent: Provider, trouble: FeedTrouble, *, at: datetime) -> None:
    feed = PeerFeed.objects.select_for_update(no_key=True).get(receiver=parent.code)
    feed.failures += 1
    feed.trouble = trouble
    feed.failing_since = feed.failing_since or at
    feed.next_try_at = at + timedelta(seconds=rules.wait_seconds(feed.failures))
    feed.save(update_fields=["failures", "trouble", "failing_since", "next_try_at"])
    logger.warning("licences_not_sent", parent=parent.code, trouble=trouble.value, failures=feed.failures)


@business_transaction
def replay(*, number: int, actor: Actor, at: datetime) -> None:
    """
    Send the stream once more from a number on, with the next run.

    :raises NoParent: there is nobody to tell
    :raises NotPermitted: the actor does not review the directory
    """
    parent = federation.topology().above
    feed = (
        PeerFeed.objects.select_for_update(no_key=True).filter(receiver=parent.code if parent else "").first()
    )
    if not actor.is_system:
        permissions.review_types.require(actor)
    if feed is None:
        raise NoParent
    feed.position = min(feed.position, max(0, number - 1))
    feed.next_try_at = None
    feed.save(update_fields=["position", "next_try_at"])
    audit.record(
        action="licences.peer.replay", actor=actor, subject=feed.receiver, at=at, position=feed.position
    )


def compare_with_parent(*, at: datetime, days: int = COMPARED_DAYS) -> int:
    """
    对账: compare count and digest per day with the parent; return on how many days they differ.

    Days of which not everything has been acknowledged are left out.

    :raises NoParent: there is nobody to ask
    :raises UpstreamError: the parent does not answer
    """
    parent = federation.topology().above
    feed = PeerFeed.objects.filter(receiver=parent.code).first() if parent else None
    if parent is None or feed is None:
        raise NoParent
    first = civil_date(at) - timedelta(days=days)
    ours = {one.day: one for one in _own_days(first, position=feed.position)}
    if not ours:
        return 0
    question = msgspec.json.encode(DaysQuestion(days=tuple(ours)))
    told = ask_node(parent, "days", question, seconds=SECONDS, at=at)
    theirs = {one.day: one for one in msgspec.json.decode(told, type=DaysAnswer).days}
    rows = [_compared(parent.code, own, theirs.get(day), at=at) for day, own in ours.items()]
    PeerDay.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["receiver", "day"],
        update_fields=["ours", "theirs", "is_equal", "compared_at"],
    )
    return sum(not row.is_equal for row in rows)


def _own_days(first: date, *, position: int) -> list[DayCount]:
    rows = PeerEntry.objects.filter(day__gte=first, number__isnull=False).order_by("number")
    days: dict[date, list[str]] = {}
    late: set[date] = set()
    for day, number, digest in rows.values_list("day", "number", "digest").iterator():
        days.setdefault(day, []).append(digest)
        if (number or 0) > position:
            late.add(day)
    return [
        DayCount(day=day, count=len(digests), digest=rules.day_digest(digests))
        for day, digests in days.items()
        if day not in late
    ]


def _compared(receiver: str, own: DayCount, their: DayCount | None, *, at: datetime) -> PeerDay:
    return PeerDay(
        receiver=receiver,
        day=own.day,
        ours=own.count,
        theirs=their.count if their else 0,
        is_equal=their is not None and (own.count, own.digest) == (their.count, their.digest),
        compared_at=at,
    )


audit.entitle({"licences.peer.replay": _("重新报送证照")})
