"""
What tests of whole nodes stand on: an empty folder, and one node for all that leave it running.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories.homes import enterable_folder, home_with_tables
from tests.integration.node.running import RunningNode

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
        running = RunningNode(home_with_tables(path / "home"), environment=quota).wait_ready()
        yield running
        running.destroy()
