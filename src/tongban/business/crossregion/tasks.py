"""
Jobs of cross-region service.
"""

from tongban.business.crossregion import services
from tongban.foundation import clock, jobs


class PapersNotMade(Exception):
    """
    Papers of a case are being made; the counter is told again when they are there.
    """


@jobs.job("crossregion.tell_counter", queue="upkeep", attempts=8)
def tell_counter(*, case_number: str, **_newer: object) -> None:
    """
    Tell the counter of another node how its case stands. Safe to run twice.

    :raises PapersNotMade: the job runs again
    """
    if not services.tell_counter(case_number=case_number, at=clock.now()):
        raise PapersNotMade


@jobs.periodic("crossregion.discard_abandoned", cron="25 18 * * *")
def discard_abandoned() -> None:
    """
    Take back files that were chosen and never handed in, every night in China.
    """
    services.discard_abandoned(at=clock.now())
