"""
Numbers of people: identity numbers of GB 11643 and their kin, mobile numbers.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tongban.foundation.codes.provinces import PROVINCES
from tongban.foundation.rules import implements

ID_FORM = re.compile(r"[0-9]{17}[0-9X]")
LEGACY_ID_FORM = re.compile(r"[0-9]{15}")
OLD_PERMIT_FORM = re.compile(r"[A-Z]{3}[0-9]{12}")
"""外国人永久居留身份证 before 2023-12-01: country, division, date of birth with a year of two digits, two more."""
ID_LENGTHS = (15, 18)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK_CHARACTERS = "10X98765432"
#: Nobody who applies was born earlier; a year before it is a slip of the keyboard.
FIRST_BIRTH_YEAR = 1880
FOREIGNER_MARK = "9"
PERMIT_PROVINCES = frozenset({"81", "82", "83"})


class Sex(StrEnum):
    """
    性别, GB/T 2261.1: the value is the code.
    """

    UNKNOWN = "0"
    MALE = "1"
    FEMALE = "2"
    UNSPECIFIED = "9"


class IdKind(StrEnum):
    """
    Which document an identity number belongs to.
    """

    RESIDENT = "RESIDENT"
    """居民身份证."""
    HONG_KONG_MACAO_TAIWAN_RESIDENT = "HONG_KONG_MACAO_TAIWAN_RESIDENT"
    """港澳台居民居住证: prefixes 81, 82, 83."""
    FOREIGN_PERMANENT_RESIDENT = "FOREIGN_PERMANENT_RESIDENT"
    """外国人永久居留身份证: begins with 9, or, given out before 2023-12-01, with three letters."""


class TravelPermit(StrEnum):
    """
    Which permit residents of Hong Kong, Macao and Taiwan travel to the mainland with.
    """

    HONG_KONG_MACAO = "HONG_KONG_MACAO"
    """港澳居民来往内地通行证."""
    TAIWAN = "TAIWAN"
    """台湾居民来往大陆通行证."""


class IdProblem(StrEnum):
    """
    What is wrong with an identity number; the first that applies.
    """

    LENGTH = "LENGTH"
    CHARACTERS = "CHARACTERS"
    DIVISION = "DIVISION"
    """There is no such province."""
    BIRTH_DATE = "BIRTH_DATE"
    """There is no such day."""
    BIRTH_TOO_EARLY = "BIRTH_TOO_EARLY"
    BIRTH_IN_FUTURE = "BIRTH_IN_FUTURE"
    CHECK_CHARACTER = "CHECK_CHARACTER"


@dataclass(frozen=True, kw_only=True, slots=True)
class IdCheck:
    """
    公民身份号码 and its kin, taken apart. What could not be read is empty.
    """

    number: str
    """18 characters where the number could be read, or 15 of an old permit, otherwise the text as given."""
    problem: IdProblem | None = None
    kind: IdKind = IdKind.RESIDENT
    division_code: str = ""
    """Six digits; of a foreigner the province that issued the card, "0000" behind it."""
    birth_date: date | None = None
    sex: Sex = Sex.UNKNOWN
    country_code: str = ""
    """Of a foreigner: three digits of ISO 3166-1, on cards from before 2023-12-01 three letters."""
    is_legacy: bool = False
    """It was given with 15 digits, without a check character."""
    is_division_unknown: bool = False
    """Warning only: the register lacks this county. Counties are renamed; people keep their number."""

    @property
    def is_valid(self) -> bool:
        """
        Whether nothing is wrong.
        """
        return self.problem is None


@implements("GB11643")
def id_check_character(first_17_digits: str) -> str:
    """
    Return the 18th character, ISO 7064 MOD 11-2.

    :param first_17_digits: 17 ASCII digits
    """
    total = sum(int(digit) * weight for digit, weight in zip(first_17_digits, ID_WEIGHTS, strict=True))
    return ID_CHECK_CHARACTERS[total % 11]


@implements("GB11643", "永居证2023-2")
def check_resident_id(text: str, *, on: date, known_divisions: Container[str] | None = None) -> IdCheck:
    """
    Return what an identity number says and what is wrong with it.

    15 digits are read as the old form: 19 is put before the year and the check character added. Three letters and 12
    digits are a permanent-residence card of before 2023-12-01, which stays good until it lapses; its check digit is not
    looked at, because its rule was not published where we could read it.

    :param text: as typed; blanks around it and a small x do not matter
    :param on: today; nobody is born later
    :param known_divisions: six-digit codes of the register, for the warning about unknown counties
    """
    number = text.strip().upper()
    if len(number) not in ID_LENGTHS:
        return IdCheck(number=number, problem=IdProblem.LENGTH)
    if OLD_PERMIT_FORM.fullmatch(number):
        return _old_permit(number, on=on)
    is_legacy = LEGACY_ID_FORM.fullmatch(number) is not None
    if is_legacy:
        body = f"{number[:6]}19{number[6:]}"
        number = body + id_check_character(body)
    if not ID_FORM.fullmatch(number):
        return IdCheck(number=number, problem=IdProblem.CHARACTERS)
    birth_date = _birth_date(number)
    kind, division_code, country_code = _origin(number)
    return IdCheck(
        number=number,
        problem=_id_problem(number, division_code, birth_date, on),
        kind=kind,
        division_code=division_code,
        birth_date=birth_date,
        sex=Sex.MALE if int(number[16]) % 2 else Sex.FEMALE,
        country_code=country_code,
        is_legacy=is_legacy,
        is_division_unknown=(
            kind is IdKind.RESIDENT and known_divisions is not None and division_code not in known_divisions
        ),
    )


def _old_permit(number: str, *, on: date) -> IdCheck:
    """
    Return what a permanent-residence number of before 2023-12-01 says.

    A year that would lie ahead is one of the century before.
    """
    division_code = f"{number[3:7]}00"
    problem: IdProblem | None = None
    century = 2000 if 2000 + int(number[7:9]) <= on.year else 1900
    try:
        birth_date = date(century + int(number[7:9]), int(number[9:11]), int(number[11:13]))
    except ValueError:
        return IdCheck(number=number, problem=IdProblem.BIRTH_DATE)
    if division_code[:2] not in PROVINCES:
        problem = IdProblem.DIVISION
    elif birth_date > on:
        problem = IdProblem.BIRTH_IN_FUTURE
    return IdCheck(
        number=number,
        problem=problem,
        kind=IdKind.FOREIGN_PERMANENT_RESIDENT,
        division_code=division_code,
        birth_date=birth_date,
        country_code=number[:3],
    )


def _origin(number: str) -> tuple[IdKind, str, str]:
    if number[0] == FOREIGNER_MARK:
        return IdKind.FOREIGN_PERMANENT_RESIDENT, f"{number[1:3]}0000", number[3:6]
    is_permit = number[:2] in PERMIT_PROVINCES
    kind = IdKind.HONG_KONG_MACAO_TAIWAN_RESIDENT if is_permit else IdKind.RESIDENT
    return kind, number[:6], ""


def _birth_date(number: str) -> date | None:
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def _id_problem(number: str, division_code: str, birth_date: date | None, on: date) -> IdProblem | None:
    if division_code[:2] not in PROVINCES:
        return IdProblem.DIVISION
    if birth_date is None:
        return IdProblem.BIRTH_DATE
    if birth_date.year < FIRST_BIRTH_YEAR:
        return IdProblem.BIRTH_TOO_EARLY
    if birth_date > on:
        return IdProblem.BIRTH_IN_FUTURE
    return None if number[17] == id_check_character(number[:17]) else IdProblem.CHECK_CHARACTER


HONG_KONG_MACAO_PERMIT_FORM = re.compile(r"[HM][0-9]{8}")
TAIWAN_PERMIT_FORM = re.compile(r"[0-9]{8}")


@implements("通行证号码规则")
def travel_permit(text: str) -> TravelPermit | None:
    """
    Return which travel permit can bear this number; None: none can.

    H (Hong Kong) or M (Macao) and the holder's eight digits for life, or the eight digits of a Taiwan resident. It
    has no check character and says neither when somebody was born nor which sex he is. The two digits that counted
    renewals behind the number stood on cards until 2013, which have all lapsed; they are no part of it.

    :param text: as typed; blanks around it and small letters do not matter
    """
    number = text.strip().upper()
    if HONG_KONG_MACAO_PERMIT_FORM.fullmatch(number):
        return TravelPermit.HONG_KONG_MACAO
    return TravelPermit.TAIWAN if TAIWAN_PERMIT_FORM.fullmatch(number) else None


MOBILE_FORM = re.compile(r"1[3-9][0-9]{9}")
MOBILE_DRESSING = re.compile(r"[\s-]")


def mobile_number(text: str) -> str | None:
    """
    Return a mobile number as its 11 digits, or None if it is not one.

    :param text: as typed; blanks, hyphens and the country code +86 or 0086 do not matter
    """
    digits = MOBILE_DRESSING.sub("", text).removeprefix("+86").removeprefix("0086")
    return digits if MOBILE_FORM.fullmatch(digits) else None


def is_resident_id(text: str, *, on: date) -> bool:
    """
    Return whether `text` is an identity number with nothing wrong.

    :param on: today; nobody is born later
    """
    return check_resident_id(text, on=on).is_valid


def is_mobile(text: str) -> bool:
    """
    Return whether `text` is a mobile number.
    """
    return mobile_number(text) is not None
