"""
The audit trail: one entry for every change of state, in the transaction of the change.

Entries say who, when, what, to which object, by which session, from where, and whether it was done (GB/T 22239-2019
8.1.4.3 安全审计). `audit_chain` chains them afterwards, so that writing one costs one statement and waits for nobody.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from json import dumps
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from tongban.foundation import policy
from tongban.foundation.actors import Actor
from tongban.foundation.context import address, request_id
from tongban.foundation.errors import Text

INSERT = """
INSERT INTO foundation_audit
    (at, action, subject, actor_kind, actor_id, agency_code, channel, request_id, facts, session_id, address,
     outcome)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
LONGEST_ADDRESS = 45
_TITLES: dict[str, Text] = {}


class Outcome(StrEnum):
    """
    Whether what an entry tells of was done.
    """

    SUCCESS = "SUCCESS"
    REFUSED = "REFUSED"
    """It was tried and not permitted."""
    FAILED = "FAILED"
    """It was tried with something wrong: a password, a code, a signature."""


def entitle(titles: Mapping[str, Text]) -> None:
    """
    Say what actions are called that are written down without being asked of the policy; in permissions.py of the app.

    :raises ValueError: an action has a title already
    """
    for action, title in titles.items():
        if action in _TITLES:
            raise ValueError(f"the action {action} has a title already")
        _TITLES[action] = title


def entitled() -> set[str]:
    """
    Return the actions that `entitle` has named.
    """
    return set(_TITLES)


def title_of(action: str) -> str:
    """
    Return what an action is called in the language of the moment; empty for one that nobody declared.
    """
    asked = policy.find_action(action)
    return str(asked.title if asked else _TITLES.get(action, ""))


def record(
    *,
    action: str,
    actor: Actor,
    subject: str,
    at: datetime,
    outcome: Outcome = Outcome.SUCCESS,
    together_with: tuple[str, Sequence[Any]] | None = None,
    **facts: object,
) -> None:
    """
    Write down that `actor` did `action` to `subject`.

    :param action: "app.noun.verb", e.g. "casework.case.accept"
    :param subject: the number people know the object by
    :param outcome: whether it was done; what a rolled-back transaction tried has to be recorded outside of it
    :param together_with: an INSERT of the caller and its parameters, made by the same statement
    :param facts: what a reader of the trail needs; never personal data in clear

    Of staff who stand in for absent colleagues, and of whoever acts for another, the entry names these too.
    """
    if actor.stands_in_for:
        facts["stands_in_for"] = [absent.account_id for absent in actor.stands_in_for]
    if actor.acting_for:
        facts["acting_for"] = {"id": actor.acting_for.id, "mandate_id": actor.acting_for.mandate_id}
    statement, parameters = together_with or ("", ())
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH other AS ({statement}) {INSERT}" if statement else INSERT,
            [
                *parameters,
                at,
                action,
                subject,
                actor.kind.value,
                actor.id,
                actor.agency_code or "",
                actor.channel.value,
                request_id(),
                dumps(facts, ensure_ascii=False, cls=DjangoJSONEncoder),
                actor.session_id or "",
                address()[:LONGEST_ADDRESS],
                outcome.value,
            ],
        )
