"""
`tongban move-in`: what an operator types, and what he reads.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from django.conf import settings as node
from typer.testing import CliRunner, Result

from tests.factories.mariadb import mariadb
from tests.factories.old_platform import MAPPING, OldHall
from tongban.resources.movein.management.move_in import NotMovedIn, move_in
from tongban.resources.movein.models import MovedItem, OldPlatform

pytestmark = pytest.mark.django_db

APP = typer.Typer()
APP.command()(move_in)


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """
    Run a database server for the old platform.
    """
    with mariadb() as dsn:
        yield dsn


@pytest.fixture
def hall(database: str, monkeypatch: pytest.MonkeyPatch) -> OldHall:
    """
    Give an old platform with two cases, one of which cannot be taken.
    """
    chosen = node.TONGBAN_OUTGOING.model_copy(update={"networks": "127.0.0.1"})
    monkeypatch.setattr(node, "TONGBAN_OUTGOING", chosen)
    old = OldHall(dsn=database)
    old.rebuild()
    old.whole_case(1)
    old.case(2, status="X")
    return old


@pytest.fixture
def files(hall: OldHall, tmp_path: Path) -> list[str]:
    """
    Give mapping and settings as options.
    """
    (tmp_path / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    (tmp_path / "settings.json").write_text(json.dumps({"dsn": hall.dsn}), encoding="utf-8")
    return ["--mapping", str(tmp_path / "mapping.toml"), "--settings", str(tmp_path / "settings.json")]


def run(*words: str) -> Result:
    """
    Type a command.
    """
    return CliRunner().invoke(APP, list(words))


def test_moves_a_platform_in_from_registration_to_its_end(files: list[str]) -> None:
    registered = run("register", *files)
    checked = json.loads(run("check", "old-hall", "--json").stdout)
    tried = json.loads(run("try", "old-hall", "--most", "1", "--json").stdout)
    loaded = run("load", "old-hall")
    followed = run("follow", "old-hall")
    for item in ("HY-1", "HY-2"):
        run("cut-over", "old-hall", "--item", item)
    listed = json.loads(run("list", "--json").stdout)
    shown = run("show", "old-hall")
    ended = run("end", "old-hall")

    assert "old-hall" in registered.stdout
    assert {table["name"] for table in checked} == {"apply_case", "apply_step", "apply_result", "apply_stars"}
    assert tried["tallies"]["case"]["read"] == 1
    assert "HY2020-00002" in loaded.stdout
    assert "代码没有对应关系" in loaded.stdout
    assert followed.exit_code == 0
    assert (listed[0]["items"], listed[0]["cut_over"]) == (2, 2)
    assert "HY-1" in shown.stdout
    assert ended.exit_code == 0
    assert OldPlatform.objects.get().state == "ENDED"


def test_says_where_a_mapping_is_wrong(files: list[str]) -> None:
    Path(files[1]).write_text(MAPPING.replace('who = "applicant.name"', 'who = "applicant.nickname"'))

    refused = run("register", *files)

    assert isinstance(refused.exception, NotMovedIn)
    assert str(refused.exception).splitlines()[1:] == ["  back.fields.who: 新平台没有这个字段"]
    assert not OldPlatform.objects.exists()


def test_decides_only_for_one_of_the_two(files: list[str]) -> None:
    run("register", *files)

    refused = run("decide", "--conflict", "1", "--believe", "both")

    assert isinstance(refused.exception, NotMovedIn)
    assert "old" in str(refused.exception)


def test_takes_a_cut_over_back(files: list[str]) -> None:
    run("register", *files)
    run("load", "old-hall")
    run("cut-over", "old-hall", "--item", "HY-1", "--on", "2099-01-01")

    run("go-back", "old-hall", "--item", "HY-1")

    assert MovedItem.objects.get(old_code="HY-1").cut_over_on is None
