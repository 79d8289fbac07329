"""
Jobs of the base registers.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.foundation.calendar import current_calendar
from tongban.resources.registers import services

logger = structlog.get_logger(__name__)


@jobs.periodic("registers.press_disputes", cron="20 0 * * *")
def press_disputes() -> None:
    """
    Remind those who have to answer a dispute soon, and call in those above where one is late; daily at 08:20 in China.
    """
    if pressed := services.press_disputes(at=clock.now(), calendar=current_calendar()):
        logger.info("disputes_pressed", pressed=pressed)
