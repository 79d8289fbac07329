"""
Questions about who somebody is. Personal data come masked; in clear only through services that write it down.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from tongban.foundation import codes, crypto
from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, Channel
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.identity import permissions
from tongban.support.identity.models import Account, Client, Person, SignIn, StaffMember
from tongban.support.identity.values import (
    AccountKind,
    AssuranceLevel,
    ClientFacts,
    Device,
    IdType,
    PersonRef,
    Post,
    Profile,
    StaffRef,
)

SESSION_KEY = "tongban_sign_in"
"""Where Django's session keeps which `SignIn` it belongs to."""
LONGEST_TOKEN = 256
DEVICES_SHOWN = 50


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """
    Where a person is reached.
    """

    person_id: uuid.UUID
    mobile: str
    """Empty: none is known."""


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
    """
    found = (
        SignIn.objects.filter(id=sign_in_id, ended_at__isnull=True, expires_at__gt=at)
        .select_related("account__person", "account__staff_member")
        .first()
    )
    if found is None or found.epoch != found.account.session_epoch:
        return None
    if at - found.seen_at > settings.TONGBAN_IDENTITY.session_idle:
        return None
    actor = _actor_of_account(found.account, channel=channel)
    return OpenSession(actor=actor, sign_in_id=found.id, seen_at=found.seen_at) if actor else None


def actor_for_session(*, sign_in_id: uuid.UUID, channel: Channel, at: datetime) -> Actor:
    """
    Return who is logged in by this sign-in; ANONYMOUS when it has ended. One query.
    """
    session = open_session(sign_in_id=sign_in_id, channel=channel, at=at)
    return session.actor if session else ANONYMOUS


HELD_BY = """
SELECT account.id, account.kind, person.id, person.name_masked, person.assurance_level,
       staff.name, staff.agency_code, staff.division_code, staff.posts, staff.roles,
       client.client_id, client.name, client.agency_code, client.division_code,
       ARRAY(SELECT unnest(token.scopes) INTERSECT SELECT unnest(client.scopes))
FROM identity_accesstoken token
LEFT JOIN identity_account account ON account.id = token.account_id
    AND account.is_active AND account.session_epoch = token.epoch
LEFT JOIN identity_person person ON person.account_id = account.id
LEFT JOIN identity_staffmember staff ON staff.account_id = account.id AND staff.is_active
LEFT JOIN identity_client client ON client.id = token.client_id
    AND client.revoked_at IS NULL AND (client.expires_at IS NULL OR client.expires_at > %(at)s)
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL AND token.expires_at > %(at)s
"""


def actor_for_token(*, token: str, at: datetime) -> Actor | None:
    """
    Return who holds a token of the interface, or None when it is unknown, expired or revoked.

    One statement by unique index, asked for every request: a revoked token ends at once.
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD_BY, {"digest": digest_of_token(token), "at": at})
        row = cursor.fetchone()
    if row is None:
        return None
    if row[0] is not None:
        return _actor_of_token_row(row)
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
    return _staff_actor(account_id, row[5:10], channel=Channel.API) if row[6] else None


def clients(*, actor: Actor) -> list[ClientFacts]:
    """
    Return every system that was ever let in, by id; a node has some dozens. One query.

    :raises NotPermitted: the actor is not an operator
    """
    permissions.require_operator(actor)
    return [client_facts(client) for client in Client.objects.order_by("client_id")]


def client_facts(client: Client) -> ClientFacts:
    """
    Return what operators see of a client.
    """
    return ClientFacts(
        client_id=client.client_id,
        name=client.name,
        scopes=tuple(client.scopes),
        agency_code=client.agency_code,
        division_code=client.division_code,
        created_at=client.created_at,
        expires_at=client.expires_at,
        revoked_at=client.revoked_at,
    )


def digest_of_token(token: str) -> bytes:
    """
    Return the digest under which a token or a client's secret is kept; both are random enough for it.
    """
    return crypto.sm3(token[:LONGEST_TOKEN].encode(errors="replace"))


def profile(*, actor: Actor) -> Profile:
    """
    Return what the account page shows to its owner, masked. One query.

    :raises NotAuthenticated: nobody is logged in
    """
    account = Account.objects.select_related("person", "staff_member").get(
        id=permissions.require_account(actor)
    )
    person = getattr(account, "person", None)
    staff = getattr(account, "staff_member", None)
    level = AssuranceLevel(person.assurance_level) if person else AssuranceLevel.ANONYMOUS
    return Profile(
        kind=AccountKind(account.kind),
        login_name=account.login_name,
        name=person.name_masked if person else staff.name if staff else "",
        id_type_label=str(IdType(person.id_type).label) if person else "",
        id_number_masked=codes.mask_id(person.id_number) if person else "",
        mobile_masked=codes.mask_mobile(person.mobile or "") if person else "",
        assurance_level=level.value,
        assurance_label=str(level.label),
        agency_code=staff.agency_code if staff else "",
        posts=tuple(str(Post(post).label) for post in staff.posts) if staff else (),
        roles=tuple(staff.roles) if staff else (),
        last_login_at=account.last_login_at,
        password_changed_at=account.password_changed_at,
    )


def devices(*, actor: Actor, current: uuid.UUID | None, at: datetime) -> list[Device]:
    """
    Return one's own open sessions, last used first; at most 50. One query, served by index `sign_in_open`.

    :param current: the session the question comes from
    :raises NotAuthenticated: nobody is logged in
    """
    rows = (
        SignIn.objects.filter(
            account_id=permissions.require_account(actor),
            ended_at__isnull=True,
            expires_at__gt=at,
            seen_at__gt=at - settings.TONGBAN_IDENTITY.session_idle,
        )
        .order_by("-seen_at")
        .values_list("id", "address", "user_agent", "started_at", "seen_at")[:DEVICES_SHOWN]
    )
    return [
        Device(
            sign_in_id=sign_in_id,
            address=address or "",
            user_agent=user_agent,
            started_at=started_at,
            seen_at=seen_at,
            is_current=sign_in_id == current,
        )
        for sign_in_id, address, user_agent, started_at, seen_at in rows
    ]


def person_ref(*, person_id: uuid.UUID, actor: Actor) -> PersonRef:
    """
    Return a person, masked. One query.

    :raises NotFound: no such person, or the actor is a person and it is somebody else
    """
    is_own = actor.is_person and actor.person_id == str(person_id)
    if not (is_own or actor.is_staff or actor.is_system):
        raise NotFound
    person = Person.objects.filter(id=person_id).first()
    if person is None:
        raise NotFound
    return PersonRef(
        person_id=person.id,
        id_type=IdType(person.id_type),
        name_masked=person.name_masked,
        id_number_masked=codes.mask_id(person.id_number),
        mobile_masked=codes.mask_mobile(person.mobile or ""),
        assurance_level=person.assurance_level,
        has_account=person.account_id is not None,
    )


def contact_of(*, person_id: uuid.UUID, actor: Actor) -> Contact:
    """
    Return where a person is reached; for the node's own messages only. One query.

    :raises NotPermitted: anybody but the node asks
    :raises NotFound: no such person
    """
    if not actor.is_system:
        raise NotPermitted
    person = Person.objects.filter(id=person_id).only("id", "mobile").first()
    if person is None:
        raise NotFound
    return Contact(person_id=person.id, mobile=person.mobile or "")


def staff_of_agency(*, agency_code: str, post: Post | None, actor: Actor) -> list[StaffRef]:
    """
    Return who works for an agency, by staff code: whom a work item can go to.

    One query, index `staff_of_agency`.

    :param post: only those who hold it
    :raises NotPermitted: the actor is neither staff nor the node
    """
    _require_inside(actor)
    members = StaffMember.objects.filter(agency_code=agency_code, is_active=True, account__is_active=True)
    if post is not None:
        members = members.filter(posts__contains=[post])
    return [_staff_ref(member) for member in members.order_by("staff_code")]


def staff_by_ids(*, account_ids: Iterable[uuid.UUID], actor: Actor) -> dict[uuid.UUID, StaffRef]:
    """
    Return members of staff by account, former ones too; unknown ones are missing. One query.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    _require_inside(actor)
    members = StaffMember.objects.filter(account_id__in=list(account_ids))
    return {member.account_id: _staff_ref(member) for member in members}


def find_staff(*, account_id: uuid.UUID, actor: Actor) -> StaffRef | None:
    """
    Return a member of staff who is at work, or None. One query.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    _require_inside(actor)
    member = StaffMember.objects.filter(
        account_id=account_id, is_active=True, account__is_active=True
    ).first()
    return _staff_ref(member) if member else None


def _require_inside(actor: Actor) -> None:
    if not (actor.is_staff or actor.is_system):
        raise NotPermitted


def _staff_ref(member: StaffMember) -> StaffRef:
    return StaffRef(
        account_id=member.account_id,
        staff_code=member.staff_code,
        name=member.name,
        agency_code=member.agency_code,
        division_code=member.division_code,
        posts=frozenset(member.posts),
        roles=frozenset(member.roles),
    )


def _actor_of_account(account: Account, *, channel: Channel) -> Actor | None:
    """
    Return the actor behind an account, or None when it is closed or nobody stands behind it any more.
    """
    if not account.is_active:
        return None
    if account.kind == AccountKind.PERSON:
        person = getattr(account, "person", None)
        if person is None:
            return None
        facts = (person.id, person.name_masked, person.assurance_level)
        return _person_actor(str(account.id), facts, channel=channel)
    staff = getattr(account, "staff_member", None)
    if staff is None or not staff.is_active:
        return None
    post = (staff.name, staff.agency_code, staff.division_code, staff.posts, staff.roles)
    return _staff_actor(str(account.id), post, channel=channel)


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


def _staff_actor(account_id: str, facts: tuple[Any, ...], *, channel: Channel) -> Actor:
    """
    Return the actor of a member of staff.

    :param facts: name, agency, division, posts, roles
    """
    name, agency_code, division_code, posts, roles = facts
    return Actor(
        kind=ActorKind.STAFF,
        id=account_id,
        name=name,
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset(posts),
        roles=frozenset(roles),
        channel=channel,
    )
