"""
Whether the answers of a form are of the shape that the offering asks for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation

import msgspec

from tongban.business.casework.values import Applicant
from tongban.business.catalogue.values import FieldType, FormField, Prefill
from tongban.foundation.codes import is_mobile, is_resident_id, is_social_credit_code, travel_permit

RESIDENT_ID, CREDIT_CODE = "111", "001"
"""证件类型, code list T20."""
LARGEST_TEXT = 200
LARGEST_TEXTAREA = 2000
LARGEST_NUMBER_DIGITS = 15
EARLIEST = date(1880, 1, 1)
LATEST_YEARS_AHEAD = 100

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
"""Control characters, marks that turn the direction of writing round what follows, and what is no character."""


def gettext_noop(message: str) -> str:
    """
    Mark a text for translation; rules know no framework.
    """
    return message


REQUIRED = gettext_noop("请填写此项")
UNKNOWN_FIELD = gettext_noop("表单中没有此项")
TOO_LONG = gettext_noop("内容过长")
CONTROL_CHARACTER = gettext_noop("含有不能识别的字符")
NOT_A_NUMBER = gettext_noop("请填写数字")
TOO_SMALL = gettext_noop("数值过小")
TOO_LARGE = gettext_noop("数值过大")
NOT_A_DATE = gettext_noop("请填写真实的日期，格式为 2026-01-31")
NOT_A_CHOICE = gettext_noop("请从列出的选项中选择")
NOT_AN_ID = gettext_noop("公民身份号码不正确，请核对")
NOT_A_MOBILE = gettext_noop("手机号码应为 11 位数字")
NOT_A_CREDIT_CODE = gettext_noop("统一社会信用代码不正确，请核对")
WRONG_PATTERN = gettext_noop("格式不正确")


def complaints(fields: Sequence[FormField], answers: Mapping[str, str], *, on: date) -> dict[str, str]:
    """
    Return what is wrong with which field; empty when the form is in order. Sentences are untranslated msgids.

    :param fields: those that apply in the applicant's situation
    :param answers: by key, as text; several choices are separated by line feeds
    :param on: today
    """
    known = {field.key for field in fields}
    wrong = {key: UNKNOWN_FIELD for key in answers if key not in known}
    for field in fields:
        complaint = _complaint(field, answers.get(field.key, ""), on=on)
        if complaint is not None:
            wrong[field.key] = complaint
    return wrong


def applicant_complaints(applicant: Applicant, *, on: date) -> dict[str, str]:
    """
    Return what is wrong with which member of the applicant's data; empty when they are in order.

    Numbers of residents and units are checked by their own rules, others only for characters.

    :param on: today; dates of birth may not lie behind it
    """
    texts = msgspec.to_builtins(applicant)
    wrong = {name: CONTROL_CHARACTER for name, text in texts.items() if CONTROL.search(text)}
    if not applicant.name.strip():
        wrong["name"] = REQUIRED
    if applicant.id_type == RESIDENT_ID and not is_resident_id(applicant.id_number, on=on):
        wrong["id_number"] = NOT_AN_ID
    if applicant.id_type == CREDIT_CODE and not is_social_credit_code(applicant.id_number):
        wrong["id_number"] = NOT_A_CREDIT_CODE
    return wrong


def _complaint(field: FormField, answer: str, *, on: date) -> str | None:
    if not answer.strip():
        return REQUIRED if field.is_required else None
    if CONTROL.search(answer):
        return CONTROL_CHARACTER
    if len(answer) > _longest(field):
        return TOO_LONG
    if (complaint := _CHECKS[field.type](field, answer.strip(), on)) is not None:
        return complaint
    if field.pattern and re.fullmatch(field.pattern, answer.strip()) is None:
        return WRONG_PATTERN
    return None


def _longest(field: FormField) -> int:
    if field.max_length is not None:
        return field.max_length
    return LARGEST_TEXTAREA if field.type in {FieldType.TEXTAREA, FieldType.CHOICES} else LARGEST_TEXT


Check = Callable[[FormField, str, date], str | None]


def _text(field: FormField, answer: str, on: date) -> str | None:
    return None


def _number(field: FormField, answer: str, on: date) -> str | None:
    if len(answer) > LARGEST_NUMBER_DIGITS or re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", answer) is None:
        return NOT_A_NUMBER
    try:
        number = Decimal(answer)
    except InvalidOperation:
        return NOT_A_NUMBER
    if field.minimum is not None and number < field.minimum:
        return TOO_SMALL
    if field.maximum is not None and number > field.maximum:
        return TOO_LARGE
    return None


def _date(field: FormField, answer: str, on: date) -> str | None:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", answer, re.ASCII) is None:
        return NOT_A_DATE
    try:
        day = date.fromisoformat(answer)
    except ValueError:
        return NOT_A_DATE
    return None if day >= EARLIEST and day.year <= on.year + LATEST_YEARS_AHEAD else NOT_A_DATE


def _choice(field: FormField, answer: str, on: date) -> str | None:
    return None if answer in {option.value for option in field.options} else NOT_A_CHOICE


def _choices(field: FormField, answer: str, on: date) -> str | None:
    allowed = {option.value for option in field.options}
    return None if set(answer.split("\n")) <= allowed else NOT_A_CHOICE


def _id_number(field: FormField, answer: str, on: date) -> str | None:
    # The applicant's own number may be that of a travel permit; whoever else is named is a resident.
    is_permit = field.prefill is Prefill.PERSON_ID_NUMBER and travel_permit(answer) is not None
    return None if is_permit or is_resident_id(answer, on=on) else NOT_AN_ID


def _mobile(field: FormField, answer: str, on: date) -> str | None:
    return None if is_mobile(answer) else NOT_A_MOBILE


def _credit_code(field: FormField, answer: str, on: date) -> str | None:
    return None if is_social_credit_code(answer) else NOT_A_CREDIT_CODE


_CHECKS: dict[FieldType, Check] = {
    FieldType.TEXT: _text,
    FieldType.TEXTAREA: _text,
    FieldType.ADDRESS: _text,
    FieldType.NUMBER: _number,
    FieldType.DATE: _date,
    FieldType.CHOICE: _choice,
    FieldType.CHOICES: _choices,
    FieldType.ID_NUMBER: _id_number,
    FieldType.MOBILE: _mobile,
    FieldType.SOCIAL_CREDIT_CODE: _credit_code,
}
