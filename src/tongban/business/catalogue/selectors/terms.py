"""
The terms of an offering: what casework copies onto a case when it is submitted.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

import msgspec
from django.db import connection

from tongban.business.catalogue import permissions, rules
from tongban.business.catalogue.selectors.guides import UnknownOffering
from tongban.business.catalogue.values import (
    ApplicantKind,
    Commitment,
    FormField,
    HandlingKind,
    LegalBasis,
    Limit,
    Material,
    OfferingElements,
    OfferingState,
    Reach,
    Result,
    Situation,
    SpecialProcedure,
    Step,
    Variant,
)
from tongban.foundation.actors import Actor


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferingTerms:
    """
    What was promised, at one version. A case keeps these; later changes of the catalogue leave it alone.
    """

    offering_id: int
    code: str
    version: int
    digest: str
    state: OfferingState
    case_prefix: str
    """31 characters: the national 实施编码, or one the node made. Two offerings may share a national one."""
    definition_code: str
    basic_code: str
    local_basic_code: str
    implementation_code: str
    local_implementation_code: str
    name: str
    name_en: str
    service_type: str
    use_level: str
    agency_code: str
    agency_name: str
    agency_name_en: str
    division_code: str
    applicants: tuple[ApplicantKind, ...]
    handling_kind: HandlingKind
    statutory_limit: Limit | None
    promised_limit: Limit | None
    extension_limit: Limit | None
    situations: tuple[Situation, ...]
    materials: tuple[Material, ...]
    form: tuple[FormField, ...]
    steps: tuple[Step, ...]
    special_procedures: tuple[SpecialProcedure, ...]
    results: tuple[Result, ...]
    variants: tuple[Variant, ...]
    commitment: Commitment | None
    setting_basis: tuple[LegalBasis, ...]
    implementing_basis: tuple[LegalBasis, ...]
    supervision_basis: tuple[LegalBasis, ...]
    remedies: str
    remedies_en: str
    is_charged: bool
    required_assurance_level: int
    is_high_risk: bool
    can_apply_online: bool
    has_courier_delivery: bool
    reach: Reach | None
    """通办范围; None: nobody published it."""

    def materials_for(self, chosen: Collection[str]) -> tuple[Material, ...]:
        """
        Return the materials wanted after the answers `chosen`, in their order.
        """
        return tuple(material for material in self.materials if rules.applies(material.situations, chosen))

    def fields_for(self, chosen: Collection[str]) -> tuple[FormField, ...]:
        """
        Return the form fields wanted after the answers `chosen`, in their order.
        """
        return tuple(field for field in self.form if rules.applies(field.situations, chosen))

    def variant_for(self, chosen: Collection[str]) -> Variant | None:
        """
        Return the handling item (业务办理项) that the answers lead to; None where the offering has no split.
        """
        return next((variant for variant in self.variants if rules.applies(variant.situations, chosen)), None)


FROM_ROW = ("offering_id", "code", "version", "digest", "state", "case_prefix", "definition_code")
FROM_ELEMENTS = tuple(name for name in OfferingTerms.__dataclass_fields__ if name not in FROM_ROW)

# What was read before need not be sent and decoded again: equal digests mean equal elements.
TERMS = """
SELECT offering.id, offering.code, version.version, version.digest, offering.state, offering.case_prefix,
       definition.code, CASE WHEN version.digest = %(known)s THEN NULL ELSE version.elements::text END
FROM catalogue_serviceoffering offering
JOIN catalogue_servicedefinition definition ON definition.id = offering.definition_id
JOIN catalogue_offeringversion version ON version.offering_id = offering.id
    AND version.version = COALESCE(%(version)s, offering.current_version)
WHERE {named}
"""
MOST_KEPT = 1000

_kept: dict[tuple[str, int | None], OfferingTerms] = {}
"""Terms this process has read, by name and version asked for; the database says each time whether they still hold."""


def offering_terms(
    *,
    actor: Actor,
    offering_id: int | None = None,
    code: str | None = None,
    version: int | None = None,
) -> OfferingTerms:
    """
    Return the terms of an offering, named by its id or its code. One query.

    :param version: an earlier version, by its number; None for the current one
    :raises UnknownOffering: there is no such offering or version, or the actor may not know of it
    :raises TypeError: neither id nor code, or both
    """
    if (offering_id is None) == (code is None):
        raise TypeError("name the offering by its id or by its code")
    key = (f"id:{offering_id}" if code is None else f"code:{code}", version)
    known = _kept.get(key)
    with connection.cursor() as cursor:
        cursor.execute(
            TERMS.format(named="offering.id = %(id)s" if code is None else "offering.code = %(code)s"),
            {"id": offering_id, "code": code, "version": version, "known": known.digest if known else ""},
        )
        row = cursor.fetchone()
    if row is None or not permissions.read_offering.allows(actor, state=row[4]):
        raise UnknownOffering(offering_code=code or str(offering_id))
    if known is not None and row[:-1] == tuple(getattr(known, name) for name in FROM_ROW):
        return known
    terms = _terms(row, known)
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[key] = terms
    return terms


def _terms(row: tuple[Any, ...], known: OfferingTerms | None) -> OfferingTerms:
    """
    Return the terms of a row; those `known` where the row came without elements.
    """
    own = {**dict(zip(FROM_ROW, row[:-1], strict=True)), "state": OfferingState(row[4])}
    if row[-1] is None and known is not None:
        return replace(known, **own)
    elements = msgspec.json.decode(row[-1], type=OfferingElements)
    return OfferingTerms(**own, **{name: getattr(elements, name) for name in FROM_ELEMENTS})
