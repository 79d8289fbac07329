"""
Who may read a ledger of looks, object, answer, take data away, close an account.
"""

from collections.abc import Collection
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.policy import (
    Columns,
    Decision,
    Reach,
    Reason,
    area_prefix,
    no,
    own_reach,
    yes,
)
from tongban.support.identity.values import Post, Role

ANSWERING_POSTS: Final = frozenset({Post.DECISION, Post.REVIEW})
OBJECTION_COLUMNS: Final = Columns(principal="principal_id", agency="agency_code", division="division_code")
"""Whose a row of `privacy_objection` is."""


@policy.action("privacy.ledger.read", title=_("查看谁看过我的数据"), for_people_only=True)
def read_ledger(actor: Actor) -> Decision:
    """
    Let a person read the own ledger of looks, or that of whom he acts for with the function QUERY; nobody else.

    A mandate for some items does not reach it: it names all there are.
    """
    if not actor.is_person:
        return no(_reason_of(actor))
    reach = own_reach(actor, function=MandateFunction.QUERY)
    if reach.is_nothing:
        return no(reach.refusal)
    if reach.items is not None:
        return no(Reason.MANDATE_LACKS_ITEM)
    return yes(Reason.MANDATE if actor.acting_for else Reason.OWN)


@policy.action("privacy.objection.raise", title=_("对查看提出异议"), for_people_only=True)
def raise_objection(actor: Actor) -> Decision:
    """
    Let whoever may read a ledger object to what stands in it.
    """
    return read_ledger.decide(actor)


def objection_reach(actor: Actor) -> Reach:
    """
    Return which objections staff may know of: those to looks of their agency, supervisors those of their area too.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if actor.is_person:
        return own_reach(actor, function=MandateFunction.QUERY)
    if not actor.is_staff:
        return Reach(refusal=_reason_of(actor))
    if Role.SUPERVISOR in actor.roles:
        return Reach(
            agency_code=actor.agency_code, division_prefix=area_prefix(actor), refusal=Reason.OUTSIDE_AREA
        )
    if actor.posts & ANSWERING_POSTS:
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_POST)


@policy.action("privacy.objection.list", title=_("列出对查看的异议"), for_people_only=True)
def list_objections(actor: Actor) -> Decision:
    """
    Let staff with the post 审查 or 决定 see the objections to looks of their agency, supervisors those of their area.
    """
    if actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    reach = objection_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.AGENCY)


@policy.action("privacy.objection.read", title=_("查看异议"), hides=True)
def read_objection(actor: Actor, *, principal_id: str, agency_code: str, division_code: str) -> Decision:
    """
    Let the person who objects, staff who answer for the agency, and supervisors of its area read an objection.
    """
    return objection_reach(actor).decide(
        principal_id=principal_id, agency_code=agency_code, division_code=division_code
    )


@policy.action("privacy.objection.answer", title=_("答复异议"), for_people_only=True)
def answer_objection(
    actor: Actor, *, agency_code: str, division_code: str, looker_ids: Collection[str]
) -> Decision:
    """
    Let staff who may read it answer, but never whoever looked: nobody judges himself.
    """
    if not actor.is_staff:
        return no(_reason_of(actor))
    decision = objection_reach(actor).decide(agency_code=agency_code, division_code=division_code)
    if decision and actor.id in looker_ids:
        return no(Reason.NOT_FOR_THIS_KIND)
    return decision


@policy.action("privacy.copy.ask", title=_("导出本人信息"), for_people_only=True)
def ask_for_copy(actor: Actor) -> Decision:
    """
    Let a person take away a copy of the own data; nobody for another.
    """
    return _own_only(actor)


@policy.action("privacy.account.close", title=_("注销账号"), for_people_only=True)
def close_account(actor: Actor) -> Decision:
    """
    Let a person close the own account; nobody for another.
    """
    return _own_only(actor)


def _own_only(actor: Actor) -> Decision:
    if not actor.is_person:
        return no(_reason_of(actor))
    return no(Reason.ACTS_FOR_ANOTHER) if actor.acting_for else yes(Reason.OWN)


def _reason_of(actor: Actor) -> Reason:
    return Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND


audit.entitle(
    {
        "privacy.account.ask_closing": _("申请注销账号"),
        "privacy.account.cancel_closing": _("取消注销申请"),
        "privacy.copy.download": _("下载个人信息副本"),
        "privacy.objection.escalate": _("异议转上级处理"),
    }
)
