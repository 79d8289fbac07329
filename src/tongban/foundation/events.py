"""
Durable announcements.

`announce` writes the fact and one delivery per subscriber in the open transaction: the fact is announced
exactly when it is true. `deliver_pending` hands deliveries over in batches under SKIP LOCKED, in order per
(subscriber, key). A reaction runs in the transaction that deletes its delivery, so what it writes to the
database happens exactly once; everything else it does must be safe to repeat.

Subscribers name a topic and read its payload with a struct of their own, so that two apps can meet here without
knowing each other.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec
import structlog
from django.db import connection, transaction

from tongban.foundation.db import require_transaction

logger = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(minutes=10)

INSERT = """
WITH fact AS (
    INSERT INTO foundation_announcement (at, topic, key, payload)
    VALUES (%(at)s, %(topic)s, %(key)s, %(payload)s::jsonb)
    RETURNING id, at, topic, key, payload
)
INSERT INTO foundation_delivery
    (announcement_id, at, topic, key, payload, subscriber, next_attempt_at)
SELECT id, at, topic, key, payload, unnest(%(subscribers)s::text[]), at FROM fact
"""

# Only the oldest delivery of a subscriber and key is due: what comes after it waits until it is done.
DUE = """
SELECT id, announcement_id, at, topic, key, payload, subscriber, attempts FROM foundation_delivery d
WHERE next_attempt_at <= %(at)s AND NOT EXISTS (
    SELECT 1 FROM foundation_delivery earlier
    WHERE earlier.subscriber = d.subscriber AND earlier.key = d.key AND earlier.id < d.id)
ORDER BY id LIMIT %(limit)s FOR UPDATE OF d SKIP LOCKED
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """
    A fact as a subscriber receives it.
    """

    id: int
    topic: str
    key: str
    at: datetime
    payload: dict[str, Any]


Reaction = Callable[[Announced], None]

_reactions: dict[tuple[str, str], Reaction] = {}
_subscribers: dict[str, list[str]] = defaultdict(list)


def subscribe(topic: str, *, subscriber: str, reaction: Reaction) -> None:
    """
    Call `reaction` with every fact announced under `topic`; wired in AppConfig.ready().

    :param subscriber: stable name, "app.reaction"; deliveries are kept under it
    """
    if (topic, subscriber) not in _reactions:
        _subscribers[topic].append(subscriber)
    _reactions[topic, subscriber] = reaction


def subscribers_of(topic: str) -> Sequence[str]:
    """
    Return the names of those who will receive facts of `topic`.
    """
    return tuple(_subscribers[topic])


def announce(*, topic: str, key: str, at: datetime, payload: msgspec.Struct | dict[str, Any]) -> None:
    """
    Announce a fact, durably, with the transaction that is open now.

    :param topic: "app.fact_in_past_tense", e.g. "casework.case_accepted"
    :param key: facts of one key reach a subscriber in order; the case number, usually
    :raises RuntimeError: no transaction is open
    """
    require_transaction()
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "at": at,
                "topic": topic,
                "key": key,
                "payload": msgspec.json.encode(payload).decode(),
                "subscribers": list(subscribers_of(topic)),
            },
        )


def deliver_pending(*, at: datetime, limit: int = 100) -> int:
    """
    Hand over deliveries that are due and return how many were tried.

    :param at: now; deliveries put off until later stay
    :param limit: at most this many in one transaction
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(DUE, {"at": at, "limit": limit})
            rows = cursor.fetchall()
        done = [row[0] for row in rows if _deliver(row, at=at)]
        if done:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM foundation_delivery WHERE id = ANY(%s)", [done])
    return len(rows)


def deliver_all(*, at: datetime, rounds: int = 1000) -> int:
    """
    Deliver until nothing is due any more, reactions to reactions included; return how many were tried.

    :param rounds: give up after this many batches; a reaction that announces its own topic for ever is a defect
    """
    total = 0
    for _ in range(rounds):
        count = deliver_pending(at=at)
        total += count
        if count == 0:
            return total
    raise RuntimeError("announcements keep announcing each other")


def _deliver(row: Sequence[Any], *, at: datetime) -> bool:
    delivery_id, announcement_id, announced_at, topic, key, payload, subscriber, attempts = row
    reaction = _reactions.get((topic, subscriber), _no_reaction)
    fact = Announced(
        id=announcement_id,
        topic=topic,
        key=key,
        at=announced_at,
        payload=msgspec.json.decode(payload) if isinstance(payload, str) else payload,
    )
    try:
        with transaction.atomic():
            reaction(fact)
    except Exception as error:
        logger.exception(
            "delivery_failed", topic=topic, key=key, subscriber=subscriber, attempts=attempts + 1
        )
        _put_off(delivery_id, at=at, attempts=attempts + 1, error=error)
        return False
    return True


def _no_reaction(fact: Announced) -> None:
    raise LookupError(f"nobody reacts to {fact.topic} under the name this delivery was made for")


def _put_off(delivery_id: int, *, at: datetime, attempts: int, error: Exception) -> None:
    wait = min(timedelta(seconds=2 ** min(attempts, 20)), LONGEST_WAIT)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE foundation_delivery SET attempts = %s, next_attempt_at = %s, last_error = %s WHERE id = %s",
            [attempts, at + wait, f"{type(error).__name__}: {error}"[:2000], delivery_id],
        )
