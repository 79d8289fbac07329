"""
What is told about somebody, within what he consented to.

Source: OpenID Connect Core 1.0 sections 5.3 and 8 (pairwise subjects), RFC 8176 (amr).
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from tongban.foundation import audit
from tongban.foundation.actors import Actor, PrincipalKind, system_actor
from tongban.foundation.db import business_transaction
from tongban.support.federation import rules
from tongban.support.federation.models import ForeignLogin, RelyingParty, Subject
from tongban.support.federation.values import ActingFor, Authentication, ClaimScope
from tongban.support.identity.selectors import SignInFacts, find_staff, sign_in_facts
from tongban.support.identity.services import hand_over_person
from tongban.support.identity.values import AccountKind, Factor

NODE = system_actor("federation.hand_over")
SUBJECT_BYTES = 24
MEANS_OF_FACTOR = {
    Factor.TOTP.value: ("otp", "mfa"),
    Factor.WEBAUTHN.value: ("hwk", "mfa"),
    Factor.RECOVERY.value: ("otp", "mfa"),
}


class NodeClaims:
    """
    The claims of this node's own people; port `ClaimsSource`.
    """

    def subject(self, *, party: RelyingParty, owner_id: UUID) -> str:
        """
        Return the pairwise subject, drawn by lot at first use.
        """
        return subject_of(sector=party.sector, owner_id=owner_id)

    def user_info(
        self,
        *,
        party: RelyingParty,
        account: Any,
        scopes: frozenset[str],
        known: Authentication,
        at: datetime,
    ) -> dict[str, Any]:
        """
        Return the claims these scopes stand for; what leaves in clear is written down.
        """
        claims: dict[str, Any] = {
            "sub": subject_of(sector=party.sector, owner_id=account.pk),
            "acr": known.acr,
            "amr": list(known.amr),
            "auth_time": known.auth_time,
        }
        if account.kind == AccountKind.STAFF:
            return claims | _of_staff(account.pk, party=party, scopes=scopes, at=at)
        claims |= _of_person(account.pk, party=party, scopes=scopes, at=at)
        if ClaimScope.ACTING_FOR in scopes and known.acting_for is not None:
            held = known.acting_for
            claims["acting_for"] = {
                "kind": held.kind,
                "sub": held.sub,
                "name": held.name,
                "functions": list(held.functions),
            }
        return claims


def subject_of(*, sector: str, owner_id: UUID) -> str:
    """
    Return by which subject a sector knows an account or a principal; nothing about it can be computed.
    """
    row = Subject.objects.filter(sector=sector, owner_id=owner_id).first()
    if row is None:
        try:
            with transaction.atomic():
                row = Subject.objects.create(
                    sector=sector, owner_id=owner_id, sub=secrets.token_urlsafe(SUBJECT_BYTES)
                )
        except IntegrityError:  # another request was quicker
            row = Subject.objects.get(sector=sector, owner_id=owner_id)
    return row.sub


def authentication_of_actor(*, actor: Actor, sector: str, at: datetime) -> Authentication | None:
    """
    Return how the actor has logged in, as every token of this login will say; None where the login has ended.
    """
    if actor.session_id is None:
        return None
    facts = sign_in_facts(sign_in_id=UUID(actor.session_id), account_id=UUID(actor.id), at=at)
    if facts is None:
        return None
    principal = actor.acting_for
    acting_for = (
        None
        if principal is None
        else ActingFor(
            kind=PrincipalKind(principal.kind).value,
            sub=subject_of(sector=sector, owner_id=UUID(principal.id)),
            name=principal.name,
            functions=tuple(sorted(function.value for function in principal.functions)),
        )
    )
    return Authentication(
        sign_in_id=actor.session_id,
        auth_time=int(facts.started_at.timestamp()),
        acr=rules.acr_of(actor.assurance_level),
        amr=_means_of(facts),
        acting_for=acting_for,
    )


def _means_of(facts: SignInFacts) -> tuple[str, ...]:
    """
    Return by which means somebody logged in, RFC 8176; no password where another party vouched for him.
    """
    shown = MEANS_OF_FACTOR.get(facts.factor, ())
    is_vouched = ForeignLogin.objects.filter(sign_in_id=facts.sign_in_id).exists()
    return shown if is_vouched else ("pwd", *shown)


@business_transaction
def _of_person(
    account_id: UUID, *, party: RelyingParty, scopes: Collection[str], at: datetime
) -> dict[str, Any]:
    names = _claims_of_person(scopes)
    if not names:
        return {}
    person = hand_over_person(
        account_id=account_id,
        receiver=party.client_id,
        receiver_name=party.name,
        what=names,
        actor=NODE,
        at=at,
    )
    known = {
        "name": person.name if ClaimScope.IDENTITY in scopes else person.name_masked,
        "id_type": person.id_type.value,
        "id_number": person.id_number,
        "birthdate": person.born_on,
        "phone_number": person.mobile,
    }
    return {name: known[name] for name in names if known[name]}


def _claims_of_person(scopes: Collection[str]) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    if ClaimScope.PROFILE in scopes or ClaimScope.IDENTITY in scopes:
        names = ("name",)
    if ClaimScope.IDENTITY in scopes:
        names += ("id_type", "id_number", "birthdate")
    return (*names, "phone_number") if ClaimScope.PHONE in scopes else names


@business_transaction
def _of_staff(
    account_id: UUID, *, party: RelyingParty, scopes: Collection[str], at: datetime
) -> dict[str, Any]:
    member = find_staff(account_id=account_id, actor=NODE)
    if member is None or not {ClaimScope.STAFF, ClaimScope.PROFILE} & set(scopes):
        return {}
    told: dict[str, Any] = {"name": member.name}
    if ClaimScope.STAFF in scopes:
        told |= {
            "staff_code": member.staff_code,
            "agency_code": member.agency_code,
            "division_code": member.division_code,
            "posts": sorted(member.posts),
        }
    audit.record(
        action="federation.staff.hand_over",
        actor=NODE,
        subject=str(account_id),
        at=at,
        receiver=party.client_id,
        what=sorted(told),
    )
    return told
