"""
Which pages of seals somebody is shown at all, and which seals he may put on documents himself.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tongban.foundation.actors import Actor
from tongban.support.seals import permissions
from tongban.support.seals.models import SealAuthorisation
from tongban.support.seals.selectors.looking import limits_of
from tongban.support.seals.values import AuthorisationKind, Limits, SealState

MOST_SEALS: Final = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnSeal:
    """
    A seal that the actor may put on documents himself.
    """

    code: str
    name: str
    agency_code: str
    limits: Limits
    valid_until: datetime
    authorisation_id: uuid.UUID


def sees_seals(*, actor: Actor) -> bool:
    """
    Tell whether somebody has a part in the life of seals, or supervises it. No query.
    """
    return actor.is_staff and not actor.roles.isdisjoint(permissions.READERS)


def may_apply(*, actor: Actor) -> bool:
    """
    Tell whether somebody may ask for a seal of his agency. No query.
    """
    if not actor.agency_code:
        return False
    return permissions.request_seal.allows(
        actor, agency_code=actor.agency_code, division_code=actor.division_code or ""
    )


def require_keeper(*, actor: Actor) -> None:
    """
    Refuse whoever does not keep the seals of his agency. No query.

    :raises NotPermitted: he does not
    """
    permissions.request_seal.require(
        actor, agency_code=actor.agency_code or "", division_code=actor.division_code or ""
    )


def own_seals(*, actor: Actor, at: datetime) -> tuple[OwnSeal, ...]:
    """
    Return the seals in use that the actor himself is authorised to use now, by code. One query.
    """
    if not actor.is_staff:
        return ()
    given = (
        SealAuthorisation.objects.open()
        .filter(
            kind=AuthorisationKind.PERSONAL,
            account_id=actor.id,
            valid_from__lte=at,
            valid_until__gt=at,
            seal__state=SealState.IN_USE,
            seal__agency_code=actor.agency_code,
        )
        .select_related("seal")
        .defer("seal__content", "seal__picture")
        .order_by("seal__code", "given_at")[:MOST_SEALS]
    )
    return tuple(
        OwnSeal(
            code=one.seal.code,
            name=one.seal.name,
            agency_code=one.seal.agency_code,
            limits=limits_of(one),
            valid_until=one.valid_until,
            authorisation_id=one.id,
        )
        for one in given
    )
