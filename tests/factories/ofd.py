"""
OFD files in the shapes that other makers give them, built in memory; nothing here is anybody's file.
"""

import base64
import hashlib
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.misc.psCharStrings import T2CharString
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from PIL import Image, TiffImagePlugin

SM3 = "1.2.156.10197.1.401"
XMLNS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
VALUE = b"\x30\x82 a value of SES_Signature with the seal in it: "
SEAL = b"\x30\x82 a seal"

TEXT = (
    '<ofd:TextObject ID="11" Boundary="20 30 100 10" Font="3" Size="6">'
    '<ofd:TextCode X="0" Y="6" DeltaX="g 3 6 7">测试文件甲</ofd:TextCode></ofd:TextObject>'
)


def ofd_xml(*, body: str = "", documents: int = 1, signatures: str | None = None, info: str = "") -> str:
    bodies = ""
    for index in range(documents):
        listed = signatures if index == 0 else None
        named = f"<ofd:Signatures>{listed}</ofd:Signatures>" if listed else ""
        bodies += (
            "<ofd:DocBody><ofd:DocInfo><ofd:DocID>0123456789abcdef0123456789abcdef</ofd:DocID>"
            f"<ofd:Title>演示文件</ofd:Title><ofd:CreationDate>2026-11-22</ofd:CreationDate>{info}</ofd:DocInfo>"
            f"<ofd:DocRoot>Doc_{index}/Document.xml</ofd:DocRoot>{named}</ofd:DocBody>"
        )
    return f'{HEAD}<ofd:OFD {XMLNS} Version="1.1" DocType="OFD">{bodies}{body}</ofd:OFD>'


def document_xml(*, pages: int = 1, common: str = "", more: str = "") -> str:
    listed = "".join(
        f'<ofd:Page ID="{100 + page}" BaseLoc="Pages/Page_{page}/Content.xml"/>' for page in range(pages)
    )
    return (
        f"{HEAD}<ofd:Document {XMLNS}><ofd:CommonData><ofd:MaxUnitID>999</ofd:MaxUnitID>"
        "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        f"<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{common}</ofd:CommonData>"
        f"<ofd:Pages>{listed}</ofd:Pages>{more}</ofd:Document>"
    )


def resources_xml(*, fonts: str = '<ofd:Font ID="3" FontName="宋体"/>', more: str = "") -> str:
    return f'{HEAD}<ofd:Res {XMLNS} BaseLoc="Res"><ofd:Fonts>{fonts}</ofd:Fonts>{more}</ofd:Res>'


def page_xml(content: str = TEXT, *, before: str = "", layer: str = 'ID="10"') -> str:
    content = f"<ofd:Content><ofd:Layer {layer}>{content}</ofd:Layer></ofd:Content>"
    return f"{HEAD}<ofd:Page {XMLNS}>{before}{content}</ofd:Page>"


def parts(
    *,
    pages: Sequence[str] | None = None,
    common: str = "",
    document: str = "",
    resources: str | None = None,
    more: Mapping[str, bytes | str] | None = None,
    info: str = "",
) -> dict[str, bytes]:
    """
    Return the parts of an unsigned file.
    """
    every = [page_xml()] if pages is None else pages
    made: dict[str, bytes | str] = {
        "OFD.xml": ofd_xml(info=info),
        "Doc_0/Document.xml": document_xml(pages=len(every), common=common, more=document),
        "Doc_0/PublicRes.xml": resources_xml() if resources is None else resources,
    }
    made |= {f"Doc_0/Pages/Page_{index}/Content.xml": page for index, page in enumerate(every)}
    made |= more or {}
    return {name: part.encode() if isinstance(part, str) else part for name, part in made.items()}


def zipped(made: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w", method) as archive:
        for name, content in made.items():
            archive.writestr(zipfile.ZipInfo(name), content, compress_type=method)
    return output.getvalue()


def digest(content: bytes, algorithm: str = "sm3") -> str:
    return base64.b64encode(hashlib.new(algorithm, content).digest()).decode()


def signature_xml(
    references: Mapping[str, str],
    *,
    check_method: str | None = SM3,
    number: int = 0,
    stamps: str = '<ofd:StampAnnot ID="1" PageRef="100" Boundary="150 220 40 40"/>',
    more: str = "",
) -> bytes:
    listed = "".join(
        f'<ofd:Reference FileRef="{name}"><ofd:CheckValue>{value}</ofd:CheckValue></ofd:Reference>'
        for name, value in references.items()
    )
    method = "" if check_method is None else f' CheckMethod="{check_method}"'
    return (
        f"{HEAD}<ofd:Signature {XMLNS}><ofd:SignedInfo><ofd:Provider ProviderName='演示厂商' Version='1.0'/>"
        "<ofd:SignatureMethod>1.2.156.10197.1.501</ofd:SignatureMethod>"
        "<ofd:SignatureDateTime>20261122101112.000Z</ofd:SignatureDateTime>"
        f"<ofd:References{method}>{listed}</ofd:References>{stamps}"
        f"<ofd:Seal><ofd:BaseLoc>/Doc_0/Signs/Sign_{number}/Seal.esl</ofd:BaseLoc></ofd:Seal></ofd:SignedInfo>"
        f"<ofd:SignedValue>/Doc_0/Signs/Sign_{number}/SignedValue.dat</ofd:SignedValue>{more}</ofd:Signature>"
    ).encode()


def list_xml(count: int, *, kinds: Sequence[str] = ()) -> bytes:
    entries = "".join(
        f'<ofd:Signature ID="s{index + 1:03d}" Type="{kinds[index] if kinds else "Seal"}" '
        f'BaseLoc="/Doc_0/Signs/Sign_{index}/Signature.xml"/>'
        for index in range(count)
    )
    return f"{HEAD}<ofd:Signatures {XMLNS}><ofd:MaxSignId>{count}</ofd:MaxSignId>{entries}</ofd:Signatures>".encode()


def signed(
    made: dict[str, bytes],
    *,
    count: int = 1,
    leave_out: Sequence[str] = (),
    check_method: str | None = SM3,
    algorithm: str = "sm3",
    cover_list: bool = False,
    spelled: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """
    Return the parts with signatures over them, one after the other, as a maker of the other kind would put them.

    :param leave_out: parts no signature covers
    :param cover_list: the first signature covers the list of signatures as it was then
    :param spelled: how a reference writes the name of a part
    """
    made = dict(made)
    made["OFD.xml"] = made["OFD.xml"].replace(
        b"</ofd:DocBody>", b"<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody>", 1
    )
    for number in range(count):
        made["Doc_0/Signs/Signatures.xml"] = list_xml(number + 1)
        folder = f"Doc_0/Signs/Sign_{number}"
        made[f"{folder}/Seal.esl"] = SEAL
        references = {
            (spelled or {}).get(name, f"/{name}"): digest(content, algorithm)
            for name, content in made.items()
            if name not in leave_out
            and (name != "Doc_0/Signs/Signatures.xml" or (cover_list and number == 0))
        }
        made[f"{folder}/Signature.xml"] = signature_xml(references, check_method=check_method, number=number)
        made[f"{folder}/SignedValue.dat"] = VALUE + SEAL
    return made


def plain_ofd() -> bytes:
    return zipped(parts())


def signed_ofd(*, count: int = 1) -> bytes:
    return zipped(signed(parts(), count=count))


def picture(kind: str = "PNG", *, size: tuple[int, int] = (40, 30), color: str = "#1f5fbf") -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, color).save(output, kind)
    return output.getvalue()


def jbig2(
    picture: Image.Image,
    *,
    head: bytes = b"\x97JB2\r\n\x1a\n\x01\0\0\0\x01",
    in_turn: bool = True,
    page: int = 1,
    height: int | None = None,
    more: Sequence[tuple[int, bytes]] = (),
) -> bytes:
    """
    Return a picture of two colours as JBIG2: one region, coded as facsimile (ITU-T T.88, 6.2.6).

    :param head: of the file; empty for segments alone
    :param in_turn: data stand behind the head of each segment, not behind the heads of all
    :param height: what the page says of its height
    :param more: kinds and data of segments behind the region
    """
    wide, high = picture.size
    lines = io.BytesIO()
    inverted = picture.convert("L").point(lambda level: 255 - level).convert("1")
    inverted.save(lines, "TIFF", compression="group4", tiffinfo={278: high})
    with TiffImagePlugin.TiffImageFile(io.BytesIO(lines.getvalue())) as scan:
        (start,), (length,) = scan.tag_v2[273], scan.tag_v2[279]
    coded = lines.getvalue()[start : start + length]
    segments = [
        (48, struct.pack(">IIIIBH", wide, high if height is None else height, 0, 0, 0, 0)),
        (38, struct.pack(">IIIIBB", wide, high, 0, 0, 0, 1) + coded),
        *more,
    ]
    heads = [
        struct.pack(">IBBBI", number, kind, 0, page, len(data))
        for number, (kind, data) in enumerate(segments)
    ]
    if in_turn:
        return head + b"".join(start + data for start, (_, data) in zip(heads, segments, strict=True))
    return head + b"".join(heads) + b"".join(data for _, data in segments)


def font(characters: str = "甲乙", *, with_cmap: bool = True, flavor: str = "glyf") -> bytes:
    """
    Return a font in which glyph 1 is a full square, glyph 2 a triangle, and so on in turn.
    """
    names = [".notdef", *(f"shape{index}" for index, _ in enumerate(characters))]
    builder = FontBuilder(1000, isTTF=flavor == "glyf")
    builder.setupGlyphOrder(names)
    codes = {ord(character): names[index + 1] for index, character in enumerate(characters)}
    builder.setupCharacterMap(codes if with_cmap else {})
    builder.setupHorizontalMetrics({name: (1000, 100 if name != ".notdef" else 0) for name in names})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    if flavor == "glyf":
        builder.setupGlyf({name: _shape(TTGlyphPen(None), index) for index, name in enumerate(names)})
    else:
        strings = {name: _shape(T2CharStringPen(1000, None), index) for index, name in enumerate(names)}
        builder.setupCFF("Shapes", {"FullName": "Shapes"}, strings, {})
    builder.setupNameTable({"familyName": "Shapes", "styleName": "Regular"})
    builder.setupPost()
    output = io.BytesIO()
    builder.save(output)
    return output.getvalue()


def _shape(pen: Any, index: int) -> Any:
    if index:
        pen.moveTo((100, 0))
        pen.lineTo((100, 800))
        pen.lineTo((900, 800))
        if index % 2:
            pen.lineTo((900, 0))
        pen.closePath()
    return pen.getCharString() if isinstance(pen, T2CharStringPen) else pen.glyph()


RICH_PAGE = """
<ofd:TextObject ID="11" Boundary="20 20 100 10" Font="3" Size="6">
  <ofd:TextCode X="0" Y="6" DeltaX="g 3 6 7">测试文件甲</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="12" Boundary="20 30 100 10" Font="4" Size="8" CTM="1 0 0.2 1 0 0">
  <ofd:FillColor Value="200 0 0"/><ofd:TextCode X="0" Y="6" DeltaX="10">甲乙丙</ofd:TextCode>
  <ofd:CGTransform CodePosition="2" CodeCount="1" GlyphCount="1"><ofd:Glyphs>2</ofd:Glyphs></ofd:CGTransform>
</ofd:TextObject>
<ofd:TextObject ID="13" Boundary="80 30 100 10" Font="6" Size="8" Stroke="true" Fill="false" LineWidth="0.5">
  <ofd:StrokeColor Value="0 0 200"/><ofd:TextCode X="0" Y="6" DeltaX="10">甲乙</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="14" Boundary="20 45 100 10" Font="5" Size="6" HScale="0.7">
  <ofd:TextCode X="0" Y="6" DeltaX="g 10 5">Hello 黑体 bold𬍛</ofd:TextCode></ofd:TextObject>
<ofd:TextObject ID="15" Boundary="180 45 20 60" Font="3" Size="6" CharDirection="90">
  <ofd:TextCode X="3" Y="6" DeltaY="g 3 8">竖排文字</ofd:TextCode></ofd:TextObject>
<ofd:PathObject ID="16" Boundary="20 60 60 20" LineWidth="0.5" Fill="true">
  <ofd:FillColor><ofd:AxialShd StartPoint="0 0" EndPoint="60 0">
    <ofd:Segment Position="0"><ofd:Color Value="255 0 0"/></ofd:Segment>
    <ofd:Segment Position="1"><ofd:Color Value="0 0 255" Alpha="80"/></ofd:Segment></ofd:AxialShd></ofd:FillColor>
  <ofd:AbbreviatedData>M 0 0 L 60 0 L 60 20 B 40 10 20 30 0 20 C</ofd:AbbreviatedData></ofd:PathObject>
<ofd:PathObject ID="17" Boundary="90 60 40 20" Stroke="false" Fill="true">
  <ofd:FillColor><ofd:RadialShd StartPoint="20 10" EndPoint="20 10" StartRadius="0" EndRadius="10">
    <ofd:Segment><ofd:Color Value="255 255 0"/></ofd:Segment><ofd:Segment><ofd:Color Value="0 128 0"/></ofd:Segment>
  </ofd:RadialShd></ofd:FillColor>
  <ofd:AbbreviatedData>M 0 0 L 40 0 L 40 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>
<ofd:ImageObject ID="18" Boundary="20 90 60 45" CTM="60 0 0 45 0 0" ResourceID="20"><ofd:Clips><ofd:Clip><ofd:Area>
  <ofd:Path Boundary="0 0 60 45">
  <ofd:AbbreviatedData>M 30 0 A 20 20 0 0 1 30 45 A 20 20 0 0 1 30 0 C</ofd:AbbreviatedData></ofd:Path>
  </ofd:Area></ofd:Clip></ofd:Clips></ofd:ImageObject>
<ofd:ImageObject ID="19" Boundary="90 90 30 30" ResourceID="21"/>
<ofd:ImageObject ID="23" Boundary="130 120 30 20" ResourceID="20" ImageMask="22" Alpha="200"/>
<ofd:PathObject ID="24" Boundary="20 140 100 0" DrawParam="31"><ofd:AbbreviatedData>M 0 0 L 100 0</ofd:AbbreviatedData>
</ofd:PathObject>
<ofd:CompositeObject ID="25" Boundary="130 90 20 20" ResourceID="40"/>
<ofd:PathObject ID="26" Boundary="165 120 30 20" Fill="true" Stroke="false"><ofd:FillColor>
  <ofd:Pattern Width="5" Height="4" XStep="6" YStep="5" RelativeTo="Page" CTM="1 0 0.2 1 0 0"><ofd:CellContent>
  <ofd:PathObject ID="27" Boundary="0 0 5 4" Fill="true" Stroke="false"><ofd:FillColor Value="200 0 200"/>
  <ofd:AbbreviatedData>M 0 0 L 5 0 L 2 4 C</ofd:AbbreviatedData></ofd:PathObject></ofd:CellContent></ofd:Pattern>
  </ofd:FillColor><ofd:AbbreviatedData>M 0 0 L 30 0 L 30 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject>
"""
RICH_RESOURCES = """
<ofd:DrawParams><ofd:DrawParam ID="30" LineWidth="1" Cap="Round"><ofd:StrokeColor Value="0 150 0"/></ofd:DrawParam>
  <ofd:DrawParam ID="31" Relative="30" DashPattern="3 2"/></ofd:DrawParams>
<ofd:MultiMedias><ofd:MultiMedia ID="20" Type="Image"><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia>
  <ofd:MultiMedia ID="21" Type="Image"><ofd:MediaFile>b.jb2</ofd:MediaFile></ofd:MultiMedia>
  <ofd:MultiMedia ID="22" Type="Image"><ofd:MediaFile>mask.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias>
<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="40" Width="20" Height="20"><ofd:Content>
  <ofd:PathObject ID="41" Boundary="0 0 20 20" Fill="true" Stroke="false"><ofd:FillColor Value="0 200 200"/>
  <ofd:AbbreviatedData>M 10 0 L 20 20 L 0 20 C</ofd:AbbreviatedData></ofd:PathObject></ofd:Content>
</ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>
"""
RICH_FONTS = (
    '<ofd:Font ID="3" FontName="宋体"/>'
    '<ofd:Font ID="4" FontName="Shapes"><ofd:FontFile>shapes.ttf</ofd:FontFile></ofd:Font>'
    '<ofd:Font ID="5" FontName="黑体" Bold="true"/>'
    '<ofd:Font ID="6" FontName="Shapes"><ofd:FontFile>shapes.otf</ofd:FontFile></ofd:Font>'
)


def rich_parts() -> dict[str, bytes]:
    """
    Return the parts of a file that has some of everything that is drawn.
    """
    title = (
        '<ofd:TextObject ID="51" Boundary="60 5 100 10" Font="3" Size="10"><ofd:FillColor Value="180 180 180"/>'
        '<ofd:TextCode X="0" Y="9" DeltaX="g 3 10">模板标题</ofd:TextCode></ofd:TextObject>'
    )
    watermark = (
        '<ofd:TextObject ID="61" Boundary="0 0 150 60" Font="3" Size="20" Alpha="60" CTM="0.9 -0.3 0.3 0.9 0 30">'
        '<ofd:TextCode X="0" Y="20" DeltaX="g 3 22">仅供演示</ofd:TextCode></ofd:TextObject>'
    )
    return parts(
        pages=[page_xml(RICH_PAGE, before='<ofd:Template TemplateID="50"/>'), page_xml()],
        common='<ofd:TemplatePage ID="50" BaseLoc="Tpls/Tpl_0/Content.xml"/>',
        document="<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>",
        resources=resources_xml(fonts=RICH_FONTS, more=RICH_RESOURCES),
        more={
            "Doc_0/TPLS/Tpl_0/Content.xml": page_xml(title),
            "Doc_0/Res/shapes.ttf": font("甲乙"),
            "Doc_0/Res/shapes.otf": font("甲乙", flavor="cff"),
            "Doc_0/Res/a.png": picture(),
            "Doc_0/Res/b.jb2": b"\x97JB2\r\n\x1a\n",
            "Doc_0/Res/mask.png": _gradient(),
            "Doc_0/Annots/Annotations.xml": annotations_xml("Page_0/Annotation.xml"),
            "Doc_0/Annots/Page_0/Annotation.xml": annotation_xml(watermark),
        },
    )


def annotations_xml(location: str) -> str:
    return (
        f'{HEAD}<ofd:Annotations {XMLNS}><ofd:Page PageID="100"><ofd:FileLoc>{location}</ofd:FileLoc></ofd:Page>'
        "</ofd:Annotations>"
    )


def annotation_xml(content: str, *, boundary: str = "30 160 150 60", attributes: str = "") -> str:
    return (
        f'{HEAD}<ofd:PageAnnot {XMLNS}><ofd:Annot ID="60" Type="Watermark" {attributes}>'
        f'<ofd:Appearance Boundary="{boundary}">{content}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>'
    )


def _gradient() -> bytes:
    output = io.BytesIO()
    Image.linear_gradient("L").save(output, "PNG")
    return output.getvalue()


def endless_font() -> bytes:
    """
    Return a font whose glyph 1 calls a subroutine that calls nine others nine times, and so on, eight deep.
    """
    pen = T2CharStringPen(1000, None)
    plain = pen.getCharString()
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "endless"])
    builder.setupCharacterMap({ord("甲"): "endless"})
    builder.setupHorizontalMetrics({".notdef": (1000, 0), "endless": (1000, 0)})
    builder.setupHorizontalHeader(ascent=880, descent=-120)
    start = T2CharString(program=[-107, "callgsubr", "endchar"])
    builder.setupCFF("Endless", {"FullName": "Endless"}, {".notdef": plain, "endless": start}, {})
    fonts = builder.font["CFF "].cff
    for depth in range(9):
        calls = [] if depth == 8 else [depth - 106, "callgsubr"] * 9
        fonts.GlobalSubrs.append(T2CharString(program=[*calls, "return"]))
    builder.setupNameTable({"familyName": "Endless", "styleName": "Regular"})
    builder.setupPost()
    # Saving would measure the glyphs, without end.
    builder.font.recalcBBoxes = False
    output = io.BytesIO()
    builder.save(output)
    return output.getvalue()
