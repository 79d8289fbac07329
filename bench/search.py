"""
How fast search is over half a million offerings, and how well it understands people.

The corpus: real names of a district's items, each with scenarios as the national directory splits them, offered by
counties. The ceiling: one text-search statement with the words of the query already known, over a flat table of the
same offerings with an index of its own, prepared and without filters, ranking beyond demand, or highlights.
"""

import csv
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random  # noqa: TID251 - seeded, so that every run measures the same corpus
from statistics import median
from typing import Any

from tongban.foundation.actors import ANONYMOUS
from tongban.support.search.rules import query as query_rules
from tongban.support.search.rules import text
from tongban.support.search.selectors import knowledge, search
from tongban.support.search.services import index_documents
from tongban.support.search.values import SearchDocument, SearchFilters

DATA = Path(__file__).parent.parent / "tests" / "data"
SEED = 20261121
ROWS = 500_000
PREFIX = "BENCH-"
LABEL_PREFIX = "LABEL-"
ROUNDS = 3
AT = 10
P95_AIM_MS = 30.0
RATIO_AIM = 0.5
RECALL_AIMS = {"tune": 0.95, "holdout": 0.85}

SCENARIO_WORDS = """
新办 首次申请 变更 名称变更 地址变更 法定代表人变更 延续 补办 遗失补领 换发 注销 校验
县级 市级 县级权限 市级权限 省级委托 个人 企业 个体工商户 社会组织 事业单位 告知承诺
即办件 承诺件 容缺受理 跨省通办 全程网办 内资 外资 港澳台 自贸区 农村 城镇 学生 老年人
残疾人 未成年人 退役军人 高层次人才 重点项目 小微企业 分支机构 合并 分立 迁移 恢复 复审
预审 初审 年度审验 信息更正 撤销 临时 试点 委托代办 上门服务 集中办理 线下窗口
"""
SCENARIOS = ("", *(f"（{word}）" for word in SCENARIO_WORDS.split()))

BARE_TABLE = """
CREATE TABLE bench_bare AS
SELECT i.id, i.ref_code, i.popularity, n.words
FROM search_searchitem i JOIN search_searchname n ON n.id = i.search_name_id WHERE i.ref_code LIKE 'BENCH-%';
CREATE INDEX bench_bare_words ON bench_bare USING gin (words);
ALTER TABLE bench_bare ALTER COLUMN words SET STATISTICS 1000;
ANALYZE bench_bare
"""
BARE = "SELECT ref_code FROM bench_bare WHERE words @@ %s::tsquery ORDER BY popularity DESC LIMIT 20"
OWN = "SELECT n.id FROM search_searchname n WHERE n.words @@ %s::tsquery ORDER BY n.prior DESC LIMIT 20"


def run(connection: Any, rows: int = ROWS) -> list[dict[str, Any]]:
    """
    Measure; return one row a figure: name, value, unit, ceiling, ratio, aim, met.

    :param connection: Django's connection to a migrated database that is there for benchmarks only
    :param rows: offerings in the corpus
    """
    results = [*recall(connection)]
    results.extend(_build(connection, rows))
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE search_searchname, search_searchitem, search_searchcode, search_searchword"
        )
    _prepare_bare(connection, rows)
    knowledge.refreshed()
    results.extend(_speed(connection))
    return results


def documents(rows: int) -> Iterator[SearchDocument]:
    """
    Yield the corpus, the same for a seed.
    """
    dice = Random(SEED)
    items = _items()
    counties = [
        f"{province:02d}{city:02d}{county:02d}"
        for province in range(11, 66)
        for city in range(1, 13)
        for county in range(1, 6)
    ]
    for number in range(rows):
        item = items[dice.randrange(len(items))]
        yield SearchDocument(
            ref_code=f"{PREFIX}{number:07d}",
            name=item["name"] + SCENARIOS[dice.randrange(len(SCENARIOS))],
            related=(item["main_item"],) if item["main_item"] else (),
            agency_name=item["agency"],
            agency_code=f"A{dice.randrange(40):02d}",
            division_code=counties[dice.randrange(len(counties))],
            audiences=(dice.choice("12"),),
            online_depth=dice.randrange(5),
            popularity=int(dice.paretovariate(1.2)),
        )


def _build(connection: Any, rows: int) -> Iterator[dict[str, Any]]:
    """
    Build the index unless an earlier run left it; only a build that took place is a figure.
    """
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM search_searchitem WHERE ref_code LIKE 'BENCH-%%'")
        is_built = cursor.fetchone()[0] == rows
    if is_built:
        return
    index_documents(documents(rows))
    seconds = time.perf_counter() - started
    yield _figure(
        "search: index 500,000 offerings" if rows == ROWS else f"search: index {rows} offerings", seconds, "s"
    )


def _prepare_bare(connection: Any, rows: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench_bare') IS NOT NULL")
        if cursor.fetchone()[0]:
            cursor.execute("SELECT count(*) FROM bench_bare")
            if cursor.fetchone()[0] == rows:
                return
            cursor.execute("DROP TABLE bench_bare")
        cursor.execute(BARE_TABLE)


def _speed(connection: Any) -> Iterator[dict[str, Any]]:
    queries = [row["query"] for row in _labelled() if row["kind"] != "code"]
    known = knowledge.current()
    bare = [tsquery for query in queries if (tsquery := _words_of(query, known)) is not None]
    ceiling = _milliseconds(bare, lambda tsquery: _execute(connection, BARE, tsquery))
    own = _milliseconds(bare, lambda tsquery: _execute(connection, OWN, tsquery))
    whole = _milliseconds(queries, lambda query: search(query, actor=ANONYMOUS, limit=20))
    here = SearchFilters(division_code="510000")
    within = _milliseconds(queries, lambda query: search(query, actor=ANONYMOUS, filters=here, limit=20))
    yield _against("search: median", median(whole), median(ceiling))
    yield _against("search: median within a province", median(within), median(ceiling))
    yield _figure("search: bare query on our own index, median", median(own), "ms")
    yield _within("search: p95", _p95(whole), _p95(ceiling))
    yield _within("search: p95 within a province", _p95(within), _p95(ceiling))
    yield _figure("search: slowest", max(whole), "ms")


def _words_of(query: str, known: knowledge.Knowledge) -> str | None:
    return query_rules.strict_tsquery(known.reader.read(text.normalize(query)))


def _execute(connection: Any, statement: str, tsquery: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, [tsquery])
        cursor.fetchall()


def _milliseconds(arguments: list[str], ask: Callable[[str], object]) -> list[float]:
    """
    Return the best of some rounds for each argument: other programs share the machine.
    """
    best = [float("inf")] * len(arguments)
    for _ in range(ROUNDS):
        for place, argument in enumerate(arguments):
            started = time.perf_counter()
            ask(argument)
            best[place] = min(best[place], (time.perf_counter() - started) * 1000)
    return best


def recall(connection: Any) -> Iterator[dict[str, Any]]:
    """
    Index the district's items alone, ask the labelled queries, and take the items out again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM search_searchitem")
        if cursor.fetchone()[0]:
            return
    index_documents(
        SearchDocument(
            ref_code=LABEL_PREFIX + item["code"],
            codes=(item["code"],),
            name=item["name"],
            related=(item["main_item"],) if item["main_item"] else (),
        )
        for item in _items()
    )
    knowledge.refreshed()
    for split, aim in RECALL_AIMS.items():
        rows = [row for row in _labelled() if row["split"] == split]
        positive = [_recall_of(row) for row in rows if row["kind"] != "negative"]
        share = sum(positive) / len(positive)
        yield {**_figure(f"search: recall at 10, {split}", share, "share"), "aim": aim, "met": share >= aim}
        noise = sum(bool(_names(row["query"])) for row in rows if row["kind"] == "negative")
        yield {
            **_figure(f"search: answers to nonsense, {split}", noise, "queries"),
            "aim": 0,
            "met": noise == 0,
        }


def _recall_of(row: dict[str, str]) -> float:
    names = _names(row["query"])
    expected = row["expected"].split(" && ")
    return sum(any(re.search(pattern, name) for name in names) for pattern in expected) / len(expected)


def _names(query: str) -> list[str]:
    return [hit.name for hit in search(query, actor=ANONYMOUS, limit=AT).hits]


def _items() -> list[dict[str, str]]:
    return _table("search_items.tsv")


def _labelled() -> list[dict[str, str]]:
    return _table("search_queries.tsv")


def _table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


def _figure(name: str, value: float, unit: str) -> dict[str, Any]:
    return {
        "name": name,
        "value": round(value, 3),
        "unit": unit,
        "ceiling": None,
        "ratio": None,
        "aim": None,
        "met": None,
    }


def _against(name: str, value: float, ceiling: float) -> dict[str, Any]:
    ratio = round(ceiling / value, 3)
    return {
        **_figure(name, value, "ms"),
        "ceiling": round(ceiling, 3),
        "ratio": ratio,
        "aim": RATIO_AIM,
        "met": ratio >= RATIO_AIM,
    }


def _within(name: str, value: float, ceiling: float) -> dict[str, Any]:
    ratio = round(ceiling / value, 3)
    return {
        **_figure(name, value, "ms"),
        "ceiling": round(ceiling, 3),
        "ratio": ratio,
        "aim": P95_AIM_MS,
        "met": value < P95_AIM_MS,
    }
