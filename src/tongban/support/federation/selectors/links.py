"""
Accounts elsewhere: which are linked, and which may be used to log in.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.support.federation import permissions, ports
from tongban.support.federation.models import Link, PersonKey
from tongban.support.federation.values import Provider, ProviderKind


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkFacts:
    """
    A party whose account can be linked, and whether one's own is.
    """

    code: str
    name: str
    can_link: bool
    """By the person himself; logins at other nodes are linked by logging in."""
    linked_at: datetime | None
    used_at: datetime | None


def links(*, actor: Actor) -> list[LinkFacts]:
    """
    Return the parties whose accounts can be linked, and those that are, in the order of the topology. One query.

    :raises NotAuthenticated: nobody is logged in
    """
    permissions.manage_consents.require(actor)
    mine = {row.provider: row for row in Link.objects.filter(account_id=actor.id, unlinked_at__isnull=True)}
    return [
        LinkFacts(
            code=provider.code,
            name=provider.title,
            can_link=provider.kind is ProviderKind.ACCOUNT,
            linked_at=mine[provider.code].linked_at if provider.code in mine else None,
            used_at=mine[provider.code].used_at if provider.code in mine else None,
        )
        for provider in ports.topology().providers
        if provider.kind is ProviderKind.ACCOUNT or provider.code in mine
    ]


def login_choices() -> list[Provider]:
    """
    Return the parties by which one can log in here, in the order of the topology. No query.
    """
    return [provider for provider in ports.topology().providers if provider.can_log_in]


def home_of(*, person_id: UUID) -> str:
    """
    Return the node that keeps a person's account; empty: this one. One query.
    """
    row = PersonKey.objects.filter(person_id=person_id).values_list("home_code", flat=True).first()
    return row or ""


def trusted_nodes() -> tuple[str, ...]:
    """
    Return the names of the other nodes that are asked about one's cases. No query.
    """
    return tuple(node.title for node in ports.topology().nodes if node.shared_key)
