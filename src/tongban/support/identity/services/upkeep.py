"""
Clearing away what no longer says anything: 等保三级 剩余信息保护.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q

from tongban.foundation.db import business_transaction
from tongban.support.identity.models import AccessToken, PendingLogin, SignIn, VerificationCode

KEEP_ENDED = timedelta(days=180)
"""网络安全法 art. 21: log-ins are kept six months."""
LONGEST_WINDOW = timedelta(days=1)


@business_transaction
def clear_expired(*, at: datetime) -> int:
    """
    Delete codes, unfinished log-ins, sign-ins, tokens and counts that are past; return how many rows went.
    """
    codes, _ = VerificationCode.objects.filter(expires_at__lt=at).delete()
    old = at - KEEP_ENDED
    sign_ins, _ = SignIn.objects.filter(Q(expires_at__lt=old) | Q(ended_at__lt=old)).delete()
    tokens, _ = AccessToken.objects.filter(expires_at__lt=old).delete()
    logins, _ = PendingLogin.objects.filter(expires_at__lt=at).delete()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_ratewindow WHERE started_at < %s", [at - LONGEST_WINDOW])
        windows: int = cursor.rowcount
        cursor.execute("DELETE FROM django_session WHERE expire_date < %s", [at])
        sessions: int = cursor.rowcount
    return codes + logins + sign_ins + tokens + windows + sessions
