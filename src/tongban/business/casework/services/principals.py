"""
Who applies where somebody acts in another's name: the principal is the applicant, the actor is his agent.

What is written on the application comes from what the node knows of the two, never from what was typed: so nobody can
apply in a name that no mandate gives him. Source: 民法典 arts. 61, 162, 163 (acts of an agent bind the principal).
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.values import NATURAL_PERSON, Applicant
from tongban.foundation.actors import Actor, PrincipalKind
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import services as identity
from tongban.support.identity.values import PersonDetails
from tongban.support.mandates import services as mandates

CREDIT_CODE = "001"
"""证件类型, code list T20: 统一社会信用代码."""


@business_transaction
def principal_applicant(*, actor: Actor, at: datetime, address: str = "") -> Applicant:
    """
    Return the applicant in whose name the actor acts, with the actor as agent; both read in clear, and written down.

    :param address: as given on the form; empty: what is known
    :raises NotPermitted: the actor acts for nobody, or may not apply for him
    :raises NotFound: the principal is no more
    """
    agent = identity.reveal_own(actor=actor, at=at)
    if actor.acting_for is not None and actor.acting_for.kind is PrincipalKind.LEGAL_ENTITY:
        entity = mandates.reveal_entity(actor=actor, at=at)
        return Applicant(
            kind=entity.kind.value,
            name=entity.name,
            id_type=CREDIT_CODE,
            id_number=entity.credit_code,
            mobile=agent.mobile,
            address=address or entity.address,
            legal_representative=entity.representative_name,
            **_agent(agent),
        )
    person = identity.reveal_principal(actor=actor, at=at)
    return Applicant(
        kind=NATURAL_PERSON,
        name=person.name,
        id_type=person.id_type.value,
        id_number=person.id_number,
        # A child or an elder may have none; then the agent's is where messages go.
        mobile=person.mobile or agent.mobile,
        address=address,
        **_agent(agent),
    )


def require_principal(wanted: Applicant, principal: Applicant) -> Applicant:
    """
    Return the applicant in whose name somebody acts, where he named no other.

    :param wanted: whom the caller named
    :raises InvalidInput: somebody else
    """
    named = (wanted.kind, wanted.name, wanted.id_number.upper())
    if named != (principal.kind, principal.name, principal.id_number.upper()):
        raise InvalidInput(fields={"applicant": _("申请人应当是您所代表的一方")})
    return principal


def agent_facts(actor: Actor) -> dict[str, str]:
    """
    Return what an event's log entry keeps of an agent: who, masked, and by which mandate; nothing for anybody else.
    """
    if actor.acting_for is None or actor.person_id is None:
        return {}
    return {
        "agent_id": actor.person_id,
        "agent_masked": actor.name,
        "mandate_id": actor.acting_for.mandate_id,
    }


def _agent(person: PersonDetails) -> dict[str, str]:
    return {
        "agent_name": person.name,
        "agent_id_type": person.id_type.value,
        "agent_id_number": person.id_number,
        "agent_mobile": person.mobile,
    }
