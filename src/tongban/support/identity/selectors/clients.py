"""
Other systems.
"""

import uuid

from tongban.foundation.actors import Actor
from tongban.support.identity import permissions
from tongban.support.identity.models import Client
from tongban.support.identity.values import (
    ClientFacts,
)


def clients(*, actor: Actor) -> list[ClientFacts]:
    """
    Return every system that was ever let in, by id; a node has some dozens. One query.

    :raises NotPermitted: the actor is not an operator
    """
    permissions.operate.require(actor)
    return [
        client_facts(client) for client in Client.objects.select_related("responsible").order_by("client_id")
    ]


def clients_of(*, account_id: uuid.UUID, actor: Actor) -> list[ClientFacts]:
    """
    Return the systems let in that a member of staff answers for, by id. One query.

    :raises NotPermitted: the actor is not an operator
    """
    permissions.operate.require(actor)
    held = Client.objects.select_related("responsible").filter(
        responsible__account_id=account_id, revoked_at__isnull=True
    )
    return [client_facts(client) for client in held.order_by("client_id")]


def client_facts(client: Client) -> ClientFacts:
    """
    Return what operators see of a client.
    """
    secret_since = client.secret_since or client.created_at
    return ClientFacts(
        client_id=client.client_id,
        name=client.name,
        scopes=tuple(client.scopes),
        agency_code=client.agency_code,
        division_code=client.division_code,
        created_at=client.created_at,
        expires_at=client.expires_at,
        revoked_at=client.revoked_at,
        networks=tuple(client.networks),
        secret_since=secret_since,
        old_secret_until=client.old_secret_until,
        last_used_at=client.last_used_at,
        responsible_code=client.responsible.staff_code if client.responsible else "",
        responsible_name=client.responsible.name if client.responsible else "",
        should_rotate=client.responsible_since is not None and secret_since < client.responsible_since,
    )
