"""
What the worker does beside jobs goes on whatever befalls it.
"""

import threading

import pytest
from django.db import OperationalError

from tongban.config import worker


@pytest.mark.parametrize("error", [OperationalError("away"), ValueError("a defect")])
def test_goes_on_after_an_error(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "RETRY_SECONDS", 0.0)
    turns = []

    def work(stop: threading.Event) -> None:
        turns.append(1)
        if len(turns) == 1:
            raise error
        stop.set()

    thread = worker._thread("relay", work, threading.Event())
    thread.start()
    thread.join(timeout=60)

    assert len(turns) == 2
