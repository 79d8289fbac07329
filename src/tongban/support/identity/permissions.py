"""
Who may do what in identity.
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind, MandateFunction, PrincipalKind
from tongban.foundation.errors import NotAuthenticated
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import CHECKED_BY_FACTOR, Post, Role


def require_account(actor: Actor) -> UUID:
    """
    Return the account of somebody who is logged in.

    :raises NotAuthenticated: nobody is
    """
    if not (actor.is_person or actor.is_staff):
        raise NotAuthenticated
    return UUID(actor.id)


@policy.action("identity.node.operate", title=_("管理账号与系统接入"))
def operate(actor: Actor) -> Decision:
    """
    Let operators keep accounts and clients.
    """
    return yes(Reason.ROLE) if actor.is_staff and Role.OPERATOR in actor.roles else no(Reason.NO_ROLE)


def _holds(actor: Actor, *roles: Role) -> Decision:
    held = actor.is_staff and not actor.roles.isdisjoint(roles)
    return yes(Reason.ROLE) if held else no(Reason.NO_ROLE)


@policy.action("identity.staff.list", title=_("查看工作人员账号"))
def list_staff(actor: Actor) -> Decision:
    """
    Let those see accounts of staff who keep them or give them their tasks.
    """
    return _holds(actor, Role.OPERATOR, Role.SECURITY_ADMINISTRATOR)


@policy.action("identity.staff.keep", title=_("开通、调动、停用工作人员账号"))
def keep_staff(actor: Actor, *, account_id: UUID | None = None) -> Decision:
    """
    Let system administrators open, move and close accounts, never their own. What an account may do, others say.

    :param account_id: whose is moved or closed; None: of one that is being opened
    """
    if account_id is not None and actor.id == str(account_id):
        return no(Reason.NOT_FOR_THIS_KIND)
    return _holds(actor, Role.OPERATOR)


@policy.action("identity.staff.empower", title=_("授予岗位和角色"))
def empower_staff(actor: Actor, *, account_id: UUID | None = None) -> Decision:
    """
    Let security administrators say what an account may do, never their own.

    :param account_id: whose; None: of one that is being opened
    """
    if account_id is not None and actor.id == str(account_id):
        return no(Reason.NOT_FOR_THIS_KIND)
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("identity.staff.note_absence", title=_("登记离岗"))
def note_absence(actor: Actor, *, has_substitute: bool) -> Decision:
    """
    Let administrators write absences down. Who names a substitute gives him posts, so it is who gives posts.
    """
    if has_substitute:
        return _holds(actor, Role.SECURITY_ADMINISTRATOR)
    return _holds(actor, Role.OPERATOR, Role.SECURITY_ADMINISTRATOR)


@policy.action("identity.account.secure", title=_("强制下线、解锁、重置密码"))
def secure_account(actor: Actor, *, account_id: UUID) -> Decision:
    """
    Let security administrators end sessions, unlock and give initial passwords, to others than themselves.
    """
    if actor.id == str(account_id):
        return no(Reason.NOT_FOR_THIS_KIND)
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("identity.limits.read", title=_("查看安全策略"))
def read_limits(actor: Actor) -> Decision:
    """
    Let security administrators see how the doors are guarded on this node.
    """
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("identity.factor.reset", title=_("重置第二重认证"))
def reset_factors(actor: Actor, *, account_id: UUID) -> Decision:
    """
    Let system and security administrators ask for it and approve it, never for themselves; it takes two of them.
    """
    if actor.id == str(account_id):
        return no(Reason.NOT_FOR_THIS_KIND)
    return _holds(actor, Role.SECURITY_ADMINISTRATOR, Role.OPERATOR)


@policy.action("identity.factor.reset_by_node", title=_("在服务器上重置第二重认证"))
def reset_by_node(actor: Actor) -> Decision:
    """
    Let nobody but the node itself: whoever may use the machine it runs on.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("identity.assurance.grant", title=_("授予实名等级"))
def grant_assurance(actor: Actor) -> Decision:
    """
    Let nobody but the node say that a person was proved: what is proved is looked at by its own services.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("identity.person.record", title=_("在窗口登记申请人"), for_people_only=True)
def record_person(actor: Actor) -> Decision:
    """
    Let who works at a counter write down whom he sees there.
    """
    at_counter = actor.is_staff and actor.posts & {Post.COUNTER, Post.ACCEPTANCE}
    return yes(Reason.POST) if at_counter else no(Reason.NO_POST)


@policy.action("identity.person.reveal_principal", title=_("查看被代理人的个人信息"), for_people_only=True)
def reveal_principal(actor: Actor) -> Decision:
    """
    Let who may apply in somebody's name read what an application of his must say.
    """
    principal = actor.acting_for
    if principal is None or principal.kind is not PrincipalKind.PERSON:
        return no(Reason.NOT_OWN)
    may_apply = MandateFunction.APPLY in principal.functions
    return yes(Reason.MANDATE) if may_apply else no(Reason.MANDATE_LACKS_FUNCTION)


@policy.action("identity.person.disclose", title=_("查看个人信息明文"))
def disclose_person(actor: Actor, *, person_id: UUID, subject: str) -> Decision:
    """
    Let through the person himself, and staff who hold a post, for a named case.

    Whether the case is theirs is for casework to have decided.

    :param subject: case the data are needed for
    """
    if actor.is_person:
        return yes(Reason.OWN) if actor.person_id == str(person_id) else no(Reason.NOT_OWN)
    if not (actor.is_staff and actor.posts):
        return no(Reason.NO_POST)
    return yes(Reason.POST) if subject else no(Reason.NO_PURPOSE)


@policy.action("identity.person.read", title=_("查看个人（遮盖）"), hides=True)
def read_person(actor: Actor, *, person_id: UUID) -> Decision:
    """
    Let a person see himself, and who records applicants at a counter see whom he records; masked.
    """
    if actor.is_person:
        return yes(Reason.OWN) if actor.person_id == str(person_id) else no(Reason.NOT_OWN)
    return record_person.decide(actor)


@policy.action("identity.person.contact", title=_("取得联系方式"))
def contact_person(actor: Actor) -> Decision:
    """
    Let nobody but the node know where a person is reached; it sends the messages.
    """
    del actor
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("identity.staff.read", title=_("查看工作人员名册"))
def read_staff(actor: Actor) -> Decision:
    """
    Let staff know who works where; names of staff stand on documents.
    """
    return yes(Reason.POST) if actor.is_staff else no(Reason.NOT_FOR_THIS_KIND)


@policy.action("identity.session.act_at_high_risk", title=_("进行高风险操作"))
def act_at_high_risk(actor: Actor, *, level: int, since: datetime) -> Decision:
    """
    Let through persons who were checked anew, as surely as the act asks, and all who are no persons.

    :param level: of the check
    :param since: an earlier check counts no more
    """
    if not actor.is_person:
        is_somebody = actor.is_staff or actor.kind is ActorKind.CLIENT
        return yes(Reason.POST) if is_somebody else no(Reason.NOT_LOGGED_IN)
    is_fresh = actor.checked_at is not None and actor.checked_at >= since and actor.checked_level >= level
    return yes(Reason.OWN) if is_fresh else no(Reason.CHECK_NOT_FRESH)


@policy.action("identity.session.act_as_administrator", title=_("进行需再次第二重认证的管理操作"))
def act_as_administrator(actor: Actor, *, since: datetime) -> Decision:
    """
    Let through staff who have shown their second factor in this session of late.

    :param since: earlier does not count
    """
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    if actor.checked_level < CHECKED_BY_FACTOR or actor.checked_at is None:
        return no(Reason.SECOND_FACTOR_MISSING)
    return yes(Reason.ROLE) if actor.checked_at >= since else no(Reason.CHECK_NOT_FRESH)


audit.entitle(
    {
        "identity.login.succeed": _("登录成功"),
        "identity.login.fail": _("登录失败"),
        "identity.account.lock": _("登录失败并锁定账号"),
        "identity.account.unlock": _("解锁账号"),
        "identity.account.force_log_out": _("强制退出登录"),
        "identity.account.log_out_everywhere": _("退出所有登录"),
        "identity.session.begin": _("建立登录会话"),
        "identity.session.end": _("结束登录会话"),
        "identity.session.check": _("再次核验本人"),
        "identity.session.check_factor": _("再次第二重认证"),
        "identity.session.act_for": _("切换办理身份"),
        "identity.factor.succeed": _("第二重认证通过"),
        "identity.factor.fail": _("第二重认证失败"),
        "identity.factor.set_up": _("设置第二重认证"),
        "identity.factor.remove": _("移除第二重认证"),
        "identity.factor.renew_codes": _("更换恢复码"),
        "identity.factor.ask_reset": _("申请重置第二重认证"),
        "identity.password.change": _("修改密码"),
        "identity.password.give_initial": _("发放初始密码"),
        "identity.mobile.change": _("更换手机号码"),
        "identity.code.send": _("发送验证码"),
        "identity.agreement.sign": _("签署协议"),
        "identity.assurance.revoke": _("撤销实名等级"),
        "identity.authority.ask": _("向权威部门核验"),
        "identity.person.register": _("注册个人账号"),
        "identity.person.certify": _("窗口实名核验"),
        "identity.person.find_by_counter": _("窗口查找个人账号"),
        "identity.person.record_ward": _("登记被监护人"),
        "identity.person.reveal_own": _("查看本人信息明文"),
        "identity.person.hand_over": _("向其他系统提供个人信息"),
        "identity.person.take_over": _("接收其他节点的个人账号"),
        "identity.staff.create": _("建立工作人员账号"),
        "identity.staff.transfer": _("工作人员调动"),
        "identity.staff.leave": _("工作人员离岗停用"),
        "identity.staff.end_absence": _("提前结束离岗代理"),
        "identity.staff.export": _("导出工作人员名单"),
        "identity.stock.open": _("办理存量账号争议"),
        "identity.client.create": _("登记系统客户端"),
        "identity.client.restrict": _("限制客户端来源地址"),
        "identity.client.rotate": _("更换客户端密钥"),
        "identity.client.revoke": _("停用系统客户端"),
        "identity.client.assign": _("指定客户端负责人"),
        "identity.client.misuse": _("出示无效的客户端密钥"),
        "identity.token.issue": _("签发访问令牌"),
        "identity.token.revoke": _("撤销访问令牌"),
        "identity.token.misuse": _("出示无效的访问令牌"),
        "identity.stock.opened": _("存量账号已开通"),
        "identity.stock.pending": _("存量账号待本人确认"),
        "identity.stock.merged": _("存量账号已合并"),
        "identity.stock.declined": _("本人不合并存量账号"),
        "identity.stock.disputed": _("存量账号待核实"),
        "identity.stock.refused": _("存量账号未采用"),
    }
)
