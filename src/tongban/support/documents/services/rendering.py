"""
Setting documents: typst, with its compiler and fonts kept for the life of the process.

Templates read their data as JSON; what is in it stays text, whatever it looks like. Errors raised here::

    ServiceError
    ├── FontsMissing       503  the machine has no Chinese fonts
    └── TemplateBroken     500  the template asks for something that is not there: a defect
    InvalidInput           422  the data do not fit the template's struct
"""

import io
import json
import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

import msgspec
import pikepdf
import segno
import typst
from django.utils.translation import gettext_lazy as _

from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.support.documents.values import NOTICES, NoticeData, RenderedDocument

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "documents"
PDF_STANDARD: Final = "a-2b"
"""PDF/A-2, ISO 19005-2: what archives keep. It also makes a character without a glyph an error."""

REQUIRED_FONTS: Final = ("Noto Serif CJK SC", "Noto Sans CJK SC")
RARE_FONTS: Final = ("Plangothic P1", "Plangothic P2", "BabelStone Han", "HanaMinB", "Jigmo2", "SimSun-ExtB")
"""Fonts with the rarest characters of names; used where a node has installed one."""

MISSING_MARK: Final = "〓"
MOST_ROUNDS: Final = 3
BREAK_EVERY: Final = 12
ZERO_WIDTH_SPACE: Final = "\u200b"
"""Where a word without blanks, an address or a code, may be broken so that it stays on the paper."""

_UNPRINTABLE: Final = re.compile(r'the text `"((?:[^`]|\\.)*)"` could not be displayed')
_ESCAPED: Final = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
_LONG_WORD: Final = re.compile(r"[!-~]{21,}")
_UNBROKEN: Final = frozenset({"document_number", "case_number", "query_code", "identifier", "number"})
"""Printed with room to spare, and copied by people."""
# Invisible characters have no glyph and no business on a document; kept are line breaks and plain blanks.
_INVISIBLE: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]"
)


class FontsMissing(ServiceError):
    """
    The machine lacks the fonts that documents are set in: Debian's package fonts-noto-cjk.
    """

    code = "fonts_missing"
    status = 503
    message = _("服务器缺少中文字体，暂时无法生成文书；请管理员安装 fonts-noto-cjk（思源宋体、思源黑体）")


class TemplateBroken(ServiceError):
    """
    A template does not compile with data that fit its struct: a defect of the template.
    """

    code = "template_broken"
    status = 500
    message = _("文书模板有误，暂时无法生成文书")


class Typesetter:
    """
    A compiler over one folder of templates. Compiling takes milliseconds because fonts are read only once.
    """

    def __init__(self, folder: Path) -> None:
        """
        Prepare to set templates of `folder`; templates can read nothing outside it.

        :raises FontsMissing: the required fonts are not installed
        """
        fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False)
        families = set(fonts.families())
        missing = [font for font in REQUIRED_FONTS if font not in families]
        if missing:
            raise FontsMissing(missing=missing)
        rare = [font for font in RARE_FONTS if font in families]
        serif, sans = REQUIRED_FONTS
        self._families = {"serif": json.dumps([serif, *rare, sans]), "sans": json.dumps([sans, *rare, serif])}
        self._folder = folder
        self._compiler = typst.Compiler(root=folder, font_paths=fonts, ignore_system_fonts=True)
        self._lock = threading.Lock()

    def pdf(
        self, template: str, data: Mapping[str, Any], *, inputs: Mapping[str, str], at: datetime
    ) -> tuple[bytes, str]:
        """
        Return the document as PDF/A and the characters that had to be replaced by 〓.

        :param data: what the template reads as `sys.inputs.data`: strings, numbers, lists, mappings
        :param inputs: further inputs by name: pictures as SVG, the language
        :param at: time written into the file
        :raises TemplateBroken: the template does not compile
        """
        text = json.dumps(_printable(data), ensure_ascii=False)
        missing = ""
        for _round in range(MOST_ROUNDS):
            try:
                return self.typeset(template, {**inputs, "data": text}, at=at), missing
            except typst.TypstError as error:
                found = _unprintable(error)
                if not found:
                    raise TemplateBroken(template=template, detail=error.message) from error
                missing += "".join(character for character in found if character not in missing)
                text = text.translate({ord(character): MISSING_MARK for character in found})
        raise TemplateBroken(template=template, detail="characters without glyphs remain")

    def typeset(
        self, template: str, inputs: Mapping[str, str], *, at: datetime, pixels_per_inch: float | None = None
    ) -> bytes:
        """
        Return the document as PDF/A, or its only page as PNG.

        :param inputs: what the template reads as `sys.inputs`
        :param at: time written into the file
        :param pixels_per_inch: of a PNG; None: PDF/A
        :raises TemplateBroken: the template does not compile
        :raises typst.TypstError: among others, for a character without a glyph
        """
        is_pdf = pixels_per_inch is None
        with self._lock:
            content, warnings = self._compiler.compile_with_warnings(
                input=self._folder / f"{template}.typ",
                format="pdf" if is_pdf else "png",
                ppi=pixels_per_inch,
                pdf_standards=[PDF_STANDARD] if is_pdf else [],
                sys_inputs={**self._families, **inputs},
                timestamp=int(at.timestamp()),
            )
        if warnings:
            # An unknown font would fall back in silence; nothing else warns in templates of ours.
            raise TemplateBroken(template=template, detail="; ".join(str(warning) for warning in warnings))
        if not isinstance(content, bytes):
            raise TemplateBroken(template=template, detail="no document came out")
        return content


_typesetters: Final[dict[Path, Typesetter]] = {}
_making: Final = threading.Lock()


def typesetter(folder: Path) -> Typesetter:
    """
    Return the typesetter of this process for a folder of templates.

    :raises FontsMissing: the required fonts are not installed
    """
    with _making:
        if folder not in _typesetters:
            _typesetters[folder] = Typesetter(folder)
        return _typesetters[folder]


def render(
    *,
    template: str,
    data: NoticeData | Mapping[str, object],
    language: str = "zh-hans",
    seal_picture: bytes = b"",
) -> RenderedDocument:
    """
    Set one notice as PDF/A-2b. Equal arguments give equal bytes.

    :param template: a name of `NOTICES`
    :param data: the struct of that name, or a mapping of the same form
    :param language: "zh-hans", or "en" for an English title and summary beside the Chinese text
    :param seal_picture: SVG of the agency's seal, laid over its name; empty: none
    :raises InvalidInput: no such template, or the data do not fit it
    :raises FontsMissing: the machine has no Chinese fonts
    :raises TemplateBroken: a defect of the template
    """
    notice = _notice(template, data)
    inputs = {
        "language": language,
        "seal": seal_picture.decode(),
        "qr": qr_picture(notice.verification_url).decode(),
    }
    at = datetime.combine(notice.issued_date, time(), tzinfo=CHINA).astimezone(UTC)
    content, missing = typesetter(TEMPLATES).pdf(template, msgspec.to_builtins(notice), inputs=inputs, at=at)
    return rendered(content, missing=missing)


def rendered(content: bytes, *, missing: str) -> RenderedDocument:
    """
    Return a PDF of our own making with its digest and number of pages.
    """
    with pikepdf.open(io.BytesIO(content)) as document:
        pages = len(document.pages)
    return RenderedDocument(
        content=content,
        media_type="application/pdf",
        digest=sm3_hex(content),
        page_count=pages,
        missing_characters=missing,
    )


def qr_picture(text: str) -> bytes:
    """
    Return `text` as a QR code, SVG; empty for no text (GB/T 18284).
    """
    if not text:
        return b""
    output = io.BytesIO()
    segno.make(text, error="m", micro=False).save(output, kind="svg", border=0, xmldecl=False, dark="#111111")
    return output.getvalue()


def _notice(template: str, data: NoticeData | Mapping[str, object]) -> NoticeData:
    wanted = NOTICES.get(template)
    if wanted is None:
        raise InvalidInput(fields={"template": template})
    if isinstance(data, wanted):
        return data
    try:
        return msgspec.convert(data, wanted)
    except msgspec.ValidationError as error:
        raise InvalidInput(fields={"data": str(error)}) from error


def _printable(value: Any, *, name: str = "") -> Any:
    if isinstance(value, str):
        text = _INVISIBLE.sub("", value)
        return text if name in _UNBROKEN else _LONG_WORD.sub(_breakable, text)
    if isinstance(value, Mapping):
        return {key: _printable(item, name=key) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item, name=name) for item in value]
    return value


def _breakable(word: re.Match[str]) -> str:
    text = word.group()
    pieces = (text[start : start + BREAK_EVERY] for start in range(0, len(text), BREAK_EVERY))
    return ZERO_WIDTH_SPACE.join(pieces)


def _unprintable(error: Any) -> str:
    text = f"{error.message}\n{error.diagnostic}"
    found = "".join(_UNPRINTABLE.findall(text))
    found = _ESCAPED.sub(lambda match: chr(int(match.group(1), 16)), found)
    return "".join(sorted({character for character in found if not character.isascii()}))
