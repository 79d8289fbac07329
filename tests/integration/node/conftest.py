"""
Folders that a server under another account can enter, and processes as one sees them from outside.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.integration.node.running import RunningNode
from tongban.foundation.processes import processes_in

ENTERABLE = 0o711
CLIENT_QUOTA = 40
"""Requests a minute of one system at the shared node; persons and addresses are not counted there."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """
    Give an empty folder that every account can pass through; pytest's own is closed to others.
    """
    with enterable_folder() as path:
        yield path


@pytest.fixture(scope="package")
def node() -> Iterator[RunningNode]:
    """
    One node for all tests that leave it running.
    """
    with enterable_folder() as path:
        quota = {"TONGBAN_RATES_PER_CLIENT": str(CLIENT_QUOTA)}
        running = RunningNode(path / "home", environment=quota).wait_ready()
        yield running
        running.destroy()


@contextmanager
def enterable_folder() -> Iterator[Path]:
    """
    Give such a folder and remove it, with whatever still runs in it.
    """
    path = Path(tempfile.mkdtemp(prefix="tongban-node-"))
    path.chmod(ENTERABLE)
    yield path
    for data in path.rglob("PG_VERSION"):
        for pid in processes_in(data.parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    shutil.rmtree(path, ignore_errors=True)
