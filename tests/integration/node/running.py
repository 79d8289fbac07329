"""
A whole node as a process of its own, seen from outside.
"""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

READY_SECONDS = 300
PATIENCE = 180
"""Seconds until something that does not happen is called missing: ample, because a busy machine is no fault."""


def free_port() -> int:
    """
    Return a TCP port that nobody listens on just now.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], Any], *, seconds: float = PATIENCE) -> None:
    """
    Return when `condition` holds; fail the test when it does not in time.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def children_of(pid: int) -> dict[int, str]:
    """
    Return every living process below `pid` with its command line.
    """
    parents: dict[int, int] = {}
    commands: dict[int, str] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if fields[0] != "Z":
                # First what may fail: a process may end between the two.
                commands[int(entry.name)] = (entry / "cmdline").read_text().replace("\0", " ")
                parents[int(entry.name)] = int(fields[1])
    found: dict[int, str] = {}
    wave = {pid}
    while wave:
        wave = {child for child, parent in parents.items() if parent in wave}
        found |= {child: commands[child] for child in wave}
    return found


def processor_seconds_of(pid: int) -> float:
    """
    Return the processor time that a process, its living children and those it has waited for have used.
    """
    ticks = 0
    for each in (pid, *children_of(pid)):
        with suppress(OSError):
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def is_alive(pid: int) -> bool:
    """
    Tell whether a process lives; one that ended and was not waited for does not.
    """
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


class RunningNode:
    """
    `tongban serve` on a folder and a port of its own.
    """

    def __init__(
        self,
        home: Path,
        *,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        """
        Start it; returns at once.
        """
        self.home = home
        self.host = host
        self.port = free_port()
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TONGBAN_") and name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")
        }
        self.environment = inherited | {
            "TONGBAN_HOME": str(home),
            "TONGBAN_PORT": str(self.port),
            **(
                {}
                if host == "127.0.0.1"
                else {"TONGBAN_HOST": host, "TONGBAN_PUBLIC_URL": f"http://{host}:{self.port}"}
            ),
            # Two thousand requests of one person within a minute are what some of these tests do.
            **{f"TONGBAN_RATES_PER_{whose}": "0" for whose in ("PERSON", "CLIENT", "ADDRESS")},
            # A test that comes from thousands of addresses is no rush of visitors.
            "TONGBAN_WAITING_PLACES": "0",
            **(environment or {}),
        }
        self.log = log or home.with_name(f"{home.name}-{self.port}.log")
        self.start()

    def start(self) -> "RunningNode":
        """
        Start it, or start it again on the same folder and port after it ended; returns at once.
        """
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tongban.config.cli", "serve"],
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def tongban(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """
        Run another command beside the node and return how it ended.
        """
        return subprocess.run(
            [sys.executable, "-m", "tongban.config.cli", *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
            check=False,
        )

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        """
        Return status, headers and body of one page.
        """
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(
                "GET", path, headers={name.replace("_", "-"): text for name, text in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """
        Tell whether the node says that it can do its work.
        """
        assert self.process.poll() is None, f"the node ended:\n{self.log.read_text()[-2000:]}"
        try:
            return self.get("/readyz")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def wait_ready(self) -> "RunningNode":
        """
        Return when the node is ready.
        """
        wait_until(self.is_ready, seconds=READY_SECONDS)
        wait_until((self.home / "run" / "node.json").exists)
        return self

    def part(self, mark: str) -> int:
        """
        Return the process below the node whose command line holds `mark`; of several, the one that started the others.
        """
        first: list[int] = []

        def look() -> bool:
            # Not the lowest number: numbers begin anew when they are used up. One that just ends is looked for again.
            marked = [pid for pid, command in children_of(self.process.pid).items() if mark in command]
            first[:] = [
                pid for pid in marked if all(other == pid or other in children_of(pid) for other in marked)
            ]
            return bool(first)

        wait_until(look, seconds=READY_SECONDS)
        return first[0]

    def log_events(self) -> list[dict[str, Any]]:
        """
        Return the structured lines of the node's log.
        """
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def __del__(self) -> None:
        """
        Leave nothing behind when a test fails.
        """
        if hasattr(self, "process") and self.process.poll() is None:
            self.destroy()

    def stop(self) -> int:
        """
        Ask the node to stop and return its exit code.
        """
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)

    def destroy(self) -> None:
        """
        Leave nothing behind, whatever state it is in.
        """
        below = children_of(self.process.pid)
        for pid in (self.process.pid, *below):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(timeout=PATIENCE)
