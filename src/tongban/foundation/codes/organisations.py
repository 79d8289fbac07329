"""
Numbers of organizations: social credit codes of GB 32100, organization codes of GB 11714.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from operator import mul

from tongban.foundation.rules import implements

DIGITS = "0123456789"
BASE_36 = DIGITS + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_LENGTH = 18
CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
CREDIT_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
#: 登记管理部门代码 -> 机构类别代码 that department gives out; GB 32100 table 1 with its later letters.
REGISTERING_DEPARTMENTS: dict[str, str] = {
    "1": "1239",  # 机构编制: 机关, 事业单位, 群众团体, 其他
    "2": "19",  # 外交
    "3": "123459",  # 司法行政
    "4": "19",  # 文化
    "5": "1239",  # 民政: 社会团体, 民办非企业单位, 基金会, 其他
    "6": "129",  # 旅游
    "7": "129",  # 宗教
    "8": "19",  # 工会
    "9": "1239",  # 市场监管: 企业, 个体工商户, 农民专业合作社, 其他
    "A": "19",  # 中央军委改革和编制办公室
    "N": "1239",  # 农业农村: 组级, 村级, 乡镇级集体经济组织, 其他
    "Y": "1",  # 其他
}
ORGANISATION_LENGTH = 9
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_FORM = re.compile(r"[0-9A-Z]{8}[0-9X]")


class CreditCodeProblem(StrEnum):
    """
    What is wrong with a social credit code; the first that applies.
    """

    LENGTH = "LENGTH"
    CHARACTERS = "CHARACTERS"
    """A letter outside the alphabet (I, O, S, V, Z), or a letter in the division."""
    REGISTERING_DEPARTMENT = "REGISTERING_DEPARTMENT"
    CHECK_CHARACTER = "CHECK_CHARACTER"


@dataclass(frozen=True, kw_only=True, slots=True)
class CreditCodeCheck:
    """
    统一社会信用代码, taken apart. What could not be read is empty.
    """

    number: str
    problem: CreditCodeProblem | None = None
    registering_department: str = ""
    category: str = ""
    division_code: str = ""
    organisation_code: str = ""
    """主体标识码, nine characters."""
    is_category_unlisted: bool = False
    """Warning only: the department is not known to give out this category."""
    is_organisation_code_unsound: bool = False
    """Warning only: the code inside fails its own check; codes given out since 2015 need not pass it."""

    @property
    def is_valid(self) -> bool:
        """
        Whether nothing is wrong; warnings do not count.
        """
        return self.problem is None


@implements("GB32100")
def credit_code_check_character(first_17: str) -> str:
    """
    Return the 18th character of a social credit code.

    :param first_17: 17 characters of the alphabet of GB 32100
    """
    total = sum(map(mul, map(CREDIT_ALPHABET.index, first_17), CREDIT_WEIGHTS))
    return CREDIT_ALPHABET[-total % 31]


@implements("GB32100")
def check_social_credit_code(text: str) -> CreditCodeCheck:
    """
    Return what a social credit code says and what is wrong with it.
    """
    number = text.strip().upper()
    if len(number) != CREDIT_LENGTH:
        return CreditCodeCheck(number=number, problem=CreditCodeProblem.LENGTH)
    if not CREDIT_FORM.fullmatch(number):
        return CreditCodeCheck(number=number, problem=CreditCodeProblem.CHARACTERS)
    department, category, organisation_code = number[0], number[1], number[8:17]
    problem = None
    if department not in REGISTERING_DEPARTMENTS:
        problem = CreditCodeProblem.REGISTERING_DEPARTMENT
    elif number[17] != credit_code_check_character(number[:17]):
        problem = CreditCodeProblem.CHECK_CHARACTER
    return CreditCodeCheck(
        number=number,
        problem=problem,
        registering_department=department,
        category=category,
        division_code=number[2:8],
        organisation_code=organisation_code,
        is_category_unlisted=category not in REGISTERING_DEPARTMENTS.get(department, category),
        is_organisation_code_unsound=not is_organisation_code(organisation_code),
    )


@implements("GB11714")
def organisation_code_check_character(first_8: str) -> str:
    """
    Return the ninth character of an organization code.

    :param first_8: eight digits or capital letters
    """
    total = sum(map(mul, map(BASE_36.index, first_8), ORGANISATION_WEIGHTS))
    return f"{DIGITS}X0"[11 - total % 11]


@implements("GB11714")
def is_organisation_code(text: str) -> bool:
    """
    Return whether `text` is an organization code, with its hyphen or without.
    """
    number = text.strip().upper()
    if len(number) == ORGANISATION_LENGTH + 1 and number[8] == "-":
        number = number[:8] + number[9]
    if not ORGANISATION_FORM.fullmatch(number):
        return False
    return number[8] == organisation_code_check_character(number[:8])


def is_social_credit_code(text: str) -> bool:
    """
    Return whether `text` is a social credit code with nothing wrong.
    """
    return check_social_credit_code(text).is_valid
