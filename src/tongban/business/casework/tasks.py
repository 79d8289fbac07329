"""
Jobs of casework.
"""

import structlog
from django.conf import settings

from tongban.business.casework import services
from tongban.foundation import clock, jobs
from tongban.foundation.calendar import current_calendar, forget_calendar
from tongban.foundation.partitions import ensure_partitions

logger = structlog.get_logger(__name__)


@jobs.job("casework.render_notice", queue="documents", attempts=8)
def render_notice(*, notice_id: int, **_newer: object) -> None:
    """
    Make the PDF of a notice. Safe to run twice.
    """
    services.render_notice(notice_id=notice_id, at=clock.now(), calendar=current_calendar())


@jobs.job("casework.bring_to_library", queue="upkeep", attempts=8)
def bring_to_library(*, number: str, **_newer: object) -> None:
    """
    Bring one case into the case library as it stands. Safe to run twice.
    """
    services.bring_to_library(number=number, at=clock.now())


@jobs.job("casework.recompute_deadlines", queue="upkeep", attempts=5)
def recompute_deadlines(**_newer: object) -> None:
    """
    Compute the dates of open cases again, by the calendar as it is now. Safe to run twice.
    """
    # The process may still hold the calendar as it was before the change.
    forget_calendar()
    services.recompute_deadlines(at=clock.now(), calendar=current_calendar())


@jobs.periodic("casework.sweep", cron="*/5 * * * *")
def sweep() -> None:
    """
    Let time do its work: deemed acceptance, lapsed corrections.
    """
    services.sweep(at=clock.now(), calendar=current_calendar())


@jobs.periodic("casework.archive", cron="40 17 * * *")
def archive() -> None:
    """
    Archive what ended long enough ago, every night in China.
    """
    archived = services.archive_finished(
        after_days=settings.TONGBAN_CASEWORK.archive_after_days, at=clock.now(), calendar=current_calendar()
    )
    logger.info("cases_archived", archived=archived)


@jobs.periodic("casework.ensure_partitions", cron="17 18 * * *")
def make_partitions() -> None:
    """
    Create the partitions of the coming months.
    """
    ensure_partitions(today=clock.civil_date(clock.now()))
