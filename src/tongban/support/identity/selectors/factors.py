"""
Second factors, as their owner sees them.
"""

from typing import Final

from allauth.mfa.models import Authenticator
from django.conf import settings

from tongban.foundation.actors import Actor
from tongban.support.identity import permissions
from tongban.support.identity.values import Factor, OwnFactor, OwnFactors

REQUIRED: Final = "required"
"""Value of `TONGBAN_IDENTITY_STAFF_SECOND_FACTOR`."""


def own_factors(*, actor: Actor) -> OwnFactors:
    """
    Return what the actor has set up, oldest first. One query.

    :raises NotAuthenticated: nobody is logged in
    """
    account_id = permissions.require_account(actor)
    rows = list(Authenticator.objects.filter(user_id=account_id).order_by("created_at", "id"))
    codes = [row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES]
    return OwnFactors(
        factors=tuple(_own(row) for row in rows if row.type != Authenticator.Type.RECOVERY_CODES),
        recovery_codes_left=len(codes[0].wrap().get_unused_codes()) if codes else 0,
        are_needed=actor.is_staff and settings.TONGBAN_IDENTITY.staff_second_factor == REQUIRED,
    )


def _own(row: Authenticator) -> OwnFactor:
    is_key = row.type == Authenticator.Type.WEBAUTHN
    return OwnFactor(
        id=row.id,
        factor=Factor.WEBAUTHN if is_key else Factor.TOTP,
        name=row.data["name"] if is_key else "",
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )
