"""
Who may do what to seals.
"""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.errors import NotFound, Text
from tongban.foundation.policy import Action, Decision, Reason, no, yes
from tongban.support.identity.values import Role
from tongban.support.seals.rules import life
from tongban.support.seals.values import SealAction

KEEPER: Final = Role.SEAL_KEEPER
SEAL_ROLES: Final = frozenset({Role.SEAL_KEEPER, Role.SEAL_REVIEWER, Role.SEAL_MAKER, Role.SEAL_REGISTRAR})
READERS: Final = SEAL_ROLES | {Role.SUPERVISOR}
"""Supervisors look, and take no step."""
USE_SCOPE: Final = "seals:use"


class SealNotFound(NotFound):
    """
    There is no such seal, or the actor may not know that there is.
    """

    code = "seal_not_found"
    message = _("没有找到这枚印章")


class SigningNotFound(NotFound):
    """
    There is no such request, or the actor may not know that there is.
    """

    code = "signing_not_found"
    message = _("没有找到这项多方签章")


class BatchNotFound(NotFound):
    """
    There is no such batch, or somebody else has asked for it.
    """

    code = "seal_batch_not_found"
    message = _("没有找到这批签章")


def _in_charge(actor: Actor, roles: frozenset[str], *, agency_code: str, division_code: str) -> Decision:
    """
    Let through staff with one of the roles: keepers for their own agency, the others for their area.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    held = roles & actor.roles
    if not held:
        return no(Reason.NO_ROLE)
    if KEEPER in held and actor.agency_code == agency_code:
        return yes(Reason.AGENCY)
    if held == {KEEPER}:
        return no(Reason.OTHER_AGENCY)
    is_inside = policy.is_inside_area(actor, division_code)
    return yes(Reason.AREA) if is_inside else no(Reason.OUTSIDE_AREA)


@policy.action("seals.seal.request", title=_("申请印章"), for_people_only=True)
def request_seal(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
    """
    Let the keeper of an agency's seals ask for a seal, its change or its renewal.
    """
    return _in_charge(actor, frozenset({KEEPER}), agency_code=agency_code, division_code=division_code)


def _step(action: SealAction, code: str, title: Text) -> Action[Any]:
    roles = life.BY_ACTION[action].roles

    @policy.action(code, title=title, for_people_only=True)
    def take(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
        """
        Let those take a step whom the table of the life of seals names, in their agency or area.
        """
        return _in_charge(actor, roles, agency_code=agency_code, division_code=division_code)

    return take


STEPS: Final[dict[SealAction, Action[Any]]] = {
    SealAction.WITHDRAW: _step(SealAction.WITHDRAW, "seals.seal.withdraw", _("撤回印章申请")),
    SealAction.REVIEW: _step(SealAction.REVIEW, "seals.seal.review", _("审核印章申请")),
    SealAction.REJECT: _step(SealAction.REJECT, "seals.seal.reject", _("驳回印章申请")),
    SealAction.MAKE: _step(SealAction.MAKE, "seals.seal.make", _("制作印章")),
    SealAction.FILE: _step(SealAction.FILE, "seals.seal.file", _("备案印章")),
    SealAction.ISSUE: _step(SealAction.ISSUE, "seals.seal.issue", _("发放印章")),
    SealAction.RECEIVE: _step(SealAction.RECEIVE, "seals.seal.receive", _("领取印章")),
    SealAction.AUTHORISE: _step(SealAction.AUTHORISE, "seals.seal.authorise", _("授权使用印章")),
    SealAction.END_AUTHORISATION: _step(
        SealAction.END_AUTHORISATION, "seals.seal.end_authorisation", _("收回用印授权")
    ),
    SealAction.FREEZE: _step(SealAction.FREEZE, "seals.seal.freeze", _("冻结印章")),
    SealAction.REPORT_LOSS: _step(SealAction.REPORT_LOSS, "seals.seal.report_loss", _("挂失印章")),
    SealAction.RESUME: _step(SealAction.RESUME, "seals.seal.resume", _("恢复使用印章")),
    SealAction.DESTROY: _step(SealAction.DESTROY, "seals.seal.destroy", _("销毁印章")),
}
"""What asks for each step that people take."""


@policy.action("seals.seal.read", title=_("查看印章"), hides=True, error=SealNotFound)
def read_seal(actor: Actor, *, agency_code: str, division_code: str) -> Decision:
    """
    Let see a seal whole: its agency's keepers, who has a part in its life in his area, and supervisors there.
    """
    return _in_charge(actor, READERS, agency_code=agency_code, division_code=division_code)


@policy.action("seals.seal.use", title=_("使用印章"))
def use_seal(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let staff and systems of an agency put its seal on documents; which of them, and what for, its authorisations say.
    """
    if not actor.is_staff and actor.kind is not ActorKind.CLIENT:
        return no(Reason.NOT_FOR_THIS_KIND)
    if actor.kind is ActorKind.CLIENT and USE_SCOPE not in actor.scopes:
        return no(Reason.NO_SCOPE)
    return yes(Reason.AGENCY) if actor.agency_code == agency_code else no(Reason.OTHER_AGENCY)


def _of_an_agency(actor: Actor) -> Decision:
    return yes(Reason.AGENCY) if actor.is_staff and actor.agency_code else no(Reason.NOT_FOR_THIS_KIND)


@policy.action("seals.signing.take_part", title=_("参与多方签章"), for_people_only=True)
def begin_signing(actor: Actor) -> Decision:
    """
    Let staff ask agencies to seal a document, and take their agency's turn.

    Whether they may use its seal is asked when they do.
    """
    return _of_an_agency(actor)


@policy.action("seals.signing.read", title=_("查看多方签章"), hides=True, error=SigningNotFound)
def read_signing(actor: Actor, *, agencies: frozenset[str]) -> Decision:
    """
    Let the agency see a request that has asked for it or has a part in it.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.AGENCY) if actor.agency_code in agencies else no(Reason.OTHER_AGENCY)


@policy.action("seals.batch.read", title=_("查看批量签章"), hides=True, error=BatchNotFound)
def read_batch(actor: Actor, *, requested_by: str) -> Decision:
    """
    Let nobody see a batch and end it but who has asked for it.
    """
    return yes(Reason.OWN) if actor.is_staff and actor.id == requested_by else no(Reason.NOT_OWN)


@policy.action("seals.file.bring", title=_("上传待签章文件"), for_people_only=True)
def bring_file(actor: Actor) -> Decision:
    """
    Let staff of an agency, and its systems that may use its seals, bring files that are to be sealed.
    """
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if USE_SCOPE in actor.scopes else no(Reason.NO_SCOPE)
    return yes(Reason.OWN) if actor.is_staff and actor.agency_code else no(Reason.NOT_FOR_THIS_KIND)


@policy.action("seals.batch.begin", title=_("发起批量签章"), for_people_only=True)
def begin_batch(actor: Actor) -> Decision:
    """
    Let staff of an agency ask for many files to be sealed; whether they may use its seal is asked then.
    """
    return _of_an_agency(actor)


@policy.action("seals.demo.load", title=_("载入演示印章"))
def load_demo(actor: Actor) -> Decision:
    """
    Let nobody but the node itself make the seals of a demonstration.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


audit.entitle(
    {
        "seals.seal.apply": _("使用电子印章"),
        "seals.seal.expire": _("印章到期"),
        "seals.seal.replace": _("印章由新版替换"),
        "seals.batch.end": _("批量签章结束"),
        "seals.batch.stop": _("停止批量签章"),
        "seals.signing.begin": _("发起多方签章"),
        "seals.signing.seal": _("在多方签章中签章"),
        "seals.signing.decline": _("拒绝多方签章"),
        "seals.signing.withdraw": _("撤回多方签章"),
        "seals.use.export": _("导出用印记录"),
        "seals.picture.export": _("下载印章图像"),
    }
)
