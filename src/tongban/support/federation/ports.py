"""
What one login needs from elsewhere.
"""

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from tongban.support.federation.values import Authentication


class ClaimsSource(Protocol):
    """
    Tells what is known about somebody, within what he consented to; writes down that it did.
    """

    def subject(self, *, party: Any, owner_id: UUID) -> str:
        """
        Return the subject by which this party's sector knows an account or a principal.
        """

    def user_info(
        self, *, party: Any, account: Any, scopes: frozenset[str], known: Authentication, at: datetime
    ) -> dict[str, Any]:
        """
        Return the claims these scopes stand for.
        """


class _Wiring:
    claims: ClaimsSource | None = None


def tell_claims_by(source: ClaimsSource) -> None:
    """
    Wire who tells claims; called once in AppConfig.ready().
    """
    _Wiring.claims = source


def claims_source() -> ClaimsSource:
    """
    Return who tells claims.

    :raises RuntimeError: nobody was wired
    """
    if _Wiring.claims is None:
        raise RuntimeError("nobody tells claims: install tongban.support.federation")
    return _Wiring.claims
