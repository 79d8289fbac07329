"""
Who may read which messages.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, own_reach, yes
from tongban.support.identity.values import Role

MESSAGE_COLUMNS: Final = Columns(principal="recipient_person_id")
"""Whose a row of `messaging_message` is."""


def inbox_reach(actor: Actor) -> Reach:
    """
    Return which messages the actor may read: the own ones, or those of whom he acts for with the function QUERY.
    """
    if actor.is_person:
        return own_reach(actor, function=MandateFunction.QUERY)
    is_nobody = actor.kind is ActorKind.ANONYMOUS
    return Reach(refusal=Reason.NOT_LOGGED_IN if is_nobody else Reason.NOT_FOR_THIS_KIND)


@policy.action("messaging.inbox.read", title=_("查看消息"), for_people_only=True)
def read_inbox(actor: Actor) -> Decision:
    """
    Let a person read the own inbox, or that of whom he acts for; staff and systems have none.
    """
    reach = inbox_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.OWN)


@policy.action("messaging.notice.read", title=_("查看工作台消息"), for_people_only=True)
def read_notices(actor: Actor) -> Decision:
    """
    Let a member of staff read what he was told at the desk.
    """
    return yes(Reason.OWN) if actor.is_staff else no(Reason.NOT_FOR_THIS_KIND)


@policy.action("messaging.text.read_state", title=_("查看短信发送情况"))
def read_text_state(actor: Actor) -> Decision:
    """
    Let system administrators see what became of short messages; neither numbers nor texts.
    """
    return yes(Reason.ROLE) if actor.is_staff and Role.OPERATOR in actor.roles else no(Reason.NO_ROLE)


audit.entitle(
    {
        "messaging.message.send": _("发送消息"),
    }
)
