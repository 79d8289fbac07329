"""
Who may change the base registers.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes

OPERATOR: Final = "OPERATOR"
"""Role of staff who run the node; this layer cannot import the list of roles."""


@policy.action("registers.register.change", title=_("维护基础名录"))
def change_register(actor: Actor) -> Decision:
    """
    Let system administrators load divisions and agencies.
    """
    return yes(Reason.ROLE) if actor.is_staff and OPERATOR in actor.roles else no(Reason.NO_ROLE)


audit.entitle(
    {
        "registers.agencies.load": _("装入机构目录"),
        "registers.divisions.load": _("装入行政区划"),
    }
)
