"""
What may be handed over about somebody who logs in elsewhere with his account here.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

TICKET_SCOPES = {
    "ticket": (_("姓名、证件类型和证件号码"), _("手机号码"), _("实名等级")),
    "ticket.legal_person": (_("单位名称和统一社会信用代码"), _("法定代表人的姓名、证件类型和证件号码")),
}
"""What an application of the ticket protocol is told: of a person, and of a legal person besides."""


class ClaimScope(models.TextChoices):
    """
    授权内容: scopes of OpenID Connect Core 1.0 section 5.4, with ours for what the law calls real name.
    """

    OPENID = "openid", _("登录身份标识（各应用互不相同）")
    PROFILE = "profile", _("脱敏后的姓名")
    IDENTITY = "identity", _("姓名、证件类型和证件号码")
    PHONE = "phone", _("手机号码")
    ACTING_FOR = "acting_for", _("您正在为谁办事")
    STAFF = "staff", _("工作人员姓名、机构和岗位")
