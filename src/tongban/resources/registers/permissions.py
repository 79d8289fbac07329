"""
Who may change, load, ask and correct the base registers.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, yes

OPERATOR: Final = "OPERATOR"
"""Role of staff who run the node; this layer cannot import the list of roles."""
STEWARD: Final = "DATA_STEWARD"
REVIEWER: Final = "DATA_REVIEWER"
SUPERVISOR: Final = "SUPERVISOR"
VERIFY_SCOPE: Final = "registers:verify"
DISPUTE_COLUMNS: Final = Columns(principal="filer_person_id", agency="owner_agency")


@policy.action("registers.register.change", title=_("维护基础名录"))
def change_register(actor: Actor) -> Decision:
    """
    Let system administrators load divisions and agencies.
    """
    return yes(Reason.ROLE) if actor.is_staff and OPERATOR in actor.roles else no(Reason.NO_ROLE)


@policy.action("registers.source.appoint", title=_("确定数源单位"))
def appoint_source(actor: Actor) -> Decision:
    """
    Let data reviewers say which agency is the source of what.
    """
    return yes(Reason.ROLE) if actor.is_staff and REVIEWER in actor.roles else no(Reason.NO_ROLE)


@policy.action("registers.register.load", title=_("装入基础信息"))
def load_register(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let data stewards load what their agency says.
    """
    return _steward(actor, agency_code)


@policy.action("registers.register.open", title=_("查看基础信息资源库概况"), for_people_only=True)
def open_registers(actor: Actor) -> Decision:
    """
    Let those who look after data, run the node or watch over both see counts, loads and disputes.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.ROLE) if actor.roles & {STEWARD, REVIEWER, OPERATOR, SUPERVISOR} else no(Reason.NO_ROLE)


@policy.action("registers.record.verify", title=_("核验基础信息"))
def verify_record(actor: Actor, *, case_number: str) -> Decision:
    """
    Let systems with registers:verify ask, staff with a post for a case they name, and those who look after data.
    """
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if VERIFY_SCOPE in actor.scopes else no(Reason.NO_SCOPE)
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    if actor.roles & {STEWARD, REVIEWER}:
        return yes(Reason.ROLE)
    if not actor.posts:
        return no(Reason.NO_POST)
    return yes(Reason.POST) if case_number else no(Reason.NO_PURPOSE)


@policy.action("registers.record.look", title=_("查看一条基础信息（隐去个人信息）"), for_people_only=True)
def look_at_record(actor: Actor) -> Decision:
    """
    Let those who look after data see one record, masked, for a purpose they name.
    """
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & {STEWARD, REVIEWER} else no(Reason.NO_ROLE)


@policy.action("registers.own.read", title=_("查看基础库中的本人信息"), for_people_only=True)
def read_own_record(actor: Actor) -> Decision:
    """
    Let a person see what the population register says of himself.
    """
    if not actor.is_person:
        return no(Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.OWN) if actor.acting_for is None else no(Reason.ACTS_FOR_ANOTHER)


@policy.action("registers.match.decide", title=_("决定待匹配数据"), for_people_only=True)
def decide_match(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let data stewards decide about rows of their agency, data reviewers about all.
    """
    if actor.is_staff and REVIEWER in actor.roles:
        return yes(Reason.ROLE)
    return _steward(actor, agency_code)


@policy.action("registers.dispute.file", title=_("提出疑义校核"), for_people_only=True)
def file_dispute(actor: Actor) -> Decision:
    """
    Let a person dispute what a register says of himself, and agencies that use data what it says of anybody.
    """
    if actor.is_person:
        return yes(Reason.OWN) if actor.acting_for is None else no(Reason.ACTS_FOR_ANOTHER)
    if actor.kind is ActorKind.ANONYMOUS:
        return no(Reason.NOT_LOGGED_IN)
    if actor.is_staff:
        may = actor.posts or actor.roles & {STEWARD, REVIEWER}
        return yes(Reason.POST) if may and actor.agency_code else no(Reason.NO_POST)
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("registers.dispute.answer", title=_("答复疑义校核"), for_people_only=True)
def answer_dispute(actor: Actor, *, owner_agency: str) -> Decision:
    """
    Let data stewards of the source answer.
    """
    return _steward(actor, owner_agency)


def dispute_reach(actor: Actor) -> Reach:
    """
    Return which disputes an actor may know of: the own ones; those its agency has to answer; all of the area.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if actor.is_person:
        return Reach(principal_id=actor.person_id)
    if actor.is_staff and actor.roles & {REVIEWER, SUPERVISOR}:
        return Reach(is_everything=True)
    if actor.is_staff and STEWARD in actor.roles:
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_ROLE)


def _steward(actor: Actor, agency_code: str) -> Decision:
    if not (actor.is_staff and STEWARD in actor.roles):
        return no(Reason.NO_ROLE)
    return yes(Reason.AGENCY) if actor.agency_code == agency_code else no(Reason.OTHER_AGENCY)


audit.entitle(
    {
        "registers.agencies.load": _("装入机构目录"),
        "registers.divisions.load": _("装入行政区划"),
        "registers.source.appoint": _("确定数源单位"),
        "registers.register.load": _("装入基础信息"),
        "registers.match.decide": _("决定待匹配数据"),
        "registers.dispute.file": _("提出疑义校核"),
        "registers.dispute.answer": _("答复疑义校核"),
        "registers.dispute.answered_elsewhere": _("收到其他节点的校核答复"),
        "registers.dispute.take": _("收到其他节点的疑义校核"),
        "registers.dispute.remind": _("提醒答复疑义校核"),
        "registers.dispute.escalate": _("督办疑义校核"),
        "registers.record.look": _("查看一条基础信息（隐去个人信息）"),
    }
)
