"""
Cases of this node itself: into the library like anybody's, and told to the node above.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tongban.foundation.db import require_transaction
from tongban.resources.caselibrary import ports
from tongban.resources.caselibrary.services import pushing, store, taking
from tongban.resources.caselibrary.services.pushing import NOT_MOVED
from tongban.resources.caselibrary.services.taking import Taken
from tongban.resources.caselibrary.values import CONTENT_OF, Content, Kind, case_key, key_of, kind_of, part_of
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation, Received


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeCase:
    """
    A case with everything of it, as its system has it now.
    """

    number: int
    """How many things happened to it so far; a lower one is old news."""
    contents: tuple[Content, ...]
    """The case itself and all its rows."""


def take_own(cases: Sequence[WholeCase], *, at: datetime) -> Taken:
    """
    Take cases of this node's systems, and tell the node above what changed. Idempotent.

    Rows that a case no longer has go. Several hundred cases take hardly more statements than one.

    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    everything = _take(Kind.CASE, cases, at=at)
    good = {case_key(entry.content) for entry in everything.settled}
    sound = [case for case in cases if case_key(case.contents[0]) in good]
    for kind in Kind:
        if kind is not Kind.CASE:
            taken = _take(kind, sound, at=at)
            everything.faulty += taken.faulty
            everything.settled += taken.settled
            everything.changed += taken.changed
    everything.changed += _take_away(sound, at=at)
    if changed := {case_key(entry.content) for entry in everything.changed}:
        ports.tell_followers(changed, at=at)
    return everything


def held_contents(keys: Collection[store.CaseKey]) -> dict[store.CaseKey, tuple[Content, ...]]:
    """
    Return cases as the library has them, each with everything of it; the case itself comes first. Two queries.

    In clear, for a system that does the library's work; it is shown to nobody.
    """
    held = store.held_cases(keys)
    found: dict[store.CaseKey, list[Content]] = {
        key: [content] for key, content in store.contents_of(held).items()
    }
    by_id = {case.id: key for key, case in held.items()}
    for part in store.all_parts(list(held.values())):
        found[by_id[part.case_id]].append(part.content)
    return {key: tuple(contents) for key, contents in found.items()}


def _take(kind: Kind, cases: Sequence[WholeCase], *, at: datetime) -> Taken:
    entries = [
        _entry(content, case.number, Operation.UPDATE, at=at)
        for case in cases
        for content in case.contents
        if type(content) is CONTENT_OF[kind]
    ]
    if not entries:
        return Taken()
    taken = taking.take(kind, entries, exchange.neighbours().own_code, at)
    _tell(kind, [*taken.changed, *taken.waiting], at=at, moved=taken.moved)
    return taken


def _take_away(cases: Sequence[WholeCase], *, at: datetime) -> list[Received]:
    """
    Take away rows that their cases no longer have, such as materials that others replaced.
    """
    held = store.held_cases(case_key(case.contents[0]) for case in cases)
    numbers = {held[case_key(case.contents[0])].id: case.number for case in cases}
    told = {
        (held[case_key(content)].id, kind, part_of(content))
        for case in cases
        for content in case.contents
        if (kind := kind_of(content)) is not Kind.CASE
    }
    gone = []
    for part in store.all_parts(list(held.values())):
        if (part.case_id, part.kind, part.part) in told:
            continue
        entry = _entry(part.content, numbers[part.case_id], Operation.DELETE, at=at)
        # A row of the number that took it away is not older than that number.
        taking.take(part.kind, [entry], exchange.neighbours().own_code, at)
        _tell(part.kind, [entry], at=at)
        gone.append(entry)
    return gone


def _entry(content: Content, number: int, operation: Operation, *, at: datetime) -> Received:
    return Received(
        number=number,
        key=key_of(content),
        operation=operation,
        made_at=at,
        origin=content.node,
        content=content,
    )


def _tell(
    kind: Kind, entries: Sequence[Received], *, at: datetime, moved: Mapping[store.CaseKey, str] = NOT_MOVED
) -> None:
    for entry in entries:
        publish(dataset=kind.dataset, key=entry.key, operation=entry.operation, content=entry.content, at=at)
    pushing.push_back(entries, source=exchange.neighbours().own_code, at=at, moved=moved)
