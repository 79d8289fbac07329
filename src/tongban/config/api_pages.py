"""
The pages about the API: its operations with examples, and the meaning of every refusal.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tongban.config import api_document
from tongban.config.api import api
from tongban.config.error_list import known_errors
from tongban.foundation.languages import is_english

DEEPEST_EXAMPLE = 6
EXAMPLES = {
    "uuid": "3fa85f64-5717-4562-b3fc-2c963f66afa6",
    "date-time": "2026-12-31T09:00:00+08:00",
    "date": "2026-12-31",
    "binary": "@plan.pdf",
}
PLAIN = {"string": "…", "integer": 1, "number": 1, "boolean": True}
MOST_OPTIONAL = 3
"""Fields shown in an example of a shape that requires none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """
    One parameter, or one field of a shape.
    """

    name: str
    place: str
    type: str
    reference: str
    """Name of the shape the type leads to; empty: none."""
    is_required: bool
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """
    What an operation may answer.
    """

    status: str
    text: str
    reference: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """
    One operation as the page shows it.
    """

    id: str
    method: str
    path: str
    title: str
    text: str
    needs_token: bool
    parameters: tuple[Field, ...]
    body_reference: str
    answers: tuple[Answer, ...]
    curl: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """
    The operations of one app.
    """

    key: str
    name: str
    operations: tuple[Operation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """
    One named shape of requests and answers.
    """

    name: str
    text: str
    fields: tuple[Field, ...]
    choices: tuple[str, ...]


@require_safe
def show_docs(request: HttpRequest) -> HttpResponse:
    """
    Show every operation and shape of API v1. No query.
    """
    groups, shapes = _content(is_english=is_english())
    context = {"groups": groups, "shapes": shapes, "base_url": settings.TONGBAN_BASE_URL}
    return render(request, "api/docs.html", context)


@require_safe
def show_errors(request: HttpRequest) -> HttpResponse:
    """
    Show what every refusal means; problem documents point here. No query.
    """
    return render(request, "api/errors.html", {"errors": known_errors()})


@lru_cache(maxsize=2)
def _content(*, is_english: bool) -> tuple[tuple[Group, ...], tuple[Shape, ...]]:
    document = api.get_openapi_schema()
    shapes = document["components"]["schemas"]
    groups: dict[str, list[Operation]] = {}
    for path, method, operation in api_document.operations(document):
        shown = _operation(path, method, operation, document=document, is_english=is_english)
        groups.setdefault(operation["tags"][0], []).append(shown)
    return (
        tuple(
            Group(key=tag.split()[0], name=tag.split()[0 if is_english else -1], operations=tuple(found))
            for tag, found in groups.items()
        ),
        tuple(_shape(name, shapes[name]) for name in sorted(shapes)),
    )


def _operation(
    path: str, method: str, operation: dict[str, Any], *, document: dict[str, Any], is_english: bool
) -> Operation:
    first, _, rest = operation["description"].partition(". ")
    media_type, schema = _body(operation)
    return Operation(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        title=first.rstrip(".") if is_english else operation["summary"],
        text=rest if is_english else operation["description"],
        needs_token=bool(operation.get("security")),
        parameters=tuple(_parameters(operation, document)),
        body_reference=_reference(schema),
        answers=tuple(_answers(operation)),
        curl=_curl(path, method, operation, media_type=media_type, schema=schema, document=document),
    )


def _parameters(operation: dict[str, Any], document: dict[str, Any]) -> Iterator[Field]:
    for written in operation["parameters"]:
        parameter = _resolved(written, document)
        yield Field(
            name=parameter["name"],
            place=parameter["in"],
            type=_type(parameter["schema"]),
            reference=_reference(parameter["schema"]),
            is_required=parameter.get("required", False),
            text=parameter.get("description", ""),
        )
    media_type, schema = _body(operation)
    if media_type == "multipart/form-data":
        yield from _fields(schema)


def _answers(operation: dict[str, Any]) -> Iterator[Answer]:
    for status, response in operation["responses"].items():
        content: dict[str, Any] = next(iter(response.get("content", {}).values()), {})
        schema = content.get("schema", {})
        yield Answer(
            status=status,
            text=HTTPStatus(int(status)).phrase,
            reference=_reference(schema) or _reference(schema.get("items", {})),
        )


def _body(operation: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    content = operation.get("requestBody", {}).get("content", {})
    for media_type, described in content.items():
        return media_type, described["schema"]
    return "", {}


def _shape(name: str, schema: dict[str, Any]) -> Shape:
    return Shape(
        name=name,
        text=" ".join(schema.get("description", "").split()),
        fields=tuple(_fields(schema)),
        choices=tuple(str(choice) for choice in schema.get("enum", ())),
    )


def _fields(schema: dict[str, Any]) -> Iterator[Field]:
    required = set(schema.get("required", ()))
    for name, described in schema.get("properties", {}).items():
        yield Field(
            name=name,
            place="form",
            type=_type(described),
            reference=_reference(described) or _reference(described.get("items", {})),
            is_required=name in required,
            text=described.get("description", ""),
        )


def _type(schema: dict[str, Any]) -> str:
    """
    Return what a value is, in one or two words.
    """
    if "$ref" in schema:
        return _reference(schema)
    if options := schema.get("anyOf"):
        return " | ".join(_type(option) for option in options)
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_type(schema.get('items', {}))}]"
    return str(schema.get("format", kind))


def _reference(schema: dict[str, Any]) -> str:
    for option in [schema, *schema.get("anyOf", ()), *schema.get("allOf", ())]:
        if "$ref" in option:
            return str(option["$ref"]).rpartition("/")[2]
    return ""


def _resolved(written: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in written:
        return written
    found: dict[str, Any] = document
    for part in written["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _curl(
    path: str,
    method: str,
    operation: dict[str, Any],
    *,
    media_type: str,
    schema: dict[str, Any],
    document: dict[str, Any],
) -> str:
    lines = [f"curl -X {method.upper()} '{settings.TONGBAN_BASE_URL}{path}'"]
    if operation.get("security"):
        lines.append('-H "Authorization: Bearer $TOKEN"')
    if api_document.takes_key(operation):
        lines.append('-H "Idempotency-Key: $(uuidgen)"')
    if media_type == "multipart/form-data":
        lines += [f"-F '{name}={_example(part, document)}'" for name, part in schema["properties"].items()]
    elif media_type:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(_example(schema, document), ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _example(schema: dict[str, Any], document: dict[str, Any], depth: int = 0) -> Any:
    """
    Return a value of this shape: what is required, made up from formats and choices.
    """
    schema = _resolved(schema, document)
    told = [schema[key] for key in ("const", "default") if schema.get(key) not in (None, "")]
    told += schema.get("enum", [])[:1]
    if told or depth > DEEPEST_EXAMPLE:
        return told[0] if told else None
    if options := schema.get("anyOf"):
        return _example(options[0], document, depth)
    match schema.get("type"):
        case "object":
            properties = schema.get("properties", {})
            names = schema.get("required") or list(properties)[:MOST_OPTIONAL]
            return {name: _example(properties[name], document, depth + 1) for name in names}
        case "array":
            return [_example(schema.get("items", {}), document, depth + 1)]
        case kind:
            return EXAMPLES.get(schema.get("format", ""), schema.get("minimum", PLAIN.get(str(kind))))
