"""
What the desk's lists share: addresses of their pages, and what was looked for.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from tongban.foundation import crypto
from tongban.foundation.actors import Actor
from tongban.foundation.paging import page_url

__all__ = ["opened_term", "page_url", "sealed_term"]


def sealed_term(text: str, *, actor: Actor) -> str:
    """
    Return what somebody looks for as a text for an address, which only he can use and nobody can read.

    Addresses end up in logs and histories, where numbers of identity documents must not be.
    """
    return urlsafe_b64encode(crypto.seal(text.encode(), context=_term_of(actor))).decode().rstrip("=")


def opened_term(token: str, *, actor: Actor) -> str | None:
    """
    Return what `sealed_term` was given, None where the token is somebody else's or was changed.
    """
    try:
        blob = urlsafe_b64decode(token.encode() + b"=" * (-len(token) % 4))
        return crypto.unseal(blob, context=_term_of(actor)).decode()
    except (ValueError, crypto.SealBroken):
        return None


def _term_of(actor: Actor) -> str:
    return f"desk.search_term:{actor.id}"
