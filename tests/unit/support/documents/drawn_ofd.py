"""
An OFD page drawn from nothing but the file: XML, embedded fonts, pictures. It shares no code with the writer.

As simple as can be: it knows what our files use, and fails on anything else.
"""

import base64
import io
import zipfile
from dataclasses import dataclass
from xml.etree import ElementTree as ET

import typst
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

OFD = "{http://www.ofdspec.org/2016}"


@dataclass
class Package:
    parts: dict[str, bytes]

    @classmethod
    def of(cls, content: bytes) -> "Package":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            return cls({name: archive.read(name) for name in archive.namelist()})

    def xml(self, name: str) -> ET.Element:
        return ET.fromstring(self.parts[name])

    def fonts(self) -> dict[str, TTFont]:
        return {
            str(font.get("ID")): TTFont(
                io.BytesIO(self.parts[f"Doc_0/Res/{font.findtext(f'{OFD}FontFile')}"])
            )
            for font in self.xml("Doc_0/PublicRes.xml").iter(f"{OFD}Font")
        }

    def template(self, number: str) -> ET.Element:
        (location,) = (
            str(page.get("BaseLoc"))
            for page in self.xml("Doc_0/Document.xml").iter(f"{OFD}TemplatePage")
            if page.get("ID") == number
        )
        return self.xml(f"Doc_0/{location}")

    def pictures(self) -> dict[str, bytes]:
        if "Doc_0/DocumentRes.xml" not in self.parts:
            return {}
        return {
            str(media.get("ID")): self.parts[f"Doc_0/Res/{media.findtext(f'{OFD}MediaFile')}"]
            for media in self.xml("Doc_0/DocumentRes.xml").iter(f"{OFD}MultiMedia")
        }


def page_svg(package: Package, page: int) -> str:
    root = package.xml(f"Doc_0/Pages/Page_{page}/Content.xml")
    _x, _y, width, height = numbers(root.findtext(f"{OFD}Area/{OFD}PhysicalBox") or "")
    fonts, pictures = package.fonts(), package.pictures()
    body = ""
    lower = [package.template(str(use.get("TemplateID"))) for use in root.iter(f"{OFD}Template")]
    for item in (item for part in (*lower, root) for item in part.find(f"{OFD}Content/{OFD}Layer") or []):
        kind = item.tag.removeprefix(OFD)
        if kind == "TextObject":
            body += text(item, fonts[str(item.get("Font"))])
        elif kind == "PathObject":
            body += path(item)
        else:
            assert kind == "ImageObject"
            x, y, wide, high = numbers(str(item.get("Boundary")))
            data = base64.b64encode(pictures[str(item.get("ResourceID"))]).decode()
            place = f'x="{x}" y="{y}" width="{wide}" height="{high}" preserveAspectRatio="none"'
            body += f'<image {place}{alpha(item)} href="data:image/png;base64,{data}"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}">{body}</svg>'
    )


def text(item: ET.Element, font: TTFont) -> str:
    left, top, _width, _height = numbers(str(item.get("Boundary")))
    code = item.find(f"{OFD}TextCode")
    assert code is not None
    characters = code.text or ""
    distances = deltas(code.get("DeltaX", ""))
    assert len(distances) == len(characters) - 1
    scale = float(str(item.get("Size"))) / font["head"].unitsPerEm
    matrix = f" matrix({item.get('CTM')})" if item.get("CTM") else ""
    x, glyphs = float(str(code.get("X"))), ""
    for character, distance in zip(characters, [*distances, 0.0], strict=True):
        pen = SVGPathPen(None)
        font.getGlyphSet()[font.getBestCmap()[ord(character)]].draw(pen)
        place = f"translate({x} {code.get('Y')}) scale({scale} {-scale})"
        glyphs += f'<path transform="{place}" d="{pen.getCommands()}"/>'
        x += distance
    return f'<g transform="translate({left} {top}){matrix}" {fill(item)}{alpha(item)}>{glyphs}</g>'


def path(item: ET.Element) -> str:
    left, top, _width, _height = numbers(str(item.get("Boundary")))
    data = (item.findtext(f"{OFD}AbbreviatedData") or "").replace("C", "Z").replace("B", "C")
    inside = fill(item) if item.get("Fill") == "true" else 'fill="none"'
    line = ""
    if item.get("Stroke") != "false":
        line = f' stroke="{color(item, "Stroke")}" stroke-width="{item.get("LineWidth")}"'
    return f'<path transform="translate({left} {top})" d="{data}" {inside}{line}{alpha(item)}/>'


def fill(item: ET.Element) -> str:
    return f'fill="{color(item, "Fill")}"'


def color(item: ET.Element, kind: str) -> str:
    found = item.find(f"{OFD}{kind}Color")
    assert found is not None
    return "rgb({},{},{})".format(*str(found.get("Value")).split())


def alpha(item: ET.Element) -> str:
    return f' opacity="{int(str(item.get("Alpha"))) / 255}"' if item.get("Alpha") else ""


def deltas(source: str) -> list[float]:
    parts = source.split()
    found: list[float] = []
    while parts:
        first = parts.pop(0)
        if first == "g":
            count, distance = int(parts.pop(0)), float(parts.pop(0))
            found += [distance] * count
        else:
            found.append(float(first))
    return found


def numbers(source: str) -> list[float]:
    return [float(part) for part in source.split()]


def as_png(svg: bytes | str, *, pixels_per_mm: float) -> bytes:
    """
    Return the picture that typst makes of an SVG whose size is given in millimetres.
    """
    source = svg.decode() if isinstance(svg, bytes) else svg
    width, height = (source.split(f'{side}="', 1)[1].split("mm", 1)[0] for side in ("width", "height"))
    content = typst.compile(
        f"#set page(width: {width}mm, height: {height}mm, margin: 0pt)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {width}mm, height: {height}mm)'.encode(),
        format="png",
        ppi=pixels_per_mm * 25.4,
        sys_inputs={"svg": source},
    )
    assert isinstance(content, bytes)
    return content
