"""
Queries that are numbers.
"""

import re

from tongban.support.search.values import CodeHint, HintKind

# 实施编码(31) + YYYYMMDD + day serial(4 and more): the widely used form of 办件编号 (GB/T 39046 allows an..50).
_CASE_NUMBER = re.compile(r"[0-9A-Z]{31}\d{12,14}")
_LICENCE = re.compile(r"1\.2\.156\.3005\.2\.[0-9A-Z.]{20,}")
# 查询码: eight letters and digits in two groups; people leave the hyphen out or type a blank.
_QUERY_CODE = re.compile(r"([0-9A-Z]{4})-?([0-9A-Z]{4})")
_ITEM_CODE = re.compile(r"[0-9A-Z]{1,18}(-[0-9A-Z]{1,20})*")
MIN_ITEM_CODE = 8


def hint(text: str) -> CodeHint | None:
    """
    Return what a normalized query is the number of, by its form alone; None for words.

    Whether such a case, licence or item exists, and who may see it, is for its owner to say.
    """
    code = "".join(text.upper().split())
    if _CASE_NUMBER.fullmatch(code):
        return CodeHint(kind=HintKind.CASE_NUMBER, value=code)
    if _LICENCE.fullmatch(code):
        return CodeHint(kind=HintKind.LICENCE_IDENTIFIER, value=code)
    groups = _QUERY_CODE.fullmatch(code)
    if groups and _is_mixed(code):
        return CodeHint(kind=HintKind.QUERY_CODE, value="-".join(groups.groups()))
    item_code = as_code(text)
    return CodeHint(kind=HintKind.ITEM_CODE, value=item_code) if item_code else None


def _is_mixed(code: str) -> bool:
    return any(char.isdigit() for char in code) and any(char.isalpha() for char in code)


def as_code(text: str) -> str | None:
    """
    Return a normalized query as the code it may be, or None: at least eight of letters, digits and hyphens.
    """
    code = "".join(text.upper().split())
    is_code = code.isascii() and len(code) >= MIN_ITEM_CODE and any(char.isdigit() for char in code)
    return code if is_code and _ITEM_CODE.fullmatch(code) else None
