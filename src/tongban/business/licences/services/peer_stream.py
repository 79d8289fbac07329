"""
The stream of this node's licences and types, written with each change while there is a parent to hear of it.

Only the content is written in the transaction of the change, without waiting for anybody. The numbers, without a gap,
are given when entries are sent: whoever changes a licence holds its row, so entries of one licence lie in the order of
its changes.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from tongban.business.licences.models import Licence, LicenceType, LicenceTypeVersion
from tongban.business.licences.models.peers import PeerEntry, PeerFeed
from tongban.business.licences.rules import holder_key
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.selectors.masking import public_name
from tongban.business.licences.values import (
    HolderKind,
    LicenceEventKind,
    LicenceStatus,
    TrustGrade,
    VersionState,
)
from tongban.business.licences.values.peers import EntryKind, LicenceEntry, TypeEntry
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction, require_transaction
from tongban.support.federation import ports as federation

FILLED_AT_ONCE: Final = 200
SAME_TO_OTHERS: Final = frozenset({LicenceEventKind.RENDERED, LicenceEventKind.REMINDED})
"""Events that change nothing of what the parent knows."""

NUMBER: Final = """
UPDATE licences_peerentry SET number = fresh.number FROM (
    SELECT id, (SELECT coalesce(max(number), 0) FROM licences_peerentry) + row_number() OVER (ORDER BY id) AS number
    FROM licences_peerentry WHERE number IS NULL) fresh
WHERE licences_peerentry.id = fresh.id
"""


def write_licence(licence: Licence, kind: LicenceEventKind, *, at: datetime) -> None:
    """
    Write down how a licence stands, in the transaction of its change; nothing where there is no parent.
    """
    require_transaction()
    if kind not in SAME_TO_OTHERS and federation.topology().above is not None:
        _entry(EntryKind.LICENCE, licence.identifier, licence_entry(licence), at=at).save(force_insert=True)


def write_type(kind: LicenceType, *, at: datetime) -> None:
    """
    Write down how a type stands, in the transaction of its change; nothing where there is no parent.
    """
    require_transaction()
    if federation.topology().above is not None:
        _entry(EntryKind.TYPE, kind.code, type_entry(kind), at=at).save(force_insert=True)


def licence_entry(licence: Licence) -> LicenceEntry:
    """
    Return what the parent is told of a licence: what anybody may learn of it, and a key of its holder.
    """
    return LicenceEntry(
        identifier=licence.identifier,
        number=licence.number,
        type_code=licence.type_code,
        type_name=licence.type_name,
        type_name_en=licence.type_name_en,
        version=licence.version,
        issuer_code=licence.issuer_code,
        issuer_name=licence.issuer_name,
        division_code=licence.division_code,
        holder_kind=HolderKind(licence.holder_kind),
        holder_name=public_name(licence),
        holder_key=holder_key(licence.holder_code),
        status=LicenceStatus(licence.status),
        issued_date=civil_date(licence.issued_at),
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
        grade=TrustGrade(licence.grade),
        replaces=licence.replaces,
        is_demonstration=settings.TONGBAN_NODE.is_demo,
    )


def type_entry(kind: LicenceType) -> TypeEntry:
    """
    Return what the parent is told of a type.
    """
    in_force = LicenceTypeVersion.objects.filter(type=kind, state=VersionState.PUBLISHED).first()
    return TypeEntry(
        code=kind.code,
        version=kind.version,
        state=kind.state,
        name=kind.name,
        name_en=kind.name_en,
        defining_body_code=kind.defining_body_code,
        defining_body_name=kind.defining_body_name,
        sharing=kind.sharing,
        items=tuple(kind.items),
        digest=in_force.digest if in_force else "",
    )


@business_transaction
def fill(*, receiver: str, at: datetime) -> bool:
    """
    Write the next licences of before there was a parent; return whether that was all. The first time, types too.

    Their rows are held meanwhile, so that no older state is written after a newer one.
    """
    feed = PeerFeed.objects.select_for_update(no_key=True).get(receiver=receiver)
    if feed.is_filled:
        return True
    entries: list[PeerEntry] = []
    if feed.filled_after is None:
        types = LicenceType.objects.locked().filter(version__gt=0).order_by("code")
        entries += [_entry(EntryKind.TYPE, kind.code, type_entry(kind), at=at) for kind in types]
    rows = Licence.objects.locked().filter(id__gt=feed.filled_after or UUID(int=0)).order_by("id")
    licences = list(rows[:FILLED_AT_ONCE])
    entries += [_entry(EntryKind.LICENCE, one.identifier, licence_entry(one), at=at) for one in licences]
    PeerEntry.objects.bulk_create(entries)
    feed.filled_after = licences[-1].id if licences else feed.filled_after
    feed.is_filled = len(licences) < FILLED_AT_ONCE
    feed.save(update_fields=["filled_after", "is_filled"])
    return feed.is_filled


@business_transaction
def number_entries(*, receiver: str) -> None:
    """
    Give numbers to entries that have none.
    """
    PeerFeed.objects.select_for_update(no_key=True).get(receiver=receiver)
    with connection.cursor() as cursor:
        cursor.execute(NUMBER)


def _entry(kind: EntryKind, subject: str, content: LicenceEntry | TypeEntry, *, at: datetime) -> PeerEntry:
    text = rules.entry_text(content)
    return PeerEntry(
        kind=kind,
        subject=subject,
        content=text,
        digest=rules.entry_digest(kind.value, text),
        written_at=at,
        day=civil_date(at),
    )
