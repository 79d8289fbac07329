"""
The node under test: its own embedded PostgreSQL with the settings of service, and the web server of `tongban serve`.

The worker does not run: what it would do with the announcements is no part of a request.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from tongban.foundation.postgres.cluster import Cluster
from tongban.foundation.processes import spawn

HOME = Path(__file__).parent.parent / "var" / "bench"
READY_SECONDS = 60
PROCESSES = 2
THREADS = 4


def use(url: str) -> None:
    """
    Make this process one of the node's, on the database at `url`; before Django's settings are loaded.
    """
    os.environ.update(environment(url))


def environment(url: str, *, port: int = 0) -> dict[str, str]:
    """
    Return the environment of the node's processes.
    """
    return {
        "DJANGO_SETTINGS_MODULE": "tongban.config.settings",
        "DATABASE_URL": url,
        "TONGBAN_HOME": str(HOME),
        "TONGBAN_WORKERS": str(PROCESSES),
        # Callers log in once, by password: what is measured comes after it.
        "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR": "optional",
        "TONGBAN_THREADS": str(THREADS),
        # Counted like everywhere, so that the counting is measured, and never refused.
        **{f"TONGBAN_RATES_PER_{whose}": "1000000000" for whose in ("PERSON", "CLIENT", "ADDRESS")},
        **({"TONGBAN_PORT": str(port)} if port else {}),
    }


def database(cluster: Cluster, name: str, *, is_fresh: bool = False) -> str:
    """
    Return the address of a database of this cluster, made if it is missing.

    :param is_fresh: throw away what is there
    """
    with psycopg.connect(cluster.owner_url, autocommit=True) as owner:
        if is_fresh:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            owner.execute(
                sql.SQL("CREATE DATABASE {} OWNER tongban TEMPLATE template0").format(sql.Identifier(name))
            )
    return cluster.url.replace("/tongban?", f"/{name}?")


@contextmanager
def web(url: str) -> Iterator[int]:
    """
    Run the web server and give its port.
    """
    port = _free_port()
    metrics = HOME / "run" / "metrics"
    metrics.mkdir(parents=True, exist_ok=True)
    for old in metrics.iterdir():
        old.unlink()
    given = os.environ | environment(url, port=port) | {"PROMETHEUS_MULTIPROC_DIR": str(metrics)}
    with (HOME / "log" / "web.log").open("wb") as log:
        process = spawn([sys.executable, "-m", "tongban.config.cli", "web"], environment=given, output=log)
        try:
            _wait(port, process)
            yield port
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=20)
            process.kill()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            channel = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            channel.request("GET", "/healthz")
            if channel.getresponse().status == http.HTTPStatus.OK:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The web server does not answer; see {HOME / 'log' / 'web.log'}.")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
