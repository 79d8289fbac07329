"""
The data folder of a running node: who holds it, where its database answers, what it told about itself.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import psycopg

from tongban.config.database import address_file
from tongban.config.env import RunSettings
from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres.binaries import OLDEST_MAJOR
from tongban.foundation.postgres.cluster import Cluster
from tongban.foundation.postgres.home import prepare_folder, problem_of

ADDRESS_SECONDS = 120
VERSION_UNIT = 10000
PRIVATE = 0o600

#: Names the folder where web processes keep their counts; the metrics library reads it when imported.
METRICS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


class AlreadyRunning(NodeProblem):
    """
    Another `tongban serve` holds the data folder.
    """

    exit_code = 10


class DatabaseUnreachable(NodeProblem):
    """
    The external PostgreSQL does not answer or is too old.
    """

    exit_code = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNode:
    """
    What a running node leaves in its data folder for commands beside it.
    """

    pid: int
    url: str
    started_at: str
    """RFC 3339, UTC."""


@contextmanager
def held(home: Path) -> Iterator[None]:
    """
    Hold the data folder for as long as the node runs; the kernel lets go of it when we die.

    :raises AlreadyRunning: somebody else holds it
    :raises HomeUnusable: it cannot be written
    """
    prepare_folder(home)
    try:
        file = _lock_file(home).open("a+", encoding="ascii")
    except OSError as error:
        raise problem_of(error, home) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            known = running_node(home)
            where = f" (process {known.pid}, {known.url})" if known else ""
            raise AlreadyRunning(
                f"A node is running on {home} already{where}; stop it, or name another folder with TONGBAN_HOME."
            ) from None
        try:
            yield
        finally:
            _note_file(home).unlink(missing_ok=True)
            address_file(home).unlink(missing_ok=True)


def is_held(home: Path) -> bool:
    """
    Tell whether a node runs on this data folder.
    """
    try:
        with _lock_file(home).open("r", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def running_node(home: Path) -> RunningNode | None:
    """
    Return what the running node told about itself; None when none runs or it is only just starting.
    """
    try:
        return RunningNode(**json.loads(_note_file(home).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def introduce(home: Path, node: RunningNode) -> None:
    """
    Leave a note about this node for commands beside it.
    """
    _write(_note_file(home), json.dumps(asdict(node)))


def publish_address(home: Path, url: str) -> None:
    """
    Leave the database's address for every process of this node; it holds a password, so only we may read it.
    """
    _write(address_file(home), url)


@contextmanager
def database(run: RunSettings) -> Iterator[None]:
    """
    See to it that the node's database answers while a command works.

    An external one is asked for its version; a running node's is used; else the embedded server is started for
    as long as the command takes.

    :raises NodeProblem: it does not answer, with the sentence that says why
    """
    if external := run.database_url.get_secret_value():
        check_external(external)
        yield
    elif is_held(run.home):
        _wait_for_address(run.home)
        yield
    else:
        with Cluster(run.home) as cluster:
            publish_address(run.home, cluster.url)
            try:
                yield
            finally:
                address_file(run.home).unlink(missing_ok=True)


def check_external(url: str) -> None:
    """
    Prove that the external database answers and is new enough.

    :raises DatabaseUnreachable: it does not, or is not
    """
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version
    except psycopg.Error as error:
        words = str(error).strip().splitlines()
        raise DatabaseUnreachable(
            f"The database named by DATABASE_URL does not answer: {words[-1] if words else type(error).__name__}"
        ) from error
    if version < OLDEST_MAJOR * VERSION_UNIT:
        raise DatabaseUnreachable(
            f"The database named by DATABASE_URL is PostgreSQL {version // VERSION_UNIT}; "
            f"{OLDEST_MAJOR} or newer is needed."
        )


def accounts_file(home: Path) -> Path:
    """
    Return where the demo accounts are left as text for `serve` to print.
    """
    return home / "run" / "demo-accounts.txt"


def _wait_for_address(home: Path) -> None:
    deadline = time.monotonic() + ADDRESS_SECONDS
    while not address_file(home).exists():
        if time.monotonic() > deadline or not is_held(home):
            raise DatabaseUnreachable(f"The node on {home} is starting or stopping; try again in a moment.")
        time.sleep(0.2)


def _lock_file(home: Path) -> Path:
    return home / "serve.lock"


def _note_file(home: Path) -> Path:
    return home / "run" / "node.json"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}-{os.getpid()}")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
