"""
What the figures of a benchmark say.
"""

import json
from pathlib import Path

from bench import report


class TestAgainst:
    def test_tells_of_the_round_in_the_middle_by_its_ratio(self) -> None:
        rounds = [(100.0, 1000.0), (400.0, 1000.0), (30.0, 100.0)]

        row = report.against("read", rounds, unit="/s", ceiling_is="pgbench", aim=0.3)

        assert (row.value, row.ceiling, row.ratio, row.met) == (30.0, 100.0, 0.3, True)

    def test_shows_a_missed_aim_as_missed(self) -> None:
        row = report.against("submit", [(34.9, 100.0)], unit="/s", ceiling_is="pgbench", aim=0.35)

        assert (row.ratio, row.met) == (0.349, False)

    def test_judges_nothing_without_an_aim(self) -> None:
        row = report.against("home", [(1.0, 100.0)], unit="/s", ceiling_is="ping", aim=None)

        assert row.met is None


class TestMultiple:
    def test_compares_the_multiple_with_the_aim(self) -> None:
        row = report.multiple("submit", 692.0, of=34.6, aim=20, ceiling_is="a peer")

        assert (row.ratio, row.aim, row.met) == (20.0, 20, True)


class TestAtMost:
    def test_is_missed_above_the_aim(self) -> None:
        row = report.at_most("flat", 1.51, unit="×", aim=1.5, ceiling_is="page 1")

        assert (row.value, row.met) == (1.51, False)


class TestWrite:
    def test_writes_machine_and_results(self, tmp_path: Path) -> None:
        row = report.as_dict(report.Row(name="ping", value=1.0, unit="/s"))

        report.write(tmp_path / "results" / "latest.json", machine={"cores": 2}, rows=[row])

        written = json.loads((tmp_path / "results" / "latest.json").read_text(encoding="utf-8"))
        assert written["machine"] == {"cores": 2}
        assert written["results"][0].keys() >= {"name", "value", "unit", "ceiling", "ratio", "aim", "met"}
