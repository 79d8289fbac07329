"""
How a value may stand on a page.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tongban.foundation.clock import civil_date
from tongban.foundation.codes import mask_address, mask_id, mask_mobile, mask_name
from tongban.foundation.errors import Text
from tongban.resources.registers.values import SEX_WORDS, TRUTH_WORDS, FieldForm, FieldRule

HIDDEN: Final = "＊＊＊"
MASKS: Final[dict[FieldForm, Callable[[str], str]]] = {
    FieldForm.NAME: mask_name,
    FieldForm.RESIDENT_ID: mask_id,
    FieldForm.SUBJECT: mask_id,
    FieldForm.ADDRESS: mask_address,
    FieldForm.MOBILE: mask_mobile,
    FieldForm.DATE: lambda day: f"{day[:4]}-＊＊-＊＊",
}


def masked(rule: FieldRule, value: str) -> str:
    """
    Return a value as it may stand on a page.
    """
    if not rule.is_personal or not value:
        return value
    mask = MASKS.get(rule.form)
    return mask(value) if mask else HIDDEN


def in_words(rule: FieldRule, value: str) -> Text:
    """
    Return a value as people read it: codes by their words.
    """
    words = {FieldForm.SEX: SEX_WORDS, FieldForm.YES_NO: TRUTH_WORDS}.get(rule.form, {})
    return words.get(value, value)


def day_of(moment: str) -> str:
    """
    Return the day in China of a moment of lineage, ISO 8601.
    """
    return civil_date(datetime.fromisoformat(moment)).isoformat()
