"""
What stands on a face: filled from holder and form, checked against the type's fields, as lines and as data.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tongban.business.licences.values import HOLDER_LINES, FaceField, Fault, FieldKind, Holder

NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?\Z")
INTEGER: Final = re.compile(r"-?[0-9]{1,15}\Z")
DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def filled_face(
    fields: Sequence[FaceField], *, holder: Holder, form: Mapping[str, Any], is_person: bool
) -> list[dict[str, Any]]:
    """
    Return the lines of a face, filled from the holder and from what the form holds; nothing else gets in.

    :param form: values by key of the form
    :param is_person: the holder is a natural person; codes and names of organizations are public
    """
    return [
        {
            "key": field.key,
            "label": field.label,
            "label_en": field.label_en,
            "value": _value(field, holder, form),
            "masked": field.masked and is_person,
        }
        for field in fields
    ]


def face_faults(fields: Iterable[FaceField], values: Mapping[str, str]) -> dict[str, Fault]:
    """
    Return what is wrong with the values of a face, by key. A value that is not there is empty.

    Says the same as the type's JSON Schema says of `face_as_data`.
    """
    known = {field.key: field for field in fields}
    found = {key: Fault.NO_SUCH_FIELD for key in values if key not in known}
    for key, field in known.items():
        fault = _fault(field, values.get(key, ""))
        if fault is not None:
            found[key] = fault
    return found


def face_as_data(fields: Iterable[FaceField], values: Mapping[str, str]) -> dict[str, Any]:
    """
    Return a face for machines to read: numbers as numbers, what is empty left out.

    :param values: without fault
    """
    return {
        field.key: _datum(field, values[field.key]) for field in fields if values.get(field.key, "") != ""
    }


def _value(field: FaceField, holder: Holder, form: Mapping[str, Any]) -> str:
    if field.source == "holder.name":
        return holder.name
    if field.source == "holder.code":
        return holder.code
    value = form.get(field.source.removeprefix("form.") or field.key, form.get(field.key, ""))
    if isinstance(value, list | tuple):
        return "、".join(str(item) for item in value)
    return "" if value is None else str(value)


def _fault(field: FaceField, value: str) -> Fault | None:
    if value == "":
        return Fault.MISSING if field.is_required or field.key in HOLDER_LINES else None
    match field.kind:
        case FieldKind.NUMBER:
            return _fault_of_number(field, value) if NUMBER.match(value) else Fault.NOT_A_NUMBER
        case FieldKind.INTEGER:
            return _fault_of_number(field, value) if INTEGER.match(value) else Fault.NOT_AN_INTEGER
        case FieldKind.DATE:
            return None if _is_day(value) else Fault.BAD_DATE
        case FieldKind.CHOICE:
            return None if value in field.choices else Fault.NOT_A_CHOICE
        case _:
            return Fault.TOO_LONG if len(value) > field.max_length else None


def _fault_of_number(field: FaceField, value: str) -> Fault | None:
    number = Decimal(value)
    if field.minimum is not None and number < field.minimum:
        return Fault.TOO_SMALL
    if field.maximum is not None and number > field.maximum:
        return Fault.TOO_LARGE
    return None


def _is_day(value: str) -> bool:
    if not DAY.match(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _datum(field: FaceField, value: str) -> Any:
    if field.kind is FieldKind.INTEGER:
        return int(value)
    if field.kind is FieldKind.NUMBER:
        return float(value)
    return value
