"""
Jobs of the licences app.
"""

import uuid

import structlog
from django.conf import settings

from tongban.business.licences import services
from tongban.business.licences.services import peers
from tongban.foundation import clock, jobs
from tongban.foundation.actors import system_actor

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


@jobs.periodic("licences.remind_expiring", cron="30 0 * * *")
def remind_expiring() -> None:
    """
    Tell holders which licences will run out, at half past eight in China.
    """
    days = settings.TONGBAN_LICENCES.remind_days
    logger.info("licences_expiring", reminded=services.remind_expiring(days=days, at=clock.now()))


@jobs.periodic("licences.queue_missing_documents", cron="25 * * * *")
def queue_missing_documents() -> None:
    """
    Queue documents whose jobs gave up, every hour.
    """
    logger.info("licence_documents_queued", queued=services.queue_missing_documents(at=clock.now()))


@jobs.periodic("licences.renew_presentation_key", cron="40 17 * * *")
def renew_presentation_key() -> None:
    """
    Publish the next key of 亮证 in time.
    """
    logger.info("presentation_key_looked_at", renewed=services.renew_presentation_key(at=clock.now()))


@jobs.periodic("licences.forget_presentations", cron="50 * * * *")
def forget_presentations() -> None:
    """
    Delete presentations and checks that ended a day ago.
    """
    logger.info("presentations_forgotten", forgotten=services.forget_presentations(at=clock.now()))


@jobs.job("licences.take_batch_in", queue="upkeep", attempts=8)
def take_batch_in(*, batch_id: str, **_newer: object) -> None:
    """
    Take a batch of licences issued before into the library. Safe to run twice: what is in is passed over.
    """
    actor = system_actor("licences.take_batch_in")
    services.take_batch_in(batch_id=uuid.UUID(batch_id), actor=actor, at=clock.now())


@jobs.job("licences.make_stock_documents", queue="upkeep", attempts=8)
def make_stock_documents(*, batch_id: str, after_line: int, **_newer: object) -> None:
    """
    Make the documents of a batch that is in the library, some hundreds a run.
    """
    services.make_stock_documents(batch_id=uuid.UUID(batch_id), after_line=after_line, at=clock.now())


@jobs.periodic("licences.fetch_peer_keys", cron="7 * * * *", queue="messages")
def fetch_peer_keys() -> None:
    """
    Ask other nodes for the keys with which codes of their holders are checked.
    """
    logger.info("peer_keys_fetched", nodes=peers.fetch_keys(at=clock.now()))


@jobs.job(peers.TELLING_JOB, queue="messages")
def tell_nodes() -> None:
    """
    Tell nodes whose agencies have used a licence what has become of it.
    """
    peers.tell_nodes(at=clock.now())


@jobs.periodic("licences.tell_nodes_again", cron="*/5 * * * *", queue="messages")
def tell_nodes_again() -> None:
    """
    Tell nodes what they have not taken yet.
    """
    peers.tell_nodes(at=clock.now())


@jobs.periodic("licences.check_quality", cron="30 18 * * *")
def check_quality() -> None:
    """
    Look at the whole library by the quality rules, at half past two at night in China.
    """
    days = settings.TONGBAN_LICENCES.idle_type_days
    counts = services.check_quality(idle_days=days, at=clock.now())
    logger.info("licence_quality_checked", **{rule.value.lower(): count for rule, count in counts.items()})
