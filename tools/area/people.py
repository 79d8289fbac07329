"""
Demonstration staff and persons. Every one of them is made up; the sequences of the ID numbers are the last ones
of their day (900 and above), which are hardly given out.
"""

from area.parts import Part

DIVISION = "511602000000"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)

#: label of the agency -> first part of the login names
BUSY = {
    "区行政审批局": "approval",
    "区民政局": "civil",
    "区残联": "disabled",
    "区人社局": "social",
    "区公安分局": "police",
    "区住建局": "housing",
    "区综合执法局": "urban",
    "区水务局": "water",
    "区林业局": "forestry",
    "区应急管理局": "emergency",
}
POSTS = (
    ("accept", "受理", ["ACCEPTANCE", "DELIVERY"]),
    ("review", "审查", ["REVIEW"]),
    ("decide", "决定", ["DECISION"]),
)
SURNAMES = "赵钱孙李周吴郑王冯陈"

#: name, birth date, sequence (odd: male)
PERSONS = (
    ("王示例", "19900307", 911),
    ("李示范", "19850612", 922),
    ("张样例", "19780921", 933),
    ("陈演示", "20011130", 944),
    ("刘长寿", "19400115", 955),
    ("赵高龄", "19350808", 966),
    ("黄试用", "19960228", 977),
    ("周体验", "19881018", 988),
    ("吴开店", "19820525", 913),
    ("徐养殖", "19750704", 924),
    ("孙创业", "19930416", 935),
    ("马出行", "20030903", 946),
)


def staff(agencies: dict[str, str]) -> list[Part]:
    """
    Return the rows of staff.jsonl.

    :param agencies: label -> code
    """
    rows: list[Part] = []
    for surname, (group, login) in zip(SURNAMES, BUSY.items(), strict=True):
        for suffix, post, posts in POSTS:
            rows.append(_member(f"{login}.{suffix}", f"{surname}{post}", agencies[group], posts, []))
    hall = agencies["区行政审批局"]
    rows.append(_member("hall.clerk1", "卫窗口", hall, ["COUNTER"], []))
    rows.append(_member("hall.clerk2", "蒋窗口", hall, ["COUNTER"], []))
    rows.append(_member("supervisor", "沈监察", hall, [], ["SUPERVISOR"]))
    rows.append(_member("catalogue.editor", "韩事项", hall, [], ["CATALOGUE_EDITOR"]))
    rows.append(_member("operator", "杨运维", hall, [], ["OPERATOR"]))
    return rows


def persons() -> list[Part]:
    """
    Return the rows of persons.jsonl.
    """
    return [
        {"name": name, "id_number": _id_number(birth, sequence), "mobile": f"1390000{number:04d}"}
        for number, (name, birth, sequence) in enumerate(PERSONS, start=1)
    ]


def _member(login: str, name: str, agency: str, posts: list[str], roles: list[str]) -> Part:
    return {
        "login_name": login, "name": name, "agency_code": agency, "division_code": DIVISION,
        "posts": posts, "roles": roles,
    }  # fmt: skip


def _id_number(birth: str, sequence: int) -> str:
    body = f"511602{birth}{sequence:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]
