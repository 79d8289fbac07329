"""
Conformance of the interface: who the system is, and where it is pushed to.
"""

from django.utils.translation import gettext as _

from tongban.foundation import outgoing
from tongban.foundation.errors import ServiceError
from tongban.resources.docking.models import DockedSystem
from tongban.resources.docking.values import Finding

SHORTEST_SECRET = 32


def interface_findings(system: DockedSystem) -> list[Finding]:
    """
    Look at what is known of a system that is docked by the interface.
    """
    url, secret = str(system.settings.get("url", "")), str(system.settings.get("secret", ""))
    trouble = _trouble(url) if url else ""
    return [
        Finding(
            id="interface.client",
            title=_("系统身份"),
            asked=_("系统以 OAuth 2.0 客户端身份调用接口，权限含 handling:write"),
            is_met=bool(system.client_id),
            found=system.client_id or _("没有登记客户端"),
            mend="" if system.client_id else _("请用 tongban create-client 建立客户端，并登记在系统设置中"),
        ),
        Finding(
            id="interface.address",
            title=_("推送地址"),
            asked=_("推送地址可以访问；不登记地址的系统自行取件"),
            is_met=not trouble,
            found=trouble or url or _("自行取件"),
            mend=_("请使用 https 地址；内部网络的地址须列入 TONGBAN_OUTGOING_NETWORKS") if trouble else "",
        ),
        Finding(
            id="interface.signature",
            title=_("推送签名"),
            asked=_("推送以 HMAC-SM3 签名，密钥不少于 32 个字符"),
            is_met=not url or len(secret) >= SHORTEST_SECRET,
            found=_("已设置") if secret else _("没有设置"),
            mend="" if not url or len(secret) >= SHORTEST_SECRET else _("请设置不少于 32 个字符的密钥"),
        ),
    ]


def _trouble(url: str) -> str:
    try:
        outgoing.require_allowed(url)
    except ServiceError as error:
        return str(error)
    return ""
