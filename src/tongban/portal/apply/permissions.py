"""
Whose a draft is.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotAuthenticated


def owner_of(actor: Actor) -> str:
    """
    Return the owner under which the actor's drafts are kept.

    :raises NotAuthenticated: nobody is logged in
    """
    if actor.is_person:
        return f"PERSON:{actor.person_id}"
    if actor.is_staff:
        return f"STAFF:{actor.id}"
    if actor.kind.value == "CLIENT":
        return f"CLIENT:{actor.id}"
    raise NotAuthenticated


def owns(actor: Actor, owner: str) -> bool:
    """
    Return whether the actor is the owner.
    """
    try:
        return owner_of(actor) == owner
    except NotAuthenticated:
        return False
