"""
Who may see and add files.
"""

from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound, NotPermitted
from tongban.support.documents.ports import policy_of
from tongban.support.documents.values import Owner

WRITE_SCOPE = "cases:write"


class FileNotFound(NotFound):
    """
    There is no such file, or the actor may not know that there is.
    """

    code = "file_not_found"


def require_owner_access(actor: Actor, owner: Owner) -> None:
    """
    Refuse an actor to whom the owner's app does not show the owner.

    The refusal is the same as for a file that does not exist: ids of files say nothing about others.

    :raises FileNotFound: the policy says no, or no app registered this kind of owner
    """
    if actor.is_system:
        return
    policy = policy_of(owner.kind)
    if policy is None or not policy(actor, owner.key):
        raise FileNotFound


def require_may_add(actor: Actor) -> None:
    """
    Refuse another system that was let in to read only; to what people may add, the owner's policy says.

    :raises NotPermitted: a system without the scope cases:write
    """
    if actor.kind is ActorKind.CLIENT and WRITE_SCOPE not in actor.scopes:
        raise NotPermitted(scope=WRITE_SCOPE)
