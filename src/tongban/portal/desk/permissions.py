"""
Who may open which pages of 办理台; what stands on them is for the apps that own it.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import THREE_ADMINISTRATORS, Post

COUNTER_POSTS: Final = frozenset({Post.ACCEPTANCE, Post.COUNTER})
ADMINISTRATORS: Final = frozenset(role.value for role in THREE_ADMINISTRATORS)


@policy.action("desk.page.open", title=_("打开办理台"), for_people_only=True)
def open_desk(actor: Actor) -> Decision:
    """
    Let staff in.
    """
    if actor.is_staff:
        return yes(Reason.POST)
    return no(Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND)


@policy.action("desk.work.open", title=_("打开办件列表"), for_people_only=True)
def open_work(actor: Actor) -> Decision:
    """
    Let staff in, but for those who administer and do nothing else: the three administrators see their own consoles.
    """
    if not actor.is_staff:
        return open_desk.decide(actor)
    administers_only = not actor.posts and bool(actor.roles) and actor.roles <= ADMINISTRATORS
    return no(Reason.NO_POST) if administers_only else yes(Reason.POST)


@policy.action("desk.counter.open", title=_("打开窗口受理"), for_people_only=True)
def open_counter(actor: Actor) -> Decision:
    """
    Let who holds the post 受理人 or 综合窗口 take applications in.
    """
    return yes(Reason.POST) if actor.is_staff and actor.posts & COUNTER_POSTS else no(Reason.NO_POST)
