"""
Draw the pages of one OFD, and have typst make PNG or PDF of them.

Run by `ofd_viewer` as `python -m …view_ofd MEMORY CPU bare|fonts`: without fonts, which take 150 MB, or with them.
Input: a `ViewOrder`, output: a `View`, both MessagePack. Whatever is loaded, and every thread started, by its first
use is so before the file is looked at: afterwards the process can open and start nothing.
"""

import sys
from typing import Final, Literal

import msgspec
import typst
from fontTools import agl
from fontTools.ttLib import standardGlyphOrder
from fontTools.ttLib.tables import (
    C_F_F_,
    DefaultTable,
    _c_m_a_p,
    _g_l_y_f,
    _h_e_a_d,
    _h_h_e_a,
    _h_m_t_x,
    _l_o_c_a,
    _m_a_x_p,
    _p_o_s_t,
)
from PIL import Image, MpoImagePlugin, TiffImagePlugin

from tongban.support.documents.adapters.sandbox import CannotCleanError, leave_network, run
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.viewing import viewed
from tongban.support.documents.values.ofd import (
    FONTS_NEEDED,
    Unreadable,
    View,
    ViewedPage,
    ViewForm,
    ViewOrder,
)

LOADED_BEFOREHAND: Final = (
    C_F_F_, DefaultTable, _c_m_a_p, _g_l_y_f, _h_e_a_d, _h_h_e_a, _h_m_t_x, _l_o_c_a, _m_a_x_p, _p_o_s_t,
    MpoImagePlugin, TiffImagePlugin, agl, standardGlyphOrder,
)  # fmt: skip
ENCODINGS: Final = ("cp437", "gb18030", "utf-16", "utf-16-be", "utf-16-le", "latin-1", "mac-roman", "ascii")
MOST_PIXELS_OF_PAGES: Final = 120_000_000
"""Of all pages of one order together; A4 at 120 dots per inch has 1.4 million."""
FAMILIES: Final = ("Noto Serif CJK SC", "Noto Sans CJK SC", "Noto Sans Mono CJK SC")
MILLIMETRES_PER_INCH: Final = 25.4
_TEXT: Final = b"<text"
"""In a page drawn: letters that its file brings no outlines of."""


class Press:
    """
    Typst, which makes PNG and PDF of pages drawn.
    """

    def __init__(self, *, has_fonts: bool) -> None:
        """
        Read every font that pages are set in, if any.
        """
        self.has_fonts: Final = has_fonts
        fonts = typst.Fonts(include_system_fonts=has_fonts, include_embedded_fonts=False)
        self._compiler = typst.Compiler(root="/", font_paths=fonts, ignore_system_fonts=True)
        letters = "".join(
            f'<text y="9" font-family="\'{family}\'" font-weight="{weight}">文a</text>'
            for family in FAMILIES
            for weight in ("normal", "bold")
        )
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{letters}</svg>'
        page = ViewedPage(number=1, width=10, height=10, svg=svg.encode(), text="", notes=())
        self.files([page], form=ViewForm.PNG, dots_per_inch=72)

    def files(self, pages: list[ViewedPage], *, form: ViewForm, dots_per_inch: int) -> tuple[bytes, ...]:
        """
        Return a PNG of each page, or one PDF of all.

        :raises CannotCleanError: typst refuses a page
        """
        if form is ViewForm.PNG:
            # One by one: no more than one page is held as pixels.
            return tuple(self._made([page], "png", dots_per_inch) for page in pages)
        return (self._made(pages, "pdf", dots_per_inch),)

    def _made(self, pages: list[ViewedPage], form: Literal["png", "pdf"], dots_per_inch: int) -> bytes:
        source = "".join(
            f"#page(width: {page.width}mm, height: {page.height}mm, margin: 0mm, "
            f'image(bytes(sys.inputs.p{index}), format: "svg", width: 100%, height: 100%))\n'
            for index, page in enumerate(pages)
        )
        try:
            made = self._compiler.compile(
                input=source.encode(),
                format=form,
                ppi=float(dots_per_inch),
                sys_inputs={f"p{index}": page.svg.decode() for index, page in enumerate(pages)},
                timestamp=0,
            )
        except typst.TypstError as error:
            raise CannotCleanError(Unreadable.TOO_COMPLEX, error.message) from error
        return (made[0] if isinstance(made, list) else made) or b""


def view(content: bytes, press: Press) -> tuple[bytes, set[str]]:
    """
    Return the pages of an order.

    :param content: a `ViewOrder`
    :raises CannotCleanError: with a code of `values.ofd.Unreadable`
    """
    order = msgspec.msgpack.decode(content, type=ViewOrder)
    try:
        pages = viewed(order.content, seals=order.seals, first=order.first, count=order.count)
    except NotReadable as error:
        raise CannotCleanError(error.reason, error.detail) from error
    files: tuple[bytes, ...] = ()
    if order.form is not ViewForm.SVG:
        if not press.has_fonts and any(_TEXT in page.svg for page in pages):
            raise CannotCleanError(FONTS_NEEDED)
        _require_room(pages, order)
        files = press.files(list(pages), form=order.form, dots_per_inch=order.dots_per_inch)
    shown = pages if order.form is ViewForm.SVG else ()
    return msgspec.msgpack.encode(View(pages=shown, files=files)), set()


def _require_room(pages: tuple[ViewedPage, ...], order: ViewOrder) -> None:
    dots = (order.dots_per_inch / MILLIMETRES_PER_INCH) ** 2
    if (
        order.form is ViewForm.PNG
        and sum(page.width * page.height for page in pages) * dots > MOST_PIXELS_OF_PAGES
    ):
        raise CannotCleanError(Unreadable.TOO_COMPLEX, "pixels")


if __name__ == "__main__":
    for encoding in ENCODINGS:
        "".encode(encoding)
    Image.preinit()
    # Typst starts threads, after which the network can no longer be left.
    leave_network()
    ready = Press(has_fonts=sys.argv[3] == "fonts")
    run(lambda content: view(content, ready))
