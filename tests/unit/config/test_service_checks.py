from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tongban.config import env, service_checks
from tongban.config.env import (
    IdentitySettings,
    MessagingSettings,
    NodeSettings,
    RunSettings,
    SecondFactorRule,
)
from tongban.config.keys import DataKey, KeyFile, NodeKeys
from tongban.config.service_checks import NotForService


@pytest.fixture
def in_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(env, "node", NodeSettings(is_demo=False))
    monkeypatch.setattr(env, "identity", IdentitySettings(staff_second_factor=SecondFactorRule.REQUIRED))
    monkeypatch.setattr(service_checks, "unchanged_secrets", list)


def refusal(file: KeyFile, *, demo: bool = False) -> str:
    with pytest.raises(NotForService) as refused:
        service_checks.check_secrets(file, demo=demo)
    return str(refused.value)


class TestCheckSecrets:
    def test_lets_a_demonstration_have_everything(self, tmp_path: Path) -> None:
        service_checks.check_secrets(KeyFile(tmp_path, is_demo=True), demo=True)

        assert (tmp_path / "keys.json").exists()

    @pytest.mark.usefixtures("in_service")
    def test_lets_fresh_keys_go_into_service(self, tmp_path: Path) -> None:
        service_checks.check_secrets(KeyFile(tmp_path), demo=False)

        assert (tmp_path / "keys.json").exists()

    @pytest.mark.usefixtures("in_service")
    def test_refuses_keys_that_a_demonstration_made(self, tmp_path: Path) -> None:
        KeyFile(tmp_path, is_demo=True).load()

        assert "keys.json was made by a demonstration" in refusal(KeyFile(tmp_path))

    @pytest.mark.usefixtures("in_service")
    def test_refuses_a_key_somebody_made_up(self, tmp_path: Path) -> None:
        file = KeyFile(tmp_path)
        file.load()
        with file.changing() as change:
            change.keys = NodeKeys(**{**vars(change.keys), "data": {1: DataKey(secret=b"\x01\x23" * 8)}})

        assert "data key 1 is no random key" in refusal(file)

    @pytest.mark.usefixtures("in_service")
    def test_refuses_the_switch_of_a_demonstration(self, tmp_path: Path) -> None:
        assert "serve --demo was asked for" in refusal(KeyFile(tmp_path), demo=True)

    @pytest.mark.usefixtures("in_service")
    def test_refuses_pages_for_developers(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(env, "run", RunSettings(debug=True))

        assert "TONGBAN_DEBUG is on" in refusal(KeyFile(tmp_path))

    @pytest.mark.usefixtures("in_service")
    def test_refuses_simulated_phones(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(env, "messaging", MessagingSettings(is_simulated=True))

        assert "TONGBAN_MESSAGING_IS_SIMULATED is on" in refusal(KeyFile(tmp_path))

    @pytest.mark.usefixtures("in_service")
    def test_refuses_simulated_registers_and_platforms(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(env, "authority", env.authority.model_copy(update={"is_simulated": True}))
        monkeypatch.setattr(
            env,
            "federation",
            env.federation.model_copy(update={"demo_authenticator": "http://localhost:8027"}),
        )

        said = refusal(KeyFile(tmp_path))

        assert "TONGBAN_AUTHORITY_IS_SIMULATED is on" in said
        assert "TONGBAN_FEDERATION_DEMO_AUTHENTICATOR names simulated platforms" in said

    @pytest.mark.usefixtures("in_service")
    def test_refuses_for_a_part_that_is_started_by_itself(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        KeyFile(tmp_path, is_demo=True).load()
        monkeypatch.setattr(env, "run", RunSettings(home=tmp_path))

        with pytest.raises(NotForService, match=r"keys\.json was made by a demonstration"):
            service_checks.check_part()

    @pytest.mark.usefixtures("in_service")
    @pytest.mark.parametrize(
        ("relaxed", "complaint"),
        [
            ({"staff_second_factor": SecondFactorRule.OPTIONAL}, "TONGBAN_IDENTITY_STAFF_SECOND_FACTOR"),
            ({"staff_password_days": 0}, "TONGBAN_IDENTITY_STAFF_PASSWORD_DAYS"),
        ],
    )
    def test_refuses_what_a_demonstration_relaxes_for_staff(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, relaxed: dict[str, Any], complaint: str
    ) -> None:
        monkeypatch.setattr(env, "identity", env.identity.model_copy(update=relaxed))

        assert complaint in refusal(KeyFile(tmp_path))

    def test_refuses_every_secret_that_stands_in_the_source(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(env, "node", NodeSettings(is_demo=False))

        said = refusal(KeyFile(tmp_path))

        assert "TONGBAN_IDENTITY_DEMO_PASSWORD" in said
        assert "TONGBAN_MESSAGING_SMS_SECRET" in said


class TestUnchangedSecrets:
    def test_leaves_out_what_was_set(self, monkeypatch: pytest.MonkeyPatch) -> None:
        own = SecretStr("a secret of one's own")
        before = service_checks.unchanged_secrets()

        monkeypatch.setattr(env, "messaging", MessagingSettings(sms_secret=own))
        monkeypatch.setattr(env, "identity", IdentitySettings(demo_password=own))

        assert set(before) - set(service_checks.unchanged_secrets()) == {
            "TONGBAN_IDENTITY_DEMO_PASSWORD",
            "TONGBAN_MESSAGING_SMS_SECRET",
        }
