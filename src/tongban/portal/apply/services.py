"""
Drafts: begin, save each step, hand in files, submit.

Saving never refuses what is not finished: what was typed stays, and what is wrong is said beside it. Only submission
demands that everything is in order.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from tongban.business.casework import services as casework
from tongban.business.casework.values import Applicant, Evidence, SubmissionReceipt
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.values import Prefill
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound, NotPermitted
from tongban.foundation.worktime import WorkCalendar
from tongban.portal.apply import selectors
from tongban.portal.apply.models import Draft
from tongban.portal.apply.permissions import owner_of
from tongban.portal.apply.rules import new_resume_code, normal_resume_code, prefilled
from tongban.portal.apply.values import DRAFT_FILES, WAYS
from tongban.support.documents import services as documents
from tongban.support.documents.ports import ByteSource
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import FileReceipt, Owner, Purpose
from tongban.support.identity import services as identity
from tongban.support.identity.values import PersonDetails

RESUME_CODE_TRIES = 5
LONGEST_ANSWER = 4000
MOST_FILES_PER_MATERIAL = 20
PERSON = "1"
UNIT = "2"
UNIT_CODE_TYPE = "001"


class DraftSubmitted(Conflict):
    """
    The draft was submitted; it cannot be changed any more.
    """

    code = "draft_submitted"
    message = _("该申请已提交，不能再修改")


class AssuranceTooLow(NotPermitted):
    """
    The offering asks for a higher real-name level than the person has.
    """

    code = "assurance_too_low"
    message = _("该事项需要更高的实名认证等级，请先完成认证")


class TooManyFiles(Conflict):
    """
    A material takes only so many files.
    """

    code = "too_many_files"
    message = _("每项材料最多上传 20 个文件")


def start_draft(*, offering_code: str, actor: Actor, at: datetime) -> UUID:
    """
    Begin an application, or go on with the one begun before; return the draft's id.

    What the node knows about the person is filled in.

    :raises NotFound: no such offering is in use
    :raises NotAuthenticated: nobody is logged in
    :raises AssuranceTooLow: the person's real-name level does not suffice
    """
    owner = owner_of(actor)
    terms = selectors.offering(offering_code, actor=actor)
    if actor.is_person and actor.assurance_level < terms.required_assurance_level:
        raise AssuranceTooLow(needed=terms.required_assurance_level, present=actor.assurance_level)
    if actor.is_person:
        begun = Draft.objects.owned_by(owner).open().filter(offering_code=offering_code).first()
        if begun is not None:
            return begun.id
    known = identity.reveal_own(actor=actor, at=at) if actor.is_person else None
    return _create(owner=owner, terms=terms, known=known, at=at)


def _create(*, owner: str, terms: catalogue.OfferingTerms, known: PersonDetails | None, at: datetime) -> UUID:
    for _try in range(RESUME_CODE_TRIES):
        try:
            with transaction.atomic():
                draft = Draft.objects.create(
                    owner=owner,
                    resume_code=new_resume_code(),
                    offering_code=terms.code,
                    service_name=terms.name,
                    answers=prefilled(terms.form, known),
                    delivery={"way": "electronic"},
                    created_at=at,
                    updated_at=at,
                )
        except IntegrityError:
            # Two tabs began at once, or a code is taken already.
            begun = Draft.objects.owned_by(owner).open().filter(offering_code=terms.code).first()
            if begun is not None:
                return begun.id
        else:
            return draft.id
    raise RuntimeError("resume codes are used up")


@business_transaction
def save_situations(*, draft_id: UUID, situations: Sequence[str], actor: Actor, at: datetime) -> None:
    """
    Keep the answers that describe the situation.

    :raises InvalidInput: an answer is none of the offering's
    """
    draft = _held(draft_id, actor)
    casework.promised(draft.offering_code, situations=situations, on=civil_date(at))
    draft.situations = list(situations)
    _save(draft, ["situations"], at=at)


@business_transaction
def save_answers(*, draft_id: UUID, answers: Mapping[str, str], actor: Actor, at: datetime) -> dict[str, str]:
    """
    Keep what was typed, right or wrong, and return what is wrong with which field.
    """
    draft = _held(draft_id, actor)
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    known = {field.key for field in terms.form}
    typed = {key: value[:LONGEST_ANSWER].replace("\0", "") for key, value in answers.items() if key in known}
    draft.answers = {**draft.answers, **typed}
    _save(draft, ["answers"], at=at)
    return selectors.complaints_of(draft.answers, terms=terms, situations=draft.situations, at=at)


@business_transaction
def save_delivery(*, draft_id: UUID, way: str, address: str, actor: Actor, at: datetime) -> None:
    """
    Keep how the result is wanted.

    :raises InvalidInput: no such way, or posting without an address
    """
    draft = _held(draft_id, actor)
    if way not in WAYS:
        raise InvalidInput(fields={"way": _("请选择领取方式")})
    if way == "post" and not address.strip():
        raise InvalidInput(fields={"address": _("请填写收件地址")})
    draft.delivery = {"way": way, "address": address.strip()[:200]}
    _save(draft, ["delivery"], at=at)


def attach_file(
    *,
    draft_id: UUID,
    material_code: str,
    content: ByteSource,
    name: str,
    declared_type: str,
    declared_bytes: int | None,
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Take a file for one material. The file is judged and kept before the draft is touched.

    :raises UploadRefused: one of the reasons of `documents.services`
    :raises NotFound: no such draft of the actor's, or no such material
    """
    draft = _mine(draft_id, actor)
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    if material_code not in {material.code for material in terms.materials}:
        raise NotFound(material_code=material_code)
    if len(draft.materials.get(material_code, [])) >= MOST_FILES_PER_MATERIAL:
        raise TooManyFiles(material_code=material_code)
    receipt = documents.receive_upload(
        content=content,
        name=name,
        declared_type=declared_type,
        declared_bytes=declared_bytes,
        purpose=Purpose.EVIDENCE,
        owner=Owner(kind=DRAFT_FILES, key=str(draft_id)),
        actor=actor,
        at=at,
    )
    with transaction.atomic():
        held = _held(draft_id, actor)
        files = held.materials.get(material_code, [])
        held.materials = {**held.materials, material_code: [*files, str(receipt.id)]}
        _save(held, ["materials"], at=at)
    return receipt


@business_transaction
def detach_file(*, draft_id: UUID, file_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Take a file back.

    :raises NotFound: it is no file of this draft
    """
    draft = _held(draft_id, actor)
    kept = {code: [file for file in files if file != str(file_id)] for code, files in draft.materials.items()}
    if kept == draft.materials:
        raise NotFound(file_id=str(file_id))
    documents.discard_file(file_id=file_id, actor=actor, at=at)
    draft.materials = {code: files for code, files in kept.items() if files}
    _save(draft, ["materials"], at=at)


@business_transaction
def submit_draft(
    *, draft_id: UUID, actor: Actor, at: datetime, calendar: WorkCalendar, applicant: Applicant | None = None
) -> SubmissionReceipt:
    """
    Submit a draft: one draft, one case, however often this is called.

    :param applicant: whom a clerk applies for; a person applies for himself
    :raises InvalidInput: the form or the materials are not complete; `fields` says where
    """
    draft = _held(draft_id, actor, also_submitted=True)
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    wanted = {field.key for field in terms.fields_for(draft.situations)}
    answers = {key: value for key, value in draft.answers.items() if key in wanted and value.strip()}
    receipt = casework.submit_application(
        offering_code=draft.offering_code,
        situations=draft.situations,
        form=answers,
        applicant=applicant or _applicant(terms, answers, actor=actor, at=at),
        applicant_id=actor.person_id,
        evidence=() if draft.case_number else _evidence(draft, terms, actor=actor),
        draft_id=draft.id,
        actor=actor,
        at=at,
        calendar=calendar,
        delivery=draft.delivery,
        files_from=None if draft.case_number else Owner(kind=DRAFT_FILES, key=str(draft.id)),
    )
    draft.case_number = receipt.case_number
    _save(draft, ["case_number"], at=at)
    return receipt


@business_transaction
def discard_draft(*, draft_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Throw a draft away, its files with it.
    """
    draft = _held(draft_id, actor)
    for files in draft.materials.values():
        for file_id in files:
            documents.discard_file(file_id=UUID(file_id), actor=actor, at=at)
    draft.delete()


@business_transaction
def resume_draft(*, resume_code: str, actor: Actor, at: datetime) -> UUID:
    """
    Go on with a draft by its code, on another device of the same person.

    :raises NotFound: no open draft of the actor's has this code
    """
    code = normal_resume_code(resume_code)
    draft = Draft.objects.open().owned_by(owner_of(actor)).filter(resume_code=code).first()
    if draft is None:
        raise NotFound
    return draft.id


def _mine(draft_id: UUID, actor: Actor) -> Draft:
    draft = Draft.objects.owned_by(owner_of(actor)).filter(pk=draft_id).first()
    if draft is None:
        raise NotFound(draft_id=str(draft_id))
    if draft.case_number:
        raise DraftSubmitted(case_number=draft.case_number)
    return draft


def _held(draft_id: UUID, actor: Actor, *, also_submitted: bool = False) -> Draft:
    held = Draft.objects.select_for_update(no_key=True).owned_by(owner_of(actor)).filter(pk=draft_id).first()
    if held is None:
        raise NotFound(draft_id=str(draft_id))
    if held.case_number and not also_submitted:
        raise DraftSubmitted(case_number=held.case_number)
    return held


def _save(draft: Draft, columns: list[str], *, at: datetime) -> None:
    draft.updated_at = at
    draft.save(update_fields=[*columns, "updated_at"])


def _applicant(
    terms: catalogue.OfferingTerms, answers: Mapping[str, str], *, actor: Actor, at: datetime
) -> Applicant:
    """
    Return who applies. A form that names a unit by its code makes the unit the applicant, the person its agent.
    """
    person = identity.reveal_own(actor=actor, at=at)
    said = {field.prefill: answers.get(field.key, "") for field in terms.form if field.prefill}
    if said.get(Prefill.LEGAL_SOCIAL_CREDIT_CODE):
        return Applicant(
            kind=UNIT,
            name=said.get(Prefill.LEGAL_NAME) or said[Prefill.LEGAL_SOCIAL_CREDIT_CODE],
            id_type=UNIT_CODE_TYPE,
            id_number=said[Prefill.LEGAL_SOCIAL_CREDIT_CODE].upper(),
            mobile=person.mobile,
            address=said.get(Prefill.LEGAL_ADDRESS, ""),
            legal_representative=said.get(Prefill.LEGAL_REPRESENTATIVE, ""),
            agent_name=person.name,
            agent_id_number=person.id_number,
        )
    return Applicant(
        kind=PERSON,
        name=person.name,
        id_type=person.id_type.value,
        id_number=person.id_number,
        mobile=person.mobile,
        address=said.get(Prefill.PERSON_ADDRESS, ""),
    )


def _evidence(draft: Draft, terms: catalogue.OfferingTerms, *, actor: Actor) -> list[Evidence]:
    wanted = {material.code: material.name for material in terms.materials_for(draft.situations)}
    files = {
        str(file.id): file for file in files_of(owner=Owner(kind=DRAFT_FILES, key=str(draft.id)), actor=actor)
    }
    return [
        Evidence(
            material_code=code,
            name=wanted[code],
            file_id=file_id,
            digest=files[file_id].digest,
            media_type=files[file_id].media_type,
            size_bytes=files[file_id].size,
        )
        for code, file_ids in draft.materials.items()
        if code in wanted
        for file_id in file_ids
        if file_id in files
    ]
