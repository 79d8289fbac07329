"""
The audit trail: one entry for every change of state, in the transaction of the change.
"""

from datetime import datetime
from json import dumps

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection

from tongban.foundation.actors import Actor
from tongban.foundation.context import request_id

INSERT = """
INSERT INTO foundation_audit
    (at, action, subject, actor_kind, actor_id, agency_code, channel, request_id, facts)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


def record(*, action: str, actor: Actor, subject: str, at: datetime, **facts: object) -> None:
    """
    Write down that `actor` did `action` to `subject`.

    :param action: "app.noun.verb", e.g. "casework.case.accept"
    :param subject: the number people know the object by
    :param facts: what a reader of the trail needs; never personal data in clear

    Of staff who stand in for absent colleagues the entry names these too.
    """
    if actor.stands_in_for:
        facts["stands_in_for"] = [absent.account_id for absent in actor.stands_in_for]
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            [
                at,
                action,
                subject,
                actor.kind.value,
                actor.id,
                actor.agency_code or "",
                actor.channel.value,
                request_id(),
                dumps(facts, ensure_ascii=False, cls=DjangoJSONEncoder),
            ],
        )
