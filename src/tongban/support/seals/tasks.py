"""
Jobs of seals.
"""

import uuid

from tongban.foundation import clock, jobs
from tongban.support.seals import services


@jobs.job("seals.sign_batch", queue="documents", attempts=8)
def sign_batch(*, batch_id: str, **_newer: object) -> None:
    """
    Seal the files of a batch that wait, one by one. Safe to run twice, and to be killed.
    """
    batch = uuid.UUID(batch_id)
    while services.sign_waiting(batch_id=batch, at=clock.now()):
        continue
    services.end_batch(batch_id=batch, at=clock.now())


@jobs.job("seals.write_step", queue="documents", attempts=8)
def write_step(*, event_id: int, **_newer: object) -> None:
    """
    Write the document of one step in the life of a seal. Safe to run twice.
    """
    services.write_step(event_id=event_id, at=clock.now())


@jobs.job("seals.tell_signing", queue="messages", attempts=8)
def tell_signing(*, request_id: str, **_newer: object) -> None:
    """
    Tell whose turn it is to seal, or how a request ended. Safe to run twice.
    """
    services.tell_signing(request_id=uuid.UUID(request_id), at=clock.now())


@jobs.job("seals.tell_step", queue="messages", attempts=8)
def tell_step(*, seal_id: str, **_newer: object) -> None:
    """
    Tell whose turn it is in the life of a seal, or what became of it. Safe to run twice.
    """
    services.tell_step(seal_id=uuid.UUID(seal_id), at=clock.now())


@jobs.periodic("seals.discard_uploads", cron="41 3 * * *")
def discard_uploads() -> None:
    """
    Discard files that were brought to be sealed and are not needed any more.
    """
    services.discard_uploads(at=clock.now())


@jobs.periodic("seals.queue_unfinished", cron="*/5 * * * *")
def queue_unfinished() -> None:
    """
    Queue batches again that a killed worker has left.
    """
    services.queue_unfinished(at=clock.now())


@jobs.periodic("seals.expire_due", cron="1 * * * *")
def expire_due() -> None:
    """
    Mark seals whose term is over, every hour.
    """
    services.expire_due(at=clock.now())
