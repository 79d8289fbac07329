"""
Who may see drafts, and who may change the catalogue.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.catalogue.values import OfferingState
from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Role

WRITE_SCOPE: Final = "catalogue:write"
KEEPERS: Final = frozenset({Role.OPERATOR, Role.CATALOGUE_EDITOR})


@policy.action("catalogue.offering.read", title=_("查看事项"), hides=True)
def read_offering(actor: Actor, *, state: str) -> Decision:
    """
    Show what is in use to everybody; drafts, suspended and retired offerings to keepers of the catalogue.
    """
    if state == OfferingState.IN_USE:
        return yes(Reason.PUBLIC)
    return read_unpublished.decide(actor)


@policy.action("catalogue.offering.read_unpublished", title=_("查看未公布的事项"), hides=True)
def read_unpublished(actor: Actor) -> Decision:
    """
    Show drafts, suspended and retired offerings to staff who keep the catalogue.
    """
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & KEEPERS else no(Reason.NO_ROLE)


@policy.action("catalogue.catalogue.change", title=_("维护全部事项目录"))
def change_catalogue(actor: Actor) -> Decision:
    """
    Let system administrators keep the whole catalogue.
    """
    return yes(Reason.ROLE) if actor.is_staff and Role.OPERATOR in actor.roles else no(Reason.NO_ROLE)


@policy.action("catalogue.offering.change", title=_("维护本机构事项"))
def change_offering(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let editors and systems with catalogue:write keep their agency's offerings, and who keeps the whole catalogue, all.
    """
    is_editor = actor.is_staff and Role.CATALOGUE_EDITOR in actor.roles
    if not (is_editor or WRITE_SCOPE in actor.scopes):
        return change_catalogue.decide(actor)
    if agency_code and actor.agency_code == agency_code:
        return yes(Reason.ROLE if is_editor else Reason.SCOPE)
    return policy.first_yes(no(Reason.OTHER_AGENCY), change_catalogue.decide(actor))


audit.entitle(
    {
        "catalogue.code_lists.load": _("装入代码表"),
        "catalogue.items.import": _("导入事项"),
        "catalogue.offering.publish": _("发布实施清单"),
        "catalogue.offering.change_state": _("变更实施清单状态"),
    }
)
