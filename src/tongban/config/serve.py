"""
`tongban serve`: one process that starts the parts of a node, watches them and stops them.

    serve ── PostgreSQL (embedded, unless DATABASE_URL names one)
          ├─ prepare    migrations, static files, sample area; ends before the rest starts
          ├─ web        granian with its own worker processes
          ├─ worker     jobs, announcements
          ├─ exchange   what goes to other nodes; starts once the node is ready
          ├─ sms        simulated gateway for messages to phones, in a demonstration only
          └─ authority  simulated registers that say yes or no about people, in a demonstration only

A part that dies is started again, at once the first time and ever more slowly if it keeps dying. No part can
outlive this process. SIGTERM and Ctrl-C stop everything in order: web finishes its requests, the worker its
jobs, PostgreSQL last.
"""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

import structlog

from tongban.config import env, node, prepared, service_checks
from tongban.config.env import RunSettings
from tongban.config.keys import key_file
from tongban.foundation.clock import now
from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres.cluster import Cluster, DatabaseNotStarting
from tongban.foundation.processes import signal_group, spawn

logger = structlog.get_logger(__name__)

TICK_SECONDS = 0.1
STOP_SECONDS = 30
READY_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
SETTLED_AFTER_SECONDS = 60.0
DEATHS_BEFORE_GIVING_UP = 3
"""Before the node was ever ready; a node that once worked is never given up."""


RELAXED_IN_A_DEMONSTRATION = {
    "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR": "optional",
    "TONGBAN_IDENTITY_STAFF_PASSWORD_DAYS": "0",
    "TONGBAN_IDENTITY_SESSIONS_PER_STAFF": "20",
}
"""What a newcomer is spared: a second factor, a password that grows old, a few browsers only."""


class PortBusy(NodeProblem):
    """
    Something else listens where the web server should.
    """

    exit_code = 11


class PartKeepsDying(NodeProblem):
    """
    Web server or worker end as soon as they are started.
    """

    exit_code = 18


class PreparationFailed(NodeProblem):
    """
    Migrations or the sample area could not be loaded.
    """

    exit_code = 19


@dataclass(slots=True)
class Part:
    """
    One child of the node and what happened to it.
    """

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    deaths: int = 0
    next_start: float = 0.0
    waits_until_ready: bool = False
    """Nobody waits for it, so it does not take the others' time while the node starts."""

    def start(self, environment: Mapping[str, str]) -> None:
        """
        Start it.
        """
        self.process = spawn(self.command, environment=environment)
        self.started = time.monotonic()
        logger.info("part_started", part=self.name, pid=self.process.pid)

    def note_death(self) -> None:
        """
        Clear away what it left and decide when to start it again: after 0, 1, 2, 4 … 30 seconds.
        """
        assert self.process is not None  # noqa: S101 -- only called for a part that was started
        # Whatever the dead main process had started is on its own now and may hold the port.
        signal_group(self.process, signal.SIGKILL)
        if time.monotonic() - self.started > SETTLED_AFTER_SECONDS:
            self.deaths = 0
        pause = 0.0 if self.deaths == 0 else min(2.0 ** (self.deaths - 1), LONGEST_PAUSE_SECONDS)
        self.deaths += 1
        self.next_start = time.monotonic() + pause
        logger.warning(
            "part_died", part=self.name, exit_code=self.process.returncode, starts_again_in_seconds=pause
        )
        self.process = None


class Supervisor:
    """
    The parts of one node while it runs.
    """

    def __init__(self, run: RunSettings, *, demo: bool) -> None:
        """
        Keep what was asked for; nothing is started yet.

        :param demo: load the sample area and demo accounts into an empty node
        """
        self._run = run
        self._demo = demo
        self._cluster: Cluster | None = None
        self._stop = threading.Event()
        self._parts = [
            Part("web", _tongban("web")),
            Part("worker", _tongban("worker")),
            Part("exchange", _tongban("exchange"), waits_until_ready=True),
        ]
        self._messages_url = ""
        self._is_ready = False
        self._next_probe = 0.0
        self._environment: dict[str, str] = {}

    def serve(self) -> None:
        """
        Run the node until it is told to stop.

        :raises NodeProblem: it cannot run; the sentence says why
        """
        with node.held(self._run.home):
            signal.signal(signal.SIGTERM, self._on_signal)
            signal.signal(signal.SIGINT, self._on_signal)
            self._environment = _environment_of_parts(self._run)
            check_port(self._run.host, self._run.port)
            service_checks.check_secrets(key_file(self._run.home), demo=self._demo)
            if self._demo:
                self._relax()
                self._simulate_gateway()
                self._simulate_authorities()
                self._simulate_authenticator()
            try:
                self._start_database()
                self._prepare()
                service_checks.check_accounts(self._database_url())
                self._watch()
            finally:
                self._stop_all()

    def _relax(self) -> None:
        """
        Let the demo staff in by their printed password alone, unless the operator has said otherwise.
        """
        for name, value in RELAXED_IN_A_DEMONSTRATION.items():
            self._environment.setdefault(name, value)

    @property
    def _is_relaxed(self) -> bool:
        return self._environment.get("TONGBAN_IDENTITY_STAFF_SECOND_FACTOR", "").lower() == "optional"

    def _simulate_gateway(self) -> None:
        """
        Give a demonstration phones to send to, unless it has been given a gateway or there are no simulators.
        """
        if env.messaging.sms_url is not None or not (env.SOURCE_ROOT / "simulators").is_dir():
            return
        port = free_port()
        self._messages_url = f"http://127.0.0.1:{port}/messages"
        self._environment["TONGBAN_MESSAGING_SMS_URL"] = f"http://127.0.0.1:{port}"
        self._environment["TONGBAN_MESSAGING_IS_SIMULATED"] = "1"
        self._parts.append(Part("sms", _tongban("simulate", "sms", "--port", str(port))))

    def _simulate_authorities(self) -> None:
        """
        Give a demonstration authorities that know its people, and believe strangers, unless it has been given some.
        """
        if env.authority.url is not None or not (env.SOURCE_ROOT / "simulators").is_dir():
            return
        port = free_port()
        self._environment["TONGBAN_AUTHORITY_URL"] = f"http://127.0.0.1:{port}"
        self._environment["TONGBAN_AUTHORITY_IS_SIMULATED"] = "1"
        self._environment.setdefault("TONGBAN_IDENTITY_REGISTRATION_CONTENTS", "1")
        command = _tongban("simulate", "authority", "--strangers", "--port", str(port))
        self._parts.append(Part("authority", command))

    def _simulate_authenticator(self) -> None:
        """
        Give a demonstration platforms whose accounts can be linked, unless it has been given some.
        """
        if env.federation.demo_authenticator is not None or not (env.SOURCE_ROOT / "simulators").is_dir():
            return
        port = free_port()
        self._environment["TONGBAN_FEDERATION_DEMO_AUTHENTICATOR"] = f"http://127.0.0.1:{port}"
        self._parts.append(Part("platforms", _tongban("simulate", "authenticator", "--port", str(port))))

    def _start_database(self) -> None:
        if external := self._run.database_url.get_secret_value():
            node.check_external(external)
            return
        self._cluster = Cluster(self._run.home)
        self._cluster.start()
        node.publish_address(self._run.home, self._cluster.url)
        logger.info("database_started", pid=self._cluster.pid, version=self._cluster.binaries.version)

    def _database_url(self) -> str:
        return self._cluster.url if self._cluster else self._run.database_url.get_secret_value()

    def _prepare(self) -> None:
        url = self._database_url()
        state = prepared.state_of(self._run, demo=self._demo, database_url=url)
        if prepared.is_noted(self._run.home, state):
            return
        part = Part("prepare", _tongban("prepare", *(["--demo"] if self._demo else [])))
        part.start(self._environment)
        assert part.process is not None  # noqa: S101 -- just started
        while part.process.poll() is None:
            if self._stop.wait(TICK_SECONDS):
                self._end([part])
                return
        if part.process.returncode != 0:
            raise PreparationFailed("The database could not be brought up to date; the reason is above.")
        prepared.note(self._run.home, state)

    def _watch(self) -> None:
        while not self._stop.is_set():
            self._revive_database()
            for part in self._parts:
                self._revive(part)
            self._probe()
            self._stop.wait(TICK_SECONDS)

    def _revive_database(self) -> None:
        if self._cluster is None or not self._cluster.has_died():
            return
        logger.warning("database_died", last_words=self._cluster.last_words())
        pause = 1.0
        while not self._stop.is_set():
            try:
                self._cluster.restart()
            except (DatabaseNotStarting, OSError, NodeProblem) as error:
                logger.warning("database_does_not_start", reason=str(error), next_try_in_seconds=pause)
                self._stop.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            else:
                logger.info("database_started", pid=self._cluster.pid)
                return

    def _revive(self, part: Part) -> None:
        if part.process is not None and part.process.poll() is not None:
            part.note_death()
            if not self._is_ready and part.deaths >= DEATHS_BEFORE_GIVING_UP:
                raise PartKeepsDying(
                    f"The part called {part.name} ends as soon as it starts; the reason is above."
                )
        if part.waits_until_ready and not self._is_ready:
            return
        if part.process is None and time.monotonic() >= part.next_start:
            part.start(self._environment)

    def _probe(self) -> None:
        if self._is_ready or time.monotonic() < self._next_probe:
            return
        self._next_probe = time.monotonic() + 2 * TICK_SECONDS
        if answers(self._run.host, self._run.port):
            self._is_ready = True
            started_at = now().isoformat(timespec="seconds")
            note = node.RunningNode(pid=os.getpid(), url=self._run.base_url, started_at=started_at)
            node.introduce(self._run.home, note)
            announce(self._run, messages_url=self._messages_url, is_relaxed=self._is_relaxed)

    def _stop_all(self) -> None:
        logger.info("stopping")
        self._end(self._parts)
        if self._cluster is not None:
            self._cluster.stop()
        logger.info("stopped")

    @staticmethod
    def _end(parts: list[Part]) -> None:
        """
        Ask parts to finish, all at once; force those that take too long.
        """
        processes = [part.process for part in parts if part.process is not None]
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=max(0.1, deadline - time.monotonic()))
            signal_group(process, signal.SIGKILL)
            process.wait()

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._stop.set()


def check_port(host: str, port: int) -> None:
    """
    Prove that the web server will be able to listen.

    :raises PortBusy: something else does, or we may not
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortBusy(
                f"The web server cannot listen on {host} port {port} ({error.strerror}); "
                "stop what uses it, or choose another port with TONGBAN_PORT."
            ) from None


def free_port() -> int:
    """
    Return a port of this machine that nobody listens on just now.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def local_host(host: str) -> str:
    """
    Return where a program on this machine reaches a server that listens on `host`.
    """
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- where to ask, not to listen


def answers(host: str, port: int) -> bool:
    """
    Tell whether the node on this machine says that it is ready.
    """
    connection = http.client.HTTPConnection(local_host(host), port, timeout=READY_SECONDS)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def announce(run: RunSettings, *, messages_url: str, is_relaxed: bool = False) -> None:
    """
    Print where the node answers and, for a demonstration, who may log in.

    :param messages_url: where the simulated gateway shows messages to phones; empty when there is none
    :param is_relaxed: staff log in by password alone
    """
    lines = ["", f"  Tongban is ready: {run.base_url}", f"  Data folder: {run.home}"]
    if messages_url:
        lines.append(f"  Messages to phones: {messages_url}")
    if is_relaxed:
        lines.append(
            "  Demonstration: staff log in without a second factor, which a node in service asks for."
        )
    accounts = node.accounts_file(run.home)
    if accounts.exists():
        lines += ["", *(f"  {line}" for line in accounts.read_text(encoding="utf-8").splitlines())]
    lines += ["", "  Stop it with Ctrl-C.", ""]
    sys.stdout.write("\n".join(lines))
    sys.stdout.flush()


def _environment_of_parts(run: RunSettings) -> dict[str, str]:
    folder = run.home / "run" / "metrics"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return os.environ | {"TONGBAN_HOME": str(run.home), node.METRICS_VARIABLE: str(folder)}


def _tongban(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tongban.config.cli", *arguments]
