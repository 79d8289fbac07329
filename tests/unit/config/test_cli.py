import re
import subprocess
import sys
from pathlib import Path

import pytest

from tongban.config import cli
from tongban.config.cli import APP_COMMANDS, terminal_language
from tongban.foundation.errors import InvalidInput


def tongban(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tongban.config.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "100", **environment},
    )


class TestHelp:
    def test_lists_the_commands_without_loading_django(self) -> None:
        ended = tongban("--help")

        assert ended.returncode == 0
        assert "Run the node: database, web server, worker." in ended.stdout
        assert re.search(r"\| +django(\.|$)", ended.stderr, re.MULTILINE) is None

    def test_explains_serve(self) -> None:
        said = tongban("serve", "--help").stdout

        assert "TONGBAN_HOME" in said
        assert "--demo" in said

    def test_refuses_a_command_that_does_not_exist(self) -> None:
        ended = tongban("sevre")

        assert ended.returncode == 2
        assert "No such command 'sevre'" in ended.stderr


class TestVersion:
    def test_is_told(self) -> None:
        assert tongban("version").stdout == "tongban 0.1.0\n"


class TestStatus:
    def test_of_a_folder_without_a_node_starts_nothing(self, tmp_path: Path) -> None:
        ended = tongban("status", TONGBAN_HOME=str(tmp_path / "home"))

        assert (ended.returncode, ended.stdout) == (3, f"No node runs on {tmp_path / 'home'}.\n")
        assert not (tmp_path / "home").exists()


class TestAppCommands:
    @pytest.mark.parametrize("name", sorted(APP_COMMANDS))
    def test_have_help_that_ends_in_a_full_stop(self, name: str) -> None:
        assert APP_COMMANDS[name].help.endswith(".")


class TestTerminalLanguage:
    @pytest.mark.parametrize(
        ("environment", "language"),
        [
            ({}, "en"),
            ({"LANG": "C"}, "en"),
            ({"LANG": "C.UTF-8"}, "en"),
            ({"LANG": "de_DE.UTF-8"}, "en"),
            ({"LANG": "zh_CN.UTF-8"}, "zh-hans"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
            ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
            ({"LANG": "en_GB.UTF-8", "LC_ALL": "zh_CN.UTF-8"}, "zh-hans"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh-hans"),
        ],
    )
    def test_is_that_of_the_locale(
        self, environment: dict[str, str], language: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)

        assert terminal_language() == language


class TestMain:
    def test_says_what_is_wrong_with_what_was_typed(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        def refuse(**_arguments: object) -> None:
            raise InvalidInput(fields={"password": "too short", "login_name": "taken"})

        monkeypatch.setattr(cli, "app", refuse)

        with pytest.raises(SystemExit) as end:
            cli.main()

        assert end.value.code == 1
        assert capsys.readouterr().err.splitlines()[1:] == ["  password: too short", "  login_name: taken"]
