"""
What every test stands on: a throw-away database, no network but this machine, no database in unit tests.
"""

import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.utils import translation
from pytest_django import DjangoDbBlocker

from tests import settings
from tests.factories.parallel import empty_logs

UNIT_TESTS = Path(__file__).parent / "unit"
DATABASE_FIXTURES = frozenset({"db", "transactional_db", "django_db_setup", "live_server"})


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
    if settings.CLUSTER is not None:
        settings.CLUSTER.start()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """
    Make a unit test that asks for the database fail, saying where it belongs.
    """
    for item in items:
        if UNIT_TESTS in item.path.parents and _wants_database(item):
            item.add_marker(pytest.mark.usefixtures("refuse_database"))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """
    Number contents of files instead of naming tests by them: some hold the time at which they were made.
    """
    return argname if isinstance(val, bytes) else None


@pytest.fixture(autouse=True)
def patient_calendar(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Let the calendar be trusted for longer than a test takes: a slow machine must not change query counts.
    """
    monkeypatch.setattr("tongban.foundation.calendar.TRUSTED_SECONDS", 3600.0)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """
    Empty after a test of whole transactions what Django does not empty: another test may come next.
    """
    yield
    marker = request.node.get_closest_marker("django_db")
    if marker is not None and marker.kwargs.get("transaction"):
        with django_db_blocker.unblock():
            empty_logs()


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """
    Let no test see what a process remembers of another's data.
    """
    cache.clear()


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
