"""
What every test stands on: a throw-away database, no network but this machine, no database in unit tests.
"""

import gc
import ipaddress
import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import structlog
from django.core.cache import cache
from django.test import TransactionTestCase
from django.utils import translation
from xdist.scheduler import LoadFileScheduling

from tests import settings
from tests.factories.database import empty
from tongban.foundation import audit_anchor

UNIT_TESTS = Path(__file__).parent / "unit"
LONG_FIRST = ("journeys", "integration/node", "network", "kill", "identity_proof", "contracts", "properties")
"""Folders whose files take minutes: begun last, one process would still work on one when the others have ended."""
OF_NODES = ("tests/journeys/", "tests/integration/node/", "tests/network/", "tests/kill/")
"""
Folders whose files share running nodes: they all go to one process, which starts each node once.

They follow one another: two cores do not carry the nodes of several folders at once, whose workers then come too late.
"""
ATTACKS = "tests/identity_proof/attacks/"
LONGEST_ID = 60
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup", "live_server"})


# As the node does: what a command answers on standard output stays clean, also of threads that an earlier test left.
structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))


class NetworkUsed(RuntimeError):
    """
    A test tried to reach another machine.
    """


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """
    Let tests talk to this machine only.
    """
    patch = pytest.MonkeyPatch()
    for name in ("connect", "connect_ex"):
        patch.setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """
    Start the throw-away server when the first test needs it.
    """
    settings.start_cluster()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Put long files first, and make a unit test that asks for the database fail, saying where it belongs.
    """
    items.sort(key=_turn)
    for item in items:
        if UNIT_TESTS in item.path.parents and _wants_database(item):
            item.add_marker(pytest.mark.usefixtures("refuse_database"))


def _turn(item: pytest.Item) -> int:
    path = item.path.relative_to(UNIT_TESTS.parent).as_posix()
    turns = (turn for turn, folder in enumerate(LONG_FIRST) if path.startswith(f"{folder}/"))
    return next(turns, len(LONG_FIRST))


class _ByNode(LoadFileScheduling):
    """
    Hands out whole files, and whole folders where their files share a node.
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(OF_NODES):
            return "nodes"
        # Its last file counts what the others tried.
        return "attacks" if nodeid.startswith(ATTACKS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByNode:
    """
    Let processes that run tests side by side take them by files and nodes.
    """
    return _ByNode(config, log)


def pytest_configure() -> None:
    """
    Look for no garbage while tests are collected: there is none. Let no clock judge an example.
    """
    gc.disable()
    usual = hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name())
    hypothesis.settings.register_profile("patient", parent=usual, deadline=None)
    hypothesis.settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """
    Look for garbage among what tests make only.
    """
    gc.freeze()
    gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """
    Number contents of files and long texts instead of naming tests by them: some are signed, or hold the time.
    """
    is_content = isinstance(val, bytes) or (isinstance(val, str) and len(val) > LONGEST_ID)
    return argname if is_content else None


@pytest.fixture(autouse=True)
def patient_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let the calendar be trusted for longer than a test takes: a slow machine must not change query counts.
    """
    monkeypatch.setattr("tongban.foundation.calendar.TRUSTED_SECONDS", 3600.0)


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """
    Empty after a test of whole transactions what was written to, whoever manages the table; Django empties its own.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty())
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """
    Let no test see what a process remembers of another's data.
    """
    cache.clear()


@pytest.fixture(autouse=True)
def nothing_anchored() -> None:
    """
    Let no test see how far the chain of an earlier one went: that is written down outside the database.
    """
    shutil.rmtree(audit_anchor.folder(), ignore_errors=True)


@pytest.fixture(autouse=True)
def nobody_spoke_before() -> None:
    """
    Start in the node's own language: a request leaves that of its reader behind.
    """
    translation.deactivate()


@pytest.fixture
def refuse_database() -> None:
    """
    Fail the test.
    """
    pytest.fail("a unit test may not use the database: move it to tests/integration", pytrace=False)


def _wants_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & DATABASE_FIXTURES)


def _guarded(original: Any) -> Any:
    def connect(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(str(address[0])):
            raise NetworkUsed(f"a test tried to reach {address}; tests use this machine only")
        return original(self, address)

    return connect


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
