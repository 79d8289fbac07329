"""
Find and compute the signatures of one PDF.

Run by `pdf_reader` as `python -m …read_pdf MEMORY CPU`. Input: the file, output: `PdfSignatures`, MessagePack. pyHanko
computes in an event loop, which needs descriptors of its own: the loop is made before the process gives up opening any.
"""

import asyncio
import io
import re
from asyncio import AbstractEventLoop
from datetime import UTC
from typing import Any, Final

import msgspec
import tzlocal
from asn1crypto import cms
from asn1crypto.x509 import Certificate
from cryptography.hazmat import backends
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from pyhanko.pdf_utils import crypt, filters, rw_common, writer
from pyhanko.pdf_utils.crypt import pdfmac
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from tongban.support.documents.adapters.sandbox import CannotCleanError, run
from tongban.support.documents.values.pdf import FoundPdfSignature, PdfChange, PdfSignatures

LOADED_BEFOREHAND: Final = (backends.default_backend(), dsa, ec, ed448, ed25519, padding, rsa, crypt, filters, pdfmac,
    rw_common, writer)  # fmt: skip
ENCODINGS: Final = (
    "latin-1",
    "utf-16",
    "utf-16-be",
    "utf-16-le",
    "utf-8",
    "ascii",
    "idna",
    "punycode",
    "utf-32-be",
)
MOST_SIGNATURES: Final = 100
DAMAGED: Final = "DAMAGED"
SIGNED: Final = re.compile(rb"/ByteRange\s*\[\s*\d+\s+\d+\s+\d+\s+\d+\s*\]")
"""Stands in every signed file as it is, since the signature leaves itself out by counting bytes."""
UNREADABLE: Final = (PdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
"""What pyHanko leaves a broken file by; it does not promise one error of its own."""
WHOLE: Final = (SignatureCoverageLevel.ENTIRE_FILE, SignatureCoverageLevel.ENTIRE_REVISION)
CHANGES: Final = {
    ModificationLevel.NONE: PdfChange.NONE,
    ModificationLevel.LTA_UPDATES: PdfChange.NONE,
    ModificationLevel.FORM_FILLING: PdfChange.FILLED,
    ModificationLevel.ANNOTATIONS: PdfChange.OTHER,
    ModificationLevel.OTHER: PdfChange.OTHER,
    None: PdfChange.UNKNOWN,
}


def signatures_of(content: bytes, loop: AbstractEventLoop) -> PdfSignatures:
    """
    Return the signatures of a file.

    :raises CannotCleanError: it is no PDF that can be read, or holds a signature that it no longer names
    """
    try:
        reader = PdfFileReader(io.BytesIO(content), strict=False)
        if not reader.embedded_signatures and SIGNED.search(content):
            raise CannotCleanError(DAMAGED, "hidden signature")
        found = list(reader.embedded_regular_signatures)
        looked_at = tuple(_computed(embedded, loop) for embedded in found[:MOST_SIGNATURES])
    except UNREADABLE as error:
        raise CannotCleanError(DAMAGED, type(error).__name__) from error
    return PdfSignatures(signatures=looked_at, are_all=len(found) <= MOST_SIGNATURES)


def _computed(embedded: Any, loop: AbstractEventLoop) -> FoundPdfSignature:
    stated = embedded.self_reported_timestamp
    status = _validated(embedded, loop)
    change = PdfChange.UNKNOWN if status is None else CHANGES[status.modification_level]
    return FoundPdfSignature(
        id=str(embedded.field_name),
        is_supported=status is not None and status.coverage in WHOLE,
        is_intact=status is not None and bool(status.intact),
        is_right=status is not None and bool(status.valid),
        algorithms=tuple(
            str(embedded.signer_info[kind]["algorithm"].dotted)
            for kind in ("digest_algorithm", "signature_algorithm")
        ),
        is_whole_file=status is not None and status.coverage is SignatureCoverageLevel.ENTIRE_FILE,
        change=change,
        certificate=embedded.signer_cert.dump(),
        others=tuple(
            choice.chosen.dump()
            for choice in embedded.signed_data["certificates"]
            if isinstance(choice.chosen, Certificate)
        ),
        value=embedded.signer_info["signature"].native,
        timestamp=_token(embedded.signer_info),
        stated_at=stated if stated is None or stated.tzinfo else stated.replace(tzinfo=UTC),
    )


def _validated(embedded: Any, loop: AbstractEventLoop) -> PdfSignatureStatus | None:
    # Whom to trust is asked elsewhere; the certificates are their own anchors here so that nothing is looked up.
    checking = async_validate_pdf_signature(
        embedded,
        signer_validation_context=_anchored([embedded.signer_cert]),
        ts_validation_context=_anchored(_stampers(embedded)),
    )
    try:
        return loop.run_until_complete(checking)
    except SignatureValidationError:
        return None


def _anchored(certificates: list[Certificate]) -> ValidationContext:
    return ValidationContext(trust_roots=certificates, allow_fetching=False, revocation_mode="soft-fail")


def _stampers(embedded: Any) -> list[Certificate]:
    der = _token(embedded.signer_info)
    choices = () if der is None else cms.ContentInfo.load(der)["content"]["certificates"]
    return [choice.chosen for choice in choices if isinstance(choice.chosen, Certificate)]


def _token(info: cms.SignerInfo) -> bytes | None:
    for attribute in info["unsigned_attrs"]:
        if attribute["type"].native == "signature_time_stamp_token":
            return bytes(attribute["values"][0].dump())
    return None


if __name__ == "__main__":
    ready = asyncio.new_event_loop()
    # Read once and kept: afterwards the process can open nothing.
    for encoding in ENCODINGS:
        "".encode(encoding)
    tzlocal.get_localzone()
    run(lambda content: (msgspec.msgpack.encode(signatures_of(content, ready)), set()))
