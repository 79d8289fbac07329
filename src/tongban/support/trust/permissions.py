"""
Who may look after keys and certificates: the system administrator sees, the security administrator acts.

Source: GB/T 22239-2019 8.1.5 (administrators are separate), 密码法 art. 27.
"""

from django.utils.translation import gettext_lazy as _

from tongban.foundation import audit, policy
from tongban.foundation.actors import Actor
from tongban.foundation.policy import Decision, Reason, no, yes
from tongban.support.identity.values import Role

_READERS = frozenset({Role.OPERATOR, Role.SECURITY_ADMINISTRATOR})


@policy.action("trust.certificate.read", title=_("查看证书"))
def read_certificates(actor: Actor) -> Decision:
    """
    Let system and security administrators see keys, certificates and whom the node trusts.
    """
    return yes(Reason.ROLE) if actor.is_staff and actor.roles & _READERS else no(Reason.NO_ROLE)


@policy.action("trust.authority.establish", title=_("设立认证机构"))
def establish(actor: Actor) -> Decision:
    """
    Let the node itself set up its authorities; nobody else.
    """
    return no(Reason.NOT_FOR_THIS_KIND)


@policy.action("trust.certificate.issue", title=_("签发证书"))
def issue(actor: Actor) -> Decision:
    """
    Let security administrators have certificates issued, requested, installed and renewed.
    """
    return _administers(actor)


@policy.action("trust.certificate.revoke", title=_("吊销证书"))
def revoke(actor: Actor) -> Decision:
    """
    Let security administrators revoke certificates.
    """
    return _administers(actor)


@policy.action("trust.key.destroy", title=_("销毁密钥"))
def destroy_key(actor: Actor) -> Decision:
    """
    Let security administrators destroy a key that no valid certificate needs.
    """
    return _administers(actor)


@policy.action("trust.anchor.change", title=_("管理信任的签发机构"), for_people_only=True)
def change_anchors(actor: Actor) -> Decision:
    """
    Let security administrators decide which outside authorities are trusted.
    """
    return _administers(actor)


@policy.action("trust.list.take", title=_("接收吊销列表"))
def take_list(actor: Actor) -> Decision:
    """
    Let security administrators take over what outside authorities have revoked.
    """
    return _administers(actor)


audit.entitle(
    {
        "trust.key.make": _("生成密钥"),
        "trust.certificate.request": _("申请外部证书"),
        "trust.certificate.install": _("安装外部证书"),
        "trust.certificate.renew": _("证书续期"),
        "trust.root.export": _("导出根密钥"),
        "trust.root.detach": _("根密钥离线保管"),
        "trust.root.order": _("申请签发机构证书"),
        "trust.certificate.near_end": _("证书即将到期"),
        "trust.list.publish": _("发布吊销列表"),
        "trust.anchor.trust": _("信任签发机构"),
        "trust.anchor.withdraw": _("撤回对签发机构的信任"),
    }
)


def _administers(actor: Actor) -> Decision:
    holds = actor.is_staff and Role.SECURITY_ADMINISTRATOR in actor.roles
    return yes(Reason.ROLE) if holds else no(Reason.NO_ROLE)
