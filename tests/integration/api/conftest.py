"""
A small area to call the API of.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories import api
from tongban.support.identity.ports import RecordingCodeSender, send_codes_by

PROBLEM = "application/problem+json"


@pytest.fixture
def world(db: None) -> api.World:
    """
    One case accepted, one waiting, a draft with a file, a message, a licence.
    """
    return api.world()


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
