"""
Who may read the audit trail, and who looks after security: two people, and neither is who runs the node.

Source: GB/T 22239-2019 8.1.4.2 c), 8.1.5 (system, security and audit administrators are separate).
"""

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Role


@policy.action("security.audit.read", title=_("查询审计记录"), for_people_only=True)
def read_audit(actor: Actor) -> Decision:
    """
    Let audit administrators read the trail.
    """
    return _holds(actor, Role.AUDIT_ADMINISTRATOR)


@policy.action("security.audit.export", title=_("导出审计记录"), for_people_only=True)
def export_audit(actor: Actor) -> Decision:
    """
    Let audit administrators take entries out of the node.
    """
    return _holds(actor, Role.AUDIT_ADMINISTRATOR)


@policy.action("security.event.read", title=_("查看安全事件"))
def read_events(actor: Actor) -> Decision:
    """
    Let security administrators see what was strange.
    """
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("security.event.handle", title=_("处置安全事件"), for_people_only=True)
def handle_event(actor: Actor) -> Decision:
    """
    Let security administrators take an event up, and close it.
    """
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("security.rule.change", title=_("调整告警规则"), for_people_only=True)
def change_rule(actor: Actor) -> Decision:
    """
    Let security administrators say when an event is raised.
    """
    return _holds(actor, Role.SECURITY_ADMINISTRATOR)


@policy.action("security.trail.watch", title=_("检测安全事件"))
def watch_trail(actor: Actor) -> Decision:
    """
    Let the node's own jobs watch the trail; nobody else.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


audit.entitle(
    {
        "security.audit.verify": _("核验审计记录"),
        "security.audit.find_fault": _("发现审计记录异常"),
        "security.event.acknowledge": _("接手安全事件"),
        "security.alarm_contact.choose": _("设置告警接收手机"),
        "security.event.close": _("关闭安全事件"),
        "foundation.audit.anchor": _("锚定审计记录"),
        "foundation.audit.export_month": _("归档审计月份"),
        "foundation.audit.drop_month": _("清除已归档的审计月份"),
        "foundation.keys.make": _("新增数据密钥"),
        "foundation.keys.use": _("启用数据密钥"),
        "foundation.keys.begin_rotation": _("开始更换密钥"),
        "foundation.keys.end_rotation": _("结束更换密钥"),
        "foundation.keys.retire": _("停用数据密钥"),
        "foundation.keys.wrap": _("密钥转入密钥管理系统"),
        "foundation.calendar.load": _("装入工作日历"),
    }
)


def _holds(actor: Actor, role: Role) -> Decision:
    return yes(Reason.ROLE) if actor.is_staff and role in actor.roles else no(Reason.NO_ROLE)
