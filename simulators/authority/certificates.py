"""
An authority that gives certificates out to people, and the keys that people would carry; made up anew at each start.

Keys are ECDSA over P-256 with SHA-256, because that is what everybody's tools can check. An authority in China gives
out SM2 certificates (GM/T 0015) and answers by a server of GM/T 0029; whoever asks it passes on what it was given and
need not know.
"""

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ALGORITHM = ec.ECDSA(SHA256())
HOLDS_FOR = timedelta(days=365)
PEM_HEAD = "-----BEGIN"


class CertificateAuthority:
    """
    Gives a certificate out to whoever is named, and says later whether one is his and holds.
    """

    def __init__(self) -> None:
        """
        Make a root of its own.
        """
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.revoked: set[int] = set()
        """Serial numbers."""

    def sign(self, *, id_number: str, name: str, text: str, until: datetime | None = None) -> dict[str, str]:
        """
        Return what the tool of a person gives back: certificate and signature, both Base64.

        :param until: of the certificate
        """
        now = datetime.now(UTC)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            x509.CertificateBuilder()
            .subject_name(
                x509.Name(
                    [
                        x509.NameAttribute(NameOID.COMMON_NAME, name),
                        x509.NameAttribute(NameOID.SERIAL_NUMBER, id_number),
                    ]
                )
            )
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "演示电子认证服务机构")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - HOLDS_FOR)
            .not_valid_after(until or now + HOLDS_FOR)
            .sign(self.key, SHA256())
        )
        signature = key.sign(text.encode(), ALGORITHM)
        return {
            "certificate": b64encode(certificate.public_bytes(Encoding.DER)).decode(),
            "signature": b64encode(signature).decode(),
        }

    def is_right(self, facts: Mapping[str, str]) -> bool:
        """
        Whether a text was signed with the key of a certificate of ours that holds, and that is this person's.

        :param facts: id_number, name, text, certificate, signature
        """
        try:
            certificate = read_certificate(facts["certificate"])
            self.key.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes, ALGORITHM)
            holder = certificate.public_key()
            if not isinstance(holder, ec.EllipticCurvePublicKey):
                return False
            holder.verify(b64decode(facts["signature"], validate=True), facts["text"].encode(), ALGORITHM)
        except (ValueError, NotBase64, InvalidSignature):
            return False
        now = datetime.now(UTC)
        is_in_term = certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc
        return (
            is_in_term
            and certificate.serial_number not in self.revoked
            and _said(certificate, NameOID.SERIAL_NUMBER) == facts["id_number"]
            and _said(certificate, NameOID.COMMON_NAME) == facts["name"]
        )


def read_certificate(text: str) -> x509.Certificate:
    """
    Read a certificate, PEM or Base64 of DER.

    :raises ValueError: it is none
    """
    if text.startswith(PEM_HEAD):
        return x509.load_pem_x509_certificate(text.encode())
    return x509.load_der_x509_certificate(b64decode(text, validate=True))


def _said(certificate: x509.Certificate, what: x509.ObjectIdentifier) -> str:
    values = certificate.subject.get_attributes_for_oid(what)
    return str(values[0].value) if values else ""
