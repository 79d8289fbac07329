"""
Questions to the base registers. Divisions and agencies are public: every actor gets the same answer.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.foundation.actors import Actor
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import NotFound
from tongban.foundation.languages import in_language
from tongban.resources.registers.models import Agency, AgencyCode, Division
from tongban.resources.registers.values import AgencyKind, DivisionLevel


class UnknownDivision(NotFound):
    """
    The register holds no division with this code.
    """

    code = "unknown_division"
    message = _("没有代码为 %(division_code)s 的行政区划")


class UnknownAgency(NotFound):
    """
    The register holds no agency with this code.
    """

    code = "unknown_agency"
    message = _("没有代码为 %(agency_code)s 的机构")


@dataclass(frozen=True, kw_only=True, slots=True)
class DivisionFacts:
    """
    行政区划 as lists and pages show it.
    """

    code: str
    gb_code: str
    name: str
    name_en: str
    level: DivisionLevel
    parent_code: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyFacts:
    """
    实施机构 as lists and pages show it.
    """

    code: str
    code_is_valid: bool
    name: str
    short_name: str
    name_en: str
    kind: AgencyKind
    division_code: str
    is_demo: bool


DIVISION_COLUMNS = ("code", "gb_code", "name", "name_en", "level", "parent_code")
AGENCY_COLUMNS = (
    "code",
    "code_is_valid",
    "name",
    "short_name",
    "name_en",
    "kind",
    "division_code",
    "is_demo",
)


def division_by_code(*, code: str, actor: Actor) -> DivisionFacts:
    """
    Return the division with this 12-digit code. One query.

    :raises UnknownDivision: the register does not hold it
    """
    row = Division.objects.filter(code=code).values(*DIVISION_COLUMNS).first()
    if row is None:
        raise UnknownDivision(division_code=code)
    return _division(row)


def divisions_inside(*, code: str, actor: Actor, on: date | None = None) -> list[DivisionFacts]:
    """
    Return the division `code` and all below it, in the order of their codes. One query.

    :param on: keep those in force on this day; None keeps ended ones too
    """
    divisions = Division.objects.inside(code)
    if on is not None:
        divisions = divisions.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on),
            Q(valid_until__isnull=True) | Q(valid_until__gt=on),
        )
    return [_division(row) for row in divisions.order_by("code").values(*DIVISION_COLUMNS)]


def divisions_below(*, parent_code: str, actor: Actor) -> list[DivisionFacts]:
    """
    Return the direct children of a division in pinyin order. One query, index `division_children`.
    """
    rows = Division.objects.filter(parent_code=parent_code).order_by("sort_key", "code")
    return [_division(row) for row in rows.values(*DIVISION_COLUMNS)]


def agency_by_code(*, code: str, actor: Actor) -> AgencyFacts:
    """
    Return the agency with this code, exactly as published. One query.

    :raises UnknownAgency: the register does not hold it
    """
    row = Agency.objects.filter(code=code).values(*AGENCY_COLUMNS).first()
    if row is None:
        raise UnknownAgency(agency_code=code)
    return _agency(row)


def agencies_by_published_code(*, code: str, actor: Actor) -> list[AgencyFacts]:
    """
    Return the agencies under which a body code was published; real lists use one code under two labels.

    One query.
    """
    ids = AgencyCode.objects.filter(code=code).values("agency_id")
    rows = Agency.objects.filter(Q(code=code) | Q(pk__in=ids)).order_by("order", "code")
    return [_agency(row) for row in rows.values(*AGENCY_COLUMNS)]


def agencies_inside(*, division_code: str, actor: Actor) -> list[AgencyFacts]:
    """
    Return the agencies of a division and of all below it, in their official order. One query.
    """
    inside = Agency.objects.filter(division_code__startswith=subtree_prefix(division_code))
    rows = inside.order_by("division_code", "order", "code")
    return [_agency(row) for row in rows.values(*AGENCY_COLUMNS)]


def known_agency_codes(*, actor: Actor) -> dict[str, str]:
    """
    Return every agency code with the agency's name; imports check rows against it. One query.

    A node holds some thousand agencies at most (a large province: 5,900), so the answer stays small.
    """
    return dict(Agency.objects.values_list("code", "name"))


def known_division_codes(*, codes: Collection[str], actor: Actor) -> set[str]:
    """
    Return those of these 12-digit codes that the register of divisions holds. One query.
    """
    return set(Division.objects.filter(code__in=codes).values_list("code", flat=True))


def agency_names(*, codes: Collection[str], actor: Actor) -> dict[str, str]:
    """
    Return the names of those of these agencies that the register holds, by code, in the reader's language. One query.
    """
    rows = Agency.objects.filter(code__in=codes).values_list("code", "name", "name_en")
    return {code: in_language(name, name_en) for code, name, name_en in rows}


def english_agency_names(*, codes: Collection[str], actor: Actor) -> dict[str, str]:
    """
    Return the English names of those of these agencies that have one, by code. One query.
    """
    rows = Agency.objects.filter(code__in=codes).exclude(name_en="")
    return dict(rows.values_list("code", "name_en"))


def _division(row: dict[str, object]) -> DivisionFacts:
    return DivisionFacts(**{**row, "level": DivisionLevel(str(row["level"]))})  # type: ignore[arg-type]


def _agency(row: dict[str, object]) -> AgencyFacts:
    return AgencyFacts(**{**row, "kind": AgencyKind(str(row["kind"]))})  # type: ignore[arg-type]
