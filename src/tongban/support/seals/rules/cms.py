"""
The signature inside a PDF: CMS SignedData with the attributes of PAdES (ETSI EN 319 122-1, RFC 5652, RFC 5035).
"""

import hashlib
from collections.abc import Callable, Sequence
from typing import Final

from asn1crypto import algos, cms, tsp, x509

from tongban.foundation.rules import implements

DIGEST: Final = "sha256"
SIGNATURE: Final = "sha256_ecdsa"
VERSION: Final = "v1"
"""RFC 5652 5.1: the content is data, and the signer is named by issuer and serial number."""


@implements("PAdES-B-T")
def signed_data(
    digest: bytes,
    *,
    certificate: bytes,
    issuers: Sequence[bytes],
    sign: Callable[[bytes], bytes],
    stamp: Callable[[bytes], bytes],
) -> tuple[bytes, bytes]:
    """
    Return a detached signature over a digest, DER of ContentInfo, and the value of the signature itself.

    :param digest: SHA-256 of what is signed
    :param certificate: DER of who signs, a P-256 key
    :param issuers: DER of the certificates up to the root, that one left out
    :param sign: from the bytes to be signed to ECDSA with SHA-256, DER
    :param stamp: from the SHA-256 of the signature to a time-stamp token, DER of ContentInfo
    """
    signer = x509.Certificate.load(certificate)
    attributes = cms.CMSAttributes(
        [
            _attribute("content_type", "data"),
            _attribute("message_digest", digest),
            _attribute("signing_certificate_v2", _signing_certificate(signer, certificate)),
        ]
    )
    value = sign(attributes.untag().dump())
    token = cms.ContentInfo.load(stamp(hashlib.sha256(value).digest()))
    info = cms.SignerInfo(
        {
            "version": VERSION,
            "sid": cms.SignerIdentifier(
                name="issuer_and_serial_number",
                value=cms.IssuerAndSerialNumber(
                    {"issuer": signer.issuer, "serial_number": signer.serial_number}
                ),
            ),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": DIGEST}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": SIGNATURE}),
            "signature": value,
            "unsigned_attrs": cms.CMSAttributes([_attribute("signature_time_stamp_token", token)]),
        }
    )
    data = cms.SignedData(
        {
            "version": VERSION,
            "digest_algorithms": [algos.DigestAlgorithm({"algorithm": DIGEST})],
            "encap_content_info": {"content_type": "data"},
            "certificates": [signer, *(x509.Certificate.load(issuer) for issuer in issuers)],
            "signer_infos": [info],
        }
    )
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()), value


def _attribute(kind: str, value: object) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": [value]})


def _signing_certificate(signer: x509.Certificate, der: bytes) -> tsp.SigningCertificateV2:
    # The digest algorithm is SHA-256, its default, and so left out (RFC 5035 section 3).
    issuer = [x509.GeneralName(name="directory_name", value=signer.issuer)]
    identifier = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(der).digest(),
            "issuer_serial": {"issuer": issuer, "serial_number": signer.serial_number},
        }
    )
    return tsp.SigningCertificateV2({"certs": [identifier]})
