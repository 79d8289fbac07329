"""
Other systems.
"""

import uuid
from datetime import datetime
from ipaddress import ip_address, ip_network

from django.db.models import Q, QuerySet

from tongban.foundation.actors import Actor, ActorKind, Channel
from tongban.resources.sharing.ports import Subscriber
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


def client_actor(*, client_id: str, at: datetime, address: str | None) -> Actor | None:
    """
    Return a system as it acts, with all its scopes, for whoever has proved by something else than a token that it asks.

    One query, by unique index.

    :param address: from where it asks
    :return: None where it is not let in, or not from there
    """
    client = _let_in(at).filter(client_id=client_id).first()
    if client is None or not _may_come_from(client, address):
        return None
    return Actor(
        kind=ActorKind.CLIENT,
        id=client.client_id,
        name=client.name,
        agency_code=client.agency_code or None,
        division_code=client.division_code or None,
        scopes=frozenset(client.scopes),
        channel=Channel.API,
    )


def clients_of_agency(*, agency_code: str, at: datetime) -> list[ClientFacts]:
    """
    Return the systems of an agency that are let in now, by id; for the agency itself only. One query.
    """
    return [
        client_facts(client) for client in _let_in(at).filter(agency_code=agency_code).order_by("client_id")
    ]


def _let_in(at: datetime) -> QuerySet[Client]:
    still = Q(expires_at__isnull=True) | Q(expires_at__gt=at)
    return Client.objects.select_related("responsible").filter(still, revoked_at__isnull=True)


def _may_come_from(client: Client, address: str | None) -> bool:
    if not client.networks:
        return True
    return address is not None and any(
        ip_address(address) in ip_network(network) for network in client.networks
    )


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


class KnownClients:
    """
    Says to the data services which systems are let in.
    """

    def find(self, client_id: str, *, at: datetime, address: str | None) -> Actor | None:
        """
        Return the system as it acts; None: it is not let in, or not from there.
        """
        return client_actor(client_id=client_id, at=at, address=address)

    def of_agency(self, agency_code: str, *, at: datetime) -> list[Subscriber]:
        """
        Return the systems of an agency that are let in.
        """
        return [
            Subscriber(
                client_id=client.client_id,
                name=client.name,
                agency_code=client.agency_code,
                division_code=client.division_code,
            )
            for client in clients_of_agency(agency_code=agency_code, at=at)
        ]
