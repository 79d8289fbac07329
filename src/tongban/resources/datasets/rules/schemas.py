"""
JSON Schema of a row, derived from the fields. Source: JSON Schema draft 2020-12.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import jsonschema_rs

from tongban.resources.datasets.values import Definition, Field, FieldType, Problem

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SHAPES: Final[dict[FieldType, dict[str, Any]]] = {
    FieldType.TEXT: {"type": "string"},
    FieldType.LONG_TEXT: {"type": "string"},
    FieldType.NUMBER: {"type": "number"},
    FieldType.INTEGER: {"type": "integer"},
    FieldType.MONEY: {"type": "number"},
    FieldType.DATE: {"type": "string", "format": "date"},
    FieldType.MOMENT: {"type": "string", "format": "date-time"},
    FieldType.BOOLEAN: {"type": "boolean"},
    FieldType.OTHER: {},
}


def json_schema(definition: Definition, *, address: str) -> dict[str, Any]:
    """
    Return the schema of one row.

    :param address: where the schema is published, its `$id`; empty: nowhere yet
    """
    return {
        "$schema": DIALECT,
        **({"$id": address} if address else {}),
        "title": definition.title,
        "description": definition.summary,
        "type": "object",
        "properties": {field.name: _shape(field) for field in definition.fields},
        "required": [field.name for field in definition.fields if field.is_required],
        "additionalProperties": False,
    }


def problems_of(schema: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """
    Yield what the schema refuses in these rows, in their order.
    """
    validator = jsonschema_rs.validator_for(dict(schema), validate_formats=True)
    for number, row in enumerate(rows, 1):
        for error in validator.iter_errors(dict(row)):
            field = str(error.instance_path[0]) if error.instance_path else ""
            yield Problem(row=number, field=field, text=error.message)


def _shape(field: Field) -> dict[str, Any]:
    shape = {"title": field.title, **_SHAPES[field.type]}
    if field.type is FieldType.TEXT and field.length:
        shape["maxLength"] = field.length
    if field.is_required and shape.get("type") == "string":
        shape["minLength"] = 1
    return shape
