import io
import json
import logging
from collections.abc import Iterator
from typing import Any, cast

import pytest
import structlog

from tongban.foundation import logging as node_logging
from tongban.foundation.context import set_request_id


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    set_request_id("")


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


class Raw(io.RawIOBase):
    """
    A stream that remembers how it was written to.
    """

    def __init__(self) -> None:
        self.written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, content: Any) -> int:
        self.written.append(bytes(content))
        return len(content)


class TestJson:
    def test_is_written_at_once_with_the_end_of_its_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # All web processes write to one stream: a line ended by a second write could get another's in between.
        raw = Raw()
        # As PYTHONUNBUFFERED has it, where the library's types know buffered streams only.
        stream = io.TextIOWrapper(cast("Any", raw), encoding="utf-8", write_through=True)
        monkeypatch.setattr("sys.stderr", stream)
        node_logging.configure("json")

        structlog.get_logger("app").info("one")
        structlog.get_logger("app").info("two")

        assert [(json.loads(line)["event"], line[-1:]) for line in raw.written] == [
            ("one", b"\n"),
            ("two", b"\n"),
        ]

    def test_is_one_object_a_line_with_facts_as_they_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("json")

        structlog.get_logger("app").info("case_accepted", number="广安-1", days=5)

        (event,) = lines(capsys)
        assert (event["event"], event["number"], event["days"], event["level"]) == (
            "case_accepted",
            "广安-1",
            5,
            "info",
        )

    def test_names_the_request(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("json")
        set_request_id("abcdef0123456789")

        structlog.get_logger("app").info("something")
        logging.getLogger("library").warning("something else")

        assert [event["request_id"] for event in lines(capsys)] == ["abcdef0123456789"] * 2

    def test_takes_in_what_libraries_say(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("json")

        logging.getLogger("library").error("broken: %s", "pipe")

        (event,) = lines(capsys)
        assert (event["event"], event["logger"], event["level"]) == ("broken: pipe", "library", "error")

    def test_keeps_a_traceback_in_its_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("json")

        try:
            raise ValueError("no such day")
        except ValueError:
            structlog.get_logger("app").exception("failed")

        (event,) = lines(capsys)
        assert "ValueError: no such day" in str(event["exception"])

    def test_keeps_quiet_below_the_level(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("json", level="WARNING")

        structlog.get_logger("app").info("chatter")
        logging.getLogger("library").info("chatter")

        assert lines(capsys) == []


class TestConsole:
    def test_is_for_people(self, capsys: pytest.CaptureFixture[str]) -> None:
        node_logging.configure("console")

        structlog.get_logger("app").info("case_accepted", number="1")

        said = capsys.readouterr().err
        assert "case_accepted" in said
        assert not said.startswith("{")
