"""
Who is told of what happened to a mandate.

Done after the act and apart from it, so that whoever offers a mandate cannot learn from the time it takes whether
somebody is known by a number.
"""

from uuid import UUID

from tongban.foundation import events
from tongban.foundation.actors import system_actor
from tongban.support.identity.selectors import persons_addressed
from tongban.support.mandates import ports
from tongban.support.mandates.events import (
    MANDATE_ENDED,
    MANDATE_OFFERED,
    REPRESENTATIVE_CHANGED,
)
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.services.reindexing import name_index, number_index
from tongban.support.mandates.values import EndReason

TELLER = system_actor("mandates.tell")


def tell(fact: events.Announced) -> None:
    """
    Tell those whom it concerns and who did not do it themselves.
    """
    for person_id in _whom(fact):
        ports.tell(
            key=f"{fact.topic}:{fact.key}:{fact.id}:{person_id}",
            person_id=person_id,
            happened=fact.topic,
            params=_params(fact),
            at=fact.at,
        )


def _whom(fact: events.Announced) -> list[UUID]:
    payload = fact.payload
    if fact.topic == REPRESENTATIVE_CHANGED:
        return _once(payload["before_id"], payload["after_id"])
    row = Mandate.objects.select_related("grantor_entity").get(id=payload["mandate_id"])
    grantor = row.grantor_entity.representative_id if row.grantor_entity else row.grantor_person_id
    if fact.topic == MANDATE_OFFERED:
        return persons_addressed(index=number_index(row), name_index=name_index(row), actor=TELLER)
    if fact.topic != MANDATE_ENDED:
        return _once(grantor)
    by_one = {EndReason.WITHDRAWN.value: row.grantee_id, EndReason.RENOUNCED.value: grantor}
    told = by_one.get(payload["reason"])
    return _once(told) if payload["reason"] in by_one else _once(grantor, row.grantee_id)


def _once(*people: UUID | str | None) -> list[UUID]:
    return [UUID(person) for person in dict.fromkeys(str(one) for one in people if one)]


def _params(fact: events.Announced) -> dict[str, str]:
    payload = fact.payload
    if fact.topic == REPRESENTATIVE_CHANGED:
        return {"entity": payload["entity_name"]}
    return {"grantor": payload["grantor_name"], "grantee": payload["grantee_name"]}
