"""
Every clause that code cites is written down in docs/sources/clauses.toml, with what it demands.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tongban.business.casework.rules.clock import EXPLANATIONS
from tongban.business.casework.rules.life import LIFE
from tongban.foundation.errors import ServiceError
from tongban.foundation.rules import IMPLEMENTED

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "tongban"
KNOWN = tomllib.loads((ROOT / "docs" / "sources" / "clauses.toml").read_text(encoding="utf-8"))
CITATION = re.compile(r"(?:许可法|民法典|指南|716号令|好差评|个人信息保护法|放假办法)-[0-9][^\s，。；]*")


def literals() -> Iterator[tuple[str, str]]:
    """
    Give every text of the program that has the form of a clause, with its file.
    """
    for path in sorted(SOURCE.rglob("*.py")):
        program = path.read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(program)) if CITATION.search(program) else ():
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and CITATION.fullmatch(text):
                yield text, str(path.relative_to(SOURCE))


CITED = sorted(set(literals()))


def errors(kind: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    for error in kind.__subclasses__():
        yield error
        yield from errors(error)


class TestEveryClauseCited:
    def test_there_are_some(self) -> None:
        assert {"许可法-32", "许可法-42", "指南-5-办结", "好差评-51"} <= {clause for clause, _path in CITED}

    @pytest.mark.parametrize(("clause", "path"), CITED)
    def test_is_written_down(self, clause: str, path: str) -> None:
        assert clause in KNOWN, path

    def test_of_the_statutory_life_is_written_down(self) -> None:
        assert {move.clause for move in LIFE} <= set(KNOWN)

    def test_of_an_error_is_written_down(self) -> None:
        assert {error.clause for error in errors() if error.clause} <= set(KNOWN)

    def test_that_code_says_it_carries_out_is_written_down(self) -> None:
        assert set(IMPLEMENTED) <= set(KNOWN)


class TestEveryClauseWrittenDown:
    @pytest.mark.parametrize("clause", sorted(KNOWN))
    def test_says_where_it_stands_and_what_it_demands(self, clause: str) -> None:
        entry = KNOWN[clause]

        assert set(entry) == {"document", "article", "summary", "source"}
        assert all(text.strip() for text in entry.values())
        assert entry["summary"].endswith(".")

    @pytest.mark.parametrize("clause", sorted(KNOWN))
    def test_is_cited_somewhere(self, clause: str) -> None:
        text = "".join(path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py"))

        assert f'"{clause}"' in text


class TestExplanations:
    def test_are_not_empty(self) -> None:
        assert all(str(text).strip() for text in EXPLANATIONS.values())
