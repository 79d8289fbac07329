"""
What a mapping may say: read from TOML, and held against the fields of the library and the tables of the old platform.
"""

import tomllib
from collections.abc import Collection, Iterator
from collections.abc import Mapping as Mapped
from zoneinfo import ZoneInfo

import msgspec
from msgspec import ValidationError

from tongban.resources.caselibrary.values import Kind
from tongban.resources.movein.rules.fields import Sort, fields_of
from tongban.resources.movein.values import (
    BackMapping,
    FieldMapping,
    Mapping,
    MappingFault,
    MappingProblem,
    TableMapping,
)


class MappingUnreadable(ValueError):
    """
    The text is no TOML, or not of the shape; the argument says where.
    """


def read(text: str) -> Mapping:
    """
    Return what a mapping file says.

    :raises MappingUnreadable: it is no TOML, or says something that no mapping can
    """
    try:
        return msgspec.convert(tomllib.loads(text), Mapping)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise MappingUnreadable(str(error)) from error


def faults(mapping: Mapping) -> list[MappingFault]:
    """
    Return what is wrong with a mapping by itself.
    """
    return list(_faults(mapping))


def faults_against(mapping: Mapping, there: Mapped[str, Collection[str]]) -> list[MappingFault]:
    """
    Return what a mapping names that the old platform does not have.

    :param there: tables and views with their columns
    """
    found = []
    read = {kind.value: (table.table, table.reads()) for kind, table in mapping.tables().items()}
    if mapping.back:
        read["back"] = (mapping.back.table, [mapping.back.key, *mapping.back.fields])
    for place, (table, columns) in read.items():
        if table not in there:
            found.append(
                MappingFault(place=f"{place}.table", problem=MappingProblem.TABLE_UNKNOWN, about=table)
            )
            continue
        found += [
            MappingFault(place=place, problem=MappingProblem.COLUMN_UNKNOWN, about=f"{table}.{column}")
            for column in columns
            if column not in there[table]
        ]
    return found


def _faults(mapping: Mapping) -> Iterator[MappingFault]:
    try:
        ZoneInfo(mapping.platform.time_zone)
    except (KeyError, ValueError, OSError):
        yield MappingFault(place="platform.time_zone", problem=MappingProblem.ZONE_UNKNOWN)
    if mapping.items and not mapping.case.item:
        yield MappingFault(place="case.item", problem=MappingProblem.NEEDS_ITEM)
    offerings = [item.offering for item in mapping.items.values()]
    for code, item in mapping.items.items():
        if offerings.count(item.offering) > 1:
            yield MappingFault(
                place=f"items.{code}", problem=MappingProblem.OFFERING_TWICE, about=item.offering
            )
    for kind, table in mapping.tables().items():
        yield from _table_faults(kind, table)
    if mapping.back:
        yield from _back_faults(mapping.back, mapping)


def _table_faults(kind: Kind, table: TableMapping) -> Iterator[MappingFault]:
    if kind is not Kind.CASE and not table.case:
        yield MappingFault(place=f"{kind.value}.case", problem=MappingProblem.NEEDS_CASE)
    known = fields_of(kind)
    sources = table.sources()
    for name in known.keys() - sources.keys():
        # Of a part's row the number is that of its case, which the case's own row gives.
        is_given = kind is not Kind.CASE and name == "number"
        if known[name].is_required and not is_given:
            yield MappingFault(place=f"{kind.value}.fields.{name}", problem=MappingProblem.FIELD_MISSING)
    for name, source in sources.items():
        place = f"{kind.value}.fields.{name}"
        if name not in known or (kind is not Kind.CASE and name == "number"):
            yield MappingFault(place=place, problem=MappingProblem.FIELD_UNKNOWN)
        elif not _is_clear(source):
            yield MappingFault(place=place, problem=MappingProblem.SOURCE_UNCLEAR)
        elif source.format and known[name].sort not in {Sort.MOMENT, Sort.DATE}:
            yield MappingFault(place=place, problem=MappingProblem.NO_FORMAT)


def _is_clear(source: FieldMapping) -> bool:
    return sum((bool(source.column), bool(source.columns), bool(source.value))) == 1


def _back_faults(back: BackMapping, mapping: Mapping) -> Iterator[MappingFault]:
    if back.table in {table.table for table in mapping.tables().values()}:
        yield MappingFault(place="back.table", problem=MappingProblem.SAME_TABLE)
    known = {*fields_of(Kind.CASE), *(f"result.{name}" for name in fields_of(Kind.RESULT))}
    for column, source in back.sources().items():
        place = f"back.fields.{column}"
        if source.columns or not _is_clear(source):
            yield MappingFault(place=place, problem=MappingProblem.SOURCE_UNCLEAR)
        elif source.column and source.column not in known:
            yield MappingFault(place=place, problem=MappingProblem.NOT_READ)
