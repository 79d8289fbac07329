"""
Who may issue, change and see licences.
"""

from typing import Final, Protocol

from django.utils.translation import gettext_lazy as _

from tongban.business.licences.values import DirectoryAct, LicenceEventKind
from tongban.foundation import audit, crypto, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction
from tongban.foundation.errors import NotFound
from tongban.foundation.policy import Columns, Decision, Reach, Reason, no, own_reach, yes
from tongban.support.identity.values import Post, Role
from tongban.support.identity.values.reach import reach_of

READ_SCOPE: Final = "licences:read"
"""What a system must have been granted to look licences up."""
WRITE_SCOPE: Final = "licences:write"
"""What a system must have been granted to change the licences of its agency."""

DIRECTORY_KEEPERS: Final = frozenset({Role.LICENCE_EDITOR, Role.LICENCE_REVIEWER})

LICENCE_COLUMNS: Final = Columns(principal="person_id", agency="issuer_code", division="division_code")
"""Whose a row of `licences_licence` is."""


class LicenceNotFound(NotFound):
    """
    There is no such licence, or the actor may not know that there is.
    """

    code = "licence_not_found"


class UnknownLicenceType(NotFound):
    """
    No licence type has this code, or the actor may not know that one has.
    """

    code = "unknown_licence_type"
    message = _("证照类型不存在")


class TypeVersionNotFound(NotFound):
    """
    There is no such version of a licence type, or the actor may not know that there is.
    """

    code = "licence_type_version_not_found"
    message = _("证照类型的这个版本不存在")


class Placed(Protocol):
    """
    What decides about a licence: its holder, its issuer, its area.
    """

    person_id: str
    issuer_code: str
    division_code: str


class Held(Placed, Protocol):
    """
    The same, with the holder's code as an index.
    """

    holder_index: bytes


def licence_reach(actor: Actor) -> Reach:
    """
    Return which licences the actor may know of; agencies know of those they issued.
    """
    return reach_of(actor, scope=READ_SCOPE)


@policy.action("licences.licence.read", title=_("查看证照"), hides=True, error=LicenceNotFound)
def read_licence(actor: Actor, licence: Placed) -> Decision:
    """
    Let through whom `licence_reach` lets know of the licence.

    That is: the holder, or his agent with the function QUERY; staff with a post, for licences their agency issued;
    one-stop counters and supervisors, for those of their area too; systems with licences:read, for their agency's.
    """
    return licence_reach(actor).decide(
        principal_id=licence.person_id or None,
        agency_code=licence.issuer_code,
        division_code=licence.division_code,
    )


@policy.action("licences.wallet.read", title=_("查看我的证照"))
def read_wallet(actor: Actor) -> Decision:
    """
    Let a person look into the own wallet, or into that of whom he acts for with the function QUERY.
    """
    if not actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    reach = licence_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.OWN)


@policy.action("licences.licence.search", title=_("检索证照"))
def search_licences(actor: Actor) -> Decision:
    """
    Let staff with a post, supervisors and systems with licences:read search what `licences.licence.read` permits.
    """
    if actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    reach = licence_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.AGENCY)


@policy.action("licences.licence.issue", title=_("制发证照"))
def issue_licence(actor: Actor, *, issuer_code: str) -> Decision:
    """
    Let the issuing agency's staff and systems issue, in the transaction of the decision that calls for it.
    """
    if actor.kind not in {ActorKind.STAFF, ActorKind.CLIENT}:
        return no(Reason.NOT_FOR_THIS_KIND)
    is_own = bool(issuer_code) and actor.agency_code == issuer_code
    return yes(Reason.AGENCY) if is_own else no(Reason.OTHER_AGENCY)


@policy.action("licences.licence.change", title=_("变更、暂停、撤销、注销证照"))
def change_licence(actor: Actor, *, issuer_code: str) -> Decision:
    """
    Let the issuer's staff with the post 决定人, and its systems with the scope licences:write, change a licence.
    """
    if not issuer_code or actor.agency_code != issuer_code:
        return no(Reason.OTHER_AGENCY)
    if actor.is_staff:
        return yes(Reason.POST) if Post.DECISION in actor.posts else no(Reason.NO_POST)
    may_write = actor.kind is ActorKind.CLIENT and WRITE_SCOPE in actor.scopes
    return yes(Reason.SCOPE) if may_write else no(Reason.NO_SCOPE)


@policy.action("licences.type.load", title=_("导入证照类型"))
def load_types(actor: Actor) -> Decision:
    """
    Let nobody through but the node itself.
    """
    del actor
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("licences.type.read", title=_("查看证照目录"), hides=True, error=TypeVersionNotFound)
def read_types(actor: Actor, *, is_published: bool) -> Decision:
    """
    Show what was published to everybody, and what is being compiled to who keeps the directory.
    """
    return yes(Reason.PUBLIC) if is_published else read_unpublished_types.decide(actor)


def _keeps_directory(actor: Actor) -> Decision:
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & DIRECTORY_KEEPERS else no(Reason.NO_ROLE)


@policy.action("licences.type.read_unpublished", title=_("查看编制中的证照类型"), hides=True)
def read_unpublished_types(actor: Actor) -> Decision:
    """
    Show what is being compiled to staff who edit or review the directory.
    """
    return _keeps_directory(actor)


@policy.action("licences.type.compile", title=_("编制证照目录"))
def compile_types(actor: Actor) -> Decision:
    """
    Let staff with the role 证照目录编制员 compile types.
    """
    is_editor = actor.is_staff and Role.LICENCE_EDITOR in actor.roles
    return yes(Reason.ROLE) if is_editor else no(Reason.NO_ROLE)


@policy.action("licences.type.review", title=_("审核和发布证照目录"))
def review_types(actor: Actor) -> Decision:
    """
    Let staff with the role 证照目录审核员 review, publish and withdraw types; never what they have compiled.
    """
    is_reviewer = actor.is_staff and Role.LICENCE_REVIEWER in actor.roles
    return yes(Reason.ROLE) if is_reviewer else no(Reason.NO_ROLE)


class PresentationNotFound(NotFound):
    """
    There is no such presentation, or the actor may not know that there is.
    """

    code = "presentation_not_found"


@policy.action("licences.presentation.open", title=_("亮证"), hides=True, error=LicenceNotFound)
def present_licence(actor: Actor, licence: Placed) -> Decision:
    """
    Let the holder show a licence, or whoever acts for the holder with the function QUERY; nobody else ever.
    """
    if not actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    return read_licence.decide(actor, licence)


class Agreed(Protocol):
    """
    What decides about a consent that was given at a counter: before whom, and about whose licences.
    """

    witnessed_by: str
    holder_index: bytes


@policy.action("licences.licence.find_at_counter", title=_("经同意在窗口查找证照"))
def find_at_counter(actor: Actor) -> Decision:
    """
    Let staff with the post 受理人 or 综合窗口 find licences, once the holder before them has agreed to it.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.POST) if actor.posts & {Post.ACCEPTANCE, Post.COUNTER} else no(Reason.NO_POST)


@policy.action(
    "licences.licence.replace_material", title=_("以证照代替申请材料"), hides=True, error=LicenceNotFound
)
def replace_material(actor: Actor, licence: Held, *, consent: Agreed | None) -> Decision:
    """
    Let the holder use it so, or whoever acts for the holder with QUERY, or the clerk before whom the holder agreed.
    """
    if consent is None:
        return present_licence.decide(actor, licence)
    is_agreed = actor.id == consent.witnessed_by and crypto.is_same_index(
        licence.holder_index, consent.holder_index
    )
    return find_at_counter.decide(actor) if is_agreed else no(Reason.NOT_OWN)


@policy.action("licences.licence.compare", title=_("核对证照原件"))
def compare_licence(actor: Actor) -> Decision:
    """
    Let staff with the post 受理人 or 综合窗口 compare licences that `licences.licence.read` shows them.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.POST) if actor.posts & {Post.ACCEPTANCE, Post.COUNTER} else no(Reason.NO_POST)


FOREIGN_COLUMNS: Final = Columns(agency="agency_code", division="division_code")
"""Whose a row of `licences_foreignuse` is: the agency's of the case it is for."""
SHARE_COLUMNS: Final = Columns(principal="person_id", agency="agency_code", division="division_code")
"""Whose a row of `licences_licenceshare` is: the holder's, and the agency's of the case it is for."""


class ShareNotFound(NotFound):
    """
    There is no such share of a licence, or the actor may not know that there is.
    """

    code = "licence_share_not_found"
    message = _("没有这个证照共享请求")


class Shared(Protocol):
    """
    What decides about a share: its holder, the agency that uses the licence, the area of its case.
    """

    person_id: str
    agency_code: str
    division_code: str


@policy.action("licences.share.ask", title=_("请求共享证照"))
def ask_share(actor: Actor) -> Decision:
    """
    Let staff and systems ask that have a part in deciding the case, as who keeps the cases says.
    """
    return (
        yes(Reason.POST) if actor.is_staff or actor.kind is ActorKind.CLIENT else no(Reason.NOT_FOR_THIS_KIND)
    )


class UsedHere(Protocol):
    """
    Whose case uses a licence of another node.
    """

    agency_code: str
    division_code: str


@policy.action("licences.share.read", title=_("查看证照共享"), hides=True, error=ShareNotFound)
def read_share(actor: Actor, share: Shared) -> Decision:
    """
    Let the holder know of a share, and who may know of cases of its agency or area; what it says is another matter.
    """
    return licence_reach(actor).decide(
        principal_id=share.person_id or None,
        agency_code=share.agency_code,
        division_code=share.division_code,
    )


@policy.action(
    "licences.foreign_use.read", title=_("查看使用的其他地区证照"), hides=True, error=ShareNotFound
)
def read_foreign_use(actor: Actor, use: UsedHere) -> Decision:
    """
    Let who may know of cases of the agency or area know which licences of other nodes they use.
    """
    return licence_reach(actor).decide(agency_code=use.agency_code, division_code=use.division_code)


@policy.action("licences.share.answer", title=_("答复证照共享请求"))
def answer_share(actor: Actor, share: Shared) -> Decision:
    """
    Let the holder answer, or whoever acts for the holder with the function APPLY.
    """
    if not actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    return own_reach(actor, function=MandateFunction.APPLY).decide(principal_id=share.person_id or None)


@policy.action("licences.share.open", title=_("查看共享证照的内容"))
def open_share(actor: Actor, *, has_part: bool) -> Decision:
    """
    Let staff and systems read a shared licence that have a part in deciding the case it is for.
    """
    if actor.is_person:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.POST) if has_part else no(Reason.NO_POST)


def holds_share(actor: Actor, share: Shared) -> bool:
    """
    Tell whether a share is of a licence in the actor's wallet, or in that of whom he acts for.
    """
    return actor.is_person and read_share.allows(actor, share)


class StockNotFound(NotFound):
    """
    There is no such batch or row, or the actor may not know that there is.
    """

    code = "licence_stock_not_found"
    message = _("没有这个归集批次或这一件存量证照")


@policy.action("licences.stock.collect", title=_("归集存量证照"))
def collect_licences(actor: Actor, *, agency_code: str) -> Decision:
    """
    Let staff with the role 证照目录编制员, systems with licences:write for their own agency, and the node collect.
    """
    if actor.kind is ActorKind.CLIENT:
        is_own = bool(agency_code) and actor.agency_code == agency_code
        return yes(Reason.SCOPE) if is_own and WRITE_SCOPE in actor.scopes else no(Reason.NO_SCOPE)
    is_editor = actor.is_staff and Role.LICENCE_EDITOR in actor.roles
    return yes(Reason.ROLE) if is_editor else no(Reason.NO_ROLE)


@policy.action("licences.stock.read", title=_("查看存量归集批次"), hides=True, error=StockNotFound)
def read_stock(actor: Actor, *, agency_code: str) -> Decision:
    """
    Show batches to who keeps the directory, and to systems with licences:write those of their agency.
    """
    if actor.kind is ActorKind.CLIENT:
        return collect_licences.decide(actor, agency_code=agency_code)
    return _keeps_directory(actor)


@policy.action("licences.stock.check", title=_("抽样核对存量证照"))
def check_sample(actor: Actor, *, brought_by: str) -> Decision:
    """
    Let staff with the role 证照目录审核员 check samples; never of a batch that they have brought themselves.
    """
    is_reviewer = actor.is_staff and Role.LICENCE_REVIEWER in actor.roles
    return yes(Reason.ROLE) if is_reviewer and actor.id != brought_by else no(Reason.NO_ROLE)


@policy.action("licences.stock.decide", title=_("核实有争议的存量证照"))
def decide_stock(actor: Actor) -> Decision:
    """
    Let staff who keep the directory decide about disputed rows.
    """
    return _keeps_directory(actor)


FINDING_COLUMNS: Final = Columns(agency="agency_code", division="division_code")
"""Whose a row of `licences_qualityfinding` is."""


class FindingNotFound(NotFound):
    """
    There is no such finding of a quality rule, or the actor may not know that there is.
    """

    code = "licence_finding_not_found"
    message = _("没有这个质量问题")


class OfAgency(Protocol):
    """
    What decides about a finding: the agency that answers for it, and its area.
    """

    agency_code: str
    division_code: str


def quality_reach(actor: Actor) -> Reach:
    """
    Return which findings the actor may know of: keepers of the directory of all, others as of licences.
    """
    if actor.is_staff and actor.roles & DIRECTORY_KEEPERS:
        return Reach(is_everything=True)
    return Reach(refusal=Reason.NOT_FOR_THIS_KIND) if actor.is_person else licence_reach(actor)


@policy.action("licences.quality.list", title=_("查看证照质量问题"))
def read_quality(actor: Actor) -> Decision:
    """
    Let keepers of the directory, staff with a post, supervisors and systems with licences:read list findings.
    """
    reach = quality_reach(actor)
    return no(reach.refusal) if reach.is_nothing else yes(Reason.AGENCY)


@policy.action("licences.quality.read", title=_("查看一个证照质量问题"), hides=True, error=FindingNotFound)
def read_finding(actor: Actor, finding: OfAgency) -> Decision:
    """
    Let through whom `quality_reach` lets know of the finding.
    """
    return quality_reach(actor).decide(
        principal_id=None, agency_code=finding.agency_code, division_code=finding.division_code
    )


@policy.action("licences.quality.answer", title=_("处理证照质量问题"))
def answer_finding(actor: Actor, finding: OfAgency) -> Decision:
    """
    Let the agency's staff with the post 决定人 answer, and staff with the role 证照目录编制员 or 审核员.
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    if actor.roles & DIRECTORY_KEEPERS:
        return yes(Reason.ROLE)
    return change_licence.decide(actor, issuer_code=finding.agency_code)


def require_change(actor: Actor, licence: Placed) -> None:
    """
    Refuse who may not change a licence; who may not even know of it is not told that it exists.

    :raises LicenceNotFound: the actor may not know of the licence
    :raises NotPermitted: the actor does not decide for the issuing agency
    """
    decision = change_licence.decide(actor, issuer_code=licence.issuer_code)
    if not decision:
        raise change_licence.refusal(decision) if read_licence.allows(actor, licence) else LicenceNotFound


def is_holder(actor: Actor, licence: Placed) -> bool:
    """
    Tell whether the licence lies in the actor's own wallet, or in that of whom he acts for.
    """
    return actor.is_person and read_licence.allows(actor, licence)


audit.entitle(
    {
        **{
            f"licences.type.{act.value.lower()}": title
            for act, title in {
                DirectoryAct.COMPILE: _("编制证照类型"),
                DirectoryAct.SAVE: _("修改证照类型草稿"),
                DirectoryAct.SUBMIT: _("证照类型送审"),
                DirectoryAct.RETURN: _("退回证照类型"),
                DirectoryAct.APPROVE: _("审核通过证照类型"),
                DirectoryAct.PUBLISH: _("发布证照类型"),
                DirectoryAct.DISCARD: _("作废证照类型草稿"),
                DirectoryAct.WITHDRAW: _("停用证照类型"),
                DirectoryAct.LOAD: _("装入证照类型"),
            }.items()
        },
        **{f"licences.licence.{kind.value.lower()}": kind.label for kind in LicenceEventKind},
        "licences.licence.reveal": _("查看待核对证照的完整信息"),
        "licences.stock.sample": _("抽取存量证照样本"),
        "licences.quality.repair": _("报告证照质量问题已整改"),
        "licences.quality.explain": _("说明证照质量问题"),
        "licences.quality.reopen": _("重新打开证照质量问题"),
        "licences.stock.take": _("存量证照入库"),
        "licences.stock.done": _("存量归集批次完成"),
        "licences.stock.sent_back": _("退回存量归集批次"),
        "licences.consent.witness": _("记录持证人在窗口同意查找证照"),
        "licences.share.give": _("交付证照加注件"),
        "licences.share.refuse": _("不同意共享证照"),
        "licences.share.withdraw": _("撤回证照共享"),
        "licences.share.change": _("告知用证机构证照状态变化"),
        "licences.share.seen": _("知悉证照状态变化"),
        "licences.presentation.end": _("结束亮证"),
        "licences.presentation.check": _("核验亮证二维码"),
    }
)
