"""
A change of the build mode: rehearsed, put in place, taken back.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from tongban.foundation.actors import system_actor
from tongban.foundation.errors import InvalidInput
from tongban.resources.exchange.management import topologies

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 23, tzinfo=UTC)
CITY, PROVINCE = "511600000000", "510000000000"
BEFORE = 'mode = "SEPARATE"\n'
AFTER = f'node = "{CITY}"\nparent = "{PROVINCE}"\nmode = "MIXED"\naccounts_at = "{PROVINCE}"\n'


def change(place: Path, files: list[Path], capsys: pytest.CaptureFixture[str], **act: bool) -> dict[str, Any]:
    """
    Run the command; what it says.
    """
    federation = settings.TONGBAN_FEDERATION.model_copy(update={"topology": place})
    with override_settings(TONGBAN_FEDERATION=federation):
        topologies.change_mode(
            [str(file) for file in files],
            **{"rehearse": False, "apply": False, "undo": False, **act},
            as_json=True,
            actor=system_actor("tests"),
            at=AT,
        )
    return dict(json.loads(capsys.readouterr().out))


def test_a_change_is_rehearsed_applied_and_undone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, new, above = tmp_path / "topology.toml", tmp_path / "new.toml", tmp_path / "above.toml"
    place.write_text(BEFORE, encoding="utf-8")
    new.write_text(AFTER, encoding="utf-8")
    above.write_text(f'node = "{PROVINCE}"\nmode = "MIXED"\n', encoding="utf-8")

    rehearsed = change(place, [new, above], capsys, rehearse=True)
    assert (rehearsed["applied"], rehearsed["mode_before"], rehearsed["mode"]) == (False, "SEPARATE", "MIXED")
    assert rehearsed["moved"] == [{"component": "accounts", "from": CITY, "to": PROVINCE}]
    assert rehearsed["not_joined_with"] == [PROVINCE]
    assert place.read_text(encoding="utf-8") == BEFORE

    assert change(place, [new, above], capsys, apply=True)["applied"]
    assert place.read_text(encoding="utf-8") == AFTER
    assert place.stat().st_mode & 0o077 == 0

    undone = change(place, [], capsys, undo=True)
    assert (undone["mode_before"], undone["mode"]) == ("MIXED", "SEPARATE")
    assert place.read_text(encoding="utf-8") == BEFORE
    with pytest.raises(topologies.NothingToUndo):
        change(place, [], capsys, undo=True)


def test_a_contradiction_and_two_acts_at_once_change_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place, new = tmp_path / "topology.toml", tmp_path / "new.toml"
    new.write_text(AFTER, encoding="utf-8")

    with pytest.raises(topologies.TopologyContradicts):
        change(place, [new], capsys, apply=True)
    with pytest.raises(InvalidInput):
        change(place, [new], capsys, apply=True, rehearse=True)

    assert not place.exists()
