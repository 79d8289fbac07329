"""
Who compiles, reviews and reads the resource catalogue.

The catalogue of what there is is open to every member of staff and to systems with datasets:read, also of what is not
shared: that a dataset exists is no secret (共享办法: the catalogue is the basis of sharing). What is being compiled is
for its provider and for reviewers. A provider's system with datasets:write compiles as a steward does; reviewing and
publishing are for people. What the public may have (开放属性) is for everybody.
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.codes import subtree_prefix
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Decision, Reason, no, yes

STEWARD: Final = "DATA_STEWARD"
REVIEWER: Final = "DATA_REVIEWER"
SUPERVISOR: Final = "SUPERVISOR"
READ_SCOPE: Final = "datasets:read"
WRITE_SCOPE: Final = "datasets:write"


class DatasetNotFound(NotFound):
    """
    There is no such dataset, or the actor may not know that there is.
    """

    code = "dataset_not_found"
    message = _("该信息资源不存在")


@policy.action("datasets.catalogue.read", title=_("查看信息资源目录"))
def read_catalogue(actor: Actor) -> Decision:
    """
    Let staff and systems with datasets:read see what is or was in force; who writes reads too.
    """
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if {READ_SCOPE, WRITE_SCOPE} & actor.scopes else no(Reason.NO_SCOPE)
    if actor.is_staff or actor.is_system:
        return yes(Reason.POST)
    return no(Reason.NOT_LOGGED_IN if actor.kind is ActorKind.ANONYMOUS else Reason.NOT_FOR_THIS_KIND)


@policy.action("datasets.open.read", title=_("查看开放数据目录"))
def read_open(_actor: Actor) -> Decision:
    """
    Let everybody see what is in force and open to the public, at once or on conditions.
    """
    return yes(Reason.PUBLIC)


@policy.action("datasets.draft.read", title=_("查看编制中的目录"), hides=True, error=DatasetNotFound)
def read_draft(actor: Actor, *, provider_code: str, division_code: str) -> Decision:
    """
    Let the provider's stewards see what they compile, and reviewers and supervisors what their area does.
    """
    if actor.is_staff and actor.roles & {REVIEWER, SUPERVISOR}:
        return _in_area(actor, division_code)
    return compile_dataset.decide(actor, provider_code=provider_code)


@policy.action("datasets.dataset.compile", title=_("编制信息资源目录"))
def compile_dataset(actor: Actor, *, provider_code: str) -> Decision:
    """
    Let stewards, and systems with datasets:write, compile the datasets of their own agency.
    """
    if actor.kind is ActorKind.CLIENT:
        if WRITE_SCOPE not in actor.scopes:
            return no(Reason.NO_SCOPE)
    elif not actor.is_staff or STEWARD not in actor.roles:
        return no(Reason.NO_ROLE)
    is_own = bool(provider_code) and actor.agency_code == provider_code
    return yes(Reason.AGENCY) if is_own else no(Reason.OTHER_AGENCY)


@policy.action("datasets.dataset.review", title=_("审核、发布、撤销信息资源目录"))
def review_dataset(actor: Actor, *, division_code: str) -> Decision:
    """
    Let reviewers decide about datasets of their area.
    """
    if not actor.is_staff or REVIEWER not in actor.roles:
        return no(Reason.NO_ROLE)
    return _in_area(actor, division_code)


@policy.action("datasets.duty.record", title=_("登记目录更新责任"))
def record_duty(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
    """
    Let an agency's stewards write down what changed for it, and reviewers for their area.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    if REVIEWER in actor.roles:
        return _in_area(actor, division_code)
    return compile_dataset.decide(actor, provider_code=agency_code)


def _in_area(actor: Actor, division_code: str) -> Decision:
    prefix = subtree_prefix(actor.division_code or "")
    is_inside = bool(actor.division_code) and division_code.startswith(prefix)
    return yes(Reason.AREA) if is_inside else no(Reason.OUTSIDE_AREA)


audit.entitle(
    {
        "datasets.dataset.compile": _("开始编制信息资源目录"),
        "datasets.dataset.save": _("保存信息资源目录"),
        "datasets.dataset.submit": _("提交信息资源目录审核"),
        "datasets.dataset.return": _("退回信息资源目录"),
        "datasets.dataset.publish": _("发布信息资源目录"),
        "datasets.dataset.discard": _("放弃编制信息资源目录"),
        "datasets.dataset.withdraw": _("撤销信息资源目录"),
        "datasets.duty.record": _("登记目录更新责任"),
        "datasets.duty.settle": _("完成目录更新"),
        "datasets.duty.remind": _("提醒目录更新期限"),
        "datasets.duty.escalate": _("报告目录更新逾期"),
    }
)
