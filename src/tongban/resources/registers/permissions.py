"""
Who may change the base registers.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted

OPERATOR = "OPERATOR"
"""Role of staff who run the node; this layer cannot import the list of roles."""


def require_register_keeper(actor: Actor) -> None:
    """
    Let the node itself and its operators pass.

    :raises NotPermitted: anybody else
    """
    if actor.is_system or (actor.is_staff and OPERATOR in actor.roles):
        return
    raise NotPermitted(action="registers.change")
