"""
Drafts, for their owners.
"""

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from tongban.business.casework import services as casework
from tongban.business.casework.values import Dispute
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.values import MaterialKind
from tongban.business.licences import selectors as licences
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.policy import visible_rows
from tongban.portal.apply import permissions
from tongban.portal.apply.models import Draft, DraftQuerySet
from tongban.portal.apply.rules import changed_fields
from tongban.portal.apply.values import DRAFT_FILES, DraftDetail, DraftRow
from tongban.support.documents import services as documents
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import Owner

ACCOUNT = gettext_noop("账户实名信息")


LICENCE = gettext_noop("电子证照")


def draft(*, actor: Actor, draft_id: UUID, on: date | None = None) -> DraftDetail:
    """
    Return a draft with its offering and files. Four queries; up to three more for licences instead.

    :param on: today, for what licences can take a material's place; None: they are not asked for
    :raises NotFound: no such draft of the actor's
    """
    found = own_drafts(actor).filter(pk=draft_id).first()
    if found is None:
        raise NotFound(draft_id=str(draft_id))
    terms = catalogue.offering_terms(actor=actor, code=found.offering_code)
    by_id = {}
    if not found.case_number:
        owner = Owner(kind=DRAFT_FILES, key=str(draft_id))
        by_id = {str(file.id): file for file in files_of(owner=owner, actor=actor)}
    offered = _offered(found, terms, actor=actor, on=on) if on and not found.case_number else {}
    return DraftDetail(
        id=found.id,
        resume_code=found.resume_code,
        offering=terms,
        situations=tuple(found.situations),
        answers=found.answers,
        sources=_sources(found, terms),
        changed=changed_fields(found.known, found.answers),
        dispute=Dispute(fields=found.dispute.get("fields", []), remark=found.dispute.get("remark", "")),
        files={
            code: [by_id[file_id] for file_id in file_ids if file_id in by_id]
            for code, file_ids in found.materials.items()
        },
        offered=offered,
        agreed={
            code: licence
            for code, held in offered.items()
            for licence in held
            if licence.identifier == found.licences.get(code) and licence.no_use is None
        },
        delivery=found.delivery,
        updated_at=found.updated_at,
        case_number=found.case_number,
    )


def _sources(found: Draft, terms: catalogue.OfferingTerms) -> dict[str, str]:
    of_licences = {field.key for field in terms.form if field.licence_key and not field.prefill}
    return {
        key: LICENCE if key in of_licences else ACCOUNT
        for key, value in found.known.items()
        if found.answers.get(key) == value
    }


def _offered(
    found: Draft, terms: catalogue.OfferingTerms, *, actor: Actor, on: date
) -> dict[str, list[HeldLicence]]:
    wanted = replaceable(terms)
    held = licences.held_licences(type_codes=set(wanted.values()), actor=actor, on=on)
    return by_material(held, wanted, terms=terms, situations=found.situations)


def replaceable(terms: catalogue.OfferingTerms) -> dict[str, str]:
    """
    Return which materials a licence can take the place of: material code -> type of the licence.

    The type that the material names; of a certificate that names none, the type that the directory of licences
    associates with the service under this name. One query; none where no certificate is left to ask for.
    """
    named = {material.code: material.licence_type for material in terms.materials if material.licence_type}
    others = {
        material.code: material.name
        for material in terms.materials
        if material.kind is MaterialKind.CERTIFICATE and not material.licence_type
    }
    if not others:
        return named
    items = (terms.basic_code, terms.local_basic_code)
    found = licences.types_for_materials(items=items, names=set(others.values()))
    return {**named, **{code: found[name] for code, name in others.items() if name in found}}


def by_material(
    held: Sequence[HeldLicence],
    wanted: Mapping[str, str],
    *,
    terms: catalogue.OfferingTerms,
    situations: Collection[str],
) -> dict[str, list[HeldLicence]]:
    """
    Return the licences held for each material that the situation asks for; materials with none are left out.
    """
    offered = {
        material.code: [licence for licence in held if licence.type_code == wanted.get(material.code)]
        for material in terms.materials_for(situations)
    }
    return {code: found_here for code, found_here in offered.items() if found_here}


def own_drafts(actor: Actor) -> DraftQuerySet:
    """
    Return the drafts the actor may know of, as a query that is yet to be asked.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the mandate does not let the actor apply
    """
    permissions.list_drafts.require(actor)
    return Draft.objects.filter(visible_rows(permissions.draft_reach(actor), permissions.DRAFT_COLUMNS))


def open_drafts(*, actor: Actor, limit: int = 20) -> list[DraftRow]:
    """
    Return what the actor has begun, the latest first. One query.
    """
    rows = own_drafts(actor).open().order_by("-updated_at")[:limit]
    return [
        DraftRow(
            id=row.id,
            offering_code=row.offering_code,
            service_name=row.service_name,
            service_name_en=row.service_name_en,
            resume_code=row.resume_code,
            updated_at=row.updated_at,
        )
        for row in rows
    ]


def offering(code: str, *, actor: Actor) -> catalogue.OfferingTerms:
    """
    Return an offering that can be applied for. One query.

    :raises NotFound: no such offering is in use
    :raises NotAppliedForOnline: it cannot be applied for through this node
    """
    terms = catalogue.offering_terms(actor=actor, code=code)
    if not terms.can_apply_online:
        raise casework.NotAppliedForOnline(offering_code=code)
    return terms


def progress_qr(number: str) -> str:
    """
    Return the address of the progress page as a QR picture, a data URI.
    """
    picture = documents.qr_picture(f"{settings.TONGBAN_BASE_URL}/progress?number={number}")
    return f"data:image/svg+xml;base64,{b64encode(picture).decode()}"


def complaints_of(
    answers: Mapping[str, str], *, terms: catalogue.OfferingTerms, situations: Sequence[str], on: date
) -> dict[str, str]:
    """
    Return what is wrong with which field, in the reader's language; empty when the form is in order. No query.

    :param on: today; dates of birth may not lie behind it
    """
    wanted = {field.key for field in terms.fields_for(situations)}
    try:
        casework.promise_of(terms, situations=situations).require_form(
            {key: value for key, value in answers.items() if key in wanted}, situations=situations, on=on
        )
    except InvalidInput as error:
        return error.fields
    return {}


def may_touch_draft(actor: Actor, draft_id: str) -> bool:
    """
    Return whether a draft is the actor's; its files ask this. One query.
    """
    try:
        key = UUID(draft_id)
    except ValueError:
        return False
    found = Draft.objects.filter(pk=key).values_list("owner", "offering_code").first()
    return found is not None and permissions.change_draft.allows(
        actor, owner=found[0], offering_code=found[1]
    )
