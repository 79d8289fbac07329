"""
The fields of each kind of row that a mapping can fill, read off the library's own shapes.
"""

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import msgspec
from msgspec import inspect

from tongban.resources.caselibrary.values import CONTENT_OF, Kind

GIVEN: Final = frozenset({"node", "system"})
"""Known without the old platform."""
OPTIONAL: Final = frozenset({"part"})
"""Rows without a number of their own are numbered in the order of their key."""


class Sort(StrEnum):
    """
    What a field holds.
    """

    TEXT = "TEXT"
    TEXTS = "TEXTS"
    MOMENT = "MOMENT"
    DATE = "DATE"
    NUMBER = "NUMBER"
    FLAG = "FLAG"


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """
    A field of a kind of row.
    """

    sort: Sort
    longest: int | None
    is_required: bool


@cache
def fields_of(kind: Kind) -> dict[str, Field]:
    """
    Return the fields of a kind by name, with a dot where one lies within another: `applicant.name`.
    """
    return {
        name: field for name, field in _fields(CONTENT_OF[kind]).items() if name.split(".")[0] not in GIVEN
    }


def _fields(shape: type[msgspec.Struct]) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for each in msgspec.structs.fields(shape):
        described = inspect.type_info(each.type)
        if isinstance(described, inspect.StructType):
            found |= {f"{each.name}.{name}": field for name, field in _fields(described.cls).items()}
            continue
        sort, longest = _sort(described)
        found[each.name] = Field(
            sort=sort, longest=longest, is_required=each.required and each.name not in OPTIONAL
        )
    return found


SORTS: Final[dict[type[inspect.Type], Sort]] = {
    inspect.StrType: Sort.TEXT,
    inspect.DateTimeType: Sort.MOMENT,
    inspect.DateType: Sort.DATE,
    inspect.IntType: Sort.NUMBER,
    inspect.BoolType: Sort.FLAG,
    inspect.VarTupleType: Sort.TEXTS,
}


def _sort(described: inspect.Type) -> tuple[Sort, int | None]:
    """
    Return what a type holds, and how much of it.

    :raises KeyError: a mapping cannot fill it
    """
    if isinstance(described, inspect.UnionType):
        described = next(each for each in described.types if not isinstance(each, inspect.NoneType))
    return SORTS[type(described)], getattr(described, "max_length", None)
