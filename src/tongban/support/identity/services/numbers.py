"""
Numbers of identity documents: what they must be like, what they say, how they are found again.
"""

import re
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import rules
from tongban.support.identity.values import IdType, Sex

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
FIRST_BIRTH_YEAR = 1900
CHECKS = "10X98765432"
PROVINCE = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNumber:
    """
    A number that can exist, and what it says.
    """

    number: str
    id_type: IdType
    born_on: date
    sex: Sex


def check_id_number(text: str, *, on: date) -> KnownNumber:
    """
    Return what an ID number says, if it can exist: check character, birth date, region.

    Source: GB 11643-1999. The region is checked to the province only: county codes come and go, people keep
    theirs. Residence permits of Hong Kong, Macao and Taiwan residents carry 81, 82, 83; identity cards of
    foreign permanent residents (18 digits, since 2023) begin with 9 and have the same birth date and check
    character.

    :param text: as typed
    :param on: today; nobody is born after it
    :raises InvalidInput: names the field `id_number` and what is wrong
    """
    number = rules.normal_id_number(text)
    if not re.fullmatch(r"[1-9]\d{16}[\dX]", number, re.ASCII):
        raise InvalidInput(fields={"id_number": _("请填写 18 位证件号码")})
    is_foreign = number[0] == "9"
    if not is_foreign and not PROVINCE.match(number):
        raise InvalidInput(fields={"id_number": _("证件号码的地区代码不存在，请核对前两位")})
    try:
        born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        born_on = date.max
    if born_on.year < FIRST_BIRTH_YEAR or born_on > on:
        raise InvalidInput(fields={"id_number": _("证件号码中的出生日期不正确，请核对第 7 至 14 位")})
    if (
        CHECKS[sum(int(digit) * weight for digit, weight in zip(number[:17], WEIGHTS, strict=True)) % 11]
        != number[-1]
    ):
        raise InvalidInput(fields={"id_number": _("证件号码的校验码不正确，请核对")})
    return KnownNumber(
        number=number,
        id_type=IdType.FOREIGN_PERMANENT_RESIDENT if is_foreign else IdType.RESIDENT_ID,
        born_on=born_on,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
    )


def index_of_id_number(id_number: str) -> bytes:
    """
    Return the blind index by which an ID number is found.
    """
    return crypto.blind_index("identity.id_number", rules.normal_id_number(id_number))
