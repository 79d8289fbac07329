"""
Who may work on an item: staff of the agency who hold the post, and the agency's own system, which holds them all.
"""

from typing import Final
from uuid import UUID, uuid5

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, yes
from tongban.support.identity.values import Role

WRITE_SCOPE: Final = "handling:write"
"""What a system must have been granted to take handling's place in its agency."""
WORK_COLUMNS: Final = Columns(agency="agency_code")
"""Whose a row of `handling_workitem` is."""
CLIENTS: Final = UUID("6f8d2b0e-5a1c-5c0b-9d7e-2f64c1b3a785")
"""Namespace of the ids under which systems take items up (RFC 9562 version 5)."""


def is_agency_system(actor: Actor) -> bool:
    """
    Return whether the actor is a system that may take handling's place in its agency.
    """
    return actor.kind is ActorKind.CLIENT and bool(actor.agency_code) and WRITE_SCOPE in actor.scopes


def work_reach(actor: Actor) -> Reach:
    """
    Return whose work the actor may know of: that of his agency who holds a post in it, supervises it, or is its system.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if actor.is_staff:
        is_at_work = bool(actor.posts) or Role.SUPERVISOR in actor.roles
        reason = Reason.OTHER_AGENCY if is_at_work else Reason.NO_POST
        return Reach(agency_code=actor.agency_code if is_at_work else None, refusal=reason)
    if is_agency_system(actor):
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_SCOPE if actor.kind is ActorKind.CLIENT else Reason.NOT_FOR_THIS_KIND)


@policy.action("handling.work_item.list", title=_("列出待办"), for_people_only=True)
def list_work(actor: Actor) -> Decision:
    """
    Let staff of an agency, and its systems with the scope handling:write, list the open items of their posts.
    """
    if actor.is_staff:
        return yes(Reason.AGENCY) if actor.agency_code else no(Reason.OTHER_AGENCY)
    if is_agency_system(actor):
        return yes(Reason.SCOPE)
    return no(Reason.NO_SCOPE if actor.kind is ActorKind.CLIENT else Reason.NOT_FOR_THIS_KIND)


@policy.action("handling.work_item.read", title=_("查看待办"), hides=True)
def read_work(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let staff with a post and supervisors know of their agency's work, and its systems with handling:write.
    """
    return work_reach(actor).decide(agency_code=agency_code)


@policy.action("handling.work_item.work", title=_("办理待办"), for_people_only=True)
def work(actor: Actor, *, post: str) -> Decision:
    """
    Let who holds the post of the item work on it; the agency's own system stands for every post of it.
    """
    if is_agency_system(actor):
        return yes(Reason.SCOPE)
    return yes(Reason.POST) if post in actor.posts else no(Reason.NO_POST)


@policy.action("handling.work_item.hand_over", title=_("移交待办"), for_people_only=True)
def hand_over(actor: Actor) -> Decision:
    """
    Let staff give an item to a colleague; a system answers for its work itself.
    """
    return yes(Reason.POST) if actor.is_staff else no(Reason.NOT_FOR_THIS_KIND)


@policy.action("handling.work_item.list_done", title=_("查看本人已办"), for_people_only=True)
def list_done(actor: Actor) -> Decision:
    """
    Let staff look back at what they ended themselves, in the agency they work for now.
    """
    return yes(Reason.OWN) if actor.is_staff else no(Reason.NOT_FOR_THIS_KIND)


def require_work(actor: Actor, *, item_id: UUID, agency_code: str, post: str) -> None:
    """
    Refuse an actor of another agency, or without the post.

    :raises NotFound: the actor may not know of the item
    :raises NotPermitted: the actor sees the item but does not hold the post
    """
    if not read_work.allows(actor, agency_code=agency_code):
        raise NotFound(item_id=str(item_id))
    work.require(actor, post=post)


def worker_id(actor: Actor) -> UUID | None:
    """
    Return the id under which the actor takes items up, None for those who take none up.

    That of an account for staff; for a system, one that is always the same for the same client.
    """
    if actor.is_staff:
        return UUID(actor.id)
    return uuid5(CLIENTS, actor.id) if is_agency_system(actor) else None


audit.entitle(
    {
        "handling.work_item.settle": _("待办自动了结"),
        "handling.work_item.conclude": _("办结待办"),
    }
)
