"""
The items of a real district, indexed.
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.support.search.services import index_documents
from tongban.support.search.values import SearchDocument

DATA = Path(__file__).parents[3] / "data"


def table(name: str) -> Iterator[dict[str, str]]:
    """
    Yield the rows of a tab-separated file of tests/data.
    """
    with (DATA / name).open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def documents() -> Iterator[SearchDocument]:
    """
    Yield the 867 items that Guang'an district publishes.
    """
    for row in table("search_items.tsv"):
        yield SearchDocument(
            ref_code=row["code"],
            name=row["name"],
            related=(row["main_item"],) if row["main_item"] else (),
            agency_name=row["agency"],
            division_code=row["division_code"],
        )


@pytest.fixture
def district(db: None) -> int:
    """
    Index the district's items and say how many they are.
    """
    return index_documents(documents()).written
