import errno
import subprocess
from pathlib import Path

import pytest

from tongban.foundation.postgres.cluster import Cluster
from tongban.foundation.postgres.home import DiskFull, HomeUnusable, prepare_folder, problem_of


class TestPrepareFolder:
    def test_makes_the_folder(self, folder: Path) -> None:
        prepare_folder(folder / "a" / "b")

        assert list((folder / "a" / "b").iterdir()) == []

    def test_refuses_a_path_that_leads_through_a_file(self, folder: Path) -> None:
        (folder / "letter").write_text("dear")

        with pytest.raises(HomeUnusable) as refused:
            prepare_folder(folder / "letter" / "home")

        assert refused.value.exit_code == 12
        assert "Not a directory" in str(refused.value)
        assert "TONGBAN_HOME" in str(refused.value)

    def test_refuses_a_disk_with_too_little_room(self, folder: Path) -> None:
        with pytest.raises(DiskFull) as refused:
            prepare_folder(folder, smallest_free_bytes=2**62)

        assert refused.value.exit_code == 13
        assert str(refused.value).startswith(f"The disk that holds {folder} is full (")

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_knows_both_ways_in_which_a_disk_is_full(self, number: int, folder: Path) -> None:
        assert isinstance(problem_of(OSError(number, "no room"), folder), DiskFull)


class TestFullDisk:
    def test_is_one_sentence_and_nothing_half_made(self, folder: Path) -> None:
        small = folder / "small"
        small.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=80m,mode=0711", "tmpfs", str(small)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            pytest.skip("this account may not mount a small disk to fill")
        try:
            (small / "filler").write_bytes(b"x" * (12 * 1024 * 1024))
            cluster = Cluster(small / "home", durable=False)
            (small / "more").write_bytes(b"x" * (55 * 1024 * 1024))

            with pytest.raises(DiskFull) as refused:
                cluster.start()

            assert "is full" in str(refused.value)
            assert not cluster.home.data.exists()
        finally:
            subprocess.run(["umount", str(small)], check=True)
