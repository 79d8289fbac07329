"""
Jobs of one login.
"""

from uuid import UUID

from tongban.foundation import clock, jobs
from tongban.support.federation import services
from tongban.support.federation.services import logout, nodes, nonces, tickets


@jobs.job(logout.JOB, queue="messages", attempts=6)
def tell_logout(*, session_id: str, **_newer: object) -> None:
    """
    Tell one relying party that a login has ended; again after 4 s, 16 s … when it does not answer.
    """
    services.tell_logout(session_id=UUID(session_id), at=clock.now())


@jobs.job(tickets.LOGOUT_JOB, queue="messages", attempts=6)
def tell_ticket_logout(*, token_id: str, **_newer: object) -> None:
    """
    Tell one application of the ticket protocol that a login has ended; again when it does not answer.
    """
    services.tell_ticket_logout(token_id=UUID(token_id), at=clock.now())


@jobs.job(nodes.PUSH_JOB, queue="messages", attempts=8)
def push_person(*, person_id: str, **_newer: object) -> None:
    """
    Tell a new user's city about him; again after 4 s, 16 s … while it does not answer.
    """
    services.push_person(person_id=UUID(person_id), at=clock.now())


@jobs.periodic("federation.forget_nonces", cron="*/10 * * * *")
def forget_nonces() -> None:
    """
    Delete numbers of messages that are too old to be believed in any case.
    """
    nonces.forget_nonces(at=clock.now())


@jobs.periodic("federation.end_relying_sessions", cron="* * * * *", queue="messages")
def end_relying_sessions() -> None:
    """
    Find logins that ended without anybody saying so: lapsed, closed with their account, ended by force.
    """
    services.end_relying_sessions(at=clock.now())
    services.end_ticket_tokens(at=clock.now())


@jobs.periodic("federation.clear_lapsed", cron="17 3 * * *")
def clear_lapsed() -> None:
    """
    Delete codes, tokens and keys that are worth nothing any more.
    """
    services.clear_lapsed(at=clock.now())
