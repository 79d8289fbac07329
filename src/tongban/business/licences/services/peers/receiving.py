"""
The other end of the stream: what nodes below report is taken into the index, once, in their order.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from django.conf import settings

from tongban.business.licences.models.peers import PeerLicence, PeerReceipt, PeerSource, PeerType
from tongban.business.licences.rules import index_of_holder_key
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.values.peers import (
    Acknowledgement,
    Batch,
    DayCount,
    DaysAnswer,
    DaysQuestion,
    Entry,
    EntryProblem,
    FeedTrouble,
    LicenceEntry,
    Rejected,
    TypeEntry,
)
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.support.federation.values import Provider

Content = LicenceEntry | TypeEntry
Read = Mapping[int, Content | EntryProblem]


@business_transaction
def take_entries(*, node: Provider, batch: Batch, at: datetime) -> Acknowledgement:
    """
    Take a batch of a node's stream into the index, and its position with it; repeating it changes nothing.

    A batch that begins beyond the position, or has a gap, is left alone: the answer says where to go on. What cannot
    be taken is written down and told; the stream goes on.
    """
    if not rules.is_below(node.code, settings.TONGBAN_NODE.division_code):
        return Acknowledgement(position=0, refusal=FeedTrouble.NOT_BELOW)
    PeerSource.objects.get_or_create(code=node.code, defaults={"name": node.name})
    source = PeerSource.objects.select_for_update(no_key=True).get(code=node.code)
    numbers = [entry.number for entry in batch.entries]
    is_whole = bool(numbers) and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    if not is_whole or not 1 <= numbers[0] <= source.position + 1:
        return Acknowledgement(position=source.position)
    problems = _apply(node.code, batch.entries)
    _keep_receipts(node.code, batch.entries, problems)
    source.name, source.position, source.received_at = node.name, max(source.position, numbers[-1]), at
    source.save()
    rejected = tuple(Rejected(number=number, problem=problem) for number, problem in problems.items())
    return Acknowledgement(position=source.position, rejected=rejected)


def count_days(*, node: Provider, question: DaysQuestion) -> DaysAnswer:
    """
    Return what there is of a node's stream for some days. One query.
    """
    rows = PeerReceipt.objects.filter(source=node.code, day__in=question.days).order_by("number")
    days: dict[object, list[str]] = {}
    for day, digest in rows.values_list("day", "digest"):
        days.setdefault(day, []).append(digest)
    return DaysAnswer(
        days=tuple(
            DayCount(day=day, count=len(days[day]), digest=rules.day_digest(days[day]))
            for day in question.days
            if day in days
        )
    )


def _apply(source: str, entries: Sequence[Entry]) -> dict[int, EntryProblem]:
    """
    Put a batch into the index and return what was not taken, by number.
    """
    read: Read = {entry.number: rules.read_entry(entry, source=source) for entry in entries}
    problems = {number: one for number, one in read.items() if isinstance(one, EntryProblem)}
    licences, others = _licences(source, entries, read)
    PeerLicence.objects.bulk_create(
        licences,
        update_conflicts=True,
        unique_fields=["identifier"],
        update_fields=[
            "number",
            "version",
            "type_code",
            "status",
            "valid_until",
            "holder_index",
            "content",
            "entry_number",
            "told_at",
        ],
    )
    PeerType.objects.bulk_create(
        _types(source, entries, read),
        update_conflicts=True,
        unique_fields=["source", "code"],
        update_fields=["name", "version", "state", "content", "entry_number", "told_at"],
    )
    return problems | dict.fromkeys(others, EntryProblem.OTHER_SOURCE)


def _licences(source: str, entries: Iterable[Entry], read: Read) -> tuple[list[PeerLicence], list[int]]:
    """
    Return the rows to write, the newest word on each licence, and the entries on licences of another node. One query.
    """
    told = [(entry, one) for entry in entries if isinstance(one := read[entry.number], LicenceEntry)]
    known = {
        row.identifier: row
        for row in PeerLicence.objects.filter(identifier__in=[one.identifier for _entry, one in told])
    }
    others = [entry.number for entry, one in told if _is_of_another(known.get(one.identifier), source)]
    rows = {
        one.identifier: PeerLicence(
            identifier=one.identifier,
            source=source,
            number=one.number,
            version=one.version,
            type_code=one.type_code,
            status=one.status,
            valid_until=one.valid_until,
            holder_index=index_of_holder_key(one.holder_key),
            content=msgspec.to_builtins(one),
            entry_number=entry.number,
            told_at=entry.written_at,
        )
        for entry, one in told
        if entry.number not in others and _is_newer(entry, known.get(one.identifier))
    }
    return list(rows.values()), others


def _types(source: str, entries: Iterable[Entry], read: Read) -> list[PeerType]:
    """
    Return the rows to write, the newest word on each type. One query.
    """
    told = [(entry, one) for entry in entries if isinstance(one := read[entry.number], TypeEntry)]
    codes = [one.code for _entry, one in told]
    known = {row.code: row for row in PeerType.objects.filter(source=source, code__in=codes)}
    rows = {
        one.code: PeerType(
            source=source,
            code=one.code,
            name=one.name,
            version=one.version,
            state=one.state,
            content=msgspec.to_builtins(one),
            entry_number=entry.number,
            told_at=entry.written_at,
        )
        for entry, one in told
        if _is_newer(entry, known.get(one.code))
    }
    return list(rows.values())


def _is_of_another(row: PeerLicence | None, source: str) -> bool:
    return row is not None and row.source != source


def _is_newer(entry: Entry, row: PeerLicence | PeerType | None) -> bool:
    return row is None or entry.number >= row.entry_number


def _keep_receipts(source: str, entries: Iterable[Entry], problems: Mapping[int, EntryProblem]) -> None:
    PeerReceipt.objects.bulk_create(
        [
            PeerReceipt(
                source=source,
                number=entry.number,
                day=civil_date(entry.written_at),
                digest=entry.digest,
                problem=problems.get(entry.number, ""),
            )
            for entry in entries
        ],
        update_conflicts=True,
        unique_fields=["source", "number"],
        update_fields=["day", "digest", "problem"],
    )
