"""
Who may see and add files.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.support.documents.ports import policy_of
from tongban.support.documents.values import Owner


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
