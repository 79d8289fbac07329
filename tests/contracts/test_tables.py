"""
No table leaves the node but through `foundation.sheets`, which knows what a spreadsheet would calculate.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2] / "src"
GUARD = "tongban/foundation/sheets.py"
WRITERS = frozenset({"writer", "DictWriter"})
LIBRARIES = frozenset({"openpyxl", "xlsxwriter", "xlwt", "pandas", "odf", "tablib"})
READS = {"load_workbook"}
"""What reads tables that others wrote, and writes none."""


def places() -> set[str]:
    """
    Return the files that write tables, by whatever they write them with.
    """
    found = set()
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(value=ast.Name(id="csv"), attr=attr) if attr in WRITERS:
                    found.add(path)
                case ast.ImportFrom(module="csv", names=names) if {one.name for one in names} & WRITERS:
                    found.add(path)
                case ast.Import(names=names) if {one.name.partition(".")[0] for one in names} & LIBRARIES:
                    found.add(path)
                case ast.ImportFrom(module=str(module), names=names) if module.partition(".")[0] in LIBRARIES:
                    if {one.name for one in names} != READS:
                        found.add(path)
    return {path.relative_to(ROOT).as_posix() for path in found}


class TestTables:
    def test_are_written_by_the_guard_alone(self) -> None:
        assert places() == {GUARD}
