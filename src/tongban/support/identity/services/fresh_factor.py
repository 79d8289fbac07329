"""
High-risk acts of staff ask for the second factor anew.

What an administrator does must not be done by whoever found his desk empty.
"""

import uuid
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.identity import permissions
from tongban.support.identity.models import SignIn
from tongban.support.identity.services import factors
from tongban.support.identity.services.policy import policy
from tongban.support.identity.values import CHECKED_BY_FACTOR


class SecondFactorNotFresh(NotPermitted):
    """
    The act asks for the second factor, shown a moment ago in this session. A page leads to where it is shown and back.
    """

    code = "second_factor_not_fresh"
    message = _("此操作风险较高，请再次进行第二重认证后继续")


def require_second_factor(actor: Actor, *, at: datetime) -> None:
    """
    Refuse staff who have not shown their second factor within `TONGBAN_IDENTITY_FRESH_FACTOR` of `at`.

    The node's own jobs pass. Where second factors are optional, whoever has none passes too. One query at most.

    :raises NotPermitted: the actor is no member of staff
    :raises SecondFactorNotFresh: it was not shown in this session, or too long ago
    """
    limits = policy()
    decision = permissions.act_as_administrator.decide(actor, since=at - limits.fresh_factor)
    if decision:
        return
    if not actor.is_staff:
        raise permissions.act_as_administrator.refusal(decision)
    if not limits.staff_needs_factor and not factors.has_factor(uuid.UUID(actor.id)):
        return
    raise SecondFactorNotFresh(reason=decision.reason.value)


def ask_key_again(*, actor: Actor) -> tuple[str, dict[str, Any]]:
    """
    Return what a security key of whoever is logged in is asked to sign (JSON), and what is held against its answer.
    """
    return factors.ask_key(account_id=permissions.require_account(actor))


def show_code_again(*, sign_in_id: uuid.UUID, code: str, actor: Actor, at: datetime) -> None:
    """
    Show a code in a session that is open.

    :raises FactorRefused: the code is wrong or was used
    :raises NotFound: the actor has no such session
    :raises TooManyRequests: too many tries
    """
    account_id = permissions.require_account(actor)
    factors.check_code(account_id=account_id, code=code, actor=actor, at=at)
    _note(sign_in_id, account_id=account_id, actor=actor, at=at)


def show_key_again(
    *, sign_in_id: uuid.UUID, answer: str, state: dict[str, Any], actor: Actor, at: datetime
) -> None:
    """
    Show a security key in a session that is open.

    :param state: of `ask_key_again`; the caller takes it away first
    :raises FactorRefused: it is no answer to the question
    :raises NotFound: the actor has no such session
    :raises TooManyRequests: too many tries
    """
    account_id = permissions.require_account(actor)
    factors.check_key(account_id=account_id, answer=answer, state=state, actor=actor, at=at)
    _note(sign_in_id, account_id=account_id, actor=actor, at=at)


@business_transaction
def _note(sign_in_id: uuid.UUID, *, account_id: uuid.UUID, actor: Actor, at: datetime) -> None:
    open_ones = SignIn.objects.filter(id=sign_in_id, account_id=account_id, ended_at__isnull=True)
    # What a person was checked by anew is kept there by another service.
    if actor.is_staff and not open_ones.update(checked_level=CHECKED_BY_FACTOR, checked_at=at):
        raise NotFound
    audit.record(action="identity.session.check_factor", actor=actor, subject=str(sign_in_id), at=at)
