"""
Reading personal data in clear: the same question everywhere, "what for?", with a list to choose from.

Source: 个人信息保护法 arts. 6, 34 (a definite purpose; within what the office needs); GB/T 35273-2020 7.2.
"""

from dataclasses import dataclass
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import InvalidInput

LONGEST_WORDS: Final = 200


class Purpose(TextChoices):
    """
    查看用途: why somebody reads what a person has told.
    """

    ACCEPTANCE = "ACCEPTANCE", _("受理时核对材料")
    EXAMINATION = "EXAMINATION", _("审查时核验情况")
    DECISION = "DECISION", _("作出决定、制发文书证照")
    CONTACT = "CONTACT", _("联系申请人")
    DELIVERY = "DELIVERY", _("送达办理结果")
    SUPERVISION = "SUPERVISION", _("监督检查")
    ENQUIRY = "ENQUIRY", _("答复咨询、投诉和异议")
    OTHER = "OTHER", _("其他（须写明）")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """
    What for, from the list, and in words where the list does not say it.
    """

    purpose: Purpose
    words: str = ""


def reason_of(purpose: str, words: str = "") -> Reason:
    """
    Return the reason somebody gave.

    :param purpose: a code of the list; a sentence of one's own instead counts as OTHER
    :param words: at most 200 characters; needed with OTHER
    :raises InvalidInput: nothing was said, or too much
    """
    purpose, words = purpose.strip(), words.strip()
    if purpose not in Purpose.values:
        purpose, words = Purpose.OTHER.value, words or purpose
    if len(words) > LONGEST_WORDS or (purpose == Purpose.OTHER and not words):
        raise InvalidInput(fields={"purpose": _("请说明查看原因，不超过 200 字")})
    return Reason(purpose=Purpose(purpose), words=words)
