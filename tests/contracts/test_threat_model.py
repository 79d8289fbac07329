"""
Every control of the threat model names a test, and the test is there.
"""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = ROOT / "docs" / "explanation" / "threat-model.md"
NODE = re.compile(r"`(tests/[^`]+)`")
HEADINGS = "| threat | control | proved by |"


def rows() -> list[tuple[str, list[str]]]:
    """
    Return (threat, tests) of every row under a table of controls.
    """
    found: list[tuple[str, list[str]]] = []
    is_inside = False
    for line in MODEL.read_text(encoding="utf-8").splitlines():
        if line.strip() == HEADINGS:
            is_inside = True
        elif not line.startswith("|"):
            is_inside = False
        elif is_inside and not line.startswith("|---"):
            threat, _control, proof = (cell.strip() for cell in line.strip("|").split("|"))
            found.append((threat, NODE.findall(proof)))
    return found


@cache
def names_in(path: str) -> frozenset[str]:
    """
    Return the tests of a file as "Class::test" and "test"; empty where there is no such file.
    """
    file = ROOT / path
    if not file.is_file():
        return frozenset()
    found = set()
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            found.add(node.name)
        elif isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            found |= {
                f"{node.name}::{part.name}"
                for part in node.body
                if isinstance(part, ast.FunctionDef) and part.name.startswith("test_")
            }
    return frozenset(found)


def is_living(node: str) -> bool:
    path, _colons, name = node.partition("::")
    return name in names_in(path) if name else bool(names_in(path))


class TestThreatModel:
    def test_proves_every_control(self) -> None:
        assert [threat for threat, tests in rows() if not tests] == []

    def test_names_only_tests_that_are_there(self) -> None:
        named = [(threat, node) for threat, tests in rows() for node in tests]

        assert [(threat, node) for threat, node in named if not is_living(node)] == []

    def test_looks_at_every_door_and_every_kind_of_threat(self) -> None:
        threats = [threat for threat, _tests in rows()]

        assert len(threats) >= 50
        assert {threat[0] for threat in threats} == set("STRIDE")

    def test_would_notice_a_test_that_is_gone(self) -> None:
        assert not is_living("tests/contracts/test_threat_model.py::TestThreatModel::test_that_never_was")
        assert not is_living("tests/contracts/test_nothing.py::TestNothing::test_nothing")
        assert is_living("tests/contracts/test_threat_model.py::TestThreatModel::test_proves_every_control")
