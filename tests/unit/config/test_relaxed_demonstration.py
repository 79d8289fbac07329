"""
What `serve --demo` spares its staff, and that it says so.
"""

from pathlib import Path

import pytest

from tongban.config.env import IdentitySettings, RunSettings, SecondFactorRule
from tongban.config.serve import RELAXED_IN_A_DEMONSTRATION, Supervisor, announce

FACTOR = "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR"


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(RunSettings(home=tmp_path), demo=True)


class TestRelax:
    def test_lets_demo_staff_in_by_password(
        self, supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        supervisor._relax()

        for name, value in supervisor._environment.items():
            monkeypatch.setenv(name, value)
        chosen = IdentitySettings()
        assert chosen.staff_second_factor is SecondFactorRule.OPTIONAL
        assert chosen.staff_password_days == 0

    def test_leaves_alone_what_the_operator_has_said(self, supervisor: Supervisor) -> None:
        supervisor._environment[FACTOR] = "required"

        supervisor._relax()

        assert supervisor._environment[FACTOR] == "required"
        assert set(supervisor._environment) == set(RELAXED_IN_A_DEMONSTRATION)


class TestAnnounce:
    @pytest.mark.parametrize("is_relaxed", [True, False])
    def test_says_that_staff_log_in_without_a_second_factor(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str], *, is_relaxed: bool
    ) -> None:
        announce(RunSettings(home=tmp_path), messages_url="", is_relaxed=is_relaxed)

        assert ("without a second factor" in capsys.readouterr().out) is is_relaxed
