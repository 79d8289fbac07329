"""
Mandates, for those whom they concern.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from tongban.foundation import policy
from tongban.foundation.actors import Actor, MandateFunction, PrincipalKind
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Reason, no
from tongban.support.identity.selectors import Addresses, own_addresses
from tongban.support.mandates import permissions, rules
from tongban.support.mandates.models import LegalEntity, Mandate, MandateLog
from tongban.support.mandates.selectors.entities import log_lines
from tongban.support.mandates.values import (
    BY_LAW,
    EndReason,
    Evidence,
    MandateDetail,
    MandateKind,
    MandateState,
    MandateView,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet

MANDATES_SHOWN = 100


def given(*, actor: Actor, at: datetime) -> list[MandateView]:
    """
    Return what the actor has granted in his own name, newest first; at most 100. One query.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = policy.require_person(actor)
    rows = Mandate.objects.filter(grantor_person_id=person).order_by("-offered_at", "id")
    return _views(rows, actor=actor, on=civil_date(at))


def given_by_entity(*, entity_id: UUID, actor: Actor, at: datetime) -> list[MandateView]:
    """
    Return what an entity has granted, its representative's own right among it, newest first; at most 100. Two queries.

    :raises NotFound: there is no such entity, the actor does not represent it, or he acts for somebody else
    """
    policy.require_person(actor)
    found = LegalEntity.objects.filter(id=entity_id).values_list("representative_id", flat=True).first()
    if not permissions.represent_entity.allows(actor, entity_id=entity_id, representative_id=found):
        raise NotFound(entity_id=str(entity_id))
    rows = Mandate.objects.filter(grantor_entity_id=entity_id).order_by("-offered_at", "id")
    return _views(rows, actor=actor, on=civil_date(at))


def received(*, actor: Actor, at: datetime) -> list[MandateView]:
    """
    Return what lets, or let, the actor act for others, newest first; at most 100. One query, `mandate_received`.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    person = policy.require_person(actor)
    rows = Mandate.objects.filter(grantee_id=person).order_by("-offered_at", "id")
    return _views(rows, actor=actor, on=civil_date(at))


def offered(*, actor: Actor, at: datetime) -> list[MandateView]:
    """
    Return what was offered to the actor and waits for his answer, newest first. Two queries.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    own = own_addresses(actor=actor)
    rows = addressed_to(own).order_by("-offered_at", "id")
    views = _views(rows, actor=actor, on=civil_date(at), is_addressed=True)
    return [view for view in views if view.state is MandateState.OFFERED]


def mandate(*, mandate_id: UUID, actor: Actor, at: datetime) -> MandateDetail:
    """
    Return one mandate with its life. Four queries.

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: there is none, or it is none of the actor's
    """
    own = own_addresses(actor=actor)
    row = Mandate.objects.select_related("grantor_entity").filter(id=mandate_id).first()
    # Asked also where there is none: a hidden one must not cost more.
    is_addressed = addressed_to(own).filter(id=mandate_id).exists()
    if row is None:
        permissions.read.refuse(actor, no(Reason.NOT_OWN))
    permissions.read.require(actor, **parties_of(row), is_addressed=is_addressed)
    log = log_lines(MandateLog.objects.filter(mandate_id=mandate_id).order_by("id"))
    view = mandate_view(row, actor=actor, on=civil_date(at), is_addressed=is_addressed)
    return MandateDetail(mandate=view, log=tuple(log))


def addressed_to(own: Addresses) -> "QuerySet[Mandate]":
    """
    Return what was offered to the person with these addresses and not answered yet.
    """
    return Mandate.objects.open().filter(
        grantee_index__in=own.indexes, grantee_name_index=own.name_index, accepted_at__isnull=True
    )


def parties_of(row: Mandate) -> dict[str, UUID | None]:
    """
    Return whom a mandate concerns, as permissions ask for it.

    :param row: with its entity
    """
    return {
        "grantor_person_id": row.grantor_person_id,
        "representative_id": row.grantor_entity.representative_id if row.grantor_entity else None,
        "grantee_id": row.grantee_id,
    }


def state_of(row: Mandate, *, on: date) -> MandateState:
    """
    Return what a mandate is on a day.
    """
    return rules.state_of(
        rules.Life(
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            offer_ends_on=row.offer_ends_on,
            is_accepted=row.accepted_at is not None,
            is_declined=row.declined_at is not None,
            is_ended=row.ended_at is not None,
        ),
        on=on,
    )


def mandate_view(row: Mandate, *, actor: Actor, on: date, is_addressed: bool = False) -> MandateView:
    """
    Return a mandate as the actor sees it.

    :param row: with its entity
    :param is_addressed: it was offered to the actor
    """
    kind, state = MandateKind(row.kind), state_of(row, on=on)
    grantor_id = row.grantor_entity_id or row.grantor_person_id
    if grantor_id is None:
        raise RuntimeError("a mandate has a grantor; the database sees to it")
    is_open = state in {MandateState.OFFERED, MandateState.NOT_YET, MandateState.IN_FORCE}
    may_end = is_open and kind not in BY_LAW
    return MandateView(
        id=row.id,
        kind=kind,
        state=state,
        grantor_kind=PrincipalKind.LEGAL_ENTITY if row.grantor_entity_id else PrincipalKind.PERSON,
        grantor_id=grantor_id,
        grantor_name=row.grantor_masked,
        grantee_name=row.grantee_masked,
        grantee_number=row.grantee_number_masked,
        functions=tuple(function for function in MandateFunction if function.value in row.functions),
        items=None if row.items is None else tuple(row.items),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        offered_at=row.offered_at,
        accepted_at=row.accepted_at,
        ended_at=row.ended_at,
        end_reason=EndReason(row.end_reason) if row.end_reason else None,
        evidence=Evidence(row.evidence) if row.evidence else None,
        may_accept=is_addressed and state is MandateState.OFFERED,
        may_end=may_end and permissions.end.allows(actor, **parties_of(row), is_by_law=kind in BY_LAW),
    )


def _views(
    rows: "QuerySet[Mandate]", *, actor: Actor, on: date, is_addressed: bool = False
) -> list[MandateView]:
    found = rows.select_related("grantor_entity")[:MANDATES_SHOWN]
    return [mandate_view(row, actor=actor, on=on, is_addressed=is_addressed) for row in found]
