"""
Jobs of the data services.
"""

from tongban.foundation import clock
from tongban.foundation.jobs import periodic
from tongban.resources.sharing.services import forget_nonces, watch


@periodic("sharing.watch", cron="*/5 * * * *")
def watch_services() -> None:
    """
    Remind, report what is late, and measure services every five minutes.
    """
    watch(at=clock.now())


@periodic("sharing.forget_nonces", cron="17 * * * *")
def forget_old_nonces() -> None:
    """
    Delete numbers of signed questions that are too old to be taken again.
    """
    forget_nonces(at=clock.now())
