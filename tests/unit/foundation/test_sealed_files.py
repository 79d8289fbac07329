import io
import os

import pytest

from tongban.foundation.crypto import SealBroken, new_key
from tongban.foundation.sealed_files import MAGIC, PIECE_BYTES, open_sealed, sealed_pieces, sealed_size

TAG = 16


def sealed(content: bytes, key: bytes, *, part: int = 1000) -> bytes:
    parts = (content[start : start + part] for start in range(0, len(content), part))
    return b"".join(sealed_pieces(parts, key))


def opened(blob: bytes, key: bytes) -> bytes:
    with open_sealed(io.BytesIO(blob), key) as reader:
        return reader.read()


class TestSealedFile:
    @pytest.mark.parametrize(
        "size", [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 2 * PIECE_BYTES, 3 * PIECE_BYTES + 7]
    )
    def test_gives_back_what_was_sealed(self, size: int) -> None:
        key, content = new_key(), os.urandom(size)

        blob = sealed(content, key)

        assert opened(blob, key) == content
        assert len(blob) == sealed_size(size)

    def test_holds_nothing_of_it_in_clear(self) -> None:
        content = b"id number 511602199001011239 " * 5000

        assert b"511602199001011239" not in sealed(content, new_key())

    def test_looks_different_for_another_owner_of_the_same_file(self) -> None:
        content = b"the same file"

        assert sealed(content, new_key()) != sealed(content, new_key())

    def test_can_be_read_a_little_at_a_time(self) -> None:
        key, content = new_key(), os.urandom(PIECE_BYTES + 100)

        with open_sealed(io.BytesIO(sealed(content, key)), key) as reader:
            read = b"".join(iter(lambda: reader.read(777), b""))

        assert read == content

    def test_closes_what_it_reads_from(self) -> None:
        key = new_key()
        file = io.BytesIO(sealed(b"text", key))

        open_sealed(file, key).close()

        assert file.closed


class TestBrokenFile:
    @pytest.fixture
    def key(self) -> bytes:
        return new_key()

    @pytest.fixture
    def blob(self, key: bytes) -> bytes:
        return sealed(os.urandom(3 * PIECE_BYTES), key)

    def refused(self, blob: bytes, key: bytes) -> None:
        with pytest.raises(SealBroken):
            opened(blob, key)

    def test_of_another_key_is_refused(self, blob: bytes) -> None:
        self.refused(blob, new_key())

    @pytest.mark.parametrize("place", [0, len(MAGIC), len(MAGIC) + PIECE_BYTES + TAG, -1])
    def test_with_a_changed_bit_is_refused(self, blob: bytes, key: bytes, place: int) -> None:
        changed = bytearray(blob)
        changed[place] ^= 1

        self.refused(bytes(changed), key)

    @pytest.mark.parametrize("missing", [1, TAG, PIECE_BYTES + TAG, 2 * (PIECE_BYTES + TAG)])
    def test_that_was_cut_off_is_refused(self, blob: bytes, key: bytes, missing: int) -> None:
        self.refused(blob[:-missing], key)

    def test_with_pieces_in_another_order_is_refused(self, blob: bytes, key: bytes) -> None:
        piece = PIECE_BYTES + TAG
        head, rest = blob[: len(MAGIC)], blob[len(MAGIC) :]

        self.refused(head + rest[piece : 2 * piece] + rest[:piece] + rest[2 * piece :], key)

    def test_with_something_added_is_refused(self, blob: bytes, key: bytes) -> None:
        self.refused(blob + b"x" * 20, key)

    def test_that_is_empty_is_refused(self, key: bytes) -> None:
        self.refused(b"", key)
