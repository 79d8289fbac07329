"""
What earlier licences cost: a file matched and cleaned, taken into the library, and looked at by the quality rules.
"""

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.report import Row
from bench.sealed_documents import AGENCY, AGENCY_NAME, DIVISION, NODE, TYPE
from tongban.business.licences import selectors
from tongban.business.licences import services as licences
from tongban.business.licences.values import BatchFacts, Supply
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.clock import now
from tongban.foundation.codes.organisations import credit_code_check_character
from tongban.support.identity.values import Role

LINES: Final = 20_000
AIM: Final = 2_000
"""Rows a second, matched and cleaned."""
COLUMNS: Final = (
    "证照类型代码",
    "证照编号",
    "持证主体",
    "持证主体代码",
    "证照颁发日期",
    "有效期至",
    "住所",
    "许可范围",
)


def rows() -> Iterator[Row]:
    """
    Yield the figures; tables are there and empty.
    """
    at = now()
    licences.load_licence_types(rows=[TYPE], actor=NODE, at=at)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "stock.csv"
        _write(path)
        began = time.perf_counter()
        batch_id = licences.collect_licences(
            rows=licences.read_stock(path), facts=_facts(), actor=_keeper(Role.LICENCE_EDITOR), at=at
        )
        collected = LINES / (time.perf_counter() - began)
    _check_sample(batch_id, at)
    began = time.perf_counter()
    taken = licences.take_batch_in(batch_id=batch_id, actor=NODE, at=at)
    took = taken / (time.perf_counter() - began)
    began = time.perf_counter()
    licences.check_quality(idle_days=365, at=at)
    looked = taken / (time.perf_counter() - began)
    met = collected >= AIM
    yield Row(
        name="match and clean earlier licences", value=round(collected), unit="rows/s", aim=AIM, met=met
    )
    yield Row(name="take earlier licences in", value=round(took), unit="rows/s")
    yield Row(name="look at licences by the quality rules", value=round(looked), unit="/s")


def _write(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(COLUMNS)
        for number in range(LINES):
            body = f"91511602MA{number:07d}"
            code = body + credit_code_check_character(body)
            place = f"四川省广安市广安区示例路{number}号"
            scope = "职业介绍、人力资源供求信息的收集和发布"
            day = "2020年3月1日" if number % 2 else "2020/3/1"
            writer.writerow(
                (TYPE["code"], f"JY-{number:07d}", f"示例{number}公司", code, day, "长期", place, scope)
            )


def _facts() -> BatchFacts:
    return BatchFacts(
        source="bench",
        supply=Supply.UPLOADED,
        agency_code=AGENCY,
        agency_name=AGENCY_NAME,
        division_code=DIVISION,
        file_name="stock.csv",
        file_digest="0" * 64,
        sample_percent=1,
        wanted_percent=95,
    )


def _keeper(role: Role) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=role.value, agency_code=AGENCY, roles=frozenset({role}))


def _check_sample(batch_id: Any, at: Any) -> None:
    reviewer = _keeper(Role.LICENCE_REVIEWER)
    while sample := selectors.stock_rows(batch_id=batch_id, actor=reviewer, sampled="open", limit=100).items:
        for row in sample:
            licences.check_sampled(row_id=row.id, is_right=True, note="", actor=reviewer, at=at)
