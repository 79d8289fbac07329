"""
Reading the row of a file: what it says once letters, dates and codes are in one form, and what cannot be right.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, Final

from tongban.business.licences.rules.faces import face_faults, filled_face
from tongban.business.licences.rules.licences import holder_kind, parsed_identifier
from tongban.business.licences.rules.licences import valid_until as end_by_rule
from tongban.business.licences.values import (
    Fault,
    FieldKind,
    Holder,
    HolderKind,
    LicenceStatus,
    StockProblem,
    StockRepair,
    StockRow,
    TypeDefinition,
)
from tongban.foundation.codes import check_resident_id, check_social_credit_code, travel_permit
from tongban.foundation.codes.organisations import is_organisation_code

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "type": ("type_code", "type", "license_type", "证照类型代码", "证照类型", "证照类型名称", "证照名称"),
    "number": ("number", "license_number", "id_code", "证照编号", "证照号码", "编号"),
    "identifier": ("identifier", "license_code", "证照标识", "电子证照标识"),
    "issuer_code": ("issuer_code", "证照颁发机构代码", "颁发机构代码", "发证机关代码"),
    "issuer_name": ("issuer_name", "证照颁发机构", "颁发机构", "发证机关"),
    "division_code": ("division_code", "行政区划代码", "管辖属地"),
    "holder_name": ("holder_name", "持证主体", "持证主体名称", "持证者", "姓名"),
    "holder_code": ("holder_code", "持证主体代码", "持证者号码", "证件号码", "统一社会信用代码"),
    "holder_code_type": ("holder_code_type", "持证主体代码类型", "持证主体代码类型代码"),
    "holder_kind": ("holder_kind", "持证主体类别"),
    "issued_date": ("issued_date", "证照颁发日期", "颁发日期", "发证日期"),
    "valid_from": ("valid_from", "证照有效期起始日期", "有效期起始", "有效期起始日期"),
    "last_valid_date": ("last_valid_date", "证照有效期截止日期", "有效期截止", "有效期截止日期", "有效期至"),
    "status": ("status", "证照状态", "状态"),
    "scan": ("scan", "file", "扫描件", "文件名"),
    "compared_by": ("compared_by", "核对人"),
    "compared_date": ("compared_date", "核对日期"),
}
"""Field -> names under which files have it; those of GB/T 36903 (metadata) among them."""
NEEDED: Final = ("type", "number", "holder_name", "holder_code")
LONGEST: Final[dict[str, int]] = {"number": 60, "issuer_code": 32, "issuer_name": 200, "holder_name": 200}
LONG_TERM: Final = frozenset({"长期", "长期有效", "永久", "永久有效", "无期限", "9999-12-31"})
STATUSES: Final[dict[str, LicenceStatus]] = {
    "": LicenceStatus.VALID,
    **dict.fromkeys(("01", "1", "有效", "正常", "在用", "VALID"), LicenceStatus.VALID),
    **dict.fromkeys(("02", "2", "暂停", "挂失", "SUSPENDED"), LicenceStatus.SUSPENDED),
    **dict.fromkeys(("03", "3", "撤销", "吊销", "REVOKED"), LicenceStatus.REVOKED),
    **dict.fromkeys(("04", "4", "注销", "CANCELED"), LicenceStatus.CANCELED),
    **dict.fromkeys(("05", "5", "过期", "失效", "EXPIRED"), LicenceStatus.EXPIRED),
}
RESIDENT_ID: Final = "111"
CREDIT_CODE: Final = "001"
OTHER_PAPER: Final = "999"
_DAY: Final = re.compile(
    r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?(?:[ T]\d{1,2}:\d{2}.*)?", re.ASCII
)
_DIGITS: Final = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class CleanLicence:
    """
    A row in which nothing stands that cannot be right.
    """

    type_code: str
    definition: TypeDefinition
    type_version: int
    number: str
    identifier: str
    """Empty: it has none yet."""
    issuer_code: str
    issuer_name: str
    division_code: str
    holder: Holder
    face: list[dict[str, Any]]
    issued_date: date
    valid_from: date
    valid_until: date | None
    status: LicenceStatus
    scan: str
    compared_by: str
    compared_date: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class KnownType:
    """
    A type whose licences are taken in.
    """

    code: str
    version: int
    definition: TypeDefinition


class Wrong(Exception):
    """
    A row cannot be right as it is.
    """

    def __init__(self, problem: StockProblem) -> None:
        super().__init__(problem.value)
        self.problem = problem


FindType = Callable[[str], tuple[KnownType, ...]]
"""From a code or a name to the types in force that are called so."""


def plain(text: str) -> str:
    """
    Return text in one form: full-width letters made plain, blanks at the ends and doubled ones gone.
    """
    return " ".join(unicodedata.normalize("NFKC", text).split())


def day_of(text: str) -> date | None:
    """
    Return the day that people write as 2020-1-5, 2020/01/05, 2020.1.5, 20200105 or 2020年1月5日; None: it is none.
    """
    written = plain(text)
    found = _DAY.fullmatch(written) or _DIGITS.fullmatch(written)
    if found is None:
        return None
    try:
        return date(*map(int, found.groups()))
    except ValueError:
        return None


def cleaned(
    row: StockRow, *, find_type: FindType, division_code: str, issuer: tuple[str, str], on: date
) -> tuple[CleanLicence, tuple[StockRepair, ...]]:
    """
    Return what a row says, and what had to be put right for it to say that. Nothing is guessed.

    :param division_code: of rows that name none
    :param issuer: code and name of the agency that brings the file, for rows that name no issuer
    :param on: today
    :raises Wrong: the first thing that cannot be right
    """
    if row.is_broken:
        raise Wrong(StockProblem.UNREADABLE)
    repairs: set[StockRepair] = set()
    told = {name: plain(value) for name, value in row.told.items()}
    if told != row.told:
        repairs.add(StockRepair.LETTERS)
    kind = _type(told, find_type, repairs)
    number = _short(told, "number", StockProblem.NUMBER_MISSING).upper()
    issuer_code, issuer_name = _issuer(told, kind, issuer, repairs)
    holder = _holder(told, kind, repairs, on=on)
    issued, begins, until = _period(told, kind, repairs)
    status = STATUSES.get(told.get("status", "").upper())
    if status is None:
        raise Wrong(StockProblem.STATUS_UNKNOWN)
    if status is LicenceStatus.VALID and until is not None and on >= until:
        status = LicenceStatus.EXPIRED
    compared = day_of(told.get("compared_date", "")) if told.get("compared_by") else None
    clean = CleanLicence(
        type_code=kind.code,
        type_version=kind.version,
        definition=kind.definition,
        number=number,
        identifier=_identifier(told, kind, issuer_code),
        issuer_code=issuer_code,
        issuer_name=issuer_name,
        division_code=_division(told.get("division_code", ""), division_code),
        holder=holder,
        face=_face(row, kind.definition, holder, repairs),
        issued_date=issued,
        valid_from=begins,
        valid_until=until,
        status=status,
        scan=told.get("scan", ""),
        compared_by=told.get("compared_by", "")[:64] if compared else "",
        compared_date=compared,
    )
    return clean, tuple(repair for repair in StockRepair if repair in repairs)


def _short(told: Mapping[str, str], name: str, problem: StockProblem) -> str:
    value = told.get(name, "")
    if not 0 < len(value) <= LONGEST[name]:
        raise Wrong(problem)
    return value


def _type(told: Mapping[str, str], find_type: FindType, repairs: set[StockRepair]) -> KnownType:
    asked = told.get("type", "")
    if not asked:
        raise Wrong(StockProblem.TYPE_MISSING)
    found = find_type(asked.upper()) or find_type(asked)
    if not found:
        raise Wrong(StockProblem.TYPE_UNKNOWN)
    if len(found) > 1:
        raise Wrong(StockProblem.TYPE_AMBIGUOUS)
    if found[0].code != asked.upper():
        repairs.add(StockRepair.TYPE_BY_NAME)
    return found[0]


def _issuer(
    told: Mapping[str, str], kind: KnownType, usual: tuple[str, str], repairs: set[StockRepair]
) -> tuple[str, str]:
    if not told.get("issuer_code") and not told.get("issuer_name"):
        code, name = usual
    else:
        code = _short(told, "issuer_code", StockProblem.ISSUER_MISSING).upper()
        name = told.get("issuer_name", "") or (usual[1] if code == usual[0] else "")
        if not 0 < len(name) <= LONGEST["issuer_name"]:
            raise Wrong(StockProblem.ISSUER_MISSING)
    if not _is_credit_code(code):
        repairs.add(StockRepair.ISSUER_UNCHECKED)
    issuers = kind.definition.issuers
    if issuers and code not in {body.code for body in issuers}:
        raise Wrong(StockProblem.ISSUER_NOT_ALLOWED)
    return code, name


@lru_cache(maxsize=1_024)
def _is_credit_code(code: str) -> bool:
    # A file names few issuers, each very often.
    return check_social_credit_code(code).is_valid


def _holder(told: Mapping[str, str], kind: KnownType, repairs: set[StockRepair], *, on: date) -> Holder:
    name = _short(told, "holder_name", StockProblem.HOLDER_MISSING)
    code = told.get("holder_code", "").replace(" ", "").upper()
    is_person, code, code_type = _holder_code(code, told, kind.definition, repairs, on=on)
    holder_is = HolderKind.PERSON if is_person else HolderKind.LEGAL
    if holder_is.value not in kind.definition.holder_kinds:
        raise Wrong(StockProblem.HOLDER_NOT_ALLOWED)
    return Holder(kind=holder_is.value, name=name, code=code, code_type=code_type)


def _holder_code(
    code: str, told: Mapping[str, str], definition: TypeDefinition, repairs: set[StockRepair], *, on: date
) -> tuple[bool, str, str]:
    """
    Return whether the holder is a person, the code as it is compared, and its kind (GB 11643, GB 32100, GB 11714).
    """
    wants_person = _wants_person(told, definition)
    person = check_resident_id(code, on=on) if wants_person is not False else None
    if person is not None and person.is_valid:
        if person.is_legacy:
            repairs.add(StockRepair.CODE_FROM_15_DIGITS)
        return True, person.number, RESIDENT_ID
    if wants_person is not True and check_social_credit_code(code).is_valid:
        return False, code, CREDIT_CODE
    if wants_person is not True and is_organisation_code(code.replace("-", "")):
        return False, code.replace("-", ""), OTHER_PAPER
    if wants_person is not False and travel_permit(code) is not None:
        return True, code, OTHER_PAPER
    raise Wrong(StockProblem.HOLDER_CODE_WRONG)


def _wants_person(told: Mapping[str, str], definition: TypeDefinition) -> bool | None:
    said = told.get("holder_kind", "").upper()
    if said in {"PERSON", "1", "自然人", "个人"}:
        return True
    if said:
        return holder_kind(said) is HolderKind.PERSON
    if len(definition.holder_kinds) == 1:
        return definition.holder_kinds[0] == HolderKind.PERSON.value
    return None


def _period(
    told: Mapping[str, str], kind: KnownType, repairs: set[StockRepair]
) -> tuple[date, date, date | None]:
    """
    Return the day of issue, the first valid day and the first day that is not valid any more.
    """
    issued = _day(told, "issued_date", repairs)
    begins = _day(told, "valid_from", repairs)
    if issued is None and begins is None:
        raise Wrong(StockProblem.DATE_WRONG)
    issued = issued or begins
    begins = begins or issued
    if issued is None or begins is None:  # for the type checker: one of them was there
        raise Wrong(StockProblem.DATE_WRONG)
    if told.get("last_valid_date", "") in LONG_TERM:
        return issued, begins, None
    last = _day(told, "last_valid_date", repairs)
    until = (
        last + timedelta(days=1)
        if last is not None
        else end_by_rule(kind.definition.validity, valid_from=begins)
    )
    if until is not None and until <= begins:
        raise Wrong(StockProblem.PERIOD_WRONG)
    return issued, begins, until


def _day(told: Mapping[str, str], name: str, repairs: set[StockRepair]) -> date | None:
    text = told.get(name, "")
    if not text or text in LONG_TERM:
        return None
    found = day_of(text)
    if found is None or not 1900 <= found.year < 9999:  # noqa: PLR2004 - before the first and after the last licence
        raise Wrong(StockProblem.DATE_WRONG)
    if found.isoformat() != text:
        repairs.add(StockRepair.DATES)
    return found


def _identifier(told: Mapping[str, str], kind: KnownType, issuer_code: str) -> str:
    text = told.get("identifier", "")
    if not text:
        return ""
    parsed = parsed_identifier(text)
    fits = parsed is not None and parsed.type_code == kind.code
    if parsed is None or not fits or (len(parsed.issuer_code) == 18 and parsed.issuer_code != issuer_code):  # noqa: PLR2004 - GB 32100
        raise Wrong(StockProblem.IDENTIFIER_WRONG)
    return str(parsed)


def _division(text: str, usual: str) -> str:
    return text.ljust(12, "0") if text.isascii() and text.isdigit() and 6 <= len(text) <= 12 else usual  # noqa: PLR2004 - GB/T 2260


def _face(
    row: StockRow, definition: TypeDefinition, holder: Holder, repairs: set[StockRepair]
) -> list[dict[str, Any]]:
    given = {name.strip(): plain(value) for name, value in row.face.items() if value.strip()}
    form: dict[str, str] = {}
    for field in definition.fields:
        key = field.source.removeprefix("form.") or field.key
        value = next((given.pop(name) for name in (field.key, field.label, key) if name in given), "")
        if field.kind is FieldKind.DATE and value:
            day = day_of(value)
            value = day.isoformat() if day else value
        form[key] = value
    if given:
        repairs.add(StockRepair.LINES_DROPPED)
    is_person = holder.kind == HolderKind.PERSON
    lines = filled_face(definition.fields, holder=holder, form=form, is_person=is_person)
    faults = face_faults(definition.fields, {line["key"]: line["value"] for line in lines})
    if any(fault is not Fault.MISSING for fault in faults.values()):
        raise Wrong(StockProblem.FACE_WRONG)
    if faults:
        repairs.add(StockRepair.LINES_MISSING)
    return lines
