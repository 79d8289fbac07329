"""
What of an application form is personal data, and what of it is shown by default (GB/T 35273-2020, 7.2).
"""

from collections.abc import Callable

from tongban.business.catalogue.values import FieldType, FormField, Prefill
from tongban.foundation.codes import mask, mask_address, mask_id, mask_mobile, mask_name

HIDDEN = "****"
YEAR = 4
PERSONAL_WORDS = (
    "姓名", "联系人", "负责人", "代表人", "监护人", "经办人", "身份证", "证件号", "手机", "电话", "住址", "家庭地址",
    "户籍", "出生", "银行卡", "银行账", "残疾证", "邮箱",
)  # fmt: skip
"""In the label of a text that is about a person."""
Mask = Callable[[str], str]


def shown_answer(field: FormField, answer: str) -> str:
    """
    Return an answer as it is shown to whoever has given no reason to read it in clear.

    Told by what the field takes, where it is filled in from, and `is_personal`. Of a plain text it is told by its label
    too: offerings published before fields said so still have their cases.

    :param answer: as kept; the values of several choices stand on lines of their own
    """
    hide = BY_TYPE.get(field.type) or BY_PREFILL.get(field.prefill)
    if hide is None and (field.is_personal or _sounds_personal(field)):
        hide = _mask_word if field.type is FieldType.TEXT else _mask_all
    return hide(answer) if hide and answer else answer


def _sounds_personal(field: FormField) -> bool:
    return field.type is FieldType.TEXT and any(word in field.label for word in PERSONAL_WORDS)


def _mask_word(text: str) -> str:
    """
    Mask a name like a name, a number like one of an account.
    """
    return mask(text, head=0, tail=4) if any(character.isdigit() for character in text) else mask_name(text)


def _mask_all(_text: str) -> str:
    return HIDDEN


def _mask_birth_date(text: str) -> str:
    return text[:YEAR] + "-**-**"


BY_TYPE: dict[FieldType, Mask] = {
    FieldType.ID_NUMBER: mask_id,
    FieldType.MOBILE: mask_mobile,
    FieldType.ADDRESS: mask_address,
}
BY_PREFILL: dict[Prefill, Mask] = {
    Prefill.PERSON_NAME: mask_name,
    Prefill.PERSON_ID_NUMBER: mask_id,
    Prefill.PERSON_MOBILE: mask_mobile,
    Prefill.PERSON_ADDRESS: mask_address,
    Prefill.PERSON_BIRTH_DATE: _mask_birth_date,
    Prefill.LEGAL_REPRESENTATIVE: mask_name,
    Prefill.LEGAL_ADDRESS: mask_address,
}
"""What a unit is called, and its code, are public."""
