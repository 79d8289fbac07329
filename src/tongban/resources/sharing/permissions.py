"""
Who may offer, check, apply for, open and watch data services.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, yes

STEWARD: Final = "DATA_STEWARD"
REVIEWER: Final = "DATA_REVIEWER"
OPERATOR: Final = "OPERATOR"
SUPERVISOR: Final = "SUPERVISOR"
SCOPE: Final = "data:call"
READ_SCOPE: Final = "sharing:read"
WRITE_SCOPE: Final = "sharing:write"
"""For an agency's own system, which does what its stewards may; reviewing is for people."""

PROVIDED: Final = Columns(agency="agency_code", division="division_code")
REQUESTED: Final = Columns(agency="agency_code")
PROVIDING: Final = Columns(agency="provider_code")


class ServiceNotFound(NotFound):
    """
    There is no such data service, or the actor may not know of it.
    """

    code = "data_service_not_found"
    message = _("没有这个数据服务")


class RequestNotFound(NotFound):
    """
    There is no such request for data, or the actor may not know of it.
    """

    code = "data_request_not_found"
    message = _("没有这份用数申请")


class GrantNotFound(NotFound):
    """
    There is no such grant, or the actor may not know of it.
    """

    code = "data_grant_not_found"
    message = _("没有这项数据授权")


def _has(actor: Actor, *roles: str) -> bool:
    return actor.is_staff and not actor.roles.isdisjoint(roles)


def _is_agencys_own(actor: Actor) -> bool:
    scopes = {READ_SCOPE, WRITE_SCOPE}
    return actor.kind is ActorKind.CLIENT and bool(actor.agency_code) and not scopes.isdisjoint(actor.scopes)


def _is_steward(actor: Actor) -> bool:
    return _has(actor, STEWARD) or (_is_agencys_own(actor) and WRITE_SCOPE in actor.scopes)


@policy.action("sharing.service.list", title=_("查看数据服务目录"))
def list_services(actor: Actor) -> Decision:
    """
    Let staff who deal with data see what is offered, and systems of agencies that were given a scope for it.
    """
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if _is_agencys_own(actor) else no(Reason.NO_SCOPE)
    if _has(actor, STEWARD, REVIEWER, OPERATOR, SUPERVISOR):
        return yes(Reason.ROLE)
    return no(Reason.NO_ROLE)


@policy.action("sharing.service.compile", title=_("编制、发布本机构数据服务"))
def compile_service(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let stewards of data, and systems with the scope, offer what their own agency has.
    """
    if not _is_steward(actor):
        return no(Reason.NO_ROLE)
    return yes(Reason.AGENCY) if actor.agency_code == agency_code else no(Reason.OTHER_AGENCY)


@policy.action("sharing.service.check", title=_("核验数据服务"))
def check_service(actor: Actor, *, division_code: str) -> Decision:
    """
    Let reviewers of the area look a service through before it is published, and suspend one.
    """
    return _review(actor, division_code)


@policy.action("sharing.request.review", title=_("用数申请合规审核"))
def review_request(actor: Actor, *, division_code: str) -> Decision:
    """
    Let reviewers of the area judge whether a request is in order.
    """
    return _review(actor, division_code)


@policy.action("sharing.request.submit", title=_("申请使用数据"))
def apply_for_data(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let stewards of data, and systems with the scope, apply for their own agency.
    """
    if not _is_steward(actor) or not actor.agency_code:
        return no(Reason.NO_ROLE)
    return yes(Reason.AGENCY) if actor.agency_code == agency_code else no(Reason.OTHER_AGENCY)


@policy.action("sharing.request.answer", title=_("答复用数申请"))
def answer_request(actor: Actor, *, provider_code: str) -> Decision:
    """
    Let stewards of the provider, and its systems with the scope, open their data, or refuse.
    """
    if not _is_steward(actor):
        return no(Reason.NO_ROLE)
    return yes(Reason.AGENCY) if actor.agency_code == provider_code else no(Reason.OTHER_AGENCY)


@policy.action("sharing.request.read", title=_("查看用数申请"), hides=True, error=RequestNotFound)
def read_request(actor: Actor, *, agency_code: str, provider_code: str, division_code: str) -> Decision:
    """
    Let both sides see a request, and reviewers of the area.
    """
    return _of_both(actor, agency_code, provider_code, division_code)


@policy.action("sharing.grant.read", title=_("查看数据授权"), hides=True, error=GrantNotFound)
def read_grant(actor: Actor, *, agency_code: str, provider_code: str, division_code: str) -> Decision:
    """
    Let both sides see a grant, and reviewers of the area.
    """
    return _of_both(actor, agency_code, provider_code, division_code)


@policy.action("sharing.grant.revoke", title=_("收回数据授权"))
def revoke_grant(actor: Actor, *, provider_code: str, division_code: str) -> Decision:
    """
    Let the provider end what it has opened, and reviewers of the area.
    """
    if _is_steward(actor) and actor.agency_code == provider_code:
        return yes(Reason.AGENCY)
    return _review(actor, division_code)


@policy.action("sharing.service.call", title=_("调用数据服务"))
def call_service(actor: Actor) -> Decision:
    """
    Let systems call that have the scope, and read how; what exactly is opened to them the grant says.
    """
    if actor.kind is not ActorKind.CLIENT:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.SCOPE) if SCOPE in actor.scopes else no(Reason.NO_SCOPE)


@policy.action("sharing.figures.read", title=_("查看数据服务运行情况"))
def read_figures(actor: Actor) -> Decision:
    """
    Let whoever deals with data services see how they are used, within what each may know.
    """
    return list_services.decide(actor)


def reach(actor: Actor) -> Reach:
    """
    Return of which requests, grants and calls an actor may know: his agency's, as either side, or those of his area.
    """
    if actor.is_system:
        return Reach(is_everything=True)
    if _has(actor, REVIEWER, OPERATOR, SUPERVISOR):
        return Reach(
            agency_code=actor.agency_code,
            division_prefix=policy.area_prefix(actor),
            refusal=Reason.OUTSIDE_AREA,
        )
    if _has(actor, STEWARD) or _is_agencys_own(actor):
        return Reach(agency_code=actor.agency_code, refusal=Reason.OTHER_AGENCY)
    return Reach(refusal=Reason.NO_ROLE)


def _of_both(actor: Actor, agency_code: str, provider_code: str, division_code: str) -> Decision:
    seen = reach(actor)
    return policy.first_yes(
        seen.decide(agency_code=agency_code, division_code=division_code),
        seen.decide(agency_code=provider_code, division_code=division_code),
    )


def _review(actor: Actor, division_code: str) -> Decision:
    if not _has(actor, REVIEWER):
        return no(Reason.NO_ROLE)
    inside = policy.is_inside_area(actor, division_code)
    return yes(Reason.AREA) if inside else no(Reason.OUTSIDE_AREA)


audit.entitle(
    {
        "sharing.service.create": _("登记数据服务"),
        "sharing.service.save": _("保存数据服务"),
        "sharing.service.publish": _("发布数据服务"),
        "sharing.service.suspend": _("暂停数据服务"),
        "sharing.service.resume": _("恢复数据服务"),
        "sharing.service.reopen": _("退回编制数据服务"),
        "sharing.service.withdraw": _("撤下数据服务"),
        "sharing.request.return": _("退回补充用数申请"),
        "sharing.request.resubmit": _("重新提交用数申请"),
        "sharing.request.pass": _("用数申请合规审核通过"),
        "sharing.request.grant": _("同意用数申请"),
        "sharing.request.refuse": _("不同意用数申请"),
        "sharing.request.withdraw": _("撤回用数申请"),
        "sharing.request.remind": _("提醒答复用数申请"),
        "sharing.request.escalate": _("报告逾期未答复的用数申请"),
        "sharing.grant.open": _("开通数据授权"),
        "sharing.call.prune": _("清理到期的数据调用存证"),
        "sharing.key.register": _("登记调用方公钥"),
        "sharing.key.end": _("停用调用方公钥"),
        "sharing.alarm.raise": _("数据服务告警"),
        "sharing.alarm.end": _("数据服务告警恢复"),
        "sharing.rule.save": _("修改数据服务告警规则"),
    }
)
