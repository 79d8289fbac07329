"""
Personal data in clear: only with a reason, and never without a trace.
"""

from datetime import datetime

from tongban.business.casework.selectors.details import (
    ClearCase,
    may_read_case,
    require_reveal,
    unsealed_case,
)
from tongban.business.casework.services.licensing import applicant_and_form
from tongban.business.casework.services.looks import note_look
from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.disclosure import reason_of
from tongban.foundation.errors import NotFound
from tongban.foundation.looks import LookAct


@business_transaction
def reveal_case(*, number: str, purpose: str, actor: Actor, at: datetime, words: str = "") -> ClearCase:
    """
    Return who applied and what he wrote, in clear, and write down who read it and why.

    The applicant reads it in his ledger, auditors in theirs.

    :param purpose: a code of `foundation.disclosure.Purpose`, or why in words
    :param words: why in words, at most 200 characters
    :raises InvalidInput: no purpose is given
    :raises NotFound: there is no such case, or the actor may not know of it
    :raises NotPermitted: the actor may see the case but has no part in deciding it
    """
    reason = reason_of(purpose, words)
    require_reveal(actor=actor, number=number)
    audit.record(
        action="casework.case.reveal",
        actor=actor,
        subject=number,
        at=at,
        purpose=reason.purpose.value,
        words=reason.words,
    )
    note_look(number=number, act=LookAct.REVEALED, actor=actor, at=at, reason=reason)
    return unsealed_case(actor=system_actor("casework.reveal_case"), number=number)


def own_answers(*, number: str, actor: Actor) -> dict[str, str]:
    """
    Return the form as the applicant filled it in, to himself, so that he can correct it.

    :raises NotFound: it is not the actor's own case
    """
    if not actor.is_person or not may_read_case(actor=actor, number=number):
        raise NotFound(case_number=number)
    _applicant, form = applicant_and_form(number)
    return form
