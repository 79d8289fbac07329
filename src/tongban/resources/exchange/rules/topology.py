"""
What topology files mean together: who runs what, what flows, and what contradicts itself.

Source: 国办函〔2016〕108号 (分建、统分、统建); docs/how-to/join-nodes.md (the file).
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from tongban.resources.exchange.rules.trust_lists import CODE_DIGITS, is_below
from tongban.resources.exchange.values import Contract, Direction
from tongban.resources.exchange.values.topology import (
    EVERYTHING,
    LOGIN,
    NEW_PEOPLE,
    NO_CODE,
    STRANGE_COMPONENT,
    Component,
    Contradiction,
    Flow,
    FlowKind,
    Mode,
    NodeTopology,
    Plan,
)

KEYS: Final = {
    Component.ACCOUNTS: "accounts_at",
    Component.ITEMS: "items_at",
    Component.CASES: "cases_at",
}
"""Where the file names the place of a component by a key of its own; of the others in the table [components]."""
APPS: Final = {
    "licences": Component.LICENCES,
    "caselibrary": Component.CASES,
    "casework": Component.CASES,
    "catalogue": Component.ITEMS,
}
"""Which component holds what an app's contracts exchange; of any other app: data."""


class NotATopology(Exception):
    """
    A file is no topology; the sentence says why.
    """


def read_topology(text: str, *, file: str) -> NodeTopology:
    """
    Read a node's topology file.

    :param file: its name, for complaints; where the file names no `node`, its first twelve digits are the code
    :raises NotATopology: it is none
    """
    try:
        raw = tomllib.loads(text)
        mode = Mode(raw.get("mode", Mode.SEPARATE.value))
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise NotATopology(f"{file}: {error}") from error
    code = str(raw.get("node", "") or "".join(filter(str.isdigit, file))[:CODE_DIGITS])
    if len(code) != CODE_DIGITS or not code.isdecimal():
        raise NotATopology(str(NO_CODE) % {"file": file})
    named = _named(raw, file=file)
    home = named.get(Component.ACCOUNTS, "") or code
    default = home if mode is Mode.UNIFIED else code
    return NodeTopology(
        file=file,
        code=code,
        name=str(raw.get("name", "")),
        mode=mode,
        parent=str(raw.get("parent", "")),
        places={each: named.get(each) or default for each in Component},
        named=frozenset(named),
    )


def plan_of(nodes: Sequence[NodeTopology], *, contracts: Iterable[Contract]) -> Plan:
    """
    Return what these files mean together.
    """
    ordered = tuple(sorted(nodes, key=lambda node: node.code))
    known = {node.code: node for node in ordered}
    return Plan(
        nodes=ordered,
        flows=tuple(_flows(ordered, list(contracts))),
        contradictions=tuple(_contradictions(ordered, known)),
    )


def _named(raw: Mapping[str, Any], *, file: str) -> dict[Component, str]:
    table = raw.get("components", {})
    if not isinstance(table, Mapping) or set(table) - set(Component.values):
        known = "、".join(Component.values)
        raise NotATopology(str(STRANGE_COMPONENT) % {"file": file, "known": known})
    found = {Component(name): str(place) for name, place in table.items()}
    found |= {each: str(raw[key]) for each, key in KEYS.items() if raw.get(key)}
    return {each: place for each, place in found.items() if place}


def _flows(nodes: Sequence[NodeTopology], contracts: Sequence[Contract]) -> Iterator[Flow]:
    for node in nodes:
        yield from _account_flows(node)
        for contract in contracts:
            if node.places[_component_of(contract)] != node.code:
                continue
            if contract.direction is Direction.ADDRESSED:
                yield _flow(contract, node.code, "")
            elif node.parent and contract.direction is Direction.UP:
                yield _flow(contract, node.code, node.parent)
            elif node.parent:
                yield _flow(contract, node.parent, node.code)


def _account_flows(node: NodeTopology) -> Iterator[Flow]:
    home = node.places[Component.ACCOUNTS]
    if home == node.code:
        return
    question = FlowKind.QUESTION
    if node.mode is Mode.UNIFIED:
        yield Flow(
            dataset="portal.everything", title=EVERYTHING, source=node.code, target=home, kind=question
        )
        return
    yield Flow(dataset="identity.login", title=LOGIN, source=node.code, target=home, kind=question)
    yield Flow(dataset="identity.person", title=NEW_PEOPLE, source=home, target=node.code, kind=question)


def _flow(contract: Contract, source: str, target: str) -> Flow:
    return Flow(
        dataset=contract.code,
        title=contract.title,
        source=source,
        target=target,
        kind=FlowKind.EXCHANGE,
    )


def _component_of(contract: Contract) -> Component:
    return APPS.get(contract.code.partition(".")[0], Component.DATA)


def _contradictions(
    nodes: Sequence[NodeTopology], known: Mapping[str, NodeTopology]
) -> Iterator[Contradiction]:
    for node in nodes:
        if sum(other.code == node.code for other in nodes) > 1:
            yield _no("node_twice", node)
        yield from _of_parent(node)
        yield from _of_mode(node, known)
        for component in Component:
            yield from _of_place(node, component, known)


def _of_parent(node: NodeTopology) -> Iterator[Contradiction]:
    if node.parent and not is_below(node.code, node.parent):
        yield _no("parent_not_above", node, other=node.parent)


def _of_mode(node: NodeTopology, known: Mapping[str, NodeTopology]) -> Iterator[Contradiction]:
    away = [each for each, place in node.places.items() if place != node.code]
    if node.mode is Mode.SEPARATE and away:
        yield _no(
            "separate_but_away",
            node,
            what="、".join(str(each.label) for each in away),
        )
    above = known.get(node.parent)
    is_home = node.places[Component.ACCOUNTS] == node.code
    if node.mode is not Mode.SEPARATE and is_home and above is not None and above.mode is not Mode.SEPARATE:
        yield _no(
            "home_missing",
            node,
            mode=str(node.mode.label),
        )
    apart = [
        each
        for each in (Component.ITEMS, Component.CASES)
        if node.places[each] != node.places[Component.ACCOUNTS]
    ]
    if node.mode is Mode.UNIFIED and apart:
        yield _no(
            "unified_but_apart",
            node,
            what="、".join(str(each.label) for each in apart),
        )


def _of_place(
    node: NodeTopology, component: Component, known: Mapping[str, NodeTopology]
) -> Iterator[Contradiction]:
    place = node.places[component]
    if place == node.code:
        return
    facts = {"what": str(component.label), "other": place}
    there = known.get(place)
    if not is_below(node.code, place):
        yield _no("place_not_above", node, **facts)
    elif there is None:
        yield _no(
            "place_unknown",
            node,
            **facts,
        )
    elif there.places[component] != place:
        facts["further"] = there.places[component]
        yield _no(
            "placed_twice",
            node,
            **facts,
        )
    elif component is Component.ACCOUNTS and there.mode is Mode.SEPARATE:
        yield _no(
            "home_is_separate",
            node,
            **facts,
        )


def _no(code: str, node: NodeTopology, **facts: str) -> Contradiction:
    return Contradiction(code=code, node=node.code, facts=facts)
