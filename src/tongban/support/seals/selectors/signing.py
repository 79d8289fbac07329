"""
Documents sealed many at once, and by several agencies: what lies before an agency, and how far each is.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from tongban.foundation.actors import Actor
from tongban.foundation.policy import Reason, no
from tongban.support.documents import selectors as files
from tongban.support.documents.values import FileFacts, Owner, SealPlace
from tongban.support.seals import permissions
from tongban.support.seals.models import Seal, SealBatch, SealBatchItem, SigningRequest, SigningStep
from tongban.support.seals.selectors.access import OwnSeal
from tongban.support.seals.values import (
    BatchItemState,
    SealBatchState,
    SealPurpose,
    SealState,
    SigningState,
    SigningStepState,
)

MOST: Final = 200
MOST_BATCHES: Final = 50
MOST_AGENCIES: Final = 6_000
UPLOADS: Final = "seals.upload"
RESULTS: Final = "seals.batch"


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningParty:
    """
    One agency's turn.
    """

    agency_code: str
    state: SigningStepState
    account_name: str
    done_at: datetime | None
    note: str
    place: SealPlace | None
    seal_code: str = ""
    """Which of its seals; empty: whichever it takes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningLine:
    """
    A document that agencies seal in turn.
    """

    id: uuid.UUID
    purpose: SealPurpose
    case_number: str
    offering_code: str
    file_id: uuid.UUID
    """As it is now."""
    state: SigningState
    requested_name: str
    requested_agency: str
    requested_at: datetime
    lapses_at: datetime
    is_mine: bool
    """The reader has asked for it himself."""
    parties: tuple[SigningParty, ...]
    """In their order."""

    @property
    def turn(self) -> SigningParty | None:
        """
        Whose turn it is; None: nobody's any more.
        """
        if self.state is not SigningState.OPEN:
            return None
        return next((party for party in self.parties if party.state is SigningStepState.WAITING), None)

    def is_open(self, at: datetime) -> bool:
        """
        Whether it can go on.
        """
        return self.state is SigningState.OPEN and at < self.lapses_at

    def seals_for_turn(self, own: Iterable[OwnSeal]) -> tuple[OwnSeal, ...]:
        """
        Return with which of somebody's own seals his agency's turn can be taken, each once.
        """
        wanted = self.turn.seal_code if self.turn else ""
        fitting = (one for one in own if self.purpose in one.limits.purposes and wanted in ("", one.code))
        return tuple({one.code: one for one in fitting}.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchLine:
    """
    Files that somebody has asked to be sealed at once.
    """

    id: uuid.UUID
    seal_code: str
    purpose: SealPurpose
    state: SealBatchState
    requested_at: datetime
    ended_at: datetime | None
    files: int
    sealed: int
    refused: int

    @property
    def done(self) -> int:
        """
        How many files were looked at.
        """
        return self.sealed + self.refused


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchEntry:
    """
    One file of a batch.
    """

    position: int
    """From 1."""
    name: str
    """Empty: the file is gone."""
    case_number: str
    state: BatchItemState
    sealed_file_id: uuid.UUID | None
    """None: it was not sealed, or the file is gone."""
    refusal: str
    """Code of the error."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SealingAgency:
    """
    An agency that has a seal in use.
    """

    code: str
    name: str


def signings_of(*, actor: Actor) -> tuple[SigningLine, ...]:
    """
    Return the requests the actor's agency has asked for or has a part in, newest first. Two queries.
    """
    return _lines(_reached(actor).order_by("-requested_at", "id")[:MOST], actor)


def signing(*, request_id: uuid.UUID, actor: Actor) -> SigningLine:
    """
    Return one request. Two queries.

    :raises SigningNotFound: no such request that the actor's agency has asked for or has a part in
    """
    found = _lines(_reached(actor).filter(id=request_id), actor)
    if not found:
        permissions.read_signing.refuse(actor, no(Reason.NOT_OWN))
    return found[0]


def may_see_signing(actor: Actor, key: str) -> bool:
    """
    Tell whether the actor's agency has asked for this request or has a part in it. One query.
    """
    return _reached(actor).filter(id=uuid.UUID(key)).exists()


def may_sign_with_others(*, actor: Actor) -> bool:
    """
    Tell whether somebody may ask agencies to seal a document. No query.
    """
    return permissions.begin_signing.allows(actor)


def sealing_agencies(*, actor: Actor) -> tuple[SealingAgency, ...]:
    """
    Return the agencies that have a seal in use, by name: who can be asked to seal. One query.

    :raises NotPermitted: the actor is no member of staff
    """
    permissions.begin_signing.require(actor)
    rows = Seal.objects.filter(state=SealState.IN_USE).order_by("agency_name", "agency_code")
    found = rows.values_list("agency_code", "agency_name").distinct()[:MOST_AGENCIES]
    return tuple(SealingAgency(code=code, name=name) for code, name in found)


def files_brought(*, actor: Actor) -> tuple[FileFacts, ...]:
    """
    Return what somebody has brought to be sealed and was neither sealed nor taken back, oldest first. Two queries.

    :raises NotPermitted: the actor may bring none
    """
    permissions.bring_file.require(actor)
    brought = files.files_of(owner=Owner(kind=UPLOADS, key=actor.id), actor=actor)
    taken = set(
        SealBatchItem.objects.filter(file_id__in=[file.id for file in brought]).values_list(
            "file_id", flat=True
        )
    )
    return tuple(file for file in brought if file.id not in taken)


def batches_of(*, actor: Actor) -> tuple[BatchLine, ...]:
    """
    Return the batches the actor has asked for, newest first. Two queries.
    """
    return _batch_lines(_own_batches(actor).order_by("-requested_at", "id")[:MOST_BATCHES])


def batch(*, batch_id: uuid.UUID, actor: Actor) -> BatchLine:
    """
    Return how far a batch is. Two queries.

    :raises BatchNotFound: the actor has asked for no such batch
    """
    found = _batch_lines(_own_batches(actor).filter(id=batch_id))
    if not found:
        permissions.read_batch.refuse(actor, no(Reason.NOT_OWN))
    return found[0]


def batch_entries(*, batch_id: uuid.UUID, actor: Actor) -> tuple[BatchEntry, ...]:
    """
    Return the files of a batch in their order. Seven queries.

    :raises BatchNotFound: the actor has asked for no such batch
    """
    line = batch(batch_id=batch_id, actor=actor)
    names = _names(Owner(kind=UPLOADS, key=actor.id), Owner(kind=RESULTS, key=str(line.id)), actor=actor)
    items = SealBatchItem.objects.filter(batch_id=line.id).order_by("position")
    return tuple(
        BatchEntry(
            position=item.position + 1,
            name=names.get(item.sealed_file_id or item.file_id, ""),
            case_number=item.case_number,
            state=BatchItemState(item.state),
            sealed_file_id=item.sealed_file_id if item.sealed_file_id in names else None,
            refusal=item.refusal,
        )
        for item in items
    )


def _names(*owners: Owner, actor: Actor) -> dict[uuid.UUID | None, str]:
    return {file.id: file.name for owner in owners for file in files.files_of(owner=owner, actor=actor)}


def _own_batches(actor: Actor) -> QuerySet[SealBatch]:
    return SealBatch.objects.filter(requested_by=actor.id) if actor.is_staff else SealBatch.objects.none()


def _batch_lines(batches: Iterable[SealBatch]) -> tuple[BatchLine, ...]:
    rows = list(batches)
    counts: dict[uuid.UUID, dict[str, int]] = {row.id: {} for row in rows}
    items = SealBatchItem.objects.filter(batch__in=list(counts)).order_by()
    for batch_id, state, count in items.values_list("batch_id", "state").annotate(Count("id")):
        counts[batch_id][state] = count
    return tuple(
        BatchLine(
            id=row.id,
            seal_code=row.seal_code,
            purpose=SealPurpose(row.purpose),
            state=SealBatchState(row.state),
            requested_at=row.requested_at,
            ended_at=row.ended_at,
            files=sum(counts[row.id].values()),
            sealed=counts[row.id].get(BatchItemState.SEALED.value, 0),
            refused=counts[row.id].get(BatchItemState.REFUSED.value, 0),
        )
        for row in rows
    )


def _lines(requests: Iterable[SigningRequest], actor: Actor) -> tuple[SigningLine, ...]:
    rows = list(requests)
    parties: dict[uuid.UUID, list[SigningParty]] = {request.id: [] for request in rows}
    for step in SigningStep.objects.filter(request__in=list(parties)).order_by("position"):
        parties[step.request_id].append(
            SigningParty(
                agency_code=step.agency_code,
                state=SigningStepState(step.state),
                account_name=step.account_name,
                done_at=step.done_at,
                note=step.note,
                place=None if step.place is None else SealPlace(**step.place),
                seal_code=step.seal_code,
            )
        )
    return tuple(
        SigningLine(
            id=request.id,
            purpose=SealPurpose(request.purpose),
            case_number=request.case_number,
            offering_code=request.offering_code,
            file_id=request.file_id,
            state=SigningState(request.state),
            requested_name=request.requested_name,
            requested_agency=request.requested_agency,
            requested_at=request.requested_at,
            lapses_at=request.lapses_at,
            is_mine=str(request.requested_by) == actor.id,
            parties=tuple(parties[request.id]),
        )
        for request in rows
    )


def _reached(actor: Actor) -> QuerySet[SigningRequest]:
    if not actor.is_staff or not actor.agency_code:
        return SigningRequest.objects.none()
    has_part = SigningStep.objects.filter(request=OuterRef("pk"), agency_code=actor.agency_code)
    return SigningRequest.objects.filter(Q(requested_agency=actor.agency_code) | Q(Exists(has_part)))
