"""
Who may see drafts, and who may change the catalogue.
"""

from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotPermitted
from tongban.support.identity.values import Role

WRITE_SCOPE = "catalogue:write"
KEEPERS = frozenset({Role.OPERATOR.value, Role.CATALOGUE_EDITOR.value})


def may_see_unpublished(actor: Actor) -> bool:
    """
    Tell whether drafts, suspended and retired offerings may be shown to `actor`.
    """
    return actor.is_system or (actor.is_staff and bool(actor.roles & KEEPERS))


def require_manager(actor: Actor) -> None:
    """
    Let the node itself and its operators pass; they keep the whole catalogue.

    :raises NotPermitted: anybody else
    """
    if actor.is_system or (actor.is_staff and Role.OPERATOR in actor.roles):
        return
    raise NotPermitted(action="catalogue.change")


def require_keeper_of(actor: Actor, *, agency_code: str) -> None:
    """
    Let those pass who keep the whole catalogue, or as editors or systems the offerings of this agency.

    :raises NotPermitted: anybody else
    """
    is_editor = actor.is_staff and Role.CATALOGUE_EDITOR in actor.roles
    if (is_editor or WRITE_SCOPE in actor.scopes) and actor.agency_code == agency_code:
        return
    require_manager(actor)
