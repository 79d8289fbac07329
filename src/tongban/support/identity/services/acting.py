"""
In whose name a session goes on: one log-in, and a mandate chosen on it.
"""

import uuid
from datetime import datetime

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, Principal
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.support.identity.models import SignIn
from tongban.support.identity.ports import find_principal


@business_transaction
def act_for(
    *, sign_in_id: uuid.UUID, mandate_id: uuid.UUID | None, actor: Actor, at: datetime
) -> Principal | None:
    """
    Let a browser session go on in the name of the mandate's grantor; return him, None for oneself.

    Takes effect with the next request; what was begun in another name is kept there and not mixed up.

    :param mandate_id: None: in the person's own name
    :raises NotAuthenticated: nobody is logged in as a person
    :raises NotFound: no such open session of his, or the mandate is not in force or not his
    """
    person_id = policy.require_person(actor)
    principal = find_principal(mandate_id=mandate_id, person_id=person_id, at=at) if mandate_id else None
    if mandate_id and principal is None:
        raise NotFound
    mine = SignIn.objects.filter(id=sign_in_id, account_id=actor.id, ended_at__isnull=True)
    if not mine.update(mandate_id=mandate_id):
        raise NotFound
    audit.record(
        action="identity.session.act_for",
        actor=actor,
        subject=str(sign_in_id),
        at=at,
        mandate_id=str(mandate_id or ""),
        principal_id=principal.id if principal else "",
    )
    return principal
