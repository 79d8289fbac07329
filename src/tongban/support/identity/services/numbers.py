"""
Numbers of identity documents: what they must be like, what they say, how they are found again.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.foundation.codes import IdKind, IdProblem, Sex, check_resident_id
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import rules
from tongban.support.identity.values import IdType

SENTENCES = {
    IdProblem.LENGTH: _("请填写 18 位证件号码"),
    IdProblem.CHARACTERS: _("请填写 18 位证件号码，由数字组成，最后一位可以是 X"),
    IdProblem.DIVISION: _("证件号码的地区代码不存在，请核对前两位"),
    IdProblem.BIRTH_DATE: _("证件号码中的出生日期不存在，请核对第 7 至 14 位"),
    IdProblem.BIRTH_TOO_EARLY: _("证件号码中的出生日期过早，请核对第 7 至 14 位"),
    IdProblem.BIRTH_IN_FUTURE: _("证件号码中的出生日期晚于今天，请核对第 7 至 14 位"),
    IdProblem.CHECK_CHARACTER: _("证件号码有误，请逐位核对"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNumber:
    """
    A number that can exist, and what it says.
    """

    number: str
    """18 characters, capital X; 15 of a permanent-residence card of before 2023-12-01."""
    id_type: IdType
    born_on: date
    sex: Sex


def check_id_number(text: str, *, on: date) -> KnownNumber:
    """
    Return what an ID number says, if it can exist: check character, birth date, province.

    Source: GB 11643-1999. The old form of 15 digits is refused at the door: cards that bear it have not been valid
    since 2013.

    :param text: as typed
    :param on: today; nobody is born after it
    :raises InvalidInput: names the field `id_number` and what is wrong
    """
    check = check_resident_id(rules.normal_id_number(text), on=on)
    problem = IdProblem.LENGTH if check.is_legacy else check.problem
    if problem is not None or check.birth_date is None:
        raise InvalidInput(fields={"id_number": SENTENCES[problem or IdProblem.BIRTH_DATE]})
    is_foreign = check.kind is IdKind.FOREIGN_PERMANENT_RESIDENT
    return KnownNumber(
        number=check.number,
        id_type=IdType.FOREIGN_PERMANENT_RESIDENT if is_foreign else IdType.RESIDENT_ID,
        born_on=check.birth_date,
        sex=check.sex,
    )


def index_of_id_number(id_number: str) -> bytes:
    """
    Return the blind index by which an ID number is found.
    """
    return crypto.blind_index("identity.id_number", rules.normal_id_number(id_number))
