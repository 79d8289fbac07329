"""
The limits in force: those of `values.Policy`, with what the operator set.
"""

from datetime import timedelta
from typing import Final

from django.conf import settings

from tongban.support.identity.values import Policy

REQUIRED: Final = "required"
"""Value of `TONGBAN_IDENTITY_STAFF_SECOND_FACTOR`."""


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
        staff_session_idle=chosen.staff_session_idle,
        staff_session_absolute=chosen.staff_session_absolute,
        sessions_per_person=chosen.sessions_per_person,
        sessions_per_staff=chosen.sessions_per_staff,
        staff_needs_factor=chosen.staff_second_factor == REQUIRED,
        fresh_factor=chosen.fresh_factor,
        password_length=chosen.password_length,
        password_classes=chosen.password_classes,
        password_history=chosen.password_history,
        staff_password_lifetime=timedelta(days=days) if (days := chosen.staff_password_days) else None,
    )
