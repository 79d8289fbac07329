"""
Identity with a code sender that only remembers.
"""

from collections.abc import Iterator

import pytest

from tongban.support.identity.ports import RecordingCodeSender, send_codes_by


@pytest.fixture(autouse=True)
def codes() -> Iterator[RecordingCodeSender]:
    """
    Catch every code that is sent.
    """
    recording = RecordingCodeSender()
    before = send_codes_by(recording)
    yield recording
    if before is not None:
        send_codes_by(before)
