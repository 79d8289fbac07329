"""
What other systems may ask about a login of this node: whether it goes on, and since when.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F

from tongban.foundation.actors import Actor, ActorKind
from tongban.support.identity.models import Person, SignIn
from tongban.support.identity.selectors.assurance import level_of


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInFacts:
    """
    A login with a browser, and what was proved in it.
    """

    sign_in_id: uuid.UUID
    account_id: uuid.UUID
    started_at: datetime
    checked_level: int
    checked_at: datetime | None
    factor: str
    """Second factor that was shown, of `Factor`; empty: none."""


def is_signed_in(*, sign_in_id: uuid.UUID, account_id: uuid.UUID, at: datetime) -> bool:
    """
    Return whether this login of an account has not ended, however long its browser was idle. One query.
    """
    return sign_in_facts(sign_in_id=sign_in_id, account_id=account_id, at=at) is not None


def sign_in_facts(*, sign_in_id: uuid.UUID, account_id: uuid.UUID, at: datetime) -> SignInFacts | None:
    """
    Return a login of an account that has not ended, None where it has. One query.
    """
    row = (
        SignIn.objects.filter(
            id=sign_in_id,
            account_id=account_id,
            ended_at__isnull=True,
            expires_at__gt=at,
            account__is_active=True,
            epoch=F("account__session_epoch"),
        )
        .values_list("started_at", "checked_level", "checked_at", "factor")
        .first()
    )
    if row is None:
        return None
    return SignInFacts(
        sign_in_id=sign_in_id,
        account_id=account_id,
        started_at=row[0],
        checked_level=row[1],
        checked_at=row[2],
        factor=row[3],
    )


def ended_sign_ins(*, sign_in_ids: list[uuid.UUID], at: datetime) -> set[uuid.UUID]:
    """
    Return those of these logins that go on no more, for whatever reason. One query.
    """
    open_ids = SignIn.objects.filter(
        id__in=sign_in_ids,
        ended_at__isnull=True,
        expires_at__gt=at,
        account__is_active=True,
        epoch=F("account__session_epoch"),
    ).values_list("id", flat=True)
    return set(sign_in_ids) - set(open_ids)


def actor_of_person(*, person_id: uuid.UUID, at: datetime) -> Actor | None:
    """
    Return a person as an actor of his own, for a question another node asks in his name; None where he has no account.

    Two queries.
    """
    person = Person.objects.filter(id=person_id, account__is_active=True).first()
    if person is None:
        return None
    return Actor(
        kind=ActorKind.PERSON,
        id=str(person.account_id),
        name=person.name_masked,
        person_id=str(person.id),
        assurance_level=level_of(person_id=person.id, at=at),
    )
