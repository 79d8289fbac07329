"""
Offerings between nodes: what is in use is told upward, so that a province's portal finds what its cities offer.

Whoever finds such an offering there is led to its guide at the node that handles it; nothing is applied for here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue.events import OFFERINGS_TAKEN, OfferingsTaken
from tongban.business.catalogue.models import OfferingBelow, OfferingVersion, ServiceOffering
from tongban.business.catalogue.selectors import SearchDocument, search_documents
from tongban.business.catalogue.values import OfferingState
from tongban.business.catalogue.values.elsewhere import LONGEST_SUMMARY, MOST_NAMES, OfferingEntry
from tongban.foundation import events
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.db import business_transaction
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused
from tongban.support.search import services as search
from tongban.support.search.values import IndexReceipt, SearchKind
from tongban.support.search.values import SearchDocument as IndexDocument

OFFERINGS: Final = "catalogue.offering"
ACTOR: Final = system_actor("catalogue.exchange")
TOLD_AT_ONCE: Final = 200
NUMBER_DIGITS: Final = 19
TOLD: Final = tuple(OfferingEntry.__struct_fields__)
AUDIENCES: Final = (("PERSON", "for_persons"), ("LEGAL", "for_legal_entities"))


def contract() -> Contract:
    """
    Return what is exchanged of the catalogue of items.
    """
    return Contract(
        code=OFFERINGS,
        title=_("实施清单事项"),
        shape=OfferingEntry,
        direction=Direction.UP,
        take=take_offerings,
        is_passed_on=True,
        snapshot=snapshot,
        sweep=sweep,
    )


def tell_offerings(*, at: datetime, codes: tuple[str, ...] | None = None, batch: str | None = None) -> int:
    """
    Tell the node above how offerings stand now; return of how many it was told. Nothing where there is none.

    :param codes: these; else those that one import batch brought
    """
    if exchange.neighbours().parent is None:
        return 0
    if codes is None:
        found = OfferingVersion.objects.filter(batch=batch or "-").order_by("offering_id")
        codes = tuple(found.values_list("offering__code", flat=True))
    return sum(
        _tell(codes[first : first + TOLD_AT_ONCE], at=at) for first in range(0, len(codes), TOLD_AT_ONCE)
    )


def take_offerings(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep what nodes below offer, and have it indexed; an entry older than what was kept changes nothing.
    """
    refused, told = [], {}
    for each in entries:
        problem = _problem(each, source=source)
        if problem:
            refused.append(Refused(number=each.number, code=problem, text=each.content.code))
        else:
            told[each.content.node, each.content.number] = each
    numbers = Q(pk__in=())
    for node in {node for node, _number in told}:
        numbers |= Q(node=node, number__in=[number for of, number in told if of == node])
    known = {(row.node, row.number): row for row in OfferingBelow.objects.filter(numbers)}
    newer = [each for key, each in told.items() if _is_newer(each, known.get(key), source=source)]
    OfferingBelow.objects.bulk_create(
        [_row(each, source=source, at=at) for each in newer],
        update_conflicts=True,
        unique_fields=["node", "number"],
        update_fields=[
            *(name for name in TOLD if name not in ("node", "number")),
            *("is_in_use", "taken_from", "taken_number", "taken_at"),
        ],
    )
    if newer:
        taken = [each.number for each in newer]
        _announce(source, min(taken), max(taken), at=at)
    return refused


def snapshot(after_key: str, limit: int) -> list[tuple[str, OfferingEntry, str]]:
    """
    Return what is in use, here and at nodes below, in the order of keys; this node's code comes before theirs.
    """
    node, _sign, number = after_key.partition(":")
    own, after = exchange.neighbours().own_code, int(number or 0)
    told: list[tuple[str, OfferingEntry, str]] = []
    if node in ("", own):
        rows = ServiceOffering.objects.in_use().filter(id__gt=after).order_by("id")
        codes = tuple(rows.values_list("code", flat=True)[:limit])
        entries = (_entry(offering) for offering in search_documents(actor=ACTOR, codes=codes))
        told = [(_key(entry), entry, own) for entry in entries]
        node, after = own, 2**63 - 1
    below = OfferingBelow.objects.filter(is_in_use=True).filter(
        Q(node__gt=node) | Q(node=node, number__gt=after)
    )
    rest = below.order_by("node", "number")[: limit - len(told)]
    return told + [(_key(entry), entry, entry.node) for entry in map(_entry_of_row, rest)]


def sweep(source: str, number: int, at: datetime) -> int:
    """
    Put out of use what a node told before its snapshot and not with it, and tell it upward.
    """
    gone = OfferingBelow.objects.filter(taken_from=source, taken_number__lt=number, is_in_use=True)
    rows = list(gone.order_by("node", "number"))
    for row in rows:
        entry = _entry_of_row(row)
        streams.publish(
            dataset=OFFERINGS,
            key=_key(entry),
            operation=Operation.DELETE,
            content=entry,
            at=at,
            origin=row.node,
        )
    # All bear the number of the snapshot from now on, by which the index finds them.
    OfferingBelow.objects.filter(pk__in=[row.pk for row in rows]).update(
        is_in_use=False, taken_number=number, taken_at=at
    )
    if rows:
        _announce(source, number, number, at=at)
    return len(rows)


def index_below(*, source: str, first: int, last: int, actor: Actor) -> IndexReceipt:
    """
    Put what a node told into the search index, what is no longer in use as inactive; safe to repeat.

    :param first: number of the first entry
    :param last: number of the last one
    """
    del actor
    rows = OfferingBelow.objects.filter(taken_from=source, taken_number__range=(first, last)).order_by("pk")
    return search.index_documents(_document(row) for row in rows.iterator())


@business_transaction
def _tell(codes: Sequence[str], *, at: datetime) -> int:
    """
    Tell of some, their rows held: so entries of one offering lie in the order of its changes.
    """
    rows = ServiceOffering.objects.filter(code__in=codes).order_by("id").select_for_update(no_key=True)
    held = tuple(rows.values_list("code", flat=True))
    count = 0
    for offering in search_documents(actor=ACTOR, codes=held):
        entry, is_in_use = _entry(offering), offering.state is OfferingState.IN_USE
        count += streams.publish(
            dataset=OFFERINGS,
            key=_key(entry),
            operation=Operation.UPDATE if is_in_use else Operation.DELETE,
            content=entry,
            at=at,
        )
    return count


def _entry(offering: SearchDocument) -> OfferingEntry:
    node = settings.TONGBAN_NODE
    names = (offering.main_item_name, *offering.aliases, *offering.everyday_words)
    return OfferingEntry(
        node=node.division_code,
        node_name=node.name,
        node_name_en=node.name_en,
        number=offering.offering_id,
        code=offering.code,
        name=offering.name,
        name_en=offering.name_en,
        related=tuple(dict.fromkeys(name for name in names if name and name != offering.name))[:MOST_NAMES],
        service_type=offering.service_type,
        agency_code=offering.agency_code,
        agency_name=offering.agency_name,
        division_code=offering.division_code,
        summary=offering.summary[:LONGEST_SUMMARY],
        summary_en=offering.summary_en[:LONGEST_SUMMARY],
        for_persons=offering.for_persons,
        for_legal_entities=offering.for_legal_entities,
        online_grade=offering.online_grade,
        can_apply_online=offering.can_apply_online,
        url=f"{settings.TONGBAN_BASE_URL}/items/{quote(offering.code)}/",
    )


def _entry_of_row(row: OfferingBelow) -> OfferingEntry:
    facts: dict[str, Any] = {name: getattr(row, name) for name in TOLD}
    return OfferingEntry(**{**facts, "related": tuple(row.related)})


def _row(each: Received, *, source: str, at: datetime) -> OfferingBelow:
    content: OfferingEntry = each.content
    facts: dict[str, Any] = {name: getattr(content, name) for name in TOLD}
    return OfferingBelow(
        **{**facts, "related": list(content.related)},
        is_in_use=each.operation is not Operation.DELETE,
        taken_from=source,
        taken_number=each.number,
        taken_at=at,
    )


def _document(row: OfferingBelow) -> IndexDocument:
    return IndexDocument(
        kind=SearchKind.BELOW,
        ref_code=f"{row.node}:{row.number}",
        name=row.name,
        name_en=row.name_en,
        related=tuple(row.related),
        agency_name=row.agency_name,
        agency_code=row.agency_code,
        division_code=row.division_code,
        audiences=tuple(audience for audience, column in AUDIENCES if getattr(row, column)),
        online_depth=row.online_grade,
        body="\n".join(text for text in (row.summary, row.summary_en) if text),
        is_active=row.is_in_use,
    )


def _problem(each: Received, *, source: str) -> str:
    """
    Return why an entry is not taken: a node is believed about itself and the nodes in its area, and about nobody else.
    """
    content: OfferingEntry = each.content
    own = exchange.neighbours().own_code
    if each.origin != content.node or not _is_inside(content.node, own) or content.node == own:
        return "offering_of_other_node"
    if content.node != source and not _is_inside(content.node, source):
        return "offering_of_other_node"
    return "" if _is_inside(content.division_code, content.node) else "offering_outside_area"


def _is_inside(code: str, node: str) -> bool:
    return code.startswith(subtree_prefix(node))


def _is_newer(each: Received, row: OfferingBelow | None, *, source: str) -> bool:
    return row is None or row.taken_from != source or each.number >= row.taken_number


def _key(entry: OfferingEntry) -> str:
    return f"{entry.node}:{entry.number:0{NUMBER_DIGITS}}"


def _announce(source: str, first: int, last: int, *, at: datetime) -> None:
    events.announce(
        topic=OFFERINGS_TAKEN,
        key=source,
        at=at,
        payload=OfferingsTaken(source=source, first=first, last=last),
    )
