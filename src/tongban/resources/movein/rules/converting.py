"""
A row of an old platform in the library's words. Nothing is guessed: what has no meaning here is a fault.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tongban.resources.caselibrary.values import CONTENT_OF, Content, Kind
from tongban.resources.movein.rules.fields import Field, Sort, fields_of
from tongban.resources.movein.values import FieldMapping, Row, TableMapping, ValueFault

YES: Final = frozenset({"1", "true", "t", "y", "yes", "是"})
NO: Final = frozenset({"", "0", "false", "f", "n", "no", "否"})
SEPARATORS: Final = str.maketrans("、；;|", ",,,,")
ZERO_DATE: Final = "0000-00-00"
"""What MySQL keeps where a date was never set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """
    What is wrong with a field of a row.
    """

    fault: ValueFault
    field: str
    code: str = ""
    """The old code, where it has no meaning here."""


@dataclass(kw_only=True, slots=True)
class Converted:
    """
    A row in other words, with what was lost on the way.
    """

    content: Content | None
    """None: the row cannot be taken; `troubles` says why."""
    troubles: list[Trouble] = dataclass_field(default_factory=list)
    shortened: list[str] = dataclass_field(default_factory=list)
    """Fields that were cut."""
    replaced: list[tuple[str, str]] = dataclass_field(default_factory=list)
    """Field and old code, where `otherwise` stands for it."""


class _Wrong(Exception):
    """
    A value cannot be put into other words.
    """

    def __init__(self, fault: ValueFault, code: str = "") -> None:
        super().__init__(fault)
        self.fault = fault
        self.code = code


def converted(
    kind: Kind, table: TableMapping, row: Row, *, known: dict[str, Any], zone: ZoneInfo
) -> Converted:
    """
    Return a row of the old platform as one of the library.

    :param known: fields that are known without it: node, system; of a part also number, and which one it is
    """
    done = Converted(content=None)
    values = dict(known)
    for name, source in table.sources().items():
        try:
            value = _value(source, row, fields_of(kind)[name], name=name, zone=zone, done=done)
        except _Wrong as wrong:
            done.troubles.append(Trouble(fault=wrong.fault, field=name, code=wrong.code))
            continue
        if value is not None:
            values[name] = value
        elif fields_of(kind)[name].is_required:
            done.troubles.append(Trouble(fault=ValueFault.MISSING, field=name))
    if not done.troubles:
        try:
            done.content = msgspec.convert(_nested(kind, values), CONTENT_OF[kind])
        except msgspec.ValidationError as error:
            place = str(error).rpartition("`$.")[2].rstrip("`")
            done.troubles.append(
                Trouble(fault=ValueFault.INVALID, field=place if "`$." in str(error) else "")
            )
    return done


def _nested(kind: Kind, values: dict[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {"applicant": {}} if kind is Kind.CASE else {}
    for name, value in values.items():
        outer, _dot, inner = name.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
        else:
            nested[name] = value
    return nested


def _value(
    source: FieldMapping, row: Row, field: Field, *, name: str, zone: ZoneInfo, done: Converted
) -> Any:
    if source.value:
        found: Any = source.value
    elif source.columns:
        found = source.join.join(text for column in source.columns if (text := _text(row[column])))
    else:
        found = row[source.column]
    if _is_empty(found):
        found = source.default
    if source.codes:
        found = _code(source, _text(found), name=name, done=done)
    if _is_empty(found):
        return None
    if field.sort is Sort.TEXT:
        text = _text(found)
        if field.longest is not None and len(text) > field.longest:
            if not source.cut:
                raise _Wrong(ValueFault.LONG)
            done.shortened.append(name)
            text = text[: field.longest]
        return text
    return _SORTED[field.sort](found, source, zone)


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, str) and (not value.strip() or value.startswith(ZERO_DATE)))


def _code(source: FieldMapping, old: str, *, name: str, done: Converted) -> str:
    if old in source.codes or not old:
        return source.codes.get(old, "")
    if source.otherwise is None:
        raise _Wrong(ValueFault.UNMAPPED, old)
    done.replaced.append((name, old))
    return source.otherwise


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        raise _Wrong(ValueFault.INVALID)
    # A character that no text column keeps; old databases hold it where a form was cut.
    return str(value).replace("\0", "").strip()


def _moment(value: Any, source: FieldMapping, zone: ZoneInfo) -> datetime:
    if isinstance(value, str):
        value = _read(value.strip(), source.format)
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise _Wrong(ValueFault.INVALID)
        value = datetime.combine(value, time())
    moment: datetime = value
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _read(text: str, form: str) -> datetime:
    try:
        return datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007 -- see _moment
    except ValueError as error:
        raise _Wrong(ValueFault.INVALID) from error


def _date(value: Any, source: FieldMapping, zone: ZoneInfo) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    return _moment(value, source, zone).astimezone(zone).date()


def _number(value: Any, _source: FieldMapping, _zone: ZoneInfo) -> int:
    try:
        return int(_text(value))
    except ValueError as error:
        raise _Wrong(ValueFault.INVALID) from error


def _flag(value: Any, _source: FieldMapping, _zone: ZoneInfo) -> bool:
    text = _text(int(value) if isinstance(value, bool) else value).lower()
    if text not in YES | NO:
        raise _Wrong(ValueFault.INVALID)
    return text in YES


def _texts(value: Any, _source: FieldMapping, _zone: ZoneInfo) -> tuple[str, ...]:
    return tuple(_words(_text(value)))


def _words(text: str) -> Iterator[str]:
    yield from (word.strip() for word in text.translate(SEPARATORS).split(",") if word.strip())


_SORTED: Final = {
    Sort.MOMENT: _moment,
    Sort.DATE: _date,
    Sort.NUMBER: _number,
    Sort.FLAG: _flag,
    Sort.TEXTS: _texts,
}
