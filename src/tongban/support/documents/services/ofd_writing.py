"""
Writing a layout as OFD (GB/T 33190-2016): a ZIP of XML files, fonts and pictures, coordinates in millimetres.

The file holds everything that its look depends on: a subset of each font, and the place of each character (DeltaX), so
that no reader has to choose or to measure. Equal layouts give equal bytes: object numbers follow the order of the
content, times in the archive are constant, and the document's id is made from what it says. Seals are not drawn; a
reader draws them from the signatures, which `rules.ofd` adds.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import groupby
from math import cos, radians, sin
from typing import Final

from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.errors import InvalidInput
from tongban.support.documents.rules.ofd.package import OpenPart
from tongban.support.documents.rules.ofd.packing import packed, packed_once, zipped
from tongban.support.documents.services.drawing import (
    ABOVE,
    Run,
    box_of,
    checked_commands,
    number,
    point_on,
    rgb,
    runs_of,
)
from tongban.support.documents.services.font_subsets import subset_font
from tongban.support.documents.services.fonts import Face
from tongban.support.documents.values.layout import (
    BOLD,
    Attachment,
    Item,
    Layout,
    LayoutPage,
    Path,
    Picture,
    Text,
    page_reference,
)

NAMESPACE: Final = "http://www.ofdspec.org/2016"
CREATOR: Final = "Tongban"
KEPT_BACKGROUNDS: Final = 64
KEPT_ITEMS: Final = 1_024
"""Lines and words of a face stand on all licences of a type: they are put into words once."""
FEWEST_REPEATED: Final = 3
"""From so many equal distances on, `g count distance` is shorter than the distances."""

_FontKey = tuple[Face, bool]
"""A face, and whether the font is for what many documents share."""

PICTURE_FORMATS: Final = {"image/png": ("PNG", "png"), "image/jpeg": ("JPEG", "jpg")}
MOST_PAGES: Final = 2_000
OPAQUE: Final = 255
BASIC_PLANE_END: Final = "\uffff"

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8"?>'
# Characters that XML 1.0 cannot carry, escaped or not.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAME: Final = re.compile(r"[\w.-]{1,120}")
_CODE: Final = re.compile(r"\\([0-9A-Fa-f]{4})")
_EXTENSION: Final = re.compile(r"\.([A-Za-z0-9]{1,8})$")


@dataclass(frozen=True, slots=True)
class UnsignedOfd:
    """
    A file that is to be signed: written, and not yet put together, because a signature adds parts.
    """

    parts: tuple[OpenPart, ...]

    def content(self) -> bytes:
        """
        Return the file as it is without a signature.
        """
        return zipped(self.parts)


def write_ofd(layout: Layout) -> bytes:
    """
    Return a layout as an OFD file without signatures; see `unsigned_ofd`.
    """
    return unsigned_ofd(layout).content()


def unsigned_ofd(layout: Layout) -> UnsignedOfd:
    """
    Return a layout as an OFD file that is still to be signed.

    Page n (from 0) has the object ID n + 1, and lies at `Doc_0/Pages/Page_n/Content.xml`. What lies lowest on it and is
    the same on all documents of a kind is a template page, `Doc_0/Tpls/Tpl_n/Content.xml`, made and packed once.

    :raises NotPrintable: no installed font has a character of the layout
    :raises InvalidInput: no page or too many, a drawing with unknown commands, two attachments of one name
    """
    _check(layout)
    return UnsignedOfd(tuple(_Writer(layout).parts()))


def _check(layout: Layout) -> None:
    if not 1 <= len(layout.pages) <= MOST_PAGES:
        raise InvalidInput(fields={"pages": f"1–{MOST_PAGES}"})
    names = [attachment.name for attachment in layout.attachments]
    if len({name.lower() for name in names}) != len(names) or not all(
        _NAME.fullmatch(name) for name in names
    ):
        raise InvalidInput(fields={"attachments": ", ".join(names)[:200]})


class _Writer:
    """
    One file in the making: its object numbers, and which fonts and pictures the pages asked for.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        first_free = page_reference(len(layout.pages))
        self._objects = _Objects(color_space=first_free, last_id=first_free)
        self._common: set[str] = set()
        self._backgrounds: dict[int, int] = {}
        """Object IDs of template pages by the page that they are for."""

    def parts(self) -> list[OpenPart]:
        """
        Write all parts, OFD.xml first.
        """
        backgrounds = self._templates()
        pages = {
            f"Doc_0/Pages/Page_{place}/Content.xml": self._page(place, page)
            for place, page in enumerate(self._layout.pages)
        }
        resources = self._resources()
        attachments = self._attachments()
        parts = {"Doc_0/Document.xml": self._document(), **resources, **backgrounds, **pages, **attachments}
        packed_parts = [self._packed(name, content) for name, content in parts.items()]
        return [packed("OFD.xml", self._root(packed_parts)), *packed_parts]

    def _packed(self, name: str, content: bytes) -> OpenPart:
        if name in self._common:
            return packed_once(name, content)
        return packed(name, content, is_packed_already=name.endswith((".png", ".jpg")))

    # --- Pages -------------------------------------------------------------------------------------------------

    def _templates(self) -> dict[str, bytes]:
        # Before all that differs, so that their object numbers are the same in all documents of a kind.
        parts: dict[str, bytes] = {}
        for place, page in enumerate(self._layout.pages):
            items = page.background
            if not items:
                continue
            objects = self._objects
            made = _background(items, objects.color_space, objects.last_id, tuple(objects.font_ids.items()))
            objects.take_over(made)
            self._backgrounds[place] = made.id
            name = f"Doc_0/Tpls/Tpl_{place}/Content.xml"
            parts[name] = made.content
            self._common.add(name)
        return parts

    def _page(self, place: int, page: LayoutPage) -> bytes:
        background = self._backgrounds.get(place)
        template = f'<ofd:Template TemplateID="{background}" ZOrder="Background"/>' if background else ""
        area = f"<ofd:Area><ofd:PhysicalBox>0 0 {number(page.width)} {number(page.height)}</ofd:PhysicalBox></ofd:Area>"
        layer = self._objects.layer(page.items[len(page.background) :])
        return _xml("Page", f"{template}{area}<ofd:Content>{layer}</ofd:Content>")

    # --- What pages refer to -----------------------------------------------------------------------------------

    def _resources(self) -> dict[str, bytes]:
        fonts, pictures = "", ""
        files: dict[str, bytes] = {}
        for (face, is_common), number_ in self._objects.font_ids.items():
            name = f"Doc_0/Res/font_{number_}.ttf"
            bold = ' Bold="true"' if face.weight >= BOLD else ""
            serif = ' Serif="true"' if "Serif" in face.family else ""
            fonts += (
                f'<ofd:Font ID="{number_}" FontName="{_escaped(face.family)}" FamilyName="{_escaped(face.family)}" '
                f'Charset="unicode"{bold}{serif}><ofd:FontFile>font_{number_}.ttf</ofd:FontFile></ofd:Font>'
            )
            files[name] = subset_font(face, "".join(sorted(self._objects.characters[number_])))
            if is_common:
                self._common.add(name)
        for number_, picture in self._objects.pictures.values():
            form, ending = PICTURE_FORMATS[picture.media_type]
            name = f"image_{number_}.{ending}"
            pictures += (
                f'<ofd:MultiMedia ID="{number_}" Type="Image" Format="{form}">'
                f"<ofd:MediaFile>{name}</ofd:MediaFile></ofd:MultiMedia>"
            )
            files[f"Doc_0/Res/{name}"] = picture.content
        spaces = (
            f'<ofd:ColorSpaces><ofd:ColorSpace ID="{self._objects.color_space}" Type="RGB" BitsPerComponent="8"/>'
            f"</ofd:ColorSpaces>"
        )
        common = spaces + (f"<ofd:Fonts>{fonts}</ofd:Fonts>" if fonts else "")
        parts = {"Doc_0/PublicRes.xml": _xml("Res", common, ' BaseLoc="Res"')}
        if pictures:
            media = f"<ofd:MultiMedias>{pictures}</ofd:MultiMedias>"
            parts["Doc_0/DocumentRes.xml"] = _xml("Res", media, ' BaseLoc="Res"')
        return {**parts, **files}

    def _attachments(self) -> dict[str, bytes]:
        if not self._layout.attachments:
            return {}
        entries = "".join(
            self._attachment(place, attachment) for place, attachment in enumerate(self._layout.attachments)
        )
        files = {
            f"Doc_0/Attachs/{attachment.name}": attachment.content for attachment in self._layout.attachments
        }
        return {"Doc_0/Attachs/Attachments.xml": _xml("Attachments", entries), **files}

    def _attachment(self, place: int, attachment: Attachment) -> str:
        ending = _EXTENSION.search(attachment.name)
        form = f' Format="{ending.group(1).lower()}"' if ending else ""
        visible = "" if attachment.is_visible else ' Visible="false"'
        return (
            f'<ofd:Attachment ID="attachment_{place}" Name="{_escaped(attachment.title or attachment.name)}"{form} '
            f'CreationDate="{self._time}" Size="{number(len(attachment.content) / 1024)}"{visible} Usage="none">'
            f"<ofd:FileLoc>{_escaped(attachment.name)}</ofd:FileLoc></ofd:Attachment>"
        )

    # --- The document and the way into it ----------------------------------------------------------------------

    def _document(self) -> bytes:
        first = self._layout.pages[0]
        resources = "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>"
        if self._objects.pictures:
            resources += "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
        resources += "".join(
            f'<ofd:TemplatePage ID="{number_}" BaseLoc="Tpls/Tpl_{place}/Content.xml"/>'
            for place, number_ in self._backgrounds.items()
        )
        pages = "".join(
            f'<ofd:Page ID="{page_reference(place)}" BaseLoc="Pages/Page_{place}/Content.xml"/>'
            for place in range(len(self._layout.pages))
        )
        attachments = (
            "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>" if self._layout.attachments else ""
        )
        return _xml(
            "Document",
            f"<ofd:CommonData><ofd:MaxUnitID>{self._objects.last_id}</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>"
            f"0 0 {number(first.width)} {number(first.height)}</ofd:PhysicalBox></ofd:PageArea>{resources}"
            f"</ofd:CommonData><ofd:Pages>{pages}</ofd:Pages>{attachments}",
        )

    def _root(self, parts: Sequence[OpenPart]) -> bytes:
        layout = self._layout
        info = "".join(
            f"<ofd:{name}>{_escaped(value)}</ofd:{name}>"
            for name, value in (
                ("Title", layout.title),
                ("Author", layout.author),
                ("Subject", layout.subject),
                ("CreationDate", self._date),
                ("ModDate", self._date),
                ("DocUsage", "Normal"),
            )
            if value
        )
        if layout.keywords:
            words = "".join(f"<ofd:Keyword>{_escaped(word)}</ofd:Keyword>" for word in layout.keywords)
            info += f"<ofd:Keywords>{words}</ofd:Keywords>"
        info += f"<ofd:Creator>{CREATOR}</ofd:Creator>"
        if layout.metadata:
            data = "".join(
                f'<ofd:CustomData Name="{_escaped(name)}">{_escaped(value)}</ofd:CustomData>'
                for name, value in layout.metadata.items()
            )
            info += f"<ofd:CustomDatas>{data}</ofd:CustomDatas>"
        identity = layout.document_id or _identity(info, parts)
        return _xml(
            "OFD",
            f"<ofd:DocBody><ofd:DocInfo><ofd:DocID>{identity}</ofd:DocID>{info}</ofd:DocInfo>"
            "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>",
            ' Version="1.0" DocType="OFD"',
        )

    @property
    def _time(self) -> str:
        # xs:dateTime, where the document itself has an xs:date.
        return self._layout.created_at.astimezone(CHINA).strftime("%Y-%m-%dT%H:%M:%S")

    @property
    def _date(self) -> str:
        return civil_date(self._layout.created_at).isoformat()


class _Objects:
    """
    Objects of pages in the making: their numbers, and which fonts and pictures they ask for.
    """

    def __init__(self, *, color_space: int, last_id: int, fonts: Iterable[tuple[_FontKey, int]] = ()) -> None:
        self.color_space = color_space
        self.last_id = last_id
        self.font_ids = dict(fonts)
        self.characters: defaultdict[int, set[str]] = defaultdict(set)
        """Of each font."""
        self.pictures: dict[bytes, tuple[int, Picture]] = {}

    def next_id(self) -> int:
        """
        Return a number that no object has yet.
        """
        self.last_id += 1
        return self.last_id

    def take_over(self, background: "_Background") -> None:
        """
        Go on where the objects of a template page end.
        """
        self.last_id = background.last_id
        self.font_ids = dict(background.fonts)
        for font, characters in background.characters:
            self.characters[font] |= characters

    def layer(self, items: Sequence[Item]) -> str:
        """
        Return a layer with these items.
        """
        number_ = self.next_id()
        objects = "".join(part for item in items for part in self._written(item))
        return f'<ofd:Layer ID="{number_}" Type="Body">{objects}</ofd:Layer>'

    def _written(self, item: Item) -> Iterator[str]:
        if isinstance(item, Text):
            # What is said of one holder is not kept.
            words_of = _common_text_words if item.is_common else _text_words
            for words in words_of(item, self.color_space):
                font = self._font(words)
                yield f'<ofd:TextObject ID="{self.next_id()}"{words.before}{font}{words.after}'
        elif isinstance(item, Path):
            drawn = (_common_path_words if item.is_common else _path_words)(item, self.color_space)
            yield f'<ofd:PathObject ID="{self.next_id()}"{drawn}'
        else:
            yield self._picture(item)

    def _font(self, words: "_TextWords") -> int:
        key = (words.face, words.is_common)
        if key not in self.font_ids:
            self.font_ids[key] = self.next_id()
        font = self.font_ids[key]
        self.characters[font] |= words.characters
        return font

    def _picture(self, picture: Picture) -> str:
        known = self.pictures.get(picture.content)
        if known is None:
            if picture.media_type not in PICTURE_FORMATS:
                raise InvalidInput(fields={"media_type": picture.media_type})
            known = self.pictures[picture.content] = (self.next_id(), picture)
        width, height = number(picture.width), number(picture.height)
        name = f' Name="{_escaped(picture.name)}"' if picture.name else ""
        box = _box(picture.x, picture.y, picture.width, picture.height)
        return (
            f'<ofd:ImageObject ID="{self.next_id()}" Boundary="{box}"'
            f'{name} CTM="{width} 0 0 {height} 0 0"{_alpha(picture.opacity)} ResourceID="{known[0]}"/>'
        )


@dataclass(frozen=True, slots=True)
class _Background:
    """
    A template page, and how far numbers and fonts went with it.
    """

    id: int
    content: bytes
    last_id: int
    fonts: tuple[tuple[_FontKey, int], ...]
    characters: tuple[tuple[int, frozenset[str]], ...]


@lru_cache(maxsize=KEPT_BACKGROUNDS)
def _background(
    items: tuple[Item, ...], color_space: int, last_id: int, fonts: tuple[tuple[_FontKey, int], ...]
) -> _Background:
    objects = _Objects(color_space=color_space, last_id=last_id, fonts=fonts)
    number_ = objects.next_id()
    layer = objects.layer(items)
    return _Background(
        id=number_,
        content=_xml("Page", f"<ofd:Content>{layer}</ofd:Content>"),
        last_id=objects.last_id,
        fonts=tuple(objects.font_ids.items()),
        characters=tuple((font, frozenset(found)) for font, found in objects.characters.items()),
    )


@dataclass(frozen=True, slots=True)
class _TextWords:
    """
    A text object but for its number and that of its font.
    """

    face: Face
    is_common: bool
    characters: frozenset[str]
    before: str
    """From its number to the number of its font."""
    after: str


def _text_words(text: Text, color_space: int) -> tuple[_TextWords, ...]:
    return tuple(_run_words(text, piece, color_space) for run in runs_of(text) for piece in _pieces(run))


def _run_words(text: Text, run: Run, color_space: int) -> _TextWords:
    box = box_of(text, run)
    x, y = point_on(text, run.offset)
    if text.angle:
        cosine, sine = cos(radians(text.angle)), sin(radians(text.angle))
        places = (cosine, sine, -sine, cosine, x - box.x, y - box.y)
        # Six digits, because an angle is multiplied by the length of the line.
        matrix = f' CTM="{" ".join(f"{place:.6f}" for place in places)}"'
        begin = 'X="0" Y="0"'
    else:
        matrix, begin = "", f'X="0" Y="{number(ABOVE * text.size)}"'
    spacing = f' DeltaX="{_distances(run.advances[:-1])}"' if len(run.text) > 1 else ""
    return _TextWords(
        face=run.face,
        is_common=text.is_common,
        characters=frozenset(run.text),
        before=f' Boundary="{_box(box.x, box.y, box.width, box.height)}"{matrix}{_alpha(text.opacity)} Font="',
        after=f'" Size="{number(text.size)}">{_color("Fill", text.color, color_space)}'
        f"<ofd:TextCode {begin}{spacing}>{_coded(run.text)}</ofd:TextCode></ofd:TextObject>",
    )


def _path_words(path: Path, color_space: int) -> str:
    """
    Return a path object but for its number.
    """
    stroke = f' LineWidth="{number(path.stroke_width)}"' if path.stroke else ' Stroke="false"'
    fill = ' Fill="true"' if path.fill else ""
    colors = (_color("Stroke", path.stroke, color_space) if path.stroke else "") + (
        _color("Fill", path.fill, color_space) if path.fill else ""
    )
    return (
        f' Boundary="{_box(path.x, path.y, path.width, path.height)}"'
        f"{stroke}{_alpha(path.opacity)}{fill}>{colors}"
        f"<ofd:AbbreviatedData>{checked_commands(path.commands)}</ofd:AbbreviatedData></ofd:PathObject>"
    )


_common_text_words: Final = lru_cache(maxsize=KEPT_ITEMS)(_text_words)
_common_path_words: Final = lru_cache(maxsize=KEPT_ITEMS)(_path_words)


def _color(kind: str, color: str, color_space: int) -> str:
    red, green, blue = rgb(color)
    return f'<ofd:{kind}Color Value="{red} {green} {blue}" ColorSpace="{color_space}"/>'


def _identity(info: str, parts: Sequence[OpenPart]) -> str:
    return sm3_hex(info.encode() + b"".join(part.sm3 for part in parts))[:32]


def _pieces(run: Run) -> Iterator[Run]:
    """
    Give characters beyond the basic plane an object of their own.

    Readers disagree whether such a character counts once or twice in DeltaX; alone it needs none.
    """
    if " " not in run.text and max(run.text) <= BASIC_PLANE_END:
        yield run
        return
    offset, start = run.offset, 0
    for is_basic, group in groupby(run.text, key=lambda character: character <= BASIC_PLANE_END):
        length = len(list(group))
        for begin, size in [(start, length)] if is_basic else [(start + place, 1) for place in range(length)]:
            advances = run.advances[begin : begin + size]
            text = run.text[begin : begin + size]
            blanks = len(text) - len(text.lstrip(" "))
            if text.strip(" "):
                kept = len(text.strip(" "))
                yield Run(
                    run.face,
                    text.strip(" "),
                    offset + sum(advances[:blanks]),
                    advances[blanks : blanks + kept],
                )
            offset += sum(advances)
        start += length


def _distances(advances: Sequence[float]) -> str:
    """
    Return distances as DeltaX, equal neighbours as `g count distance` (GB/T 33190-2016, 11.3).
    """
    parts: list[str] = []
    for distance, group in groupby(number(advance) for advance in advances):
        count = len(list(group))
        parts += [f"g {count} {distance}"] if count >= FEWEST_REPEATED else [distance] * count
    return " ".join(parts)


def _box(x: float, y: float, width: float, height: float) -> str:
    return f"{number(x)} {number(y)} {number(width)} {number(height)}"


def _alpha(opacity: float) -> str:
    return "" if opacity >= 1 else f' Alpha="{round(max(opacity, 0.0) * OPAQUE)}"'


def xml_text(text: str) -> str:
    """
    Return `text` without the characters that XML 1.0 cannot carry, escaped or not.
    """
    return _NOT_XML.sub("", text)


def _escaped(text: str) -> str:
    return escape(xml_text(text))


def _coded(text: str) -> str:
    """
    Return the text of a TextCode, in which a backslash and four hexadecimal digits stand for a character (11.3).
    """
    return _escaped(_CODE.sub(r"\\005C\1", text) if "\\" in text else text)


def _xml(root: str, content: str, attributes: str = "") -> bytes:
    return f'{_DECLARATION}\n<ofd:{root} xmlns:ofd="{NAMESPACE}"{attributes}>{content}</ofd:{root}>'.encode()
