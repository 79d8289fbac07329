"""
Shapes of messages (msgspec structs) as tables of a page: type, bounds and meaning of each field.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum
from functools import cache
from itertools import pairwise
from typing import Any

import msgspec
from msgspec import inspect as shapes

from tools.markdown import table, whole

PLAIN: dict[type[shapes.Type], str] = {
    shapes.AnyType: "anything",
    shapes.NoneType: "null",
    shapes.BoolType: "true or false",
    shapes.IntType: "integer",
    shapes.FloatType: "number",
    shapes.StrType: "text",
    shapes.BytesType: "bytes",
    shapes.DateType: "date",
    shapes.DateTimeType: "moment",
}
COLUMNS = ("Field", "Type", "Bounds", "Default", "Meaning")


def sections(kinds: Iterable[type[msgspec.Struct]]) -> Iterator[str]:
    """
    Give a section for each shape and each that it is made of, once, by name.

    :raises ValueError: two shapes have one name, so that a link could mean either
    """
    found: dict[str, type[msgspec.Struct]] = {}
    for kind in kinds:
        for each in within(kind):
            if found.setdefault(each.__name__, each) is not each:
                raise ValueError(f"two shapes are called {each.__name__}")
    for _name, kind in sorted(found.items()):
        yield section(kind)


def section(kind: type[msgspec.Struct]) -> str:
    """
    Return the heading, the meaning and the fields of a shape.
    """
    config = kind.__struct_config__
    form = "An array, in this order." if config.array_like else ""
    unknown = "Other fields are refused." if config.forbid_unknown_fields else ""
    about = " ".join(part for part in (whole(kind.__doc__), form, unknown) if part)
    return f"### {kind.__name__}\n\n{about}\n\n{table(COLUMNS, list(rows_of(kind)))}"


def rows_of(kind: type[msgspec.Struct]) -> Iterator[tuple[str, ...]]:
    """
    Give a row for each field of a shape.
    """
    notes = notes_of(kind)
    for field in struct_of(kind).fields:
        default = "required" if field.required else default_of(field)
        yield (
            f"`{field.encode_name}`",
            named(field.type),
            bounds_of(field.type),
            default,
            notes.get(field.name, ""),
        )


def link(kind: type) -> str:
    """
    Return a link to the section of a shape.
    """
    return f"[{kind.__name__}](#{kind.__name__.lower()})"


def named(kind: shapes.Type) -> str:
    """
    Return what a type is called.
    """
    match kind:
        case shapes.Metadata(type=inner):
            words = named(inner)
        case shapes.StructType(cls=cls):
            words = link(cls)
        # Choices of Django are enumerations too, though msgspec takes them for a type of ours.
        case shapes.EnumType(cls=cls) | shapes.CustomType(cls=cls) if issubclass(cls, Enum):
            words = ", ".join(f"`{member.value}`" for member in cls)
        case shapes.UnionType(types=types):
            words = " or ".join(named(each) for each in types)
        case shapes.CollectionType(item_type=item):
            words = f"list: {named(item)}"
        case shapes.DictType(key_type=key, value_type=value):
            words = f"object: {named(key)} to {named(value)}"
        case _:
            words = PLAIN[type(kind)]
    return words


def bounds_of(kind: shapes.Type) -> str:
    """
    Return within which bounds a value lies; empty: none are set.
    """
    match kind:
        case shapes.Metadata(type=inner):
            words = bounds_of(inner)
        case shapes.UnionType(types=types):
            words = "; ".join(filter(None, (bounds_of(each) for each in types)))
        case shapes.IntType() | shapes.FloatType():
            least = kind.ge if kind.gt is None else kind.gt + 1
            most = kind.le if kind.lt is None else kind.lt - 1
            words = span(least, most, "")
        case shapes.StrType():
            length = span(kind.min_length, kind.max_length, "characters")
            words = ", ".join(filter(None, (length, f"`{kind.pattern}`" if kind.pattern else "")))
        case shapes.BytesType():
            words = span(kind.min_length, kind.max_length, "bytes")
        case shapes.CollectionType():
            count = span(kind.min_length, kind.max_length, "entries")
            each = bounds_of(kind.item_type)
            words = "; ".join(filter(None, (count, f"each: {each}" if each else "")))
        case shapes.DateTimeType(tz=True):
            words = "with its offset"
        case _:
            words = ""
    return words


def span(least: float | None, most: float | None, unit: str) -> str:
    """
    Return a range in words.
    """
    if least is None and most is None:
        return ""
    if least == most:
        words = f"exactly {least}"
    elif most is None:
        words = f"at least {least}"
    elif least is None or (unit and not least):
        words = f"at most {most}"
    else:
        words = f"{least} to {most}"
    return f"{words} {unit}".strip()


def default_of(field: shapes.Field) -> str:
    """
    Return what a field is where it is left out.
    """
    if field.default is msgspec.NODEFAULT:
        return "empty"
    value = field.default.value if isinstance(field.default, Enum) else field.default
    if value in ("", (), [], {}):
        return "empty"
    return f"`{msgspec.json.encode(value).decode()}`"


def within(kind: type[msgspec.Struct]) -> Iterator[type[msgspec.Struct]]:
    """
    Give a shape and those it is made of, each once.
    """
    waiting: list[Any] = [kind]
    seen: set[type[msgspec.Struct]] = set()
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            yield each
            for field in struct_of(each).fields:
                waiting += structs_in(field.type)


def structs_in(kind: Any) -> Iterator[type[msgspec.Struct]]:
    """
    Give the shapes that a type names.
    """
    if isinstance(kind, shapes.StructType):
        yield kind.cls
        return
    for name in getattr(kind, "__struct_fields__", ()):
        part = getattr(kind, name)
        for each in part if isinstance(part, tuple) else (part,):
            if isinstance(each, shapes.Type):
                yield from structs_in(each)


def struct_of(kind: type[msgspec.Struct]) -> shapes.StructType:
    """
    Return how msgspec reads a shape.

    :raises TypeError: it is none
    """
    found = shapes.type_info(kind)
    if not isinstance(found, shapes.StructType):
        raise TypeError(kind)
    return found


def notes_of(kind: type) -> dict[str, str]:
    """
    Return what stands under the fields of a class and of those it is made from.
    """
    notes: dict[str, str] = {}
    for each in reversed(kind.__mro__):
        if each.__module__.startswith("tongban."):
            notes |= _notes_in(each)
    return notes


@cache
def _notes_in(kind: type) -> dict[str, str]:
    notes = {}
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    for field, note in pairwise(getattr(body, "body", ())):
        match field, note:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                notes[name] = whole(text)
    return notes
