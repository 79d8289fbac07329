"""
The glossary is true of the code: its identifiers and clauses exist, each word is there once, its page is fresh.
"""

import re
import tomllib
from collections import Counter
from pathlib import Path

from tools import glossary

ROOT = Path(__file__).parents[2]


class TestGlossary:
    def test_names_identifiers_of_the_code(self) -> None:
        words: set[str] = set()
        for module in ROOT.glob("src/tongban/**/*.py"):
            words |= set(re.findall(r"\w+", module.read_text(encoding="utf-8")))

        unknown = {term["identifier"] for term in glossary.terms()} - words

        assert unknown == set()

    def test_names_clauses_that_are_on_record(self) -> None:
        clauses = tomllib.loads(ROOT.joinpath("docs/sources/clauses.toml").read_text(encoding="utf-8"))

        named = {term["clause"] for term in glossary.terms() if "clause" in term}

        assert named <= clauses.keys()

    def test_has_each_word_once(self) -> None:
        words = Counter(term[language] for term in glossary.terms() for language in ("zh", "en"))

        assert [word for word, count in words.items() if count > 1] == []

    def test_page_is_made_from_it(self) -> None:
        assert glossary.PAGE.read_text(encoding="utf-8") == glossary.page()
