"""
Who may watch the exchange, and who may act on it; who looks after the nodes.

Nobody is shown what is in an entry: number, key, day and digest are enough to see where it went. About nodes the
security administrator decides. Source: GB/T 22239-2019 8.1.5 (administrators are separate).
"""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.policy import Decision, Reason, no, yes

OPERATOR: Final = "OPERATOR"
"""Role of staff who run the node; this layer cannot import the list of roles."""
SECURITY_ADMINISTRATOR: Final = "SECURITY_ADMINISTRATOR"
WATCHERS: Final = frozenset({OPERATOR, "SUPERVISOR", "DATA_REVIEWER"})
READ_SCOPE: Final = "exchange:read"
WRITE_SCOPE: Final = "exchange:write"


@policy.action("exchange.stream.read", title=_("查看数据交换"))
def watch(actor: Actor) -> Decision:
    """
    Let operators, supervisors and data reviewers see how entries go; systems that were given the scope for reading.
    """
    return _has(actor, WATCHERS, READ_SCOPE)


@policy.action("exchange.stream.operate", title=_("操作数据交换"))
def operate(actor: Actor) -> Decision:
    """
    Let operators have entries sent again, compared or taken up after a gap; systems with the scope for writing.
    """
    return _has(actor, frozenset({OPERATOR}), WRITE_SCOPE)


@policy.action("exchange.node.read", title=_("查看节点"))
def read_nodes(actor: Actor) -> Decision:
    """
    Let operators, supervisors and security administrators see which nodes there are.
    """
    return _holds(actor, OPERATOR, "SUPERVISOR", SECURITY_ADMINISTRATOR)


@policy.action("exchange.node.decide", title=_("批准、暂停节点"))
def decide_about_nodes(actor: Actor) -> Decision:
    """
    Let security administrators admit, refuse, suspend and dismiss the nodes below, and choose their routes.
    """
    return _holds(actor, SECURITY_ADMINISTRATOR)


@policy.action("exchange.node.join", title=_("加入上级节点"))
def join(actor: Actor) -> Decision:
    """
    Let security administrators have the node join another one, leave it, and change its key.
    """
    return _holds(actor, SECURITY_ADMINISTRATOR)


def _holds(actor: Actor, *roles: str) -> Decision:
    holds = actor.is_staff and not actor.roles.isdisjoint(roles)
    return yes(Reason.ROLE) if holds else no(Reason.NO_ROLE)


def _has(actor: Actor, roles: frozenset[str], scope: str) -> Decision:
    if actor.kind is ActorKind.ANONYMOUS:
        return no(Reason.NOT_LOGGED_IN)
    if actor.kind is ActorKind.CLIENT:
        return yes(Reason.SCOPE) if scope in actor.scopes else no(Reason.NO_SCOPE)
    if not actor.is_staff:
        return no(Reason.NOT_FOR_THIS_KIND)
    return yes(Reason.ROLE) if actor.roles & roles else no(Reason.NO_ROLE)


audit.entitle(
    {
        "exchange.stream.retry": _("立即重试发送"),
        "exchange.stream.replay": _("重新发送已发送的条目"),
        "exchange.stream.snapshot": _("发送全量快照"),
        "exchange.stream.continue": _("从对方进度之后继续编号"),
        "exchange.stream.compare": _("立即对账"),
        "exchange.stream.stall": _("发现数据流受阻或两端不一致"),
        "exchange.node.approve": _("批准节点加入"),
        "exchange.node.refuse": _("拒绝节点加入"),
        "exchange.node.request": _("节点申请加入"),
        "exchange.node.suspend": _("暂停节点"),
        "exchange.node.resume": _("恢复节点"),
        "exchange.node.dismiss": _("令节点退出"),
        "exchange.node.route": _("调整节点路由"),
        "exchange.node.move": _("节点地址变更"),
        "exchange.node.order": _("执行下级节点指令"),
        "exchange.node.ask": _("申请加入上级节点"),
        "exchange.node.joined": _("已加入上级节点"),
        "exchange.node.leave": _("退出上级节点"),
        "exchange.key.make": _("生成节点密钥"),
        "exchange.key.use": _("启用新节点密钥"),
        "exchange.key.drop": _("停用旧节点密钥"),
        "exchange.list.publish": _("发布信任列表"),
        "exchange.list.take": _("接收信任列表"),
        "exchange.mode.change": _("变更建设模式"),
        "exchange.mode.undo": _("撤回建设模式变更"),
    }
)
