"""
What `tongban keys` writes down of who called it.
"""

import os

import pytest

from tongban.config import keys_command


class TestTheOperator:
    @pytest.mark.parametrize("nameless", [KeyError("getpwuid(): uid not found"), OSError("No username set")])
    def test_is_a_number_where_the_account_has_no_name(
        self, nameless: Exception, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail() -> str:
            raise nameless

        monkeypatch.delenv("SUDO_USER", raising=False)
        monkeypatch.setattr(keys_command, "getuser", fail)

        assert keys_command._operator() == str(os.getuid())

    def test_is_who_became_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SUDO_USER", "li.si")

        assert keys_command._operator() == "li.si"
