"""
Who may do what in identity.
"""

from uuid import UUID

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotAuthenticated, NotPermitted
from tongban.support.identity.values import Post, Role


def require_account(actor: Actor) -> UUID:
    """
    Return the account of somebody who is logged in.

    :raises NotAuthenticated: nobody is
    """
    if not (actor.is_person or actor.is_staff):
        raise NotAuthenticated
    return UUID(actor.id)


def require_person(actor: Actor) -> UUID:
    """
    Return the person who is logged in.

    :raises NotAuthenticated: nobody is, or not as a person
    """
    if actor.person_id is None or not actor.is_person:
        raise NotAuthenticated
    return UUID(actor.person_id)


def require_operator(actor: Actor) -> None:
    """
    Refuse everybody but operators and the node itself.

    :raises NotPermitted: the actor is neither
    """
    if not actor.is_system and not (actor.is_staff and Role.OPERATOR in actor.roles):
        raise NotPermitted


def require_counter(actor: Actor) -> None:
    """
    Refuse everybody who does not work at a counter.

    :raises NotPermitted: the actor holds neither the counter's nor an acceptance post
    """
    if not (actor.is_staff and actor.posts & {Post.COUNTER, Post.ACCEPTANCE}):
        raise NotPermitted


def require_reason_to_know(actor: Actor, *, person_id: UUID, subject: str) -> None:
    """
    Refuse who may not read a person's data in clear.

    The person may, the node may, and staff who hold a post may for a named case; whether the case is theirs
    is for casework to have decided.

    :param subject: case the data are needed for
    :raises NotPermitted: none of these
    """
    if actor.is_system or (actor.is_person and actor.person_id == str(person_id)):
        return
    if not (actor.is_staff and actor.posts and subject):
        raise NotPermitted
