"""
多方签章: several agencies seal one document in the order asked for; each seal leaves the earlier ones as they were.
"""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, events, jobs
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.policy import Reason, no
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose, SealPlace
from tongban.support.seals import permissions
from tongban.support.seals.events import SIGNING_DECLINED, SIGNING_FINISHED, SigningFact
from tongban.support.seals.models import SigningRequest, SigningStep
from tongban.support.seals.services.authorising import permit_use, usable_seal
from tongban.support.seals.services.signing import OFD_START, PDF_START, Job, apply
from tongban.support.seals.values import SealPurpose, SigningState, SigningStepState

READER: Final = system_actor("seals.signing")
MOST_PARTIES: Final = 20
LASTS: Final = timedelta(days=30)
LONGEST_NOTE: Final = 500
OWNER_KIND: Final = "seals.signing"


class SigningOver(Conflict):
    """
    The request has ended: all have sealed, one has declined, it was withdrawn, or nobody sealed in time.
    """

    code = "signing_over"
    message = _("这项多方签章已经结束")


class NotYourTurn(Conflict):
    """
    Another agency seals first.
    """

    code = "signing_not_your_turn"
    message = _("还没有轮到本机构签章")


@dataclass(frozen=True, kw_only=True, slots=True)
class Party:
    """
    An agency that is to seal.
    """

    agency_code: str
    seal_code: str = ""
    """Empty: the agency's own seal."""
    place: SealPlace | None = None
    """Where its seal is seen; None: it is not. Without a clip."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningReceipt:
    """
    What a step of a request did.
    """

    request_id: uuid.UUID
    state: SigningState
    file_id: uuid.UUID
    """The document with the seals it has."""


@business_transaction
def begin_signing(
    *,
    file_id: uuid.UUID,
    parties: Sequence[Party],
    purpose: SealPurpose,
    case_number: str,
    actor: Actor,
    at: datetime,
    offering_code: str = "",
) -> SigningReceipt:
    """
    Ask agencies to seal a document, one after the other, within thirty days.

    The request keeps a copy of its own, which its parties may read before it is their turn; whose turn it is is told.

    :param file_id: a file of this node that the actor may open, OFD or PDF
    :param parties: two to twenty, in their order
    :raises NotPermitted: the actor is no member of staff
    :raises FileNotFound: there is no such file, or the actor may not open it
    :raises InvalidInput: fewer than two parties, or too many, or neither OFD nor PDF
    """
    permissions.begin_signing.require(actor)
    if not 1 < len(parties) <= MOST_PARTIES:
        raise InvalidInput(fields={"parties": _("请选择 2 至 20 个签章机构")})
    request_id = uuid.uuid4()
    copy = _copied(file_id, Owner(kind=OWNER_KIND, key=str(request_id)), actor=actor, at=at)
    request = SigningRequest.objects.create(
        id=request_id,
        purpose=purpose,
        case_number=case_number,
        offering_code=offering_code,
        file_id=copy,
        requested_by=uuid.UUID(actor.id),
        requested_name=actor.name,
        requested_agency=actor.agency_code or "",
        requested_at=at,
        lapses_at=at + LASTS,
    )
    SigningStep.objects.bulk_create(
        SigningStep(
            request=request,
            position=position,
            agency_code=party.agency_code,
            seal_code=party.seal_code,
            place=_kept(party.place),
        )
        for position, party in enumerate(parties)
    )
    audit.record(
        action="seals.signing.begin",
        actor=actor,
        subject=str(request.id),
        at=at,
        agencies=[party.agency_code for party in parties],
        case_number=case_number,
    )
    _tell(request)
    return _receipt(request)


def _copied(file_id: uuid.UUID, owner: Owner, *, actor: Actor, at: datetime) -> uuid.UUID:
    opened = documents.open_file(file_id=file_id, actor=actor, at=at)
    with opened.content as content:
        document = content.read()
    if not document.startswith((OFD_START, PDF_START)):
        raise InvalidInput(fields={"file": _("只能在 OFD 或 PDF 文件上签章")})
    kept = documents.keep_document(
        content=document,
        name=opened.name,
        media_type=opened.media_type,
        purpose=Purpose.ATTACHMENT,
        owner=owner,
        actor=actor,
        at=at,
    )
    return kept.id


@business_transaction
def seal_in_turn(
    *,
    request_id: uuid.UUID,
    actor: Actor,
    at: datetime,
    places: Sequence[SealPlace] | None = None,
    seal_code: str = "",
) -> SigningReceipt:
    """
    Put the seal of the actor's agency on the document, if it is its turn.

    :param places: where the seal is seen; None: where who asked wished it
    :param seal_code: which seal of the agency, where who asked has named none; empty: its own
    :raises SigningNotFound: no such request that the actor's agency has a part in
    :raises SigningOver: it has ended
    :raises NotYourTurn: another agency comes first
    :raises NoSealInUse: as `seal_document`
    :raises SealNotAuthorised: as `seal_document`
    :raises SecondFactorNotFresh: as `seal_document`
    """
    request, step = _turn_of(request_id, actor=actor, at=at)
    opened = documents.open_file(file_id=request.file_id, actor=READER, at=at)
    with opened.content as content:
        document = content.read()
    job = Job(
        document=document,
        purpose=SealPurpose(request.purpose),
        case_number=request.case_number,
        at=at,
        offering_code=request.offering_code,
        places=_places(step) if places is None else places,
    )
    seal = usable_seal(agency_code=step.agency_code, at=at, seal_code=step.seal_code or seal_code)
    sealed = apply(seal, permit_use(seal, job.use, actor=actor), job, actor=actor)
    kept = documents.keep_document(
        content=sealed.content,
        name=opened.name,
        media_type=opened.media_type,
        purpose=Purpose.NOTICE,
        owner=Owner(kind=OWNER_KIND, key=str(request.id)),
        actor=actor,
        at=at,
    )
    request.file_id = kept.id
    _done(step, SigningStepState.SEALED, actor=actor, at=at)
    is_last = not _waiting(request).exists()
    if is_last:
        request.state, request.ended_at = SigningState.FINISHED, at
    request.save(update_fields=["file_id", "state", "ended_at"])
    audit.record(
        action="seals.signing.seal", actor=actor, subject=str(request.id), at=at, position=step.position
    )
    if is_last:
        events.announce(topic=SIGNING_FINISHED, key=str(request.id), at=at, payload=_fact(request))
    _tell(request)
    return _receipt(request)


@business_transaction
def decline_signing(*, request_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> SigningReceipt:
    """
    Decline to seal when it is the turn of the actor's agency: the request ends, seals that are there stay.

    :param note: why
    :raises InvalidInput: there is no reason
    :raises SigningNotFound: as `seal_in_turn`
    :raises SigningOver: as `seal_in_turn`
    :raises NotYourTurn: as `seal_in_turn`
    """
    request, step = _turn_of(request_id, actor=actor, at=at)
    if not note.strip() or len(note) > LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("请填写原因，不超过 500 字")})
    step.note = note
    _done(step, SigningStepState.DECLINED, actor=actor, at=at)
    return _ended(request, SigningState.DECLINED, "seals.signing.decline", actor=actor, at=at)


@business_transaction
def withdraw_signing(*, request_id: uuid.UUID, actor: Actor, at: datetime) -> SigningReceipt:
    """
    Take a request back; seals that are there stay.

    :raises SigningNotFound: the actor has not asked for it
    :raises SigningOver: it has ended
    """
    own = (
        SigningRequest.objects.filter(requested_by=actor.id)
        if actor.is_staff
        else SigningRequest.objects.none()
    )
    request = own.select_for_update(no_key=True).filter(id=request_id).first()
    if request is None:
        permissions.read_signing.refuse(actor, no(Reason.NOT_OWN))
    _require_open(request, at=at)
    return _ended(request, SigningState.WITHDRAWN, "seals.signing.withdraw", actor=actor, at=at)


def _turn_of(request_id: uuid.UUID, *, actor: Actor, at: datetime) -> tuple[SigningRequest, SigningStep]:
    permissions.begin_signing.require(actor)
    part = SigningStep.objects.filter(request=models.OuterRef("pk"), agency_code=actor.agency_code or "")
    held = SigningRequest.objects.select_for_update(no_key=True, of=("self",))
    request = held.filter(models.Exists(part), id=request_id).first()
    if request is None:
        # One that is hidden from him answers as one that never was.
        permissions.read_signing.refuse(actor, no(Reason.NOT_OWN))
    _require_open(request, at=at)
    step = _waiting(request).order_by("position").first()
    if step is None or step.agency_code != actor.agency_code:
        raise NotYourTurn(request_id=str(request.id))
    return request, step


def _require_open(request: SigningRequest, *, at: datetime) -> None:
    if request.state != SigningState.OPEN or at >= request.lapses_at:
        raise SigningOver(request_id=str(request.id), state=request.state)


def _waiting(request: SigningRequest) -> models.QuerySet[SigningStep]:
    return SigningStep.objects.filter(request=request, state=SigningStepState.WAITING)


def _done(step: SigningStep, state: SigningStepState, *, actor: Actor, at: datetime) -> None:
    step.state, step.done_at = state.value, at
    step.account_id, step.account_name = uuid.UUID(actor.id), actor.name
    step.save(update_fields=["state", "done_at", "account_id", "account_name", "note"])


def _ended(
    request: SigningRequest, state: SigningState, action: str, *, actor: Actor, at: datetime
) -> SigningReceipt:
    request.state, request.ended_at = state.value, at
    request.save(update_fields=["state", "ended_at"])
    audit.record(action=action, actor=actor, subject=str(request.id), at=at, case_number=request.case_number)
    if state is SigningState.DECLINED:
        events.announce(topic=SIGNING_DECLINED, key=str(request.id), at=at, payload=_fact(request))
    _tell(request)
    return _receipt(request)


def _places(step: SigningStep) -> tuple[SealPlace, ...]:
    return () if step.place is None else (SealPlace(**step.place),)


def _tell(request: SigningRequest) -> None:
    jobs.defer("seals.tell_signing", request_id=str(request.id))


def _kept(place: SealPlace | None) -> dict[str, Any] | None:
    return None if place is None else {**asdict(place), "clip": None}


def _fact(request: SigningRequest) -> SigningFact:
    return SigningFact(
        request_id=str(request.id),
        case_number=request.case_number,
        file_id=str(request.file_id),
        state=SigningState(request.state).value,
    )


def _receipt(request: SigningRequest) -> SigningReceipt:
    return SigningReceipt(request_id=request.id, state=SigningState(request.state), file_id=request.file_id)
