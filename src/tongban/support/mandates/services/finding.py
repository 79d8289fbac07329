"""
Finding, at a counter, who acts for whom: guardianships and what elders have granted, by a card that the clerk holds.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

from django.db.models import Q

from tongban.foundation import audit, looks
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.support.identity import services as identity
from tongban.support.identity.selectors.cards import person_with_card
from tongban.support.mandates import permissions
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.selectors.reading import mandate_view
from tongban.support.mandates.services.offering import OPEN
from tongban.support.mandates.values import OF_ENTITIES, MandateView

if TYPE_CHECKING:
    from uuid import UUID

SEARCHES_A_DAY = 300
DAY = timedelta(days=1)
FOUND = 50
OWN_DATA = Thing(kind=ObjectKind.PERSON, key="")
REASON = Reason(purpose=Purpose.OTHER, words="窗口查找监护和代办授权")


@business_transaction
def find_at_counter(*, name: str, number: str, actor: Actor, at: datetime) -> list[MandateView]:
    """
    Return the mandates between persons in which somebody is a side, newest first, at most 50; persons masked.

    Both sides of what was found read in their ledgers that a clerk has looked. Nothing is found alike where nobody is
    known by the number, where his name is another, and where nobody acts for anybody.

    :param name: of ward, guardian, elder or relative, as on the card
    :param number: his ID number
    :raises NotPermitted: the actor does not work at a counter
    :raises InvalidInput: name or number cannot be right; `fields` says which
    :raises TooManyRequests: too many searches today
    """
    permissions.find.require(actor)
    today = civil_date(at)
    whom = identity.addressee(name=name, number=number, on=today)
    identity.hit_limit(f"mandate-find:{actor.id}", limit=SEARCHES_A_DAY, window=DAY, at=at)
    known = person_with_card(index=whom.index, name=whom.name, actor=actor)
    rows = _of(known) if known is not None else []
    audit.record(
        action="mandates.mandate.find", actor=actor, subject=str(known or ""), at=at, found=len(rows)
    )
    for side in dict.fromkeys(chain.from_iterable((row.grantor_person_id, row.grantee_id) for row in rows)):
        looks.record(principal_id=side, act=LookAct.READ, thing=OWN_DATA, actor=actor, at=at, reason=REASON)
    return [_view(row, actor=actor, on=today) for row in rows]


def _of(person_id: "UUID") -> list[Mandate]:
    sides = Q(grantor_person_id=person_id) | Q(grantee_id=person_id)
    rows = Mandate.objects.filter(sides).exclude(kind__in=OF_ENTITIES)
    return list(rows.order_by("-offered_at", "id")[:FOUND])


def _view(row: Mandate, *, actor: Actor, on: date) -> MandateView:
    view = mandate_view(row, actor=actor, on=on)
    return replace(view, may_end=view.state in OPEN and permissions.end_by_clerk.allows(actor))
