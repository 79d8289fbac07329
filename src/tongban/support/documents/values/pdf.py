"""
What stands in a signed PDF file of whatever maker, before anybody is trusted.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class PdfChange(StrEnum):
    """
    What came into the file after a signature, by what kind of change at most.
    """

    NONE = "NONE"
    """Nothing, or data that prove the signature for longer."""
    FILLED = "FILLED"
    """Fields were filled in, or signed."""
    OTHER = "OTHER"
    UNKNOWN = "UNKNOWN"


class FoundPdfSignature(msgspec.Struct, frozen=True, kw_only=True):
    """
    One signature (ISO 32000-2 12.8), computed and not yet judged.
    """

    id: str
    """Name of its field."""
    is_supported: bool
    """Its kind and what it covers are of those that can be judged."""
    is_intact: bool
    """What it covers is as it was."""
    is_right: bool
    """The signature is that of the key in its certificate."""
    algorithms: tuple[str, ...]
    """Object identifiers of its digest and its signature."""
    is_whole_file: bool
    """It covers everything up to the last byte."""
    change: PdfChange
    certificate: bytes
    """Of who signed, DER."""
    others: tuple[bytes, ...]
    """Certificates that came with it, DER."""
    value: bytes
    """The bare signature."""
    timestamp: bytes | None
    """RFC 3161 token, DER."""
    stated_at: datetime | None
    """As the signer says; aware."""


class PdfSignatures(msgspec.Struct, frozen=True, kw_only=True):
    """
    The signatures of a file, the first one first.
    """

    signatures: tuple[FoundPdfSignature, ...]
    are_all: bool
    """There are no more than are looked at."""


class PdfView(msgspec.Struct, frozen=True, kw_only=True):
    """
    The pages of a file as they are seen.
    """

    sizes: tuple[tuple[float, float], ...]
    """Width and height of each, mm, turned as the file says."""
    pictures: tuple[bytes, ...]
    """PNG of the first ones, as many as were asked for; fewer where they cannot be drawn or take too much."""
