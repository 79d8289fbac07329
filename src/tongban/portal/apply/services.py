"""
Drafts: begin, save each step, hand in files, submit.

Saving never refuses what is not finished: what was typed stays, and what is wrong is said beside it. Only submission
demands that everything is in order.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tongban.business.casework import services as casework
from tongban.business.casework.values import Applicant, Dispute, Evidence, SubmissionReceipt
from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.values import ApplicantKind, Necessity, Prefill
from tongban.business.licences import selectors as licences
from tongban.business.licences import services as licence_services
from tongban.business.licences.values.sharing import Application, HeldLicence
from tongban.foundation.actors import Actor, PrincipalKind, system_actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, NotFound
from tongban.foundation.worktime import WorkCalendar
from tongban.portal.apply import selectors
from tongban.portal.apply.models import Draft
from tongban.portal.apply.permissions import owner_of, require_offering
from tongban.portal.apply.rules import (
    changed_fields,
    from_licences,
    merged_situations,
    new_resume_code,
    normal_resume_code,
    prefilled,
    unit_kind,
)
from tongban.portal.apply.values import DRAFT_FILES, WAYS, Party, Visitor
from tongban.resources.movein import services as movein
from tongban.support.documents import services as documents
from tongban.support.documents.ports import ByteSource
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import FileReceipt, Owner, Purpose
from tongban.support.identity import services as identity
from tongban.support.identity.values import ConsentWay, PersonDetails
from tongban.support.mandates import services as mandates
from tongban.support.messaging import services as messaging
from tongban.support.messaging.values import MessageTemplate

RESUME_CODE_TRIES = 5
LONGEST_ANSWER = 4000
LONGEST_REMARK = 500
MOST_FILES_PER_MATERIAL = 20
COUNTER_DRAFTS_KEPT_FOR = timedelta(days=2)
"""A clerk's draft lives on the page it was begun on; his session ends long before."""
ABANDONED_AT_ONCE = 1000
PERSONS = "PERSON:"
CLIENTS = "CLIENT:"
KEEPER = system_actor("apply.keep_drafts")
DRAFT_GOES = "apply.draft_goes"
TEMPLATE = MessageTemplate(
    code=DRAFT_GOES,
    title=_("草稿将被删除"),
    body=_("您的“%(service_name)s”申请草稿很久没有修改，将于 %(day)s 删除。需要保留请登录后继续填写。"),
)
PERSON = ApplicantKind.PERSON.value
UNIT_CODE_TYPE = "001"
ON_PAPER = "1"
SHARED_LICENCE = "3"
"""材料收取方式, code list T25."""


class DraftSubmitted(Conflict):
    """
    The draft was submitted; it cannot be changed any more.
    """

    code = "draft_submitted"
    message = _("该申请已提交，不能再修改")


class LicenceNotOffered(Conflict):
    """
    The licence cannot take the place of this material.
    """

    code = "licence_not_offered"
    message = _("这份证照不能代替这项材料")


class TooManyFiles(Conflict):
    """
    A material takes only so many files.
    """

    code = "too_many_files"
    message = _("每项材料最多上传 20 个文件")


def start_draft(
    *,
    offering_code: str,
    actor: Actor,
    at: datetime,
    situations: Sequence[str] = (),
    draft_id: UUID | None = None,
) -> UUID:
    """
    Begin an application, or go on with the one begun before; return the draft's id.

    What the node knows about the person is filled in. A level that does not suffice yet is no obstacle here: it is
    asked for at submission, and can be raised in between.

    :param situations: answers chosen on the guide; those that are none of the offering's are passed over
    :param draft_id: chosen by a clerk's page, so that sending it twice begins one draft
    :raises NotFound: no such offering is in use, or the id is that of another draft
    :raises NotAuthenticated: nobody is logged in
    :raises StillAtOldPlatform: it is applied for at an older platform, until it is cut over
    """
    owner = owner_of(actor)
    require_offering(actor, offering_code=offering_code)
    terms = selectors.offering(offering_code, actor=actor)
    movein.require_moved_in(offering_code=offering_code, at=at)
    if actor.is_person:
        begun = Draft.objects.owned_by(owner).open().filter(offering_code=offering_code).first()
        if begun is not None:
            _choose(begun, terms, situations, at=at)
            return begun.id
    known = _party(actor, at=at) if actor.is_person else None
    on_licences = _on_licences(terms, actor=actor, at=at)
    if draft_id is not None and _is_begun(draft_id, owner=owner, offering_code=offering_code):
        return draft_id
    return _create(
        draft_id or uuid4(),
        owner=owner,
        terms=terms,
        known=known,
        on_licences=on_licences,
        situations=situations,
        at=at,
    )


def _on_licences(terms: catalogue.OfferingTerms, *, actor: Actor, at: datetime) -> dict[str, str]:
    """
    Return what the applicant's licences say of the form; no query where no field asks for one.
    """
    types = {field.licence_type for field in terms.form if field.licence_type}
    held = licences.held_licences(type_codes=types, actor=actor, on=civil_date(at))
    usable = [(licence.type_code, licence.lines) for licence in held if licence.no_use is None]
    return from_licences(terms.form, usable)


def _is_begun(draft_id: UUID, *, owner: str, offering_code: str) -> bool:
    begun = Draft.objects.filter(pk=draft_id).first()
    if begun is not None and (begun.owner, begun.offering_code) != (owner, offering_code):
        raise NotFound(draft_id=str(draft_id))
    return begun is not None


def _choose(draft: Draft, terms: catalogue.OfferingTerms, situations: Sequence[str], *, at: datetime) -> None:
    chosen = merged_situations(terms.situations, draft.situations, situations)
    if chosen != draft.situations:
        draft.situations = chosen
        _save(draft, ["situations"], at=at)


def _create(
    draft_id: UUID,
    *,
    owner: str,
    terms: catalogue.OfferingTerms,
    known: Party | None,
    on_licences: Mapping[str, str],
    situations: Sequence[str],
    at: datetime,
) -> UUID:
    values = prefilled(terms.form, known.person, unit=known.entity) if known else {}
    values = {**on_licences, **values}
    for _try in range(RESUME_CODE_TRIES):
        try:
            with transaction.atomic():
                draft = Draft.objects.create(
                    id=draft_id,
                    owner=owner,
                    resume_code=new_resume_code(),
                    offering_code=terms.code,
                    service_name=terms.name,
                    service_name_en=terms.name_en,
                    situations=merged_situations(terms.situations, (), situations),
                    answers=values,
                    known=values,
                    delivery={"way": "electronic"},
                    created_at=at,
                    updated_at=at,
                )
        except IntegrityError:
            # Two tabs began at once, or a code is taken already.
            if _is_begun(draft_id, owner=owner, offering_code=terms.code):
                return draft_id
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
    return selectors.complaints_of(draft.answers, terms=terms, situations=draft.situations, on=civil_date(at))


@business_transaction
def save_dispute(*, draft_id: UUID, fields: Collection[str], remark: str, actor: Actor, at: datetime) -> None:
    """
    Keep what the person says was filled in wrongly; what he changed in the form is told to the clerk without this.

    :param fields: keys of fields that were filled in; others are passed over
    :param remark: what is wrong, in his own words; cut after 500 characters
    """
    draft = _held(draft_id, actor)
    draft.dispute = {
        "fields": [key for key in draft.known if key in fields],
        "remark": remark.replace("\0", "").strip()[:LONGEST_REMARK],
    }
    _save(draft, ["dispute"], at=at)


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
def agree_licence(*, draft_id: UUID, material_code: str, identifier: str, actor: Actor, at: datetime) -> None:
    """
    Let a licence of the applicant's take the place of a material: he agrees that the agency uses it for this case.

    :param identifier: empty: it takes no place any more
    :raises NotFound: no such draft of the actor's, or no such material
    :raises LicenceNotOffered: it is none of the applicant's, not of the type wanted, or cannot be used now
    """
    held = _held(draft_id, actor)
    draft = selectors.draft(actor=actor, draft_id=draft_id, on=civil_date(at))
    if material_code not in {material.code for material in draft.offering.materials}:
        raise NotFound(material_code=material_code)
    usable = {one.identifier for one in draft.offered.get(material_code, []) if one.no_use is None}
    if identifier and identifier not in usable:
        raise LicenceNotOffered(material_code=material_code)
    kept = {code: one for code, one in held.licences.items() if code != material_code}
    held.licences = {**kept, material_code: identifier} if identifier else kept
    _save(held, ["licences"], at=at)


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
    answers = _wanted_answers(draft, terms)
    agreed = _agreed(draft, actor=actor, at=at)
    receipt = _submit(
        draft,
        answers=answers,
        applicant=applicant or _own_applicant(terms, answers, actor=actor, at=at),
        applicant_id=actor.principal_id,
        evidence=[*_evidence(draft, terms, actor=actor), *_shared(agreed, terms)],
        dispute=_dispute(draft, terms),
        actor=actor,
        at=at,
        calendar=calendar,
    )
    _share(receipt.case_number, agreed, terms, actor=actor, at=at)
    return receipt


def _share(
    case_number: str,
    agreed: Mapping[str, HeldLicence],
    terms: catalogue.OfferingTerms,
    *,
    actor: Actor,
    at: datetime,
    application_id: UUID | None = None,
) -> None:
    names = {material.code: material.name for material in terms.materials}
    licence_services.share_with_application(
        case_number=case_number,
        agreed={code: (names[code], licence.identifier) for code, licence in agreed.items()},
        actor=actor,
        at=at,
        application_id=application_id,
    )


def _agreed(draft: Draft, *, actor: Actor, at: datetime) -> dict[str, HeldLicence]:
    """
    Return which licence takes which material's place; of what was submitted before, none once more.
    """
    if draft.case_number or not draft.licences:
        return {}
    return selectors.draft(actor=actor, draft_id=draft.id, on=civil_date(at)).agreed


def _shared(agreed: Mapping[str, HeldLicence], terms: catalogue.OfferingTerms) -> list[Evidence]:
    names = {material.code: material.name for material in terms.materials}
    return [
        Evidence(
            material_code=code,
            name=names[code],
            file_id="",
            digest=licence.original_digest,
            media_type="",
            size_bytes=0,
            get_type=SHARED_LICENCE,
            licence=licence.identifier,
        )
        for code, licence in agreed.items()
    ]


@business_transaction
def submit_at_counter(
    *,
    draft_id: UUID,
    visitor: Visitor,
    paper: Collection[str],
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
    licences_instead: Mapping[str, str] | None = None,
) -> SubmissionReceipt:
    """
    Submit a clerk's draft for whoever stands at the counter: one draft, one case, however often this is called.

    A person the node does not know yet is recorded. A form that names a unit by its code makes the unit the
    applicant. The form's fields about the person are filled in from his card.

    :param paper: codes of the materials that were handed over on paper
    :param licences_instead: material code -> identifier of the licence that takes its place, as the applicant chose
    :raises LicenceNotOffered: one is not the applicant's, he has not agreed to it, or it cannot be used now
    :raises NotPermitted: the actor does not work at a counter, or not for this area
    :raises InvalidInput: card, form or materials are not in order; `fields` says where
    :raises GuardianNeeded: younger than fourteen
    :raises RegistrationRefused: the number is known under another name
    """
    draft = _held(draft_id, actor, also_submitted=True)
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    person = _person_at_counter(visitor, actor=actor, at=at)
    draft.answers = {**draft.answers, **prefilled(terms.form, person)}
    answers = _wanted_answers(draft, terms)
    applicant = _visitor_or_unit(terms, answers, person)
    agreed = _agreed_at_counter(draft, licences_instead or {}, applicant, actor=actor, at=at)
    handed_in = [*_evidence(draft, terms, actor=actor), *_on_paper(paper, draft, terms)]
    evidence = [item for item in handed_in if item.material_code not in agreed] + _shared(agreed, terms)
    _require_originals(evidence, draft, terms)
    receipt = _submit(
        draft,
        answers=answers,
        applicant=applicant,
        applicant_id=str(person.person_id),
        evidence=evidence,
        # Whoever stands at the counter shows his card: nothing is filled in for him that he could not say at once.
        dispute=None,
        actor=actor,
        at=at,
        calendar=calendar,
    )
    _save(draft, ["answers"], at=at)
    _share(receipt.case_number, agreed, terms, actor=actor, at=at, application_id=draft.id)
    return receipt


def visitor_of(
    terms: catalogue.OfferingTerms, answers: Mapping[str, str], visitor: Visitor, *, at: datetime
) -> tuple[Applicant, dict[str, str]]:
    """
    Return who applies at a counter for a service of another node, and the answers with those that the card gives.

    Nobody is recorded here: the node that decides knows the applicant.

    :param terms: as the other node told them
    :raises InvalidInput: the number on the card is none
    """
    card = identity.check_id_number(visitor.id_number, on=civil_date(at), born_on=visitor.born_on)
    person = PersonDetails(
        person_id=uuid4(),
        id_type=card.id_type,
        name=visitor.name.strip(),
        id_number=card.number,
        mobile=visitor.mobile.strip(),
        birth_date=card.born_on,
        sex=card.sex,
        assurance_level=0,
    )
    known = {**answers, **prefilled(terms.form, person)}
    wanted = {field.key for field in terms.form}
    told = {key: value for key, value in known.items() if key in wanted}
    return _visitor_or_unit(terms, told, person), told


def _agreed_at_counter(
    draft: Draft,
    chosen: Mapping[str, str],
    applicant: Applicant,
    *,
    actor: Actor,
    at: datetime,
) -> dict[str, HeldLicence]:
    """
    Return which licence takes which material's place; of what was submitted before, none once more.
    """
    if draft.case_number or not chosen:
        return {}
    found = selectors.found_at_counter(
        draft_id=draft.id,
        situations=draft.situations,
        holder_code=applicant.id_number,
        holder_name=applicant.name,
        actor=actor,
        on=civil_date(at),
    )
    offered = found.offered if found else {}
    usable = {
        (code, one.identifier): one for code, held in offered.items() for one in held if one.no_use is None
    }
    for choice in chosen.items():
        if choice not in usable:
            raise LicenceNotOffered(material_code=choice[0])
    return {code: usable[code, identifier] for code, identifier in chosen.items()}


@business_transaction
def find_licences_at_counter(
    *, draft_id: UUID, holder_code: str, holder_name: str, way: ConsentWay, actor: Actor, at: datetime
) -> None:
    """
    Find the licences of who applies at a counter, as he has agreed in writing; the consent is kept, and he is told.

    :param holder_code: 公民身份号码 or 统一社会信用代码 of who applies
    :param way: how the consent was signed: PAPER or SCREEN
    :raises NotFound: no such draft of the actor's
    :raises NotPermitted: the actor does not work at a counter
    """
    draft = _held(draft_id, actor)
    terms = catalogue.offering_terms(actor=actor, code=draft.offering_code)
    licence_services.find_by_consent(
        application=Application(
            id=draft.id,
            offering_code=terms.code,
            service_name=terms.name,
            service_name_en=terms.name_en,
            agency_code=terms.agency_code,
            agency_name=terms.agency_name,
        ),
        holder_code=holder_code,
        holder_name=holder_name,
        type_codes=selectors.types_asked_for(terms),
        way=way,
        actor=actor,
        at=at,
    )


def _submit(
    draft: Draft,
    *,
    answers: dict[str, str],
    applicant: Applicant,
    applicant_id: str | None,
    evidence: Sequence[Evidence],
    dispute: Dispute | None,
    actor: Actor,
    at: datetime,
    calendar: WorkCalendar,
) -> SubmissionReceipt:
    receipt = casework.submit_application(
        offering_code=draft.offering_code,
        situations=draft.situations,
        form=answers,
        applicant=applicant,
        applicant_id=applicant_id,
        evidence=evidence,
        draft_id=draft.id,
        actor=actor,
        at=at,
        calendar=calendar,
        delivery=draft.delivery,
        files_from=None if draft.case_number else Owner(kind=DRAFT_FILES, key=str(draft.id)),
        dispute=dispute,
    )
    if not draft.case_number:
        _discard_rest(draft, evidence, actor=actor, at=at)
    draft.case_number = receipt.case_number
    _save(draft, ["case_number"], at=at)
    return receipt


def _discard_rest(draft: Draft, evidence: Sequence[Evidence], *, actor: Actor, at: datetime) -> None:
    """
    Take back the files that did not become the case's: handed in for a situation that was changed later.
    """
    handed_in = {item.file_id for item in evidence}
    if all(file_id in handed_in for files in draft.materials.values() for file_id in files):
        return
    _discard_files(draft.id, actor=actor, at=at)


def _discard_files(draft_id: UUID, *, actor: Actor, at: datetime) -> None:
    for file in files_of(owner=Owner(kind=DRAFT_FILES, key=str(draft_id)), actor=actor):
        documents.discard_file(file_id=file.id, actor=actor, at=at)


@business_transaction
def discard_draft(*, draft_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Throw a draft away, its files with it.
    """
    draft = _held(draft_id, actor)
    _discard_files(draft.id, actor=actor, at=at)
    draft.delete()


def discard_abandoned_drafts(*, at: datetime, limit: int = ABANDONED_AT_ONCE) -> int:
    """
    Throw away what clerks began at a counter and left, files and all; return how many drafts.

    Such a draft holds what somebody else said and handed over, and nobody can come back to it. A person's own draft
    stays until he submits it or throws it away.

    :param limit: at most this many; the rest comes with the next run
    """
    abandoned = Draft.objects.abandoned(before=at - COUNTER_DRAFTS_KEPT_FOR).order_by("updated_at")
    keys = list(abandoned.values_list("id", flat=True)[:limit])
    return sum(_discard_abandoned(key, at=at) for key in keys)


@business_transaction
def _discard_abandoned(draft_id: UUID, *, at: datetime) -> bool:
    """
    Discard one draft, unless somebody has come back to it meanwhile.
    """
    abandoned = Draft.objects.abandoned(before=at - COUNTER_DRAFTS_KEPT_FOR)
    draft = abandoned.select_for_update(skip_locked=True).filter(pk=draft_id).first()
    if draft is None:
        return False
    _discard_files(draft.id, actor=system_actor("apply.discard_abandoned_drafts"), at=at)
    draft.delete()
    return True


def warn_of_old_drafts(*, at: datetime, limit: int = ABANDONED_AT_ONCE) -> int:
    """
    Tell people that a draft nobody has touched will be deleted, once; return how many were told now.
    """
    rules = settings.TONGBAN_PRIVACY
    untouched_since = at - timedelta(days=rules.drafts_kept_days - rules.drafts_warned_days)
    old = Draft.objects.open().filter(owner__startswith=PERSONS, updated_at__lt=untouched_since)
    told = 0
    for draft in old.order_by("updated_at")[:limit]:
        day = civil_date(draft.updated_at) + timedelta(days=rules.drafts_kept_days)
        try:
            receipt = messaging.send_once(
                key=f"draft-goes:{draft.id}:{draft.updated_at:%Y%m%d}",
                template=DRAFT_GOES,
                person_id=UUID(draft.owner.removeprefix(PERSONS)),
                params={
                    "service_name": draft.service_name,
                    "service_name_en": draft.service_name_en,
                    "day": day.isoformat(),
                },
                subject="",
                actor=KEEPER,
                at=at,
            )
        except NotFound:
            # A unit's draft: units have no inbox.
            continue
        told += receipt.message_id is not None
    return told


def delete_old_drafts(*, at: datetime, limit: int = ABANDONED_AT_ONCE) -> int:
    """
    Delete drafts of people and of other systems that nobody has touched for as long as the settings say, files and all.

    Source: 个人信息保护法 art. 19 (no longer than the purpose needs).
    """
    rules = settings.TONGBAN_PRIVACY
    old = Draft.objects.open().filter(
        Q(owner__startswith=PERSONS, updated_at__lt=at - timedelta(days=rules.drafts_kept_days))
        | Q(owner__startswith=CLIENTS, updated_at__lt=at - timedelta(days=rules.client_drafts_kept_days))
    )
    gone = 0
    for draft_id in list(old.order_by("updated_at").values_list("id", flat=True)[:limit]):
        with transaction.atomic():
            draft = old.select_for_update(skip_locked=True).filter(pk=draft_id).first()
            gone += _delete_draft(draft, at=at) if draft is not None else 0
    return gone


def empty_submitted_drafts(*, at: datetime, limit: int = ABANDONED_AT_ONCE) -> int:
    """
    Empty what submitted drafts repeat of their cases; the case keeps it. Return how many drafts were emptied.
    """
    before = at - timedelta(days=settings.TONGBAN_PRIVACY.submitted_answers_kept_days)
    full = Draft.objects.exclude(case_number="").filter(emptied_at__isnull=True, updated_at__lt=before)
    emptied = 0
    for draft_id in list(full.order_by("updated_at").values_list("id", flat=True)[:limit]):
        with transaction.atomic():
            draft = full.select_for_update(skip_locked=True).filter(pk=draft_id).first()
            emptied += _empty(draft, at=at) if draft is not None else 0
    return emptied


def erase_drafts(person_id: UUID, at: datetime) -> int:
    """
    Delete a person's drafts and empty those he submitted; for the closing of his account.
    """
    drafts = list(Draft.objects.owned_by(f"{PERSONS}{person_id}").select_for_update())
    return sum(_empty(draft, at=at) if draft.case_number else _delete_draft(draft, at=at) for draft in drafts)


def _delete_draft(draft: Draft, *, at: datetime) -> int:
    _discard_files(draft.id, actor=KEEPER, at=at)
    draft.delete()
    return 1


def _empty(draft: Draft, *, at: datetime) -> int:
    draft.answers, draft.known, draft.dispute, draft.delivery, draft.licences = {}, {}, {}, {}, {}
    draft.emptied_at = at
    draft.save(update_fields=["answers", "known", "dispute", "delivery", "licences", "emptied_at"])
    return 1


@business_transaction
def resume_draft(*, resume_code: str, actor: Actor, at: datetime) -> UUID:
    """
    Go on with a draft by its code, on another device of the same person.

    :raises NotFound: no open draft of the actor's has this code
    """
    code = normal_resume_code(resume_code)
    draft = selectors.own_drafts(actor).open().filter(resume_code=code).first()
    if draft is None:
        raise NotFound
    return draft.id


def _mine(draft_id: UUID, actor: Actor) -> Draft:
    draft = selectors.own_drafts(actor).filter(pk=draft_id).first()
    if draft is None:
        raise NotFound(draft_id=str(draft_id))
    if draft.case_number:
        raise DraftSubmitted(case_number=draft.case_number)
    return draft


def _held(draft_id: UUID, actor: Actor, *, also_submitted: bool = False) -> Draft:
    held = selectors.own_drafts(actor).select_for_update(no_key=True).filter(pk=draft_id).first()
    if held is None:
        raise NotFound(draft_id=str(draft_id))
    if held.case_number and not also_submitted:
        raise DraftSubmitted(case_number=held.case_number)
    return held


def _save(draft: Draft, columns: list[str], *, at: datetime) -> None:
    draft.updated_at = at
    draft.save(update_fields=[*columns, "updated_at"])


def _wanted_answers(draft: Draft, terms: catalogue.OfferingTerms) -> dict[str, str]:
    wanted = {field.key for field in terms.fields_for(draft.situations)}
    return {key: value for key, value in draft.answers.items() if key in wanted and value.strip()}


def _dispute(draft: Draft, terms: catalogue.OfferingTerms) -> Dispute | None:
    """
    Return what the person says was filled in wrongly; None where he says nothing.
    """
    changed, marked = changed_fields(draft.known, draft.answers), draft.dispute.get("fields", [])
    wanted = [field.key for field in terms.fields_for(draft.situations)]
    fields = [key for key in wanted if key in draft.known and (key in changed or key in marked)]
    remark = draft.dispute.get("remark", "")
    return Dispute(fields=fields, remark=remark) if fields or remark else None


def _person_at_counter(visitor: Visitor, *, actor: Actor, at: datetime) -> PersonDetails:
    person = identity.find_or_register_by_counter(
        id_number=visitor.id_number,
        name=visitor.name,
        mobile=visitor.mobile,
        born_on=visitor.born_on,
        actor=actor,
        at=at,
    )
    card = identity.check_id_number(visitor.id_number, on=civil_date(at), born_on=visitor.born_on)
    return PersonDetails(
        person_id=person.person_id,
        id_type=card.id_type,
        name=visitor.name.strip(),
        id_number=card.number,
        mobile=visitor.mobile.strip(),
        birth_date=card.born_on,
        sex=card.sex,
        assurance_level=person.assurance_level,
    )


def _party(actor: Actor, *, at: datetime) -> Party:
    """
    Return whose data fill the form in: the person's own, or those of the one he acts for.
    """
    own = identity.reveal_own(actor=actor, at=at)
    if actor.acting_for is None:
        return Party(person=own)
    if actor.acting_for.kind is PrincipalKind.LEGAL_ENTITY:
        return Party(person=own, entity=mandates.reveal_entity(actor=actor, at=at))
    principal = identity.reveal_principal(actor=actor, at=at)
    return Party(person=replace(principal, mobile=principal.mobile or own.mobile))


def _own_applicant(
    terms: catalogue.OfferingTerms, answers: Mapping[str, str], *, actor: Actor, at: datetime
) -> Applicant:
    """
    Return who applies online: the person, or the principal of the mandate he acts by.

    A unit that the form of somebody in his own name speaks of is an answer, and no applicant.

    :raises InvalidInput: the form names another unit than the one in whose name the actor acts
    """
    if actor.acting_for is None:
        return _himself(terms, answers, identity.reveal_own(actor=actor, at=at))
    said = {field.prefill: (field.key, answers.get(field.key, "")) for field in terms.form if field.prefill}
    address = said.get(Prefill.LEGAL_ADDRESS, said.get(Prefill.PERSON_ADDRESS, ("", "")))[1]
    applicant = casework.principal_applicant(actor=actor, at=at, address=address)
    key, code = said.get(Prefill.LEGAL_SOCIAL_CREDIT_CODE, ("", ""))
    if code and code.upper() != applicant.id_number.upper():
        wrong = _("您正在以“%(name)s”的身份办理，申请表中的单位应当是它") % {"name": actor.acting_for.name}
        raise InvalidInput(fields={key: wrong})
    return applicant


def _visitor_or_unit(
    terms: catalogue.OfferingTerms, answers: Mapping[str, str], person: PersonDetails
) -> Applicant:
    """
    Return who applies at a counter.

    A form that names a unit by its code makes the unit the applicant, and the visitor its agent.
    """
    said = _said(terms, answers)
    if said.get(Prefill.LEGAL_SOCIAL_CREDIT_CODE):
        return Applicant(
            kind=unit_kind(said[Prefill.LEGAL_SOCIAL_CREDIT_CODE]).value,
            name=said.get(Prefill.LEGAL_NAME) or said[Prefill.LEGAL_SOCIAL_CREDIT_CODE],
            id_type=UNIT_CODE_TYPE,
            id_number=said[Prefill.LEGAL_SOCIAL_CREDIT_CODE].upper(),
            mobile=person.mobile,
            address=said.get(Prefill.LEGAL_ADDRESS, ""),
            legal_representative=said.get(Prefill.LEGAL_REPRESENTATIVE, ""),
            agent_name=person.name,
            agent_id_number=person.id_number,
        )
    return _himself(terms, answers, person)


def _himself(terms: catalogue.OfferingTerms, answers: Mapping[str, str], person: PersonDetails) -> Applicant:
    return Applicant(
        kind=PERSON,
        name=person.name,
        id_type=person.id_type.value,
        id_number=person.id_number,
        mobile=person.mobile,
        address=_said(terms, answers).get(Prefill.PERSON_ADDRESS, ""),
    )


def _said(terms: catalogue.OfferingTerms, answers: Mapping[str, str]) -> dict[Prefill, str]:
    return {field.prefill: answers.get(field.key, "") for field in terms.form if field.prefill}


def _paper(code: str, name: str) -> Evidence:
    return Evidence(
        material_code=code, name=name, file_id="", digest="", media_type="", size_bytes=0, get_type=ON_PAPER
    )


def _on_paper(paper: Collection[str], draft: Draft, terms: catalogue.OfferingTerms) -> list[Evidence]:
    return [
        _paper(material.code, material.name)
        for material in terms.materials_for(draft.situations)
        if material.code in paper
    ]


def _require_originals(evidence: Sequence[Evidence], draft: Draft, terms: catalogue.OfferingTerms) -> None:
    """
    Ask for what exists on paper only too: online it cannot be handed in, at a counter it can.
    """
    given = {item.material_code for item in evidence}
    missing = {
        material.code: _("请提交：%(name)s") % {"name": material.name}
        for material in terms.materials_for(draft.situations)
        if material.necessity is Necessity.REQUIRED and material.code not in given
    }
    if missing:
        raise casework.MaterialsMissing(fields=missing)


def _evidence(draft: Draft, terms: catalogue.OfferingTerms, *, actor: Actor) -> list[Evidence]:
    wanted = {material.code: material.name for material in terms.materials_for(draft.situations)}
    if draft.case_number:
        # The files are the case's by now. What is asked for again is the receipt, for which their names do.
        return [_paper(code, name) for code, name in wanted.items()]
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
