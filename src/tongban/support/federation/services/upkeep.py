"""
What is kept no longer than needed.
"""

from datetime import datetime, timedelta

from tongban.support.federation.models import (
    AuthorizationGrant,
    BearerToken,
    IdentityToken,
    LoginTicket,
    RelyingSession,
    RenewalToken,
    TicketToken,
)
from tongban.support.federation.services.keys import forget_lapsed_keys

KEPT_FOR = timedelta(days=1)
"""A code or token used twice is recognised for so long after it lapsed; longer than any login lasts."""
SESSIONS_KEPT_FOR = timedelta(days=30)


def clear_lapsed(*, at: datetime) -> int:
    """
    Delete codes, tokens, sessions and keys that nobody can use or misuse any more; return how many rows.
    """
    before = at - KEPT_FOR
    counts = [
        RenewalToken.objects.filter(revoked__lt=before).delete()[0],
        RenewalToken.objects.filter(revoked__isnull=True, created__lt=before).delete()[0],
        BearerToken.objects.filter(expires__lt=before).delete()[0],
        IdentityToken.objects.filter(expires__lt=before).delete()[0],
        AuthorizationGrant.objects.filter(expires__lt=before).delete()[0],
        RelyingSession.objects.filter(ended_at__lt=at - SESSIONS_KEPT_FOR).delete()[0],
        TicketToken.objects.filter(ended_at__lt=at - SESSIONS_KEPT_FOR).delete()[0],
        LoginTicket.objects.filter(expires_at__lt=before)
        .exclude(id__in=TicketToken.objects.values("ticket_id"))
        .delete()[0],
        forget_lapsed_keys(at=at),
    ]
    return sum(counts)
