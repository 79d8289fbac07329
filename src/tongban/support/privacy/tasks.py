"""
Jobs of the rights of the person.
"""

from uuid import UUID

import structlog

from tongban.foundation import clock, jobs
from tongban.support.privacy import services

logger = structlog.get_logger(__name__)


@jobs.job("privacy.make_copy", queue="documents", attempts=5)
def make_copy(*, request_id: str, **_newer: object) -> None:
    """
    Make the copy a person asked for.
    """
    services.make_copy(request_id=UUID(request_id), at=clock.now())


@jobs.periodic("privacy.lapse_copies", cron="7 * * * *")
def lapse_copies() -> None:
    """
    Delete copies whose time is over, every hour.
    """
    services.lapse_copies(at=clock.now())


@jobs.periodic("privacy.close_due_accounts", cron="12 * * * *")
def close_due_accounts() -> None:
    """
    Close accounts whose time for second thoughts is over, every hour.
    """
    if closed := services.close_due_accounts(at=clock.now()):
        logger.info("accounts_closed", closed=closed)


@jobs.periodic("privacy.escalate_late", cron="30 17 * * *")
def escalate_late() -> None:
    """
    Put objections that were not answered in time before the supervisors, nightly at 01:30 in China.
    """
    if escalated := services.escalate_late(at=clock.now()):
        logger.warning("objections_late", escalated=escalated)
