"""
Who may read the case library, export from it and give rows back.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import (
    Columns,
    Decision,
    Reach,
    Reason,
    area_prefix,
    is_inside_area,
    no,
    yes,
)

STEWARD: Final = "DATA_STEWARD"
REVIEWER: Final = "DATA_REVIEWER"
SUPERVISOR: Final = "SUPERVISOR"
OPERATOR: Final = "OPERATOR"
"""Roles of staff; this layer cannot import the list of roles."""
READ_SCOPE: Final = "cases:read"

LIBRARY_COLUMNS: Final = Columns(agency="agency_code", division="division_code")


def library_reach(actor: Actor) -> Reach:
    """
    Return which cases of the library the actor may know of.

    Reviewers of data and supervisors: their area. Stewards of data and systems: their agency. Persons find their own by
    `own_cases`, which asks by their number.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if actor.kind is ActorKind.CLIENT:
        has_scope = READ_SCOPE in actor.scopes
        return Reach(
            agency_code=actor.agency_code if has_scope else None,
            refusal=Reason.OTHER_AGENCY if has_scope else Reason.NO_SCOPE,
        )
    if not actor.is_staff:
        return Reach(
            refusal=Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND
        )
    if actor.roles & {REVIEWER, SUPERVISOR}:
        return Reach(division_prefix=area_prefix(actor), refusal=Reason.OUTSIDE_AREA)
    if STEWARD in actor.roles:
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_ROLE)


@policy.action("caselibrary.case.list", title=_("查询办件库"))
def list_cases(actor: Actor) -> Decision:
    """
    Let through whoever may know of any case at all; the list then holds what `caselibrary.case.read` permits.
    """
    reach = library_reach(actor)
    if reach.is_nothing:
        return no(reach.refusal)
    return yes(Reason.SYSTEM if actor.is_system else Reason.ROLE)


@policy.action("caselibrary.case.read", title=_("查看办件库中的办件"), hides=True)
def read_case(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
    """
    Let through whom `library_reach` lets know of the case.
    """
    return library_reach(actor).decide(agency_code=agency_code, division_code=division_code)


@policy.action("caselibrary.case.own", title=_("查看本人在各系统的办件"), for_people_only=True)
def own_cases(actor: Actor) -> Decision:
    """
    Let a person read of the own cases, not of anybody's for whom he acts.
    """
    if not actor.is_person:
        return no(Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND)
    return no(Reason.ACTS_FOR_ANOTHER) if actor.acting_for else yes(Reason.OWN)


@policy.action("caselibrary.quality.read", title=_("查看办件库来源和质量"))
def read_quality(actor: Actor, *, node: str) -> Decision:
    """
    Let those see what came from where and what was wrong with it whose area is the node's, or larger.

    These are reviewers of data, supervisors, and system administrators.

    :param node: division code of this node
    """
    if actor.is_staff and OPERATOR in actor.roles:
        return yes(Reason.ROLE)
    if not (actor.is_staff and actor.roles & {REVIEWER, SUPERVISOR}):
        return no(Reason.NO_ROLE)
    return yes(Reason.ROLE) if is_inside_area(actor, node) else no(Reason.OUTSIDE_AREA)


@policy.action("caselibrary.case.export", title=_("导出办件库"))
def export_cases(actor: Actor, *, division_code: str) -> Decision:
    """
    Let reviewers of data export what is in their area; an export holds personal data in clear.
    """
    if not (actor.is_staff and REVIEWER in actor.roles):
        return no(Reason.NO_ROLE)
    return yes(Reason.ROLE) if is_inside_area(actor, division_code) else no(Reason.OUTSIDE_AREA)


@policy.action("caselibrary.pushback.change", title=_("开通和停止办件回流"))
def push_back(actor: Actor, *, division_code: str) -> Decision:
    """
    Let reviewers of data decide to which nodes rows of their area go.
    """
    if not (actor.is_staff and REVIEWER in actor.roles):
        return no(Reason.NO_ROLE)
    return yes(Reason.ROLE) if is_inside_area(actor, division_code) else no(Reason.OUTSIDE_AREA)


audit.entitle(
    {
        "caselibrary.cases.export": _("导出办件库"),
        "caselibrary.cases.find": _("按证件号码查询办件库"),
        "caselibrary.export.delete": _("删除办件库导出文件"),
        "caselibrary.export.download": _("下载办件库导出文件"),
        "caselibrary.pushback.begin": _("开通办件回流"),
        "caselibrary.pushback.end": _("停止办件回流"),
    }
)
