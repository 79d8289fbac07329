"""
Mandates of the sample area: a company with its representative and an agent, an elder with a relative; all made up.
"""

from datetime import datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from django.conf import settings

from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import persons_addressed
from tongban.support.identity.services import Addressee
from tongban.support.mandates import permissions, rules
from tongban.support.mandates.models import FUNCTIONS, LegalEntity, Mandate
from tongban.support.mandates.services.recording import record_entity, record_mandate
from tongban.support.mandates.values import LogKind, MandateKind

LEVEL = 2
LONGEST = timedelta(days=365)
USUAL = sorted((MandateFunction.APPLY.value, MandateFunction.QUERY.value))


class PersonNamed(TypedDict):
    """
    A demo person.
    """

    name: str
    id_number: str


class EntityRow(TypedDict):
    """
    A demo entity.
    """

    credit_code: str
    name: str
    address: str
    representative: PersonNamed
    agents: list[PersonNamed]


class RelativeRow(TypedDict):
    """
    A demo elder and who acts for him.
    """

    elder: PersonNamed
    relative: PersonNamed


class DemoRows(TypedDict):
    """
    The file mandates.json of a sample area.
    """

    entities: list[EntityRow]
    relatives: list[RelativeRow]


@business_transaction
def load_demo_mandates(*, rows: DemoRows, actor: Actor, at: datetime) -> int:
    """
    Make the mandates that do not exist yet and return how many were made; loading twice changes nothing.

    :raises NotPermitted: anybody but the node asks
    """
    permissions.load_demo.require(actor)
    made = sum(_load_entity(row, actor=actor, at=at) for row in rows["entities"])
    return made + sum(_load_relative(row, actor=actor, at=at) for row in rows["relatives"])


def _load_entity(row: EntityRow, *, actor: Actor, at: datetime) -> int:
    boss, boss_id = _person(row["representative"], actor=actor, at=at)
    if boss_id is None or LegalEntity.objects.filter(credit_code=row["credit_code"]).exists():
        return 0
    entity = LegalEntity.objects.create(
        credit_code=row["credit_code"],
        name=row["name"],
        kind=rules.entity_kind(row["credit_code"]),
        address=row["address"],
        representative_id=boss_id,
        representative_masked=boss.name_masked,
        assurance_level=LEVEL,
        registered_at=at,
        registered_by=actor.id,
        checked_at=at,
        checked_by=actor.id,
    )
    record_entity(entity, LogKind.REGISTERED, actor=actor, at=at)
    own = {"grantor_entity": entity, "grantor_masked": entity.name}
    _make(MandateKind.REPRESENTATIVE, boss, boss_id, actor=actor, at=at, functions=FUNCTIONS, **own)
    agents = [_person(agent, actor=actor, at=at) for agent in row["agents"]]
    known = [(agent, agent_id) for agent, agent_id in agents if agent_id is not None]
    for agent, agent_id in known:
        until = civil_date(at) + LONGEST
        _make(MandateKind.AGENT, agent, agent_id, actor=actor, at=at, valid_until=until, **own)
    return 1 + len(known)


def _load_relative(row: RelativeRow, *, actor: Actor, at: datetime) -> int:
    elder, elder_id = _person(row["elder"], actor=actor, at=at)
    relative, relative_id = _person(row["relative"], actor=actor, at=at)
    if elder_id is None or relative_id is None:
        return 0
    if Mandate.objects.filter(grantor_person_id=elder_id, grantee_id=relative_id).exists():
        return 0
    _make(
        MandateKind.RELATIVE,
        relative,
        relative_id,
        actor=actor,
        at=at,
        valid_until=civil_date(at) + LONGEST,
        grantor_person_id=elder_id,
        grantor_masked=elder.name_masked,
    )
    return 1


def _make(
    kind: MandateKind, whom: Addressee, grantee_id: UUID, *, actor: Actor, at: datetime, **more: Any
) -> None:
    row = Mandate.objects.create(
        **{
            "kind": kind,
            "grantee_id": grantee_id,
            "grantee_name": whom.name,
            "grantee_number": whom.number,
            "grantee_masked": whom.name_masked,
            "grantee_number_masked": whom.number_masked,
            "grantee_index": whom.index,
            "grantee_name_index": whom.name_index,
            "functions": USUAL,
            "valid_from": civil_date(at),
            "offered_at": at,
            "offered_by": actor.id,
            "offer_ends_on": civil_date(at) + timedelta(days=settings.TONGBAN_MANDATES.offer_days),
            "accepted_at": at,
            **more,
        }
    )
    record_mandate(row, LogKind.ESTABLISHED, actor=actor, at=at)


def _person(named: PersonNamed, *, actor: Actor, at: datetime) -> tuple[Addressee, UUID | None]:
    whom = identity.addressee(name=named["name"], number=named["id_number"], on=civil_date(at))
    found = persons_addressed(index=whom.index, name_index=whom.name_index, actor=actor)
    return whom, found[0] if found else None
