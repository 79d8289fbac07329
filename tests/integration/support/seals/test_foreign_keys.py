"""
OFD files of makers whose keys are RSA or of another curve: the same answers, mathematics apart from trust.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID
from django.utils import translation

from tests.factories.ofd import parts, signed, zipped
from tests.factories.seal_makers import Maker, octets
from tests.factories.trust import administrator
from tests.integration.support.seals.test_plain_signatures import only, verified
from tests.integration.support.seals.test_plain_signatures import signed as signed_plainly
from tongban.foundation import crypto
from tongban.support.seals import services
from tongban.support.trust import services as trust

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 2, 0, tzinfo=UTC)
PATH = "/Doc_0/Signs/Sign_0/Signature.xml"
SHA256_WITH_RSA, SHA1_WITH_RSA = "1.2.840.113549.1.1.11", "1.2.840.113549.1.1.5"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SHORT = rsa.generate_private_key(public_exponent=65537, key_size=1024)
P384 = ec.generate_private_key(ec.SECP384R1())


@dataclass(frozen=True)
class Signer:
    """
    A key of another kind with its certificate.
    """

    key: Any
    certificate: x509.Certificate

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def sign(self, message: bytes) -> bytes:
        return bytes(self.key.sign(message, padding.PKCS1v15(), hashes.SHA256()))

    def signed_data(
        self, text: bytes, *, digest: Any = None, options: Any = (), pss: bool = False, others: Any = ()
    ) -> bytes:
        """
        Return SignedData that does not carry what was signed.
        """
        how = {"rsa_padding": padding.PSS(padding.MGF1(hashes.SHA256()), 32)} if pss else {}
        builder = pkcs7.PKCS7SignatureBuilder().set_data(text)
        builder = builder.add_signer(self.certificate, self.key, digest or hashes.SHA256(), **how)
        for other in others:
            builder = builder.add_certificate(other)
        wanted = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, *options]
        return builder.sign(Encoding.DER, wanted)


def signer(key: Any, name: str = "外地公司", *, issuer: Any = None) -> Signer:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("外地机构" if issuer else name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=9))
        .not_valid_after(AT + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    return Signer(key, builder.sign(issuer or key, hashes.SHA256()))


class TestPlainSignature:
    @pytest.mark.parametrize(
        ("key", "how"),
        [
            (RSA, {}),
            (RSA, {"digest": hashes.SHA512(), "options": [pkcs7.PKCS7Options.NoAttributes]}),
            (RSA, {"pss": True}),
            (P384, {"digest": hashes.SHA384()}),
        ],
        ids=["RSA", "RSA of the bare text", "RSA-PSS", "P-384"],
    )
    def test_is_right_and_trusted_once_its_issuer_is(self, key: Any, how: dict[str, Any]) -> None:
        root, own = signer(RSA, "外地机构"), signer(key, issuer=RSA)
        content = signed_plainly(lambda text: own.signed_data(text, **how))

        before = verified(content)
        trust.trust_issuer(
            content=root.der, name="外地机构", grounds="试", list_url="", actor=administrator(), at=AT
        )
        after = verified(content)

        assert [one.verdict.value for one in (before, after)] == ["valid", "valid"]
        assert [only(one).certificate.value for one in (before, after)] == ["untrusted", "trusted"]
        assert (only(after).signature.value, only(after).signer) == ("valid", "外地公司")

    def test_is_wrong_over_another_text_and_by_another_key(self) -> None:
        own = signer(RSA)
        other = Signer(rsa.generate_private_key(public_exponent=65537, key_size=2048), own.certificate)

        verdicts = [
            verified(signed_plainly(lambda text: own.signed_data(text + b" "))),
            verified(signed_plainly(lambda text: own.signed_data(text)[:-1] + b"\0")),
            verified(signed_plainly(other.signed_data)),
        ]

        assert [only(one).signature.value for one in verdicts] == ["invalid"] * 3
        assert {one.verdict.value for one in verdicts} == {"invalid"}

    def test_may_be_a_bare_value_of_another_signer_in_the_file(self) -> None:
        own = signer(RSA)
        once = signed_plainly(own.signed_data)

        verdict = verified(signed_plainly(own.sign, once))

        assert verdict.verdict.value == "valid"
        assert [one.signer for one in verdict.signatures] == ["外地公司", "外地公司"]


class TestSeal:
    def sealed(self, *, spoilt: bytes = b"", algorithm: str = SHA256_WITH_RSA) -> bytes:
        made_by, own = signer(RSA, "制章者"), signer(RSA)
        maker = Maker(certificate=made_by.der, key=made_by, algorithm=algorithm)
        seal = maker.seal(maker.facts(listed=octets(own.der), at=AT, until=AT + timedelta(days=9)))
        held = signed(parts())
        held["Doc_0/Signs/Sign_0/SignedValue.dat"] = maker.signature(
            seal, digest=crypto.sm3(held[PATH[1:]]), path=PATH, at=AT, certificate=own.der, key=own
        )
        held["Doc_0/Pages/Page_0/Content.xml"] += spoilt
        return zipped(held)

    def test_is_judged_as_one_of_the_usual_keys(self) -> None:
        found = only(verified(self.sealed()))

        assert (found.verdict.value, found.signature.value) == ("valid", "valid")
        assert (found.certificate.value, found.seal_name) == ("untrusted", "别家印章")

    def test_does_not_cover_what_was_changed(self) -> None:
        found = only(verified(self.sealed(spoilt=b"\n")))

        assert (found.verdict.value, found.signature.value) == ("changed", "valid")

    def test_of_an_old_digest_proves_nothing(self) -> None:
        found = only(verified(self.sealed(algorithm=SHA1_WITH_RSA)))

        assert (found.verdict.value, found.signature.value) == ("invalid", "weak_algorithm")


class TestWeakKey:
    def test_proves_nothing_whoever_issued_its_certificate(self) -> None:
        own = signer(SHORT, issuer=RSA)

        verdict = verified(signed_plainly(own.signed_data))

        assert verdict.verdict.value == "invalid"
        assert (only(verdict).signature.value, only(verdict).certificate.value) == ("weak_algorithm",) * 2
        assert "不能证明是谁签的" in verdict.explanation

    def test_of_who_issued_it_does_not_prove_who_signed(self) -> None:
        issuer, own = signer(SHORT, "外地机构"), signer(RSA, issuer=SHORT)
        content = signed_plainly(lambda text: own.signed_data(text, others=[issuer.certificate]))

        verdict = verified(content)

        assert (verdict.verdict.value, only(verdict).signature.value) == ("invalid", "valid")
        assert only(verdict).certificate.value == "weak_algorithm"

    def test_is_told_of_a_certificate_by_itself(self) -> None:
        verdict = services.verify_file(content=signer(SHORT).der, name="a.cer", at=AT)

        assert verdict.as_json()["signatures"][0]["certificate"] == "weak_algorithm"
        assert verdict.explanation.startswith("证书无效")
        with translation.override("en"):
            assert "no longer secure" in verdict.explanation
