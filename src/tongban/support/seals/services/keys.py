"""
Signing a digest with the keys of a seal of this node, for its own files and for those of nodes that share the seal.

What is signed is made here and never handed in: no caller can have bytes of his own signed.
"""

from datetime import datetime
from functools import lru_cache
from typing import Final

from tongban.foundation import crypto
from tongban.foundation.crypto.algorithms import Algorithm
from tongban.support.seals.models import Seal
from tongban.support.seals.rules import cms, structures
from tongban.support.seals.values import FileKind, Signed
from tongban.support.trust import services as trust

KEPT: Final = 64
"""Seals of which is known what version their structure has."""


def sign_digest(seal: Seal, kind: FileKind, digest: bytes, path: str, *, at: datetime) -> Signed:
    """
    Return the signature over a digest, time stamp in it. The row of the seal is held.

    :param digest: OFD: SM3 of the Signature.xml; PDF: SHA-256 of what the signature covers
    :param path: of the Signature.xml (propertyInfo); PDF: not used
    :raises KeyUnusable: the certificate was revoked or is over
    :raises UpstreamError: a signature server or a time-stamp authority outside this node did not answer
    """
    return _for_ofd(seal, digest, path, at=at) if kind is FileKind.OFD else _for_pdf(seal, digest, at=at)


def _for_ofd(seal: Seal, digest: bytes, path: str, *, at: datetime) -> Signed:
    """
    Sign for an OFD file: GB/T 38540 clause 7.
    """
    key_id, content = seal.sm2_key()
    signer = trust.signer_of(key_id=key_id, at=at)
    part = structures.write_to_sign(
        seal=content,
        version=_version_of(content),
        signed_at=at,
        data_digest=digest,
        property_info=path,
    )
    signature = signer.sign(part)
    stamp = trust.timestamp(digest=crypto.sm3(signature), algorithm=Algorithm.SM2, at=at)
    value = structures.write_signature(
        signed_part=part,
        certificate=signer.certificate.der,
        signature=signature,
        timestamp=stamp.token,
    )
    return Signed(content=value, value=value, certificate_serial=signer.certificate.serial_text)


@lru_cache(maxsize=KEPT)
def _version_of(content: bytes) -> int:
    return structures.read_seal(content).facts.version


def _for_pdf(seal: Seal, digest: bytes, *, at: datetime) -> Signed:
    """
    Sign for a PDF file: PAdES baseline T.
    """
    key_id, _picture = seal.p256_key()
    signer = trust.signer_of(key_id=key_id, at=at)
    content, value = cms.signed_data(
        digest,
        certificate=signer.certificate.der,
        issuers=[issuer.der for issuer in signer.chain[:-1]],
        sign=signer.sign,
        stamp=lambda made: trust.timestamp(digest=made, algorithm=Algorithm.P256, at=at).token,
    )
    return Signed(content=content, value=value, certificate_serial=signer.certificate.serial_text)
