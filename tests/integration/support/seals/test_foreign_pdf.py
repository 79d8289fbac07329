"""
PDF files that others signed with RSA: verified, and trusted where somebody here trusts their authority.
"""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import PdfSignatureMetadata, SimpleSigner, sign_pdf
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.factories.seals import AGENCY
from tests.factories.trust import administrator
from tests.unit.support.documents.samples import plain_pdf
from tongban.foundation import clock
from tongban.foundation.actors import Actor, ActorKind
from tongban.support.documents import selectors as files
from tongban.support.seals.services import SignedPdfNotTaken, bring_file, tray_of, verify_file
from tongban.support.seals.values import FileVerdictKind
from tongban.support.trust import services as trust

pytestmark = pytest.mark.django_db


def certified(name: str, key: Any, *, issuer: Any = None, at: datetime) -> x509.Certificate:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("外部机构"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=9))
        .not_valid_after(at + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=issuer is not None,
                content_commitment=issuer is not None,
                key_cert_sign=issuer is None,
                crl_sign=issuer is None,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    return builder.sign(issuer or key, SHA256())


def signed(
    content: bytes,
    *,
    key: Any,
    chain: list[x509.Certificate],
    prefers_pss: bool = False,
    digest: str = "sha256",
) -> bytes:
    loaded = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain]
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(loaded)
    secret = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=loaded[0],
        signing_key=asn1_keys.PrivateKeyInfo.load(secret),
        cert_registry=store,
        prefer_pss=prefers_pss,
    )
    out = io.BytesIO()
    sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(content)),
        PdfSignatureMetadata(field_name="Signature", md_algorithm=digest),
        signer=signer,
        output=out,
    )
    return out.getvalue()


class TestASignedPdf:
    def test_is_not_taken_to_be_sealed_since_it_would_lose_its_signature(self) -> None:
        at = clock.now()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        content = signed(plain_pdf(), key=key, chain=[certified("某公司", key, at=at)])
        agency = Actor(
            kind=ActorKind.CLIENT, id="archive", agency_code=AGENCY, scopes=frozenset({"seals:use"})
        )

        with pytest.raises(SignedPdfNotTaken):
            bring_file(
                content=io.BytesIO(content),
                name="a.pdf",
                declared_type="application/pdf",
                declared_bytes=None,
                actor=agency,
                at=at,
            )

        assert files.files_of(owner=tray_of(agency), actor=agency) == []


class TestPdfOfRsa:
    @pytest.mark.parametrize("prefers_pss", [False, True])
    def test_is_valid_and_trusted_once_its_authority_is(self, *, prefers_pss: bool) -> None:
        at = clock.now()
        above, own = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        root = certified("外部机构", above, at=at)
        leaf = certified("某公司", own, issuer=above, at=at)
        content = signed(plain_pdf(), key=own, chain=[leaf, root], prefers_pss=prefers_pss)

        before = verify_file(content=content, name="a.pdf", at=at)
        trust.trust_issuer(
            content=root.public_bytes(Encoding.PEM), name="外部机构", grounds="试", list_url="",
            actor=administrator(), at=at,
        )  # fmt: skip
        after = verify_file(content=content, name="a.pdf", at=at)

        assert [one.signatures[0].certificate.value for one in (before, after)] == ["untrusted", "trusted"]
        assert after.verdict is FileVerdictKind.VALID
        assert after.signatures[0].signer == "某公司"

    @pytest.mark.parametrize(("bits", "digest"), [(1024, "sha256"), (2048, "sha1")])
    def test_proves_nothing_with_a_short_key_or_an_old_digest(self, bits: int, digest: str) -> None:
        at = clock.now()
        own = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        leaf = certified("某公司", own, at=at)
        content = signed(plain_pdf(), key=own, chain=[leaf], digest=digest)

        verdict = verify_file(content=content, name="a.pdf", at=at)

        found = verdict.signatures[0]
        assert verdict.verdict is FileVerdictKind.INVALID
        assert (found.signature.value, found.integrity.value) == ("weak_algorithm", "weak_algorithm")
