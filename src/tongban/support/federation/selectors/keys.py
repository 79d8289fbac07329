"""
Keys that sign, and keys that are published.
"""

import json
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db.models import Q
from jwcrypto import jwk

from tongban.support.federation.models import SigningKey

ALGORITHM = "RS256"


class NoSigningKey(RuntimeError):
    """
    The node has not made its first key yet; the services that sign make it.
    """


def current_signing_key() -> jwk.JWK:
    """
    Return the private key that signs now. One query.

    :raises NoSigningKey: there is none yet
    """
    row = SigningKey.objects.filter(retired_at__isnull=True).first()
    if row is None:
        raise NoSigningKey
    return key_of(row.private_pem)


def published_keys(*, at: datetime) -> list[dict[str, Any]]:
    """
    Return the public keys by which anything that has not lapsed can be verified, the newest first. One query.

    Source: RFC 7517.
    """
    return [
        {
            "alg": ALGORITHM,
            "use": "sig",
            "kid": row.kid,
            **json.loads(key_of(row.private_pem).export_public()),
        }
        for row in _published(at)
    ]


def verification_key(kid: object, *, at: datetime) -> jwk.JWK | None:
    """
    Return the published key of this name, or None. One query.
    """
    if not isinstance(kid, str):
        return None
    row = _published(at).filter(kid=kid).first()
    return key_of(row.private_pem) if row else None


@lru_cache(maxsize=16)
def key_of(private_pem: str) -> jwk.JWK:
    """
    Return a key, read once.
    """
    return jwk.JWK.from_pem(private_pem.encode())


def _published(at: datetime) -> Any:
    return SigningKey.objects.filter(Q(published_until__isnull=True) | Q(published_until__gt=at)).order_by(
        "-created_at"
    )
