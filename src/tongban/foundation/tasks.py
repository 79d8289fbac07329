"""
Jobs of the foundation.
"""

from tongban.foundation import audit_anchor, clock, idempotency, jobs
from tongban.foundation.audit_chain import seal_settled


@jobs.periodic("foundation.anchor_audit", cron="7 16 * * *")
def anchor_audit() -> None:
    """
    Anchor the end of the audit chain, every day shortly after midnight in China.
    """
    at = clock.now()
    seal_settled(at=at)
    audit_anchor.anchor(at=at)


@jobs.periodic("foundation.forget_answers", cron="37 19 * * *")
def forget_answers() -> None:
    """
    Delete answers kept for repeated requests, once nobody repeats them any more.
    """
    idempotency.forget_answers(at=clock.now())
