"""
Who may change the base registers.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted

REGISTER_KEEPER = "register_keeper"
"""Role of staff who keep divisions and agencies."""


def require_register_keeper(actor: Actor) -> None:
    """
    Let the node itself and keepers of the registers pass.

    :raises NotPermitted: anybody else
    """
    if actor.is_system or (actor.is_staff and REGISTER_KEEPER in actor.roles):
        return
    raise NotPermitted(action="registers.change")
