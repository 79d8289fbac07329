"""
Numbers used once: the second message with the same one is refused, in one statement, across processes.
"""

from datetime import datetime

from django.db import connection

from tongban.support.federation.models import UsedNonce
from tongban.support.federation.rules.messages import WINDOW

CLAIM = """
INSERT INTO federation_usednonce (party, nonce, used_at) VALUES (%s, %s, %s)
ON CONFLICT (party, nonce) DO NOTHING RETURNING id
"""


def claim_nonce(*, party: str, nonce: str, at: datetime) -> bool:
    """
    Return whether this number of this party was not used before; it is from now on.
    """
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [party, nonce, at])
        return cursor.fetchone() is not None


def forget_nonces(*, at: datetime) -> int:
    """
    Delete numbers of messages too old to be believed in any case; return how many.
    """
    return UsedNonce.objects.filter(used_at__lt=at - 2 * WINDOW).delete()[0]
