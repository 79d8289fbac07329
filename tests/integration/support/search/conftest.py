"""
The items of a real district, indexed.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.support.search.services import index_documents
from tongban.support.search.values import SearchDocument

DATA = Path(__file__).parents[3] / "data"
OFFERINGS = Path(__file__).parents[4] / "data" / "guangan" / "offerings"


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


def described() -> Iterator[SearchDocument]:
    """
    Yield the offerings that are described completely, with English names, everyday words and the words of the guide.
    """
    for file in sorted(OFFERINGS.glob("*.json")):
        feed = json.loads(file.read_text(encoding="utf-8"))
        elements = feed["elements"]
        parts = [*elements.get("materials", ()), *elements.get("results", ())]
        yield SearchDocument(
            ref_code=feed["code"],
            name=elements["name"],
            name_en=elements.get("name_en", ""),
            related=(*elements.get("aliases", ()), *elements.get("everyday_words", ())),
            body="\n".join(part["name"] for part in parts),
        )


@pytest.fixture
def area(district: int) -> int:
    """
    Index the district's items, and those described completely, as a node with the sample area has them.
    """
    return district + index_documents(described()).written


@pytest.fixture
def district(db: None) -> int:
    """
    Index the district's items and say how many they are.
    """
    return index_documents(documents()).written
