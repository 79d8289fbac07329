"""
Reading the signatures of an OFD file: those made with an electronic seal, and digital signatures by themselves.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from tongban.foundation.crypto.certificates import Certificate, NotACertificate, read_certificate
from tongban.foundation.crypto.foreign import Proof
from tongban.foundation.crypto.signed_data import (
    NotSignedData,
    SignedData,
    bare,
    read_signed_data,
)
from tongban.support.documents.values import FoundSignature, SignatureKind, SignatureProblem
from tongban.support.seals.rules.structures import NotASeal, SignatureStructure, read_signature
from tongban.support.seals.services.checking import asked_of, asked_without_seal, texts_of
from tongban.support.seals.values import SealAsked

MISLEADING: Final = frozenset({SignatureProblem.AMBIGUOUS, SignatureProblem.SIGNATURE_UNREADABLE})
"""Two readers would read such a signature differently: what its value proves is not what is seen."""
MOST_SIGNERS: Final = 16
"""Whose certificates are tried on values that carry none."""

Read = SignatureStructure | SignedData | None
"""With a seal; without one; nothing that can be believed."""


def read_signatures(found: Sequence[FoundSignature]) -> tuple[Read, ...]:
    """
    Return each signature as far as it can be read.

    A bare signature value names nobody; it is tried on the signers of the other signatures in the file.
    """
    read = [_read(one) for one in found]
    signers = tuple(dict.fromkeys(_signers(read)))[:MOST_SIGNERS]
    return tuple(
        _bare(one, signers) if made is None and one.kind is SignatureKind.SIGN else made
        for one, made in zip(found, read, strict=True)
    )


def asked_about(made: SignatureStructure | SignedData) -> SealAsked:
    """
    Return what the home of a seal or of a certificate is asked.
    """
    if isinstance(made, SignatureStructure):
        return asked_of(made.seal, made.raw)
    return asked_without_seal(made.value, made.signer.der if made.signer else b"")


def _read(found: FoundSignature) -> Read:
    if found.value is None or not MISLEADING.isdisjoint(found.problems):
        return None
    try:
        if found.kind is SignatureKind.SEAL:
            return read_signature(found.value)
        return read_signed_data(found.value)
    except (NotASeal, NotSignedData):
        return None


def _signers(read: Sequence[Read]) -> Iterator[Certificate]:
    for made in read:
        if isinstance(made, SignedData) and made.signer is not None:
            yield made.signer
        elif isinstance(made, SignatureStructure):
            try:
                yield read_certificate(made.certificate)
            except NotACertificate:
                continue


def _bare(found: FoundSignature, signers: Sequence[Certificate]) -> SignedData | None:
    if found.value is None or found.signature_xml is None or not MISLEADING.isdisjoint(found.problems):
        return None
    texts = texts_of(found.signature_xml)
    tried = (bare(one, found.value, method=found.method) for one in signers)
    return next((made for made in tried if any(made.proof_over(text) is Proof.RIGHT for text in texts)), None)
