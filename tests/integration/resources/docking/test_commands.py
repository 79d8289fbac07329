"""
`tongban docking`: a system from its registration to going live, by hand.
"""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from tests.factories import docking as dock
from tongban.resources.docking.management.systems import NotDone, docking
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.values import SystemState

pytestmark = pytest.mark.django_db

APP = typer.Typer()
APP.command()(docking)
SETTINGS = {"client_id": "own-system", "url": "https://own.example.org/hook", "secret": "x" * 32}


def run(*words: str) -> Result:
    return CliRunner().invoke(APP, list(words))


class TestDocking:
    def test_registers_tests_and_lists_a_system(self, tmp_path: Path) -> None:
        dock.register("first-system")
        file = tmp_path / "settings.json"
        file.write_text(json.dumps(SETTINGS))
        agency = DockedSystem.objects.get().agency_code

        made = run(
            *("register", "own-system", "--name", "自建系统", "--agency", agency, "--way", "interface"),
            *("--takes-from", "submission", "--item", "a", "--item", "b", "--settings", str(file)),
        )
        begun = run("test", "own-system")
        listed = run("list", "--json")

        system = DockedSystem.objects.get(code="own-system")
        assert (made.exit_code, begun.exit_code) == (0, 0), made.output
        assert (system.state, system.items, system.settings) == (SystemState.TESTING, ["a", "b"], SETTINGS)
        assert [row["code"] for row in json.loads(listed.stdout)["systems"]] == ["first-system", "own-system"]
        assert "x" * 32 not in listed.stdout

    def test_lets_only_what_is_certified_go_live_and_takes_cases_back(self) -> None:
        dock.register("untried")
        dock.live()
        dock.given()

        early = run("live", "untried")
        resting = run("suspend", dock.CODE, "--reason", "升级")
        again = run("live", dock.CODE)

        assert isinstance(early.exception, NotDone)
        assert "收回 1 件办件" in resting.stdout
        assert again.exit_code == 0
        assert DockedSystem.objects.get(code=dock.CODE).state == SystemState.LIVE

    def test_says_what_is_wrong_of_each_field(self, tmp_path: Path) -> None:
        file = tmp_path / "settings.json"
        file.write_text("[]")

        wrong = run("register", "X", "--name", "系统", "--agency", "none", "--way", "pigeon")
        unread = run("register", "own-system", "--settings", str(file))

        assert isinstance(wrong.exception, NotDone)
        assert "way" in str(wrong.exception)
        assert "code" in str(wrong.exception)
        assert isinstance(unread.exception, NotDone)
