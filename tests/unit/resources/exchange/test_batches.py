"""
Entries, their digests and their chain; batches as bytes.
"""

import os
from datetime import date

import msgspec
import pytest

from tongban.resources.exchange.rules import batches
from tongban.resources.exchange.values import Line


def line(number: int, content: bytes = b'{"title":"x"}') -> Line:
    """
    Return an entry.
    """
    return Line(number, f"k{number}", "U", 1_763_600_000_000, "511600000000", batches.packed(content))


class TestABatch:
    def test_unpacks_to_what_was_packed(self) -> None:
        lines = [line(7), line(8, os.urandom(3000))]

        entries = batches.unpack(batches.pack(lines), first=7, count=2)

        assert [entry.line for entry in entries] == lines
        assert entries[0].content == b'{"title":"x"}'
        assert entries[0].digest == batches.digest_of(lines[0])

    @pytest.mark.parametrize(
        ("body", "first", "count"),
        [
            (batches.pack([line(1)]), 2, 1),
            (batches.pack([line(1), line(3)]), 1, 2),
            (batches.pack([line(1)]), 1, 2),
            (batches.pack([]), 1, batches.MOST_LINES + 1),
            (b"", 1, 0),
            (msgspec.msgpack.encode([[1, "k", "U", 0, "5116", b""]]), 1, 1),
            (msgspec.msgpack.encode([[1, "k", "U", 0, "511600000000", b"\xff\xff"]]), 1, 1),
        ],
        ids=["another first", "a gap", "too few", "too many", "nothing", "no node", "not packed"],
    )
    def test_is_refused_when_it_is_none(self, body: bytes, first: int, count: int) -> None:
        with pytest.raises(batches.NotABatch):
            batches.unpack(body, first=first, count=count)


class TestADigest:
    def test_changes_with_every_part_of_an_entry(self) -> None:
        first = line(1)
        others = [
            msgspec.structs.replace(first, number=2),
            msgspec.structs.replace(first, key="k"),
            msgspec.structs.replace(first, operation="D"),
            msgspec.structs.replace(first, made=0),
            msgspec.structs.replace(first, origin="510000000000"),
            msgspec.structs.replace(first, content=b""),
        ]

        assert len({batches.digest_of(each) for each in [first, *others]}) == 7

    def test_of_a_chain_says_what_came_before(self) -> None:
        digests = [batches.digest_of(line(number)) for number in (1, 2, 3)]

        whole = batches.extended(batches.START, digests)

        assert whole == batches.extended(batches.extended(batches.START, digests[:2]), digests[2:])
        assert whole != batches.extended(batches.START, [digests[1], digests[0], digests[2]])

    def test_of_a_day_counts_numbers_and_digests(self) -> None:
        entries = [(1, b"a" * 32), (2, b"b" * 32)]
        day = date(2026, 11, 20)

        counted = batches.day_count(day, entries)

        assert (counted.day, counted.count) == (day, 2)
        assert counted != batches.day_count(day, [(1, b"a" * 32), (3, b"b" * 32)])


class TestAContent:
    def test_never_unpacks_to_much_more_than_it_is(self) -> None:
        content = b"0" * 100_000

        kept = batches.packed(content)

        assert len(kept) * batches.MOST_RATIO >= len(content)

    @pytest.mark.parametrize(("microseconds", "milliseconds"), [(0, 0), (499, 0), (500, 1), (1_499, 1)])
    def test_was_made_at_the_nearest_millisecond(self, microseconds: int, milliseconds: int) -> None:
        assert batches.milliseconds(microseconds) == milliseconds
