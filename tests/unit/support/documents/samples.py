"""
Files as people and attackers send them, built in memory.
"""

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image

OFD_XML = b'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'


def picture(kind: str = "JPEG", *, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "#1f5fbf").save(output, kind, **options)
    return output.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("!I", len(body)) + name + body + struct.pack("!I", zlib.crc32(name + body))

    header = struct.pack("!IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64))


def jpeg_that_claims(width: int, height: int) -> bytes:
    content = picture("JPEG")
    # Start of frame: marker, length, bits of a sample; then height and width.
    position = content.index(b"\xff\xc0") + 5
    return content[:position] + struct.pack("!HH", height, width) + content[position + 4 :]


def pdf(*, pages: int = 1) -> pikepdf.Pdf:
    document = pikepdf.new()
    for _ in range(pages):
        document.add_blank_page(page_size=(200, 200))
    return document


def saved(document: pikepdf.Pdf, *, encryption: pikepdf.Encryption | None = None) -> bytes:
    output = io.BytesIO()
    # The id that pikepdf would make up holds the time: two calls would differ now and then.
    document.save(output, encryption=encryption, deterministic_id=encryption is None)
    return output.getvalue()


def plain_pdf() -> bytes:
    return saved(pdf())


def zipped(entries: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
        archive.comment = comment
    return output.getvalue()


def ofd(**more: bytes) -> bytes:
    return zipped({"OFD.xml": OFD_XML, "Doc_0/Document.xml": b"<Document/>"} | more)
