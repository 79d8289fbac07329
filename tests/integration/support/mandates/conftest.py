"""
Mandates with a register of legal entities that knows what it was given.
"""

from collections.abc import Iterator

import pytest

from tongban.support.identity.ports import RecordingCodeSender, send_codes_by
from tongban.support.mandates.ports import KnownEntities, ask_entities_by


@pytest.fixture(autouse=True)
def register() -> Iterator[KnownEntities]:
    """
    Take the place of the register of legal entities.
    """
    known = KnownEntities()
    before = ask_entities_by(known)
    yield known
    ask_entities_by(before)


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
