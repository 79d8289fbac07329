"""
The objects of a page as SVG: text, paths, pictures, composites, in layers and templates, clipped.

Source: GB/T 33190-2016, chapters 7 to 13.
"""

import base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tongban.support.documents.rules.ofd.canvas import Canvas
from tongban.support.documents.rules.ofd.errors import NotReadable
from tongban.support.documents.rules.ofd.lettering import PLACEHOLDER, Faces, drawn, placed, size_of
from tongban.support.documents.rules.ofd.numbers import Matrix, box_of, number, plain, words
from tongban.support.documents.rules.ofd.paint import BLACK, OPAQUE, Ink, Style, ink_of, with_parameters
from tongban.support.documents.rules.ofd.pictures import PictureNotShownError, encoded
from tongban.support.documents.rules.ofd.text import Piece
from tongban.support.documents.rules.ofd.xml import Element
from tongban.support.documents.values.geometry import Box
from tongban.support.documents.values.ofd import ViewNote

if TYPE_CHECKING:
    from tongban.support.documents.rules.ofd.document import Resource

DEEPEST_BLOCK: Final = 12
OBJECT_STEPS: Final = 8
"""What an object costs, whatever it is; a character costs one."""
MOST_TEMPLATES: Final = 16
MOST_CLIPS: Final = 16
FINEST_STEP: Final = 0.05
"""Millimetres from one cell of a pattern to the next; finer ones are a colour to the eye, and work for nothing."""
ARGUMENTS: Final = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}
"""Letters of AbbreviatedData and their numbers (table 35)."""
LETTERS: Final = {"M": "M", "S": "M", "L": "L", "Q": "Q", "B": "C", "A": "A", "C": "Z"}
LAYERS: Final = {"Background": 0, "Body": 1, "Foreground": 2}
OBJECTS: Final = ("TextObject", "PathObject", "ImageObject", "CompositeObject", "PageBlock")


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where objects are drawn: the way to the page's space, and drawing parameters in force.
    """

    matrix: Matrix
    style: Style
    depth: int = 0


class Painter:
    """
    Draws the layers of one page, or a block of an annotation or seal, with the resources it may use.
    """

    def __init__(self, faces: Faces, canvas: Canvas, page: Element, part: str | None) -> None:
        """
        Read the templates of a page and the resources that it and they name.

        :param faces: the fonts of the document, opened once for all its pages
        :param part: where `page` stands
        """
        document = faces.document
        self._document = document
        self._canvas = canvas
        self._page = page
        self._part = part or document.root
        self._templates = self._read_templates()
        own = [(element, self._part) for element in page.all("PageRes")]
        theirs = [(element, part) for _, root, part in self._templates for element in root.all("PageRes")]
        self._resources = document.resources(*theirs, *own)
        self._faces = faces

    def _read_templates(self) -> list[tuple[str, Element, str]]:
        declared = {item.get("ID"): item for item in self._document.common.all("TemplatePage")}
        found = []
        for use in list(self._page.all("Template"))[:MOST_TEMPLATES]:
            item = declared.get(use.get("TemplateID"))
            part = (
                self._document.package.find(item.get("BaseLoc"), beside=self._document.root) if item else None
            )
            if item is None or part is None:
                self._canvas.note(ViewNote.TEMPLATE_NOT_READ)
                continue
            try:
                root = self._document.package.xml(part)
            except NotReadable:
                self._canvas.note(ViewNote.TEMPLATE_NOT_READ)
                continue
            found.append((use.get("ZOrder") or item.get("ZOrder") or "Background", root, part))
        return found

    def paint(self) -> None:
        """
        Draw templates below, the page, templates above.

        :raises EnoughError: the page holds more than is drawn
        """
        place = Place(Matrix(), Style())
        for order, root, _part in self._templates:
            if order != "Foreground":
                self._content(root, place)
        self._content(self._page, place)
        for order, root, _part in self._templates:
            if order == "Foreground":
                self._content(root, place)

    def _content(self, page: Element, place: Place) -> None:
        content = page.child("Content")
        layers = list(content.all("Layer")) if content else []
        for layer in sorted(layers, key=lambda layer: LAYERS.get(layer.get("Type"), 1)):
            style = with_parameters(place.style, layer.get("DrawParam"), self._resources)
            self.block(layer, Place(place.matrix, style, place.depth))

    def block(self, block: Element, place: Place) -> None:
        """
        Draw the objects of a layer, a unit or an appearance.

        :raises EnoughError: as `paint`
        """
        for element in block.all(*OBJECTS):
            self._canvas.spend(OBJECT_STEPS)
            if element.get("Visible").lower() == "false":
                continue
            if element.name == "PageBlock":
                if place.depth < DEEPEST_BLOCK:
                    self.block(element, Place(place.matrix, place.style, place.depth + 1))
                continue
            self._object(element, place)

    def _object(self, element: Element, place: Place) -> None:
        box = box_of(element.get("Boundary")) or Box(x=0, y=0, width=0, height=0)
        style = with_parameters(place.style, element.get("DrawParam"), self._resources).changed_by(element)
        own = Matrix.of(element.get("CTM"))
        opened = self._open(element, box, own)
        matrix = place.matrix.after(Matrix(e=box.x, f=box.y))
        if own is not None:
            matrix = matrix.after(own)
        inner = Place(matrix, style, place.depth + 1)
        if element.name == "TextObject":
            self._text(element, inner)
        elif element.name == "PathObject":
            self._path(element, inner)
        elif element.name == "ImageObject":
            self._image(element, box, has_matrix=own is not None)
        elif place.depth < DEEPEST_BLOCK:
            self._composite(element, inner)
        for _group in range(opened):
            self._canvas.put("</g>")

    def _open(self, element: Element, box: Box, own: Matrix | None) -> int:
        # Boundary moves the object, clips lie in its space, CTM comes last. Nothing is cut at the boundary itself:
        # many makers give lines one of no height.
        alpha = number(element.get("Alpha"), OPAQUE)
        faint = f' opacity="{max(alpha, 0) / OPAQUE:.3g}"' if alpha < OPAQUE else ""
        clips = element.child("Clips")
        if clips is None:
            place = Matrix(e=box.x, f=box.y)
            matrix = place.after(own) if own else place
            self._canvas.put(f'<g transform="{matrix.svg}"{faint}>')
            return 1
        self._canvas.put(f'<g transform="{Matrix(e=box.x, f=box.y).svg}"{faint}>')
        opened = 1
        around = own if own and clips.get("TransFlag").lower() == "true" else Matrix()
        for clip in list(clips.all("Clip"))[:MOST_CLIPS]:
            name = self._clip(clip, around)
            if name:
                self._canvas.put(f'<g clip-path="url(#{name})">')
                opened += 1
        if own is not None:
            self._canvas.put(f'<g transform="{own.svg}">')
            opened += 1
        return opened

    def _clip(self, clip: Element, around: Matrix) -> str:
        paths = ""
        for area in clip.all("Area"):
            path = area.child("Path")
            if path is None:
                # Clipping by text would hide everything where the font is not there.
                self._canvas.note(ViewNote.CLIP_IGNORED)
                return ""
            box = box_of(path.get("Boundary")) or Box(x=0, y=0, width=0, height=0)
            inner = Matrix(e=box.x, f=box.y).after(Matrix.of(path.get("CTM")) or Matrix())
            matrix = around.after(Matrix.of(area.get("CTM")) or Matrix()).after(inner)
            data = self._path_data(path.text_of("AbbreviatedData"))
            if data:
                paths += f'<path d="{data}" transform="{matrix.svg}"{_rule(path, "clip-rule")}/>'
        return self._canvas.define(f'<clipPath id="{{id}}">{paths}</clipPath>', letter="c") if paths else ""

    def _text(self, element: Element, place: Place) -> None:
        face = self._faces.face(self._resources.get(element.get("Font")), self._canvas)
        characters = placed(element, face, self._canvas)
        if not characters:
            return
        read = [item for item in characters if item.character != PLACEHOLDER or item.glyphs is None]
        self._read(element, [(item.character, item.x, item.y) for item in read], place.matrix)
        # Glyphs have spaces of their own; a gradient or pattern would start anew in each.
        fill = _plain(ink_of(place.style.fill, self._resources, default=BLACK))
        pen = 0.0
        is_filled = element.get("Fill").lower() != "false"
        attributes = self._canvas.paint("fill", fill) if is_filled else ' fill="none"'
        if element.get("Stroke").lower() == "true":
            stroke = _plain(ink_of(place.style.stroke, self._resources, default=BLACK))
            attributes += self._canvas.paint("stroke", stroke)
            pen = place.style.line_width
        shapes = "".join(drawn(element, characters, face, self._canvas, pen=pen))
        if shapes:
            self._canvas.put(f"<g{attributes}>{shapes}</g>")

    def _read(self, element: Element, characters: list[tuple[str, float, float]], matrix: Matrix) -> None:
        size = size_of(element)
        # A new line of text begins where the next character stands neither beside nor on the line.
        run: list[tuple[str, float, float]] = []
        for item in [*characters, ("", 0.0, float("inf"))]:
            if run and (abs(item[2] - run[-1][2]) > size / 4 or not -size < item[1] - run[-1][1] < 3 * size):
                self._keep(run, size, matrix)
                run = []
            run.append(item)

    def _keep(self, run: list[tuple[str, float, float]], size: float, matrix: Matrix) -> None:
        x, y = matrix.point(run[0][1], run[0][2])
        end, _ = matrix.point(run[-1][1] + size, run[-1][2])
        height = max(abs(matrix.d) + abs(matrix.b), 1e-3) * size
        text = "".join(character for character, _x, _y in run)
        self._canvas.pieces.append(Piece(min(x, end), y, abs(end - x), height, text))

    def _path(self, element: Element, place: Place) -> None:
        data = self._path_data(element.text_of("AbbreviatedData"))
        if not data:
            return
        attributes = ' fill="none"'
        if element.get("Fill").lower() == "true":
            fill = self._ink(place.style.fill, place, default="none")
            attributes = self._canvas.paint("fill", fill) + _rule(element, "fill-rule")
        if element.get("Stroke").lower() != "false":
            stroke = self._ink(place.style.stroke, place, default=BLACK)
            attributes += self._canvas.paint("stroke", stroke) + place.style.line_attributes()
        self._canvas.put(f'<path d="{data}"{attributes}/>')

    def _ink(self, element: Element | None, place: Place, *, default: str) -> Ink:
        ink = ink_of(element, self._resources, default=default)
        pattern = element.child("Pattern") if element is not None else None
        tile = self._tile(pattern, place) if pattern is not None else ""
        return replace(ink, gradient=tile, is_simplified=False) if tile else ink

    def _tile(self, pattern: Element, place: Place) -> str:
        # GB/T 33190-2016, 8.3.3: a cell drawn over and over, in the object's space or in the page's.
        cell = pattern.child("CellContent")
        width, height = number(pattern.get("Width")), number(pattern.get("Height"))
        across = number(pattern.get("XStep"), width) or width
        down = number(pattern.get("YStep"), height) or height
        own = Matrix.of(pattern.get("CTM")) or Matrix()
        if pattern.get("RelativeTo") == "Page":
            back = place.matrix.inverse
            own = back.after(own) if back else own
        if cell is None or min(across, down) < FINEST_STEP or place.depth >= DEEPEST_BLOCK:
            return ""
        if pattern.get("ReflectMethod") not in {"", "Normal"}:
            self._canvas.note(ViewNote.PATTERN_SIMPLIFIED)
        drawn = self._aside(cell, Place(Matrix(), Style(), place.depth + 1))
        size = f'width="{plain(across)}" height="{plain(down)}"'
        frame = f'id="{{id}}" patternUnits="userSpaceOnUse" {size} patternTransform="{own.fine}"'
        return f"<pattern {frame}>{drawn}</pattern>"

    def _aside(self, block: Element, place: Place) -> str:
        # Drawn for a definition: neither on the page yet nor text of it.
        parts, pieces = self._canvas.parts, self._canvas.pieces
        self._canvas.parts, self._canvas.pieces = [], []
        try:
            self.block(block, place)
            return "".join(self._canvas.parts)
        finally:
            self._canvas.parts, self._canvas.pieces = parts, pieces

    def _path_data(self, text: str) -> str:
        tokens = text.replace(",", " ").split()
        self._canvas.spend(len(tokens) // 2)
        data: list[str] = []
        position = 0
        while position < len(tokens):
            letter = tokens[position]
            count = ARGUMENTS.get(letter)
            arguments = tokens[position + 1 : position + 1 + count] if count is not None else []
            if count is None or len(arguments) < count:
                break
            values = [number(argument) for argument in arguments]
            if letter == "A":
                values[0], values[1] = abs(values[0]), abs(values[1])
                values[3], values[4] = float(bool(values[3])), float(bool(values[4]))
            data.append(LETTERS[letter] + words(values))
            position += 1 + count
        # A path must begin with a point, or SVG shows none of it.
        return " ".join(data) if data and data[0].startswith("M") else ""

    def _image(self, element: Element, box: Box, *, has_matrix: bool) -> None:
        name = self._picture(element)
        if not name:
            self._canvas.note(ViewNote.PICTURE_NOT_SHOWN)
            frame = Matrix() if has_matrix else Matrix(a=box.width, d=box.height)
            self._canvas.put(
                f'<path transform="{frame.svg}" d="M0 0L1 0L1 1L0 1ZL1 1M1 0L0 1" fill="#f2f2f2" stroke="#b0b0b0" '
                'stroke-width="0.01"/>'
            )
            return
        scale = "" if has_matrix else f' transform="{Matrix(a=box.width, d=box.height).svg}"'
        self._canvas.put(f'<use href="#{name}"{scale}/>')

    def _picture(self, element: Element) -> str:
        # The document is part of the key: a seal may be a document of its own.
        key = (self._document, element.get("ResourceID"), element.get("ImageMask"))
        if known := self._canvas.known(key):
            return known
        content = self._media(element.get("ResourceID"))
        if content is None:
            return ""
        mask = self._media(element.get("ImageMask"))
        self._canvas.spend(1_000)
        try:
            picture = encoded(content, mask=mask)
        except PictureNotShownError:
            return ""
        return self._canvas.define(image_definition(picture.media_type, picture.content), key=key, letter="i")

    def _media(self, reference: str) -> bytes | None:
        resource: Resource | None = self._resources.get(reference)
        if resource is None or resource.element.name != "MultiMedia":
            return None
        part = self._document.file_of(resource, resource.element.text_of("MediaFile"))
        try:
            return self._document.package.read(part) if part else None
        except NotReadable:
            return None

    def _composite(self, element: Element, place: Place) -> None:
        resource = self._resources.get(element.get("ResourceID"))
        content = resource.element.child("Content") if resource else None
        if content is not None:
            self.block(content, place)


def rectangle(box: Box) -> str:
    """
    Return a box as an element.
    """
    place = f'x="{plain(box.x)}" y="{plain(box.y)}"'
    return f'<rect {place} width="{plain(box.width)}" height="{plain(box.height)}"/>'


def _plain(ink: Ink) -> Ink:
    return replace(ink, gradient="", is_simplified=True) if ink.gradient else ink


def _rule(element: Element, attribute: str) -> str:
    return f' {attribute}="evenodd"' if element.get("Rule") == "Even-Odd" else ""


def image_definition(media_type: str, content: bytes) -> str:
    """
    Return the definition of a picture that fills the unit square.
    """
    data = base64.b64encode(content).decode()
    return (
        '<image id="{id}" width="1" height="1" preserveAspectRatio="none" '
        f'href="data:{media_type};base64,{data}"/>'
    )
