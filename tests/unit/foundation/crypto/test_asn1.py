"""
Reading ASN.1 of others: how much of it, and what is no such thing.
"""

from datetime import UTC, datetime

import pytest

from tongban.foundation.clock import CHINA
from tongban.foundation.crypto import asn1

ONE = asn1.built(0x02, b"\x01")


class TestChildren:
    def test_are_as_many_as_asked_for(self) -> None:
        found = asn1.piece(asn1.built(0x30, ONE, ONE))

        assert [asn1.integer(one) for one in asn1.children(found, least=2, most=2)] == [1, 1]

    @pytest.mark.parametrize(("least", "most", "complaint"), [(3, 9, "too few"), (0, 1, "too many")])
    def test_are_refused_where_they_are_more_or_fewer(self, least: int, most: int, complaint: str) -> None:
        found = asn1.piece(asn1.built(0x30, ONE, ONE))

        with pytest.raises(ValueError, match=complaint):
            asn1.children(found, least=least, most=most)

    def test_has_only_a_sequence(self) -> None:
        with pytest.raises(ValueError, match="SEQUENCE"):
            asn1.children(asn1.piece(asn1.built(0x31, ONE)))


class TestOnly:
    def test_is_what_nothing_follows(self) -> None:
        assert asn1.only(ONE).der == ONE

        with pytest.raises(ValueError, match="follows"):
            asn1.only(ONE + b"\0")


class TestMomentWithoutAZone:
    def test_is_one_of_greenwich_or_of_whoever_wrote_it(self) -> None:
        written = asn1.piece(asn1.built(0x18, b"20260102030405"))

        assert asn1.moment(written) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        assert asn1.moment(written, zone=CHINA) == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)

    def test_counts_for_nothing_where_a_zone_is_written(self) -> None:
        written = asn1.piece(asn1.built(0x18, b"20260102030405-03"))

        assert asn1.moment(written, zone=CHINA) == datetime(2026, 1, 2, 6, 4, 5, tzinfo=UTC)

    def test_never_leaves_the_calendar(self) -> None:
        with pytest.raises(ValueError, match="time"):
            asn1.moment(asn1.piece(asn1.built(0x18, b"00010101000000+0800")))


class TestBadPieces:
    def test_is_an_identifier_that_goes_on(self) -> None:
        with pytest.raises(ValueError, match="identifier"):
            asn1.oid(asn1.piece(bytes.fromhex("06022a86")))

    @pytest.mark.parametrize("der", ["0100", "01020101", "020101"])
    def test_is_a_truth_value_of_another_length_or_kind(self, der: str) -> None:
        with pytest.raises(ValueError, match="BOOLEAN"):
            asn1.flag(asn1.piece(bytes.fromhex(der)))
