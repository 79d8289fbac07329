"""
Numbers of services: basic codes and implementation codes.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from tongban.foundation.codes.organisations import check_social_credit_code
from tongban.foundation.codes.provinces import PROVINCES
from tongban.foundation.rules import implements

BASIC_CODE_LENGTH = 12
BASIC_CODE_FORM = re.compile(r"[0-9]{12}")
IMPLEMENTATION_LENGTH = 31
IMPLEMENTATION_FORM = re.compile(r"[0-9A-Z]{18}[0-9][0-9]{12}")
LEVELS = frozenset("123456")
NATIONAL_LIST = "00"


class ServiceCodeProblem(StrEnum):
    """
    What is wrong with the code of a service; the first that applies.
    """

    LENGTH = "LENGTH"
    CHARACTERS = "CHARACTERS"
    LIST = "LIST"
    """The basic code begins neither with 00 (national list) nor with a province."""
    LEVEL = "LEVEL"
    """There is no such level of exercise, or it is not the level of the item."""
    BASIC_CODE = "BASIC_CODE"
    """The last 12 digits are not the basic code of the item."""
    BODY_CODE = "BODY_CODE"
    """The social credit code of the agency is not valid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class BasicCodeCheck:
    """
    基本编码, taken apart: list or province, type, main item, sub-item.
    """

    code: str
    problem: ServiceCodeProblem | None = None
    list_code: str = ""
    type_code: str = ""
    main_item: str = ""
    sub_item: str = ""
    """"000" where the item has no sub-item."""

    @property
    def is_valid(self) -> bool:
        """
        Whether nothing is wrong.
        """
        return self.problem is None


@dataclass(frozen=True, kw_only=True, slots=True)
class ImplementationCodeCheck:
    """
    实施编码, taken apart. Readable parts are there even when one of them is wrong: feeds carry such codes.
    """

    code: str
    problem: ServiceCodeProblem | None = None
    credit_code: str = ""
    level: str = ""
    basic_code: str = ""

    @property
    def is_valid(self) -> bool:
        """
        Whether nothing is wrong.
        """
        return self.problem is None


@implements("GB39554-编码")
def check_basic_code(text: str) -> BasicCodeCheck:
    """
    Return what a basic code says and what is wrong with it.
    """
    code = text.strip()
    if len(code) != BASIC_CODE_LENGTH:
        return BasicCodeCheck(code=code, problem=ServiceCodeProblem.LENGTH)
    if not BASIC_CODE_FORM.fullmatch(code):
        return BasicCodeCheck(code=code, problem=ServiceCodeProblem.CHARACTERS)
    is_listed = code[:2] == NATIONAL_LIST or code[:2] in PROVINCES
    return BasicCodeCheck(
        code=code,
        problem=None if is_listed else ServiceCodeProblem.LIST,
        list_code=code[:2],
        type_code=code[2:4],
        main_item=code[4:9],
        sub_item=code[9:],
    )


@implements("GB39554-编码")
def check_implementation_code(
    text: str, *, level: str | None = None, basic_code: str | None = None
) -> ImplementationCodeCheck:
    """
    Return what an implementation code says and what is wrong with it.

    :param level: level of exercise of the item (T2), when it is known
    :param basic_code: basic code of the item, when it is known
    """
    code = text.strip().upper()
    if len(code) != IMPLEMENTATION_LENGTH:
        return ImplementationCodeCheck(code=code, problem=ServiceCodeProblem.LENGTH)
    if not IMPLEMENTATION_FORM.fullmatch(code):
        return ImplementationCodeCheck(code=code, problem=ServiceCodeProblem.CHARACTERS)
    found = ImplementationCodeCheck(code=code, credit_code=code[:18], level=code[18], basic_code=code[19:])
    return replace(found, problem=_implementation_problem(found, level, basic_code))


def _implementation_problem(
    found: ImplementationCodeCheck, level: str | None, basic_code: str | None
) -> ServiceCodeProblem | None:
    if found.level not in LEVELS or (level is not None and found.level != level):
        return ServiceCodeProblem.LEVEL
    if basic_code is not None and found.basic_code != basic_code:
        return ServiceCodeProblem.BASIC_CODE
    if not check_basic_code(found.basic_code).is_valid:
        return ServiceCodeProblem.LIST
    return None if check_social_credit_code(found.credit_code).is_valid else ServiceCodeProblem.BODY_CODE
