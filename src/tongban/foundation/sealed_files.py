"""
Files sealed on disk: SM4-GCM in pieces, so that a large file is read and written without lying in memory whole.

    "TBF1" | piece 0 | piece 1 | …        each piece: up to 64 KiB of ciphertext and its tag (16 bytes)

Every file has a key of its own that is used for nothing else, so the number of the piece is its nonce. Number and
"this is the last one" are authenticated: pieces cannot be left out, exchanged or cut off. Equal files look different.
Source: the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár: Online authenticated-encryption and its
nonce-reuse misuse-resistance, CRYPTO 2015) over GB/T 32907-2016.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final

from tongban.foundation.crypto import NONCE_BYTES, TAG_BYTES, SealBroken, sm4

MAGIC: Final = b"TBF1"
PIECE_BYTES: Final = 64 * 1024
WHERE: Final = "file"


def sealed_size(size: int) -> int:
    """
    Return how long a file of so many bytes is when sealed.
    """
    pieces = max(1, -(-size // PIECE_BYTES))
    return len(MAGIC) + size + pieces * TAG_BYTES


def sealed_pieces(content: Iterable[bytes], key: bytes) -> Iterator[bytes]:
    """
    Yield the sealed form of what `content` yields, a piece at a time.

    :param key: from `crypto.new_key`; never used for another file
    """
    yield MAGIC
    number = 0
    waiting: bytes | None = None
    for piece in _even(content):
        if waiting is not None:
            yield _seal(waiting, key, number, is_last=False)
            number += 1
        waiting = piece
    yield _seal(waiting or b"", key, number, is_last=True)


def open_sealed(content: BinaryIO, key: bytes) -> BinaryIO:
    """
    Return a reader over what was sealed; closing it closes `content`.

    Reading raises SealBroken where the file was changed, cut off, or is another one's.
    """
    return io.BufferedReader(_Opened(content, key), PIECE_BYTES)


class _Opened(io.RawIOBase):
    def __init__(self, content: BinaryIO, key: bytes) -> None:
        self._content = content
        self._key = key
        self._number = 0
        self._plain = b""
        self._ahead: bytes | None = None
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._plain and not self._is_over:
            self._plain = self._next()
        taken = self._plain[: len(buffer)]
        self._plain = self._plain[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed:
            self._content.close()
        super().close()

    def _next(self) -> bytes:
        if self._ahead is None:
            if self._content.read(len(MAGIC)) != MAGIC:
                raise SealBroken(WHERE)
            self._ahead = self._content.read(PIECE_BYTES + TAG_BYTES)
        piece, self._ahead = self._ahead, self._content.read(PIECE_BYTES + TAG_BYTES)
        self._is_over = not self._ahead
        plain = _unseal(piece, self._key, self._number, is_last=self._is_over)
        self._number += 1
        return plain


def _even(content: Iterable[bytes]) -> Iterator[bytes]:
    kept = bytearray()
    for part in content:
        kept += part
        while len(kept) >= PIECE_BYTES:
            yield bytes(kept[:PIECE_BYTES])
            del kept[:PIECE_BYTES]
    if kept:
        yield bytes(kept)


def _seal(plain: bytes, key: bytes, number: int, *, is_last: bool) -> bytes:
    place = _place(number, is_last=is_last)
    return sm4.encrypt_gcm_at(number.to_bytes(NONCE_BYTES), key, plain, associated=place)


def _unseal(piece: bytes, key: bytes, number: int, *, is_last: bool) -> bytes:
    place = _place(number, is_last=is_last)
    try:
        return sm4.decrypt_gcm_at(number.to_bytes(NONCE_BYTES), key, piece, associated=place)
    except sm4.NotDecryptable as error:
        raise SealBroken(WHERE) from error


def _place(number: int, *, is_last: bool) -> bytes:
    return MAGIC + number.to_bytes(8) + bytes((is_last,))
