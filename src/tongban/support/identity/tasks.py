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
