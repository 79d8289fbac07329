"""
下级证照索引: what nodes below tell of licences and types, kept as each of them told last.

A node is believed about its own area only, and about identifiers only that no other node has told of. Who has told is
remembered beside whose it is: a province tells what its cities told it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from tongban.business.licences.models.peers import PeerLicence, PeerSource, PeerType
from tongban.business.licences.rules import index_of_holder_key
from tongban.business.licences.rules import peers as rules
from tongban.business.licences.services.publishing import LICENCES, TYPES, type_key
from tongban.business.licences.values.peers import EntryProblem, LicenceEntry, TypeEntry
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange import services as streams
from tongban.resources.exchange.values import Operation, Received, Refused


def take_licences(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep how licences of nodes below stand; an entry that is older than what its teller told changes nothing.
    """
    known = {
        row.identifier: row
        for row in PeerLicence.objects.filter(identifier__in={each.content.identifier for each in entries})
    }
    homes = {identifier: row.source for identifier, row in known.items()}
    own, refused, told = exchange.neighbours().own_code, [], {}
    for each in entries:
        content: LicenceEntry = each.content
        problem = rules.problem_of(content, origin=each.origin, source=source, own=own)
        if problem is None and homes.setdefault(content.identifier, each.origin) != each.origin:
            problem = EntryProblem.OTHER_SOURCE
        if problem is not None:
            refused.append(_refused(each, problem))
        elif _is_newer(each, source, known.get(content.identifier)):
            told[content.identifier] = each
    _keep_licences(told, source)
    _note_sources(told.values(), at=at)
    return refused


def take_types(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep how types of nodes below stand; an entry that is older than what its teller told changes nothing.
    """
    known = {
        (row.source, row.code): row
        for row in PeerType.objects.filter(code__in={each.content.code for each in entries})
    }
    own, refused, told = exchange.neighbours().own_code, [], {}
    for each in entries:
        key = (each.origin, each.content.code)
        if not rules.speaks_for(each.origin, source=source, own=own):
            refused.append(_refused(each, EntryProblem.OUTSIDE_AREA))
        elif _is_newer(each, source, known.get(key)):
            told[key] = each
    _keep_types(told, source)
    _note_sources(told.values(), at=at)
    return refused


def sweep_licences(source: str, number: int, at: datetime) -> int:
    """
    Forget licences that a node told of before its snapshot and not with it, and have them forgotten above.
    """
    gone = PeerLicence.objects.filter(taken_from=source, entry_number__lt=number)
    for row in gone.iterator():
        streams.publish(
            dataset=LICENCES,
            key=row.identifier,
            operation=Operation.DELETE,
            content=msgspec.convert(row.content, LicenceEntry),
            at=at,
            origin=row.source,
        )
    return gone.delete()[0]


def sweep_types(source: str, number: int, at: datetime) -> int:
    """
    Forget types that a node told of before its snapshot and not with it, and have them forgotten above.
    """
    gone = PeerType.objects.filter(taken_from=source, entry_number__lt=number)
    for row in gone.iterator():
        streams.publish(
            dataset=TYPES,
            key=type_key(row.source, row.code),
            operation=Operation.DELETE,
            content=msgspec.convert(row.content, TypeEntry),
            at=at,
            origin=row.source,
        )
    return gone.delete()[0]


def _keep_licences(told: Mapping[str, Received], source: str) -> None:
    """
    Write the newest word on each licence.
    """
    gone = [identifier for identifier, each in told.items() if each.operation is Operation.DELETE]
    PeerLicence.objects.filter(identifier__in=gone).delete()
    PeerLicence.objects.bulk_create(
        [
            PeerLicence(
                identifier=each.content.identifier,
                source=each.origin,
                number=each.content.number,
                version=each.content.version,
                type_code=each.content.type_code,
                status=each.content.status,
                valid_until=each.content.valid_until,
                holder_index=index_of_holder_key(each.content.holder_key),
                content=msgspec.to_builtins(each.content),
                taken_from=source,
                entry_number=each.number,
                told_at=each.made_at,
            )
            for each in told.values()
            if each.operation is not Operation.DELETE
        ],
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
            "taken_from",
            "entry_number",
            "told_at",
        ],
    )


def _keep_types(told: Mapping[tuple[str, str], Received], source: str) -> None:
    """
    Write the newest word on each type.
    """
    for (home, code), each in told.items():
        if each.operation is Operation.DELETE:
            PeerType.objects.filter(source=home, code=code).delete()
    PeerType.objects.bulk_create(
        [
            PeerType(
                source=each.origin,
                code=each.content.code,
                name=each.content.name,
                version=each.content.version,
                state=each.content.state,
                content=msgspec.to_builtins(each.content),
                taken_from=source,
                entry_number=each.number,
                told_at=each.made_at,
            )
            for each in told.values()
            if each.operation is not Operation.DELETE
        ],
        update_conflicts=True,
        unique_fields=["source", "code"],
        update_fields=["name", "version", "state", "content", "taken_from", "entry_number", "told_at"],
    )


def _note_sources(taken: Iterable[Received], *, at: datetime) -> None:
    """
    Write down whose licences came, and when; in the order of codes, as every other transaction does.
    """
    neighbours = exchange.neighbours()
    PeerSource.objects.bulk_create(
        [
            PeerSource(code=code, name=neighbours.name_of(code), received_at=at)
            for code in sorted({each.origin for each in taken})
        ],
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "received_at"],
    )


def _is_newer(each: Received, source: str, row: PeerLicence | PeerType | None) -> bool:
    return row is None or row.taken_from != source or row.entry_number <= each.number


def _refused(each: Received, problem: EntryProblem) -> Refused:
    return Refused(number=each.number, code=problem.lower(), text=str(problem.label))
