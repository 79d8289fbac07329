"""
Personal data in clear: only with a reason, and never without a trace.
"""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from tongban.business.casework.selectors.details import (
    ClearCase,
    may_read_case,
    require_reveal,
    unsealed_case,
)
from tongban.business.casework.services.licensing import applicant_and_form
from tongban.foundation import audit
from tongban.foundation.actors import Actor, system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput, NotFound

LONGEST_PURPOSE = 200


@business_transaction
def reveal_case(*, number: str, purpose: str, actor: Actor, at: datetime) -> ClearCase:
    """
    Return who applied and what he wrote, in clear, and write down who read it and why.

    :param purpose: in words, 1 to 200 characters
    :raises InvalidInput: no purpose is given
    :raises NotFound: there is no such case, or the actor may not know of it
    :raises NotPermitted: the actor may see the case but has no part in deciding it
    """
    if not 1 <= len(purpose.strip()) <= LONGEST_PURPOSE:
        raise InvalidInput(fields={"purpose": _("请说明查看原因，不超过 200 字")})
    require_reveal(actor=actor, number=number)
    audit.record(action="casework.case.reveal", actor=actor, subject=number, at=at, purpose=purpose.strip())
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
