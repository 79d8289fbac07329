"""
Four nodes, joined: nation, province and two cities that start one after the other and find one another again.
"""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Self

from tests.factories.homes import home_with_tables
from tools.network import areas
from tools.network.places import AWAY, CITIES, HOME, PLACES, PROVINCE, Place
from tools.network.processes import NetworkFailed, Node, Running, simulator

ENTERABLE = 0o711
"""The database runs under an account of its own where we are root."""
ASKERS = {HOME.code: (AWAY, PROVINCE), AWAY.code: (HOME, PROVINCE)}
"""Who lets whose people in: the node that keeps the accounts -> who asks it."""
KEY_BYTES = 32
PORTS = len(PLACES) + 2
"""Nodes, phones, authorities."""

Say = Callable[[str], None]


class Network:
    """
    The nodes and the parties outside, from start to stop.
    """

    def __init__(
        self, folder: Path, *, port: int, say: Say = print, lines: Mapping[str, str] | None = None
    ) -> None:
        """
        Keep where it lies; nothing is started yet.

        :param port: the first of six: nation, province, two cities, phones, authorities
        :param say: told of every step
        :param lines: code of a node -> address under which it reaches the one above, where not the usual one
        """
        self.folder = folder
        self.port = port
        self._say = say
        self._lines = dict(lines or {})
        self._outside: list[Running] = []
        environment = {
            "TONGBAN_WORKERS": "1",
            "TONGBAN_MESSAGING_SMS_URL": f"http://127.0.0.1:{port + len(PLACES)}",
            "TONGBAN_MESSAGING_IS_SIMULATED": "1",
            "TONGBAN_AUTHORITY_URL": f"http://127.0.0.1:{port + len(PLACES) + 1}",
            "TONGBAN_AUTHORITY_IS_SIMULATED": "1",
            "TONGBAN_IDENTITY_REGISTRATION_CONTENTS": "1",
            "TONGBAN_OUTGOING_NETWORKS": "127.0.0.0/8",
        }
        self.nodes = {
            place.code: Node(place, folder / place.folder, port=port + turn, environment=environment)
            for turn, place in enumerate(PLACES)
        }

    def at(self, place: Place) -> Node:
        """
        Return the node of a place.
        """
        return self.nodes[place.code]

    def __enter__(self) -> Self:
        """
        Start, join and furnish everything; what was done before is not done again.

        :raises NetworkFailed: something does not work
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """
        Stop everything, nodes before the parties outside.
        """
        self.stop()

    def check(self) -> None:
        """
        Prove that everything still runs.

        :raises NetworkFailed: a part has ended
        """
        for node in self.nodes.values():
            node.check()
        for party in self._outside:
            party.check()

    def stop(self) -> None:
        """
        Ask all to stop, then wait for each.
        """
        for node in self.nodes.values():
            node.stop()
        for node in self.nodes.values():
            node.wait_stopped()
        for party in self._outside:
            party.ask_to_stop()
        for party in self._outside:
            party.wait()
        self._outside.clear()

    def _start(self) -> None:
        known = self._recall()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(ENTERABLE)
        self._simulate()
        for node in self.nodes.values():
            self._timed(f"{node.place.name} {node.url}", partial(self._start_node, node))
        if not known:
            self._timed("logins between nodes", self._exchange_trust)
            for place in PLACES[1:]:
                self._timed(f"{place.name} joins", partial(self._join, place))
            self._remember({"port": self.port})

    def _start_node(self, node: Node) -> None:
        node.folder.mkdir(parents=True, exist_ok=True)
        node.folder.chmod(ENTERABLE)
        if not node.topology.exists():
            node.topology.write_text("", encoding="utf-8")
        areas.write_area(node.folder / "area", node.place)
        if not node.home.exists():
            # Tables made once are copied: migrations take longer than everything else.
            home_with_tables(node.home)
        node.start()
        node.wait_ready()

    def _simulate(self) -> None:
        first = self.port + len(PLACES)
        self._outside = [
            simulator("sms", port=first, log=self.folder / "sms.log"),
            simulator("authority", "--strangers", port=first + 1, log=self.folder / "authority.log"),
        ]

    def _exchange_trust(self) -> None:
        """
        Let each city log its people in at the other one and at the province, and say so in the topology files.
        """
        with ThreadPoolExecutor(max_workers=len(CITIES)) as pool:
            told = dict(zip(CITIES, pool.map(self._register_askers, CITIES), strict=True))
        for asker in (PROVINCE, *CITIES):
            keepers = [keeper for keeper in CITIES if asker in ASKERS[keeper.code]]
            clients = {keeper.code: told[keeper][asker.code] for keeper in keepers}
            self._write_topology(asker, clients)

    def _register_askers(self, keeper: Place) -> dict[str, str]:
        """
        Register who may ask a city to log people in; return their secrets.
        """
        made = {}
        for asker in ASKERS[keeper.code]:
            base = f"{self.at(asker).url}/sso"
            receipt = self.at(keeper).tell(
                "create-relying-party",
                f"node-{asker.code}",
                *("--name", asker.title),
                *("--redirect-uri", f"{base}/callback/{keeper.code}/"),
                *("--backchannel-logout-uri", f"{base}/backchannel/{keeper.code}/"),
                *("--scope", "identity", "--scope", "phone"),
            )
            made[asker.code] = str(receipt["client_secret"])
        return made

    def _write_topology(self, asker: Place, clients: Mapping[str, str]) -> None:
        """
        Write whom a node believes about people; in 分建 each city keeps its own accounts.
        """
        lines = ['mode = "SEPARATE"', f'node = "{asker.code}"']
        for keeper in CITIES:
            if keeper.code in clients:
                lines += [
                    "",
                    "[[providers]]",
                    f'code = "{keeper.code}"',
                    'kind = "NODE"',
                    f'name = "{keeper.title}"',
                    f'name_en = "{keeper.title_en}"',
                    f'url = "{self.at(keeper).url}"',
                    f'client_id = "node-{asker.code}"',
                    f'client_secret = "{clients[keeper.code]}"',
                    f'shared_key = "{self._shared_key(asker, keeper)}"',
                ]
        draft = self.at(asker).topology.with_suffix(".new")
        draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
        draft.replace(self.at(asker).topology)

    def _shared_key(self, one: Place, other: Place) -> str:
        name = "-".join(sorted((one.code, other.code)))
        path = self.folder / f"{name}.key"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(KEY_BYTES), encoding="ascii")
        return path.read_text(encoding="ascii")

    def _join(self, place: Place) -> None:
        """
        Have a node join the one above: ask, approve what was read aloud, fetch the certificate.
        """
        node, parent = self.at(place), self.nodes[place.parent]
        own = node.tell("node", "join", "--parent", self._lines.get(place.code, parent.url))
        if own["state"] == "REQUESTED":
            parent.tell("node", "approve", place.code, "--fingerprint", own["fingerprint"])
            own = node.tell("node", "status")
        if own["state"] != "ACTIVE":
            raise NetworkFailed(f"{place.name} did not join {parent.place.name}: {own['state']}")

    def _recall(self) -> dict[str, Any]:
        """
        Return what an earlier start left; what was left halfway is made anew.

        :raises NetworkFailed: it was made for other addresses
        """
        path = self.folder / "network.json"
        if not path.exists():
            self._clear()
            return {}
        known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if known["port"] != self.port:
            raise NetworkFailed(
                f"The network in {self.folder} was made for port {known['port']}, and its nodes know one another "
                f"by it: set NETWORK_PORT={known['port']}, or another folder with NETWORK_HOME."
            )
        return known

    def _clear(self) -> None:
        """
        Remove the nodes of a start that did not come to its end; nothing else in the folder.
        """
        for node in self.nodes.values():
            shutil.rmtree(node.folder, ignore_errors=True)

    def _remember(self, known: dict[str, Any]) -> None:
        (self.folder / "network.json").write_text(json.dumps(known), encoding="utf-8")

    def _timed(self, what: str, act: Callable[[], None]) -> None:
        begun = time.monotonic()
        act()
        self._say(f"  {what:<44} {time.monotonic() - begun:>7.1f} s")
