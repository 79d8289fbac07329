"""
Who may work on an item: staff of the agency who hold the post.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound, NotPermitted


def may_see(actor: Actor, *, agency_code: str) -> bool:
    """
    Return whether the actor may know of work of this agency.
    """
    return actor.is_system or (actor.is_staff and actor.agency_code == agency_code)


def require_post(actor: Actor, *, agency_code: str, post: str) -> None:
    """
    Refuse an actor of another agency, or without the post.

    :raises NotFound: the actor may not know of the item
    :raises NotPermitted: the actor sees the item but does not hold the post
    """
    if not may_see(actor, agency_code=agency_code):
        raise NotFound
    if post not in actor.posts:
        raise NotPermitted(post=post)
