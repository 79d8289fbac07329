import os
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tongban.foundation.storage import (
    ContentMissing,
    ContentTooLarge,
    FolderStore,
    StorageUnavailable,
    chunks_of,
)

# SM3("abc"), GB/T 32905-2016 annex A.
ABC = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


def everything_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


class TestSave:
    def test_names_content_by_its_sm3_digest_and_fans_it_out(
        self, store: FolderStore, tmp_path: Path
    ) -> None:
        content = store.save([b"a", b"bc"], limit_bytes=3)

        assert (content.digest, content.size) == (ABC, 3)
        assert everything_below(tmp_path / "files") == {f"66/c7/{ABC}"}

    def test_keeps_equal_content_once(self, store: FolderStore, tmp_path: Path) -> None:
        store.save([b"abc"], limit_bytes=3)

        again = store.save([b"ab", b"c"], limit_bytes=10)

        assert again.digest == ABC
        assert everything_below(tmp_path / "files") == {f"66/c7/{ABC}"}

    def test_heals_content_that_was_damaged_on_disk(self, store: FolderStore, tmp_path: Path) -> None:
        store.save([b"abc"], limit_bytes=3)
        (tmp_path / "files" / "66" / "c7" / ABC).write_bytes(b"")

        store.save([b"abc"], limit_bytes=3)

        with store.open(ABC) as reader:
            assert reader.read() == b"abc"

    def test_stops_reading_at_the_limit_and_leaves_nothing(self, store: FolderStore, tmp_path: Path) -> None:
        read = 0

        def endless() -> Iterator[bytes]:
            nonlocal read
            while True:
                read += 1
                yield b"x" * 1000

        with pytest.raises(ContentTooLarge) as refusal:
            store.save(endless(), limit_bytes=2500)

        assert refusal.value.facts == {"limit_bytes": 2500}
        assert read == 3
        assert everything_below(tmp_path / "files") == set()

    def test_leaves_nothing_when_the_sender_breaks_off(self, store: FolderStore, tmp_path: Path) -> None:
        def broken() -> Iterator[bytes]:
            yield b"abc"
            raise ValueError("connection lost")

        with pytest.raises(ValueError, match="connection lost"):
            store.save(broken(), limit_bytes=100)

        assert everything_below(tmp_path / "files") == set()

    def test_flushes_the_file_and_every_folder_entry(
        self, store: FolderStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        flushed: list[str] = []
        flush = os.fsync

        def recording(descriptor: int) -> None:
            flushed.append(str(Path(f"/proc/self/fd/{descriptor}").readlink().relative_to(tmp_path)))
            flush(descriptor)

        monkeypatch.setattr(os, "fsync", recording)

        store.save([b"abc"], limit_bytes=3)

        assert flushed[0].startswith("files/incoming/")
        assert flushed[1:] == ["files", "files/66", "files/66/c7"]

    def test_survives_many_writers_of_the_same_content(self, store: FolderStore, tmp_path: Path) -> None:
        digests: list[str] = []

        def write() -> None:
            digests.append(store.save([b"abc"], limit_bytes=3).digest)

        threads = [threading.Thread(target=write) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert digests == [ABC] * 16
        assert everything_below(tmp_path / "files") == {f"66/c7/{ABC}"}

    def test_says_so_when_the_folder_cannot_be_made(self, tmp_path: Path) -> None:
        (tmp_path / "files").write_text("a file stands where the folder should be")

        with pytest.raises(StorageUnavailable):
            FolderStore(tmp_path / "files").save([b"abc"], limit_bytes=3)


class TestOpen:
    def test_returns_what_was_saved(self, store: FolderStore) -> None:
        store.save([b"abc"], limit_bytes=3)

        with store.open(ABC) as reader:
            content = b"".join(chunks_of(reader))

        assert content == b"abc"
        assert store.size(ABC) == 3

    def test_refuses_an_unknown_digest(self, store: FolderStore) -> None:
        with pytest.raises(ContentMissing):
            store.open(ABC)

    @pytest.mark.parametrize(
        "digest",
        ["", "..", "../../etc/passwd", ABC.upper(), ABC + "\n", ABC[:-1], f"66/c7/{ABC}", "\0" * 64],
    )
    def test_never_lets_anything_but_a_digest_reach_the_file_system(
        self, store: FolderStore, digest: str
    ) -> None:
        with pytest.raises(ContentMissing):
            store.open(digest)


class TestDelete:
    def test_removes_content_and_may_be_repeated(self, store: FolderStore) -> None:
        store.save([b"abc"], limit_bytes=3)

        store.delete(ABC)
        store.delete(ABC)

        assert not store.exists(ABC)


class TestOlderThan:
    def test_names_old_content_and_removes_old_temporary_files(
        self, store: FolderStore, tmp_path: Path
    ) -> None:
        files = tmp_path / "files"
        at = datetime(2026, 11, 21, tzinfo=UTC)
        old = store.save([b"abc"], limit_bytes=3).digest
        fresh = store.save([b"fresh"], limit_bytes=5).digest
        (files / "incoming" / "half").write_bytes(b"half")
        (files / "incoming" / "arriving").write_bytes(b"arriving")
        for path in (files / "66" / "c7" / old, files / "incoming" / "half"):
            os.utime(path, (0, (at - timedelta(days=2)).timestamp()))

        found = list(store.older_than(at - timedelta(days=1)))

        assert found == [ABC]
        assert everything_below(files) == {
            f"66/c7/{ABC}",
            f"{fresh[:2]}/{fresh[2:4]}/{fresh}",
            "incoming/arriving",
        }
