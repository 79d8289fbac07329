"""
Jobs of the guided application.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.portal.apply import services

logger = structlog.get_logger(__name__)


@jobs.periodic("apply.discard_abandoned_drafts", cron="10 18 * * *")
def discard_abandoned_drafts() -> None:
    """
    Throw away what clerks began and left, nightly at 02:10 in China, before content is swept.
    """
    logger.info("drafts_discarded", discarded=services.discard_abandoned_drafts(at=clock.now()))


@jobs.periodic("apply.keep_drafts", cron="40 17 * * *")
def keep_drafts() -> None:
    """
    Tell people of drafts that will go, delete those whose time is over, empty submitted ones; at 1:40 in China.
    """
    at = clock.now()
    logger.info(
        "drafts_kept",
        told=services.warn_of_old_drafts(at=at),
        deleted=services.delete_old_drafts(at=at),
        emptied=services.empty_submitted_drafts(at=at),
    )
