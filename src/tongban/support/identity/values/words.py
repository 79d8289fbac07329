"""
Code lists of identity.
"""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class AccountKind(models.TextChoices):
    """
    账号类别: who stands behind an account.
    """

    PERSON = "PERSON", _("自然人")
    STAFF = "STAFF", _("工作人员")


class IdType(models.TextChoices):
    """
    证件类型, code table T20 of the national exchange (GA/T 2000.156). Only what this node can check so far.

    Residents of Hong Kong, Macao and Taiwan who hold a residence permit carry a number of GB 11643 and
    come under RESIDENT_ID; those who have none, a travel permit.
    """

    RESIDENT_ID = "111", _("居民身份证")
    TAIWAN_PERMIT = "511", _("台湾居民来往大陆通行证")
    HONG_KONG_MACAO_PERMIT = "516", _("港澳居民来往内地通行证")
    FOREIGN_PERMANENT_RESIDENT = "553", _("外国人永久居留身份证")


TRAVEL_PERMITS: Final = (IdType.TAIWAN_PERMIT, IdType.HONG_KONG_MACAO_PERMIT)
"""Their numbers do not say when the holder was born."""


class AssuranceLevel(models.IntegerChoices):
    """
    实名等级, 0 to 4 as in the national exchange (`user_real_lvl`).
    """

    ANONYMOUS = 0, _("未实名")
    MOBILE = 1, _("手机验证")
    DATA_CHECK = 2, _("信息比对")
    FACE = 3, _("实人核验")
    COUNTER = 4, _("窗口或证件核验")


class Post(models.TextChoices):
    """
    岗位: what a member of staff may do to a case.
    """

    ACCEPTANCE = "ACCEPTANCE", _("受理人")
    REVIEW = "REVIEW", _("审查人")
    DECISION = "DECISION", _("决定人")
    DELIVERY = "DELIVERY", _("送件人")
    COUNTER = "COUNTER", _("综合窗口")


class Role(models.TextChoices):
    """
    角色: what a member of staff may do beside cases.
    """

    SUPERVISOR = "SUPERVISOR", _("监察员")
    CATALOGUE_EDITOR = "CATALOGUE_EDITOR", _("事项管理员")
    LICENCE_EDITOR = "LICENCE_EDITOR", _("证照目录编制员")
    LICENCE_REVIEWER = "LICENCE_REVIEWER", _("证照目录审核员")
    OPERATOR = "OPERATOR", _("系统管理员")
    SECURITY_ADMINISTRATOR = "SECURITY_ADMINISTRATOR", _("安全管理员")
    AUDIT_ADMINISTRATOR = "AUDIT_ADMINISTRATOR", _("审计管理员")
    SEAL_KEEPER = "SEAL_KEEPER", _("印章管理员")
    SEAL_REVIEWER = "SEAL_REVIEWER", _("印章审核员")
    SEAL_MAKER = "SEAL_MAKER", _("印章制作员")
    SEAL_REGISTRAR = "SEAL_REGISTRAR", _("印章备案员")
    DATA_STEWARD = "DATA_STEWARD", _("数据管理员")
    DATA_REVIEWER = "DATA_REVIEWER", _("数据审核员")


THREE_ADMINISTRATORS: Final = (Role.OPERATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDIT_ADMINISTRATOR)
"""三员: no two of them are one person (GB/T 22239-2019 8.1.4.2)."""


class Factor(models.TextChoices):
    """
    第二重认证: what was shown beside the password.
    """

    TOTP = "TOTP", _("动态口令")
    WEBAUTHN = "WEBAUTHN", _("安全密钥")
    RECOVERY = "RECOVERY", _("恢复码")


class AssignmentKind(models.TextChoices):
    """
    任职变动类别.
    """

    CREATE = "CREATE", _("开通账号")
    GRANT = "GRANT", _("调整岗位角色")
    TRANSFER = "TRANSFER", _("调动")
    LEAVE = "LEAVE", _("离岗")
    RETURN = "RETURN", _("返岗")


class Scope(models.TextChoices):
    """
    授权范围: what a token of another system may do. RFC 6749 section 3.3.
    """

    CASES_READ = "cases:read", _("查看本机构办件")
    CASES_WRITE = "cases:write", _("代收申请、办理本机构办件")
    HANDLING_WRITE = "handling:write", _("代替业务办理系统审查和决定本机构办件")
    LICENCES_READ = "licences:read", _("查看本机构证照")
    LICENCES_WRITE = "licences:write", _("暂停、恢复、变更、撤销、注销本机构证照")
    SEALS_USE = "seals:use", _("按自动签发授权使用本机构印章")
    CATALOGUE_WRITE = "catalogue:write", _("发布本机构事项")
    REGISTERS_VERIFY = "registers:verify", _("核验基础信息，只得到是或否")
    DATA_CALL = "data:call", _("按授权调用数据服务")
    SHARING_READ = "sharing:read", _("查看本机构的数据服务、用数申请和授权")
    SHARING_WRITE = "sharing:write", _("代本机构提供、申请和授权使用数据")
    DATASETS_READ = "datasets:read", _("查看信息资源目录")
    DATASETS_WRITE = "datasets:write", _("编制本机构信息资源目录")
    EXCHANGE_READ = "exchange:read", _("查看数据交换运行情况")
    EXCHANGE_WRITE = "exchange:write", _("重试、重放和核对数据交换")


class CodePurpose(models.TextChoices):
    """
    What a mobile code is asked for; a code of one purpose is worth nothing for another.
    """

    REGISTER = "REGISTER", _("注册")
    RESET_PASSWORD = "RESET_PASSWORD", _("重置密码")
    CHANGE_MOBILE = "CHANGE_MOBILE", _("修改手机号码")
    FRESH_CHECK = "FRESH_CHECK", _("二次认证")
    COUNTER = "COUNTER", _("窗口核验")
    GRANT_MANDATE = "GRANT_MANDATE", _("授权亲友代办")


class DisclosurePurpose(models.TextChoices):
    """
    Why somebody other than the person reads a person's data in clear.
    """

    CASE_HANDLING = "CASE_HANDLING", _("办理案件")
    COUNTER_ACCEPTANCE = "COUNTER_ACCEPTANCE", _("窗口代为申请")
    NOTICE = "NOTICE", _("制作文书")
    LICENCE_ISSUE = "LICENCE_ISSUE", _("制发证照")
    REGISTER_CHECK = "REGISTER_CHECK", _("复核法人库中的法定代表人")
    REPRESENTATION = "REPRESENTATION", _("以单位名义填写申请")
