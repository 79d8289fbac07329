"""
Write src/tongban/foundation/data/calendar_cn.csv, the calendar a new node starts with.

Confirmed years come from the package chinesecalendar, which carries the yearly notices of the State Council.
Years after those are provisional: only the statutory days of the 2024 rules (13 in all), because where the
days off for holidays on a weekend and the working weekends go is decided by a notice that is not out yet.

Run: python -m tools.make_calendar
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from chinese_calendar import constants

TARGET = Path(__file__).parents[1] / "src/tongban/foundation/data/calendar_cn.csv"
COLUMNS = ("date", "is_working", "name", "is_provisional")

NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "Mid-autumn Festival": "中秋节",
    "National Day": "国庆节",
    "Anti-Fascist 70th Day": "抗战胜利纪念日",
}

# Day of the lunar new year, Qingming, Dragon Boat and Mid-Autumn, by the calendar of GB/T 33661-2017.
# The new moon of 2027-02-06 is at 23:56 China time: some libraries are a day late there.
LUNAR = {
    2027: (date(2027, 2, 6), date(2027, 4, 5), date(2027, 6, 9), date(2027, 9, 15)),
    2028: (date(2028, 1, 26), date(2028, 4, 4), date(2028, 5, 28), date(2028, 10, 3)),
}


def confirmed_days() -> Iterator[tuple[date, int, str]]:
    """
    Yield (day, 1 if worked, name) of every day a notice speaks of.
    """
    for day, name in constants.holidays.items():
        yield day, 0, NAMES[name]
    for day, name in constants.workdays.items():
        yield day, 1, f"{NAMES[name]}调休"


def statutory_days(year: int) -> Iterator[tuple[date, str]]:
    """
    Yield (day, name) of the statutory days of a year that no notice covers yet.

    Source: 全国年节及纪念日放假办法 (2024) art. 2.
    """
    new_year, qingming, dragon_boat, mid_autumn = LUNAR[year]
    yield date(year, 1, 1), "元旦"
    for offset in range(-1, 3):
        yield new_year + timedelta(days=offset), "春节"
    yield qingming, "清明节"
    yield date(year, 5, 1), "劳动节"
    yield date(year, 5, 2), "劳动节"
    yield dragon_boat, "端午节"
    yield mid_autumn, "中秋节"
    for day in (1, 2, 3):
        yield date(year, 10, day), "国庆节"


def rows() -> list[tuple[str, int, str, int]]:
    """
    Return the rows of the file, in order of dates; two holidays on one day share a row.
    """
    table = {day: (worked, name, 0) for day, worked, name in confirmed_days()}
    for year in LUNAR:
        for day, name in statutory_days(year):
            both = f"{table[day][1]}、{name}" if day in table else name
            table[day] = (0, both, 1)
    return [(day.isoformat(), *table[day]) for day in sorted(table)]


def main() -> None:
    """
    Write the file and say how long it is.
    """
    with TARGET.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
    print(f"{TARGET.name}: {len(rows())} days")


if __name__ == "__main__":
    main()
