"""
What a browser is sent away for, kept in its session until it comes back: at most five at a time, ten minutes each.
"""

import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest

KEPT = "tongban_errands"
MOST = 5
SECONDS = 600


@dataclass(frozen=True, kw_only=True, slots=True)
class Errand:
    """
    One way to another party and back.
    """

    provider: str
    nonce: str
    verifier: str
    then: str
    """Page of ours to go on to; empty: the first."""
    purpose: str
    """LOG_IN, LOG_IN_AS_ENTITY or LINK."""
    started_at: float


def send_out(
    request: HttpRequest, *, provider: str, then: str, purpose: str, at: datetime
) -> tuple[str, Errand]:
    """
    Keep an errand and return it with its state.
    """
    errand = Errand(
        provider=provider,
        nonce=secrets.token_urlsafe(24),
        verifier=secrets.token_urlsafe(48),
        then=then,
        purpose=purpose,
        started_at=at.timestamp(),
    )
    state = secrets.token_urlsafe(24)
    kept: dict[str, Any] = dict(request.session.get(KEPT, {}))
    newest = sorted(kept.items(), key=lambda pair: pair[1]["started_at"])[-(MOST - 1) :]
    request.session[KEPT] = {**dict(newest), state: asdict(errand)}
    return state, errand


def come_back(request: HttpRequest, *, state: str, provider: str, at: datetime) -> Errand | None:
    """
    Take an errand back, once; None where this browser was not sent out for it, or too long ago, or elsewhere.
    """
    kept: dict[str, Any] = dict(request.session.get(KEPT, {}))
    row = kept.pop(state, None)
    request.session[KEPT] = kept
    if row is None:
        return None
    errand = Errand(**row)
    is_fresh = at.timestamp() - errand.started_at < SECONDS
    return errand if errand.provider == provider and is_fresh else None
