"""
Who may see drafts, and who may change the catalogue.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted

CATALOGUE_MANAGER = "catalogue_manager"
"""Role of staff who keep the whole node's catalogue (编制、政务服务管理机构)."""
CATALOGUE_EDITOR = "catalogue_editor"
"""Role of staff who keep the offerings of their own agency."""


def may_see_unpublished(actor: Actor) -> bool:
    """
    Tell whether drafts, suspended and retired offerings may be shown to `actor`.
    """
    return actor.is_system or (actor.is_staff and bool(actor.roles & {CATALOGUE_MANAGER, CATALOGUE_EDITOR}))


def require_manager(actor: Actor) -> None:
    """
    Let the node itself and keepers of the whole catalogue pass.

    :raises NotPermitted: anybody else
    """
    if actor.is_system or (actor.is_staff and CATALOGUE_MANAGER in actor.roles):
        return
    raise NotPermitted(action="catalogue.change")


def require_keeper_of(actor: Actor, *, agency_code: str) -> None:
    """
    Let those pass who keep the whole catalogue, or the offerings of this agency.

    :raises NotPermitted: anybody else
    """
    if actor.is_staff and CATALOGUE_EDITOR in actor.roles and actor.agency_code == agency_code:
        return
    require_manager(actor)
