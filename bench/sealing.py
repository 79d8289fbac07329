"""
What encryption costs: fields sealed and opened, blind indexes, a file in pieces; beside the bare cipher.
"""

import os
import time
from collections.abc import Callable, Iterator

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.ciphers.modes import GCM

from bench.report import Row, against
from tongban.foundation import crypto
from tongban.foundation.sealed_files import sealed_pieces

FIELD = "四川省广安市广安区示例路1号2单元301室".encode()
"""An address: the longest of the common fields."""
FILE_BYTES = 2 * 1024 * 1024
SECONDS = 0.4
CONTEXT = "bench.field"
BARE = "SM4-GCM alone, same bytes, same run"


def rows(rounds: int) -> Iterator[Row]:
    """
    Yield the figures, each beside what the library does without us in the same round.
    """
    sealed = crypto.seal(FIELD, context=CONTEXT)
    content, key = os.urandom(FILE_BYTES), crypto.new_key()
    pairs: dict[str, list[tuple[float, float]]] = {}
    for _round in range(rounds):
        field = _per_second(lambda: _bare(FIELD))
        whole = _per_second(lambda: _bare(content)) * FILE_BYTES / 1024 / 1024
        for name, work, ceiling, each in (
            ("seal a field", lambda: crypto.seal(FIELD, context=CONTEXT), field, 1.0),
            ("open a field", lambda: crypto.unseal(sealed, context=CONTEXT), field, 1.0),
            ("blind index", lambda: crypto.blind_index("bench", "110105194912310021"), field, 1.0),
            (
                "seal a file",
                lambda: b"".join(sealed_pieces([content], key)),
                whole,
                FILE_BYTES / 1024 / 1024,
            ),
        ):
            pairs.setdefault(name, []).append((_per_second(work) * each, ceiling))
    for name, measured in pairs.items():
        unit = "MB/s" if name == "seal a file" else "/s"
        yield against(name, measured, unit=unit, ceiling_is=BARE, aim=None)


def _bare(plaintext: bytes) -> bytes:
    encryptor = Cipher(SM4(b"0123456789abcdef"), GCM(b"0123456789ab")).encryptor()
    return encryptor.update(plaintext) + encryptor.finalize() + encryptor.tag


def _per_second(work: Callable[[], object]) -> float:
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        work()
        done += 1
    return done / spent
