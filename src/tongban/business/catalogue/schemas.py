"""
Shapes of the catalogue API. Elements of offerings are described by the types that are stored, not a second time.
"""

from typing import Annotated, Any

from ninja import Field, Schema
from pydantic import StringConstraints

from tongban.business.catalogue.selectors import OfferingVersionFacts, ServiceGuide
from tongban.business.catalogue.values import (
    Audience,
    FeedItem,
    HandlingKind,
    LimitUnit,
    OfferingState,
    PublishedOffering,
)
from tongban.foundation.shapes import components_of

LARGEST_VERSION = 2**31 - 1
Code = Annotated[str, StringConstraints(max_length=100)]


class OfferingOut(Schema):
    """
    实施清单, as a list shows it.
    """

    id: int
    code: str = Field(description="清单编号; addresses the guide")
    name: str
    name_en: str
    service_type: str = Field(description="事项类型, code list T1")
    agency_code: str
    agency_name: str
    division_code: str
    state: OfferingState
    handling_kind: HandlingKind
    statutory_amount: int | None
    statutory_unit: LimitUnit | None
    promised_amount: int | None
    promised_unit: LimitUnit | None
    visits: int | None = Field(description="到办事现场次数")
    online_grade: int = Field(description="网上办理深度 in four grades; 0 unknown")
    is_charged: bool
    can_apply_online: bool
    for_persons: bool
    for_legal_entities: bool


class OfferingPage(Schema):
    """
    A page of offerings.
    """

    items: list[OfferingOut]
    next_cursor: str | None


class AgencyCountOut(Schema):
    """
    An agency with the number of its offerings in use.
    """

    agency_code: str
    agency_name: str
    offerings: int


class ThemeOut(Schema):
    """
    主题 with the number of its offerings in use.
    """

    code: str
    name: str
    name_en: str
    offerings: int


class ThemesOut(Schema):
    """
    Numbers of offerings in use, by everything people browse by.
    """

    total: int
    online: int
    persons: int
    legal_entities: int
    person_themes: list[ThemeOut]
    legal_themes: list[ThemeOut]
    life_events: list[ThemeOut]
    agencies: list[AgencyCountOut] = Field(description="Most offerings first")


class OfferingQuery(Schema):
    """
    What a list is to hold; every part narrows it.
    """

    audience: Audience | None = None
    theme: Code | None = Field(None, description="Three digits; of persons' themes unless audience is LEGAL")
    agency: Code | None = Field(None, description="Code of an agency")
    life_event: Code | None = None
    online_only: bool = Field(default=False, description="Only what can be applied for on this node")
    cursor: str | None = None
    limit: int = Field(20, ge=1, le=100)


class GuideQuery(Schema):
    """
    Which version, and which answers were given.
    """

    version: int | None = Field(
        None, ge=1, le=LARGEST_VERSION, description="An earlier version; without it the current"
    )
    situations: list[Code] = Field(
        [], max_length=50, description="Codes of situation options that were chosen"
    )


def components() -> dict[str, Any]:
    """
    Return the JSON schemas of what this API gives and takes as stored.
    """
    plain = components_of([FeedItem, PublishedOffering, ServiceGuide, OfferingVersionFacts])
    common: dict[str, Any] = _with_common_patterns(plain)
    return common


def _with_common_patterns(part: Any) -> Any:
    # Python's end of text is unknown to the regular expressions of JSON Schema (ECMA-262).
    if isinstance(part, dict):
        return {
            key: value.replace(r"\Z", "$")
            if key == "pattern" and isinstance(value, str)
            else _with_common_patterns(value)
            for key, value in part.items()
        }
    return [_with_common_patterns(item) for item in part] if isinstance(part, list) else part
