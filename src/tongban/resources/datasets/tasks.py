"""
Jobs of the resource catalogue.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.foundation.calendar import current_calendar
from tongban.resources.datasets import services

logger = structlog.get_logger(__name__)


@jobs.periodic("datasets.press_duties", cron="25 0 * * *")
def press_duties() -> None:
    """
    Remind agencies whose catalogue is due soon, and call in those above where it is late; daily at 08:25 in China.
    """
    if pressed := services.press_duties(at=clock.now(), calendar=current_calendar()):
        logger.info("catalogue_duties_pressed", pressed=pressed)
