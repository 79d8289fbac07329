"""
Seals and signatures of three versions, of our own making and of others'.
"""

from datetime import UTC, datetime

import pytest

from tests.factories.seal_makers import (
    Maker,
    bits,
    generalized,
    ia5,
    number,
    octets,
    oid,
    sequence,
)
from tongban.foundation.crypto import sm2
from tongban.support.seals.rules import structures
from tongban.support.seals.rules.structures import (
    LARGEST_BYTES,
    Extension,
    NotASeal,
    SealFacts,
    SealPicture,
    Version,
    read_seal,
    read_signature,
    write_facts,
    write_seal,
    write_signature,
    write_to_sign,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
UNTIL = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"
DIGEST = bytes(range(32))


def facts(**other: object) -> SealFacts:
    values: dict[str, object] = {
        "version": 4,
        "vendor": "TONGBAN",
        "identifier": "5116020000001",
        "kind": 1,
        "name": "示例区民政局",
        "certificates": (b"one", b"two"),
        "created_at": AT,
        "valid_from": AT,
        "valid_until": UNTIL,
        "picture": SealPicture("PNG", b"\x89PNG", 42, 42),
    }
    return SealFacts(**(values | other))  # type: ignore[arg-type]


class TestOurOwn:
    def test_are_read_as_they_were_written(self) -> None:
        part = write_facts(facts())

        made = write_seal(signed_part=part, maker_certificate=b"maker", signature=b"value")

        read = read_seal(made)
        assert read.facts == facts()
        assert (read.raw, read.signed_part, read.signature) == (made, part, b"value")
        assert (read.maker_certificate, read.algorithm) == (b"maker", "1.2.156.10197.1.501")
        assert read.form is Version.V4

    def test_carry_extensions_under_their_tag(self) -> None:
        extensions = (Extension("1.2.3", b"a"), Extension("1.2.4", b"b", is_critical=True))

        part = write_facts(facts(extensions=extensions))

        made = write_seal(signed_part=part, maker_certificate=b"m", signature=b"s")
        assert read_seal(made).facts.extensions == extensions
        assert b"\xa0" in part[-40:]

    def test_carry_digests_in_place_of_certificates(self) -> None:
        digests = (("1.2.156.10197.1.401", DIGEST),)

        part = write_facts(facts(certificates=(), certificate_digests=digests))

        made = write_seal(signed_part=part, maker_certificate=b"m", signature=b"s")
        assert read_seal(made).facts.certificate_digests == digests
        assert read_seal(made).facts.certificates == ()

    def test_are_signed_with_document_path_and_stamp(self) -> None:
        seal = write_seal(signed_part=write_facts(facts()), maker_certificate=b"m", signature=b"s")
        part = write_to_sign(seal=seal, version=4, signed_at=AT, data_digest=DIGEST, property_info=PATH)

        made = write_signature(signed_part=part, certificate=b"one", signature=b"value", timestamp=b"token")

        read = read_signature(made)
        assert (read.raw, read.signed_part, read.signature, read.timestamp) == (
            made,
            part,
            b"value",
            b"token",
        )
        assert (read.data_digest, read.property_info, read.signed_at) == (DIGEST, PATH, AT)
        assert read.seal == read_seal(seal)

    def test_lose_fractions_of_seconds_and_keep_the_moment(self) -> None:
        moment = AT.replace(microsecond=999_999)
        seal = write_seal(signed_part=write_facts(facts()), maker_certificate=b"m", signature=b"s")

        part = write_to_sign(seal=seal, version=4, signed_at=moment, data_digest=DIGEST, property_info=PATH)

        made = write_signature(signed_part=part, certificate=b"one", signature=b"v")
        assert read_signature(made).signed_at == AT


class TestForeign:
    @pytest.mark.parametrize("is_tagged", [True, False])
    @pytest.mark.parametrize(
        ("maker", "form"),
        [
            ({"version": 1, "is_old": True}, Version.V1),
            ({"version": 3}, Version.V4),
            ({"version": 4}, Version.V4),
            ({"version": 5}, Version.V5),
            ({"version": 5, "has_stamp": True}, Version.V5),
        ],
    )
    def test_are_read_in_every_form_and_what_was_signed_verifies(
        self, maker: dict[str, int], form: Version, *, is_tagged: bool
    ) -> None:
        other = Maker(is_tagged=is_tagged, **maker)  # type: ignore[arg-type]

        made = other.seal(other.facts(listed=octets(b"signer"), at=AT, until=UNTIL))

        read = read_seal(made)
        assert (read.form, read.facts.version, read.raw) == (form, maker["version"], made)
        assert (read.facts.name, read.facts.certificates) == ("别家印章", (b"signer",))
        assert (read.facts.valid_from, read.facts.valid_until) == (AT, UNTIL)
        assert read.facts.extensions == (Extension("1.2.3.4", b"one"),)
        assert read.facts.picture == SealPicture("PNG", b"\x89PNG", 40, 40)
        assert other.key.public.verify(read.signature, read.signed_part) is True

    @pytest.mark.parametrize("maker", [Maker(version=1, is_old=True), Maker(), Maker(version=5)])
    def test_are_used_and_what_was_signed_verifies(self, maker: Maker) -> None:
        signer = sm2.generate()
        seal = maker.seal(maker.facts(listed=octets(b"signer"), at=AT, until=UNTIL))

        made = maker.signature(seal, digest=DIGEST, path=PATH, at=AT, certificate=b"signer", key=signer)

        read = read_signature(made)
        assert (read.data_digest, read.property_info, read.certificate) == (DIGEST, PATH, b"signer")
        assert (read.signed_at, read.seal.raw) == (AT, seal)
        assert signer.public.verify(read.signature, read.signed_part) is True

    def test_list_digests_of_certificates(self) -> None:
        maker = Maker()
        listed = sequence(oid("1.2.156.10197.1.401"), octets(DIGEST))

        made = maker.seal(maker.facts(listed=listed, list_kind=2, at=AT, until=UNTIL))

        assert read_seal(made).facts.certificate_digests == (("1.2.156.10197.1.401", DIGEST),)

    @pytest.mark.parametrize(
        ("written", "moment"),
        [
            (b"\x18\x0f20260102030405Z", AT),
            (b"\x18\x1320260102030405.123Z", AT),
            (b"\x18\x1320260102110405+0800", AT),
            (b"\x18\x0e20260102110405", AT),
            (b"\x17\x0d260102030405Z", AT),
            (b"\x17\x0b2601020304Z", AT.replace(second=0)),
        ],
    )
    def test_write_times_in_many_ways(self, written: bytes, moment: datetime) -> None:
        seal = write_seal(signed_part=write_facts(facts()), maker_certificate=b"m", signature=b"s")
        part = sequence(number(4), seal, written, bits(DIGEST), ia5(PATH))

        read = read_signature(sequence(part, octets(b"c"), oid(), bits(b"v")))

        assert read.signed_at == moment

    def test_of_version_1_may_carry_a_token_where_the_time_stands(self) -> None:
        maker = Maker(version=1, is_old=True)
        seal = maker.seal(maker.facts(listed=octets(b"c"), at=AT, until=UNTIL))
        part = sequence(number(1), seal, bits(b"\x30\x03abc"), bits(DIGEST), ia5(PATH), octets(b"c"), oid())

        read = read_signature(sequence(part, bits(b"v")))

        assert (read.signed_at, read.timestamp) == (None, b"\x30\x03abc")

    def test_name_the_algorithm_with_parameters(self) -> None:
        part = write_facts(facts())

        read = read_seal(sequence(part, octets(b"m"), sequence(oid(), b"\x05\x00"), bits(b"s")))

        assert read.algorithm == "1.2.156.10197.1.501"


class TestBadInput:
    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\x30",
            b"\x30\x80\x00\x00",
            b"\x30\x84\xff\xff\xff\xff",
            b"\x1f\x81\x01\x00",
            b"\x30\x00",
            b"\x04\x02ab",
            b"not a seal at all",
            b"\x30\x80" * 100_000,
            b"\x00" * (LARGEST_BYTES + 1),
        ],
    )
    def test_is_no_seal(self, content: bytes) -> None:
        with pytest.raises(NotASeal):
            read_seal(content)
        with pytest.raises(NotASeal):
            read_signature(content)

    def test_says_something_else_in_its_header(self) -> None:
        part = write_facts(facts()).replace(b"\x16\x02ES", b"\x16\x02EX")

        with pytest.raises(NotASeal, match="ES"):
            read_seal(sequence(part, octets(b"m"), oid(), bits(b"s")))

    def test_has_something_behind_it(self) -> None:
        made = write_seal(signed_part=write_facts(facts()), maker_certificate=b"m", signature=b"s")

        with pytest.raises(NotASeal, match="follows"):
            read_seal(made + b"\x00")

    def test_lists_more_than_anybody_reads(self) -> None:
        with pytest.raises(NotASeal, match="too many"):
            read_seal(
                write_seal(
                    signed_part=write_facts(facts(certificates=(b"c",) * 1_001)),
                    maker_certificate=b"m",
                    signature=b"s",
                )
            )

    def test_has_a_day_that_is_none(self) -> None:
        part = write_facts(facts()).replace(generalized(AT)[2:], b"20260231030405Z")

        with pytest.raises(NotASeal, match="time"):
            read_seal(sequence(part, octets(b"m"), oid(), bits(b"s")))

    def test_has_bits_that_are_no_bytes(self) -> None:
        part = write_facts(facts())

        with pytest.raises(NotASeal, match="BIT STRING"):
            read_seal(sequence(part, octets(b"m"), oid(), b"\x03\x02\x04\xf0"))

    def test_a_seal_is_no_signature_and_a_signature_no_seal(self) -> None:
        seal = write_seal(signed_part=write_facts(facts()), maker_certificate=b"m", signature=b"s")
        part = write_to_sign(seal=seal, version=4, signed_at=AT, data_digest=DIGEST, property_info=PATH)
        signature = write_signature(signed_part=part, certificate=b"c", signature=b"v")

        with pytest.raises(NotASeal):
            read_signature(seal)
        with pytest.raises(NotASeal):
            read_seal(signature)

    def test_refuses_to_write_a_path_that_is_not_ascii(self) -> None:
        with pytest.raises(ValueError, match="ascii"):
            structures.write_to_sign(
                seal=b"\x30\x00", version=4, signed_at=AT, data_digest=DIGEST, property_info="/文档"
            )
