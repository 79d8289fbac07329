"""
Jobs of messaging.
"""

from uuid import UUID

from tongban.foundation import clock, jobs
from tongban.support.messaging import services

ROUNDS = 20
"""Batches one sweep sends at most; the next minute goes on."""


@jobs.job("messaging.send_text", queue="messages")
def send_text(*, text_id: str, **_newer: object) -> None:
    """
    Send one short message now. Fails never: what did not leave stays due and is swept up.
    """
    services.send_text(text_id=UUID(text_id), at=clock.now())


@jobs.periodic("messaging.send_due_texts", cron="* * * * *", queue="messages")
def send_due_texts() -> None:
    """
    Send what is due: first tries whose job was lost, and tries put off.
    """
    for _ in range(ROUNDS):
        if services.send_due_texts(at=clock.now()) == 0:
            return


@jobs.periodic("messaging.collect_reports", cron="* * * * *", queue="messages")
def collect_reports() -> None:
    """
    Ask the gateway what became of the messages it took.
    """
    for _ in range(ROUNDS):
        if services.collect_reports(at=clock.now()) < services.BATCH:
            return
