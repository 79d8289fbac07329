"""
Jobs of the data services.
"""

from datetime import timedelta

from django.conf import settings

from tongban.foundation import clock
from tongban.foundation.jobs import periodic
from tongban.resources.sharing.services import forget_nonces, note_uses, prune_calls, watch


@periodic("sharing.watch", cron="*/5 * * * *")
def watch_services() -> None:
    """
    Remind, report what is late, measure services, and tell the catalogue who uses them, every five minutes.
    """
    at = clock.now()
    watch(at=at)
    note_uses(at=at)


@periodic("sharing.forget_nonces", cron="17 * * * *")
def forget_old_nonces() -> None:
    """
    Delete numbers of signed questions that are too old to be taken again.
    """
    forget_nonces(at=clock.now())


@periodic("sharing.prune_calls", cron="50 17 * * *")
def prune_old_calls() -> None:
    """
    Drop months of evidence whose term is over, at 01:50 in China.
    """
    prune_calls(at=clock.now(), keep=timedelta(days=settings.TONGBAN_SHARING.keep_days))
