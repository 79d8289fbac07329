"""
How somebody had logged in when an answer about him was given.
"""

import msgspec


class ActingFor(msgspec.Struct, frozen=True, kw_only=True):
    """
    被代理人: in whose name the person was acting.
    """

    kind: str
    """PERSON or LEGAL_ENTITY."""
    sub: str
    """Pairwise subject of the principal."""
    name: str
    """Masked for a person."""
    functions: tuple[str, ...]
    """What the mandate lets him do: APPLY, QUERY, PAY, SEAL."""


class Authentication(msgspec.Struct, frozen=True, kw_only=True):
    """
    The facts of a login, fixed when consent was given and carried by every token that comes of it.
    """

    sign_in_id: str
    auth_time: int
    """When the person logged in here; seconds of the epoch."""
    acr: str
    """How surely the person is known, `rules.acr_of`."""
    amr: tuple[str, ...]
    """By which means, RFC 8176."""
    acting_for: ActingFor | None = None
