"""
窗口免提交: what whoever stands at a counter holds, once he has agreed that it is looked for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.licences import selectors as licences
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation.actors import Actor
from tongban.portal.apply.rules import from_licences
from tongban.portal.apply.selectors.drafts import by_material, own_drafts, replaceable


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """
    What was found of the applicant's.
    """

    offered: dict[str, list[HeldLicence]]
    """Material code -> licences of the kind that takes its place; some cannot, and say why."""
    answers: dict[str, str]
    """What usable ones say of the form."""


def types_asked_for(terms: OfferingTerms) -> frozenset[str]:
    """
    Return the types of licences that can take a material's place or fill in a field; empty: there is nothing to find.

    One query at most.
    """
    return _types(terms, replaceable(terms))


def _types(terms: OfferingTerms, wanted: Mapping[str, str]) -> frozenset[str]:
    return frozenset(wanted.values()) | {field.licence_type for field in terms.form if field.licence_type}


def found_at_counter(
    *,
    draft_id: UUID,
    holder_code: str,
    holder_name: str,
    actor: Actor,
    on: date,
    situations: Collection[str] = (),
) -> Found | None:
    """
    Return what the applicant holds; None: he has not agreed before this clerk, for this application.

    Six queries; one where the draft was not begun.

    :param holder_code: 公民身份号码 or 统一社会信用代码 of who applies
    """
    draft = own_drafts(actor).filter(pk=draft_id).first()
    if draft is None:
        return None
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    wanted = replaceable(terms)
    types = _types(terms, wanted)
    if not types or not holder_code.strip():
        return None
    held = licences.held_by_consent(
        application_id=draft_id,
        holder_code=holder_code,
        holder_name=holder_name,
        type_codes=types,
        actor=actor,
        on=on,
    )
    if held is None:
        return None
    usable = [(licence.type_code, licence.lines) for licence in held if licence.no_use is None]
    return Found(
        offered=by_material(held, wanted, terms=terms, situations=situations),
        answers=from_licences(terms.form, usable),
    )
