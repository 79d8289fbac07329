"""
Signing PDF files: PAdES baseline T with P-256 (ETSI EN 319 142-1, ISO 32000-2 12.8).

pyHanko writes the file; the signature itself is made by `services.keys`, because pyHanko signs inside an event loop,
where the database cannot be asked.

A PDF file is the copy for convenience, which common readers verify. The sealed form of law is OFD with SM2.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _
from PIL import Image
from pyhanko.pdf_utils.images import PdfImage
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import AxisAlignment, BoxConstraints, InnerScaling, SimpleBoxLayoutRule
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import (
    PdfCMSEmbedder,
    SigAppearanceSetup,
    SigIOSetup,
    SigObjSetup,
)
from pyhanko.sign.signers.pdf_byterange import SignatureObject
from pyhanko.stamp import StaticStampStyle

from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.values import PlacedSeal
from tongban.support.seals.values import Signed

DIGEST: Final = "sha256"
FIELD: Final = "Seal"
POINTS_PER_MILLIMETRE: Final = 72 / 25.4
RESERVED_DIGITS: Final = 20 * 1024
"""Room for the signature with its certificates and time stamp, hexadecimal digits."""
DEEPEST: Final = 32
"""Page trees are flat; one that is deeper leads in a circle."""
INHERITED: Final = ("/MediaBox", "/CropBox", "/Rotate")
"""Of a page, where it does not say it itself, what the nodes above say (ISO 32000-2 7.7.3.4)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """
    A page as it is seen: edges in points of its own space, and by how many degrees it is turned clockwise.
    """

    left: float
    lower: float
    right: float
    upper: float
    turned: int

    def rectangle(self, place: PlacedSeal) -> tuple[int, int, int, int]:
        """
        Return a place on the page, counted from its upper left corner as it is seen, in the page's own space.
        """
        along = (place.x * POINTS_PER_MILLIMETRE, (place.x + place.width) * POINTS_PER_MILLIMETRE)
        down = (place.y * POINTS_PER_MILLIMETRE, (place.y + place.height) * POINTS_PER_MILLIMETRE)
        corners = [self._point(*corner) for corner in zip(along, down, strict=True)]
        (x1, x2), (y1, y2) = (sorted(map(round, sides)) for sides in zip(*corners, strict=True))
        return x1, y1, x2, y2

    def _point(self, along: float, down: float) -> tuple[float, float]:
        return {
            90: (self.left + down, self.lower + along),
            180: (self.right - along, self.lower + down),
            270: (self.right - down, self.upper - along),
        }.get(self.turned, (self.left + along, self.upper - down))


def sign_pdf(
    document: bytes,
    *,
    sign: Callable[[bytes], Signed],
    picture: bytes,
    place: PlacedSeal | None,
    name: str,
    reason: str,
    at: datetime,
) -> tuple[bytes, Signed]:
    """
    Return the signed file and the signature in it. What was in the file stays, byte for byte; earlier signatures hold.

    :param sign: from the SHA-256 of what the signature covers to the signature
    :param picture: of the seal, PNG
    :param place: where it stands; None: the signature is not seen
    :param name: of the seal, told to readers as who signs
    :raises InvalidInput: the file is no PDF that can be signed, or has no such page
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(document), strict=False)
        paper = None if place is None else _paper(writer, place.page)
        field = _field(writer, place, paper)
        embedding = PdfCMSEmbedder(new_field_spec=field).write_cms(field.sig_field_name, writer)
        next(embedding)
        embedding.send(_prepared(picture, paper, name=name, reason=reason, at=at))
        prepared, output = embedding.send(SigIOSetup(md_algorithm=DIGEST, output=io.BytesIO()))
        signed = sign(prepared.document_digest)
        embedding.send(signed.content)
    except (PdfError, SigningError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(fields={"document": _("这份 PDF 文件无法签章")}, detail=str(error)) from error
    return output.getvalue(), signed


def _prepared(picture: bytes, paper: Paper | None, *, name: str, reason: str, at: datetime) -> SigObjSetup:
    appearance = None
    if paper is not None:
        style = _style(picture, turned=paper.turned)
        appearance = SigAppearanceSetup(style=style, timestamp=at.astimezone(CHINA), name=name)
    return SigObjSetup(
        sig_placeholder=SignatureObject(
            timestamp=at.astimezone(CHINA),
            subfilter=fields.SigSeedSubFilter.PADES,
            name=name,
            reason=reason,
            bytes_reserved=RESERVED_DIGITS,
        ),
        appearance_setup=appearance,
    )


def _field(
    writer: IncrementalPdfFileWriter, place: PlacedSeal | None, paper: Paper | None
) -> fields.SigFieldSpec:
    taken = {name for name, _value, _field in fields.enumerate_sig_fields(writer)}
    name = next(name for number in range(1, len(taken) + 2) if (name := f"{FIELD}{number}") not in taken)
    if place is None or paper is None:
        return fields.SigFieldSpec(name)
    return fields.SigFieldSpec(name, on_page=place.page, box=paper.rectangle(place))


def _paper(writer: IncrementalPdfFileWriter, number: int) -> Paper:
    if not 0 <= number < int(writer.prev.root["/Pages"]["/Count"]):
        raise InvalidInput(fields={"places": _("签章位置不在文件的页码范围内")})
    page, _resources = writer.find_page_for_modification(number)  # type: ignore[no-untyped-call]  # pyHanko's
    held: dict[str, Any] = {}
    node = page.get_object()
    for _level in range(DEEPEST):
        held = {name: node[name] for name in INHERITED if name in node} | held
        if "/Parent" not in node:
            break
        node = node["/Parent"]
    left, lower, right, upper = (float(side) for side in held.get("/CropBox") or held["/MediaBox"])
    return Paper(
        left=min(left, right),
        lower=min(lower, upper),
        right=max(left, right),
        upper=max(lower, upper),
        turned=int(held.get("/Rotate", 0)) % 360,
    )


def _style(picture: bytes, *, turned: int) -> StaticStampStyle:
    with Image.open(io.BytesIO(picture)) as opened:
        # The page is turned clockwise when it is shown, the picture the other way beforehand: so it stands upright.
        seen = opened.convert("RGBA").rotate(turned, expand=True)
    return StaticStampStyle(
        background=PdfImage(seen, box=BoxConstraints(width=seen.width, height=seen.height)),
        background_layout=SimpleBoxLayoutRule(
            x_align=AxisAlignment.ALIGN_MID,
            y_align=AxisAlignment.ALIGN_MID,
            inner_content_scaling=InnerScaling.STRETCH_FILL,
        ),
        background_opacity=1.0,
        border_width=0,
    )
