"""
Jobs of docking.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.foundation.actors import system_actor
from tongban.resources.docking.services import alarming, rounds

WATCHER = system_actor("docking.raise_alarms")

logger = structlog.get_logger(__name__)


@jobs.periodic("docking.look_for_systems", cron="* * * * *")
def look_for_systems() -> None:
    """
    Begin a round with every system whose turn it is; each is a job of its own, so that none waits for another.
    """
    for code in rounds.systems_due(at=clock.now()):
        jobs.defer("docking.exchange_with_system", once=f"docking.exchange:{code}", code=code)


@jobs.job("docking.exchange_with_system", queue="upkeep")
def exchange_with_system(*, code: str, **_newer: object) -> None:
    """
    Read what a system wrote, and give it what waits for it. Safe to run twice.
    """
    receipt = rounds.exchange(code=code, at=clock.now())
    if receipt.read or receipt.given or receipt.error:
        logger.info("docking_round", system=code, read=receipt.read, given=receipt.given, error=receipt.error)


@jobs.periodic("docking.raise_alarms", cron="*/5 * * * *")
def raise_alarms() -> None:
    """
    Tell operators of systems with which something new is wrong.
    """
    alarming.raise_alarms(actor=WATCHER, at=clock.now())


@jobs.periodic("docking.forget_old", cron="50 17 * * *")
def forget_old() -> None:
    """
    Empty contents of messages that are too old to be kept, every night in China.
    """
    logger.info("docking_forgotten", messages=rounds.forget_old(at=clock.now()))
