"""
Reading a feed: any of three forms, row by row, in bounded memory, whatever the file holds.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue.values import OfferingElements
from tongban.foundation.errors import InvalidInput

LONGEST_ROW_BYTES = 1024 * 1024
CHUNK_BYTES = 256 * 1024
PROBE_BYTES = 64 * 1024
EXCERPT_CHARACTERS = 200
HTML = re.compile(rb"\s*<(!doctype|html|head|body|script|\?xml|h1|title)", re.IGNORECASE)
IN_STRING = re.compile(rb'["\\]')
IN_ELEMENT = re.compile(rb'["\[\]{}]')
BETWEEN_ELEMENTS = re.compile(rb'["\[\]{},]')
LIST_SEPARATOR = "|"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class ImportFileUnreadable(InvalidInput):
    """
    The file as a whole is not an item feed; `reason` says why and nothing was imported.
    """

    code = "import_file_unreadable"
    message = _("无法读取导入文件：%(reason)s")


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRow:
    """
    One row as it came: its bytes, or the reason why it cannot even be cut out.
    """

    number: int
    data: bytes
    objection: str | None = None


def rows_of(path: Path) -> Iterator[tuple[RawRow, int]]:
    """
    Yield the rows of a feed, each with the number of bytes read so far.

    The form is told by the first characters: `[` a JSON array, `{` JSON lines, anything else CSV.

    :raises ImportFileUnreadable: empty, an HTML page, not UTF-8, or a CSV without the columns asked for
    """
    try:
        stream = path.open("rb")
    except OSError as error:
        raise ImportFileUnreadable(reason=f"{path}: {error.strerror}") from error
    with stream:
        first = _probe(stream)
        if first == b"[":
            yield from _array_rows(stream)
        elif first == b"{":
            yield from _line_rows(stream)
        else:
            yield from _csv_rows(stream)


def excerpt_of(row: RawRow) -> str:
    """
    Return the beginning of a row for the report, control characters made visible.
    """
    text = row.data[: EXCERPT_CHARACTERS * 4].decode("utf-8", "replace")[:EXCERPT_CHARACTERS]
    return re.sub(r"[\x00-\x1f\x7f]", "�", text)


def _probe(stream: BinaryIO) -> bytes:
    head = stream.read(PROBE_BYTES)
    if head.startswith(UTF16_MARKS):
        raise ImportFileUnreadable(reason=str(_("文件是 UTF-16 编码，请另存为 UTF-8")))
    mark = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    body = head[mark:].lstrip()
    if not body:
        raise ImportFileUnreadable(reason=str(_("文件是空的")))
    if HTML.match(body):
        raise ImportFileUnreadable(reason=str(_("文件是网页（HTML），不是事项数据")))
    if not _is_text(head, "utf-8") and _is_text(head, "gb18030"):
        raise ImportFileUnreadable(
            reason=str(_("文件是 GBK/GB18030 编码，请转换为 UTF-8，例如 iconv -f GB18030 -t UTF-8"))
        )
    stream.seek(mark)
    return body[:1]


def _is_text(head: bytes, encoding: str) -> bool:
    # The probe may end inside a character: a few bytes at its end are not held against it.
    for cut in range(4):
        try:
            head[: len(head) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _line_rows(stream: BinaryIO) -> Iterator[tuple[RawRow, int]]:
    number = 0
    while line := stream.readline(LONGEST_ROW_BYTES + 1):
        number += 1
        if len(line) > LONGEST_ROW_BYTES:
            kept = line[: EXCERPT_CHARACTERS * 4]
            while line and not line.endswith(b"\n"):
                line = stream.readline(LONGEST_ROW_BYTES)
            yield RawRow(number=number, data=kept, objection="row_too_long"), stream.tell()
        elif stripped := line.strip():
            yield _json_row(number, stripped), stream.tell()
        # An empty line is a row of the file, but nothing is lost by it.


def _json_row(number: int, data: bytes) -> RawRow:
    return RawRow(number=number, data=data, objection="html_page" if HTML.match(data) else None)


def _array_rows(stream: BinaryIO) -> Iterator[tuple[RawRow, int]]:
    cutter = _ArrayCutter()
    while chunk := stream.read(CHUNK_BYTES):
        for row in cutter.feed(chunk):
            yield row, stream.tell()
    if (rest := cutter.rest()) is not None:
        yield rest, stream.tell()


class _ArrayCutter:
    """
    Cuts the elements out of a JSON array as its bytes arrive, without understanding them.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._scanned = 0
        self._depth = 0
        self._in_string = False
        self._start = 0
        self._number = 0
        self._closed = False
        self._skipping = False

    def feed(self, chunk: bytes) -> Iterator[RawRow]:
        """
        Take more bytes and yield the elements that are complete now.
        """
        self._buffer += chunk
        position = self._scanned
        while not self._closed and (mark := self._signs().search(self._buffer, position)) is not None:
            position = mark.end()
            sign = mark.group()
            if sign == b'"':
                self._in_string = not self._in_string
            elif sign == b"\\":
                if position >= len(self._buffer):  # the byte it escapes has not arrived yet
                    position = mark.start()
                    break
                position += 1
            elif sign in b"[{":
                self._depth += 1
                if self._depth == 1:
                    self._start = position
            elif (row := self._turn(sign, mark.start(), position)) is not None:
                yield row
        else:
            position = len(self._buffer)
        self._scanned = position
        yield from self._forget()

    def _signs(self) -> re.Pattern[bytes]:
        if self._in_string:
            return IN_STRING
        return BETWEEN_ELEMENTS if self._depth == 1 else IN_ELEMENT

    def _turn(self, sign: bytes, start: int, end: int) -> RawRow | None:
        """
        Take note of a closing bracket or a comma between elements; return the element that ends there.
        """
        if sign != b",":
            self._depth -= 1
            if self._depth > 0:
                return None
            self._closed = True
        row = self._cut(start)
        self._start = end
        return row

    def rest(self) -> RawRow | None:
        """
        Return what stands where the array ought to have ended.
        """
        data = bytes(self._buffer[self._start :]).strip()
        if self._closed or (not data and not self._skipping):
            return None
        self._number += 1
        return RawRow(number=self._number, data=data, objection="truncated")

    def _cut(self, end: int) -> RawRow | None:
        data = bytes(self._buffer[self._start : end]).strip()
        if self._skipping:
            self._skipping = False
        elif data:
            self._number += 1
            return _json_row(self._number, data)
        return None

    def _forget(self) -> Iterator[RawRow]:
        if self._closed:
            self._buffer.clear()
            self._start = self._scanned = 0
            return
        if self._scanned - self._start > LONGEST_ROW_BYTES and not self._skipping:
            self._number += 1
            self._skipping = True
            kept = bytes(self._buffer[self._start : self._start + EXCERPT_CHARACTERS * 4])
            yield RawRow(number=self._number, data=kept, objection="row_too_long")
        keep_from = self._scanned if self._skipping else self._start
        del self._buffer[:keep_from]
        self._scanned -= keep_from
        self._start = 0


CSV_TOP = {"code", "state", "effective_from", "effective_until", "main_item", "definition_name"}
CSV_NEEDED = {
    "code",
    "name",
    "service_type",
    "agency_code",
    "agency_name",
    "division_code",
}


def _csv_rows(stream: BinaryIO) -> Iterator[tuple[RawRow, int]]:
    csv.field_size_limit(LONGEST_ROW_BYTES)
    # Bytes that are not UTF-8 survive as surrogates, so that only their own row is refused.
    with io.TextIOWrapper(stream, encoding="utf-8", errors="surrogateescape", newline="") as text:
        reader = csv.reader(text)
        try:
            header = [name.strip() for name in next(reader)]
        except (StopIteration, csv.Error) as error:
            raise ImportFileUnreadable(reason=str(_("文件不是 JSON，也不是 CSV"))) from error
        _check_header(header)
        kinds = [_kind_of(name) for name in header]
        for row in _rows_of_table(reader, header, kinds):
            yield row, stream.tell()


def _rows_of_table(reader: Iterator[list[str]], header: list[str], kinds: list[str]) -> Iterator[RawRow]:
    for number in count(1):
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RawRow(number=number, data=str(error).encode(), objection="bad_csv")
            continue
        if cells:
            yield _csv_row(number, header, kinds, cells)


def _check_header(header: list[str]) -> None:
    if missing := CSV_NEEDED - set(header):
        names = "、".join(sorted(missing))
        raise ImportFileUnreadable(reason=str(_("不是 JSON；作为 CSV 缺少列：")) + names)
    known = CSV_TOP | set(OfferingElements.__struct_fields__)
    if unknown := [name for name in header if name not in known]:
        raise ImportFileUnreadable(reason=str(_("CSV 中有不认识的列：")) + "、".join(unknown))


#: Lists of plain words or codes: in a CSV cell they are written with `|` between them.
PLAIN_LISTS = {
    "applicants",
    "handling_forms",
    "review_methods",
    "person_themes",
    "legal_themes",
    "life_events",
    "aliases",
    "everyday_words",
    "township_names",
    "participating_agencies",
    "online_depth",
}
_TYPES = {
    field.name: msgspec.inspect.type_info(field.type) for field in msgspec.structs.fields(OfferingElements)
}
_TEXT_TYPES = (msgspec.inspect.StrType, msgspec.inspect.EnumType)


def _kind_of(name: str) -> str:
    """
    Return how a column's text becomes a value: as text, as a list cut at `|`, or as JSON.
    """
    if name in CSV_TOP:
        return "json" if name == "main_item" else "text"
    if name in PLAIN_LISTS:
        return "list"
    return "text" if isinstance(_TYPES[name], _TEXT_TYPES) else "json"


def _csv_row(number: int, header: list[str], kinds: list[str], cells: list[str]) -> RawRow:
    joined = ",".join(cells)
    data = joined.encode("utf-8", "surrogateescape")
    if HTML.match(data):
        return RawRow(number=number, data=data, objection="html_page")
    if len(cells) != len(header):
        return RawRow(number=number, data=data, objection="bad_csv")
    if any("\udc80" <= character <= "\udcff" for character in joined):
        return RawRow(number=number, data=data, objection="bad_encoding")
    top: dict[str, Any] = {}
    elements: dict[str, Any] = {}
    for name, kind, cell in zip(header, kinds, cells, strict=True):
        if cell == "":
            continue
        try:
            value = _value_of(kind, cell)
        except msgspec.MsgspecError:
            return RawRow(number=number, data=data, objection="wrong_type")
        (top if name in CSV_TOP else elements)[name] = value
    encoded = msgspec.json.encode({**top, "elements": elements})
    return RawRow(number=number, data=encoded)


def _value_of(kind: str, cell: str) -> Any:
    if kind == "list":
        return [part.strip() for part in cell.split(LIST_SEPARATOR) if part.strip()]
    if kind == "json":
        return msgspec.json.decode(cell)
    return cell
