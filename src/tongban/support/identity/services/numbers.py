"""
Numbers of identity documents: what they must be like, what they say, how they are found again.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext_lazy as _

from tongban.foundation.codes import (
    FIRST_BIRTH_YEAR,
    IdKind,
    IdProblem,
    Sex,
    TravelPermit,
    check_resident_id,
    travel_permit,
)
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import rules
from tongban.support.identity.models import Person
from tongban.support.identity.models.indexes import index_of_id_number
from tongban.support.identity.values import IdType

__all__ = [
    "KnownNumber",
    "ReadNumber",
    "born_on_of",
    "check_id_number",
    "index_of_id_number",
    "number_of",
    "read_id_number",
]

SENTENCES = {
    IdProblem.LENGTH: _("请填写 18 位证件号码；通行证为 H 或 M 加 8 位数字，或 8 位数字"),
    IdProblem.CHARACTERS: _("请填写 18 位证件号码，由数字组成，最后一位可以是 X"),
    IdProblem.DIVISION: _("证件号码的地区代码不存在，请核对前两位"),
    IdProblem.BIRTH_DATE: _("证件号码中的出生日期不存在，请核对第 7 至 14 位"),
    IdProblem.BIRTH_TOO_EARLY: _("证件号码中的出生日期过早，请核对第 7 至 14 位"),
    IdProblem.BIRTH_IN_FUTURE: _("证件号码中的出生日期晚于今天，请核对第 7 至 14 位"),
    IdProblem.CHECK_CHARACTER: _("证件号码有误，请逐位核对"),
}
TYPE_OF_PERMIT = {
    TravelPermit.HONG_KONG_MACAO: IdType.HONG_KONG_MACAO_PERMIT,
    TravelPermit.TAIWAN: IdType.TAIWAN_PERMIT,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadNumber:
    """
    A number that can exist, and what it says by itself.
    """

    number: str
    """
    As it is compared: 18 characters, capital X; 15 of a permanent-residence card of before 2023-12-01; nine or eight
    of a travel permit.
    """
    id_type: IdType
    born_on: date | None
    """None: a travel permit, whose number does not say it."""
    sex: Sex


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownNumber:
    """
    A number that can exist, with what it says or what its holder has said beside it.
    """

    number: str
    """As in `ReadNumber`."""
    id_type: IdType
    born_on: date
    sex: Sex


def check_id_number(text: str, *, on: date, born_on: date | None = None) -> KnownNumber:
    """
    Return what an ID number says, if it can exist, and when its holder was born.

    :param text: as typed
    :param on: today; nobody is born after it
    :param born_on: needed with a travel permit, whose number does not say it; passed over with all others
    :raises InvalidInput: names the field `id_number` or `born_on` and what is wrong
    """
    read = read_id_number(text, on=on)
    born = read.born_on or born_on
    if born is None:
        raise InvalidInput(fields={"born_on": _("通行证号码不含出生日期，请填写出生日期")})
    if born > on or born.year < FIRST_BIRTH_YEAR:
        raise InvalidInput(fields={"born_on": _("请核对出生日期")})
    return KnownNumber(number=read.number, id_type=read.id_type, born_on=born, sex=read.sex)


def born_on_of(text: str, *, number: str | None = None) -> date | None:
    """
    Return a date of birth as typed beside the number of a travel permit; None: nothing was typed.

    :param number: beside which it stands in a file or a message; what stands beside any other number, which says the
        date itself, is passed over whatever it is. None: the field is for travel permits alone
    :raises InvalidInput: names the field `born_on`: it is no date
    """
    if number is not None and travel_permit(rules.normal_id_number(number)) is None:
        return None
    plain = rules.plain_text(text)
    try:
        return date.fromisoformat(plain) if plain else None
    except ValueError as error:
        raise InvalidInput(fields={"born_on": _("请按 1990-01-31 的样子填写日期")}) from error


def number_of(person: Person, *, on: date) -> KnownNumber:
    """
    Return the number somebody is known by, and what it says.
    """
    born_on = date.fromisoformat(person.born_on) if person.born_on else None
    return check_id_number(person.id_number, on=on, born_on=born_on)


def read_id_number(text: str, *, on: date) -> ReadNumber:
    """
    Return what an ID number says by itself, if it can exist: check character, birth date, province.

    Source: GB 11643-1999. The old form of 15 digits is refused at the door: cards that bear it have not been valid
    since 2013.

    :param text: as typed
    :param on: today; nobody is born after it
    :raises InvalidInput: names the field `id_number` and what is wrong
    """
    plain = rules.normal_id_number(text)
    permit = travel_permit(plain)
    if permit is not None:
        return ReadNumber(number=plain, id_type=TYPE_OF_PERMIT[permit], born_on=None, sex=Sex.UNKNOWN)
    check = check_resident_id(plain, on=on)
    problem = IdProblem.LENGTH if check.is_legacy else check.problem
    if problem is not None or check.birth_date is None:
        raise InvalidInput(fields={"id_number": SENTENCES[problem or IdProblem.BIRTH_DATE]})
    is_foreign = check.kind is IdKind.FOREIGN_PERMANENT_RESIDENT
    return ReadNumber(
        number=check.number,
        id_type=IdType.FOREIGN_PERMANENT_RESIDENT if is_foreign else IdType.RESIDENT_ID,
        born_on=check.birth_date,
        sex=check.sex,
    )
