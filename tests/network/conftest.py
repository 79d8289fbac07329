"""
Three nodes that trust one another, started once; and a city that has joined its province by the commands.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.factories.homes import enterable_folder
from tests.network.places import HOME, PEOPLE, PLACES, PROVINCE, NodeAt, Outside, Place, start, write_area


@dataclass
class Network:
    """
    The nodes, and who may log people in where.
    """

    nodes: dict[str, NodeAt]
    outside: Outside
    parties: dict[tuple[str, str], str]
    """(node that keeps the account, node that asks) -> the secret of the one that asks."""

    def at(self, place: Place) -> NodeAt:
        return self.nodes[place.code]

    def set_up(self, mode: str) -> None:
        """
        Give every node its topology file for one of the official modes.
        """
        home = "" if mode == "SEPARATE" else PROVINCE.code
        for node in self.nodes.values():
            others = [other for other in self.nodes.values() if other is not node]
            node.trust(others, self.parties, mode=mode, home=home)

    def set_up_below(self, parent: Place) -> None:
        """
        Let the parent know every node, and every other node the parent only.
        """
        above = self.at(parent)
        below = [node for node in self.nodes.values() if node is not above]
        above.trust(below, self.parties, mode="SEPARATE", home="")
        for node in below:
            node.trust([above], self.parties, mode="SEPARATE", home="", parent=parent.code)


@dataclass(frozen=True)
class Joined:
    """
    What the two nodes said when one joined the other.
    """

    asked: dict[str, Any]
    after: dict[str, Any]


@pytest.fixture(autouse=True)
def closed_browsers() -> Iterator[None]:
    """
    Close every browser that a test has opened.
    """
    yield
    while PEOPLE:
        PEOPLE.pop().http.close()


@pytest.fixture(scope="package")
def network() -> Iterator[Network]:
    """
    Start a province and two cities, each with one offering, and let each log people in for the others.
    """
    outside = Outside.open()
    with enterable_folder() as folder, ThreadPoolExecutor(max_workers=len(PLACES)) as pool:
        nodes = {place.code: start(place, folder / place.code, outside) for place in PLACES}
        try:
            parties: dict[tuple[str, str], str] = {}
            for keeper, made in zip(
                nodes.values(),
                pool.map(lambda node: _furnish(node, nodes, folder), nodes.values()),
                strict=True,
            ):
                parties |= {(keeper.place.code, code): secret for code, secret in made.items()}
            yield Network(nodes, outside, parties)
        finally:
            for node in nodes.values():
                node.running.destroy()
            outside.close()


@pytest.fixture(scope="package")
def joined(network: Network) -> Joined:
    """
    Have a city join its province, approved by its fingerprint: from now on they exchange.
    """
    return join(network.at(HOME), network.at(PROVINCE))


def join(city: NodeAt, province: NodeAt) -> Joined:
    """
    Have a city join a province; it begins with the next minute's round.
    """
    asked = told(city, "join", "--parent", province.url)
    told(province, "approve", city.place.code, "--fingerprint", asked["fingerprint"])
    return Joined(asked=asked, after=told(city, "status"))


def told(node: NodeAt, *arguments: str) -> dict[str, Any]:
    """
    Run `tongban node …` and return what it says.
    """
    done = node.running.tongban("node", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def _furnish(node: NodeAt, nodes: dict[str, NodeAt], folder: Path) -> dict[str, str]:
    """
    Wait for a node, load its area, and let the others in; return their secrets.
    """
    node.running.wait_ready()
    area = write_area(node.topology.parent / "area", node.place)
    loaded = node.running.tongban("load-area", "--no-accounts", str(area))
    assert loaded.returncode == 0, loaded.stderr
    return {other.place.code: node.register_party(other) for other in nodes.values() if other is not node}
