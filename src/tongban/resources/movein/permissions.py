"""
Who lets an older platform move in, and who may see how far it is.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes

OPERATOR: Final = "OPERATOR"
DATA_REVIEWER: Final = "DATA_REVIEWER"
"""Roles of staff; this layer cannot import the list of roles."""


@policy.action("movein.platform.watch", title=_("查看平台迁入"))
def watch_platforms(actor: Actor) -> Decision:
    """
    Let operators and reviewers of data see old platforms, reports of losses and conflicts.
    """
    return _by_role(actor, OPERATOR, DATA_REVIEWER)


@policy.action("movein.platform.manage", title=_("登记和运行平台迁入"))
def manage_platforms(actor: Actor) -> Decision:
    """
    Let operators register old platforms, load, follow, and cut items over.
    """
    return _by_role(actor, OPERATOR)


@policy.action("movein.conflict.decide", title=_("裁定迁入冲突"))
def decide_conflicts(actor: Actor) -> Decision:
    """
    Let operators and reviewers of data say which platform is believed.
    """
    return _by_role(actor, OPERATOR, DATA_REVIEWER)


def _by_role(actor: Actor, *roles: str) -> Decision:
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.ROLE) if actor.roles & set(roles) else no(Reason.NO_ROLE)


audit.entitle(
    {
        "movein.platform.register": _("登记原平台"),
        "movein.platform.map": _("更换迁入映射"),
        "movein.platform.load": _("装入原平台办件"),
        "movein.platform.follow": _("与原平台并行运行"),
        "movein.platform.pause": _("暂停与原平台并行"),
        "movein.platform.end": _("停用原平台"),
        "movein.item.cut_over": _("事项切换到新平台"),
        "movein.item.go_back": _("事项退回原平台"),
        "movein.conflict.decide": _("裁定迁入冲突"),
    }
)
