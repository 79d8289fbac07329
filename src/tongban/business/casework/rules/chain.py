"""
The digest chain of a case's log: SM3 over canonical JSON, each digest taking in the one before.
"""

from datetime import UTC, datetime
from typing import Any

from tongban.foundation.canonical import canonical_json, sm3_hex

GENESIS = "0" * 64


def event_digest(
    *,
    case_number: str,
    seq: int,
    at: datetime,
    kind: str,
    actor_kind: str,
    actor_id: str,
    actor_name: str,
    agency_code: str,
    data: dict[str, Any],
    previous: str,
) -> str:
    """
    Return the digest of one event, 64 hexadecimal characters.

    :param previous: digest of the event before; GENESIS for the first
    """
    return sm3_hex(
        canonical_json(
            {
                "actor": [actor_kind, actor_id, actor_name, agency_code],
                "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
                "case_number": case_number,
                "data": data,
                "kind": kind,
                "previous": previous,
                "seq": seq,
            }
        )
    )
