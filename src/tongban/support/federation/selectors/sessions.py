"""
Whether the login that something came from goes on.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from tongban.support.federation.models import RelyingSession
from tongban.support.identity.selectors import is_signed_in


def is_login_open(sign_in_id: str, *, account: Any, at: datetime) -> bool:
    """
    Return whether this account's login has not ended; how long the browser was idle here does not matter. One query.

    :param account: whom the token was issued to
    """
    return account is not None and is_signed_in(sign_in_id=UUID(sign_in_id), account_id=account.pk, at=at)


def is_session_of(session_id: str, *, sign_in_id: str | None) -> bool:
    """
    Return whether the name a party knows a session by (`sid`) stands for this login. One query.
    """
    try:
        wanted = UUID(session_id)
    except ValueError:
        return False
    return sign_in_id is not None and RelyingSession.objects.filter(id=wanted, sign_in_id=sign_in_id).exists()
