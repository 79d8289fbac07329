"""
Jobs of the licences app.
"""

import uuid

import structlog

from tongban.business.licences import services
from tongban.foundation import clock, jobs

logger = structlog.get_logger(__name__)


@jobs.job("licences.render_licence", queue="documents", attempts=8)
def render_licence(*, licence_id: str, **_newer: object) -> None:
    """
    Make the document of a licence. Safe to run twice: a licence that has one is left alone.

    :raises FontsMissing: retried, until somebody has installed the fonts
    :raises NameNotPrintable: retried, until somebody has installed a font with the character
    """
    services.render_licence(licence_id=uuid.UUID(licence_id), at=clock.now())


@jobs.periodic("licences.expire_due", cron="10 16 * * *")
def expire_due() -> None:
    """
    Write down which licences ran out, ten minutes after midnight in China.
    """
    logger.info("licences_expired", expired=services.expire_due(at=clock.now()))


@jobs.periodic("licences.queue_missing_documents", cron="25 * * * *")
def queue_missing_documents() -> None:
    """
    Queue documents whose jobs gave up, every hour.
    """
    logger.info("licence_documents_queued", queued=services.queue_missing_documents(at=clock.now()))
