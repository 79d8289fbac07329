"""
A small area to call the API of.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from tests.factories import api
from tests.factories.database import rolled_back
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by

PROBLEM = "application/problem+json"


@pytest.fixture(scope="module")
def kept_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[api.World]:
    """
    Make the world once for the tests of a file: it takes longer than most of them.
    """
    with django_db_blocker.unblock(), rolled_back():
        made = api.world()
        with django_db_blocker.block():
            yield made


@pytest.fixture
def world(kept_world: api.World, db: None) -> api.World:
    """
    One case accepted, one waiting, a draft with a file, a message, a licence; as they were before the last test.
    """
    return kept_world


@pytest.fixture
def codes() -> Iterator[RecordingCodeSender]:
    """
    Catch every code that is sent.
    """
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    """
    Check that a response is this problem, and return it.
    """
    body: dict[str, Any] = json.loads(response.content)
    assert response.headers["Content-Type"] == PROBLEM
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    return body
