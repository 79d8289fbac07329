"""
For whom a person may act now: asked with every request that acts for somebody else.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tongban.foundation import policy
from tongban.foundation.actors import Actor, MandateFunction, Principal, PrincipalKind
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import NotPermitted
from tongban.support.mandates.values import Choice, MandateKind

IN_FORCE = """
    mandate.accepted_at IS NOT NULL AND mandate.declined_at IS NULL AND mandate.ended_at IS NULL
    AND mandate.valid_from <= %(day)s AND (mandate.valid_until IS NULL OR mandate.valid_until > %(day)s)
    AND (entity.id IS NULL OR (entity.status = 'ACTIVE' AND (mandate.kind <> 'REPRESENTATIVE'
        OR (entity.representative_id = mandate.grantee_id AND entity.representative_lost_at IS NULL))))
"""
"""What lets somebody act; the rights of a representative are his only while the register names him."""

PRINCIPAL = f"""
SELECT mandate.id, mandate.grantor_person_id, entity.id, COALESCE(entity.name, mandate.grantor_masked),
       mandate.functions, mandate.items,
       COALESCE(entity.assurance_level, (SELECT max(proof.level) FROM identity_assurancegrant proof
           WHERE proof.person_id = mandate.grantor_person_id AND proof.revoked_at IS NULL
               AND (proof.expires_at IS NULL OR proof.expires_at > %(at)s)), 0)
FROM mandates_mandate mandate
LEFT JOIN mandates_legalentity entity ON entity.id = mandate.grantor_entity_id
WHERE mandate.id = %(mandate)s AND mandate.grantee_id = %(person)s AND {IN_FORCE}
"""  # noqa: S608 -- made of constants

CHOICES = f"""
SELECT mandate.id, mandate.grantor_person_id, entity.id, COALESCE(entity.name, mandate.grantor_masked),
       COALESCE(entity.credit_code, ''), mandate.kind, mandate.valid_until
FROM mandates_mandate mandate
LEFT JOIN mandates_legalentity entity ON entity.id = mandate.grantor_entity_id
WHERE mandate.grantee_id = %(person)s AND {IN_FORCE}
ORDER BY mandate.grantor_entity_id IS NULL, 4, mandate.accepted_at
LIMIT 100
"""  # noqa: S608 -- made of constants

AGENT = f"""
SELECT 1 FROM mandates_mandate mandate
LEFT JOIN mandates_legalentity entity ON entity.id = mandate.grantor_entity_id
WHERE mandate.grantee_id = %(person)s AND %(principal)s IN (mandate.grantor_person_id, mandate.grantor_entity_id)
    AND {IN_FORCE}
LIMIT 1
"""  # noqa: S608 -- made of constants

REPRESENTATIVE = "SELECT representative_id FROM mandates_legalentity WHERE id = %s AND status = 'ACTIVE'"


def principal_of(*, mandate_id: UUID, person_id: UUID, at: datetime) -> Principal | None:
    """
    Return in whose name a person acts by a mandate; None when it is not in force or not his. One query by key.

    Wired as identity's port `PrincipalFinder`.
    """
    rows = _rows(PRINCIPAL, mandate=mandate_id, person=person_id, day=civil_date(at), at=at)
    if not rows:
        return None
    mandate, granting_person, entity, name, functions, items, level = rows[0]
    return Principal(
        kind=PrincipalKind.LEGAL_ENTITY if entity else PrincipalKind.PERSON,
        id=str(entity or granting_person),
        name=name,
        mandate_id=str(mandate),
        functions=frozenset(MandateFunction(function) for function in functions),
        items=None if items is None else frozenset(items),
        assurance_level=level,
    )


def choices(*, actor: Actor, at: datetime) -> list[Choice]:
    """
    Return in whose names the actor can go on, entities first; at most 100. One query, index `mandate_of_grantee`.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = policy.require_person(actor)
    return [
        Choice(
            mandate_id=mandate,
            principal_id=entity or granting_person,
            principal_kind=PrincipalKind.LEGAL_ENTITY if entity else PrincipalKind.PERSON,
            name=name,
            credit_code=credit_code,
            kind=MandateKind(kind),
            valid_until=valid_until,
        )
        for mandate, granting_person, entity, name, credit_code, kind, valid_until in _rows(
            CHOICES, person=person, day=civil_date(at)
        )
    ]


def is_agent_of(*, person_id: UUID, principal_id: UUID, actor: Actor, at: datetime) -> bool:
    """
    Return whether a person may act for a principal at this moment; for the node's own messages only. One query.

    :raises NotPermitted: anybody but the node asks
    """
    _require_node(actor)
    return bool(_rows(AGENT, person=person_id, principal=principal_id, day=civil_date(at)))


def representative_of(*, entity_id: UUID, actor: Actor) -> UUID | None:
    """
    Return the representative of an entity, None for anything else; for the node's own messages only. One query.

    :raises NotPermitted: anybody but the node asks
    """
    _require_node(actor)
    with connection.cursor() as cursor:
        cursor.execute(REPRESENTATIVE, [entity_id])
        row = cursor.fetchone()
    return row[0] if row else None


def _rows(statement: str, **arguments: UUID | date | datetime) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, arguments)
        return list(cursor.fetchall())


def _require_node(actor: Actor) -> None:
    if not actor.is_system:
        raise NotPermitted
