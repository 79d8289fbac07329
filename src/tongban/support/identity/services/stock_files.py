"""
Files of accounts of other systems: CSV with a head line, or JSON lines. Read line by line, however long they are.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput
from tongban.support.identity.values import StockRow

COLUMNS = {
    "key": ("key", "id", "user_id", "账号编号", "编号"),
    "id_number": ("id_number", "cert_no", "证件号码", "身份证号"),
    "name": ("name", "user_name", "姓名"),
    "born_on": ("born_on", "birth_date", "birthdate", "出生日期"),
    "mobile": ("mobile", "user_mobile", "手机号码", "手机号"),
    "level": ("level", "user_real_lvl", "authlevel", "实名等级"),
    "password": ("password", "password_hash", "密码"),
}
"""Field -> the names under which other systems have it; standards.md 4.3 (up_uc_province_user) among them."""
NEEDED = ("key", "id_number", "name")
LONGEST_VALUE = 512


class StockFileUnreadable(InvalidInput):
    """
    The file as a whole is none of accounts: not UTF-8, or without the columns that are needed.
    """

    code = "stock_file_unreadable"
    message = _("文件无法读取：须为 UTF-8 编码的 CSV（首行为列名）或 JSON 行，并有账号编号、证件号码、姓名")


def read_stock(path: Path) -> Iterator[StockRow]:
    """
    Return the rows of a file, .jsonl as JSON lines, anything else as CSV; the first line of data is line 1.

    A row that is broken comes empty, and is refused like any other that lacks what is needed.

    :raises StockFileUnreadable: not a file of accounts
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            yield from _json_rows(stream) if path.suffix.lower() == ".jsonl" else _csv_rows(stream)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise StockFileUnreadable(path=path.name) from error


def _csv_rows(stream: IO[str]) -> Iterator[StockRow]:
    reader = csv.DictReader(stream)
    heads = {head.strip() for head in reader.fieldnames or ()}
    if any(heads.isdisjoint(COLUMNS[field]) for field in NEEDED):
        raise StockFileUnreadable
    for line, row in enumerate(reader, start=1):
        yield _row(line, {(head or "").strip(): value for head, value in row.items()})


def _json_rows(stream: IO[str]) -> Iterator[StockRow]:
    for line, text in enumerate((text for text in stream if text.strip()), start=1):
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            value = {}
        yield _row(line, value if isinstance(value, dict) else {})


def _row(line: int, values: dict[str, Any]) -> StockRow:
    found = {
        field: next((values[name] for name in names if values.get(name) not in {None, ""}), "")
        if all(not isinstance(values.get(name), list | dict) for name in names)
        else ""
        for field, names in COLUMNS.items()
    }
    return StockRow(
        line=line, **{field: str(value).replace("\0", "")[:LONGEST_VALUE] for field, value in found.items()}
    )
