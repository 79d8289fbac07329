"""
Idempotency keys: repeating a request gives the same answer and one effect.

The key is claimed in the transaction of the effect. Two requests with one key that arrive together wait for each
other at the unique index; the second one is given the first one's answer.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from json import dumps, loads
from typing import Any, Final

from django.db import connection, transaction

from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.errors import IdempotencyKeyReused

Answer = tuple[int, Any]
"""HTTP status and JSON body."""

KEPT_FOR: Final = timedelta(days=7)
"""Within this time a repeated request is given the first answer; receipts hold query codes and masked names."""

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
        asker = _asker(actor)
        cursor.execute(CLAIM, [asker, key, operation, digest, at])
        if cursor.fetchone() is None:
            return _earlier_answer(asker, key=key, operation=operation, digest=digest)
        status, response = act()
        cursor.execute(KEEP, [status, dumps(response, ensure_ascii=False), asker, key])
        return status, response


def _asker(actor: Actor) -> str:
    """
    Return under whom a key is kept: what was answered in somebody's name is not told in another's.
    """
    if actor.acting_for is None:
        return actor.id
    return sm3_hex(f"{actor.id} for {actor.acting_for.id}".encode())


def forget_answers(*, at: datetime) -> int:
    """
    Delete the answers that nobody repeats a request for any more; return how many.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM foundation_idempotencykey WHERE created_at < %s", [at - KEPT_FOR])
        count: int = cursor.rowcount
    return count


def _earlier_answer(asker: str, *, key: str, operation: str, digest: str) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(FIND, [asker, key])
        kept_operation, kept_digest, status, response = cursor.fetchone()
    if (kept_operation, kept_digest) != (operation, digest):
        raise IdempotencyKeyReused(key=key)
    return status, loads(response) if isinstance(response, str) else response
