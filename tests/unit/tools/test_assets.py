"""
The builder of the icon sprite and its inputs.
"""

import json
import re
from pathlib import Path

import pytest

from tools import assets

ROOT = Path(__file__).parents[3]
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path stroke="none" d="M0 0h24v24H0z" fill="none"/>'
    '<path d="M3 3l3 3"/></svg>'
)


@pytest.fixture
def drawings(tmp_path: Path) -> Path:
    for style in ("outline", "filled"):
        (tmp_path / style).mkdir()
        (tmp_path / style / "home.svg").write_text(DRAWING, encoding="utf-8")
    return tmp_path


class TestDrawSprite:
    def test_keeps_the_strokes_and_drops_the_empty_box(self, drawings: Path) -> None:
        sprite = assets.draw_sprite({"home": "page.html:1"}, drawings)

        assert sprite.count("<symbol") == 1
        assert '<symbol id="home" viewBox="0 0 24 24" fill="none" stroke="currentColor"' in sprite
        assert '<path d="M3 3l3 3"/>' in sprite
        assert "M0 0h24v24H0z" not in sprite

    def test_takes_the_filled_drawing_where_asked_to(self, drawings: Path) -> None:
        sprite = assets.draw_sprite({"home-filled": "page.html:1"}, drawings)

        assert '<symbol id="home-filled" viewBox="0 0 24 24" fill="currentColor">' in sprite

    def test_says_where_an_unknown_icon_is_asked_for(self, drawings: Path) -> None:
        with pytest.raises(assets.AssetError, match=re.escape("'hoem' in Tabler (page.html:7 asks for it)")):
            assets.draw_sprite({"hoem": "page.html:7"}, drawings)

    def test_passes_over_words_that_only_may_be_icons(self, drawings: Path) -> None:
        sprite = assets.draw_sprite({"home": "page.html:1", "post": ""}, drawings)

        assert sprite.count("<symbol") == 1


class TestIconsInUse:
    def test_finds_what_templates_and_the_list_name(self) -> None:
        icons = assets.icons_in_use()

        assert icons["calendar-time"].startswith("src/tongban/portal/site/templates/site/home.html:")
        assert icons["baby-carriage"].startswith("tools/icons.txt:")
        assert "layout-grid" in icons


class TestTheLock:
    def test_names_no_host_and_checks_every_package(self) -> None:
        lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))

        packages = {name: row for name, row in lock["packages"].items() if name}
        assert [name for name, row in packages.items() if "resolved" in row] == []
        assert [
            name for name, row in packages.items() if not row.get("integrity", "").startswith("sha512-")
        ] == []
