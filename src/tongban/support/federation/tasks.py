"""
Jobs of one login.
"""

from uuid import UUID

from tongban.foundation import clock, jobs
from tongban.support.federation import services
from tongban.support.federation.services import logout


@jobs.job(logout.JOB, queue="messages", attempts=6)
def tell_logout(*, session_id: str, **_newer: object) -> None:
    """
    Tell one relying party that a login has ended; again after 4 s, 16 s … when it does not answer.
    """
    services.tell_logout(session_id=UUID(session_id), at=clock.now())


@jobs.periodic("federation.end_relying_sessions", cron="* * * * *", queue="messages")
def end_relying_sessions() -> None:
    """
    Find logins that ended without anybody saying so: lapsed, closed with their account, ended by force.
    """
    services.end_relying_sessions(at=clock.now())


@jobs.periodic("federation.clear_lapsed", cron="17 3 * * *")
def clear_lapsed() -> None:
    """
    Delete codes, tokens and keys that are worth nothing any more.
    """
    services.clear_lapsed(at=clock.now())
