"""
Taking rows into the library: judged, numbered, merged in bulk. The same for this node's own cases and for others'.

Batches of one teller are taken one after the other (an advisory lock): a row that waits for its case, and the case
itself, can so never miss one another.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from tongban.foundation import crypto
from tongban.foundation.actors import system_actor
from tongban.foundation.codes import is_social_credit_code, subtree_prefix
from tongban.foundation.db import require_transaction
from tongban.resources.caselibrary.rules import keeping, quality
from tongban.resources.caselibrary.rules.quality import CaseFacts, Surroundings
from tongban.resources.caselibrary.rules.tables import TABLE_OF
from tongban.resources.caselibrary.services import faults, store, tallies, waiting
from tongban.resources.caselibrary.services.store import CaseKey, CaseToKeep, Held, HeldPart, PartToKeep
from tongban.resources.caselibrary.values import (
    CaseContent,
    Fault,
    Kind,
    RatingContent,
    ResultContent,
    case_key,
)
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.values import Operation, Received, Refused
from tongban.resources.registers import selectors as registers

TAKER: Final = system_actor("caselibrary.take")


@dataclass(kw_only=True, slots=True)
class Taken:
    """
    What became of a batch.
    """

    faulty: list[tuple[Received, Fault]] = field(default_factory=list)
    """Rows that are not taken, and why."""
    settled: list[Received] = field(default_factory=list)
    """Rows that were told well; the library has them, or something newer."""
    changed: list[Received] = field(default_factory=list)
    """Those of them that the library did not have so."""
    waiting: list[Received] = field(default_factory=list)
    """Rows that are kept until what they belong to comes."""
    come_in: list[Received] = field(default_factory=list)
    """Rows that had waited, and that the library has now that their cases came."""
    moved: dict[CaseKey, str] = field(default_factory=dict)
    """Of cases that are now of another division: of which they were."""

    def refused(self, kind: Kind) -> list[Refused]:
        """
        Return what the sender is told.
        """
        return [
            Refused(number=entry.number, code=fault.value, text=f"{TABLE_OF[kind]}：{fault.label}")
            for entry, fault in self.faulty
        ]


def take(
    kind: Kind, entries: Sequence[Received], source: str, at: datetime, *, area: str | None = None
) -> Taken:
    """
    Take rows of one kind, in the order of their numbers. Idempotent: what is not newer changes nothing.

    :param source: node that tells them; its stream gives the numbers
    :param area: what the codes of their nodes may begin with; None: those of the source and below it
    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    store.lock(source)
    known = Surroundings(
        at=at,
        area=subtree_prefix(source) if area is None else area,
        known_agencies=_known_agencies(entries, source),
    )
    taken = Taken()
    if kind is Kind.CASE:
        _take_cases(entries, source, known, taken)
    else:
        _take_parts(kind, entries, source, known, taken)
    faults.note(kind, taken.faulty, taken.settled, source=source, at=at)
    faults.count_arrivals(kind, taken.settled, at=at)
    if kind is Kind.CASE:
        taken.come_in = _take_what_waited(taken.settled, source, known)
    return taken


def swept(kind: Kind, *, source: str, number: int) -> int:
    """
    Take away what a source told with a lower number than this, and return how much that was. Ends a snapshot.

    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    store.lock(source)
    if kind is not Kind.CASE:
        return store.drop_parts_below(kind, source=source, number=number)
    gone = store.held_cases(store.keys_below(source=source, number=number))
    drop_cases(gone)
    return len(gone)


def drop_cases(gone: dict[CaseKey, Held]) -> None:
    """
    Take cases away with everything of them, and count them no longer.
    """
    store.drop_cases(list(gone.values()))
    waiting.forget(gone.keys())
    tallies.add([], [_group(held) for held in gone.values()])


def _known_agencies(entries: Sequence[Received], source: str) -> frozenset[str]:
    """
    Return which agencies are known by a code that is not sound; seldom any.

    For those of this node's own cases the catalogue has answered when it took the item.
    """
    odd = {
        entry.content.agency_code
        for entry in entries
        if isinstance(entry.content, CaseContent) and not is_social_credit_code(entry.content.agency_code)
    }
    if source == exchange.neighbours().own_code:
        return frozenset(odd)
    return frozenset(registers.agency_names(codes=odd, actor=TAKER)) if odd else frozenset()


def _is_newer(entry: Received, source: str, held: Held | HeldPart) -> bool:
    return held.source != source or held.taken < entry.number


def _take_cases(entries: Sequence[Received], source: str, known: Surroundings, taken: Taken) -> None:
    latest: dict[CaseKey, Received] = {}
    for entry in entries:
        is_told = entry.operation is not Operation.DELETE
        judge = quality.case_fault if is_told else quality.area_fault
        fault = judge(entry.content, known)
        if fault:
            taken.faulty.append((entry, fault))
        else:
            latest[case_key(entry.content)] = entry
            taken.settled.append(entry)
    held = store.held_cases(latest)
    newer = {
        key: entry for key, entry in latest.items() if key not in held or _is_newer(entry, source, held[key])
    }
    gone = {key: entry for key, entry in newer.items() if entry.operation is Operation.DELETE}
    drop_cases({key: held[key] for key in gone if key in held})
    waiting.forget(gone.keys())
    told = [
        CaseToKeep(content=entry.content, source=source, taken=entry.number, before=held.get(key))
        for key, entry in newer.items()
        if key not in gone
    ]
    changed = [case for case in told if case.before is None or case.before.digest != _digest(case)]
    _keep_cases(changed, at=known.at)
    taken.moved = {
        case_key(case.content): case.before.division_code
        for case in changed
        if case.before is not None and case.before.division_code != case.content.division_code
    }
    unchanged = {case_key(case.content) for case in told} - {case_key(case.content) for case in changed}
    store.renumber_cases([case for case in told if case_key(case.content) in unchanged])
    taken.changed = [entry for key, entry in newer.items() if key not in unchanged]


def _digest(case: CaseToKeep | PartToKeep) -> bytes:
    return crypto.sm3(keeping.encoded(case.content))


def _keep_cases(cases: Sequence[CaseToKeep], *, at: datetime) -> None:
    if not cases:
        return
    store.keep_cases(cases, at=at)
    tallies.add(
        [
            tallies.group_of(
                at=case.content.applied_at,
                division_code=case.content.division_code,
                agency_code=case.content.agency_code,
                state=case.content.state,
            )
            for case in cases
        ],
        [_group(case.before) for case in cases if case.before is not None],
    )


def _group(held: Held) -> tallies.Group:
    return tallies.group_of(
        at=held.at, division_code=held.division_code, agency_code=held.agency_code, state=held.state
    )


def _take_what_waited(cases: Sequence[Received], source: str, known: Surroundings) -> list[Received]:
    come_in = []
    keys = {case_key(entry.content) for entry in cases if entry.operation is not Operation.DELETE}
    for kind, entries in waiting.take_out(keys, source=source).items():
        taken = Taken()
        _take_parts(kind, entries, source, known, taken)
        faults.note(kind, taken.faulty, taken.settled, source=source, at=known.at, is_late=True)
        faults.count_arrivals(kind, taken.settled, at=known.at)
        come_in += taken.changed
    return come_in


def _take_parts(
    kind: Kind, entries: Sequence[Received], source: str, known: Surroundings, taken: Taken
) -> None:
    cases = store.held_cases({case_key(entry.content) for entry in entries})
    latest: dict[tuple[int, str], Received] = {}
    wait: dict[str, tuple[Received, Fault]] = {}
    gone_before: list[Received] = []
    by_id = {case.id: case for case in cases.values()}
    for entry in entries:
        case = cases.get(case_key(entry.content))
        facts = CaseFacts(applied_at=case.at, accepted_at=case.accepted_at) if case else None
        is_told = entry.operation is not Operation.DELETE
        if not is_told and (fault := quality.area_fault(entry.content, known)):
            taken.faulty.append((entry, fault))
            continue
        verdict = quality.part_verdict(entry.content, facts, known) if is_told else None
        if not is_told:
            wait.pop(entry.key, None)
            gone_before.append(entry)
        if verdict is None:
            taken.settled.append(entry)
            if case is not None:
                latest[case.id, entry.content.part] = entry
        elif verdict.waits:
            wait[entry.key] = (entry, verdict.fault)
        else:
            taken.faulty.append((entry, verdict.fault))
    waiting.forget_parts(kind, gone_before, source=source)
    waiting.put_aside(kind, list(wait.values()), source=source, at=known.at)
    taken.waiting = [entry for entry, _fault in wait.values()]
    held = store.held_parts(kind, [(by_id[case_id], part) for case_id, part in latest])
    newer = {
        key: each for key, each in latest.items() if key not in held or _is_newer(each, source, held[key])
    }
    gone = [key for key, entry in newer.items() if entry.operation is Operation.DELETE]
    store.drop_parts([held[key] for key in gone if key in held])
    told = [
        PartToKeep(
            content=entry.content,
            kind=kind,
            source=source,
            taken=entry.number,
            case=by_id[key[0]],
            before=held.get(key),
        )
        for key, entry in newer.items()
        if entry.operation is not Operation.DELETE
    ]
    changed = [part for part in told if part.before is None or part.before.digest != _digest(part)]
    store.keep_parts(changed)
    same = {(part.case.id, part.content.part) for part in told}
    same -= {(part.case.id, part.content.part) for part in changed}
    store.renumber_parts([part for part in told if (part.case.id, part.content.part) in same])
    _note_on_cases(kind, changed, [by_id[case_id] for case_id, _part in gone])
    taken.changed = [entry for key, entry in newer.items() if key not in same]


def _note_on_cases(kind: Kind, changed: Sequence[PartToKeep], gone: Sequence[Held]) -> None:
    """
    Write how cases ended, and how satisfied their applicants were, where lists show it.
    """
    if kind is Kind.RESULT:
        results = {case.id: (case, "") for case in gone}
        for part in changed:
            if isinstance(part.content, ResultContent):
                results[part.case.id] = (part.case, part.content.result_type)
        store.note_results(list(results.values()))
    if kind is Kind.RATING:
        ratings: dict[int, tuple[Held, int | None]] = {case.id: (case, None) for case in gone}
        for part in changed:
            if isinstance(part.content, RatingContent):
                ratings[part.case.id] = (part.case, part.content.satisfaction)
        store.note_ratings(list(ratings.values()))
