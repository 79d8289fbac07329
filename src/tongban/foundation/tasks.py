"""
Jobs of the foundation.
"""

from tongban.foundation import audit_anchor, clock, jobs
from tongban.foundation.audit_chain import seal_settled


@jobs.periodic("foundation.anchor_audit", cron="7 16 * * *")
def anchor_audit() -> None:
    """
    Anchor the end of the audit chain, every day shortly after midnight in China.
    """
    at = clock.now()
    seal_settled(at=at)
    audit_anchor.anchor(at=at)
