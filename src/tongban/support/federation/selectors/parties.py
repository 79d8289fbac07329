"""
Relying parties, and what somebody consented to.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.support.federation import permissions
from tongban.support.federation.models import Consent, RelyingParty, TicketApplication
from tongban.support.federation.values import (
    TICKET_SCOPES,
    ApplicationFacts,
    ClaimScope,
    PartyFacts,
    UserType,
)
from tongban.support.identity.values import AccountKind


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentFacts:
    """
    What one lets a relying party know.
    """

    consent_id: UUID
    client_id: str
    name: str
    scopes: tuple[str, ...]
    what: tuple[str, ...]
    """What is told, in words."""
    given_at: datetime


def relying_parties(*, actor: Actor) -> list[PartyFacts]:
    """
    Return every system that was ever let in, by id; a node has some dozens. One query.

    :raises NotPermitted: the actor is not a system administrator
    """
    permissions.manage_parties.require(actor)
    return [party_facts(party) for party in RelyingParty.objects.order_by("client_id")]


def party_facts(party: RelyingParty) -> PartyFacts:
    """
    Return what administrators see of a relying party.
    """
    return PartyFacts(
        client_id=party.client_id,
        name=party.name,
        redirect_uris=tuple(party.redirect_uris.split()),
        post_logout_redirect_uris=tuple(party.post_logout_redirect_uris.split()),
        backchannel_logout_uri=party.backchannel_logout_uri,
        scopes=tuple(party.scopes),
        account_kinds=tuple(AccountKind(kind).value for kind in party.account_kinds),
        is_public=party.client_type == RelyingParty.CLIENT_PUBLIC,
        sector=party.sector,
        old_secret_until=party.old_secret_until,
        created_at=party.created_at,
        disabled_at=party.disabled_at,
    )


def ticket_applications(*, actor: Actor) -> list[ApplicationFacts]:
    """
    Return every application of the ticket protocol that was ever let in, by mark; a node has some dozens. One query.

    :raises NotPermitted: the actor is not a system administrator
    """
    permissions.manage_parties.require(actor)
    return [application_facts(row) for row in TicketApplication.objects.order_by("appmark")]


def application_facts(application: TicketApplication) -> ApplicationFacts:
    """
    Return what administrators see of an application.
    """
    return ApplicationFacts(
        appmark=application.appmark,
        name=application.name,
        goto_urls=tuple(application.goto_urls),
        logout_url=application.logout_url,
        user_types=tuple(UserType(user_type) for user_type in application.user_types),
        key_since=application.appword_since,
        old_key_until=application.old_appword_until,
        created_at=application.created_at,
        disabled_at=application.disabled_at,
    )


def may_keep_parties(*, actor: Actor) -> bool:
    """
    Return whether the actor keeps the systems that people log in to with their accounts here. No query.
    """
    return permissions.manage_parties.allows(actor)


def consents(*, actor: Actor) -> list[ConsentFacts]:
    """
    Return what one has consented to and not withdrawn, the newest first. One query.

    :raises NotAuthenticated: nobody is logged in
    """
    permissions.manage_consents.require(actor)
    rows = (
        Consent.objects.filter(account_id=actor.id, withdrawn_at__isnull=True)
        .select_related("party", "application")
        .order_by("-given_at")
    )
    return [
        ConsentFacts(
            consent_id=row.id,
            client_id=row.party.client_id
            if row.party
            else row.application.appmark
            if row.application
            else "",
            name=row.party.name if row.party else row.application.name if row.application else "",
            scopes=tuple(row.scopes),
            what=words_of(row.scopes),
            given_at=row.given_at,
        )
        for row in rows
    ]


def words_of(scopes: Collection[str]) -> tuple[str, ...]:
    """
    Return what scopes of a party, or of an application of the ticket protocol, stand for; in the order of their kinds.
    """
    claims = tuple(str(scope.label) for scope in ClaimScope if scope.value in scopes)
    return claims + tuple(
        str(word) for scope, words in TICKET_SCOPES.items() if scope in scopes for word in words
    )


def has_consented(*, client_id: str, scopes: set[str], actor: Actor) -> bool:
    """
    Whether the actor lets this party know all of this already. One query.

    :raises NotAuthenticated: nobody is logged in
    """
    permissions.manage_consents.require(actor)
    row = Consent.objects.filter(
        account_id=actor.id, party__client_id=client_id, withdrawn_at__isnull=True
    ).first()
    return row is not None and scopes <= set(row.scopes)


def find_party(client_id: str) -> PartyFacts | None:
    """
    Return a relying party that is let in, or None. One query.
    """
    row = RelyingParty.objects.filter(client_id=client_id, disabled_at__isnull=True).first()
    return party_facts(row) if row else None
