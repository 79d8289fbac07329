"""
Pages as SVG (GB/T 33190-2016, chapters 7 to 15): objects, annotations, and the seals of signatures.

Nothing of the file reaches the SVG but numbers, texts that are escaped, and pictures encoded anew.
"""

from collections.abc import Sequence
from typing import Final

from tongban.support.documents.rules.ofd.canvas import Allowance, Canvas, EnoughError
from tongban.support.documents.rules.ofd.document import Document, bodies
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.harmless_svg import rewritten
from tongban.support.documents.rules.ofd.lettering import Faces
from tongban.support.documents.rules.ofd.numbers import Matrix, box_of, plain, words
from tongban.support.documents.rules.ofd.package import Package
from tongban.support.documents.rules.ofd.paint import Style
from tongban.support.documents.rules.ofd.painting import Painter, Place, image_definition, rectangle
from tongban.support.documents.rules.ofd.pictures import PictureNotShownError, encoded
from tongban.support.documents.rules.ofd.text import read_off
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import SealPicture, StampedSeal, Unreadable, ViewedPage, ViewNote

MOST_ANNOTATIONS: Final = 2_000
OFD_SEAL: Final = "application/ofd"
SVG_SEAL: Final = "image/svg+xml"


class Gallery:
    """
    The pages of one document, drawn one by one with the same fonts.
    """

    def __init__(self, document: Document, *, index: int = 0, allowance: Allowance | None = None) -> None:
        """
        Draw nothing yet.

        :param index: of the DocBody
        :param allowance: shared with other documents of the file
        """
        self.allowance = allowance or Allowance()
        self.document = document
        self.index = index
        self.faces = Faces(document)

    def page(self, index: int, *, seals: Sequence[StampedSeal] = ()) -> ViewedPage:
        """
        Return one page as SVG with its text. What cannot be drawn is left out and noted.

        :param index: counted from 0
        :param seals: of all pages of the document
        :raises NotReadable: there is no such page
        """
        if not 0 <= index < len(self.document.pages):
            raise NotReadable(Unreadable.MISSING_PART, f"page {index}")
        return _drawn_page(self, index, seals)


def _drawn_page(gallery: Gallery, index: int, seals: Sequence[StampedSeal]) -> ViewedPage:
    document = gallery.document
    canvas = Canvas(gallery.allowance)
    page = _page(document, index, canvas)
    box = document.page_box(page)
    try:
        Painter(gallery.faces, canvas, page, document.pages[index].part).paint()
        _annotations(gallery, index, canvas)
        for seal in seals:
            if seal.page == index:
                _seal(seal, canvas)
    except EnoughError:
        canvas.note(ViewNote.CUT_SHORT)
    return ViewedPage(
        number=index + 1,
        width=box.width,
        height=box.height,
        svg=_assembled(canvas, box).encode(),
        text=read_off(canvas.pieces),
        notes=tuple(sorted(canvas.notes)),
    )


def _page(document: Document, index: int, canvas: Canvas) -> Element:
    part = document.pages[index].part
    try:
        page = document.package.xml(part) if part is not None else None
    except NotReadable:
        page = None
    if page is None or page.name != "Page":
        canvas.note(ViewNote.PAGE_NOT_READ)
        return Element("Page", {})
    return page


def _assembled(canvas: Canvas, box: Box) -> str:
    view = words((box.x, box.y, box.width, box.height))
    size = f'width="{plain(box.width)}mm" height="{plain(box.height)}mm"'
    paper = (
        f'<rect x="{plain(box.x)}" y="{plain(box.y)}" width="{plain(box.width)}" height="{plain(box.height)}"'
    )
    definitions = f"<defs>{''.join(canvas.definitions)}</defs>" if canvas.definitions else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} viewBox="{view}">'
        f'{definitions}{paper} fill="#ffffff"/>{"".join(_closed(canvas.parts))}</svg>'
    )


def _closed(parts: list[str]) -> list[str]:
    # A page cut short may have groups left open.
    opened = sum(part.startswith("<g") and not part.endswith(("</g>", "/>")) for part in parts)
    return parts + ["</g>"] * (opened - parts.count("</g>"))


def _annotations(gallery: Gallery, index: int, canvas: Canvas) -> None:
    document = gallery.document
    location = document.element.text_of("Annotations")
    part = document.package.find(location, beside=document.root)
    if part is None:
        return
    try:
        entries = [
            (entry, part)
            for entry in document.package.xml(part).all("Page")
            if entry.get("PageID") == document.pages[index].id
        ]
        for entry, beside in entries:
            _annotated(gallery, entry, beside, canvas)
    except NotReadable:
        canvas.note(ViewNote.ANNOTATION_NOT_READ)


def _annotated(gallery: Gallery, entry: Element, beside: str, canvas: Canvas) -> None:
    document = gallery.document
    part = document.package.require(entry.text_of("FileLoc"), beside=beside)
    root = document.package.xml(part)
    painter = Painter(gallery.faces, canvas, Element("Page", {}), part)
    for annotation in list(root.all("Annot"))[:MOST_ANNOTATIONS]:
        appearance = annotation.child("Appearance")
        if appearance is None or annotation.get("Visible").lower() == "false":
            continue
        box = box_of(appearance.get("Boundary")) or Box(x=0, y=0, width=0, height=0)
        matrix = Matrix(e=box.x, f=box.y)
        canvas.put(f'<g transform="{matrix.svg}">')
        painter.block(appearance, Place(matrix, Style()))
        canvas.put("</g>")


def _seal(seal: StampedSeal, canvas: Canvas) -> None:
    box = seal.box
    # As ink on paper: what is written under a seal stays readable.
    group = f'<g style="mix-blend-mode:multiply" transform="{Matrix(e=box.x, f=box.y).svg}"'
    if seal.clip is not None:
        name = canvas.define(f'<clipPath id="{{id}}">{rectangle(seal.clip)}</clipPath>', letter="c")
        group += f' clip-path="url(#{name})"'
    canvas.put(group + ">")
    if seal.picture is None or not _seal_picture(seal.picture, box, canvas):
        canvas.note(ViewNote.SEAL_NOT_SHOWN)
        frame = f'width="{plain(box.width)}" height="{plain(box.height)}"'
        canvas.put(f'<rect {frame} fill="none" stroke="#c00000" stroke-width="0.3" stroke-dasharray="1 1"/>')
    canvas.put("</g>")


def _seal_picture(picture: SealPicture, box: Box, canvas: Canvas) -> bool:
    canvas.spend(1_000)
    try:
        if picture.media_type == OFD_SEAL:
            _ofd_seal(picture.content, box, canvas)
        elif picture.media_type == SVG_SEAL:
            place = {"x": 0.0, "y": 0.0, "width": box.width, "height": box.height}
            canvas.put(rewritten(picture.content, **place, prefix=f"{canvas.name('s')}-"))
        else:
            shown = encoded(picture.content)
            definition = image_definition(shown.media_type, shown.content)
            name = canvas.define(definition, key=picture.content, letter="i")
            canvas.put(f'<use href="#{name}" transform="{Matrix(a=box.width, d=box.height).svg}"/>')
    except (NotReadable, PictureNotShownError):
        return False
    return True


def _ofd_seal(content: bytes, box: Box, canvas: Canvas) -> None:
    # A seal that is itself a small OFD: its first page, without seals of its own.
    package = Package(content)
    document = Document(package, bodies(package)[0])
    if not document.pages or document.pages[0].part is None:
        raise NotReadable(Unreadable.MISSING_PART, "page")
    page = package.xml(document.pages[0].part)
    area = document.page_box(page)
    matrix = Matrix(a=box.width / area.width, d=box.height / area.height).after(Matrix(e=-area.x, f=-area.y))
    name = canvas.define(f'<clipPath id="{{id}}">{rectangle(area)}</clipPath>', letter="c")
    canvas.put(f'<g transform="{matrix.fine}" clip-path="url(#{name})">')
    read_before = len(canvas.pieces)
    Painter(Faces(document), canvas, page, document.pages[0].part).paint()
    # What is engraved in a seal is no text of the page.
    del canvas.pieces[read_before:]
    canvas.put("</g>")
