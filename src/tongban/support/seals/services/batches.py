"""
批量签章: one person asks once, with his second factor, for many files to be sealed; a job seals them one by one.

Each file is a transaction of its own: lock, signature, log and mark go together, so that a job that is killed and
starts again seals nothing twice and leaves nothing out.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, jobs
from tongban.foundation.actors import Actor, ActorKind, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import Conflict, InvalidInput, ServiceError
from tongban.foundation.policy import Reason, no
from tongban.support.documents import services as documents
from tongban.support.documents.values import Owner, Purpose
from tongban.support.identity import selectors as people
from tongban.support.seals import permissions
from tongban.support.seals.models import SealAuthorisation, SealBatch, SealBatchItem
from tongban.support.seals.rules.authorising import Fault
from tongban.support.seals.services.authorising import (
    SealNotAuthorised,
    covering,
    permit_use,
    usable_seal,
)
from tongban.support.seals.services.signing import Job, apply
from tongban.support.seals.values import BatchItemState, SealBatchState, SealPurpose

SIGNER: Final = system_actor("seals.sign_batch")
MOST_FILES: Final = 2_000
LASTS: Final = timedelta(hours=12)
"""A batch seals within half a day of being asked for, or not at all."""
QUEUE_AGAIN_AFTER: Final = timedelta(minutes=5)
OWNER_KIND: Final = "seals.batch"


class BatchLapsed(Conflict):
    """
    The batch was asked for too long ago: it has to be asked for again.
    """

    code = "seal_batch_lapsed"
    message = _("这批签章发起时间过久，请重新发起")


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchFile:
    """
    One file to be sealed.
    """

    file_id: uuid.UUID
    case_number: str
    offering_code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchReceipt:
    """
    What asking for a batch did.
    """

    batch_id: uuid.UUID
    files: int


@business_transaction
def begin_batch(
    *,
    agency_code: str,
    purpose: SealPurpose,
    files: Sequence[BatchFile],
    actor: Actor,
    at: datetime,
    seal_code: str = "",
) -> BatchReceipt:
    """
    Ask for many files to be sealed; the job begins at once.

    Whoever asks is asked for his second factor now. The authorisation that covers the first file is held against each
    file again when its turn comes, as are seal and authorisation as they then stand.

    :param files: at most 2,000, each once; files of this node that the actor may open
    :raises NotPermitted: the actor is no member of staff
    :raises InvalidInput: none, too many, or one twice
    :raises NoSealInUse: the agency has no seal that may be used now
    :raises SealNotAuthorised: no authorisation of the actor covers the first file
    :raises SecondFactorNotFresh: he has not shown his second factor a moment ago
    :raises FileNotFound: there is no such file, or the actor may not open it
    """
    permissions.begin_batch.require(actor)
    if not 0 < len(files) <= MOST_FILES or len({file.file_id for file in files}) != len(files):
        raise InvalidInput(fields={"files": _("请选择 1 至 2000 份文件，每份一次")})
    seal = usable_seal(agency_code=agency_code, at=at, seal_code=seal_code)
    first = Job(document=b"", purpose=purpose, case_number="", at=at, offering_code=files[0].offering_code)
    given = permit_use(seal, first.use, actor=actor)
    for file in files:
        documents.open_file(file_id=file.file_id, actor=actor, at=at).content.close()
    batch = SealBatch.objects.create(
        seal_code=seal.code,
        agency_code=agency_code,
        purpose=purpose,
        authorisation=given,
        requested_by=uuid.UUID(actor.id),
        requested_name=actor.name,
        requested_at=at,
        lapses_at=at + LASTS,
    )
    SealBatchItem.objects.bulk_create(
        SealBatchItem(
            batch=batch,
            position=position,
            file_id=file.file_id,
            case_number=file.case_number,
            offering_code=file.offering_code,
        )
        for position, file in enumerate(files)
    )
    audit.record(
        action="seals.batch.begin",
        actor=actor,
        subject=str(batch.id),
        at=at,
        seal_code=seal.code,
        files=len(files),
        authorisation_id=str(given.id),
    )
    _queue(batch.id)
    return BatchReceipt(batch_id=batch.id, files=len(files))


@business_transaction
def stop_batch(*, batch_id: uuid.UUID, actor: Actor, at: datetime) -> SealBatchState:
    """
    停止: seal no file that still waits; those that were sealed stay so. Stopping one that has ended changes nothing.

    :return: the state of the batch now
    :raises BatchNotFound: the actor has asked for no such batch
    """
    own = SealBatch.objects.filter(requested_by=actor.id) if actor.is_staff else SealBatch.objects.none()
    batch = own.select_for_update(no_key=True).filter(id=batch_id).first()
    if batch is None:
        permissions.read_batch.refuse(actor, no(Reason.NOT_OWN))
    if batch.state == SealBatchState.RUNNING:
        batch.state, batch.ended_at = SealBatchState.STOPPED, at
        batch.save(update_fields=["state", "ended_at"])
        audit.record(action="seals.batch.stop", actor=actor, subject=str(batch.id), at=at)
    return SealBatchState(batch.state)


def sign_waiting(*, batch_id: uuid.UUID, at: datetime) -> bool:
    """
    Seal the next file of a batch that waits and return whether there was one. Whoever calls it twice seals two files.
    """
    with transaction.atomic():
        item = (
            SealBatchItem.objects.select_for_update(no_key=True, skip_locked=True, of=("self",))
            .select_related("batch")
            .filter(batch_id=batch_id, state=BatchItemState.WAITING, batch__state=SealBatchState.RUNNING)
            .order_by("position")
            .first()
        )
        if item is None:
            return False
        try:
            with transaction.atomic():
                item.sealed_file_id = _sealed(item, at=at)
                item.state = BatchItemState.SEALED
        except ServiceError as error:
            item.sealed_file_id = None
            item.state, item.refusal = BatchItemState.REFUSED, error.code[:64]
        item.save(update_fields=["state", "sealed_file_id", "refusal"])
    return True


def _sealed(item: SealBatchItem, *, at: datetime) -> uuid.UUID:
    batch = item.batch
    if at >= batch.lapses_at:
        raise BatchLapsed(batch_id=str(batch.id))
    opened = documents.open_file(file_id=item.file_id, actor=SIGNER, at=at)
    with opened.content as content:
        document = content.read()
    job = Job(
        document=document,
        purpose=SealPurpose(batch.purpose),
        case_number=item.case_number,
        at=at,
        offering_code=item.offering_code,
        batch_item_id=item.id,
    )
    seal = usable_seal(agency_code=batch.agency_code, at=at, seal_code=batch.seal_code)
    given = covering(
        SealAuthorisation.objects.filter(id=batch.authorisation_id), job.use, seal_code=seal.code
    )
    requester = _requester(batch)
    sealed = apply(seal, given, job, actor=requester)
    kept = documents.keep_document(
        content=sealed.content,
        name=opened.name,
        media_type=opened.media_type,
        purpose=Purpose.NOTICE,
        owner=Owner(kind=OWNER_KIND, key=str(batch.id)),
        actor=requester,
        at=at,
    )
    return kept.id


def _requester(batch: SealBatch) -> Actor:
    """
    Return who asked for a batch, as who signs; whoever has left since signs no more.

    :raises SealNotAuthorised: he works for the agency no longer
    """
    member = people.find_staff(account_id=batch.requested_by, actor=SIGNER)
    if member is None or member.agency_code != batch.agency_code:
        raise SealNotAuthorised(seal_code=batch.seal_code, reason=Fault.ENDED.value)
    return Actor(
        kind=ActorKind.STAFF,
        id=str(member.account_id),
        name=member.name,
        agency_code=member.agency_code,
        division_code=member.division_code,
        posts=member.posts,
        roles=member.roles,
    )


def end_batch(*, batch_id: uuid.UUID, at: datetime) -> bool:
    """
    Mark a batch as finished where no file waits any more; return whether it is.
    """
    with transaction.atomic():
        batch = SealBatch.objects.select_for_update(no_key=True).filter(id=batch_id).first()
        if batch is None or batch.state != SealBatchState.RUNNING:
            return batch is not None
        items = SealBatchItem.objects.filter(batch=batch)
        if items.filter(state=BatchItemState.WAITING).exists():
            return False
        batch.state, batch.ended_at = SealBatchState.FINISHED, at
        batch.save(update_fields=["state", "ended_at"])
        audit.record(
            action="seals.batch.end",
            actor=SIGNER,
            subject=str(batch.id),
            at=at,
            sealed=items.filter(state=BatchItemState.SEALED).count(),
            refused=items.filter(state=BatchItemState.REFUSED).count(),
        )
    return True


@business_transaction
def queue_unfinished(*, at: datetime) -> int:
    """
    Queue batches that were left unfinished: a worker was killed. Return how many.
    """
    left = SealBatch.objects.filter(state=SealBatchState.RUNNING, requested_at__lt=at - QUEUE_AGAIN_AFTER)
    ids = list(left.order_by("requested_at").values_list("id", flat=True)[:100])
    for batch_id in ids:
        _queue(batch_id)
    return len(ids)


def _queue(batch_id: uuid.UUID) -> None:
    jobs.defer("seals.sign_batch", once=f"seals.sign_batch:{batch_id}", batch_id=str(batch_id))
