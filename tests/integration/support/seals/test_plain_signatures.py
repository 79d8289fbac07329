"""
Digital signatures without a seal in OFD files (`Type="Sign"`), as makers write them: SignedData of GB/T 35275 over the
Signature.xml or over its digest, or the bare value.
"""

import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.factories.certificates import Holder, authority, issued, root
from tests.factories.ofd import plain_ofd
from tests.factories.seal_makers import octets, oid, sequence
from tongban.foundation import crypto
from tongban.foundation.crypto import asn1, sm2
from tongban.support.documents import services as documents
from tongban.support.documents.values import SignatureKind, SignatureProvider
from tongban.support.seals import services
from tongban.support.seals.values import FileVerdict, FileVerdictKind, SignatureVerdict

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
SIGNED_DATA, DATA = "1.2.156.10197.6.1.4.2.2", "1.2.156.10197.6.1.4.2.1"
RFC_SIGNED_DATA, RFC_DATA = "1.2.840.113549.1.7.2", "1.2.840.113549.1.7.1"
SM3, SM2 = "1.2.156.10197.1.401", "1.2.156.10197.1.501"
SIGNING_TIME, MESSAGE_DIGEST = "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.4"


@dataclass(frozen=True, kw_only=True)
class Habit:
    """
    How a maker writes.
    """

    kinds: tuple[str, str] = (SIGNED_DATA, DATA)
    signs_digest: bool = True
    carries_content: bool = True
    has_attributes: bool = False
    is_raw: bool = False
    """The value as r and s alone."""


def signed_data(holder: Holder, issuer: Holder, text: bytes, habit: Habit = Habit()) -> bytes:
    content = crypto.sm3(text) if habit.signs_digest else text
    message, attributes = content, b""
    if habit.has_attributes:
        inside = attribute(MESSAGE_DIGEST, octets(crypto.sm3(content))) + attribute(
            SIGNING_TIME, asn1.built(0x17, b"261122020000Z")
        )
        message, attributes = asn1.built(0x31, inside), asn1.built(0xA0, inside)
    value = holder.key.sign(message)
    certificate = holder.certificate
    info = sequence(
        asn1.built(0x02, b"\x01"),
        sequence(certificate.issuer.encoded(), asn1.built(0x02, certificate.serial.to_bytes(9, "big"))),
        sequence(oid(SM3)),
        attributes,
        sequence(oid(SM2)),
        octets(sm2.raw_of(value) if habit.is_raw else value),
    )
    inner = asn1.built(0xA0, octets(content)) if habit.carries_content else b""
    return sequence(
        oid(habit.kinds[0]),
        asn1.built(
            0xA0,
            sequence(
                asn1.built(0x02, b"\x01"),
                asn1.built(0x31, sequence(oid(SM3))),
                sequence(oid(habit.kinds[1]), inner),
                asn1.built(0xA0, certificate.der, issuer.certificate.der),
                asn1.built(0x31, info),
            ),
        ),
    )


def attribute(kind: str, value: bytes) -> bytes:
    return sequence(oid(kind), asn1.built(0x31, value))


def signed(value_of: Callable[[bytes], bytes], document: bytes | None = None) -> bytes:
    """
    Sign an OFD file with whatever makes a value of its Signature.xml.
    """

    def sign(value: bytes) -> bytes:
        return documents.with_signature(
            document or plain_ofd(),
            provider=SignatureProvider(name="外地"),
            at=AT,
            stamps=[],
            seal=b"",
            value=lambda _digest, _path: value,
            kind=SignatureKind.SIGN,
        )

    text = documents.read_ofd(sign(b"\0")).signatures[-1].signature_xml
    assert text is not None
    return sign(value_of(text))


def foreign() -> tuple[Holder, Holder]:
    above = authority(root("外地根"), "外地签发")
    return issued(above, "外地某局"), above


def verified(content: bytes) -> FileVerdict:
    return services.verify_file(content=content, name="x.ofd", at=AT)


def only(verdict: FileVerdict) -> SignatureVerdict:
    (found,) = verdict.signatures
    return found


class TestSignedDataOfAnotherMaker:
    @pytest.mark.parametrize(
        "habit",
        [
            Habit(),
            Habit(signs_digest=False, carries_content=False),
            Habit(signs_digest=False),
            Habit(has_attributes=True),
            Habit(is_raw=True, carries_content=False),
            Habit(kinds=(RFC_SIGNED_DATA, RFC_DATA), has_attributes=True, carries_content=False),
        ],
        ids=str,
    )
    def test_is_judged_answer_by_answer(self, habit: Habit) -> None:
        holder, issuer = foreign()

        verdict = verified(signed(lambda text: signed_data(holder, issuer, text, habit)))

        found = only(verdict)
        assert verdict.verdict is FileVerdictKind.VALID
        assert found.as_json() == {
            "id": "s001",
            "integrity": "intact",
            "signature": "valid",
            "certificate": "untrusted",
            "validity": "none",
            "seal_state": "unknown",
            "signed_at": AT.isoformat(),
            "signer": "外地某局",
            "seal_name": "",
        }
        assert "印章不由" not in verdict.explanation

    @pytest.mark.parametrize(
        "change",
        [
            lambda text, **more: signed_data(text=text + b" ", **more),
            lambda text, **more: signed_data(text=text, **more)[:-1] + b"\0",
            lambda text, holder, issuer: signed_data(Holder(holder.certificate, issuer.key), issuer, text),
        ],
        ids=["other text", "other value", "other key"],
    )
    def test_is_not_right_over_anything_else(self, change: Callable[..., bytes]) -> None:
        holder, issuer = foreign()

        verdict = verified(signed(lambda text: change(text=text, holder=holder, issuer=issuer)))

        assert (verdict.verdict.value, only(verdict).signature.value) == ("invalid", "invalid")

    def test_tells_a_page_that_was_changed(self) -> None:
        holder, issuer = foreign()
        content = signed(lambda text: signed_data(holder, issuer, text))

        verdict = verified(with_other_page(content))

        assert (verdict.verdict.value, only(verdict).integrity.value) == ("changed", "changed")
        assert only(verdict).signature.value == "valid"


class TestBareValue:
    @pytest.mark.parametrize("of", [bytes, crypto.sm3])
    def test_is_that_of_another_signer_in_the_file(self, of: Callable[[bytes], bytes]) -> None:
        holder, issuer = foreign()
        once = signed(lambda text: signed_data(holder, issuer, text))

        verdict = verified(signed(lambda text: holder.key.sign(of(text)), once))

        assert verdict.verdict is FileVerdictKind.VALID
        assert [one.signer for one in verdict.signatures] == ["外地某局", "外地某局"]

    @pytest.mark.parametrize("junk", [b"", b"\0" * 64, b"\x30\x00", b"\x30\x80" * 40])
    def test_names_nobody_by_itself(self, junk: bytes) -> None:
        holder, _issuer = foreign()

        verdicts = [verified(signed(lambda text: junk or holder.key.sign(text)))]

        assert [only(one).signature.value for one in verdicts] == ["no_certificate"]
        assert verdicts[0].verdict is FileVerdictKind.INVALID


def with_other_page(content: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(output, "w") as after:
        for part in before.namelist():
            text: Any = before.read(part)
            after.writestr(part, text + b" " if part.endswith("Content.xml") else text)
    return output.getvalue()
