"""
Certificates of RSA and other curves, of a maker that knows nothing of ours: verified, and weak ones named so.
"""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tests.factories import certificates as make
from tongban.foundation.crypto import foreign, timestamps
from tongban.foundation.crypto.certificates import Certificate, read_certificate
from tongban.foundation.crypto.chains import ChainFault, verify_chain
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.timestamps import TimestampFault

AT = datetime(2026, 6, 1, tzinfo=UTC)
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
SMALL = rsa.generate_private_key(public_exponent=65537, key_size=1024)
P384 = ec.generate_private_key(ec.SECP384R1())
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


def certificate(key: Any, *, digest: Any = None, signer: Any = None, **how: Any) -> Certificate:
    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    builder = (
        x509.CertificateBuilder()
        .subject_name(name("外部根" if signer is None else "外部签章者"))
        .issuer_name(name("外部根"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(AT - timedelta(days=9))
        .not_valid_after(AT + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=signer is None, path_length=None), critical=True)
    )
    made = builder.sign(signer or key, digest or hashes.SHA256(), **how)
    return read_certificate(made.public_bytes(Encoding.DER))


def faults(leaf: Certificate, root: Certificate) -> set[ChainFault]:
    report = verify_chain(leaf, anchors=(root,), at=AT, usages=())
    return set(report.faults) - {ChainFault.REVOCATION_UNKNOWN}


class TestForeignChain:
    @pytest.mark.parametrize(
        ("key", "how"),
        [
            (RSA, {}),
            (RSA, {"digest": hashes.SHA384()}),
            (RSA, {"digest": hashes.SHA512()}),
            (RSA, {"rsa_padding": PSS}),
            (P384, {"digest": hashes.SHA384()}),
        ],
    )
    def test_is_good_where_its_signatures_are_right(self, key: Any, how: dict[str, Any]) -> None:
        root = certificate(key, **how)
        leaf = certificate(RSA, signer=key, **how)

        assert faults(leaf, root) == set()
        assert leaf.is_signed_by(root)

    @pytest.mark.parametrize("how", [{}, {"rsa_padding": PSS}])
    def test_is_not_where_another_key_signed(self, how: dict[str, Any]) -> None:
        other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        root = certificate(RSA)

        assert faults(certificate(P384, signer=other, **how), root) == {ChainFault.BAD_SIGNATURE}
        assert faults(certificate(RSA, signer=P384), root) == {ChainFault.BAD_SIGNATURE}

    def test_is_weak_by_its_digest_and_by_a_short_key(self) -> None:
        root, short = certificate(RSA), certificate(SMALL)
        body = certificate(RSA, signer=RSA).body
        sha1 = bytes.fromhex("300d06092a864886f70d0101050500")

        assert foreign.check(root.key_info, sha1, body.signature, body.signed_part) is Proof.WEAK
        assert faults(certificate(RSA, signer=SMALL), short) == {ChainFault.WEAK_ALGORITHM}
        assert not verify_chain(certificate(RSA, signer=SMALL), anchors=(short,), at=AT).is_trusted
        assert (short.strength, root.strength) == (Proof.WEAK, Proof.RIGHT)

    def test_mixes_with_ours(self) -> None:
        ours = make.root("外部根")

        assert not certificate(RSA, signer=RSA).is_signed_by(ours.certificate)
        assert ours.certificate.strength is Proof.RIGHT

    @pytest.mark.parametrize("spoilt", [b"", b"\x30\x00", b"\x30\x03\x06\x01\x00", b"\xff" * 40])
    def test_is_never_broken_by_bytes(self, spoilt: bytes) -> None:
        body = certificate(RSA).body

        assert foreign.check(spoilt, body.signature_algorithm, b"", b"") is Proof.UNKNOWN
        assert foreign.check(certificate(RSA).key_info, spoilt, b"", b"") is Proof.UNKNOWN


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
class TestForeignStamp:
    @pytest.mark.parametrize("digest", ["sha256", "sha512"])
    def test_is_right_for_what_it_stamps_and_nothing_else(self, digest: str, tmp_path: Path) -> None:
        stamp = timestamps.read_token(stamped(b"\x07" * 32, digest, tmp_path))

        assert stamp.problems(b"\x07" * 32) == ()
        assert stamp.problems(b"\x08" * 32) == (TimestampFault.OTHER_DIGEST,)
        assert stamp.signer is not None
        assert stamp.signer.key_name == "RSA"

    def test_is_wrong_where_a_byte_of_it_differs(self, tmp_path: Path) -> None:
        token = stamped(b"\x07" * 32, "sha256", tmp_path)

        spoilt = token[:-1] + bytes([token[-1] ^ 1])

        assert TimestampFault.BAD_SIGNATURE in timestamps.read_token(spoilt).problems(b"\x07" * 32)


def stamped(imprint: bytes, digest: str, folder: Path) -> bytes:
    """
    Have another program stamp a digest with an RSA key.
    """
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "别家时间戳")])
    own = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(RSA.public_key())
        .serial_number(7)
        .not_valid_before(AT - timedelta(days=900))
        .not_valid_after(AT + timedelta(days=9000))
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(RSA, hashes.SHA256())
    )
    (folder / "own.pem").write_bytes(own.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "serial").write_text("01")
    (folder / "ts.cnf").write_text(
        f"[tsa]\ndefault_tsa = one\n[one]\nserial = {folder}/serial\nsigner_digest = {digest}\n"
        "default_policy = 1.2.3.4\ndigests = sha256\n"
    )
    query = ["openssl", "ts", "-query", "-digest", imprint.hex(), "-sha256", "-cert", "-out", "query"]
    reply = ["openssl", "ts", "-reply", "-queryfile", "query", "-config", "ts.cnf", "-signer", "own.pem"]
    for command in (query, [*reply, "-inkey", "key.pem", "-token_out", "-out", "token"]):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return (folder / "token").read_bytes()
