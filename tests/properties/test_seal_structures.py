"""
Whatever is done to the bytes of a seal or a signature, reading it ends in a structure or in `NotASeal`, soon; and no
change of a signed byte leaves a signature that verifies.
"""

from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories.seal_makers import Maker, octets
from tongban.foundation.crypto import sm2
from tongban.support.seals.rules.structures import (
    NotASeal,
    SignatureStructure,
    read_seal,
    read_signature,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UNTIL = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
MAKERS = (Maker(), Maker(version=1, is_old=True), Maker(version=5, has_stamp=True, is_tagged=False))
SIGNER = sm2.generate()
SIGNATURES = tuple(
    maker.signature(
        maker.seal(maker.facts(listed=octets(b"signer"), at=AT, until=UNTIL)),
        digest=bytes(32),
        path="/Doc_0/Signs/Sign_0/Signature.xml",
        at=AT,
        certificate=b"signer",
        key=SIGNER,
    )
    for maker in MAKERS
)
EDITS = st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(1, 255)), min_size=1, max_size=4)


def edited(content: bytes, edits: list[tuple[int, int]]) -> bytes:
    changed = bytearray(content)
    for place, mask in edits:
        changed[place % len(changed)] ^= mask
    return bytes(changed)


def is_valid(read: SignatureStructure, maker: Maker) -> bool:
    return (
        SIGNER.public.verify(read.signature, read.signed_part)
        and maker.key.public.verify(read.seal.signature, read.seal.signed_part)
        and read.certificate == b"signer"
    )


class TestReading:
    @settings(max_examples=2_000, deadline=None)
    @given(st.binary(max_size=400))
    def test_never_ends_otherwise_for_any_bytes(self, content: bytes) -> None:
        for read in (read_seal, read_signature):
            try:
                read(content)
            except NotASeal:
                continue

    @settings(max_examples=2_000, deadline=None)
    @given(st.sampled_from(range(len(MAKERS))), EDITS)
    def test_never_takes_a_changed_signature_for_the_one_that_was_made(
        self, which: int, edits: list[tuple[int, int]]
    ) -> None:
        changed = edited(SIGNATURES[which], edits)
        try:
            read = read_signature(changed)
        except NotASeal:
            return

        original = read_signature(SIGNATURES[which])
        is_same = (read.signed_part, read.signature) == (original.signed_part, original.signature)
        assert not is_valid(read, MAKERS[which]) or is_same

    @settings(max_examples=500, deadline=None)
    @given(st.sampled_from(range(len(MAKERS))), st.integers(0, 1 << 16))
    def test_never_takes_a_cut_one_for_whole(self, which: int, length: int) -> None:
        whole = SIGNATURES[which]
        try:
            read = read_signature(whole[: length % len(whole)])
        except NotASeal:
            return

        raise AssertionError(f"read {read}")
