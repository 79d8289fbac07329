"""
Areas of the network of `make network`: parts of the sample area, moved to where each node stands.
"""

import json
from pathlib import Path

import pytest

from tools.network.areas import AGENCY, write_area
from tools.network.places import AWAY, HOME, MARK, NATION, PLACES, PROVINCE, Place


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.folder)
def test_every_area_is_whole_and_stands_where_its_node_does(place: Place, tmp_path: Path) -> None:
    area = write_area(tmp_path, place)

    divisions = {row["code"] for row in rows(area / "divisions.jsonl")}
    assert [row["code"] for row in rows(area / "agencies.jsonl")] == [place.agency]
    assert {row["agency_code"] for row in rows(area / "staff.jsonl")} == {place.agency}
    assert {row["division_code"] for row in rows(area / "staff.jsonl")} <= {place.division, place.code}
    assert {place.division} <= divisions
    assert len(rows(area / "items.jsonl")) == place.listed_items > 0
    assert len(list((area / "offerings").glob("*.json"))) == len(place.offerings)
    assert bool(rows(area / "persons.jsonl")) is (place is HOME)


def test_nothing_of_another_city_is_left_in_an_area(tmp_path: Path) -> None:
    area = write_area(tmp_path, AWAY)

    texts = [
        path.read_text(encoding="utf-8") for path in area.rglob("*.json*") if path.name != "divisions.jsonl"
    ]
    assert all("广安" not in text and AGENCY not in text and "511602" not in text for text in texts)
    assert any("成都市锦江区行政审批局" in text for text in texts)


def test_every_node_says_that_it_is_a_demonstration_and_has_an_address_of_its_own() -> None:
    assert all(place.title.endswith(MARK) for place in PLACES)
    assert len({place.host for place in PLACES}) == len(PLACES)
    assert [place.parent for place in PLACES] == ["", NATION.code, PROVINCE.code, PROVINCE.code]
