"""
What is said of files of other makers, of seals and certificates by themselves, and of everything that was touched.
"""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pikepdf
import pytest
from django.db import connection
from django.utils import translation
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.factories.certificates import Holder, issued, root
from tests.factories.ofd import parts, plain_ofd, signed, zipped
from tests.factories.seal_makers import Maker, octets, oid, sequence
from tests.factories.seals import AGENCY, AT, NODE, whole, with_seal
from tongban.foundation import crypto
from tongban.foundation.crypto import sm2
from tongban.foundation.crypto.certificates import pem, read_certificate
from tongban.support.seals import services
from tongban.support.seals.models import Seal
from tongban.support.seals.rules.structures import read_seal
from tongban.support.seals.values import FileVerdict, FileVerdictKind, SealPurpose, SignatureVerdict

pytestmark = pytest.mark.django_db
SIGNED_AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
NOW = datetime(2027, 1, 1, tzinfo=UTC)
Turn: Any = generic.NumberObject
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"
KEYS = ["file", "kind", "verdict", "signatures", "uncovered", "explanation"]
SIGNATURE_KEYS = [
    "id",
    "integrity",
    "signature",
    "certificate",
    "validity",
    "seal_state",
    "signed_at",
    "signer",
    "seal_name",
]


class Foreign:
    """
    A maker of seals, and somebody who signs with one, under a root of their own.
    """

    def __init__(self, **habits: Any) -> None:
        self.root = root("外地根")
        self.made_by = issued(self.root, "外地制章机构")
        self.signer = issued(self.root, "外地某局")
        key = self.made_by.key
        assert isinstance(key, sm2.PrivateKey)
        self.maker = Maker(certificate=self.made_by.certificate.der, key=key, **habits)

    def seal(self, *, at: datetime = SIGNED_AT, listed: bytes | None = None, **kind: int) -> bytes:
        who = octets(self.signer.certificate.der) if listed is None else listed
        return self.maker.seal(self.maker.facts(listed=who, at=at, until=at + timedelta(days=300), **kind))

    def value(
        self,
        xml: bytes,
        *,
        seal: bytes | None = None,
        at: datetime = SIGNED_AT,
        by: Holder | None = None,
        path: str = PATH,
    ) -> bytes:
        signer = by or self.signer
        key = signer.key
        assert isinstance(key, sm2.PrivateKey)
        return self.maker.signature(
            self.seal() if seal is None else seal,
            digest=crypto.sm3(xml),
            path=path,
            at=at,
            certificate=signer.certificate.der,
            key=key,
        )

    def ofd(self, *, made: dict[str, bytes] | None = None, **value: Any) -> bytes:
        held = signed(parts()) if made is None else made
        held["Doc_0/Signs/Sign_0/SignedValue.dat"] = self.value(held[PATH[1:]], **value)
        return zipped(held)


def verified(content: bytes, *, name: str = "a.ofd", at: datetime = NOW) -> FileVerdict:
    return services.verify_file(content=content, name=name, at=at)


def only(verdict: FileVerdict) -> SignatureVerdict:
    (signature,) = verdict.signatures
    return signature


class TestForeignFiles:
    @pytest.mark.parametrize(
        "habits",
        [
            {"version": 4},
            {"version": 4, "is_tagged": False},
            {"version": 1, "is_old": True},
            {"version": 5, "has_stamp": True},
        ],
    )
    def test_are_valid_and_their_issuer_is_told_to_be_unknown(self, habits: dict[str, Any]) -> None:
        verdict = verified(Foreign(**habits).ofd())

        assert verdict.verdict is FileVerdictKind.VALID
        assert only(verdict).as_json() == {
            "id": "s001",
            "integrity": "intact",
            "signature": "valid",
            "certificate": "untrusted",
            "validity": "valid",
            "seal_state": "unknown",
            "signed_at": "2026-11-22T02:00:00+00:00",
            "signer": "外地某局",
            "seal_name": "别家印章",
        }

    @pytest.mark.parametrize("method", ["SM3", "sm3", "1.2.156.10197.1.401", None])
    def test_may_name_the_digest_by_word_or_number(self, method: str | None) -> None:
        made = signed(parts(), check_method=method)

        verdict = verified(Foreign().ofd(made=made))

        assert verdict.verdict is FileVerdictKind.VALID

    def test_may_write_the_path_in_other_cases(self) -> None:
        assert verified(Foreign().ofd(path=PATH.upper())).verdict is FileVerdictKind.VALID

    def test_may_list_digests_of_who_signs(self) -> None:
        maker = Foreign()
        digest = crypto.sm3(maker.signer.certificate.der)
        seal = maker.seal(listed=sequence(oid("1.2.156.10197.1.401"), octets(digest)), list_kind=2)

        assert verified(maker.ofd(seal=seal)).verdict is FileVerdictKind.VALID

    def test_may_leave_parts_uncovered_and_this_is_told(self) -> None:
        made = signed(parts(), leave_out=["OFD.xml"])

        verdict = verified(Foreign().ofd(made=made))

        assert verdict.verdict is FileVerdictKind.VALID
        assert verdict.uncovered == ("OFD.xml",)
        assert "不受任何签章保护" in verdict.explanation

    def test_of_old_digests_are_not_believed(self) -> None:
        made = signed(parts(), check_method="MD5", algorithm="md5")

        verdict = verified(Foreign().ofd(made=made))

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.INVALID, "weak_algorithm")


class TestForgedFiles:
    def test_changed_after_signing_are_found(self) -> None:
        made = signed(parts())
        content = Foreign().ofd(made=made)
        held = unzipped(content)
        held["Doc_0/Pages/Page_0/Content.xml"] += b"\n"

        verdict = verified(zipped(held))

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.CHANGED, "changed")
        assert only(verdict).signature.value == "valid"

    def test_with_another_list_of_digests_are_found(self) -> None:
        held = unzipped(Foreign().ofd())
        held[PATH[1:]] = held[PATH[1:]].replace(b"20261122101112", b"20261122101113")

        verdict = verified(zipped(held))

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.CHANGED, "changed")

    def test_signed_by_somebody_the_seal_does_not_name_are_found(self) -> None:
        maker = Foreign()

        verdict = verified(maker.ofd(by=issued(maker.root, "外地某局")))

        assert (verdict.verdict, only(verdict).signature.value) == (
            FileVerdictKind.INVALID,
            "signer_not_of_seal",
        )

    def test_with_a_seal_somebody_else_made_are_found(self) -> None:
        maker, other = Foreign(), Foreign()
        forged = Maker(certificate=maker.made_by.certificate.der, key=other.maker.key)
        seal = forged.seal(
            forged.facts(
                listed=octets(maker.signer.certificate.der),
                at=SIGNED_AT,
                until=SIGNED_AT + timedelta(days=1),
            )
        )

        verdict = verified(maker.ofd(seal=seal))

        assert (verdict.verdict, only(verdict).signature.value) == (FileVerdictKind.INVALID, "invalid")

    def test_with_a_signature_of_another_place_are_found(self) -> None:
        verdict = verified(Foreign().ofd(path="/Doc_0/Signs/Sign_1/Signature.xml"))

        assert (verdict.verdict, only(verdict).signature.value) == (FileVerdictKind.INVALID, "invalid")

    @pytest.mark.parametrize(
        ("days", "validity"), [(-1, "not_yet_valid"), (301, "expired"), (0, "valid"), (299, "valid")]
    )
    def test_signed_outside_the_term_of_the_seal_are_found(self, days: int, validity: str) -> None:
        maker = Foreign()

        verdict = verified(maker.ofd(seal=maker.seal(), at=SIGNED_AT + timedelta(days=days)))

        assert only(verdict).validity.value == validity
        assert (verdict.verdict is FileVerdictKind.VALID) is (validity == "valid")

    def test_signed_after_the_end_of_the_certificate_are_found(self) -> None:
        maker = Foreign()
        late = SIGNED_AT + timedelta(days=400)

        verdict = verified(maker.ofd(seal=maker.seal(at=late - timedelta(days=100)), at=late))

        assert (verdict.verdict, only(verdict).certificate.value) == (FileVerdictKind.INVALID, "expired")

    def test_without_a_signature_are_unsigned(self) -> None:
        verdict = verified(plain_ofd())

        assert (verdict.verdict, verdict.signatures, verdict.uncovered) == (FileVerdictKind.UNSIGNED, (), ())

    @pytest.mark.parametrize("value", [b"", b"\x30\x00", b"nothing"])
    def test_with_a_signature_that_is_none_are_invalid(self, value: bytes) -> None:
        held = signed(parts())
        held["Doc_0/Signs/Sign_0/SignedValue.dat"] = value

        verdict = verified(zipped(held))

        assert (verdict.verdict, only(verdict).signature.value) == (FileVerdictKind.INVALID, "missing")

    def test_that_two_readers_would_read_differently_are_never_valid(self) -> None:
        made = signed(parts())
        one = made[PATH[1:]]
        start, end = (
            one.index(b"<ofd:References"),
            one.index(b"</ofd:References>") + len(b"</ofd:References>"),
        )
        made[PATH[1:]] = one[:end] + one[start:end] + one[end:]

        verdict = verified(Foreign().ofd(made=made))

        assert verdict.verdict is FileVerdictKind.INVALID

    def test_are_not_covered_by_a_signature_that_is_not_right(self) -> None:
        made = signed(parts())
        made["Doc_0/Signs/Sign_0/SignedValue.dat"] = b"nothing"

        verdict = verified(zipped(made))

        assert {"OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"} <= set(verdict.uncovered)

    def test_without_pages_and_signatures_cannot_be_read(self) -> None:
        made = parts()
        del made["Doc_0/Document.xml"]

        verdict = verified(zipped(made))

        assert verdict.verdict is FileVerdictKind.UNREADABLE


class TestOwnFiles:
    def sealed(self) -> bytes:
        with_seal()
        return services.seal_document(
            document=plain_ofd(),
            agency_code=AGENCY,
            purpose=SealPurpose.NOTICE,
            case_number="C-1",
            actor=NODE,
            at=AT,
        ).content

    @pytest.mark.parametrize("part", sorted(parts()))
    def test_are_found_changed_in_any_part(self, part: str) -> None:
        held = unzipped(self.sealed())
        held[part] += b"\n"

        verdict = verified(zipped(held))

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.CHANGED, "changed")

    @pytest.mark.parametrize("step", [1, 7, 13])
    def test_are_never_valid_with_a_signature_that_was_touched(self, step: int) -> None:
        held = unzipped(self.sealed())
        name = "Doc_0/Signs/Sign_0/SignedValue.dat"
        whole = held[name]

        for place in range(step, len(whole), max(len(whole) // 60, 1)):
            touched = bytearray(whole)
            touched[place] ^= 0x01
            verdict = verified(zipped(held | {name: bytes(touched)}))

            assert verdict.verdict is not FileVerdictKind.VALID, place

    def test_tell_of_a_seal_that_was_lost_later_and_stay_valid(self) -> None:
        content = self.sealed()
        Seal.objects.update(state="SUSPENDED", suspension="LOST", suspended_at=NOW)

        verdict = verified(content)

        assert (verdict.verdict, only(verdict).seal_state.value) == (FileVerdictKind.VALID, "suspended")

    def test_that_nobody_wrote_down_are_not_believed(self) -> None:
        content = self.sealed()
        with_raw_sql("ALTER TABLE seals_sealuse DISABLE TRIGGER USER")
        with_raw_sql("DELETE FROM seals_sealuse")

        verdict = verified(content)

        assert (verdict.verdict, only(verdict).seal_state.value) == (FileVerdictKind.INVALID, "unrecorded")

    def test_have_a_time_that_is_proved(self) -> None:
        assert only(verified(self.sealed())).time.value == "stamped"


class TestOwnPdf:
    def sealed(self, document: bytes | None = None, *, case: str = "C-1") -> bytes:
        return services.seal_document(
            document=plain_pdf() if document is None else document,
            agency_code=AGENCY,
            purpose=SealPurpose.NOTICE,
            case_number=case,
            actor=NODE,
            at=AT,
        ).content

    def test_is_valid_and_its_seal_is_named(self) -> None:
        with_seal()

        verdict = verified(self.sealed(), name="a.pdf")

        assert verdict.verdict is FileVerdictKind.VALID
        assert only(verdict).as_json() == {
            "id": "Seal1",
            "integrity": "intact",
            "signature": "valid",
            "certificate": "trusted",
            "validity": "valid",
            "seal_state": "in_use",
            "signed_at": "2026-11-21T08:00:00+00:00",
            "signer": "示例区民政局",
            "seal_name": "示例区民政局",
        }

    def test_may_be_sealed_twice(self) -> None:
        with_seal()

        verdict = verified(self.sealed(self.sealed(), case="C-2"), name="a.pdf")

        assert verdict.verdict is FileVerdictKind.VALID
        assert [signature.id for signature in verdict.signatures] == ["Seal1", "Seal2"]

    def test_is_found_changed_by_one_byte(self) -> None:
        with_seal()
        content = bytearray(self.sealed())
        content[content.index(b"MediaBox") + 12] ^= 1

        verdict = verified(bytes(content), name="a.pdf")

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.CHANGED, "changed")

    def test_is_not_valid_with_something_behind_it(self) -> None:
        with_seal()

        verdict = verified(self.sealed() + b"\n% more\n", name="a.pdf")

        assert verdict.uncovered == ("*",)
        assert "不受任何签章保护" in verdict.explanation

    def test_is_found_changed_by_an_update_that_is_no_signature(self) -> None:
        with_seal()
        changed = turned_round(self.sealed())

        verdict = verified(changed, name="a.pdf")

        assert (verdict.verdict, only(verdict).integrity.value) == (FileVerdictKind.CHANGED, "changed")

    def test_is_unsigned_without_a_seal(self) -> None:
        assert verified(plain_pdf(), name="a.pdf").verdict is FileVerdictKind.UNSIGNED

    def test_that_nobody_wrote_down_is_not_believed(self) -> None:
        with_seal()
        first, second = self.sealed(), self.sealed(case="C-2")
        with_raw_sql("ALTER TABLE seals_sealuse DISABLE TRIGGER USER")
        with_raw_sql("DELETE FROM seals_sealuse WHERE case_number = 'C-2'")

        assert verified(first, name="a.pdf").verdict is FileVerdictKind.VALID
        assert only(verified(second, name="a.pdf")).seal_state.value == "unrecorded"


class TestSealsAndCertificates:
    def test_a_seal_is_verified_by_itself(self) -> None:
        content = whole(with_seal())

        verdict = verified(content, name="a.esl", at=AT)

        assert (verdict.kind.value, verdict.verdict) == ("seal", FileVerdictKind.VALID)
        assert only(verdict).certificate.value == "trusted"
        assert only(verdict).seal_state.value == "in_use"

    def test_a_seal_that_was_touched_is_not_valid(self) -> None:
        content = bytearray(whole(with_seal()))
        content[len(content) // 2] ^= 1

        assert verified(bytes(content), name="a.esl").verdict is not FileVerdictKind.VALID

    def test_a_seal_of_ours_with_another_certificate_of_its_maker_is_not_valid(self) -> None:
        # Version 4 signs the facts alone: a certificate of an unknown issuer with the same key passes all mathematics.
        content = whole(with_seal())
        maker = read_seal(content).maker_certificate
        issuer = read_certificate(maker).issuer.common_name.encode()
        touched = content.replace(maker, maker.replace(issuer, issuer[:-1] + b"X"))

        verdict = verified(touched, name="a.esl")

        assert len(touched) == len(content)
        assert only(verdict).signature.value == "valid"
        assert (verdict.verdict, only(verdict).seal_state.value) == (FileVerdictKind.INVALID, "altered")

    def test_a_seal_after_its_term_is_not_valid(self) -> None:
        maker = Foreign()

        verdict = verified(maker.seal(), name="a.esl", at=SIGNED_AT + timedelta(days=301))

        assert (verdict.verdict, only(verdict).validity.value) == (FileVerdictKind.INVALID, "expired")

    def test_a_signature_without_its_file_says_so(self) -> None:
        verdict = verified(Foreign().value(b"xml"), name="SignedValue.dat")

        assert (verdict.kind.value, verdict.verdict) == ("signature", FileVerdictKind.VALID)
        assert "没有被签章的文件" in verdict.explanation

    @pytest.mark.parametrize("form", ["der", "pem"])
    def test_a_certificate_is_verified_by_itself(self, form: str) -> None:
        certificate = Foreign().signer.certificate
        content = certificate.der if form == "der" else pem(certificate.der).encode()

        verdict = verified(content, name="a.cer")

        assert (verdict.kind.value, verdict.verdict) == ("certificate", FileVerdictKind.VALID)
        assert only(verdict).certificate.value == "untrusted"

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"text",
            b"\x30\x03\x02\x01\x01",
            b"%PDF-1.7 broken",
            b"PK\x03\x04",
            b"-----BEGIN CERTIFICATE-----",
        ],
    )
    def test_anything_else_cannot_be_read(self, content: bytes) -> None:
        assert verified(content).verdict is FileVerdictKind.UNREADABLE


class TestSentences:
    """
    Of what is no document nothing is said that only documents have.
    """

    @pytest.mark.parametrize(
        ("days", "told"),
        [
            (
                0,
                "印章数据正确\n“别家印章”：制章者的签名正确，印章数据没有被改动；本平台不认识制章者证书的签发机构",
            ),
            (
                301,
                "印章无效\n“别家印章”：制章者的签名正确，印章数据没有被改动；本平台不认识制章者证书的签发机构",
            ),
        ],
    )
    def test_of_a_seal(self, days: int, told: str) -> None:
        with translation.override("zh-hans"):
            explanation = verified(
                Foreign().seal(), name="a.esl", at=SIGNED_AT + timedelta(days=days)
            ).explanation

        assert explanation.startswith(told)
        assert ("印章已超过有效期" in explanation, "印章在有效期内" in explanation) == (days > 0, days == 0)
        assert "签章时" not in explanation

    def test_of_a_certificate(self) -> None:
        with translation.override("zh-hans"):
            explanation = verified(Foreign().signer.certificate.der, name="a.cer").explanation

        assert explanation == "证书数据正确\n“外地某局”：本平台不认识证书的签发机构，请向持有者核实"


class TestAsJson:
    def test_has_exactly_the_names_of_the_interface(self) -> None:
        told = verified(Foreign().ofd()).as_json()

        assert list(told) == KEYS
        assert list(told["signatures"][0]) == SIGNATURE_KEYS
        assert (told["file"], told["kind"], told["verdict"]) == ("a.ofd", "ofd", "valid")

    def test_explains_each_answer_in_a_sentence(self) -> None:
        with translation.override("zh-hans"):
            explanation = verified(Foreign().ofd()).explanation

        assert explanation.startswith(
            "签章有效，内容未被改动\n“别家印章”：签章所保护的内容没有被改动；签名正确；"
        )


def plain_pdf() -> bytes:
    output = io.BytesIO()
    with pikepdf.new() as document:
        document.add_blank_page(page_size=(595, 842))
        document.save(output)
    return output.getvalue()


def turned_round(content: bytes) -> bytes:
    """
    Return the file with a later revision that shows its page upside down.
    """
    writer: Any = IncrementalPdfFileWriter(io.BytesIO(content))
    page = writer.find_page_for_modification(0)[0].get_object()
    page["/Rotate"] = Turn(180)
    writer.update_container(page)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def with_raw_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
