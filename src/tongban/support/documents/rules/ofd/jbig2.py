"""
Pictures in JBIG2 (ITU-T T.88), which GB/T 33190-2016 knows as GBIG2: scans of two colours.

Decoders of JBIG2 are where readers of documents were broken into. This one is typst's, in Rust: it reads the
picture out of a PDF of one page that we write around it. Nothing but the segments of one page gets into that.
"""

import io
import struct
from dataclasses import dataclass
from typing import Final

import typst
from PIL import Image

MAGIC: Final = b"\x97JB2\r\n\x1a\n"
BARE: Final = b"\0\0\0\0"
"""A file without a head begins with its first segment, whose number is 0."""
MOST_PIXELS: Final = 40_000_000
"""A4 at 600 dots per inch has 35 million."""
MOST_SEGMENTS: Final = 2_000
LAYERS: Final = 2
"""How often the page may be drawn over with regions as large as itself, on average."""
UNKNOWN: Final = 0xFFFF_FFFF

_PAGE: Final = 48
_STRIPE: Final = 50
_TABLES: Final = 53
_REGIONS: Final = frozenset({4, 6, 7, 20, 22, 23, 36, 38, 39, 40, 42, 43})
_KEPT: Final = _REGIONS | {0, 16, _PAGE, _STRIPE, _TABLES}
"""Left out: ends of page and file, profiles, comments, colours (T.88 7.3)."""
_END_OF_FILE: Final = 51
_LONG_FORM: Final = 7
_MOST_SHORT: Final = 4
_NUMBER_SIZES: Final = ((0x100, 1), (0x1_0000, 2), (UNKNOWN, 4))
"""Up to which number of a segment those it refers to take how many bytes (T.88 7.2.5)."""

_SOURCE: Final = (
    "#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n"
    '#image(bytes(sys.inputs.pdf), format: "pdf", width: 100%, height: 100%)'
)


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    kind: int
    references: bytes
    """Count and numbers of the segments this one needs, as they stand."""
    page: int
    length: int


def is_jbig2(content: bytes) -> bool:
    """
    Return whether the bytes begin as JBIG2 does, with the head of a file or without.
    """
    return content.startswith((MAGIC, BARE))


def decoded(content: bytes, *, longest_side: int) -> Image.Image:
    """
    Return the first page of a JBIG2 file in shades of grey, made smaller where it is larger than `longest_side`.

    :raises ValueError: damaged, too large, or of unknown length
    """
    segments = _segments(content)
    width, height = _size(segments)
    area = sum(_area(data) for segment, data in segments if segment.kind in _REGIONS)
    if not 0 < width * height <= MOST_PIXELS or area > LAYERS * MOST_PIXELS:
        raise ValueError("size")
    scale = min(1.0, longest_side / max(width, height))
    sides = {"width": max(round(width * scale), 1), "height": max(round(height * scale), 1)}
    try:
        made = _compiler().compile(
            input=_SOURCE.format(**sides).encode(),
            format="png",
            ppi=72.0,
            sys_inputs={"pdf": _pdf(_embedded(segments), width, height)},
            timestamp=0,
        )
    except typst.TypstError as error:
        raise ValueError(error.message) from error
    with Image.open(io.BytesIO(made if isinstance(made, bytes) else b""), formats=("PNG",)) as picture:
        # Nothing is drawn of what cannot be decoded.
        if picture.getchannel("A").getextrema() != (255, 255):
            raise ValueError("damaged")
        return picture.convert("L")


def _compiler() -> typst.Compiler:
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
    return typst.Compiler(root="/", font_paths=fonts, ignore_system_fonts=True)


def _segments(content: bytes) -> list[tuple[_Segment, bytes]]:
    # T.88 annex D: the data stand behind each head, or all of them behind all heads.
    in_turn, position = True, 0
    if content.startswith(MAGIC):
        flags = _byte(content, len(MAGIC))
        in_turn = bool(flags & 1)
        position = len(MAGIC) + (1 if flags & 2 else 5)
    heads: list[_Segment] = []
    found: list[tuple[_Segment, bytes]] = []
    while position < len(content) and len(heads) < MOST_SEGMENTS:
        head, position = _head(content, position)
        heads.append(head)
        if in_turn:
            found.append((head, content[position : position + head.length]))
            position += head.length
        elif head.kind == _END_OF_FILE:
            break
    if not in_turn:
        for head in heads:
            found.append((head, content[position : position + head.length]))
            position += head.length
    return _of_first_page(found)


def _of_first_page(segments: list[tuple[_Segment, bytes]]) -> list[tuple[_Segment, bytes]]:
    first = next((head.page for head, _ in segments if head.kind == _PAGE), 0)
    return [(head, data) for head, data in segments if head.kind in _KEPT and head.page in {0, first}]


def _head(content: bytes, position: int) -> tuple[_Segment, int]:
    # T.88 7.2: number, kind, whom it refers to, page, length.
    number, flags = struct.unpack_from(">IB", content, position)
    start = position = position + 5
    count = _byte(content, position) >> 5
    position += 1
    if count == _LONG_FORM:
        (count,) = struct.unpack_from(">I", content, start)
        count &= 0x1FFF_FFFF
        position += 3 + count // 8 + 1
    elif count > _MOST_SHORT:
        raise ValueError("references")
    position += count * next(size for most, size in _NUMBER_SIZES if number <= most)
    references = content[start:position]
    page, length = struct.unpack_from(">II" if flags & 0x40 else ">BI", content, position)
    if length == UNKNOWN:
        raise ValueError("length")
    return _Segment(number, flags & 0x3F, references, page, length), position + (8 if flags & 0x40 else 5)


def _byte(content: bytes, position: int) -> int:
    if position >= len(content):
        raise ValueError("end")
    return content[position]


def _size(segments: list[tuple[_Segment, bytes]]) -> tuple[int, int]:
    # T.88 7.4.8: width and height; the last stripe ends at the height of a page that did not know it.
    width, height = next((_two(data) for head, data in segments if head.kind == _PAGE), (0, 0))
    if height == UNKNOWN:
        ends = [_one(data) for head, data in segments if head.kind == _STRIPE]
        height = max(ends) + 1 if ends else 0
    return width, height


def _area(data: bytes) -> int:
    # T.88 7.4.1: width and height begin the data of every region.
    width, height = _two(data)
    return width * height


def _two(data: bytes) -> tuple[int, int]:
    return int.from_bytes(data[:4]), int.from_bytes(data[4:8])


def _one(data: bytes) -> int:
    return int.from_bytes(data[:4])


def _embedded(segments: list[tuple[_Segment, bytes]]) -> bytes:
    # As PDF wants it (ISO 32000-1, 7.4.7): no head of a file, all segments of page 1 or of none.
    return b"".join(
        struct.pack(">IB", head.number, head.kind)
        + head.references
        + struct.pack(">BI", min(head.page, 1), len(data))
        + data
        for head, data in segments
    )


def _pdf(stream: bytes, width: int, height: int) -> str:
    # In ASCII, since that is what the typesetter is given.
    draw = f"{width} 0 0 {height} 0 0 cm /I Do"
    data = stream.hex() + ">"
    page = f"/Parent 2 0 R/MediaBox[0 0 {width} {height}]/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>"
    size = f"/Width {width}/Height {height}/BitsPerComponent 1/ColorSpace/DeviceGray"
    filters = f"/Filter[/ASCIIHexDecode/JBIG2Decode]/Length {len(data)}"
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page{page}>>",
        f"<</Length {len(draw)}>>stream\n{draw}\nendstream",
        f"<</Type/XObject/Subtype/Image{size}{filters}>>stream\n{data}\nendstream",
    )
    text, places = "%PDF-1.5\n", []
    for number, item in enumerate(objects, start=1):
        places.append(f"{len(text):010d} 00000 n \n")
        text += f"{number} 0 obj\n{item}\nendobj\n"
    table = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{''.join(places)}"
    return f"{text}{table}trailer\n<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(text)}\n%%EOF\n"
