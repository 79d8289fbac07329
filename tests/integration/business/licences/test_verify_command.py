"""
`tongban verify`, as scripts call it.
"""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tests.factories.ofd import plain_ofd
from tests.factories.seals import whole, with_seal
from tongban.business.licences.management.verify import verify
from tongban.foundation import clock

pytestmark = pytest.mark.django_db
APP = typer.Typer()
APP.command()(verify)


def run(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(APP, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout


class TestVerify:
    def test_says_yes_with_its_exit_code(self, tmp_path: Path) -> None:
        file = tmp_path / "民政局.esl"
        file.write_bytes(whole(with_seal(at=clock.now())))

        code, told = run("--json", file)

        (verdict,) = json.loads(told)
        assert code == 0
        assert (verdict["file"], verdict["kind"], verdict["verdict"]) == ("民政局.esl", "seal", "valid")

    def test_says_no_where_one_of_several_is_not_valid(self, tmp_path: Path) -> None:
        unsigned, other = tmp_path / "a.ofd", tmp_path / "b.txt"
        unsigned.write_bytes(plain_ofd())
        other.write_bytes(b"text")

        code, told = run("--json", unsigned, other)

        assert code == 1
        assert [verdict["verdict"] for verdict in json.loads(told)] == ["unsigned", "unreadable"]

    def test_tells_people_in_sentences(self, tmp_path: Path) -> None:
        unsigned = tmp_path / "a.ofd"
        unsigned.write_bytes(plain_ofd())

        code, told = run(unsigned)

        assert code == 1
        assert told.splitlines()[0].startswith("a.ofd: unsigned")

    def test_says_which_file_cannot_be_opened(self, tmp_path: Path) -> None:
        code, told = run(tmp_path / "none.ofd")

        assert (code, told) == (2, "")
