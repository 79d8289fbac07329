"""
The catalogue between nodes: registered upward, referenced downward; the node above sees who is late.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

import msgspec
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from tongban.foundation.codes import subtree_prefix
from tongban.resources.datasets import rules
from tongban.resources.datasets.models import CatalogueDuty, Dataset
from tongban.resources.datasets.rules.definitions import read_definition
from tongban.resources.datasets.values import DatasetEntry, DatasetState, DutyEntry, DutyReason
from tongban.resources.exchange import ports as nodes
from tongban.resources.exchange import services as exchange
from tongban.resources.exchange.values import Contract, Direction, Operation, Received, Refused

REGISTERED: Final = "datasets.catalogue"
REFERENCED: Final = "datasets.reference"
DUTIES: Final = "datasets.duty"
LONGEST_OF_DUTY: Final = {
    "node": 12,
    "agency_code": 18,
    "agency_name": 200,
    "division_code": 12,
    "text": 500,
}
"""Characters that columns keep."""


def own_node() -> str:
    """
    Return the code of this node, under which its own datasets stand.
    """
    return str(settings.TONGBAN_NODE.division_code)


def tell_nodes(dataset: Dataset, *, at: datetime) -> None:
    """
    Tell the nodes above and below how an own dataset stands, in the open transaction.
    """
    for contract in (REGISTERED, REFERENCED):
        exchange.publish(
            dataset=contract, key=_key(dataset), operation=Operation.UPDATE, content=_entry(dataset), at=at
        )


def tell_duty(duty: CatalogueDuty, *, at: datetime) -> None:
    """
    Tell the node above of a duty, in the open transaction.
    """
    exchange.publish(
        dataset=DUTIES, key=str(duty.id), operation=Operation.UPDATE, content=_duty_entry(duty), at=at
    )


def contracts() -> tuple[Contract, ...]:
    """
    Return what is exchanged of the catalogue.
    """
    return (
        Contract(
            code=REGISTERED,
            title=_("信息资源目录登记"),
            shape=DatasetEntry,
            direction=Direction.UP,
            take=take_datasets,
            is_passed_on=True,
            snapshot=snapshot,
            sweep=sweep_registered,
        ),
        Contract(
            code=REFERENCED,
            title=_("上级信息资源目录"),
            shape=DatasetEntry,
            direction=Direction.DOWN,
            take=take_references,
            snapshot=snapshot_own,
            sweep=sweep_referenced,
        ),
        Contract(
            code=DUTIES,
            title=_("目录更新责任"),
            shape=DutyEntry,
            direction=Direction.UP,
            take=take_duties,
            is_passed_on=True,
            # Without a sweep: a duty is settled, never taken back.
            snapshot=snapshot_duties,
        ),
    )


def take_datasets(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep what nodes below have in their catalogues; each is believed about itself and the nodes in its area.
    """
    return _take(entries, source, at, is_believed=lambda node: _is_inside(node, source))


def take_references(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep what the node above has in its own catalogue; of others it tells nothing downward.
    """
    return _take(entries, source, at, is_believed=lambda node: node == source)


def _take(
    entries: Sequence[Received], source: str, at: datetime, *, is_believed: Callable[[str], bool]
) -> list[Refused]:
    refused = []
    for each in entries:
        code = _fault(each.content)
        if not code and not is_believed(each.content.node):
            code = "dataset_is_anothers"
        if code:
            refused.append(Refused(number=each.number, code=code, text=each.content.code))
        else:
            _keep(each, source=source, at=at)
    return refused


def take_duties(entries: Sequence[Received], source: str, at: datetime) -> list[Refused]:
    """
    Keep which agencies of nodes below must update their catalogues; a node speaks of its own and of its area's.
    """
    refused = []
    for each in entries:
        content: DutyEntry = each.content
        kept = CatalogueDuty.objects.filter(id=content.id).first() if _is_uuid(content.id) else None
        if code := _fault_of_duty(each, kept, source=source):
            refused.append(Refused(number=each.number, code=code, text=content.agency_name))
            continue
        told = {
            "agency_code": content.agency_code,
            "agency_name": content.agency_name,
            "division_code": content.division_code,
            "reason": content.reason,
            "text": content.text,
            "occurred_on": date.fromisoformat(content.occurred_on),
            "due_on": date.fromisoformat(content.due_on),
            "done_at": datetime.fromisoformat(content.done_at) if content.done_at else None,
            "taken_number": each.number,
        }
        if kept is None or kept.taken_number <= each.number:
            CatalogueDuty.objects.update_or_create(id=content.id, node=content.node, defaults=told)
    return refused


def snapshot(after_key: str, limit: int) -> list[tuple[str, msgspec.Struct]]:
    """
    Return everything that goes up: own datasets, and those of nodes below.
    """
    parent = nodes.neighbours().parent
    above = parent.code if parent else own_node()  # nobody takes from himself
    return _page(Dataset.objects.exclude(version=0).exclude(taken_from=above), after_key, limit)


def snapshot_own(after_key: str, limit: int) -> list[tuple[str, msgspec.Struct]]:
    """
    Return what goes down: own datasets.
    """
    return _page(Dataset.objects.filter(node=own_node()).exclude(version=0), after_key, limit)


def snapshot_duties(after_key: str, limit: int) -> list[tuple[str, msgspec.Struct, str]]:
    """
    Return every duty: of this node and of nodes below.
    """
    duties = CatalogueDuty.objects.order_by("id")
    if after_key:
        duties = duties.filter(id__gt=after_key)
    return [(str(duty.id), _duty_entry(duty), duty.node) for duty in duties[:limit]]


def sweep_registered(source: str, number: int, at: datetime) -> int:
    """
    Withdraw what a node below told before its snapshot and not with it, and tell the node above.
    """
    gone = _gone(source, number)
    for dataset in gone.iterator():
        dataset.state = DatasetState.WITHDRAWN
        exchange.publish(
            dataset=REGISTERED,
            key=_key(dataset),
            operation=Operation.UPDATE,
            content=_entry(dataset),
            at=at,
            origin=dataset.node,
        )
    return gone.update(state=DatasetState.WITHDRAWN)


def sweep_referenced(source: str, number: int, _at: datetime) -> int:
    """
    Withdraw what the node above told before its snapshot and not with it.
    """
    return _gone(source, number).update(state=DatasetState.WITHDRAWN)


def _gone(source: str, number: int) -> QuerySet[Dataset]:
    return Dataset.objects.filter(taken_from=source, taken_number__lt=number, state=DatasetState.IN_USE)


def _page(datasets: QuerySet[Dataset], after_key: str, limit: int) -> list[tuple[str, msgspec.Struct]]:
    node, _sign, code = after_key.partition(":")
    rows = datasets.filter(Q(node__gt=node) | Q(node=node, code__gt=code)).order_by("node", "code")
    return [(_key(dataset), _entry(dataset)) for dataset in rows[:limit]]


def _key(dataset: Dataset) -> str:
    return f"{dataset.node}:{dataset.code}"


def _entry(dataset: Dataset) -> DatasetEntry:
    published = dataset.published_at
    return DatasetEntry(
        node=dataset.node,
        code=dataset.code,
        version=dataset.version,
        state=dataset.state,
        published_at=published.astimezone(UTC).isoformat() if published else "",
        definition=read_definition(dataset.definition),
    )


def _duty_entry(duty: CatalogueDuty) -> DutyEntry:
    return DutyEntry(
        node=duty.node,
        id=str(duty.id),
        agency_code=duty.agency_code,
        agency_name=duty.agency_name,
        division_code=duty.division_code,
        reason=duty.reason,
        text=duty.text,
        occurred_on=duty.occurred_on.isoformat(),
        due_on=duty.due_on.isoformat(),
        done_at=duty.done_at.astimezone(UTC).isoformat() if duty.done_at else "",
    )


def _fault_of_duty(each: Received, kept: CatalogueDuty | None, *, source: str) -> str:
    """
    Return what is wrong with a duty of a node below.

    Nobody speaks of a duty that another node has written down, or of nodes outside his area: who is late would be said
    by those whom it does not concern.
    """
    content: DutyEntry = each.content
    is_theirs = each.origin == content.node and _is_inside(content.node, source)
    if content.node == own_node() or not is_theirs or (kept is not None and kept.node != content.node):
        return "duty_is_anothers"
    if content.reason not in DutyReason.values:
        return "duty_reason_unknown"
    is_whole = _is_uuid(content.id) and _has_moments(content) and _fits(content)
    return "" if is_whole else "duty_incomplete"


def _fits(content: DutyEntry) -> bool:
    return all(len(getattr(content, name)) <= most for name, most in LONGEST_OF_DUTY.items())


def _is_inside(node: str, source: str) -> bool:
    return node == source or node.startswith(subtree_prefix(source))


def _has_moments(content: DutyEntry) -> bool:
    try:
        date.fromisoformat(content.occurred_on)
        date.fromisoformat(content.due_on)
        return not content.done_at or datetime.fromisoformat(content.done_at).tzinfo is not None
    except ValueError:
        return False


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _fault(content: DatasetEntry) -> str:
    if content.node == own_node():
        return "dataset_is_ours"
    if not rules.is_dataset_code(content.code):
        return "dataset_code_invalid"
    if content.state not in (DatasetState.IN_USE, DatasetState.WITHDRAWN):
        return "dataset_state_unknown"
    return "dataset_incomplete" if rules.faults_of(content.definition) else ""


def _keep(each: Received, *, source: str, at: datetime) -> None:
    content: DatasetEntry = each.content
    dataset = Dataset.objects.locked().filter(node=content.node, code=content.code).first()
    if dataset is None:
        dataset = Dataset(node=content.node, code=content.code)
    elif dataset.taken_from == source and dataset.taken_number > each.number:
        return
    definition = content.definition
    for name in ("title", "title_en", "summary", "provider_code", "provider_name", "division_code"):
        setattr(dataset, name, getattr(definition, name))
    dataset.class_code, dataset.sharing = definition.class_code, definition.sharing
    dataset.openness, dataset.cycle = definition.openness, definition.cycle
    dataset.definition = msgspec.to_builtins(definition)
    dataset.state, dataset.version = DatasetState(content.state), content.version
    dataset.published_at = datetime.fromisoformat(content.published_at) if content.published_at else None
    dataset.changed_at, dataset.taken_from, dataset.taken_number = at, source, each.number
    dataset.save()
