"""
Whose a draft is.
"""

from dataclasses import replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, own_reach, yes

DRAFT_COLUMNS: Final = Columns(principal="owner", offering="offering_code")
"""Whose a row of `apply_draft` is."""


def draft_reach(actor: Actor) -> Reach:
    """
    Return which drafts the actor may know of: the own ones, or those of whom he acts for with the function APPLY.

    `principal_id` is the owner as drafts name him: "PERSON:<id of person or legal entity>", "STAFF:…" or "CLIENT:…".
    """
    if actor.is_person:
        reach = own_reach(actor, function=MandateFunction.APPLY)
        return reach if reach.is_nothing else replace(reach, principal_id=f"PERSON:{reach.principal_id}")
    if actor.is_staff or actor.kind is ActorKind.CLIENT:
        return Reach(principal_id=f"{actor.kind.value}:{actor.id}")
    return Reach(refusal=Reason.NOT_LOGGED_IN)


@policy.action("apply.draft.list", title=_("填写申请"), for_people_only=True)
def list_drafts(actor: Actor) -> Decision:
    """
    Let whoever is logged in keep drafts; who acts for another needs the function APPLY.
    """
    reach = draft_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.OWN)


@policy.action("apply.draft.change", title=_("查看和修改草稿"), hides=True, for_people_only=True)
def change_draft(actor: Actor, *, owner: str, offering_code: str) -> Decision:
    """
    Let the owner read and change a draft; an agent only those of the offerings his mandate covers.
    """
    return draft_reach(actor).decide(principal_id=owner, offering_code=offering_code)


def owner_of(actor: Actor) -> str:
    """
    Return the owner under which the actor's drafts are kept.

    :raises NotAuthenticated: nobody is logged in
    :raises NotPermitted: the mandate does not let the actor apply
    """
    list_drafts.require(actor)
    return str(draft_reach(actor).principal_id)


def require_offering(actor: Actor, *, offering_code: str) -> None:
    """
    Refuse an agent whose mandate does not cover the offering.

    :raises NotPermitted: it does not
    """
    decision = change_draft.decide(actor, owner=owner_of(actor), offering_code=offering_code)
    if not decision:
        raise list_drafts.refusal(decision)
