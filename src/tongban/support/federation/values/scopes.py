"""
What may be handed over about somebody who logs in elsewhere with his account here.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


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
