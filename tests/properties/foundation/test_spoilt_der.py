"""
Ten thousand spoilt certificates, lists, answers and time-stamps: nothing crashes, takes long or is believed.

What is spoilt, and how, follows from a number, so that a failure can be had again.
"""

import resource
import time
from collections.abc import Callable, Iterator
from random import Random  # noqa: TID251 - a seed spoils the same way again
from typing import Any, Final

import pytest

from tests.factories import certificates as make
from tongban.foundation.crypto import stamping, status, timestamps
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import TIME_STAMPING, NotACertificate, read_certificate
from tongban.foundation.crypto.chains import verify_chain
from tongban.foundation.crypto.revocation import (
    NotARevocationList,
    Revocation,
    make_revocation_list,
    read_revocation_list,
)
from tongban.foundation.crypto.stamping import Stamper
from tongban.foundation.crypto.status import Answer, NotAStatus
from tongban.foundation.crypto.timestamps import NotATimestamp

EACH: Final = 2500
LONGEST_SECONDS: Final = 2.0
MOST_GROWTH_KIB: Final = 200 * 1024
SEED: Final = 20261122
DIGEST: Final = b"1" * 32
NUMBERS: Final = (b"\x80", b"\x84\xff\xff\xff\xff", b"\x00", b"\xff", b"\x30\x80", b"\x24\x80")
"""Lengths and tags that readers stumble over."""

ROOT = make.root()
LEAF = make.issued(ROOT, purposes=(TIME_STAMPING,))
LIST = make_revocation_list(
    issuer=ROOT.certificate,
    algorithm=Algorithm.SM2,
    number=1,
    this_update=make.BEGIN,
    next_update=make.BEGIN + make.YEAR,
    entries={number: Revocation(make.BEGIN) for number in range(1, 20)},
    sign=ROOT.key.sign,
)
TOKEN = stamping.make_token(
    stamper=Stamper(certificate=LEAF.certificate, chain=[ROOT.certificate], sign=LEAF.key.sign),
    algorithm=Algorithm.SM2,
    digest=DIGEST,
    at=make.BEGIN,
    serial=1,
    policy="1.2.3",
)
ASKED = status.read_status_request(
    status.make_status_request(serials=[1], issuer=ROOT.certificate, algorithm=Algorithm.SM2)
)
ANSWER = status.make_status_answer(
    states=[(ASKED.asked[0], Answer.GOOD)],
    nonce=b"",
    at=make.BEGIN,
    next_update=make.BEGIN + make.YEAR,
    issuer=ROOT.certificate,
    sign=ROOT.key.sign,
)


def believed_certificate(data: bytes) -> object:
    found = read_certificate(data)
    is_good = verify_chain(found, anchors=[ROOT.certificate], at=make.BEGIN).is_good
    return found.body.signed_part if is_good else None


def believed_list(data: bytes) -> object:
    found = read_revocation_list(data)
    return found.body.signed_part if found.is_signed_by(ROOT.certificate) else None


def believed_answer(data: bytes) -> object:
    found = status.read_status_answer(data)
    return found.body.signed_part if found.is_signed_by(ROOT.certificate) else None


def believed_token(data: bytes) -> object:
    found = timestamps.read_token(data)
    return (found.at, found.digest, found.serial, found.signer) if not found.problems(DIGEST) else None


KINDS: Final[dict[str, tuple[Callable[[bytes], object], type[Exception], bytes]]] = {
    "certificate": (believed_certificate, NotACertificate, LEAF.certificate.der),
    "list": (believed_list, NotARevocationList, LIST),
    "answer": (believed_answer, NotAStatus, ANSWER),
    "token": (believed_token, NotATimestamp, TOKEN),
}


def spoilt(right: bytes, *, chance: Random) -> Iterator[bytes]:
    """
    Yield `right` with a few bytes turned, left out, put in twice, or replaced by what readers stumble over.
    """
    for _one in range(EACH):
        changed = bytearray(right)
        for _change in range(chance.randint(1, 4)):
            place, length = chance.randrange(len(changed)), chance.randint(1, 12)
            match chance.randrange(5):
                case 0:
                    changed[place] ^= 1 << chance.randrange(8)
                case 1:
                    del changed[place : place + length]
                case 2:
                    changed[place:place] = changed[place : place + length]
                case 3:
                    changed[place : place + 1] = chance.choice(NUMBERS)
                case _:
                    changed[place : place + length] = chance.randbytes(length)
            if not changed:
                changed = bytearray(b"\x30")
        yield bytes(changed)


@pytest.mark.slow
class TestSpoiltDer:
    @pytest.mark.parametrize("kind", KINDS)
    def test_is_refused_soon_and_never_believed(self, kind: str) -> None:
        believe, refusal, right = KINDS[kind]
        expected: Any = believe(right)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wrong, slowest = [], 0.0
        for data in spoilt(right, chance=Random(f"{SEED} {kind}")):
            begin = time.process_time()
            try:
                found = believe(data)
            except refusal:
                found = None
            slowest = max(slowest, time.process_time() - begin)
            if found not in (None, expected):
                wrong.append(data.hex())

        assert expected is not None
        assert wrong == []
        assert slowest < LONGEST_SECONDS
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MOST_GROWTH_KIB
