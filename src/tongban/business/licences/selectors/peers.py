"""
What is known of other nodes' licences and keys.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Count, Max, QuerySet

from tongban.business.licences import permissions
from tongban.business.licences.models.foreign import ForeignUse
from tongban.business.licences.models.peers import (
    PeerKey,
    PeerLicence,
    PeerSource,
    PeerType,
)
from tongban.business.licences.values import LicenceStatus
from tongban.business.licences.values.peers import (
    KEYS_LIVE_DAYS,
    ForeignUseLine,
    KeyLine,
    PeerKeyFacts,
    PeerName,
    SourceLine,
)
from tongban.foundation.actors import Actor
from tongban.foundation.policy import visible_rows
from tongban.resources.exchange import ports as exchange

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


def licence_receiver(*, actor: Actor) -> PeerName | None:
    """
    Return the node that is told of this one's licences; None: there is none. One query.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    parent = exchange.neighbours().parent
    return PeerName(code=parent.code, name=parent.name) if parent is not None else None


def licence_sources(*, actor: Actor) -> list[SourceLine]:
    """
    Return the nodes below whose licences are known here. Three queries.

    :raises NotPermitted: the actor does not keep the directory
    """
    permissions.read_unpublished_types.require(actor)
    licences = _counts(PeerLicence.objects.all())
    types = _counts(PeerType.objects.all())
    return [
        SourceLine(
            node=PeerName(code=row.code, name=row.name),
            received_at=row.received_at,
            licences=licences.get(row.code, 0),
            types=types.get(row.code, 0),
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
