"""
The form in which a dataset is compiled: read into a definition, and drawn from one.
"""

from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.foundation.errors import InvalidInput, Text
from tongban.portal.data.views.datasets_words import CHOICES
from tongban.resources.datasets.values import Definition, Field, FieldType, Mode

MOST_FIELDS: Final = 300
TEXTS: Final = {
    "title": 200,
    "title_en": 300,
    "summary": 2000,
    "group_code": 2,
    "subgroup_code": 3,
    "detail_code": 20,
    "sharing_condition": 1000,
    "sharing_basis": 1000,
    "opening_condition": 1000,
}
"""Inputs that are plain text, and how long they may be."""
PICKED: Final = ("class_code", "format", "sharing", "openness", "cycle", "level")
FIELD_TEXTS: Final = {"name": 63, "title": 200, "title_en": 300}
FIELD_TICKS: Final = ("is_required", "is_key", "is_personal")
LONGEST_LENGTH: Final = 4
MOST_RELATED: Final = 50

Row = dict[str, str]


def typed_of(definition: Definition) -> dict[str, Any]:
    """
    Return a definition as its form has it.
    """
    kept = msgspec.to_builtins(definition)
    typed: dict[str, Any] = {name: kept[name] for name in (*TEXTS, *PICKED)}
    typed["related"] = "\n".join(definition.related)
    typed["modes"] = [mode.value for mode in definition.modes]
    typed["rows"] = [_row_of(field) for field in definition.fields]
    return typed


def typed_again(sent: QueryDict) -> dict[str, Any]:
    """
    Return what was sent as the form has it, whether it can be read or not.
    """
    typed: dict[str, Any] = {name: sent.get(name, "") for name in (*TEXTS, *PICKED, "related")}
    typed["modes"] = sent.getlist("modes")
    typed["rows"] = rows_sent(sent)
    return typed


def rows_sent(sent: QueryDict) -> list[Row]:
    """
    Return the rows of the field table that were sent, at most as many as a form may have.
    """
    count = sent.get("rows", "0")
    number = min(int(count), MOST_FIELDS) if count.isascii() and count.isdecimal() and len(count) < 5 else 0  # noqa: PLR2004
    names = (*FIELD_TEXTS, "type", "length", *FIELD_TICKS)
    return [
        {name: sent.get(f"fields.{place}.{name}", "").strip() for name in names} for place in range(number)
    ]


def rearranged(rows: list[Row], act: str) -> list[Row]:
    """
    Return the rows after a button of the field table: add, or up:N, down:N, remove:N. Another act changes nothing.
    """
    verb, _sign, number = act.partition(":")
    if verb == "add" and len(rows) < MOST_FIELDS:
        return [*rows, _row_of(Field(name="", title=""))]
    if not (number.isascii() and number.isdecimal() and len(number) < 5 and int(number) < len(rows)):  # noqa: PLR2004
        return rows
    place, moved = int(number), list(rows)
    row = moved.pop(place)
    if verb == "remove":
        return moved
    moved.insert(max(0, place - 1) if verb == "up" else place + 1 if verb == "down" else place, row)
    return moved


def definition_of(sent: QueryDict, kept: Definition) -> Definition:
    """
    Return what was typed; provider and division stay as they are kept.

    :raises InvalidInput: something is not of the form it should be; what is missing is asked for on submission
    """
    errors: dict[str, Text] = {}
    texts = {name: sent.get(name, "").strip() for name in TEXTS}
    for name, limit in TEXTS.items():
        if len(texts[name]) > limit:
            errors[name] = _("不能超过 %(limit)s 个字") % {"limit": limit}
    picked = {name: sent.get(name, "") for name in PICKED}
    for name, value in picked.items():
        if value not in CHOICES[name].values:
            errors[name] = _("请选择")
    related = tuple(filter(None, map(str.strip, sent.get("related", "").splitlines())))
    if len(related) > MOST_RELATED or any(len(code) > 48 for code in related):  # noqa: PLR2004 -- fits a column
        errors["related"] = _("每行一个代码，最多 %(count)s 个") % {"count": MOST_RELATED}
    fields = tuple(_field_of(row, place, errors) for place, row in enumerate(rows_sent(sent)))
    if errors:
        raise InvalidInput(fields=errors)
    return msgspec.structs.replace(
        kept,
        **texts,
        **{name: CHOICES[name](value) for name, value in picked.items()},
        modes=tuple(mode for mode in Mode if mode.value in sent.getlist("modes")),
        related=related,
        fields=fields,
    )


def _field_of(row: Row, place: int, errors: dict[str, Text]) -> Field:
    for name, limit in FIELD_TEXTS.items():
        if len(row[name]) > limit:
            errors[f"fields.{place}.{name}"] = _("不能超过 %(limit)s 个字") % {"limit": limit}
    length = row["length"] or "0"
    if not (length.isascii() and length.isdecimal() and len(length) <= LONGEST_LENGTH):
        errors[f"fields.{place}.length"] = _("请填写数字")
        length = "0"
    if row["type"] not in FieldType.values:
        errors[f"fields.{place}.type"] = _("请选择")
    return Field(
        name=row["name"],
        title=row["title"],
        title_en=row["title_en"],
        type=FieldType(row["type"]) if row["type"] in FieldType.values else FieldType.TEXT,
        length=int(length),
        is_required=row["is_required"] == "1",
        is_key=row["is_key"] == "1",
        is_personal=row["is_personal"] == "1",
    )


def _row_of(field: Field) -> Row:
    return {
        "name": field.name,
        "title": field.title,
        "title_en": field.title_en,
        "type": field.type.value,
        "length": str(field.length or ""),
        **{name: "1" if getattr(field, name) else "" for name in FIELD_TICKS},
    }
