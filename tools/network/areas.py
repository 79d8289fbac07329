"""
Areas of the network: a small part of the sample area, moved to where each node stands.

The texts are those of the sample area with the names of places and the agency's code replaced. Everything stays made up
or marked as a demonstration, as data/guangan/README.md says of each file.
"""

import json
from pathlib import Path
from typing import Any

from tools.network.places import Place

SAMPLE = Path(__file__).parents[2] / "data" / "guangan"
AGENCY, DISTRICT, CITY = "115113016823646795", "511602", "511600000000"
NOT_IN_SAMPLE = {"valid_from": "2023-01-01", "source": "演示网络"}

Row = dict[str, Any]


def write_area(folder: Path, place: Place) -> Path:
    """
    Write the area of a node and return its folder.
    """
    (folder / "offerings").mkdir(parents=True, exist_ok=True)
    _write(folder / "divisions.jsonl", _divisions(place))
    _write(folder / "agencies.jsonl", _moved(_of_agency("agencies.jsonl", "code"), place))
    _write(folder / "staff.jsonl", _moved(_of_agency("staff.jsonl", "agency_code"), place))
    _write(folder / "persons.jsonl", _rows("persons.jsonl") if place.has_citizens else [])
    _write(folder / "items.jsonl", _moved(_items(place), place))
    _write(folder / "datasets.jsonl", _moved(_of_agency("datasets.jsonl", "provider_code"), place))
    for name in place.offerings:
        text = (SAMPLE / "offerings" / f"{name}.json").read_text(encoding="utf-8")
        (folder / "offerings" / f"{name}.json").write_text(_in_place(text, place), encoding="utf-8")
    types = json.loads((SAMPLE / "licence_types.json").read_text(encoding="utf-8"))
    own = [row for row in types if row["defining_body_code"] == AGENCY] if place.offerings else []
    licence_types = json.dumps(own, ensure_ascii=False)
    (folder / "licence_types.json").write_text(_in_place(licence_types, place), encoding="utf-8")
    return folder


def _in_place(text: str, place: Place) -> str:
    """
    Return a text of the sample area with this node's names and codes; longer ones first.
    """
    for here, there in (
        ("广安市广安区", f"{place.seat}{place.division_name}".replace(place.seat * 2, place.seat)),
        ("广安区", place.division_name),
        ("广安市", place.seat),
        ("Guang'an District, Guang'an", f"{place.division_name_en}, {place.seat_en}"),
        ("Guang'an District", place.division_name_en),
        ("Guang'an", place.seat_en),
        (AGENCY, place.agency),
        (CITY, place.code),
        (DISTRICT, place.division[:6]),
    ):
        text = text.replace(here, there)
    return text


def _moved(rows: list[Row], place: Place) -> list[Row]:
    return [json.loads(_in_place(json.dumps(row, ensure_ascii=False), place)) for row in rows]


def _divisions(place: Place) -> list[Row]:
    """
    Return the divisions that the node's lists and pages need: what lies above it, beside it and in it.
    """
    known = [row for row in _rows("divisions.jsonl") if row["code"][4:] == "00000000"]
    if place.code == CITY:
        known += [row for row in _rows("divisions.jsonl") if _is_county_of(row["code"], place.code)]
    codes = {row["code"] for row in known}
    if place.division not in codes:
        above = {} if place.division == place.code else {"parent_code": place.code}
        known.append({"code": place.division, "name": place.division_name, **above, **NOT_IN_SAMPLE})
    return known


def _is_county_of(code: str, city: str) -> bool:
    return code[:4] == city[:4] and code[4:6] != "00" and code[6:] == "000000"


def _items(place: Place) -> list[Row]:
    found: list[Row] = []
    for row in _rows("items.jsonl"):
        if len(found) == place.listed_items:
            break
        if row["elements"]["agency_code"] == AGENCY:
            found.append(row)
    return found


def _of_agency(file: str, field: str) -> list[Row]:
    return [row for row in _rows(file) if row[field] == AGENCY]


def _rows(file: str) -> list[Row]:
    lines = (SAMPLE / file).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def _write(path: Path, rows: list[Row]) -> None:
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text("".join(lines), encoding="utf-8")
