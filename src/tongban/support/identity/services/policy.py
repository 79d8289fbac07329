"""
The limits in force: those of `values.Policy`, with what the operator set.
"""

from django.conf import settings

from tongban.support.identity.values import Policy


def policy() -> Policy:
    """
    Return the limits in force on this node.
    """
    chosen = settings.TONGBAN_IDENTITY
    return Policy(
        login_failures=chosen.lock_after_failures,
        login_lock=chosen.lock_for,
        session_idle=chosen.session_idle,
        session_absolute=chosen.session_absolute,
    )
