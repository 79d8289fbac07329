"""
Who may dock a system, and who may watch over what it sends.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, yes

OPERATOR: Final = "OPERATOR"
DATA_REVIEWER: Final = "DATA_REVIEWER"
DATA_STEWARD: Final = "DATA_STEWARD"
"""Roles of staff; this layer cannot import the list of roles."""
HANDLING_SCOPE: Final = "handling:write"
"""What a client must have been granted to report by the interface."""

SYSTEM_COLUMNS: Final = Columns(agency="agency_code")
MESSAGE_COLUMNS: Final = Columns(agency="system__agency_code")


def system_reach(actor: Actor) -> Reach:
    """
    Return which systems the actor may know of: operators and reviewers of all, stewards of those of their agency.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if not actor.is_staff:
        return Reach(refusal=Reason.NOT_FOR_THIS_KIND)
    if actor.roles & {OPERATOR, DATA_REVIEWER}:
        return Reach(is_everything=True)
    if DATA_STEWARD in actor.roles:
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_ROLE)


@policy.action("docking.system.watch", title=_("查看系统对接"), hides=True)
def watch_system(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let operators and reviewers of data watch over every system, stewards of data over those of their agency.
    """
    return system_reach(actor).decide(agency_code=agency_code)


@policy.action("docking.system.list", title=_("列出对接系统"))
def list_systems(actor: Actor) -> Decision:
    """
    Let through who may know of any system at all.
    """
    reach = system_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.ROLE)


@policy.action("docking.system.manage", title=_("登记和启停对接系统"))
def manage_systems(actor: Actor) -> Decision:
    """
    Let operators register systems, change their settings, let them go live, suspend them and replay messages.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.ROLE) if OPERATOR in actor.roles else no(Reason.NO_ROLE)


@policy.action("docking.message.exchange", title=_("以系统身份报送和取件"), for_people_only=True)
def exchange_messages(actor: Actor) -> Decision:
    """
    Let a client with the scope handling:write report and fetch as the system it is registered for.
    """
    if actor.kind is not ActorKind.CLIENT:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.SCOPE) if HANDLING_SCOPE in actor.scopes else no(Reason.NO_SCOPE)


audit.entitle(
    {
        "docking.system.register": _("登记对接系统"),
        "docking.system.change": _("修改对接系统"),
        "docking.system.certify": _("签发对接检测证书"),
        "docking.system.test": _("开始对接联调"),
        "docking.system.go_live": _("对接系统正式运行"),
        "docking.system.stall": _("对接系统受阻"),
        "docking.system.suspend": _("暂停对接系统"),
        "docking.message.replay": _("重放对接消息"),
        "docking.case.return": _("收回交办办件"),
    }
)
