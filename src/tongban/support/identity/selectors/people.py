"""
Persons, and what the owner of an account sees of himself.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from tongban.foundation import codes
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.support.identity import permissions
from tongban.support.identity.models import Account, Person, SignIn, found_level, level_at
from tongban.support.identity.selectors.actors import longest_idle
from tongban.support.identity.values import (
    AccountKind,
    AssuranceLevel,
    Device,
    IdType,
    PersonRef,
    Post,
    Profile,
    Role,
)

DEVICES_SHOWN = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """
    Where a person is reached.
    """

    person_id: uuid.UUID
    mobile: str
    """Empty: none is known."""


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
    level = AssuranceLevel(actor.assurance_level) if person else AssuranceLevel.ANONYMOUS
    return Profile(
        kind=AccountKind(account.kind),
        login_name=account.login_name,
        name=person.name_masked if person else staff.name if staff else "",
        id_type_label=_document_of(person) if person else "",
        id_number_masked=codes.mask_id(person.id_number) if person else "",
        mobile_masked=codes.mask_mobile(person.mobile or "") if person else "",
        assurance_level=level.value,
        assurance_label=str(level.label),
        agency_code=staff.agency_code if staff else "",
        posts=tuple(str(Post(post).label) for post in staff.posts) if staff else (),
        roles=tuple(str(Role(role).label) for role in staff.roles) if staff else (),
        last_login_at=account.last_login_at,
        password_changed_at=account.password_changed_at,
    )


def _document_of(person: Person) -> str:
    """
    Return what document somebody is known by; residence permits share the code of identity cards, not their name.
    """
    if person.id_type == IdType.RESIDENT_ID and person.id_number[:2] in codes.PERMIT_PROVINCES:
        return str(_("港澳台居民居住证"))
    return str(IdType(person.id_type).label)


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
            seen_at__gt=at - longest_idle(AccountKind.STAFF if actor.is_staff else AccountKind.PERSON),
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


def person_ref(*, person_id: uuid.UUID, actor: Actor, at: datetime) -> PersonRef:
    """
    Return a person, masked. One query.

    :raises NotFound: no such person, or the actor may not know of him
    """
    person = Person.objects.annotate(assurance_level=level_at(at)).filter(id=person_id).first()
    if person is None or not permissions.read_person.allows(actor, person_id=person_id):
        raise NotFound
    return PersonRef(
        person_id=person.id,
        id_type=IdType(person.id_type),
        name_masked=person.name_masked,
        id_number_masked=codes.mask_id(person.id_number),
        mobile_masked=codes.mask_mobile(person.mobile or ""),
        assurance_level=found_level(person),
        has_account=person.account_id is not None,
    )


def account_of(*, person_id: uuid.UUID) -> uuid.UUID | None:
    """
    Return the account of a person, None where he has none. For the node itself. One query.
    """
    found: uuid.UUID | None = Person.objects.filter(id=person_id).values_list("account_id", flat=True).first()
    return found


def contact_of(*, person_id: uuid.UUID, actor: Actor) -> Contact:
    """
    Return where a person is reached; for the node's own messages only. One query.

    :raises NotPermitted: anybody but the node asks
    :raises NotFound: no such person
    """
    permissions.contact_person.require(actor)
    person = Person.objects.filter(id=person_id).only("id", "mobile").first()
    if person is None:
        raise NotFound
    return Contact(person_id=person.id, mobile=person.mobile or "")
