"""
Jobs of trust.
"""

from django.conf import settings

from tongban.foundation import clock, jobs
from tongban.foundation.actors import system_actor
from tongban.support.trust import services

KEEPER = system_actor("trust.keep_authorities")


@jobs.periodic("trust.publish_lists", cron="41 2 * * *")
def publish_lists() -> None:
    """
    Publish revocation lists anew, long before the old ones lapse.
    """
    services.publish_lists(at=clock.now())


@jobs.periodic("trust.keep_authorities", cron="31 2 * * *")
def keep_authorities() -> None:
    """
    Set up the authorities that are to follow those near their end.
    """
    node = settings.TONGBAN_NODE
    services.ensure_authorities(name=node.name, is_demonstration=node.is_demo, actor=KEEPER, at=clock.now())


@jobs.periodic("trust.fetch_lists", cron="7 * * * *")
def fetch_lists() -> None:
    """
    Fetch what trusted outside authorities have revoked.
    """
    services.fetch_lists(at=clock.now())


@jobs.periodic("trust.warn_of_ending", cron="51 2 * * *")
def warn_of_ending() -> None:
    """
    Tell that certificates end which none follows, after those were renewed that renew themselves.
    """
    services.warn_of_ending(at=clock.now())
