"""
The gateway as one system may use it: an OpenAPI document of exactly what was granted to it.

Source: OpenAPI 3.1.0. Whoever writes a system reads there, or lets a generator read, which inputs a service takes and
which fields come back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tongban.resources.sharing.values import (
    AFTER,
    LONGEST_CASE_NUMBER,
    LONGEST_PURPOSE,
    MOST_ROWS,
    QueryWay,
    ServiceKind,
)

ROOT: Final = "/gateway/v1"
REFUSED: Final = "#/components/responses/Refused"
MATCHES: Final = ("yes", "no", "unknown")


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """
    What the document says to people, in their language.
    """

    title: str
    signature: str
    """How questions are signed."""
    refused: str
    answered: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """
    A service as it is open to one system.
    """

    code: str
    title: str
    summary: str
    kind: ServiceKind
    way: str
    """Of a base register; empty: the service is none over one."""
    parameters: tuple[dict[str, Any], ...]
    fields: tuple[dict[str, Any], ...]
    """Of the service, granted or not."""
    schema: Mapping[str, Any]
    granted: tuple[str, ...]
    grant: dict[str, Any]
    """What else the grant says, for people."""


def describe(opened: Iterable[Opened], *, words: Words) -> dict[str, Any]:
    """
    Return an OpenAPI 3.1 document with one operation for each service.
    """
    return {
        "openapi": "3.1.0",
        "info": {"title": words.title, "version": "1"},
        "servers": [{"url": "/"}],
        "security": [{"token": []}, {"signature": []}],
        "paths": {f"{ROOT}/{each.code}": {"post": _operation(each, words)} for each in opened},
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "signature": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-Signature",
                    "description": words.signature,
                },
            },
            "responses": {
                "Refused": {
                    "description": words.refused,
                    "content": {"application/problem+json": {"schema": PROBLEM}},
                }
            },
        },
    }


PROBLEM: Final = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": ["string", "null"]},
        "fields": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
    },
}


def _operation(opened: Opened, words: Words) -> dict[str, Any]:
    return {
        "operationId": opened.code,
        "summary": opened.title,
        "description": opened.summary,
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": _question(opened)}},
        },
        "responses": {
            "200": {
                "description": words.answered,
                "headers": {
                    "X-Request-Id": {"schema": {"type": "string"}},
                    "X-Data-Result": {"schema": {"enum": ["ok", "partial"]}},
                    "X-Quota-Remaining": {"schema": {"type": "integer"}},
                    "X-Quota-Reset": {"schema": {"type": "integer"}},
                    "X-Rate-Remaining": {"schema": {"type": "integer"}},
                },
                "content": {"application/json": {"schema": _answer(opened)}},
            },
            "default": {"$ref": REFUSED},
        },
        "x-grant": opened.grant,
    }


def _question(opened: Opened) -> dict[str, Any]:
    inputs = {
        each["name"]: {
            "type": ["string", "integer", "boolean"],
            "title": each["title"],
            "maxLength": each["longest"],
        }
        for each in opened.parameters
    }
    question: dict[str, Any] = {"type": "object", "properties": inputs, "additionalProperties": False}
    wanted = [each["name"] for each in opened.parameters if each["is_required"]]
    if wanted:
        question["required"] = wanted
    return {
        "type": "object",
        "additionalProperties": False,
        **({"required": ["question"]} if wanted else {}),
        "properties": {
            "question": question,
            "fields": {"type": "array", "items": {"enum": list(opened.granted)}, "uniqueItems": True},
            "case_number": {"type": "string", "maxLength": LONGEST_CASE_NUMBER},
            "purpose": {"type": "string", "maxLength": LONGEST_PURPOSE},
        },
    }


def _answer(opened: Opened) -> dict[str, Any]:
    known = {each["name"]: each for each in opened.fields}
    row: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(opened, name, known.get(name, {})) for name in opened.granted},
    }
    parts: dict[str, Any] = {"rows": {"type": "array", "items": row, "maxItems": MOST_ROWS}}
    if opened.kind in {ServiceKind.ORCHESTRATED, ServiceKind.PARENT}:
        parts["missing"] = {"type": "array", "items": {"type": "string"}}
    if opened.way == QueryWay.LIST or any(each["name"] == AFTER for each in opened.parameters):
        parts["next"] = {"type": "string"}
    return {"type": "object", "required": ["rows"], "properties": parts}


def _field(opened: Opened, name: str, field: Mapping[str, Any]) -> dict[str, Any]:
    if opened.way == QueryWay.VERIFY:
        promised: dict[str, Any] = {"enum": list(MATCHES)}
    else:
        promised = dict(opened.schema.get("properties", {}).get(name, {}))
    return {
        **promised,
        "title": field.get("title", name),
        **({"x-personal": True} if field.get("is_personal") else {}),
    }
