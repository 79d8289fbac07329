"""
Jobs of mandates.
"""

from tongban.foundation import clock, jobs
from tongban.support.mandates import services


@jobs.periodic("mandates.check_entities", cron="47 18 * * *")
def check_entities() -> None:
    """
    Ask the register of legal entities who represents whom, at 2:47 in China.
    """
    services.check_due_entities(at=clock.now())
