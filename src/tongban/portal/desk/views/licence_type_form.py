"""
The form in which a licence type is compiled: what was typed, as a definition, and the other way round.

Rows of fields and boxes are added, removed and moved by buttons that send the whole form: it works without a script.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext as _

from tongban.business.licences.values import (
    FaceField,
    FieldKind,
    IssuingBody,
    SharingCategory,
    TypeDefinition,
    ValidityKind,
    ValidityRule,
)
from tongban.foundation.payload import is_unkept

MOST_ROWS: Final = 300
LONGEST_REST: Final = 500_000
HEAD: Final = (
    "name",
    "name_en",
    "defining_body_code",
    "defining_body_name",
    "validity_kind",
    "validity_months",
    "validity_until",
    "validity_event",
    "validity_words",
    "validity_words_en",
    "check_months",
    "allows_several",
    "sharing",
    "sharing_condition",
    "items",
    "issuers",
    "note",
    "note_en",
)
FIELD: Final = (
    "key",
    "label",
    "label_en",
    "kind",
    "source",
    "masked",
    "is_required",
    "max_length",
    "choices",
    "minimum",
    "maximum",
    "unit",
)
BOX: Final = ("page", "kind", "place", "content", "size", "align", "when", "rest")
"""`place`: left, top, width and height in millimetres, with blanks between; `rest`: what the form has no input for."""
BOX_KINDS: Final = (
    "text",
    "lines",
    "qr",
    "seal",
    "picture",
    "line",
    "frame",
    "path",
    "waves",
    "corners",
    "watermark",
)
WORDED: Final = frozenset({"text", "watermark"})
FILLED: Final = frozenset({"qr", "picture"})
MEASURES: Final = ("x", "y", "width", "height")
USUAL_PAGE: Final = (297.0, 210.0)
"""Millimetres: A4 across."""
Row = dict[str, str]


@dataclass(kw_only=True)
class TypeForm:
    """
    What stands in the form: texts, as they were typed.
    """

    head: Row
    holder_kinds: list[str]
    fields: list[Row]
    page_width: str = ""
    page_height: str = ""
    boxes: list[Row] = field(default_factory=list)
    """Empty: the node's usual face."""
    errors: dict[str, str] = field(default_factory=dict)
    """Name of an input -> what is wrong with it."""


def of_definition(definition: TypeDefinition) -> TypeForm:
    """
    Return the form that shows a definition.
    """
    rule = definition.validity
    head = {
        "name": definition.name,
        "name_en": definition.name_en,
        "defining_body_code": definition.defining_body_code,
        "defining_body_name": definition.defining_body_name,
        "validity_kind": rule.kind.value,
        "validity_months": _text(rule.months),
        "validity_until": rule.until,
        "validity_event": rule.event,
        "validity_words": definition.validity_words,
        "validity_words_en": definition.validity_words_en,
        "check_months": _text(definition.check_months),
        "allows_several": "1" if definition.allows_several else "",
        "sharing": definition.sharing.value,
        "sharing_condition": definition.sharing_condition,
        "items": "\n".join(definition.items),
        "issuers": "\n".join(f"{body.code} {body.name}".strip() for body in definition.issuers),
        "note": definition.note,
        "note_en": definition.note_en,
    }
    form = TypeForm(
        head=head,
        holder_kinds=list(definition.holder_kinds),
        fields=[_row_of_field(one) for one in definition.fields],
    )
    with_template(form, definition.template)
    return form


def of_post(post: QueryDict) -> TypeForm:
    """
    Return the form as it was sent; what is no text that can be kept is left out.
    """
    return TypeForm(
        head={name: _kept(post.get(name, "")) for name in HEAD},
        holder_kinds=[kind for kind in post.getlist("holder_kinds") if not is_unkept(kind)],
        fields=_rows(post, "field", FIELD),
        page_width=_kept(post.get("page_width", "")),
        page_height=_kept(post.get("page_height", "")),
        boxes=_rows(post, "box", BOX),
    )


def with_template(form: TypeForm, template: dict[str, Any]) -> None:
    """
    Put the boxes of a face template into the form; an empty one takes them out.
    """
    form.page_width = _text(template.get("width", USUAL_PAGE[0])) if template else ""
    form.page_height = _text(template.get("height", USUAL_PAGE[1])) if template else ""
    form.boxes = [
        _row_of_box(number, box)
        for number, page in enumerate(template.get("pages", ()), start=1)
        for box in page.get("boxes", ())
    ]


def changed(form: TypeForm, act: str) -> bool:
    """
    Do what a button of a row says ("add-field", "remove-box:3", "up-field:2"); tell whether it was one.
    """
    word, _colon, number = act.partition(":")
    verb, _dash, kind = word.partition("-")
    rows = {"field": form.fields, "box": form.boxes}.get(kind)
    if rows is None:
        return False
    if verb == "add":
        rows.append(_new_field() if kind == "field" else _new_box())
        return True
    if not (number.isdecimal() and len(number) < 5 and int(number) < len(rows)):  # noqa: PLR2004 - digits
        return False
    index = int(number)
    match verb:
        case "remove":
            rows.pop(index)
        case "up" if index > 0:
            rows[index - 1], rows[index] = rows[index], rows[index - 1]
        case "down" if index + 1 < len(rows):
            rows[index + 1], rows[index] = rows[index], rows[index + 1]
        case _:
            return verb in {"up", "down"}
    return True


def definition_of(form: TypeForm) -> TypeDefinition | None:
    """
    Return the definition that was typed; None: `form.errors` says which inputs cannot be read.
    """
    reading = _Reading(form.errors)
    head = form.head
    kind = reading.choice("validity_kind", head["validity_kind"], ValidityKind, ValidityKind.LONG_TERM)
    sharing = reading.choice("sharing", head["sharing"], SharingCategory, SharingCategory.CONDITIONAL)
    parts: dict[str, Any] = {
        **{name: head[name].strip() for name in ("name", "name_en", "validity_words", "validity_words_en")},
        **{name: head[name].strip() for name in ("sharing_condition", "note", "note_en")},
        "defining_body_code": head["defining_body_code"].strip().upper(),
        "defining_body_name": head["defining_body_name"].strip(),
        "holder_kinds": form.holder_kinds,
        "fields": [_field(reading, number, row) for number, row in enumerate(form.fields)],
        "issuers": [msgspec.to_builtins(body) for body in _issuers(head["issuers"])],
        "validity": _validity(reading, kind, head),
        "check_months": reading.whole("check_months", head["check_months"]),
        "allows_several": head["allows_several"] == "1",
        "sharing": sharing.value,
        "items": _lines(head["items"]),
        "template": _template(reading, form),
    }
    if form.errors:
        return None
    try:
        return msgspec.convert(parts, TypeDefinition)
    except msgspec.ValidationError as error:
        form.errors["definition"] = _("有一项过长或超出范围：%(reason)s") % {"reason": error}
        return None


def input_of(part: str) -> str:
    """
    Return the name of the input that a part of a definition is typed into.
    """
    words = part.split(".")
    if words[0] == "fields" and len(words) == 3:  # noqa: PLR2004 - fields, number, name
        return f"field-{words[1]}-{words[2]}"
    if words[0] == "validity" and len(words) > 1:
        return f"validity_{words[1]}"
    return "boxes" if words[0] == "template" else words[0]


class _Reading:
    """
    Reads typed texts, and notes under the input's name what cannot be read.
    """

    def __init__(self, errors: dict[str, str]) -> None:
        self.errors = errors

    def whole(self, name: str, text: str) -> int | None:
        plain = text.strip()
        if not plain:
            return None
        digits = plain.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) <= 15:  # noqa: PLR2004 - digits
            return int(plain)
        self.errors[name] = _("请填写整数")
        return None

    def measure(self, name: str, text: str) -> float:
        try:
            number = float(text.strip())
        except ValueError:
            number = float("nan")
        if not -10_000 < number < 10_000:  # noqa: PLR2004 - millimetres; also refuses what is no number
            self.errors[name] = _("请填写毫米数")
            return 0.0
        return number

    def place(self, name: str, text: str) -> dict[str, float]:
        parts = text.replace(",", " ").replace("，", " ").split()
        if len(parts) != len(MEASURES):
            self.errors[name] = _("请填写左、上、宽、高四个毫米数，中间用空格隔开")
            return dict.fromkeys(MEASURES, 0.0)
        return {part: self.measure(name, typed) for part, typed in zip(MEASURES, parts, strict=True)}

    def choice(self, name: str, text: str, words: Any, otherwise: Any) -> Any:
        if not text:
            return otherwise
        if text in words.values:
            return words(text)
        self.errors[name] = _("没有这种类别")
        return otherwise


def _field(reading: _Reading, number: int, row: Row) -> dict[str, Any]:
    place = f"field-{number}-"
    kind = reading.choice(f"{place}kind", row["kind"], FieldKind, FieldKind.TEXT)
    told: dict[str, Any] = {
        "key": row["key"].strip(),
        "label": row["label"].strip(),
        "label_en": row["label_en"].strip(),
        "source": row["source"].strip(),
        "masked": row["masked"] == "1",
        "kind": kind.value,
        "is_required": row["is_required"] == "1",
        "choices": _lines(row["choices"]),
        "minimum": reading.whole(f"{place}minimum", row["minimum"]),
        "maximum": reading.whole(f"{place}maximum", row["maximum"]),
        "unit": row["unit"].strip(),
    }
    longest = reading.whole(f"{place}max_length", row["max_length"])
    return told if longest is None else {**told, "max_length": longest}


def _validity(reading: _Reading, kind: ValidityKind, head: Row) -> dict[str, Any]:
    match kind:
        case ValidityKind.MONTHS:
            return {"kind": kind.value, "months": reading.whole("validity_months", head["validity_months"])}
        case ValidityKind.FIXED_DATE:
            return {"kind": kind.value, "until": head["validity_until"].strip()}
        case ValidityKind.HOLDER_EVENT:
            return {"kind": kind.value, "event": head["validity_event"].strip()}
        case _:
            return msgspec.to_builtins(ValidityRule(kind=kind))  # type: ignore[no-any-return]


def _template(reading: _Reading, form: TypeForm) -> dict[str, Any]:
    if not form.boxes:
        return {}
    pages: dict[int, list[dict[str, Any]]] = {}
    for number, row in enumerate(form.boxes):
        page = reading.whole(f"box-{number}-page", row["page"]) or 1
        pages.setdefault(page, []).append(_box(reading, number, row))
    return {
        "width": reading.measure("page_width", form.page_width),
        "height": reading.measure("page_height", form.page_height),
        "pages": [{"boxes": pages[page]} for page in sorted(pages)],
    }


def _box(reading: _Reading, number: int, row: Row) -> dict[str, Any]:
    kind = row["kind"]
    rest = _rest(row["rest"])
    box = rest if rest.get("kind") == kind else {}
    box |= {"kind": kind}
    box |= reading.place(f"box-{number}-place", row["place"])
    if row["when"].strip():
        box["when"] = row["when"].strip()
    else:
        box.pop("when", None)
    if kind in WORDED:
        box["text"] = row["content"]
        if row["size"].strip():
            size = reading.measure(f"box-{number}-size", row["size"])
            box["font"] = {**box.get("font", {}), "size": size}
        if row["align"]:
            box["align"] = row["align"]
    elif kind in FILLED:
        box["field"] = row["content"].strip()
    return box


def _row_of_field(one: FaceField) -> Row:
    return {
        "key": one.key,
        "label": one.label,
        "label_en": one.label_en,
        "kind": one.kind.value,
        "source": one.source,
        "masked": "1" if one.masked else "",
        "is_required": "1" if one.is_required else "",
        "max_length": str(one.max_length),
        "choices": "\n".join(one.choices),
        "minimum": _text(one.minimum),
        "maximum": _text(one.maximum),
        "unit": one.unit,
    }


def _row_of_box(page: int, box: dict[str, Any]) -> Row:
    kind = str(box.get("kind", "text"))
    content = box.get("text", "") if kind in WORDED else box.get("field", "") if kind in FILLED else ""
    return {
        "page": str(page),
        "kind": kind,
        "place": " ".join(_text(box.get(name, 0)) for name in MEASURES),
        "content": str(content),
        "size": _text(box.get("font", {}).get("size", "")) if kind in WORDED else "",
        "align": str(box.get("align", "")) if kind in WORDED else "",
        "when": str(box.get("when", "")),
        "rest": json.dumps(box, ensure_ascii=False),
    }


def _new_field() -> Row:
    return dict.fromkeys(FIELD, "") | {"kind": FieldKind.TEXT.value}


def _new_box() -> Row:
    return dict.fromkeys(BOX, "") | {"page": "1", "kind": "text", "place": "20 20 60 10", "size": "5"}


def _rows(post: QueryDict, kind: str, names: Iterable[str]) -> list[Row]:
    count = post.get(f"{kind}-rows", "0")
    if not (count.isdecimal() and len(count) < 5):  # noqa: PLR2004 - digits
        return []
    return [
        {name: _kept(post.get(f"{kind}-{number}-{name}", "")) for name in names}
        for number in range(min(int(count), MOST_ROWS))
    ]


def _issuers(text: str) -> list[IssuingBody]:
    parts: Callable[[str], tuple[str, str, str]] = lambda line: line.partition(" ")  # noqa: E731 - one use
    return [IssuingBody(code=code, name=name.strip()) for code, _gap, name in map(parts, _lines(text))]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _rest(text: str) -> dict[str, Any]:
    if not text or len(text) > LONGEST_REST:
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _kept(text: str) -> str:
    return "" if is_unkept(text) else text
