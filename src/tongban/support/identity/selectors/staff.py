"""
Members of staff.
"""

import uuid
from collections.abc import Iterable

from tongban.foundation.actors import Actor
from tongban.support.identity import permissions
from tongban.support.identity.models import StaffMember
from tongban.support.identity.values import (
    Post,
    Role,
    StaffRef,
)


def staff_of_agency(*, agency_code: str, post: Post | None, actor: Actor) -> list[StaffRef]:
    """
    Return who works for an agency, by staff code: whom a work item can go to.

    One query, index `staff_of_agency`.

    :param post: only those who hold it
    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    members = StaffMember.objects.filter(agency_code=agency_code, is_active=True, account__is_active=True)
    if post is not None:
        members = members.filter(posts__contains=[post])
    return [_staff_ref(member) for member in members.order_by("staff_code")]


def staff_with_role(*, role: Role, actor: Actor) -> list[StaffRef]:
    """
    Return who holds a role, wherever in the node's area, by staff code. One query; few hold one.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    members = StaffMember.objects.filter(roles__contains=[role], is_active=True, account__is_active=True)
    return [_staff_ref(member) for member in members.order_by("staff_code")]


def staff_by_ids(*, account_ids: Iterable[uuid.UUID], actor: Actor) -> dict[uuid.UUID, StaffRef]:
    """
    Return members of staff by account, former ones too; unknown ones are missing. One query.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    members = StaffMember.objects.filter(account_id__in=list(account_ids))
    return {member.account_id: _staff_ref(member) for member in members}


def find_staff(*, account_id: uuid.UUID, actor: Actor) -> StaffRef | None:
    """
    Return a member of staff who is at work, or None. One query.

    :raises NotPermitted: the actor is neither staff nor the node
    """
    permissions.read_staff.require(actor)
    member = StaffMember.objects.filter(
        account_id=account_id, is_active=True, account__is_active=True
    ).first()
    return _staff_ref(member) if member else None


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
