"""
Parts of the pages of the guided application.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from tongban.business.casework import selectors as casework
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import ApplicantKind, Material, MaterialForm, Necessity, Prefill
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation.actors import Actor, PrincipalKind
from tongban.foundation.errors import NotAuthenticated
from tongban.foundation.languages import in_language
from tongban.foundation.policy import Reason
from tongban.portal.apply.rules import unanswered
from tongban.portal.apply.selectors import (
    FIELD_PREFIX,
    shown_answer,
)
from tongban.portal.apply.values import WAYS, DraftDetail, Step
from tongban.support.documents.values import EXTENSIONS, FileFacts, FileReceipt
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import AssuranceLevel

ACCEPTED_FILES = ",".join(f".{ending}" for ending in EXTENSIONS)
SITUATION_PREFIX = "s-"
FILE_PREFIX = "file-"
DISPUTE_FIELDS = "dispute"
DISPUTE_REMARK = "dispute-remark"
KILOBYTE = 1024
PROMISED = "tongban_promised"
"""Under this name the session keeps for which draft the person has confirmed what he hands in."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialView:
    """
    One material as the page draws it.
    """

    code: str
    name: str
    note: str
    state: str
    """required, later, optional or paper."""
    files: list["FileView"]
    error: str
    upload: str
    offered: list["LicenceView"]
    """Licences that could take its place."""
    agreed: "LicenceView | None"
    """The one that does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceView:
    """
    A licence that could take the place of a material.
    """

    identifier: str
    name: str
    number: str
    issuer_name: str
    last_valid_date: date | None
    why_not: str
    """Why it cannot; empty: it can."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileView:
    """
    One file handed in.
    """

    name: str
    size: str
    href: str
    remove_action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """
    One line of the page on which everything is checked.
    """

    id: str
    """Where the summary of errors leads: "f-" and this."""
    label: str
    value: str
    error: str
    href: str


def person_of(request: HttpRequest) -> Actor:
    """
    Return the citizen who asks.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor


def applying_as(offering: OfferingTerms, actor: Actor) -> dict[str, str]:
    """
    Return what the pages say of the name in which one applies: context of `_applying_as.html`.
    """
    principal, served = actor.acting_for, offering.applicants
    is_unit = principal is not None and principal.kind is PrincipalKind.LEGAL_ENTITY
    level = AssuranceLevel(offering.required_assurance_level)
    lacks = casework.level_if_submitted(needed=level, actor=actor).reason is Reason.PRINCIPAL_LEVEL_TOO_LOW
    wrong_name = ""
    if served and not is_unit and ApplicantKind.PERSON not in served:
        wrong_name = "unit"
    elif is_unit and set(served) == {ApplicantKind.PERSON}:
        wrong_name = "person"
    elif principal is None and any(
        field.prefill is Prefill.LEGAL_SOCIAL_CREDIT_CODE for field in offering.form
    ):
        wrong_name = "oneself"
    return {
        "wrong_name": wrong_name,
        "acting_name": principal.name if principal else "",
        "principal_level": str(level.label) if lacks else "",
    }


def path_of(draft: DraftDetail) -> list[Step]:
    """
    Return the steps that this offering has; an empty step is no step.
    """
    offering = draft.offering
    skipped = set()
    if not offering.situations:
        skipped.add(Step.SITUATION)
    answered = not unanswered(offering.situations, draft.situations)
    if answered and not offering.materials_for(draft.situations):
        skipped.add(Step.MATERIALS)
    return [step for step in Step if step not in skipped]


def address_of(draft: DraftDetail, step: Step) -> str:
    """
    Return the address of one step.
    """
    return reverse("apply:step-show", kwargs={"draft_id": draft.id, "step": step.value})


def step_up_address(draft: DraftDetail, *, query: dict[str, str]) -> str:
    """
    Return where the level is raised, or the person checked anew, and from where he comes back to the last step.

    :param query: "to", the level wanted; "check" for a fresh check
    """
    back = {"next": address_of(draft, Step.CHECK)}
    return f"{reverse('workspace:level-show')}?{urlencode({**query, **back})}"


def situation_views(
    draft: DraftDetail, *, chosen: Collection[str], errors: dict[str, str]
) -> list[dict[str, object]]:
    """
    Return the questions about the situation, with the answers given.
    """
    return [
        {
            "name": f"{SITUATION_PREFIX}{situation.code}",
            "question": in_language(situation.question, situation.question_en),
            "is_multiple": situation.is_multiple,
            "options": [
                (
                    option.code,
                    in_language(option.label, option.label_en),
                    in_language(option.help, option.help_en),
                )
                for option in situation.options
            ],
            "values": [option.code for option in situation.options if option.code in chosen],
            "error": errors.get(situation.code, ""),
        }
        for situation in draft.offering.situations
    ]


def material_views(draft: DraftDetail, errors: dict[str, str]) -> list[MaterialView]:
    """
    Return the materials that the situation calls for, with the files handed in.
    """
    return [
        MaterialView(
            code=material.code,
            name=in_language(material.name, material.name_en),
            note=_hint(material),
            state=_state(material),
            files=[file_view(draft.id, file) for file in draft.files.get(material.code, [])],
            error=errors.get(material.code, ""),
            upload=reverse("apply:file-upload", kwargs={"draft_id": draft.id, "material": material.code}),
            offered=[_licence_view(licence) for licence in draft.offered.get(material.code, [])],
            agreed=_licence_view(draft.agreed[material.code]) if material.code in draft.agreed else None,
        )
        for material in draft.offering.materials_for(draft.situations)
    ]


def material_note(material: Material) -> tuple[str, str]:
    """
    Return a material's name and whether it must be there.
    """
    words = {
        "required": _("必要"),
        "later": _("可容缺后补"),
        "optional": _("按需提供"),
        "paper": _("纸质，窗口提交"),
    }
    return in_language(material.name, material.name_en), words[_state(material)]


def dispute_view(draft: DraftDetail) -> dict[str, object]:
    """
    Return what was filled in, to be marked as wrong, with what is marked so far.
    """
    return {
        "options": _labels(draft, draft.known),
        "values": [key for key in draft.known if key in draft.dispute.fields],
        "remark": draft.dispute.remark,
    }


def missing_of(draft: DraftDetail) -> dict[str, str]:
    """
    Return what still has to be handed in: material -> sentence.
    """
    return {
        material.code: _("请提交：%(name)s") % {"name": in_language(material.name, material.name_en)}
        for material in draft.offering.materials_for(draft.situations)
        if _state(material) == "required"
        and not draft.files.get(material.code)
        and material.code not in draft.agreed
    }


def check_rows(draft: DraftDetail, wrong: dict[str, str]) -> dict[str, list[Row]]:
    """
    Return everything that was answered and handed in, line by line, with what is wrong about it.
    """
    return {
        "situations": _situation_rows(draft, wrong),
        "answers": [
            Row(
                id=f"row-{field.key}",
                label=in_language(field.label, field.label_en),
                value=shown_answer(field, draft.answers.get(field.key, "")),
                error=wrong.get(field.key, ""),
                href=f"{address_of(draft, Step.FORM)}#f-{FIELD_PREFIX}{field.key}",
            )
            for field in draft.offering.fields_for(draft.situations)
        ],
        "dispute": _dispute_rows(draft),
        "materials": [
            Row(
                id=f"row-{view.code}",
                label=view.name,
                value=_material_words(view),
                error=wrong.get(view.code, ""),
                href=f"{address_of(draft, Step.MATERIALS)}#f-{FILE_PREFIX}{view.code}",
            )
            for view in material_views(draft, {})
        ],
        "delivery": [
            Row(
                id="row-delivery",
                label=_("领取方式"),
                value=" ".join((str(WAYS[draft.delivery["way"]]), draft.delivery.get("address", ""))).strip(),
                error="",
                href=f"{address_of(draft, Step.DELIVERY)}#f-way",
            )
        ],
    }


def file_view(draft_id: UUID, file: FileFacts | FileReceipt) -> FileView:
    """
    Return one file as the list draws it.
    """
    return FileView(
        name=file.name,
        size=size_words(file.size),
        href=reverse("documents:file-download", kwargs={"file_id": file.id}),
        remove_action=reverse("apply:file-remove", kwargs={"draft_id": draft_id, "file_id": file.id}),
    )


def size_words(size_bytes: int) -> str:
    """
    Return a size for people: 12 KB, 3.4 MB.
    """
    if size_bytes < KILOBYTE * KILOBYTE:
        return f"{max(1, round(size_bytes / KILOBYTE))} KB"
    return f"{size_bytes / KILOBYTE / KILOBYTE:.1f} MB"


def _material_words(view: MaterialView) -> str:
    if view.agreed:
        return _("免提交：用您的“%(name)s”（%(number)s）") % {
            "name": view.agreed.name,
            "number": view.agreed.number,
        }
    return _("到窗口提交纸质材料") if view.state == "paper" else _joined(view.files)


def _licence_view(licence: HeldLicence) -> LicenceView:
    return LicenceView(
        identifier=licence.identifier,
        name=in_language(licence.type_name, licence.type_name_en),
        number=licence.number,
        issuer_name=licence.issuer_name,
        last_valid_date=licence.last_valid_date,
        why_not=str(licence.no_use.label) if licence.no_use else "",
    )


def _joined(files: list[FileView]) -> str:
    return _("、").join(file.name for file in files)


def _labels(draft: DraftDetail, keys: Collection[str]) -> list[tuple[str, str]]:
    return [
        (field.key, in_language(field.label, field.label_en))
        for field in draft.offering.fields_for(draft.situations)
        if field.key in keys
    ]


def _dispute_rows(draft: DraftDetail) -> list[Row]:
    if not (draft.disputed or draft.dispute.remark):
        return []
    said = [_("、").join(label for _key, label in _labels(draft, draft.disputed)), draft.dispute.remark]
    return [
        Row(
            id="row-dispute",
            label=_("预填信息不对"),
            value=_("：").join(part for part in said if part),
            error="",
            href=f"{address_of(draft, Step.FORM)}#f-{DISPUTE_FIELDS}",
        )
    ]


def _situation_rows(draft: DraftDetail, wrong: dict[str, str]) -> list[Row]:
    return [
        Row(
            id=f"row-{situation.code}",
            label=in_language(situation.question, situation.question_en),
            value=_("、").join(
                in_language(option.label, option.label_en)
                for option in situation.options
                if option.code in draft.situations
            ),
            error=wrong.get(situation.code, ""),
            href=f"{address_of(draft, Step.SITUATION)}#f-{SITUATION_PREFIX}{situation.code}",
        )
        for situation in draft.offering.situations
    ]


def _state(material: Material) -> str:
    if material.form is MaterialForm.PAPER:
        return "paper"
    return {Necessity.REQUIRED: "required", Necessity.LATER: "later"}.get(material.necessity, "optional")


def _hint(material: Material) -> str:
    parts = [
        in_language(material.condition, material.condition_en),
        in_language(material.filling_notes, material.filling_notes_en),
        in_language(material.acceptance_standard, material.acceptance_standard_en),
        material.legal_basis and _("依据：%(basis)s") % {"basis": material.legal_basis},
    ]
    return _("；").join(part.rstrip("。.") for part in parts if part)
