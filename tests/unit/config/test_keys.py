import json
import os
import re
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from simulators.kms.gateway import Vault
from simulators.kms.server import Server
from tongban.config import keys as module
from tongban.config.keys import KeyFile
from tongban.config.kms import HttpKms, KeysUnusable

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TOKEN = "token-of-this-test"


@pytest.fixture
def kms() -> Iterator[Server]:
    server = Server(Vault(tokens=frozenset({TOKEN})))
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def service(server: Server, **changes: object) -> HttpKms:
    return HttpKms(**{"url": server.url, "key_id": "node", "token": TOKEN, **changes})  # type: ignore[arg-type]


class TestKeyFile:
    def test_is_made_once_readable_by_its_owner_only(self, tmp_path: Path) -> None:
        first = KeyFile(tmp_path / "home").load()
        again = KeyFile(tmp_path / "home").load()

        assert first == again
        assert stat.S_IMODE((tmp_path / "home/keys.json").stat().st_mode) == 0o600
        assert (first.active, len(first.data[1].secret), len(first.mac), first.is_demo) == (1, 16, 32, False)

    def test_remembers_that_it_was_made_for_a_demonstration(self, tmp_path: Path) -> None:
        KeyFile(tmp_path, is_demo=True).load()

        assert KeyFile(tmp_path).load().is_demo

    def test_reads_what_earlier_versions_wrote(self, tmp_path: Path) -> None:
        old = {
            "data": {"1": "11" * 16, "2": "22" * 16},
            "index": "33" * 32,
            "mac": "44" * 32,
            "django": "text",
        }
        (tmp_path / "keys.json").write_text(json.dumps(old))

        held = KeyFile(tmp_path).load()

        assert (held.active, held.data[1].secret, held.data[2].secret) == (2, b"\x11" * 16, b"\x22" * 16)
        assert (held.index[1].secret, held.mac, held.django) == (b"\x33" * 32, b"\x44" * 32, "text")

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[]", "{}", '{"format": 2, "data": {}}', '{"format": 2, "active": 1, "data": {"1": {}}}'],
    )
    def test_that_is_damaged_is_refused_with_a_sentence(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "keys.json").write_text(text)

        with pytest.raises(KeysUnusable, match="cannot be read"):
            KeyFile(tmp_path).load()

    def test_is_read_again_when_another_process_changed_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "LOOK_AGAIN_SECONDS", 0.0)
        ours = KeyFile(tmp_path)
        ours.load()

        with KeyFile(tmp_path).changing() as change:
            change.add_key(at=NOW, is_standby=False)

        assert (ours.current().active, sorted(ours.current().data)) == (2, [1, 2])

    def test_is_looked_at_once_a_second_unless_asked(self, tmp_path: Path) -> None:
        ours = KeyFile(tmp_path)
        ours.load()

        with KeyFile(tmp_path).changing() as change:
            change.add_key(at=NOW, is_standby=False)

        assert (ours.current().active, ours.again().active) == (1, 2)

    def test_that_vanishes_leaves_a_running_process_its_keys(self, tmp_path: Path) -> None:
        ours = KeyFile(tmp_path)
        before = ours.load().keys
        (tmp_path / "keys.json").unlink()

        assert ours.again() == before

    def test_shows_no_key_in_its_words(self, tmp_path: Path) -> None:
        held = KeyFile(tmp_path).load()

        shown = repr(held) + repr(held.keys)

        assert held.data[1].secret.hex() not in shown
        assert repr(held.data[1].secret) not in shown
        assert held.django not in shown


class TestChange:
    def test_a_key_that_stands_by_does_not_seal(self, tmp_path: Path) -> None:
        file = KeyFile(tmp_path)
        file.load()

        with file.changing() as change:
            key = change.add_key(at=NOW, is_standby=True)

        assert (key, file.load().active) == (2, 1)

    def test_a_key_taken_into_use_says_when_the_old_one_was_replaced(self, tmp_path: Path) -> None:
        file = KeyFile(tmp_path)
        file.load()

        with file.changing() as change:
            change.add_key(at=NOW, is_standby=False)

        held = file.load()
        assert (held.data[1].replaced_at, held.data[2].replaced_at) == ("2026-11-23T02:00:00+00:00", "")

    def test_the_key_that_seals_cannot_be_retired(self, tmp_path: Path) -> None:
        file = KeyFile(tmp_path)
        file.load()

        with pytest.raises(KeysUnusable), file.changing() as change:
            change.retire_key(1, keep_for_log=False)

        assert sorted(file.load().data) == [1]

    def test_a_key_kept_for_the_log_still_unseals(self, tmp_path: Path) -> None:
        file = KeyFile(tmp_path)
        file.load()
        with file.changing() as change:
            change.add_key(at=NOW, is_standby=False)

        with file.changing() as change:
            change.retire_key(1, keep_for_log=True)

        assert (file.load().data[1].is_log_only, sorted(file.current().data)) == (True, [1, 2])

    def test_two_at_once_take_turns(self, tmp_path: Path) -> None:
        KeyFile(tmp_path).load()

        def add() -> None:
            with KeyFile(tmp_path).changing() as change:
                change.add_key(at=NOW, is_standby=True)

        threads = [Thread(target=add) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert sorted(KeyFile(tmp_path).load().data) == list(range(1, 10))


class TestWrappedKeys:
    def test_never_touch_the_disk_in_clear(self, tmp_path: Path, kms: Server) -> None:
        held = KeyFile(tmp_path, kms=service(kms)).load()

        text = (tmp_path / "keys.json").read_text()
        secrets = [held.data[1].secret, held.index[1].secret, held.mac, held.django.encode()]
        assert [secret.hex() in text for secret in secrets] == [False] * 4
        assert json.loads(text)["data"]["1"]["secret"].startswith("wrapped:")
        assert KeyFile(tmp_path, kms=service(kms)).load() == held

    def test_of_another_place_in_the_file_are_refused(self, tmp_path: Path, kms: Server) -> None:
        KeyFile(tmp_path, kms=service(kms)).load()
        raw = json.loads((tmp_path / "keys.json").read_text())
        raw["mac"] = raw["django"]
        (tmp_path / "keys.json").write_text(json.dumps(raw))

        with pytest.raises(KeysUnusable, match="refuses"):
            KeyFile(tmp_path, kms=service(kms)).load()

    @pytest.mark.parametrize(
        ("dial", "said"),
        [
            ("down", "refuses \\(503\\)"),
            ("wrong", "does not answer with a key"),
            ("slow_seconds", "does not answer"),
        ],
    )
    def test_are_refused_while_the_service_misbehaves(
        self, dial: str, said: str, tmp_path: Path, kms: Server
    ) -> None:
        KeyFile(tmp_path, kms=service(kms)).load()
        kms.vault.dials.turn({dial: 1})

        with pytest.raises(KeysUnusable, match=said):
            KeyFile(tmp_path, kms=service(kms, timeout_seconds=0.1)).load()

    def test_are_not_written_when_the_service_gives_others_back(self, tmp_path: Path, kms: Server) -> None:
        kms.vault.dials.turn({"disagree": 1})

        with pytest.raises(KeysUnusable, match="does not give back"):
            KeyFile(tmp_path, kms=service(kms)).load()

        assert not (tmp_path / "keys.json").exists()

    def test_are_refused_with_another_token_or_a_disabled_key(self, tmp_path: Path, kms: Server) -> None:
        KeyFile(tmp_path, kms=service(kms)).load()

        with pytest.raises(KeysUnusable, match="refuses \\(401\\)"):
            KeyFile(tmp_path, kms=service(kms, token="another")).load()
        kms.vault.disabled.add("node")
        with pytest.raises(KeysUnusable, match="refuses \\(403\\)"):
            KeyFile(tmp_path, kms=service(kms)).load()

    def test_need_the_service_they_were_wrapped_by(self, tmp_path: Path, kms: Server) -> None:
        KeyFile(tmp_path, kms=service(kms)).load()

        with pytest.raises(KeysUnusable, match="TONGBAN_KEYS_KMS_URL"):
            KeyFile(tmp_path).load()

    def test_take_the_place_of_clear_ones_only_when_told_to(self, tmp_path: Path, kms: Server) -> None:
        clear = KeyFile(tmp_path).load()
        file = KeyFile(tmp_path, kms=service(kms))
        with pytest.raises(KeysUnusable, match="tongban keys wrap"):
            file.load()

        wrapped = file.wrap_anew(former=None)

        assert (wrapped, file.wrapped_by()) == (4, service(kms).name)
        assert KeyFile(tmp_path, kms=service(kms)).load() == clear
        assert clear.mac.hex() not in (tmp_path / "keys.json").read_text()

    def test_are_wrapped_anew_by_another_key_of_the_service(self, tmp_path: Path, kms: Server) -> None:
        former, following = service(kms), service(kms, key_id="node-2027")
        before = KeyFile(tmp_path, kms=former).load()
        text = (tmp_path / "keys.json").read_text()
        running = KeyFile(tmp_path, kms=former)
        running.load()
        with pytest.raises(KeysUnusable, match=r"wrapped by .*#node and the settings name .*#node-2027"):
            KeyFile(tmp_path, kms=following).load()

        KeyFile(tmp_path, kms=following).wrap_anew(former=former)
        kms.vault.disabled.add("node")

        assert KeyFile(tmp_path, kms=following).load() == before
        assert running.again() == before.keys
        assert not set(re.findall(r"wrapped:\S+", text)) & set(
            re.findall(r"wrapped:\S+", (tmp_path / "keys.json").read_text())
        )

    def test_are_wrapped_anew_when_the_service_has_renewed_its_key(self, tmp_path: Path, kms: Server) -> None:
        before = KeyFile(tmp_path, kms=service(kms)).load()
        text = (tmp_path / "keys.json").read_text()

        KeyFile(tmp_path, kms=service(kms)).wrap_anew(former=service(kms))

        assert KeyFile(tmp_path, kms=service(kms)).load() == before
        assert (tmp_path / "keys.json").read_text() != text

    def test_stay_wrapped_by_the_former_key_when_the_new_one_fails(self, tmp_path: Path, kms: Server) -> None:
        KeyFile(tmp_path, kms=service(kms)).load()
        text = (tmp_path / "keys.json").read_text()
        kms.vault.disabled.add("node-2027")

        with pytest.raises(KeysUnusable, match="refuses \\(403\\)"):
            KeyFile(tmp_path, kms=service(kms, key_id="node-2027")).wrap_anew(former=service(kms))

        assert (tmp_path / "keys.json").read_text() == text

    def test_serve_a_running_process_while_the_service_is_down(self, tmp_path: Path, kms: Server) -> None:
        ours = KeyFile(tmp_path, kms=service(kms, timeout_seconds=0.2))
        before = ours.load().keys
        with KeyFile(tmp_path, kms=service(kms)).changing() as change:
            change.add_key(at=NOW, is_standby=False)
        kms.vault.dials.turn({"down": 1})

        during = ours.again()
        kms.vault.dials.turn({"down": 0})

        assert during == before
        assert ours.again().active == 2


class TestHttpKms:
    @pytest.mark.parametrize("url", ["http://kms.example", "ftp://localhost", "kms.example"])
    def test_sends_keys_over_no_open_line(self, url: str) -> None:
        with pytest.raises(KeysUnusable, match="https://"):
            HttpKms(url=url, key_id="node", token=TOKEN)

    def test_shows_its_token_to_nobody(self, kms: Server) -> None:
        assert TOKEN not in repr(service(kms))


def test_keys_of_a_data_folder_in_the_checkout_are_ignored_by_git() -> None:
    root = Path(__file__).parents[3]

    ended = os.system(f"cd {root} && git check-ignore -q var/keys.json")

    assert ended == 0
