"""
What a definition of a licence type must say, how it reads as JSON Schema, and in what two of them differ.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, Final

import msgspec

from tongban.business.licences.values import (
    HOLDER_LINES,
    Difference,
    FaceField,
    Fault,
    FieldKind,
    HolderKind,
    LicenceTypeRow,
    SharingCategory,
    TypeDefinition,
    ValidityKind,
    ValidityRule,
)

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
TYPE_CODE: Final = re.compile(r"[0-9A-Z]{18}[0-9]{3}\Z")
"""证照类型代码: code of the defining body and a serial (GB/T 36904-2018)."""
BODY_CODE: Final = re.compile(r"[0-9A-Z]{18}\Z")
AGENCY_CODE: Final = re.compile(r"[0-9A-Za-z]{1,32}\Z")
ITEM_CODE: Final = re.compile(r"[0-9A-Za-z-]{1,32}\Z")
KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
FORM_SOURCE: Final = re.compile(r"form\.[a-z][a-z0-9_]{0,63}\Z")
HOLDER_SOURCES: Final = {"holder_name": "holder.name", "holder_code": "holder.code"}

USUAL_CONDITION: Final = "经持证主体授权，或者法律、行政法规规定可以共享的情形"
"""Condition of sharing where a data file names none (个人信息保护法 arts. 13, 23)."""

_encoder = msgspec.json.Encoder(order="sorted")


def is_type_code(code: str) -> bool:
    """
    Tell whether `code` is a well-formed 证照类型代码 (GB/T 36904-2018).
    """
    return TYPE_CODE.match(code) is not None


def canonical_definition(definition: TypeDefinition) -> bytes:
    """
    Return the one byte string that stands for a definition.
    """
    return _encoder.encode(definition)


def definition_of(row: LicenceTypeRow) -> TypeDefinition:
    """
    Return the definition that a row of a data file holds.
    """
    validity = row.validity_rule
    if validity is None:
        kind = ValidityKind.LONG_TERM if row.validity_months is None else ValidityKind.MONTHS
        validity = ValidityRule(kind=kind, months=row.validity_months)
    condition = row.sharing_condition
    if row.sharing is SharingCategory.CONDITIONAL and not condition:
        condition = USUAL_CONDITION
    return TypeDefinition(
        name=row.name,
        name_en=row.name_en,
        defining_body_code=row.defining_body_code,
        defining_body_name=row.defining_body_name,
        holder_kinds=row.holder_kinds,
        fields=row.face,
        issuers=row.issuers,
        validity=validity,
        validity_words=row.validity,
        validity_words_en=row.validity_en,
        check_months=row.check_months,
        allows_several=row.allows_several,
        sharing=row.sharing,
        sharing_condition=condition,
        items=row.items,
        template=row.template,
        note=row.note,
        note_en=row.note_en,
    )


def row_of(code: str, definition: TypeDefinition) -> LicenceTypeRow:
    """
    Return a definition in the form of data files; `definition_of` gives it back.
    """
    return LicenceTypeRow(
        code=code,
        name=definition.name,
        name_en=definition.name_en,
        defining_body_code=definition.defining_body_code,
        defining_body_name=definition.defining_body_name,
        holder_kinds=definition.holder_kinds,
        face=definition.fields,
        issuers=definition.issuers,
        validity_months=definition.validity.months,
        validity_rule=definition.validity,
        validity=definition.validity_words,
        validity_en=definition.validity_words_en,
        check_months=definition.check_months,
        allows_several=definition.allows_several,
        sharing=definition.sharing,
        sharing_condition=definition.sharing_condition,
        items=definition.items,
        template=definition.template,
        note=definition.note,
        note_en=definition.note_en,
    )


def faults_of(definition: TypeDefinition) -> dict[str, Fault]:
    """
    Return what keeps a definition from being reviewed, by part; "fields.2.key" is the key of the third field.
    """
    found: dict[str, Fault] = {}
    for part, fault in (
        *_faults_of_head(definition),
        *_faults_of_fields(definition.fields),
        *_faults_of_validity(definition.validity),
        *_faults_of_codes("issuers", [body.code for body in definition.issuers], AGENCY_CODE),
        *_faults_of_codes("items", definition.items, ITEM_CODE),
    ):
        found.setdefault(part, fault)
    return found


def json_schema(definition: TypeDefinition, *, address: str) -> dict[str, Any]:
    """
    Return the JSON Schema (2020-12) that a face of this definition, as data, follows.

    What JSON Schema has no word for stands under "x-tongban": order, source, whether personal, English label, unit.

    :param address: the schema's own address (`$id`)
    """
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": definition.name,
        "type": "object",
        "properties": {
            field.key: _property(field, order) for order, field in enumerate(definition.fields, start=1)
        },
        "required": [field.key for field in definition.fields if _is_required(field)],
        "additionalProperties": False,
    }


def differences(before: TypeDefinition | None, after: TypeDefinition) -> tuple[Difference, ...]:
    """
    Return in what `after` differs from `before`, in the order of `after`; None: from nothing at all.
    """
    return tuple(_differences(before, after))


def _is_required(field: FaceField) -> bool:
    return field.is_required or field.key in HOLDER_LINES


def _property(field: FaceField, order: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"title": field.label, **_type(field)}
    if field.minimum is not None:
        schema["minimum"] = field.minimum
    if field.maximum is not None:
        schema["maximum"] = field.maximum
    ours = {
        "order": order,
        "source": field.source,
        "masked": field.masked,
        "title_en": field.label_en,
        "unit": field.unit,
    }
    return {**schema, "x-tongban": ours}


def _type(field: FaceField) -> dict[str, Any]:
    match field.kind:
        case FieldKind.NUMBER:
            return {"type": "number"}
        case FieldKind.INTEGER:
            return {"type": "integer"}
        case FieldKind.DATE:
            return {"type": "string", "format": "date"}
        case FieldKind.CHOICE:
            return {"type": "string", "enum": list(field.choices)}
        case _:
            least = {"minLength": 1} if _is_required(field) else {}
            return {"type": "string", "maxLength": field.max_length, **least}


def _faults_of_head(definition: TypeDefinition) -> Iterator[tuple[str, Fault]]:
    if not definition.name.strip():
        yield "name", Fault.MISSING
    if not definition.defining_body_name.strip():
        yield "defining_body_name", Fault.MISSING
    if not BODY_CODE.match(definition.defining_body_code):
        yield "defining_body_code", Fault.BAD_CODE
    if not definition.holder_kinds:
        yield "holder_kinds", Fault.MISSING
    elif not set(definition.holder_kinds) <= set(HolderKind.values):
        yield "holder_kinds", Fault.UNKNOWN_KIND
    # 政务信息资源目录编制指南: what is not shared names the law that says so.
    if definition.sharing is not SharingCategory.OPEN and not definition.sharing_condition.strip():
        yield "sharing_condition", Fault.NO_BASIS


def _faults_of_fields(fields: tuple[FaceField, ...]) -> Iterator[tuple[str, Fault]]:
    seen: set[str] = set()
    for index, field in enumerate(fields):
        place = f"fields.{index}"
        if not KEY.match(field.key):
            yield f"{place}.key", Fault.BAD_KEY
        elif field.key in seen:
            yield f"{place}.key", Fault.TWICE
        seen.add(field.key)
        if not field.label.strip():
            yield f"{place}.label", Fault.MISSING
        yield from _faults_of_field(place, field)
    if not seen >= HOLDER_LINES:
        yield "fields", Fault.NO_HOLDER


def _faults_of_field(place: str, field: FaceField) -> Iterator[tuple[str, Fault]]:
    if not _is_source(field):
        yield f"{place}.source", Fault.BAD_SOURCE
    if field.kind is FieldKind.CHOICE and not field.choices:
        yield f"{place}.choices", Fault.NO_CHOICES
    if len(set(field.choices)) != len(field.choices):
        yield f"{place}.choices", Fault.TWICE
    if any(not choice.strip() for choice in field.choices):
        yield f"{place}.choices", Fault.MISSING
    if field.minimum is not None and field.maximum is not None and field.minimum > field.maximum:
        yield f"{place}.minimum", Fault.BAD_RANGE


def _is_source(field: FaceField) -> bool:
    expected = HOLDER_SOURCES.get(field.key)
    if expected is not None:
        return field.source == expected
    return not field.source or FORM_SOURCE.match(field.source) is not None


def _faults_of_validity(rule: ValidityRule) -> Iterator[tuple[str, Fault]]:
    if rule.kind is ValidityKind.MONTHS and rule.months is None:
        yield "validity.months", Fault.MISSING
    if rule.kind is ValidityKind.FIXED_DATE and not _is_date(rule.until):
        yield "validity.until", Fault.BAD_DATE
    if rule.kind is ValidityKind.HOLDER_EVENT and not rule.event.strip():
        yield "validity.event", Fault.MISSING


def _faults_of_codes(
    part: str, codes: Iterable[str], pattern: re.Pattern[str]
) -> Iterator[tuple[str, Fault]]:
    seen: set[str] = set()
    for code in codes:
        if not pattern.match(code):
            yield part, Fault.BAD_CODE
        elif code in seen:
            yield part, Fault.TWICE
        seen.add(code)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _differences(before: TypeDefinition | None, after: TypeDefinition) -> Iterator[Difference]:
    for name in TypeDefinition.__struct_fields__:
        if name == "fields":
            yield from _differences_of_fields(before.fields if before else (), after.fields)
            continue
        old = _shown(getattr(before, name)) if before else ""
        new = _shown(getattr(after, name))
        if old != new:
            yield Difference(part=name, key="", before=old, after=new)


def _differences_of_fields(
    before: tuple[FaceField, ...], after: tuple[FaceField, ...]
) -> Iterator[Difference]:
    old, new = {field.key: field for field in before}, {field.key: field for field in after}
    for key in [*new, *(key for key in old if key not in new)]:
        was, now = _shown_field(old.get(key)), _shown_field(new.get(key))
        if was != now:
            yield Difference(part="fields", key=key, before=was, after=now)
    kept = [key for key in new if key in old]
    if kept != [key for key in old if key in new]:
        yield Difference(
            part="fields",
            key="",
            before="、".join(old[key].label for key in old),
            after="、".join(new[key].label for key in new),
        )


def _shown_field(field: FaceField | None) -> str:
    return "" if field is None else _encoder.encode(field).decode()


def _shown(value: object) -> str:
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, str):
        return str(value)
    return _encoder.encode(value).decode()
