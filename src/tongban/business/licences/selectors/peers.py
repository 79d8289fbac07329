"""
What is known of other nodes' licences and keys, and how far this node's own stream has come.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, Min, Q, QuerySet

from tongban.business.licences import permissions
from tongban.business.licences.models.foreign import ForeignUse
from tongban.business.licences.models.peers import (
    PeerDay,
    PeerEntry,
    PeerFeed,
    PeerKey,
    PeerLicence,
    PeerReceipt,
    PeerSource,
    PeerType,
)
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.peers import (
    KEYS_LIVE_DAYS,
    DayLine,
    EntryKind,
    EntryProblem,
    FeedFacts,
    FeedTrouble,
    ForeignUseLine,
    KeyLine,
    PeerKeyFacts,
    PeerName,
    RejectedLine,
    SourceLine,
)
from tongban.foundation.actors import Actor
from tongban.foundation.policy import visible_rows
from tongban.support.federation import ports as federation

MOST_DAYS: Final = 14
MOST_REJECTED: Final = 50
MOST_USES: Final = 100


def peer_keys(*, at: datetime) -> list[PeerKeyFacts]:
    """
    Return the keys of other nodes with which codes are checked now. Public. One query.
    """
    rows = PeerKey.objects.filter(
        not_after__gt=at, fetched_at__gt=at - timedelta(days=KEYS_LIVE_DAYS)
    ).order_by("source", "-not_before", "teller")
    found = {
        row.key_id: PeerKeyFacts(
            key_id=row.key_id,
            point=bytes(row.point),
            not_before=row.not_before,
            not_after=row.not_after,
            node=PeerName(code=row.source, name=row.source_name),
        )
        for row in rows
    }
    return list(found.values())


def licence_feed(*, actor: Actor) -> FeedFacts | None:
    """
    Return how far the stream has come at the parent; None: there is no parent. Two queries.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    parent = federation.topology().above
    if parent is None:
        return None
    feed = PeerFeed.objects.filter(receiver=parent.code).first() or PeerFeed(receiver=parent.code)
    written = PeerEntry.objects.aggregate(
        last=Max("number"), fresh=Count("id", filter=Q(number__isnull=True))
    )
    return FeedFacts(
        parent=PeerName(code=parent.code, name=parent.title),
        position=feed.position,
        written=(written["last"] or 0) + written["fresh"],
        trouble=FeedTrouble(feed.trouble) if feed.trouble else None,
        failing_since=feed.failing_since,
        next_try_at=feed.next_try_at,
        sent_at=feed.sent_at,
        is_filled=feed.is_filled,
    )


def compared_days(*, actor: Actor) -> list[DayLine]:
    """
    Return the days that were compared with the parent last, newest first. Two queries.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    rows = list(PeerDay.objects.filter(receiver=federation.topology().parent).order_by("-day")[:MOST_DAYS])
    firsts = dict(
        PeerEntry.objects.filter(day__in=[row.day for row in rows], number__isnull=False)
        .values_list("day")
        .annotate(first=Min("number"))
        .order_by()
    )
    return [
        DayLine(
            day=row.day,
            ours=row.ours,
            theirs=row.theirs,
            is_equal=row.is_equal,
            compared_at=row.compared_at,
            first=firsts.get(row.day) or 0,
        )
        for row in rows
    ]


def rejected_entries(*, actor: Actor) -> list[RejectedLine]:
    """
    Return entries that the parent did not take, newest first. One query.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    return [
        RejectedLine(
            number=row.number or 0,
            kind=EntryKind(row.kind),
            subject=row.subject,
            problem=EntryProblem(row.problem),
            written_at=row.written_at,
        )
        for row in PeerEntry.objects.exclude(problem="").order_by("-number")[:MOST_REJECTED]
    ]


def licence_sources(*, actor: Actor) -> list[SourceLine]:
    """
    Return the nodes below that report here. Four queries.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    licences = _counts(PeerLicence.objects.all())
    types = _counts(PeerType.objects.all())
    rejected = _counts(PeerReceipt.objects.exclude(problem=""))
    return [
        SourceLine(
            node=PeerName(code=row.code, name=row.name),
            position=row.position,
            received_at=row.received_at,
            licences=licences.get(row.code, 0),
            types=types.get(row.code, 0),
            rejected=rejected.get(row.code, 0),
        )
        for row in PeerSource.objects.order_by("code")
    ]


def key_lines(*, actor: Actor) -> list[KeyLine]:
    """
    Return the nodes whose codes can be checked here. One query.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    rows = PeerKey.objects.values("source", "source_name").annotate(
        keys=Count("key_id", distinct=True), newest=Max("fetched_at")
    )
    return [
        KeyLine(
            node=PeerName(code=row["source"], name=row["source_name"]),
            keys=row["keys"],
            fetched_at=row["newest"],
        )
        for row in rows.order_by("source")
    ]


def may_replay(*, actor: Actor) -> bool:
    """
    Tell whether the actor may have the stream sent once more. No query.
    """
    return permissions.review_types.allows(actor)


def _counts(rows: QuerySet[Any]) -> dict[str, int]:
    return dict(rows.values_list("source").annotate(count=Count("pk")).order_by())


def foreign_uses(*, actor: Actor, case_number: str = "", is_changed: bool = False) -> list[ForeignUseLine]:
    """
    Return the licences of other nodes that cases of the actor's agency or area use, newest first. One query.

    :param case_number: only this case's
    :param is_changed: only those that have changed since and nobody has taken note of it
    """
    reach = permissions.licence_reach(actor)
    rows = ForeignUse.objects.filter(visible_rows(reach, permissions.FOREIGN_COLUMNS))
    if case_number:
        rows = rows.filter(case_number=case_number)
    if is_changed:
        rows = rows.filter(changed_at__isnull=False, seen_at__isnull=True)
    return [
        ForeignUseLine(
            share_id=row.share_id,
            node=PeerName(code=row.source, name=row.source_name),
            identifier=row.identifier,
            number=row.number,
            type_name=row.type_name,
            case_number=row.case_number,
            asked_at=row.asked_at,
            status=LicenceStatus(row.status),
            changed_at=row.changed_at,
            is_seen=row.seen_at is not None,
        )
        for row in rows.order_by("-asked_at", "share_id")[:MOST_USES]
    ]
