"""
Back-channel logout: whoever heard of a login is told when it ends, by durable jobs.

Source: OpenID Connect Back-Channel Logout 1.0.
"""

import json
import secrets
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from jwcrypto import jwt

from tongban.foundation import audit, jobs
from tongban.foundation.actors import system_actor
from tongban.foundation.db import business_transaction
from tongban.foundation.outgoing import OutgoingFailed, fetch
from tongban.support.federation import rules
from tongban.support.federation.models import BearerToken, RelyingSession, RenewalToken
from tongban.support.federation.selectors import current_signing_key
from tongban.support.federation.services.claims import subject_of
from tongban.support.federation.services.parties import issuer
from tongban.support.identity.selectors import ended_sign_ins

JOB = "federation.tell_logout"
NODE = system_actor("federation.tell_logout")
EVENT = "http://schemas.openid.net/event/backchannel-logout"
REFUSED = 400
BATCH = 500
FIRST_ID = UUID(int=0)
TIMEOUT_SECONDS = 5.0


def end_relying_sessions(*, at: datetime, account_id: UUID | None = None) -> int:
    """
    Queue a notice for every login that parties heard of and that goes on no more; return how many.

    :param account_id: look at this account only; None: at everybody, a batch after the other
    """
    total, after = 0, FIRST_ID
    while True:
        count, last = _end_batch(account_id=account_id, after=after, at=at)
        total += count
        if last is None:
            return total
        after = last


@business_transaction
def _end_batch(*, account_id: UUID | None, after: UUID, at: datetime) -> tuple[int, UUID | None]:
    wanted = Q(ended_at__isnull=True, id__gt=after) & (Q(account_id=account_id) if account_id else Q())
    rows = list(
        RelyingSession.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("party")
        .filter(wanted)
        .order_by("id")[:BATCH]
    )
    ended = ended_sign_ins(sign_in_ids=[row.sign_in_id for row in rows], at=at)
    over = [row for row in rows if row.sign_in_id in ended]
    for row in over:
        queue_logout(row, at=at)
    return len(over), rows[-1].id if len(rows) == BATCH else None


def queue_logout(session: RelyingSession, *, at: datetime) -> None:
    """
    Write down that a session has ended, end its tokens, and queue the notice; in the transaction of the change.
    """
    session.ended_at = at
    session.save(update_fields=["ended_at"])
    mine = {
        "application_id": session.party_id,
        "user_id": session.account_id,
        "authentication__sign_in_id": str(session.sign_in_id),
    }
    RenewalToken.objects.filter(**mine, revoked__isnull=True).update(revoked=at)
    BearerToken.objects.filter(**mine).delete()
    if session.party.backchannel_logout_uri:
        jobs.defer(JOB, session_id=str(session.id))


def tell_logout(*, session_id: UUID, at: datetime) -> None:
    """
    Tell a relying party that a login has ended. Repeating it after success changes nothing.

    :raises OutgoingFailed: the party did not take it; the job comes again
    """
    session = RelyingSession.objects.select_related("party").filter(id=session_id).first()
    if session is None or session.told_at is not None or not session.party.backchannel_logout_uri:
        return
    answer = fetch(
        "POST",
        session.party.backchannel_logout_uri,
        form={"logout_token": logout_token(session, at=at)},
        headers={"Cache-Control": "no-store"},
        timeout_seconds=TIMEOUT_SECONDS,
    )
    if not answer.is_success and answer.status != REFUSED:
        raise OutgoingFailed(status=answer.status)
    _note(session, at=at, is_taken=answer.is_success)


def logout_token(session: RelyingSession, *, at: datetime) -> str:
    """
    Return the signed notice, section 2.4: never with a nonce, good for two minutes.
    """
    key = current_signing_key()
    claims = {
        "iss": issuer(),
        "aud": session.party.client_id,
        "iat": int(at.timestamp()),
        "exp": int((at + rules.BACKCHANNEL_LIFETIME).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "sub": subject_of(sector=session.party.sector, owner_id=session.account_id),
        "sid": str(session.id),
        "events": {EVENT: {}},
    }
    token = jwt.JWT(
        header={"typ": "logout+jwt", "alg": "RS256", "kid": key.thumbprint()}, claims=json.dumps(claims)
    )
    token.make_signed_token(key)
    return str(token.serialize())


@business_transaction
def _note(session: RelyingSession, *, at: datetime, is_taken: bool) -> None:
    # A party that answers 400 does not know the session any more: that is what was wanted.
    session.told_at = at
    session.save(update_fields=["told_at"])
    audit.record(
        action="federation.logout.tell",
        actor=NODE,
        subject=session.party.client_id,
        at=at,
        session_id=str(session.id),
        is_taken=is_taken,
    )
