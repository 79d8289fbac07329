"""
Jobs of identity.
"""

from tongban.foundation import clock, jobs
from tongban.support.identity import services


@jobs.periodic("identity.clear_expired", cron="17 19 * * *")
def clear_expired() -> None:
    """
    Delete what has expired, at 3:17 in China.
    """
    services.clear_expired(at=clock.now())


@jobs.periodic("identity.turn_absences", cron="* * * * *")
def turn_absences() -> None:
    """
    Begin and end absences whose time has come, every minute.
    """
    services.turn_absences(at=clock.now())
