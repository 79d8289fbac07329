"""
Jobs of moving in.
"""

import structlog

from tongban.foundation import clock, jobs
from tongban.resources.movein import services
from tongban.resources.movein.values import RunKind

logger = structlog.get_logger(__name__)


@jobs.periodic("movein.look_for_platforms", cron="* * * * *")
def look_for_platforms() -> None:
    """
    Begin a round with every old platform whose turn it is; each is a job of its own, so that none waits for another.
    """
    for code in services.platforms_due(at=clock.now()):
        jobs.defer("movein.follow_platform", once=f"movein.follow:{code}", code=code)


@jobs.job("movein.follow_platform", queue="upkeep")
def follow_platform(*, code: str, **_newer: object) -> None:
    """
    Take what changed in an old platform, and write back what changed here. Safe to run twice.
    """
    count = services.follow_once(code=code, at=clock.now())
    if count:
        logger.info("old_platform_followed", platform=code, cases=count)


@jobs.job("movein.run_platform", queue="upkeep")
def run_platform(*, code: str, kind: str, **_newer: object) -> None:
    """
    Try or load an old platform. Safe to run twice: a load goes on where it stopped.
    """
    services.run_in_background(code=code, kind=RunKind(kind), at=clock.now())
