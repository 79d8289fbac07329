"""
Certificates of all makers: what is odd is read as well as it can be, what is none is refused by one error.
"""

import base64
from datetime import UTC, datetime

import pytest
from asn1crypto import core, x509

from tests.factories import certificates as make
from tests.factories.certificates import BEGIN, YEAR
from tongban.foundation.crypto import algorithms, asn1
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.foundation.crypto.certificates import (
    NotACertificate,
    pem,
    read_certificate,
    read_certificates,
    serial_text,
)
from tongban.foundation.crypto.extensions import KeyUsage
from tongban.foundation.crypto.issuing import (
    Addresses,
    NotARequest,
    make_request,
    read_request,
    signature_algorithm,
    signed_der,
)
from tongban.foundation.crypto.names import Name, name_of


def name_with(tag: int, content: bytes) -> bytes:
    """
    Return the DER of a name whose one part is a string of any kind.
    """
    value = bytes((tag, len(content))) + content
    attribute = b"\x06\x03\x55\x04\x03" + value
    inner = b"\x30" + bytes((len(attribute),)) + attribute
    group = b"\x31" + bytes((len(inner),)) + inner
    return b"\x30" + bytes((len(group),)) + group


class TestReadCertificate:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_returns_what_was_put_in(self, algorithm: Algorithm) -> None:
        root = make.root(algorithm=algorithm)
        made = make.issued(
            root,
            algorithm=algorithm,
            serial=0x7F01,
            addresses=Addresses(crl="http://node/a.crl", status="http://node/s", issuer="http://node/a.cer"),
        ).certificate

        assert made.version == 3
        assert made.serial_text == "7F01"
        assert str(made.subject) == "CN=某某局, O=演示机构, C=CN"
        assert made.issuer.common_name == "根"
        assert (made.not_before, made.not_after) == (BEGIN, BEGIN + YEAR)
        assert made.algorithm is algorithm
        assert not made.is_authority
        assert made.key_usages == frozenset({KeyUsage.DIGITAL_SIGNATURE, KeyUsage.NON_REPUDIATION})
        assert made.crl_urls == ("http://node/a.crl",)
        assert made.authority_key_id == root.certificate.subject_key_id
        assert made.strange_extensions == ()
        assert made.is_signed_by(root.certificate)
        assert not made.is_signed_by(made)

    def test_takes_pem_bare_base64_and_padding(self) -> None:
        one = make.root().certificate

        assert read_certificate(pem(one.der).encode()) == one
        assert read_certificate(b"words before\n" + pem(one.der).encode() + b"words behind") == one
        assert read_certificate(base64.b64encode(one.der)) == one
        assert read_certificate(one.der + bytes(16)) == one
        assert read_certificate(one.der + b"\r\n").der == one.der

    @pytest.mark.parametrize(
        ("tag", "content"),
        [
            (0x0C, "某某局".encode()),
            (0x1E, "某某局".encode("utf-16-be")),
            (0x1C, "某某局".encode("utf-32-be")),
            (0x13, "某某局".encode("gbk")),
            (0x14, "某某局".encode("gbk")),
            (0x16, "某某局".encode()),
        ],
        ids=["UTF8", "BMP", "Universal", "GBK in Printable", "GBK in T61", "UTF-8 in IA5"],
    )
    def test_reads_names_of_all_makers(self, tag: int, content: bytes) -> None:
        subject = Name((("CN", ""),), der=name_with(tag, content))

        assert make.issued(None, subject=subject).certificate.subject.common_name == "某某局"

    def test_keeps_names_that_are_no_text_at_all(self) -> None:
        subject = Name((("CN", ""),), der=name_with(0x0C, b"\xff\xff"))

        assert make.issued(None, subject=subject).certificate.subject.common_name == "\xff\xff"

    @pytest.mark.parametrize("serial", [0, -5, 2**159 - 1, 2**400 + 1])
    def test_reads_odd_serial_numbers(self, serial: int) -> None:
        assert make.issued(None, serial=serial).certificate.serial == serial

    def test_reads_dates_far_ahead(self) -> None:
        forever = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)

        assert make.issued(None, not_after=forever).certificate.not_after == forever

    def test_reads_a_certificate_without_extensions(self) -> None:
        key = algorithms.generate(Algorithm.SM2)
        algorithm = signature_algorithm(Algorithm.SM2)
        name = x509.Name.load(name_of(CN="老证书").encoded())
        part = x509.TbsCertificate(
            {
                "version": "v1",
                "serial_number": 7,
                "signature": algorithm,
                "issuer": name,
                "validity": {
                    "not_before": x509.Time(name="utc_time", value=core.UTCTime(BEGIN)),
                    "not_after": x509.Time(name="utc_time", value=core.UTCTime(BEGIN + YEAR)),
                },
                "subject": name,
                "subject_public_key_info": x509.PublicKeyInfo.load(
                    algorithms.subject_public_key_info(Algorithm.SM2, key.public.point)
                ),
            }
        ).dump()

        old = read_certificate(signed_der(part, algorithm.dump(), key.sign(part)))

        assert (old.version, old.key_usages, old.subject_key_id) == (1, None, b"")
        assert old.is_signed_by(old)

    def test_reads_a_key_that_is_named_by_its_curve(self) -> None:
        key = algorithms.generate(Algorithm.SM2)
        usual = algorithms.subject_public_key_info(Algorithm.SM2, key.public.point)
        curve = bytes.fromhex("06082a811ccf5501822d")
        inner = b"\x30\x0a" + curve + b"\x03\x42\x00" + key.public.point
        odd = b"\x30" + bytes((len(inner),)) + inner
        made = make.issued(None, key=key).certificate.der

        assert usual in made
        assert asn1.piece(odd).der == odd

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\x30",
            b"\x30\x80\x00\x00",
            b"\x30\x00",
            b"0" * 70_000,
            b"-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----",
            b"\x30\x84\xff\xff\xff\xff",
            "证书".encode(),
            b"\x30\x82" * 20_000,
        ],
    )
    def test_refuses_anything_else_by_one_error(self, data: bytes) -> None:
        with pytest.raises(NotACertificate):
            read_certificate(data)

    def test_refuses_every_cut(self) -> None:
        der = make.root().certificate.der

        for length in range(0, len(der), 7):
            with pytest.raises(NotACertificate):
                read_certificate(der[:length])


class TestReadCertificates:
    def test_reads_all_in_a_file(self) -> None:
        root = make.root()
        leaf = make.issued(root)
        text = pem(leaf.certificate.der) + pem(root.certificate.der)

        assert read_certificates(text.encode()) == (leaf.certificate, root.certificate)

    def test_refuses_a_file_of_none(self) -> None:
        with pytest.raises(NotACertificate):
            read_certificates(b"-----BEGIN CERTIFICATE-----")


class TestNames:
    def test_match_but_for_case_and_blanks(self) -> None:
        assert name_of(O="Some  Office", CN="A").matches(name_of(O="some office ", CN="a"))
        assert not name_of(CN="A").matches(name_of(CN="B"))

    def test_are_escaped_as_text(self) -> None:
        assert str(name_of(O="a,b", CN="c=d")) == "CN=c\\=d, O=a\\,b"


class TestRequests:
    @pytest.mark.parametrize("algorithm", Algorithm)
    def test_prove_that_who_asks_has_the_key(self, algorithm: Algorithm) -> None:
        key, other = algorithms.generate(algorithm), algorithms.generate(algorithm)
        facts = {"subject": name_of(C="CN", CN="请求"), "algorithm": algorithm, "point": key.public.point}

        right = read_request(make_request(**facts, sign=key.sign))  # type: ignore[arg-type]
        wrong = read_request(make_request(**facts, sign=other.sign))  # type: ignore[arg-type]

        assert right.is_proven
        assert str(right.subject) == "CN=请求, C=CN"
        assert right.algorithm is algorithm
        assert not wrong.is_proven

    def test_are_refused_where_they_are_none(self) -> None:
        with pytest.raises(NotARequest):
            read_request(make.root().certificate.der)


class TestSerialText:
    def test_writes_whole_bytes(self) -> None:
        assert [serial_text(number) for number in (0, 10, 0x1F0, -1)] == ["00", "0A", "01F0", "-01"]


class TestMoment:
    @pytest.mark.parametrize(
        ("der", "expected"),
        [
            (b"\x17\x0d261122010203Z", BEGIN),
            (b"\x17\x0b2611220102Z", BEGIN.replace(second=0)),
            (b"\x17\x11261122090203+0800", BEGIN),
            (b"\x18\x0f20261122010203Z", BEGIN),
            (b"\x18\x1320261122010203.123Z", BEGIN),
            (b"\x18\x0e20261122010203", BEGIN),
            (b"\x17\x0d500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_reads_times_of_all_makers(self, der: bytes, expected: datetime) -> None:
        assert asn1.moment(asn1.piece(der)) == expected

    @pytest.mark.parametrize(
        "der", [b"\x17\x0d261322010203Z", b"\x18\x0d261122010203Z", b"\x02\x01\x05", b"\x17\x00"]
    )
    def test_refuses_what_is_none(self, der: bytes) -> None:
        with pytest.raises(ValueError, match=r"time|cut|month"):
            asn1.moment(asn1.piece(der))


class TestDefinite:
    def test_closes_open_lengths(self) -> None:
        open_ended = bytes.fromhex("30800201 05".replace(" ", "") + "a080" + "040102" + "0000" + "0000")

        assert asn1.definite(open_ended) == bytes.fromhex("3008 020105 a003 040102".replace(" ", ""))

    def test_leaves_der_as_it_is(self) -> None:
        der = make.root().certificate.der

        assert asn1.definite(der) == der

    def test_refuses_to_go_too_deep(self) -> None:
        with pytest.raises(ValueError, match="deeply"):
            asn1.definite(b"\x30\x80" * 30 + b"\0\0" * 30)
