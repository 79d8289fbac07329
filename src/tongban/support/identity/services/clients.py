"""
Keeping the systems that were let in: new secrets without a break, and the networks they may come from.
"""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import InvalidInput
from tongban.support.identity import permissions
from tongban.support.identity.models import Client
from tongban.support.identity.selectors import client_facts, digest_of_token
from tongban.support.identity.services.tokens import SECRET_BYTES, ClientNotFound, checked_networks
from tongban.support.identity.values import ClientFacts, ClientReceipt

LONGEST_OVERLAP = timedelta(days=30)


@business_transaction
def rotate_client(*, client_id: str, overlap: timedelta, actor: Actor, at: datetime) -> ClientReceipt:
    """
    Give a system a new secret; the one before holds for `overlap` more, so that nothing stands still in between.

    A secret older than that ends now: two hold at most. Tokens that were given out go on until they lapse.

    :param overlap: none: the old secret ends at once, as when it was found on the street
    :raises NotPermitted: the actor is not a system administrator
    :raises ClientNotFound: there is no such client, or it was revoked
    :raises InvalidInput: the overlap is longer than thirty days
    """
    permissions.operate.require(actor)
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidInput(fields={"overlap": _("新旧密钥并用最长 30 天")})
    client = _held(client_id)
    secret = secrets.token_urlsafe(SECRET_BYTES)
    client.old_secret_digest = client.secret_digest if overlap else None
    client.old_secret_until = at + overlap if overlap else None
    client.secret_digest = digest_of_token(secret)
    client.secret_since = at
    client.save(update_fields=["secret_digest", "secret_since", "old_secret_digest", "old_secret_until"])
    audit.record(
        action="identity.client.rotate",
        actor=actor,
        subject=client_id,
        at=at,
        old_until=client.old_secret_until.isoformat() if client.old_secret_until else "",
    )
    return ClientReceipt(
        client_id=client_id,
        client_secret=secret,
        scopes=tuple(client.scopes),
        expires_at=client.expires_at,
    )


@business_transaction
def restrict_client(
    *,
    client_id: str,
    networks: Collection[str],
    expires_at: datetime | None,
    actor: Actor,
    at: datetime,
) -> ClientFacts:
    """
    Say from where a system may come, and until when; tokens it holds obey at once.

    :param networks: addresses or CIDR; empty: from anywhere
    :param expires_at: None: until revoked
    :raises NotPermitted: the actor is not a system administrator
    :raises ClientNotFound: there is no such client, or it was revoked
    :raises InvalidInput: one of the networks is none
    """
    permissions.operate.require(actor)
    kept = checked_networks(networks)
    client = _held(client_id)
    client.networks, client.expires_at = kept, expires_at
    client.save(update_fields=["networks", "expires_at"])
    audit.record(
        action="identity.client.restrict",
        actor=actor,
        subject=client_id,
        at=at,
        networks=kept,
        expires_at=expires_at.isoformat() if expires_at else "",
    )
    return client_facts(client)


def _held(client_id: str) -> Client:
    client = Client.objects.select_for_update().filter(client_id=client_id, revoked_at__isnull=True).first()
    if client is None:
        raise ClientNotFound(client_id=client_id)
    return client
