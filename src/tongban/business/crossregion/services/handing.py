"""
At the counter: taking an application for another city, its corrections, and handing the result over.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import msgspec
from django.utils.translation import gettext_lazy as _

from tongban.business.casework import services as casework
from tongban.business.casework.values import NATURAL_PERSON, Applicant
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import Necessity
from tongban.business.crossregion import permissions
from tongban.business.crossregion.models import INDEX, Intake
from tongban.business.crossregion.services.files import send_file
from tongban.business.crossregion.values import (
    DRAFT_FILES,
    HANDINS,
    INTAKE_FILES,
    HandedFile,
    HandIn,
    HandInKind,
    IntakeReceipt,
)
from tongban.foundation import audit, crypto
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.codes import mask_name
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, UpstreamError
from tongban.resources.exchange import ports as exchange
from tongban.resources.exchange.services import publish
from tongban.resources.exchange.values import Operation
from tongban.support.documents import services as documents
from tongban.support.documents.ports import ByteSource
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import FileFacts, FileReceipt, Owner

ABANDONED_AFTER: Final = timedelta(days=2)
DIGITS: Final = 24
"""Of the digest of page and material, in the key of an owner of files: a key has 64 characters at most."""


class NothingToSupplement(Conflict):
    """
    The deciding node has asked for no correction, or has been sent one that it has not answered yet.
    """

    code = "nothing_to_supplement"
    message = _("办理地没有要求补正，或者补正已经转交")


class NothingToDeliver(Conflict):
    """
    The deciding node has not asked this counter to hand a result over, or it was handed over.
    """

    code = "nothing_to_deliver"
    message = _("没有待送达的结果，或者已经送达")


@business_transaction
def attach_file(
    *,
    key: UUID,
    material_code: str,
    content: ByteSource,
    name: str,
    declared_type: str,
    declared_bytes: int | None,
    actor: Actor,
    at: datetime,
) -> FileReceipt:
    """
    Keep a file that a clerk has chosen on a page and not handed in yet.

    :param key: of the page
    :raises UploadRefused: the file cannot be accepted
    """
    permissions.take_intake.require(actor)
    return documents.receive_upload(
        content=content,
        name=name,
        declared_type=declared_type,
        declared_bytes=declared_bytes,
        owner=_draft(key, material_code, actor),
        actor=actor,
        at=at,
    )


def draft_files(*, key: UUID, materials: Sequence[str], actor: Actor) -> dict[str, list[FileFacts]]:
    """
    Return the files that wait under a page's key, by material.
    """
    permissions.take_intake.require(actor)
    found = {code: files_of(owner=_draft(key, code, actor), actor=actor) for code in materials}
    return {code: files for code, files in found.items() if files}


@business_transaction
def hand_in(
    *,
    key: UUID,
    node: str,
    guide: OfferingTerms,
    situations: Sequence[str],
    form: Mapping[str, str],
    applicant: Applicant,
    born_on: date | None,
    paper: Sequence[str],
    counter: str,
    actor: Actor,
    at: datetime,
) -> IntakeReceipt:
    """
    Take an application for another node, by its rule; handing a page in again gives the same receipt.

    :param key: of the page; becomes the intake's id
    :param guide: the terms of the offering, as the other node told them
    :param paper: codes of the materials that were handed over on paper
    :param counter: how the counter calls itself
    :raises InvalidInput: form or situation are not in order; `fields` says where
    :raises MaterialsMissing: a material that the other node requires is not there
    :raises ApplicantNotServed: the offering is not for applicants of this kind
    :raises UpstreamError: there is no way to that node
    """
    permissions.take_intake.require(actor)
    earlier = Intake.objects.filter(pk=key).first()
    if earlier is not None:
        return _receipt(permissions.seen_intake(earlier, actor=actor))
    neighbours = exchange.neighbours()
    if node == neighbours.own_code or neighbours.way_to(node) is None:
        raise UpstreamError(node=node)
    promised = casework.promise_of(guide, situations=situations)
    casework.require_served(guide.applicants, applicant.kind)
    promised.require_form(form, situations=situations, on=civil_date(at))
    files = _files(key, guide, situations, paper, actor=actor)
    _require_materials(guide, situations, files)
    content = HandIn(
        intake=str(key),
        id=str(key),
        kind=HandInKind.INTAKE,
        counter=counter,
        clerk=actor.name,
        receipt_number=f"T{at.astimezone(CHINA):%Y%m%d}{neighbours.own_code[:6]}{key.hex[:8].upper()}",
        handed_in_at=at,
        offering_code=guide.code,
        situations=list(situations),
        form=dict(form),
        applicant=msgspec.to_builtins(applicant),
        born_on=born_on,
        files=files,
    )
    row = Intake.objects.create(
        id=key,
        receipt_number=content.receipt_number,
        node=node,
        node_name=neighbours.name_of(node),
        offering_code=guide.code,
        service_name=guide.name,
        service_name_en=guide.name_en,
        handling_agency=guide.agency_name,
        agency_code=actor.agency_code or "",
        division_code=actor.division_code or neighbours.own_code,
        clerk_name=actor.name,
        applicant_masked=_masked(applicant),
        applicant_index=crypto.blind_index(INDEX, applicant.id_number.strip().upper()),
        handed_in=msgspec.to_builtins(content),
        terms=promised.terms_builtin,
        form=[msgspec.to_builtins(each) for each in guide.fields_for(situations)],
        handed_in_at=at,
    )
    _send(row, content, "crossregion.intake.take", actor=actor, at=at)
    return _receipt(row)


@business_transaction
def supplement(
    *,
    intake_id: UUID,
    key: UUID,
    answers: Mapping[str, str],
    paper: Sequence[str],
    counter: str,
    note: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Hand in here what the deciding node asked to be corrected.

    :param key: of the page; names the hand-in, once
    :param answers: what takes the place of answers in the form, where it was to be corrected; empty ones stay
    :raises NothingToSupplement: nothing was asked for
    :raises InvalidInput: something asked for is missing; `fields` names it
    """
    permissions.take_intake.require(actor)
    row = _held(intake_id, actor)
    told = row.progress
    if told is None or not told.correction or row.supplemented_at is not None:
        raise NothingToSupplement
    asked = [item["material_code"] for item in told.correction.get("items", [])]
    typed = {name: text for name, text in answers.items() if text.strip()} if "" in asked else {}
    names = {item["code"]: item["name"] for item in row.terms["materials"]}
    files = _given(key, {code: names.get(code, code) for code in asked if code}, paper, actor=actor)
    given = {file.material_code for file in files}
    missing = {
        code or "form": str(_("请补正：%(name)s")) % {"name": names.get(code, _("申请表"))}
        for code in asked
        if (code not in given if code else not typed)
    }
    if missing:
        raise InvalidInput(fields=missing)
    form = {**row.handed_in["form"], **typed} if typed else None
    if form is not None:
        casework.require_form(row.fields, form, on=civil_date(at))
    content = _follow_up(row, HandInKind.SUPPLEMENT, key, counter, actor=actor, at=at)
    content = msgspec.structs.replace(content, files=files, form=form, note=note[:1000])
    row.supplemented_at = at
    row.save(update_fields=["supplemented_at"])
    _send(row, content, "crossregion.intake.supplement", actor=actor, at=at)


@business_transaction
def hand_over(
    *, intake_id: UUID, recipient: str, number_tail: str, counter: str, actor: Actor, at: datetime
) -> None:
    """
    Note that the result was handed over here, to whom the clerk has checked; closes the case at the deciding node.

    :param recipient: name on the card shown: the applicant's, or that of his agent
    :param number_tail: the last four characters of the number on that card
    :raises NothingToDeliver: no result waits
    :raises InvalidInput: name or number are not those of the applicant or his agent
    """
    permissions.take_intake.require(actor)
    row = _held(intake_id, actor)
    told = row.progress
    if told is None or not told.is_delivery_wanted or row.delivered_at is not None:
        raise NothingToDeliver
    who = msgspec.convert(row.handed_in["applicant"], Applicant)
    if not _is_one_of(who, recipient, number_tail):
        raise InvalidInput(fields={"recipient": _("姓名或证件号码后四位与申请人、经办人不一致")})
    content = _follow_up(row, HandInKind.DELIVERY, uuid4(), counter, actor=actor, at=at)
    content = msgspec.structs.replace(content, recipient=recipient.strip())
    row.delivered_at = at
    row.save(update_fields=["delivered_at"])
    _send(row, content, "crossregion.intake.deliver", actor=actor, at=at)


def discard_abandoned(*, at: datetime) -> int:
    """
    Take back files that were chosen on a page and never handed in; return how many.
    """
    actor = system_actor("crossregion.discard_abandoned")
    return documents.discard_abandoned(
        owner_kind=DRAFT_FILES, before=at - ABANDONED_AFTER, actor=actor, at=at
    )


def _send(row: Intake, content: HandIn, action: str, *, actor: Actor, at: datetime) -> None:
    node = system_actor("crossregion.send")
    for file in content.files:
        if file.file:
            send_file(file_id=UUID(file.file), intake=row.pk, to=row.node, actor=node, at=at)
    publish(dataset=HANDINS, key=str(row.pk), operation=Operation.INSERT, content=content, at=at, to=row.node)
    for code in {file.material_code for file in content.files if file.file}:
        documents.adopt_files(
            file_ids=[UUID(f.file) for f in content.files if f.material_code == code and f.file],
            from_owner=_draft(UUID(content.id), code, actor),
            to_owner=Owner(kind=INTAKE_FILES, key=str(row.pk)),
            actor=actor,
            at=at,
        )
    audit.record(action=action, actor=actor, subject=row.receipt_number, at=at, node=row.node)


def _follow_up(
    row: Intake, kind: HandInKind, key: UUID, counter: str, *, actor: Actor, at: datetime
) -> HandIn:
    return HandIn(
        intake=str(row.pk),
        id=str(key),
        kind=kind,
        counter=counter,
        clerk=actor.name,
        receipt_number=row.receipt_number,
        handed_in_at=at,
    )


def _held(intake_id: UUID, actor: Actor) -> Intake:
    row = Intake.objects.select_for_update().filter(pk=intake_id).first()
    return permissions.seen_intake(row, actor=actor)


def _files(
    key: UUID, guide: OfferingTerms, situations: Sequence[str], paper: Sequence[str], *, actor: Actor
) -> list[HandedFile]:
    names = {material.code: material.name for material in guide.materials_for(situations)}
    return _given(key, names, paper, actor=actor)


def _given(key: UUID, names: Mapping[str, str], paper: Sequence[str], *, actor: Actor) -> list[HandedFile]:
    """
    Return what was handed in of these materials: files that wait under the page's key, else the paper.
    """
    given: list[HandedFile] = []
    for code, name in names.items():
        files = files_of(owner=_draft(key, code, actor), actor=actor)
        given += [
            HandedFile(
                material_code=code,
                name=name,
                file=str(file.id),
                media_type=file.media_type,
                size_bytes=file.size,
                digest=file.digest,
            )
            for file in files
        ]
        if not files and code in paper:
            given.append(HandedFile(material_code=code, name=name))
    return given


def _require_materials(guide: OfferingTerms, situations: Sequence[str], files: Sequence[HandedFile]) -> None:
    given = {file.material_code for file in files}
    missing: dict[str, Any] = {
        material.code: str(_("请提交：%(name)s")) % {"name": material.name}
        for material in guide.materials_for(situations)
        if material.necessity is Necessity.REQUIRED and material.code not in given
    }
    if missing:
        raise casework.MaterialsMissing(fields=missing)


def _is_one_of(who: Applicant, name: str, tail: str) -> bool:
    told = (name.strip(), tail.strip().upper())
    people = ((who.name, who.id_number), (who.agent_name, who.agent_id_number))
    return any(told == (known, number[-4:].upper()) for known, number in people if known and number)


def _masked(applicant: Applicant) -> str:
    return mask_name(applicant.name) if applicant.kind == NATURAL_PERSON else applicant.name


def _draft(key: UUID, material_code: str, actor: Actor) -> Owner:
    place = sm3_hex(f"{key}/{material_code}".encode())[:DIGITS]
    return Owner(kind=DRAFT_FILES, key=f"{actor.id}:{place}")


def _receipt(row: Intake) -> IntakeReceipt:
    return IntakeReceipt(id=row.pk, receipt_number=row.receipt_number, handed_in_at=row.handed_in_at)
