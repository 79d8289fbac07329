"""
Cleaning: one way to write each value, and what cannot be cleaned said.

Nothing is guessed. Full-width letters and digits become narrow, blanks that mean nothing go, the middle dot of names
has one form, brackets in names of organizations are the full ones, dates are ISO 8601, sexes are codes of
GB/T 2261.1, a 15-digit identity number gets its century and check character.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from tongban.foundation.codes import (
    check_resident_id,
    is_social_credit_code,
    mobile_number,
)
from tongban.resources.registers.values import Definition, FieldForm, FieldRule, RowProblem

BLANKS: Final = re.compile(r"[\s\u200b\u2060\ufeff]+")
BLANK_BESIDE_HAN: Final = re.compile(r"(?<=[\u3400-\u9fff·]) | (?=[\u3400-\u9fff·])")
DOTS: Final = str.maketrans(dict.fromkeys("•‧∙⋅・●᛫", "·"))
BRACKETS: Final = str.maketrans("()", "（）")
DATE_FORM: Final = re.compile(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ]00:00:00(?:\.0+)?)?")
DIVISION_FORM: Final = re.compile(r"\d{6}(\d{6})?")
DIVISION_LENGTH: Final = 12
CENTENARIANS: Final = frozenset({"996", "997", "998", "999"})
"""Order numbers that 15-digit numbers kept for people who were a hundred years old: their century cannot be told."""
OLD_LENGTH: Final = 15
SEXES: Final = {
    "1": "1",
    "男": "1",
    "男性": "1",
    "M": "1",
    "2": "2",
    "女": "2",
    "女性": "2",
    "F": "2",
    "0": "0",
    "未知": "0",
    "9": "9",
    "未说明": "9",
}
TRUTHS: Final = {"1": "1", "是": "1", "Y": "1", "TRUE": "1", "0": "0", "否": "0", "N": "0", "FALSE": "0"}


class _Wrong(Exception):
    """
    A value is not of its field's form.
    """


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleaned:
    """
    A row in one way of writing.
    """

    fields: dict[str, str] = field(default_factory=dict)
    """Only what says something."""
    key_given: str = ""
    """The key as it came, where it is wrong."""
    problem: RowProblem | None = None
    problem_field: str = ""


def clean_row(definition: Definition, row: Mapping[str, str], *, on: date) -> Cleaned:
    """
    Return a row cleaned, or the first thing that cannot be.

    A wrong key is no problem yet: the row may say otherwise whose it is.

    :param row: field -> text, as it came; names the register does not have are left out
    :param on: today; nobody is born later
    """
    cleaned: dict[str, str] = {}
    key_given = ""
    for rule in definition.fields:
        text = row.get(rule.name) or ""
        if not text.strip():
            continue
        try:
            value = _clean(rule, text, on=on)
        except _Wrong:
            if rule.name != definition.key:
                return Cleaned(problem=RowProblem.FIELD_WRONG, problem_field=rule.name)
            key_given = BLANKS.sub("", unicodedata.normalize("NFKC", text)).upper()
            continue
        if len(value) > rule.longest:
            return Cleaned(problem=RowProblem.FIELD_TOO_LONG, problem_field=rule.name)
        if value:
            cleaned[rule.name] = value
    if not cleaned and not key_given:
        return Cleaned(problem=RowProblem.NOTHING_SAID)
    return Cleaned(fields=cleaned, key_given=key_given)


def clean_value(rule: FieldRule, text: str, *, on: date) -> str | None:
    """
    Return one value as the register writes it; None where it is not of the field's form.
    """
    try:
        return _clean(rule, text, on=on)
    except _Wrong:
        return None


def _clean(rule: FieldRule, text: str, *, on: date) -> str:
    plain = unicodedata.normalize("NFKC", text.replace("\0", "")).translate(DOTS)
    plain = BLANKS.sub(" ", plain).strip()
    if rule.form is FieldForm.RESIDENT_ID:
        return _resident_id(plain, on=on)
    if rule.form is FieldForm.SUBJECT:
        return _subject(plain, on=on)
    return _FORMS[rule.form](plain)


def _name(text: str) -> str:
    return BLANK_BESIDE_HAN.sub("", text).translate(BRACKETS)


def _date(text: str) -> str:
    found = DATE_FORM.fullmatch(text)
    if found is None:
        raise _Wrong
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError as error:
        raise _Wrong from error


def _resident_id(text: str, *, on: date) -> str:
    number = text.replace(" ", "").upper()
    if len(number) == OLD_LENGTH and number[-3:] in CENTENARIANS:
        raise _Wrong
    check = check_resident_id(number, on=on)
    if not check.is_valid:
        raise _Wrong
    return check.number


def _credit_code(text: str) -> str:
    code = text.replace(" ", "").replace("-", "").upper()
    if not is_social_credit_code(code):
        raise _Wrong
    return code


def _subject(text: str, *, on: date) -> str:
    try:
        return _resident_id(text, on=on)
    except _Wrong:
        return _credit_code(text)


def _division(text: str) -> str:
    if DIVISION_FORM.fullmatch(text) is None:
        raise _Wrong
    return text.ljust(DIVISION_LENGTH, "0")


def _mobile(text: str) -> str:
    number = mobile_number(text)
    if number is None:
        raise _Wrong
    return number


def _among(words: Mapping[str, str]) -> Callable[[str], str]:
    def read(text: str) -> str:
        code = words.get(text.upper())
        if code is None:
            raise _Wrong
        return code

    return read


_FORMS: Final[dict[FieldForm, Callable[[str], str]]] = {
    FieldForm.TEXT: lambda text: text,
    FieldForm.NAME: _name,
    FieldForm.ADDRESS: _name,
    FieldForm.DATE: _date,
    FieldForm.CREDIT_CODE: _credit_code,
    FieldForm.DIVISION: _division,
    FieldForm.MOBILE: _mobile,
    FieldForm.SEX: _among(SEXES),
    FieldForm.YES_NO: _among(TRUTHS),
    FieldForm.CODE: lambda text: text.replace(" ", "").upper(),
}
