"""
Extensions of certificates: what they say about the key, and what of them is strange.

Sources: GM/T 0015-2012, RFC 5280 4.2.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from asn1crypto import core, x509

from tongban.foundation.crypto import asn1

_UNDERSTOOD: Final = frozenset(
    {
        "2.5.29.14",  # subject key identifier
        "2.5.29.15",  # key usage
        "2.5.29.17",  # subject alternative name: for people, nothing here relies on it
        "2.5.29.18",  # issuer alternative name
        "2.5.29.19",  # basic constraints
        "2.5.29.31",  # CRL distribution points
        "2.5.29.32",  # certificate policies: any policy is accepted
        "2.5.29.35",  # authority key identifier
        "2.5.29.37",  # extended key usage
    }
)


class KeyUsage(StrEnum):
    """
    密钥用法; RFC 5280 4.2.1.3, in the order of its bits.
    """

    DIGITAL_SIGNATURE = "DIGITAL_SIGNATURE"
    NON_REPUDIATION = "NON_REPUDIATION"
    KEY_ENCIPHERMENT = "KEY_ENCIPHERMENT"
    DATA_ENCIPHERMENT = "DATA_ENCIPHERMENT"
    KEY_AGREEMENT = "KEY_AGREEMENT"
    CERT_SIGN = "CERT_SIGN"
    CRL_SIGN = "CRL_SIGN"
    ENCIPHER_ONLY = "ENCIPHER_ONLY"
    DECIPHER_ONLY = "DECIPHER_ONLY"


USAGE_NAMES: Final = dict(
    zip(
        KeyUsage,
        (
            "digital_signature",
            "non_repudiation",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        strict=True,
    )
)
"""As asn1crypto calls them."""
_USAGES: Final = {name: usage for usage, name in USAGE_NAMES.items()}


class Extensions:
    """
    What the extensions of a certificate say.
    """

    def __init__(self) -> None:
        self.is_authority = False
        self.path_length: int | None = None
        self.key_usages: frozenset[KeyUsage] | None = None
        self.purposes: frozenset[str] | None = None
        self.subject_key_id = b""
        self.authority_key_id = b""
        self.crl_urls: list[str] = []
        self.strange: list[str] = []

    def read(self, found: list[asn1.Piece]) -> None:
        """
        Take in all of them.
        """
        seen = set()
        for one in found:
            named, *critical, value = one.pieces()
            dotted = asn1.oid(named)
            is_critical = bool(critical) and asn1.flag(critical[0])
            if dotted in seen or (is_critical and dotted not in _UNDERSTOOD):
                self.strange.append(dotted)
            elif dotted in _READERS:
                self._take(dotted, value.contents)
            seen.add(dotted)

    def _take(self, dotted: str, content: bytes) -> None:
        try:
            _READERS[dotted](self, content)
        except asn1.UNREADABLE:
            self.strange.append(dotted)

    def constraints(self, content: bytes) -> None:
        """
        Read basic constraints.
        """
        found = x509.BasicConstraints.load(content, strict=True).native
        self.is_authority = bool(found["ca"])
        length = found["path_len_constraint"]
        self.path_length = None if length is None else max(int(length), 0)

    def usages(self, content: bytes) -> None:
        """
        Read the key usage.
        """
        found = x509.KeyUsage.load(content, strict=True).native
        self.key_usages = frozenset(_USAGES[name] for name in found if name in _USAGES)

    def extended(self, content: bytes) -> None:
        """
        Read the extended key usage.
        """
        self.purposes = frozenset(asn1.oid(one) for one in asn1.piece(content).pieces())

    def own_key_id(self, content: bytes) -> None:
        """
        Read the identifier of the subject's key.
        """
        self.subject_key_id = bytes(core.OctetString.load(content, strict=True).native)

    def issuer_key_id(self, content: bytes) -> None:
        """
        Read the identifier of the issuer's key.
        """
        self.authority_key_id = next(
            (one.contents for one in asn1.piece(content).pieces() if one.is_a(0, asn1.CONTEXT)), b""
        )

    def crl_points(self, content: bytes) -> None:
        """
        Read where revocation lists are: addresses only.
        """
        for point in x509.CRLDistributionPoints.load(content, strict=True):
            names = point["distribution_point"].native
            self.crl_urls += [one for one in names or () if isinstance(one, str) and "://" in one]


_READERS: Final[dict[str, Callable[[Extensions, bytes], None]]] = {
    "2.5.29.14": Extensions.own_key_id,
    "2.5.29.15": Extensions.usages,
    "2.5.29.19": Extensions.constraints,
    "2.5.29.31": Extensions.crl_points,
    "2.5.29.35": Extensions.issuer_key_id,
    "2.5.29.37": Extensions.extended,
}
