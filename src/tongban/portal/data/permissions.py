"""
Who may open 数据共享工作台; what stands on its pages is for the apps that own it.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Role

AT_WORK_HERE: Final = frozenset(
    {Role.DATA_STEWARD, Role.DATA_REVIEWER, Role.OPERATOR, Role.SECURITY_ADMINISTRATOR, Role.SUPERVISOR}
)


@policy.action("data.page.open", title=_("打开数据共享工作台"), for_people_only=True)
def open_room(actor: Actor) -> Decision:
    """
    Let in who looks after data, runs the node or watches over both.
    """
    if actor.kind is ActorKind.ANONYMOUS:
        return no(Reason.NOT_LOGGED_IN)
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.ROLE) if actor.roles & AT_WORK_HERE else no(Reason.NO_ROLE)
