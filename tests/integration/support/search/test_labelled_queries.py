"""
What people type, and the items they mean: tests/data/search_queries.tsv.

The rows marked `holdout` were written before the search was tuned and were never used for tuning it.
"""

import re

import pytest

from tests.integration.support.search.conftest import table
from tongban.foundation.actors import ANONYMOUS
from tongban.support.search.selectors import search

QUERIES = list(table("search_queries.tsv"))
AT = 10


def names(query: str) -> list[str]:
    return [hit.name for hit in search(query, actor=ANONYMOUS, limit=AT).hits]


def recall(row: dict[str, str]) -> float:
    expected = row["expected"].split(" && ")
    found = names(row["query"])
    return sum(any(re.search(pattern, name) for name in found) for pattern in expected) / len(expected)


class TestLabelledQueries:
    @pytest.mark.parametrize(("split", "aim"), [("tune", 0.95), ("holdout", 0.85)])
    def test_find_what_is_meant_among_the_first_ten(self, district: int, split: str, aim: float) -> None:
        rows = [row for row in QUERIES if row["split"] == split and row["kind"] != "negative"]

        shares = {row["query"]: recall(row) for row in rows}

        assert len(rows) > 150
        missed = [query for query, share in shares.items() if share < 1]
        assert sum(shares.values()) / len(shares) >= aim, missed

    @pytest.mark.parametrize("split", ["tune", "holdout"])
    def test_find_nothing_where_nothing_is_meant(self, district: int, split: str) -> None:
        rows = [row["query"] for row in QUERIES if row["split"] == split and row["kind"] == "negative"]

        answered = {query: found for query in rows if (found := names(query))}

        assert len(rows) >= 20
        assert answered == {}

    @pytest.mark.parametrize("kind", sorted({row["kind"] for row in QUERIES} - {"negative"}))
    def test_find_what_is_meant_however_it_is_typed(self, district: int, kind: str) -> None:
        rows = [row for row in QUERIES if row["kind"] == kind]

        shares = [recall(row) for row in rows]

        assert sum(shares) / len(shares) >= 0.85
