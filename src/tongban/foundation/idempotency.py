"""
Idempotency keys: repeating a request gives the same answer and one effect.

The key is claimed in the transaction of the effect. Two requests with one key that arrive together wait for each
other at the unique index; the second one is given the first one's answer.
"""

from collections.abc import Callable
from datetime import datetime
from json import dumps, loads
from typing import Any

from django.db import connection, transaction

from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import IdempotencyKeyReused

Answer = tuple[int, Any]
"""HTTP status and JSON body."""

CLAIM = """
INSERT INTO foundation_idempotencykey (actor_id, key, operation, request_digest, created_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (actor_id, key) DO NOTHING RETURNING id
"""
FIND = """
SELECT operation, request_digest, status, response FROM foundation_idempotencykey WHERE actor_id = %s AND key = %s
"""
KEEP = "UPDATE foundation_idempotencykey SET status = %s, response = %s WHERE actor_id = %s AND key = %s"


def once(
    *, actor: Actor, key: str, operation: str, request: bytes, at: datetime, act: Callable[[], Answer]
) -> Answer:
    """
    Return the answer of `act`, or the one it gave when this key was used before.

    An error raised by `act` undoes the claim: the key may be used again.

    :param key: what the client chose, at most 128 characters
    :param request: the request's body; the same key with another body is refused
    :raises IdempotencyKeyReused: the key was used for another request
    """
    digest = sm3_hex(request)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(CLAIM, [actor.id, key, operation, digest, at])
        if cursor.fetchone() is None:
            return _earlier_answer(actor=actor, key=key, operation=operation, digest=digest)
        status, response = act()
        cursor.execute(KEEP, [status, dumps(response, ensure_ascii=False), actor.id, key])
        return status, response


def _earlier_answer(*, actor: Actor, key: str, operation: str, digest: str) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(FIND, [actor.id, key])
        kept_operation, kept_digest, status, response = cursor.fetchone()
    if (kept_operation, kept_digest) != (operation, digest):
        raise IdempotencyKeyReused(key=key)
    return status, loads(response) if isinstance(response, str) else response
