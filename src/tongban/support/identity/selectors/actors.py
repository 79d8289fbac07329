"""
Who acts: found by the session of a browser or the token of a call.
"""

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from tongban.foundation import crypto
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, Channel, StandIn
from tongban.foundation.errors import Conflict
from tongban.support.identity.models import Account, SignIn, level_at
from tongban.support.identity.ports import find_principal
from tongban.support.identity.values import (
    AccountKind,
)

SESSION_KEY = "tongban_sign_in"
"""Where Django's session keeps which `SignIn` it belongs to."""
LONGEST_TOKEN = 256

STANDS_IN_FOR = """(
    SELECT jsonb_agg(jsonb_build_array(absent.account_id, absent.name, absent.posts, absent.division_code)
                     ORDER BY absence.valid_from)
    FROM identity_staffmember mine
    JOIN identity_absence absence ON absence.substitute_id = mine.id
        AND absence.closed_at IS NULL AND absence.valid_from <= {at} AND absence.valid_until > {at}
    JOIN identity_staffmember absent ON absent.id = absence.member_id
        AND absent.is_active AND absent.agency_code = mine.agency_code
    WHERE mine.is_active AND mine.account_id = {account}
)"""
"""
Absent colleagues of the same agency: account, name, posts, division.

`{account}` is a column of the statement around, `{at}` its parameter.
"""


class ReadableSession(Protocol):
    """
    What is needed of the web framework's session.
    """

    def get(self, key: str) -> object:
        """
        Return a value kept on the server.
        """


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSession:
    """
    Who is logged in with a browser, and by which session.
    """

    actor: Actor
    sign_in_id: uuid.UUID
    seen_at: datetime
    mandate_id: uuid.UUID | None = None
    """By which mandate the session acts for somebody else."""


class MandateEnded(Conflict):
    """
    The session or token acts for somebody else by a mandate that is not in force any more.

    Nothing of the request was carried out; the person confirms that he goes on in his own name.
    """

    code = "mandate_ended"
    message = _("您所持的授权已经结束，这一步没有办理。请确认以本人身份继续")

    def __init__(self, *, himself: Actor) -> None:
        """
        Keep who asked, in his own name, for the page that tells him.
        """
        super().__init__()
        self.himself = himself


def actor_of(request: object) -> Actor:
    """
    Return who acts in a request; the middleware has found out, or nobody is logged in.
    """
    actor = getattr(request, "actor", ANONYMOUS)
    return actor if isinstance(actor, Actor) else ANONYMOUS


def sign_in_of(session: ReadableSession) -> uuid.UUID | None:
    """
    Return the sign-in a browser session leads to, or None. No query beyond the session's own.
    """
    kept = session.get(SESSION_KEY)
    return uuid.UUID(kept) if isinstance(kept, str) else None


def open_session(*, sign_in_id: uuid.UUID, channel: Channel, at: datetime) -> OpenSession | None:
    """
    Return who is logged in by this sign-in, or None when it has ended. One query by primary key.

    It has ended when somebody logged out, was idle or on too long, when the account was closed, or when the
    account's sessions were ended together (password change, log out everywhere).

    A session that acts for somebody else costs one query more.

    :raises MandateEnded: it acted by a mandate that is not in force any more
    """
    session = own_session(sign_in_id=sign_in_id, channel=channel, at=at)
    if session is None or session.mandate_id is None:
        return session
    return replace(session, actor=acting_by(session.actor, mandate_id=session.mandate_id, at=at))


def own_session(*, sign_in_id: uuid.UUID, channel: Channel, at: datetime) -> OpenSession | None:
    """
    Return who is logged in by this sign-in as himself, whomever he acts for; None when it has ended. One query.

    For the page on which he says in whose name he goes on; everything else asks `open_session`.
    """
    found = (
        SignIn.objects.filter(id=sign_in_id, ended_at__isnull=True, expires_at__gt=at)
        .select_related("account__person", "account__staff_member")
        .annotate(
            stands_in_for=_stands_in_for(at=at),
            assurance_level=level_at(at, person__account="account_id"),
        )
        .first()
    )
    if found is None or found.epoch != found.account.session_epoch:
        return None
    if at - found.seen_at > longest_idle(AccountKind(found.account.kind)):
        return None
    actor = _actor_of_account(
        found.account,
        channel=channel,
        stands_in_for=found.stands_in_for,
        assurance_level=found.assurance_level,
    )
    if actor is None:
        return None
    actor = replace(
        actor, session_id=str(found.id), checked_level=found.checked_level, checked_at=found.checked_at
    )
    return OpenSession(actor=actor, sign_in_id=found.id, seen_at=found.seen_at, mandate_id=found.mandate_id)


def longest_idle(kind: AccountKind) -> timedelta:
    """
    Return after how long without a request a session ends.
    """
    chosen = settings.TONGBAN_IDENTITY
    idle: timedelta = chosen.staff_session_idle if kind is AccountKind.STAFF else chosen.session_idle
    return idle


def _stands_in_for(*, at: datetime) -> RawSQL:
    sql = STANDS_IN_FOR.format(account="identity_signin.account_id", at="%s")
    return RawSQL(sql, (at, at), output_field=JSONField())  # noqa: S611 -- nobody's text is in it


def actor_for_session(*, sign_in_id: uuid.UUID, channel: Channel, at: datetime) -> Actor:
    """
    Return who is logged in by this sign-in; ANONYMOUS when it has ended. One query.
    """
    session = open_session(sign_in_id=sign_in_id, channel=channel, at=at)
    return session.actor if session else ANONYMOUS


def acting_by(actor: Actor, *, mandate_id: uuid.UUID, at: datetime) -> Actor:
    """
    Return the person as he acts by a mandate. One query.

    :raises MandateEnded: the mandate is not in force, or not his
    """
    if actor.person_id is None:
        raise MandateEnded(himself=actor)
    principal = find_principal(mandate_id=mandate_id, person_id=uuid.UUID(actor.person_id), at=at)
    if principal is None:
        raise MandateEnded(himself=actor)
    return replace(actor, acting_for=principal)


HELD_BY = f"""
SELECT account.id, account.kind, person.id, person.name_masked,
       COALESCE((SELECT max(proof.level) FROM identity_assurancegrant proof
                 WHERE proof.person_id = person.id AND proof.revoked_at IS NULL
                     AND (proof.expires_at IS NULL OR proof.expires_at > %(at)s)), 0),
       staff.name, staff.agency_code, staff.division_code, staff.posts, staff.roles,
       client.client_id, client.name, client.agency_code, client.division_code,
       ARRAY(SELECT unnest(token.scopes) INTERSECT SELECT unnest(client.scopes)), token.mandate_id,
       {STANDS_IN_FOR.format(account="token.account_id", at="%(at)s")},
       token.id, token.checked_level, token.checked_at
FROM identity_accesstoken token
LEFT JOIN identity_account account ON account.id = token.account_id
    AND account.is_active AND account.session_epoch = token.epoch
LEFT JOIN identity_person person ON person.account_id = account.id
LEFT JOIN identity_staffmember staff ON staff.account_id = account.id AND staff.is_active
LEFT JOIN identity_client client ON client.id = token.client_id
    AND client.revoked_at IS NULL AND (client.expires_at IS NULL OR client.expires_at > %(at)s)
    AND (client.networks = '{{}}' OR %(address)s::inet <<= ANY(client.networks::inet[]))
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND token.expires_at > %(at)s
"""  # noqa: S608 -- nobody's text is in it


def actor_for_token(*, token: str, at: datetime, address: str | None = None) -> Actor | None:
    """
    Return who holds a token of the interface, or None when it is unknown, expired or revoked.

    A system that may come from some networks only is unknown everywhere else.

    One statement by unique index, asked for every request: a revoked token ends at once. A token that acts for
    somebody else costs one query more.

    :raises MandateEnded: it acted by a mandate that is not in force any more
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD_BY, {"digest": digest_of_token(token), "at": at, "address": address})
        row = cursor.fetchone()
    if row is None:
        return None
    if row[0] is not None:
        himself = _actor_of_token_row(row)
        if himself is not None:
            himself = replace(himself, session_id=str(row[17]), checked_level=row[18], checked_at=row[19])
        return acting_by(himself, mandate_id=row[15], at=at) if himself and row[15] else himself
    if row[10] is None:
        return None
    return Actor(
        kind=ActorKind.CLIENT,
        id=row[10],
        name=row[11],
        agency_code=row[12] or None,
        division_code=row[13] or None,
        scopes=frozenset(row[14]),
        channel=Channel.API,
    )


def _actor_of_token_row(row: tuple[Any, ...]) -> Actor | None:
    """
    Return the actor behind an open account, or None when nobody stands behind it any more.
    """
    account_id, kind = str(row[0]), row[1]
    if kind == AccountKind.PERSON:
        return _person_actor(account_id, row[2:5], channel=Channel.API) if row[2] else None
    if not row[6]:
        return None
    return _staff_actor(account_id, row[5:10], stands_in_for=row[16], channel=Channel.API)


def digest_of_token(token: str) -> bytes:
    """
    Return the digest under which a token or a client's secret is kept; both are random enough for it.
    """
    return crypto.sm3(token[:LONGEST_TOKEN].encode(errors="replace"))


def actor_of_account(*, account_id: uuid.UUID) -> Actor | None:
    """
    Return who stands behind an open account, without what he holds for others; for identity's own services only.

    One query.
    """
    found = Account.objects.select_related("person", "staff_member").filter(id=account_id).first()
    return _actor_of_account(found, channel=Channel.WEB) if found else None


def _actor_of_account(
    account: Account, *, channel: Channel, stands_in_for: list[Any] | None = None, assurance_level: int = 0
) -> Actor | None:
    """
    Return the actor behind an account, or None when it is closed or nobody stands behind it any more.

    :param stands_in_for: rows of STANDS_IN_FOR
    """
    if not account.is_active:
        return None
    if account.kind == AccountKind.PERSON:
        person = getattr(account, "person", None)
        if person is None:
            return None
        facts = (person.id, person.name_masked, assurance_level)
        return _person_actor(str(account.id), facts, channel=channel)
    staff = getattr(account, "staff_member", None)
    if staff is None or not staff.is_active:
        return None
    post = (staff.name, staff.agency_code, staff.division_code, staff.posts, staff.roles)
    return _staff_actor(str(account.id), post, stands_in_for=stands_in_for, channel=channel)


def _person_actor(account_id: str, facts: tuple[Any, ...], *, channel: Channel) -> Actor:
    """
    Return the actor of a person.

    :param facts: id, masked name, assurance level
    """
    person_id, name_masked, assurance_level = facts
    return Actor(
        kind=ActorKind.PERSON,
        id=account_id,
        name=name_masked,
        person_id=str(person_id),
        assurance_level=assurance_level,
        channel=channel,
    )


def _staff_actor(
    account_id: str, facts: tuple[Any, ...], *, stands_in_for: list[Any] | str | None, channel: Channel
) -> Actor:
    """
    Return the actor of a member of staff.

    :param facts: name, agency, division, posts, roles
    :param stands_in_for: rows of STANDS_IN_FOR
    """
    name, agency_code, division_code, posts, roles = facts
    absent = _stand_ins(stands_in_for, own=frozenset(posts))
    return Actor(
        kind=ActorKind.STAFF,
        id=account_id,
        name=name,
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset(posts).union(*(colleague.posts for colleague in absent)),
        stands_in_for=absent,
        roles=frozenset(roles),
        channel=channel,
    )


def _stand_ins(rows: list[Any] | str | None, *, own: frozenset[str]) -> tuple[StandIn, ...]:
    """
    Return the absent colleagues who hold posts that the actor does not hold himself.
    """
    if not rows:
        return ()
    parsed = json.loads(rows) if isinstance(rows, str) else rows
    absent = (
        StandIn(account_id=account_id, name=name, posts=frozenset(posts) - own, division_code=division_code)
        for account_id, name, posts, division_code in parsed
    )
    return tuple(colleague for colleague in absent if colleague.posts)
