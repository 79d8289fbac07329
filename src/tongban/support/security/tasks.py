"""
Jobs of security.
"""

from tongban.foundation import clock, jobs
from tongban.foundation.actors import system_actor
from tongban.support.security import services

WATCHER = system_actor("security.watch_trail")
VERIFIER = system_actor("security.verify_trail")


@jobs.periodic("security.watch_trail", cron="* * * * *")
def watch_trail() -> None:
    """
    Hold what the trail says since the last minute against the rules.
    """
    services.watch_trail(actor=WATCHER, at=clock.now())


@jobs.periodic("security.verify_trail", cron="23 18 * * *")
def verify_trail() -> None:
    """
    Verify the whole trail, every night in China.
    """
    services.verify_trail(actor=VERIFIER, at=clock.now())


@jobs.job("security.send_alarms", queue="messages", attempts=8)
def send_alarms(**_newer: object) -> None:
    """
    Bring alarms to where they go. Safe to run twice.
    """
    services.send_alarms(at=clock.now())
