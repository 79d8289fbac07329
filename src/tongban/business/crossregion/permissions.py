"""
Who may take applications for other cities, and who may know of them.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.business.crossregion.models import Intake
from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Columns, Decision, Reach, Reason, area_prefix, no, yes
from tongban.support.identity.values import Post

COUNTER_POSTS: Final = frozenset({Post.ACCEPTANCE, Post.COUNTER})
INTAKE_COLUMNS: Final = Columns(agency="agency_code", division="division_code")


def intake_reach(actor: Actor) -> Reach:
    """
    Return which intakes an actor may know of: clerks those of their agency, one-stop counters those of their area too.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if not actor.is_staff or not actor.posts & COUNTER_POSTS:
        return Reach(refusal=Reason.NO_POST)
    prefix = area_prefix(actor, post=Post.COUNTER) if Post.COUNTER in actor.posts else None
    return Reach(agency_code=actor.agency_code, division_prefix=prefix, refusal=Reason.OTHER_AGENCY)


class IntakeUnknown(NotFound):
    """
    No such application was taken here, or the actor may not know of it.
    """

    code = "intake_unknown"
    message = _("没有这件异地收件")


@policy.action("crossregion.intake.take", title=_("异地收件"), for_people_only=True)
def take_intake(actor: Actor) -> Decision:
    """
    Let clerks with the post 受理人 or 综合窗口 take applications for other cities.
    """
    return yes(Reason.POST) if actor.is_staff and actor.posts & COUNTER_POSTS else no(Reason.NO_POST)


@policy.action("crossregion.intake.list", title=_("列出异地收件"))
def list_intakes(actor: Actor) -> Decision:
    """
    Let through who may know of any intake at all.
    """
    reach = intake_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.POST)


@policy.action("crossregion.intake.read", title=_("查看异地收件"), hides=True, error=IntakeUnknown)
def read_intake(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
    """
    Let through whom `intake_reach` lets know of it; who reads it may hand in corrections and the result, too.
    """
    return intake_reach(actor).decide(agency_code=agency_code, division_code=division_code)


def seen_intake(row: Intake | None, *, actor: Actor) -> Intake:
    """
    Return the row to who may know of it.

    :raises IntakeUnknown: there is none, or the actor may not know of it
    """
    if row is None:
        raise IntakeUnknown
    read_intake.require(actor, agency_code=row.agency_code, division_code=row.division_code)
    return row


audit.entitle(
    {
        "crossregion.intake.supplement": _("异地补正"),
        "crossregion.intake.deliver": _("异地送达"),
        "crossregion.intake.told": _("收到异地办件进度"),
        "crossregion.handin.done": _("接收异地来件"),
        "crossregion.handin.refused": _("未接收异地来件"),
    }
)
