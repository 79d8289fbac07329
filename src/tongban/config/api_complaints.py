"""
What is said about a field that has not the form asked for, in the language of the request.

The validator knows over a hundred complaints; people and clients need those below, and one sentence for the rest.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from tongban.foundation.errors import Text

SENTENCES: dict[str, Text] = {
    "missing": _("必填"),
    "extra_forbidden": _("不认识的字段"),
    "string_type": _("应为文本"),
    "string_too_short": ngettext_lazy(
        "至少 %(min_length)s 个字符", "至少 %(min_length)s 个字符", "min_length"
    ),
    "string_too_long": ngettext_lazy(
        "最多 %(max_length)s 个字符", "最多 %(max_length)s 个字符", "max_length"
    ),
    "string_pattern_mismatch": _("格式不正确，应符合 %(pattern)s"),
    "string_unicode": _("含有无法识别的字符"),
    "int_type": _("应为整数"),
    "int_parsing": _("应为整数"),
    "int_from_float": _("应为整数"),
    "int_parsing_size": _("数值过大"),
    "bool_type": _("应为 true 或 false"),
    "bool_parsing": _("应为 true 或 false"),
    "greater_than_equal": _("不能小于 %(ge)s"),
    "less_than_equal": _("不能大于 %(le)s"),
    "enum": _("应为其中之一：%(expected)s"),
    "literal_error": _("应为其中之一：%(expected)s"),
    "uuid_type": _("应为 UUID"),
    "uuid_parsing": _("应为 UUID"),
    "date_type": _("应为日期，如 2026-12-31"),
    "date_parsing": _("应为日期，如 2026-12-31"),
    "date_from_datetime_parsing": _("应为日期，如 2026-12-31"),
    "list_type": _("应为列表"),
    "dict_type": _("应为对象"),
    "model_type": _("应为对象"),
    "model_attributes_type": _("应为对象"),
    "too_long": ngettext_lazy("最多 %(max_length)s 项", "最多 %(max_length)s 项", "max_length"),
    "too_short": ngettext_lazy("至少 %(min_length)s 项", "至少 %(min_length)s 项", "min_length"),
}
OTHERWISE = _("格式不正确")
PLACES = frozenset({"body", "query", "path", "header", "form", "file"})


def complaint(error: Mapping[str, Any]) -> tuple[str, str]:
    """
    Return the field and the sentence of one complaint of the validator.

    :param error: with `type`, `loc` and, where the sentence has gaps, `ctx`
    """
    return _place(error.get("loc", ())), _sentence(error)


def _sentence(error: Mapping[str, Any]) -> str:
    text = SENTENCES.get(str(error.get("type")), OTHERWISE)
    try:
        return str(text % error.get("ctx", {}))
    except KeyError:
        return str(OTHERWISE)


def _place(location: tuple[str | int, ...]) -> str:
    # The first part says where, the second is our name for the whole body; neither means anything to the caller.
    parts = [str(part) for part in location]
    if parts[:1] and parts[0] in PLACES:
        parts = parts[2:] if parts[0] == "body" and len(parts) > 1 else parts[1:]
    return ".".join(parts) or "body"
