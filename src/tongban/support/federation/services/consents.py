"""
Consent: what somebody lets a relying party know, given once, withdrawn at any time.

Source: 个人信息保护法 art. 14, 15 and 23.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.foundation.errors import NotFound
from tongban.support.federation import permissions
from tongban.support.federation.models import (
    BearerToken,
    Consent,
    RelyingParty,
    RelyingSession,
    RenewalToken,
    TicketToken,
)
from tongban.support.federation.services.logout import queue_logout
from tongban.support.federation.services.tickets import queue_ticket_logout


@business_transaction
def give_consent(*, party: RelyingParty, scopes: Collection[str], actor: Actor, at: datetime) -> None:
    """
    Let a relying party know what these scopes stand for, beside what it may know already.

    :raises NotPermitted: the party does not take accounts of this kind
    :raises NotAuthenticated: nobody is logged in
    """
    row = (
        Consent.objects.select_for_update()
        .filter(account_id=actor.id, party=party, withdrawn_at__isnull=True)
        .first()
    )
    permissions.hand_over_login.require(actor, account_kinds=party.account_kinds)
    if row is None:
        Consent.objects.create(account_id=UUID(actor.id), party=party, scopes=sorted(scopes), given_at=at)
    else:
        row.scopes, row.given_at = sorted({*row.scopes, *scopes}), at
        row.save(update_fields=["scopes", "given_at"])
    audit.record(
        action="federation.consent.give", actor=actor, subject=party.client_id, at=at, scopes=sorted(scopes)
    )


@business_transaction
def withdraw_consent(*, consent_id: UUID, actor: Actor, at: datetime) -> None:
    """
    Let a relying party know nothing more: its tokens for this account end, and it is told that the login did.

    :raises NotFound: the actor has given no such consent, or withdrawn it already
    """
    permissions.manage_consents.require(actor)
    row = (
        Consent.objects.select_for_update()
        .filter(id=consent_id, account_id=actor.id, withdrawn_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    if row.party_id is not None:
        _end_tokens(row, at=at)
    else:
        _end_ticket_tokens(row, at=at)
    audit.record(action="federation.consent.withdraw", actor=actor, subject=str(row.id), at=at)


def _end_ticket_tokens(consent: Consent, *, at: datetime) -> None:
    for token in TicketToken.objects.select_related("application").filter(
        application_id=consent.application_id, account_id=consent.account_id, ended_at__isnull=True
    ):
        queue_ticket_logout(token, at=at)


def _end_tokens(consent: Consent, *, at: datetime) -> None:
    tokens = {"application_id": consent.party_id, "user_id": consent.account_id}
    RenewalToken.objects.filter(**tokens, revoked__isnull=True).update(revoked=at)
    BearerToken.objects.filter(**tokens).delete()
    for session in RelyingSession.objects.filter(
        party_id=consent.party_id, account_id=consent.account_id, ended_at__isnull=True
    ):
        queue_logout(session, at=at)
