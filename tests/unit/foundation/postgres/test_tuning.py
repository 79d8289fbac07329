import pytest

from tongban.foundation.postgres.tuning import GB, memory_bytes, render, settings_for


class TestSettingsFor:
    @pytest.mark.parametrize(
        ("memory", "shared_buffers", "work_mem"),
        [
            (1 * GB // 4, "64MB", "4MB"),
            (2 * GB, "256MB", "4MB"),
            (24 * GB, "3072MB", "24MB"),
            (512 * GB, "4096MB", "32MB"),
        ],
    )
    def test_grow_with_the_machine_within_bounds(
        self, memory: int, shared_buffers: str, work_mem: str
    ) -> None:
        settings = settings_for(memory, socket_folder="/run/x")

        assert (settings["shared_buffers"], settings["work_mem"]) == (shared_buffers, work_mem)

    def test_are_durable_unless_told_otherwise(self) -> None:
        assert "fsync" not in settings_for(2 * GB, socket_folder="/run/x")
        assert settings_for(2 * GB, socket_folder="/run/x", durable=False)["fsync"] == "off"

    def test_open_no_network(self) -> None:
        assert settings_for(2 * GB, socket_folder="/run/x")["listen_addresses"] == ""


class TestRender:
    def test_quotes_what_could_end_a_value(self) -> None:
        assert "path = 'it''s a \\\\ folder'" in render({"path": "it's a \\ folder"}).splitlines()

    def test_lets_the_operators_file_come_last(self) -> None:
        assert render({"port": "1"}).splitlines()[-1] == "include_if_exists 'local.conf'"


class TestMemoryBytes:
    def test_is_what_this_machine_has(self) -> None:
        assert 100 * 1024 * 1024 < memory_bytes() < 2**50
