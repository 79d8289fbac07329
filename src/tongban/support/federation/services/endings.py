"""
What follows when a login here ends: whoever heard of it hears of its end.
"""

from uuid import UUID

from tongban.foundation.events import Announced
from tongban.support.federation.services.logout import end_relying_sessions
from tongban.support.federation.services.tickets import end_ticket_tokens


def on_session_ended(fact: Announced) -> None:
    """
    React to a logout at once; logins that end in other ways are found within a minute.
    """
    account_id = UUID(fact.key)
    end_relying_sessions(at=fact.at, account_id=account_id)
    end_ticket_tokens(at=fact.at, account_id=account_id)
