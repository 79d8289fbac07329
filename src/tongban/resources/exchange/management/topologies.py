"""
`tongban node plan` and `tongban node change-mode`: what topology files mean, and putting another one in place.

A change of mode is the change of one file, read again by every process at once; the file of before is kept beside it,
so `--undo` takes a moment. People and cases that are here stay here: the report says what is left behind where.
"""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.resources.exchange import ports
from tongban.resources.exchange.models import Outbox
from tongban.resources.exchange.rules.topology import NotATopology, plan_of, read_topology
from tongban.resources.exchange.values.topology import Component, Contradiction, NodeTopology, Plan

BEFORE = ".before"
DRAFT = ".new"


class TopologyContradicts(Conflict):
    """
    The files contradict themselves or one another; each sentence says where.
    """

    code = "topology_contradicts"
    message = gettext_lazy("拓扑文件互相矛盾：\n%(sentences)s")


class NothingToUndo(Conflict):
    """
    No mode was changed, or the change was undone.
    """

    code = "nothing_to_undo"
    message = gettext_lazy("没有可以撤回的模式变更")


def plan(files: Sequence[str], *, as_json: bool) -> None:
    """
    Print what files mean together.

    :raises InvalidInput: one cannot be read
    :raises TopologyContradicts: they contradict
    """
    made = plan_of([_read(Path(file)) for file in files], contracts=ports.contracts())
    if as_json:
        sys.stdout.write(json.dumps(facts_of(made), ensure_ascii=False) + "\n")
    else:
        _print(made)
    _require_sound(made.contradictions)


def change_mode(
    files: Sequence[str],
    *,
    rehearse: bool,
    apply: bool,
    undo: bool,
    as_json: bool,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Put a topology file in place of this node's; the first of the files is its, the others are those of other nodes.

    :raises InvalidInput: not exactly one of rehearse, apply, undo; or a file cannot be read
    :raises TopologyContradicts: they contradict
    :raises NothingToUndo: there is no file of before
    """
    if [rehearse, apply, undo].count(True) != 1:
        raise InvalidInput(fields={"act": _("请用 --rehearse、--apply、--undo 之一")})
    place = _place()
    told = (
        _undo(place, actor=actor, at=at)
        if undo
        else _change(place, files, is_applied=apply, actor=actor, at=at)
    )
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=None if as_json else 2) + "\n")


def facts_of(made: Plan) -> dict[str, Any]:
    """
    Return a plan for machines.
    """
    return {
        "nodes": [
            {
                "code": node.code,
                "name": node.name,
                "mode": node.mode.value,
                "parent": node.parent,
                "accounts_at": node.places[Component.ACCOUNTS],
                "items_at": node.places[Component.ITEMS],
                "cases_at": node.places[Component.CASES],
                "components": {each.value: place for each, place in node.places.items()},
            }
            for node in made.nodes
        ],
        "flows": [
            {
                "dataset": flow.dataset,
                "title": str(flow.title),
                "from": flow.source,
                "to": flow.target,
                "kind": flow.kind.value,
            }
            for flow in made.flows
        ],
        "contradictions": [
            {"code": each.code, "node": each.node, "text": each.text} for each in made.contradictions
        ],
    }


def _read(path: Path) -> NodeTopology:
    try:
        return read_topology(path.read_text(encoding="utf-8"), file=path.name)
    except OSError as error:
        raise InvalidInput(fields={"file": f"{path}: {error.strerror}"}) from error
    except (NotATopology, UnicodeDecodeError) as error:
        raise InvalidInput(fields={"file": str(error)}) from error


def _print(made: Plan) -> None:
    for node in made.nodes:
        above = f" ← {node.parent}" if node.parent else ""
        print(f"{node.code} {node.name}  {node.mode.label}{above}")
        for component, place in node.places.items():
            print(f"    {component.label}: {_('本节点') if place == node.code else place}")
    for flow in made.flows:
        target = flow.target or _("任一其他节点")
        print(f"{flow.source} → {target}  {flow.title} ({flow.dataset})")


def _require_sound(contradictions: Sequence[Contradiction]) -> None:
    if contradictions:
        sentences = "\n".join(each.text for each in contradictions)
        raise TopologyContradicts(sentences=sentences)


def _place() -> Path:
    path = settings.TONGBAN_FEDERATION.topology
    if path is None:
        raise InvalidInput(fields={"topology": _("本节点没有拓扑文件：请先设置 TONGBAN_FEDERATION_TOPOLOGY")})
    return Path(path)


def _change(
    place: Path, files: Sequence[str], *, is_applied: bool, actor: Actor, at: datetime
) -> dict[str, Any]:
    if not files:
        raise InvalidInput(fields={"file": _("请给出新的拓扑文件")})
    new, *others = (_read(Path(file)) for file in files)
    own = str(settings.TONGBAN_NODE.division_code)
    if new.code != own:
        raise InvalidInput(
            fields={"file": _("%(file)s 是节点 %(node)s 的") % {"file": new.file, "node": new.code}}
        )
    _require_sound(plan_of([new, *others], contracts=()).contradictions)
    report = _report(_current(place, own), new, at=at)
    if is_applied:
        _put(place, Path(files[0]).read_bytes(), actor=actor, at=at, report=report)
    return {"applied": is_applied, **report}


def _current(place: Path, own: str) -> NodeTopology | None:
    if not place.exists():
        return None
    return read_topology(
        f'node = "{own}"\n' + _without_node(place.read_text(encoding="utf-8")), file=place.name
    )


def _without_node(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.replace(" ", "").startswith("node="))


def _report(before: NodeTopology | None, new: NodeTopology, *, at: datetime) -> dict[str, Any]:
    moved = [
        {"component": each.value, "from": before.places[each] if before else "", "to": place}
        for each, place in new.places.items()
        if before is None or before.places[each] != place
    ]
    neighbours = ports.neighbours()
    places = {place for place in new.places.values() if place != new.code}
    return {
        "node": new.code,
        "at": at.isoformat(),
        "mode_before": before.mode.value if before else "",
        "mode": new.mode.value,
        "moved": moved,
        "entries_not_numbered": Outbox.objects.count(),
        "not_joined_with": sorted(place for place in places if neighbours.find(place) is None),
    }


@business_transaction
def _put(place: Path, content: bytes, *, actor: Actor, at: datetime, report: dict[str, Any]) -> None:
    audit.record(
        action="exchange.mode.change",
        actor=actor,
        subject=report["node"],
        at=at,
        mode_before=report["mode_before"],
        mode=report["mode"],
    )
    if place.exists():
        _write(place.with_name(place.name + BEFORE), place.read_bytes())
    _write(place, content)


@business_transaction
def _undo(place: Path, *, actor: Actor, at: datetime) -> dict[str, Any]:
    before = place.with_name(place.name + BEFORE)
    if not before.exists():
        raise NothingToUndo
    own = str(settings.TONGBAN_NODE.division_code)
    current = _current(place, own)
    back = _current(before, own)
    assert current is not None  # noqa: S101 -- it was put there
    assert back is not None  # noqa: S101 -- it is there
    report = _report(current, back, at=at)
    audit.record(
        action="exchange.mode.undo",
        actor=actor,
        subject=own,
        at=at,
        mode_before=report["mode_before"],
        mode=report["mode"],
    )
    before.replace(place)
    return {"undone": True, **report}


def _write(place: Path, content: bytes) -> None:
    """
    Write a file with secrets whole or not at all, readable by the node's account only.
    """
    draft = place.with_name(place.name + DRAFT)
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(place)
