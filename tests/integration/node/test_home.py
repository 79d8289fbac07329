import errno
import os
import subprocess
from collections.abc import Iterator
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


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    small = folder / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=200m,mode=0711", "tmpfs", str(small)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this account may not mount a small disk to fill")
    yield small
    subprocess.run(["umount", str(small)], check=True)


def fill(disk: Path, *, leaving_megabytes: int) -> None:
    state = os.statvfs(disk)
    free = state.f_bavail * state.f_frsize
    (disk / "filler").write_bytes(b"x" * (free - leaving_megabytes * 1024 * 1024))


class TestFullDisk:
    def test_is_one_sentence_and_nothing_half_made(self, small_disk: Path) -> None:
        cluster = Cluster(small_disk / "home", durable=False)
        fill(small_disk, leaving_megabytes=8)

        with pytest.raises(DiskFull) as refused:
            cluster.start()

        assert "is full" in str(refused.value)
        assert not cluster.home.data.exists()

    def test_is_noticed_before_anything_is_written(self, small_disk: Path) -> None:
        fill(small_disk, leaving_megabytes=40)

        with pytest.raises(DiskFull, match=r"is full \(\d+ MB free, 64 MB needed\)"):
            Cluster(small_disk / "home", durable=False)

        assert list((small_disk / "home").iterdir()) == []
