"""
Legal entities and mandates for tests: all of them made up, with codes that can exist.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import count
from uuid import UUID

from tests.factories import identity as people
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import credit_code_check_character
from tongban.support.identity import services as identity
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates import selectors, services
from tongban.support.mandates.ports import Assertion, KnownEntities, ask_entities_by
from tongban.support.mandates.values import Grant

NOW = people.NOW
APPLY_AND_QUERY = frozenset({MandateFunction.APPLY, MandateFunction.QUERY})
COMPANY = "广安示例建筑有限公司"

_turn = count(1)


def credit_code(*, prefix: str = "91", number: int | None = None) -> str:
    """
    Return a social credit code with a right check character.

    :param prefix: registering department and category
    """
    body = f"{prefix}511602MA{number if number is not None else next(_turn):07d}"
    return body + credit_code_check_character(body)


def checked(actor: Actor, *, at: datetime = NOW) -> Actor:
    """
    Return the actor as he is after a fresh check.
    """
    return replace(actor, checked_level=4, checked_at=at)


def representative(*, name: str = "孙创业", at: datetime = NOW) -> Actor:
    """
    Return a person who is known well enough to represent an entity, checked a moment ago.
    """
    return checked(people.citizen(name=name, level=AssuranceLevel.DATA_CHECK, at=at), at=at)


def register_knows(register: KnownEntities, actor: Actor, *, code: str, name: str = COMPANY) -> None:
    """
    Let the register name the actor as representative of an entity.
    """
    person = identity.reveal_own(actor=actor, at=NOW)
    register.entities[code] = Assertion(
        credit_code=code,
        name=name,
        representative_name=person.name,
        representative_number=person.id_number,
    )


def company(
    actor: Actor, *, register: KnownEntities | None = None, code: str | None = None, at: datetime = NOW
) -> UUID:
    """
    Return an entity that the actor has registered.
    """
    known = register or KnownEntities()
    before = None if register else ask_entities_by(known)
    code = code or credit_code()
    register_knows(known, actor, code=code)
    receipt = services.register_entity(
        credit_code=code, name=COMPANY, address="广安区示例路 1 号", actor=actor, at=at
    )
    if register is None:
        ask_entities_by(before)
    return receipt.entity_id


def grant(
    *,
    functions: frozenset[MandateFunction] = APPLY_AND_QUERY,
    items: tuple[str, ...] | None = None,
    valid_from: date | None = None,
    days: int = 90,
    at: datetime = NOW,
) -> Grant:
    """
    Return what is granted: to apply and to query, for ninety days from today.
    """
    begins = valid_from or civil_date(at)
    return Grant(
        functions=functions, items=items, valid_from=begins, valid_until=begins + timedelta(days=days)
    )


def mandate(
    grantor: Actor,
    grantee: Actor,
    *,
    entity_id: UUID | None = None,
    granted: Grant | None = None,
    at: datetime = NOW,
) -> UUID:
    """
    Return a mandate that was offered and accepted.
    """
    person = identity.reveal_own(actor=grantee, at=at)
    offer = services.offer_mandate(
        name=person.name,
        number=person.id_number,
        grant=granted or grant(at=at),
        entity_id=entity_id,
        actor=checked(grantor, at=at),
        at=at,
    )
    services.accept_mandate(mandate_id=offer.mandate_id, actor=grantee, at=at)
    return offer.mandate_id


def acting(actor: Actor, mandate_id: UUID, *, at: datetime = NOW) -> Actor:
    """
    Return the actor as he acts by a mandate.
    """
    principal = selectors.principal_of(mandate_id=mandate_id, person_id=UUID(actor.person_id or ""), at=at)
    assert principal is not None
    return replace(actor, acting_for=principal)
