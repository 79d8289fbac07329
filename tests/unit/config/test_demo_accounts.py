import json
from pathlib import Path

from tongban.config.demo_accounts import describe


def area(folder: Path, *, persons: int) -> Path:
    people = [
        {"name": f"人{i}", "id_number": f"51160219900101000{i}", "mobile": "0000"} for i in range(persons)
    ]
    for person in people[1:]:
        person["shows"] = f"acts for {people[0]['name']}"
    staff = [
        {"login_name": "first", "name": "甲", "posts": ["REVIEW"], "roles": []},
        {"login_name": "same", "name": "乙", "posts": ["REVIEW"], "roles": []},
        {"login_name": "more", "name": "丙", "posts": ["REVIEW", "DECISION"], "roles": []},
        {"login_name": "again", "name": "丁", "posts": ["REVIEW"], "roles": [], "shows": "another agency"},
    ]
    (folder / "persons.jsonl").write_text(
        "\n".join(json.dumps(row) for row in people) + "\n", encoding="utf-8"
    )
    (folder / "staff.jsonl").write_text("\n".join(json.dumps(row) for row in staff) + "\n", encoding="utf-8")
    return folder


class TestDescribe:
    def test_names_the_citizens_who_show_something_and_one_member_of_staff_for_each_task(
        self, tmp_path: Path
    ) -> None:
        text = describe(area(tmp_path, persons=3), password="Demo-1")

        assert text.splitlines() == [
            "Demo accounts (password of all: Demo-1)",
            "  citizen   511602199001010001   人1: acts for 人0",
            "  citizen   511602199001010002   人2: acts for 人0",
            "  staff     first                甲: review",
            "  staff     more                 丙: decision, review",
            "  staff     again                丁: another agency",
        ]

    def test_names_nobody_in_an_area_without_people(self, tmp_path: Path) -> None:
        assert describe(tmp_path, password="Demo-1") == "Demo accounts (password of all: Demo-1)\n"
