"""
The guide: everything a person needs to know about one service, made from its elements and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.db.models import F, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue import permissions, rules
from tongban.business.catalogue.models import OfferingVersion, ServiceOffering
from tongban.business.catalogue.selectors.browsing import SUMMARY_COLUMNS, OfferingSummary, summary_of
from tongban.business.catalogue.values import (
    FormField,
    Material,
    OfferingElements,
    OfferingState,
    ServiceType,
    UseLevel,
    Variant,
)
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound


class UnknownOffering(NotFound):
    """
    The catalogue holds no offering with this code, or none that the actor may know of.
    """

    code = "unknown_offering"
    message = _("没有编号为 %(offering_code)s 的事项")


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceGuide:
    """
    办事指南 of one version of an offering.

    `elements` holds every element of the list; what stands beside them is derived: the materials and fields
    that the given answers call for, and the words for codes.
    """

    offering_id: int
    code: str
    version: int
    digest: str
    state: OfferingState
    is_current: bool
    effective_from: date
    effective_until: date | None
    case_prefix: str
    codes_are_valid: bool
    definition_code: str
    main_item_name: str
    service_type_name: str
    """Empty where the type is one the node has no word for."""
    use_level_name: str
    situations_chosen: tuple[str, ...]
    materials: tuple[Material, ...]
    """Those the chosen situations call for; all of them if none was chosen."""
    form: tuple[FormField, ...]
    variant: Variant | None
    elements: OfferingElements

    @property
    def has_situations(self) -> bool:
        """
        Whether there is something to choose.
        """
        return bool(self.elements.situations)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferingVersionFacts:
    """
    One line of an offering's history.
    """

    version: int
    digest: str
    effective_from: date
    effective_until: date | None


def offering_by_code(*, code: str, actor: Actor) -> OfferingSummary:
    """
    Return one offering as lists show it. One query.

    :raises UnknownOffering: there is none, or the actor may not know of it
    """
    row = ServiceOffering.objects.filter(code=code).values(*SUMMARY_COLUMNS).first()
    if row is None or not permissions.read_offering.allows(actor, state=row["state"]):
        raise UnknownOffering(offering_code=code)
    return summary_of(row)


def guide(
    *, code: str, actor: Actor, version: int | None = None, situations: Sequence[str] = ()
) -> ServiceGuide:
    """
    Return the guide of an offering. One query, one row read.

    :param version: an earlier version, by its number; None for the current one
    :param situations: answers given, codes of situation options; none shows all materials
    :raises UnknownOffering: there is no such offering or version, or the actor may not know of it
    """
    row = versioned_row(OfferingVersion.objects.filter(offering__code=code), version=version)
    if row is None or not permissions.read_offering.allows(actor, state=row["state"]):
        raise UnknownOffering(offering_code=code)
    elements = msgspec.json.decode(row["text"], type=OfferingElements)
    chosen = tuple(situations)
    return ServiceGuide(
        **{name: row[name] for name in GUIDE_COLUMNS},
        is_current=row["version"] == row["current_version"],
        main_item_name=row["main_item_name"] or "",
        service_type_name=label_of(ServiceType, elements.service_type),
        use_level_name=label_of(UseLevel, elements.use_level),
        situations_chosen=chosen,
        materials=rules.materials_for(elements, chosen) if chosen else elements.materials,
        form=rules.fields_for(elements, chosen) if chosen else elements.form,
        variant=rules.variant_for(elements, chosen) if chosen else None,
        elements=elements,
    )


def offering_versions(*, code: str, actor: Actor) -> list[OfferingVersionFacts]:
    """
    Return the history of an offering, newest first; empty if the actor may not know of it. One query.
    """
    rows = OfferingVersion.objects.filter(offering__code=code).order_by("-version")
    if not permissions.read_unpublished.allows(actor):
        rows = rows.filter(offering__state=OfferingState.IN_USE)
    return [
        OfferingVersionFacts(**row)
        for row in rows.values("version", "digest", "effective_from", "effective_until")
    ]


GUIDE_COLUMNS = (
    "offering_id",
    "code",
    "version",
    "digest",
    "state",
    "effective_from",
    "effective_until",
    "case_prefix",
    "codes_are_valid",
    "definition_code",
)


def versioned_row(versions: Any, *, version: int | None) -> dict[str, Any] | None:
    """
    Return one version's row with what its offering adds, elements as JSON text; the current one by default.
    """
    versions = versions.filter(version=F("offering__current_version") if version is None else version)
    row: dict[str, Any] | None = (
        versions.annotate(
            text=Cast("elements", TextField()),
            code=F("offering__code"),
            state=F("offering__state"),
            case_prefix=F("offering__case_prefix"),
            codes_are_valid=F("offering__codes_are_valid"),
            current_version=F("offering__current_version"),
            definition_code=F("offering__definition__code"),
            main_item_name=F("offering__definition__parent__name"),
        )
        .values(*GUIDE_COLUMNS, "current_version", "main_item_name", "text")
        .first()
    )
    if row is not None:
        row["state"] = OfferingState(row["state"])
    return row


def label_of(words: type[ServiceType] | type[UseLevel], code: str) -> str:
    """
    Return the word for a code, empty where there is none.
    """
    return str(words(code).label) if code in words.values else ""
