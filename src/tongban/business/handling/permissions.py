"""
Who may work on an item: staff of the agency who hold the post, and the agency's own system, which holds them all.
"""

from typing import Final
from uuid import UUID, uuid5

from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.identity.values import Role

WRITE_SCOPE: Final = "handling:write"
"""What a system must have been granted to take handling's place in its agency."""
CLIENTS: Final = UUID("6f8d2b0e-5a1c-5c0b-9d7e-2f64c1b3a785")
"""Namespace of the ids under which systems take items up (RFC 9562 version 5)."""


def is_agency_system(actor: Actor) -> bool:
    """
    Return whether the actor is a system that may take handling's place in its agency.
    """
    return actor.kind is ActorKind.CLIENT and bool(actor.agency_code) and WRITE_SCOPE in actor.scopes


def may_see(actor: Actor, *, agency_code: str) -> bool:
    """
    Return whether the actor may know of work of this agency: who holds a post in it, supervises it, or is its system.
    """
    works_here = actor.is_staff and (bool(actor.posts) or Role.SUPERVISOR in actor.roles)
    is_inside = works_here or is_agency_system(actor)
    return actor.is_system or (is_inside and actor.agency_code == agency_code)


def holds_post(actor: Actor, *, post: str) -> bool:
    """
    Return whether the actor holds the post; the agency's own system stands for every post of it.
    """
    return post in actor.posts or is_agency_system(actor)


def require_post(actor: Actor, *, agency_code: str, post: str) -> None:
    """
    Refuse an actor of another agency, or without the post.

    :raises NotFound: the actor may not know of the item
    :raises NotPermitted: the actor sees the item but does not hold the post
    """
    if not may_see(actor, agency_code=agency_code):
        raise NotFound
    if not holds_post(actor, post=post):
        raise NotPermitted(post=post)


def worker_id(actor: Actor) -> UUID | None:
    """
    Return the id under which the actor takes items up, None for those who take none up.

    That of an account for staff; for a system, one that is always the same for the same client.
    """
    if actor.is_staff:
        return UUID(actor.id)
    return uuid5(CLIENTS, actor.id) if is_agency_system(actor) else None
