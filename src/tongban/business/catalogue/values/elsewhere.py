"""
Offerings of other nodes, as their nodes tell of them.
"""

from typing import Annotated

import msgspec

LONGEST_SUMMARY = 300
MOST_NAMES = 20

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
NodeCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")]
Name = Annotated[str, msgspec.Meta(max_length=1000)]
ShortName = Annotated[str, msgspec.Meta(max_length=200)]
Summary = Annotated[str, msgspec.Meta(max_length=LONGEST_SUMMARY)]


class OfferingEntry(msgspec.Struct, frozen=True, kw_only=True):
    """
    What a node tells the one above of an offering in use: enough to find it and to go there, and nothing of a person.
    """

    node: NodeCode
    node_name: ShortName
    node_name_en: ShortName
    number: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    """Of the offering at its node, where it never changes."""
    code: Code
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    name_en: ShortName
    related: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_NAMES)]
    """Other names that people say."""
    service_type: Annotated[str, msgspec.Meta(max_length=2)]
    agency_code: Annotated[str, msgspec.Meta(max_length=50)]
    agency_name: ShortName
    division_code: NodeCode
    summary: Summary
    summary_en: Summary
    for_persons: bool
    for_legal_entities: bool
    online_grade: Annotated[int, msgspec.Meta(ge=0, le=9)]
    can_apply_online: bool
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://[!-~]+$", max_length=500)]
    """Of the guide at its node."""


class OfferingElsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """
    An offering of a node below, as lists show it.
    """

    key: str
    """As the search index has it."""
    node: str
    node_name: str
    node_name_en: str
    name: str
    name_en: str
    service_type: str
    agency_name: str
    can_apply_online: bool
    url: str
