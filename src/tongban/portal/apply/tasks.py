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
