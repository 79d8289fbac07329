"""
Draw the first pages of one PDF, for somebody who shows where a seal shall stand.

Run by `pdf_reader` as `python -m …view_pdf MEMORY CPU PAGES`. Input: the file, output: `PdfView`, MessagePack. qpdf
takes the file apart and draws annotations, earlier seals among them, into the pages; typst makes pictures of these.
"""

import io
import sys
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pikepdf
import typst

from tongban.support.documents.adapters.sandbox import CannotCleanError, leave_network, run
from tongban.support.documents.values.pdf import PdfView

MOST_PAGES: Final = 2_000
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of the pages to be drawn; typst takes them as a list of numbers, 60 bytes each."""
MOST_PIXELS: Final = 40_000_000
"""Of all pages drawn together."""
DOTS_PER_INCH: Final = 80
MILLIMETRES_PER_POINT: Final = 25.4 / 72
POINTS_PER_INCH: Final = 72
QUARTER: Final = 90
DAMAGED: Final = "DAMAGED"
TOO_COMPLEX: Final = "TOO_COMPLEX"


def view(content: bytes, compiler: typst.Compiler, *, count: int) -> tuple[bytes, set[str]]:
    """
    Return the size of every page as it is seen, and pictures of the first ones; fewer where they take too much.

    :raises CannotCleanError: it is no PDF that can be read, it is encrypted, or has too many pages
    """
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise CannotCleanError("ENCRYPTED")
            if len(document.pages) > MOST_PAGES:
                raise CannotCleanError(TOO_COMPLEX, "pages")
            sizes = tuple(map(_size, document.pages))
            drawn = tuple(_drawn(document, sizes[:count], compiler)) if count else ()
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise CannotCleanError(DAMAGED, type(error).__name__) from error
    return msgspec.msgpack.encode(PdfView(sizes=sizes, pictures=drawn)), set()


def _size(page: pikepdf.Page) -> tuple[float, float]:
    left, lower, right, upper = (float(side) for side in page.cropbox.as_list())
    width, height = ((abs(side) * MILLIMETRES_PER_POINT) for side in (right - left, upper - lower))
    if not width or not height:
        raise ValueError("a page without a size")
    is_turned = page.rotation % (2 * QUARTER) == QUARTER
    seen = (height, width) if is_turned else (width, height)
    return round(seen[0], 2), round(seen[1], 2)


def _drawn(
    document: pikepdf.Pdf, sizes: tuple[tuple[float, float], ...], compiler: typst.Compiler
) -> Iterator[bytes]:
    dots = (DOTS_PER_INCH * MILLIMETRES_PER_POINT / POINTS_PER_INCH) ** 2
    if sum(width * height for width, height in sizes) * dots > MOST_PIXELS:
        return
    document.flatten_annotations("all")
    count = len(sizes)
    while count:
        del document.pages[count:]
        output = io.BytesIO()
        document.save(output, fix_metadata_version=False)
        if output.tell() <= MOST_BYTES:
            yield from _pictures(output.getvalue(), sizes[:count], compiler)
            return
        count //= 2


def _pictures(
    content: bytes, sizes: tuple[tuple[float, float], ...], compiler: typst.Compiler
) -> list[bytes]:
    source = "#let file = bytes(json(bytes(sys.inputs.file)))\n" + "".join(
        f"#page(width: {width}mm, height: {height}mm, margin: 0mm, "
        f'image(file, format: "pdf", page: {number}, width: 100%, height: 100%))\n'
        for number, (width, height) in enumerate(sizes, 1)
    )
    try:
        made: Any = compiler.compile(
            input=source.encode(),
            format="png",
            ppi=float(DOTS_PER_INCH),
            sys_inputs={"file": str(list(content))},
            timestamp=0,
        )
    except typst.TypstError:
        return []  # what typst cannot draw has sizes all the same
    return made if isinstance(made, list) else [made]


if __name__ == "__main__":
    # Typst starts threads, after which the network can no longer be left.
    leave_network()
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
    ready = typst.Compiler(root="/", font_paths=fonts, ignore_system_fonts=True)
    ready.compile(input=b"#page(width: 9mm, height: 9mm)[]", format="png", timestamp=0)
    run(lambda content: view(content, ready, count=int(sys.argv[3])))
