"""
Captured statements as scripts of pgbench.
"""

from pathlib import Path

import pytest

from bench.pgbench import CeilingFailed, Script, Statement, run, script


class TestScript:
    def test_turns_values_that_must_differ_into_expressions(self) -> None:
        statement = Statement(
            "SELECT %(number)s, 'a%%' WHERE %(nothing)s IS NULL", {"number": "N1", "nothing": None}
        )

        made = script([statement], before=["\\set i 1"], instead={"N1": "'N' || :i"})

        assert made.lines == ["\\set i 1", "SELECT ('N' || :i), 'a%' WHERE NULL IS NULL;"]
        assert made.variables == {}

    def test_wraps_what_belongs_to_a_transaction(self) -> None:
        statements = [Statement("SELECT 1", None), Statement("SELECT 2", None)]

        made = script(statements, transaction=1, keep={1: "row_"})

        assert made.lines == ["SELECT 1;", "BEGIN;", "SELECT 2 \\gset row_", "COMMIT;"]


class TestRun:
    def test_reads_the_throughput(self, tmp_path: Path) -> None:
        program = tmp_path / "pgbench"
        program.write_text("#!/bin/sh\necho 'tps = 1234.500000 (without initial connection time)'\n")
        program.chmod(0o700)

        tps = run(str(program), "postgresql:///x", Script(), folder=tmp_path, connections=2, seconds=1)

        assert tps == 1234.5

    def test_says_when_it_failed(self, tmp_path: Path) -> None:
        program = tmp_path / "pgbench"
        program.write_text("#!/bin/sh\necho 'no such table' >&2\nexit 2\n")
        program.chmod(0o700)

        with pytest.raises(CeilingFailed, match="no such table"):
            run(str(program), "postgresql:///x", Script(), folder=tmp_path, connections=2, seconds=1)
