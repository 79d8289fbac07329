"""
Rows of files as reports: the columns are the words of `values.Report`, flat.
"""

import re
from datetime import datetime
from typing import Any, Final

import msgspec

from tongban.resources.docking.rules.rows import BEIJING, Unreadable, corrections_in
from tongban.resources.docking.values import Report

BEGUN: Final = "case."
"""How columns begin that describe a case which began in the system itself."""
MOMENTS: Final = frozenset({"at", "case.apply_date", "case.promise_date"})
LISTS: Final = frozenset({"legal_basis"})
"""Columns that hold several texts, separated by ；."""


def report_of(row: dict[str, Any]) -> Report:
    """
    Return what a row of a file reports.

    A time without an offset is Beijing time; `items` of a correction may be written "材料：原因；材料：原因".

    :raises Unreadable: it says nothing that can be taken
    """
    try:
        return msgspec.convert(_nested(row), Report, strict=False)
    except (msgspec.ValidationError, ValueError) as error:
        raise Unreadable("row_not_readable", f"此行无法读取：{error}") from error


def _nested(row: dict[str, Any]) -> dict[str, Any]:
    """
    Return the row with its columns "case.…" as one; empty ones are left out.
    """
    words = {name: _value(name, value) for name, value in row.items() if not name.startswith(BEGUN)}
    begun = {
        name.removeprefix(BEGUN): _value(name, value)
        for name, value in row.items()
        if name.startswith(BEGUN) and value not in ("", None)
    }
    return {**words, "case": begun} if begun else words


def _value(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _value(f"{BEGUN}{inner}", each) for inner, each in value.items()}
    if not isinstance(value, str):
        return value
    if name in MOMENTS:
        moment = datetime.fromisoformat(value.strip())
        return moment if moment.tzinfo else moment.replace(tzinfo=BEIJING)
    if name in LISTS:
        return [part.strip() for part in re.split(r"[；;\n]", value) if part.strip()]
    if name == "items":
        return [msgspec.to_builtins(item) for item in corrections_in(value)]
    return value
