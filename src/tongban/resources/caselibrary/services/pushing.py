"""
回流: rows of an area that others handled go back to the node of that area.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.resources.caselibrary import permissions
from tongban.resources.caselibrary.models import PushBack
from tongban.resources.caselibrary.services import store, taking
from tongban.resources.caselibrary.values import (
    CONTENT_OF,
    CaseContent,
    Content,
    Kind,
    case_key,
    key_of,
    kind_of,
)
from tongban.resources.caselibrary.values.pushed import PushedRow
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation, Received, Refused

DATASET: Final = "caselibrary.pushback"
NOT_FROM_ABOVE: Final = "not_from_above"
NOT_MOVED: Final[Mapping[store.CaseKey, str]] = {}


class AlreadyPushedBack(Conflict):
    """
    Rows of this division go to this node already.
    """

    code = "already_pushed_back"
    message = _("该区划的办件已向该节点回流")


class PushBackUnknown(NotFound):
    """
    No such push-back, or it has ended.
    """

    code = "push_back_unknown"
    message = _("没有这项回流，或者已停止")


@business_transaction
def begin_push_back(*, division_code: str, node: str, actor: Actor, at: datetime) -> int:
    """
    Give rows of a division back to its node from now on; return the id. What lies here already is not sent.

    :param division_code: 12 digits; it and all below it
    :raises InvalidInput: there is no way to this node, or the division is none of its area
    :raises AlreadyPushedBack: they go there already
    """
    permissions.push_back.require(actor, division_code=division_code)
    neighbours = exchange.neighbours()
    if node == neighbours.own_code or neighbours.way_to(node) is None:
        raise InvalidInput(fields={"node": _("没有通往该节点的交换线路")})
    if not division_code.startswith(subtree_prefix(node)):
        raise InvalidInput(fields={"node": _("该区划不在该节点的辖区内，办件不能向其回流")})
    row, is_new = PushBack.objects.get_or_create(
        division_code=division_code,
        node=node,
        ended_at=None,
        defaults={"begun_at": at, "begun_by": actor.name or actor.id},
    )
    if not is_new:
        raise AlreadyPushedBack
    audit.record(
        action="caselibrary.pushback.begin",
        actor=actor,
        subject=str(row.pk),
        at=at,
        division=division_code,
        node=node,
    )
    return row.pk


@business_transaction
def end_push_back(*, push_back_id: int, actor: Actor, at: datetime) -> None:
    """
    Give nothing more back.

    :raises PushBackUnknown: there is no such, or it has ended
    """
    row = PushBack.objects.select_for_update().filter(pk=push_back_id, ended_at=None).first()
    if row is None:
        raise PushBackUnknown
    permissions.push_back.require(actor, division_code=row.division_code)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    audit.record(action="caselibrary.pushback.end", actor=actor, subject=str(row.pk), at=at, node=row.node)


def push_back(
    entries: Sequence[Received],
    *,
    source: str,
    at: datetime,
    moved: Mapping[store.CaseKey, str] = NOT_MOVED,
) -> int:
    """
    Publish rows for the nodes of their areas, but not to where they came from or were made; return how many.

    A case that is of another area now goes there whole, and is taken away where it was.

    :param moved: of cases that are of another division now, of which they were
    :raises RuntimeError: no transaction is open
    """
    targets = list(PushBack.objects.filter(ended_at=None).values_list("division_code", "node"))
    if not targets or not entries:
        return 0
    cases = store.held_cases({case_key(entry.content) for entry in entries})
    count = 0
    for entry in entries:
        case = cases.get(case_key(entry.content))
        division, before = _division_of(entry.content, case), moved.get(case_key(entry.content), "")
        for code, node in targets:
            if node in (source, entry.content.node):
                continue
            is_there = division.startswith(subtree_prefix(code))
            was_there = bool(before) and before.startswith(subtree_prefix(code))
            if is_there:
                count += _give(entry, node, at=at)
                if before and not was_there and case is not None:
                    count += sum(_give(part, node, at=at) for part in _parts_of(case, entry))
            elif was_there:
                count += _give(replace(entry, operation=Operation.DELETE), node, at=at)
    return count


def _give(entry: Received, node: str, *, at: datetime) -> bool:
    return publish(
        dataset=DATASET,
        key=entry.key,
        operation=entry.operation,
        content=PushedRow(kind=kind_of(entry.content).value, row=msgspec.to_builtins(entry.content)),
        at=at,
        to=node,
        origin=entry.origin,
    )


def _parts_of(case: store.Held, entry: Received) -> Iterator[Received]:
    """
    Yield all rows of a case as they stand.
    """
    for part in store.all_parts([case]):
        yield Received(
            number=entry.number,
            key=key_of(part.content),
            operation=Operation.UPDATE,
            made_at=entry.made_at,
            origin=entry.origin,
            content=part.content,
        )


def _division_of(content: Content, case: store.Held | None) -> str:
    """
    Return whose area a row is of; a case that was taken away says so itself.
    """
    if case is not None:
        return case.division_code
    return content.division_code if isinstance(content, CaseContent) else ""


def take_pushed(entries: Sequence[Received], source: str, at: datetime) -> Sequence[Refused]:
    """
    Take rows that a node above gives back; what this node's own systems say of a case counts more.

    A node above may speak of any other; whoever else does is believed nothing: what is of his area comes up by the
    library's own streams.
    """
    refused: list[Refused] = []
    own = exchange.neighbours().own_code
    if source == own or not own.startswith(subtree_prefix(source)):
        return [
            Refused(number=entry.number, code=NOT_FROM_ABOVE, text=str(_("办件只由上级节点回流")))
            for entry in entries
        ]
    by_kind: dict[Kind, list[Received]] = {}
    for entry in entries:
        try:
            content = _row_of(entry.content)
        except (msgspec.ValidationError, ValueError) as error:
            refused.append(Refused(number=entry.number, code="shape", text=str(error)))
            continue
        if content.node != own:
            by_kind.setdefault(kind_of(content), []).append(_as_row(entry, content))
    for kind in Kind:
        if kind in by_kind:
            refused += taking.take(kind, by_kind[kind], source, at, area="").refused(kind)
    return refused


def _row_of(pushed: PushedRow) -> Content:
    return msgspec.convert(pushed.row, CONTENT_OF[Kind(pushed.kind)])


def _as_row(entry: Received, content: Content) -> Received:
    return Received(
        number=entry.number,
        key=entry.key,
        operation=Operation(entry.operation),
        made_at=entry.made_at,
        origin=entry.origin,
        content=content,
    )
