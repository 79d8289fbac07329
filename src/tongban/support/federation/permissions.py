"""
Who may do what in one login.
"""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import AccountKind, Role


def _administrator(actor: Actor) -> Decision:
    return yes(Reason.ROLE) if actor.is_staff and Role.OPERATOR in actor.roles else no(Reason.NO_ROLE)


@policy.action("federation.relying_party.manage", title=_("管理使用本平台账号登录的应用"))
def manage_parties(actor: Actor) -> Decision:
    """
    Let system administrators keep the systems that people log in to with their accounts here.
    """
    return _administrator(actor)


@policy.action("federation.signing_key.rotate", title=_("更换登录签名密钥"))
def rotate_keys(actor: Actor) -> Decision:
    """
    Let system administrators change the key that signs.
    """
    return _administrator(actor)


@policy.action("federation.login.hand_over", title=_("用本平台账号登录其他应用"), for_people_only=True)
def hand_over_login(actor: Actor, *, account_kinds: Collection[str]) -> Decision:
    """
    Let people log in elsewhere with their accounts here, staff only where the application is theirs too.

    :param account_kinds: kinds of accounts the application takes
    """
    if actor.is_person:
        return yes(Reason.OWN) if AccountKind.PERSON in account_kinds else no(Reason.NOT_FOR_THIS_KIND)
    if actor.is_staff:
        return yes(Reason.ROLE) if AccountKind.STAFF in account_kinds else no(Reason.NOT_FOR_THIS_KIND)
    return no(Reason.NOT_LOGGED_IN)


@policy.action("federation.consent.manage", title=_("查看和撤回授权给其他应用的登录"), for_people_only=True)
def manage_consents(actor: Actor) -> Decision:
    """
    Let everybody with an account look after what he consented to.
    """
    return yes(Reason.OWN) if actor.is_person or actor.is_staff else no(Reason.NOT_LOGGED_IN)


audit.entitle(
    {
        "federation.cases.ask": _("向其他节点查询本人办件"),
        "federation.cases.answer": _("答复其他节点的办件查询"),
        "federation.consent.give": _("同意向其他系统提供身份信息"),
        "federation.consent.withdraw": _("撤回身份信息授权"),
        "federation.link.make": _("关联其他平台账号"),
        "federation.link.end": _("解除账号关联"),
        "federation.logout.tell": _("通知其他系统退出登录"),
        "federation.staff.hand_over": _("向其他系统提供工作人员信息"),
        "federation.relying_party.register": _("登记接入系统"),
        "federation.relying_party.renew_secret": _("更换接入系统密钥"),
        "federation.relying_party.disable": _("停用接入系统"),
        "federation.ticket_application.register": _("登记票据接入应用"),
        "federation.relying_party.enable": _("恢复接入系统"),
        "federation.ticket_application.enable": _("恢复票据接入应用"),
        "federation.ticket_application.renew_key": _("更换票据接入应用密钥"),
        "federation.ticket_application.disable": _("停用票据接入应用"),
        "federation.signing_key.make": _("生成登录签名密钥"),
        "federation.code.misuse": _("授权码被重复使用"),
        "federation.token.misuse": _("出示无效的刷新令牌"),
        "federation.ticket.misuse": _("出示无效的票据或签名"),
        "federation.message.misuse": _("收到无法核实的节点消息"),
    }
)
