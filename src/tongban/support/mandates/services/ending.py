"""
Ending mandates before their term: effective with the very next request.
"""

import uuid
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.policy import Reason, no
from tongban.support.mandates import permissions
from tongban.support.mandates.models import Mandate
from tongban.support.mandates.selectors.reading import parties_of, state_of
from tongban.support.mandates.services.offering import OPEN, OfferClosed
from tongban.support.mandates.services.recording import end_row
from tongban.support.mandates.values import BY_LAW, EndReason, MandateKind, MandateReceipt, MandateState

LONGEST_NOTE = 500


@business_transaction
def end_mandate(*, mandate_id: uuid.UUID, actor: Actor, at: datetime) -> MandateReceipt:
    """
    Take back what one has granted, or give up what one was granted. Repeating it changes nothing.

    Source: 民法典 art. 173 (2).

    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: there is no such mandate of the actor's, or it follows from law
    :raises OfferClosed: it was declined, or its term is over
    """
    policy.require_person(actor)
    row = _found(mandate_id)
    if row is None:
        permissions.end.refuse(actor, no(Reason.NOT_OWN))
    kind = MandateKind(row.kind)
    permissions.end.require(actor, **parties_of(row), is_by_law=kind in BY_LAW)
    state = state_of(row, on=civil_date(at))
    if state is MandateState.ENDED:
        return MandateReceipt(mandate_id=row.id, state=state)
    if state not in OPEN:
        raise OfferClosed(mandate_id=str(mandate_id))
    is_grantee = actor.person_id == str(row.grantee_id)
    end_row(row, EndReason.RENOUNCED if is_grantee else EndReason.WITHDRAWN, actor=actor, at=at)
    return MandateReceipt(mandate_id=row.id, state=MandateState.ENDED)


@business_transaction
def end_by_clerk(*, mandate_id: uuid.UUID, note: str, actor: Actor, at: datetime) -> MandateReceipt:
    """
    End a guardianship, or what an elder has granted, at a counter on evidence. Repeating it changes nothing.

    Source: 民法典 arts. 36, 39, 175.

    :param note: the evidence: which judgment, which document
    :raises NotPermitted: the actor does not work at a counter
    :raises NotFound: there is no such mandate of a person
    :raises InvalidInput: nothing says why
    """
    permissions.end_by_clerk.require(actor)
    row = _held(mandate_id)
    if row.grantor_person_id is None:
        raise NotFound(mandate_id=str(mandate_id))
    if not 1 < len(note.strip()) <= LONGEST_NOTE:
        raise InvalidInput(fields={"note": _("请填写终止的依据，不超过 500 字")})
    if row.ended_at is None:
        is_guardian = row.kind == MandateKind.GUARDIAN
        reason = EndReason.GUARDIANSHIP_ENDED if is_guardian else EndReason.WITHDRAWN_AT_COUNTER
        end_row(row, reason, actor=actor, at=at, note=note.strip())
    return MandateReceipt(mandate_id=row.id, state=MandateState.ENDED)


def _found(mandate_id: uuid.UUID) -> Mandate | None:
    # With its entity: whose mandate it is must not be a question more.
    held = Mandate.objects.select_related("grantor_entity").select_for_update(no_key=True, of=("self",))
    return held.filter(id=mandate_id).first()


def _held(mandate_id: uuid.UUID) -> Mandate:
    row = _found(mandate_id)
    if row is None:
        raise NotFound(mandate_id=str(mandate_id))
    return row
