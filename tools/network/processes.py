"""
The processes of the network: nodes, and the parties outside that all of them share.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from tools.network.places import Place

READY_SECONDS = 300
STOP_SECONDS = 60
COMMAND_SECONDS = 180
TONGBAN = (sys.executable, "-m", "tongban.config.cli")


class NetworkFailed(Exception):
    """
    The network cannot be started or does not do what it should; the sentence says why.
    """


class Running:
    """
    A child of ours, its output in a file.
    """

    def __init__(self, name: str, command: list[str], *, environment: Mapping[str, str], log: Path) -> None:
        """
        Start it; returns at once. Ctrl-C in the terminal does not reach it: we end it in order.
        """
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, env=dict(environment), stdout=output, stderr=output, start_new_session=True
            )

    def check(self) -> None:
        """
        Prove that it still runs.

        :raises NetworkFailed: it has ended
        """
        if self._process.poll() is not None:
            raise NetworkFailed(f"{self.name} ended; its last words, in {self.log}:\n{self._last_words()}")

    def ask_to_stop(self) -> None:
        """
        Ask it to stop; returns at once.
        """
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def wait(self) -> None:
        """
        Return when it has stopped; force it when it takes too long.
        """
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_words(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


class Node:
    """
    A node of the network.
    """

    def __init__(self, place: Place, folder: Path, *, port: int, environment: Mapping[str, str]) -> None:
        """
        Keep where it stands; nothing is started yet.

        :param environment: what all nodes are told
        """
        self.place = place
        self.folder = folder
        self.home = folder / "home"
        self.topology = folder / "topology.toml"
        self.port = port
        self.url = f"http://{place.host}:{port}"
        self._running: Running | None = None
        self._environment = clean_environment() | {
            **environment,
            "TONGBAN_HOME": str(self.home),
            "TONGBAN_HOST": place.host,
            "TONGBAN_PORT": str(port),
            "TONGBAN_PUBLIC_URL": self.url,
            "TONGBAN_AREA": str(folder / "area"),
            "TONGBAN_NODE_LEVEL": place.level,
            "TONGBAN_NODE_DIVISION_CODE": place.code,
            "TONGBAN_NODE_NAME": place.title,
            "TONGBAN_NODE_NAME_EN": place.title_en,
            "TONGBAN_FEDERATION_TOPOLOGY": str(self.topology),
        }

    def start(self) -> None:
        """
        Start it; returns at once.

        :raises NetworkFailed: something else listens where it should
        """
        check_port(self.place.host, self.port)
        self._running = Running(
            self.place.name,
            [*TONGBAN, "serve", "--demo"],
            environment=self._environment,
            log=self.folder / "serve.log",
        )

    def wait_ready(self) -> None:
        """
        Return when it answers.

        :raises NetworkFailed: it ends, or is not ready in time
        """
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            self.check()
            if self._answers():
                return
            time.sleep(0.2)
        raise NetworkFailed(f"{self.place.name} was not ready after {READY_SECONDS} s; see {self.folder}")

    def check(self) -> None:
        """
        Prove that it still runs.

        :raises NetworkFailed: it has ended
        """
        if self._running is not None:
            self._running.check()

    def stop(self) -> None:
        """
        Ask it to stop; returns at once.
        """
        if self._running is not None:
            self._running.ask_to_stop()

    def wait_stopped(self) -> None:
        """
        Return when it has stopped.
        """
        if self._running is not None:
            self._running.wait()

    def tell(self, *arguments: str) -> dict[str, Any]:
        """
        Run a command beside the node and return the JSON object it prints.

        :raises NetworkFailed: it refuses
        """
        done = subprocess.run(
            [*TONGBAN, "--log-level", "ERROR", *arguments, "--json"],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        if done.returncode != 0:
            words = (done.stderr or done.stdout).strip()[-1000:]
            raise NetworkFailed(f"{self.place.name}: tongban {' '.join(arguments)}: {words}")
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))

    def _answers(self) -> bool:
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5, trust_env=False)
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK


def simulator(party: str, *arguments: str, port: int, log: Path) -> Running:
    """
    Start a stand-in for a party outside.

    :raises NetworkFailed: something else listens where it should
    """
    check_port("127.0.0.1", port)
    command = [*TONGBAN, "simulate", party, "--port", str(port), *arguments]
    return Running(party, command, environment=clean_environment(), log=log)


def check_port(host: str, port: int) -> None:
    """
    Prove that a server of ours can listen there.

    :raises NetworkFailed: it cannot; the sentence says what helps
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NetworkFailed(
                f"Nobody of ours can listen on {host} port {port} ({error.strerror}); stop what uses it, or "
                "choose another first port with NETWORK_PORT. (macOS knows only 127.0.0.1 until it is told of "
                f"the others: sudo ifconfig lo0 alias {host}.)"
            ) from None


def clean_environment() -> dict[str, str]:
    """
    Return the environment without what is meant for another node.
    """
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TONGBAN_") and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    }
