"""
Words of the catalogue. Open lists (T1 事项类型, themes, documents) are data: see `code_lists.json`.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ServiceType(models.TextChoices):
    """
    事项类型, the national codes of T1 that are applied for; provinces extend the list, so columns hold any code.
    """

    PERMIT = "01", _("行政许可")
    BENEFIT = "05", _("行政给付")
    CONFIRMATION = "07", _("行政确认")
    AWARD = "08", _("行政奖励")
    ADJUDICATION = "09", _("行政裁决")
    OTHER = "10", _("其他行政权力")
    PUBLIC_SERVICE = "20", _("公共服务")


class UseLevel(models.TextChoices):
    """
    行使层级 (T2).
    """

    NATION = "1", _("国家级")
    PROVINCE = "2", _("省级")
    CITY = "3", _("市级")
    COUNTY = "4", _("县级")
    TOWNSHIP = "5", _("乡镇（街道）级")
    VILLAGE = "6", _("村（社区）级")
    GRADED = "7", _("分级管理")


class OfferingState(models.TextChoices):
    """
    事项状态 (T10: 1 在用, 2 暂停, 3 取消, 4 草稿).
    """

    DRAFT = "DRAFT", _("草稿")
    IN_USE = "IN_USE", _("在用")
    SUSPENDED = "SUSPENDED", _("暂停")
    RETIRED = "RETIRED", _("取消")


class Audience(models.TextChoices):
    """
    服务对象大类: whom a service is for.
    """

    PERSON = "PERSON", _("个人")
    LEGAL = "LEGAL", _("法人")


class ApplicantKind(models.TextChoices):
    """
    服务对象 (T4 in the form of C 0109).
    """

    PERSON = "1", _("自然人")
    ENTERPRISE = "2", _("企业法人")
    INSTITUTION = "3", _("事业法人")
    SOCIAL_ORGANISATION = "4", _("社会组织法人")
    UNINCORPORATED = "5", _("非法人企业")
    GOVERNMENT = "6", _("行政机关")
    OTHER = "9", _("其他组织")


class HandlingKind(models.TextChoices):
    """
    办件类型 (T6: 1 即办件, 2 承诺件, 9 其他).
    """

    ON_THE_SPOT = "ON_THE_SPOT", _("即办件")
    COMMITTED = "COMMITTED", _("承诺件")
    OTHER = "OTHER", _("其他")


class HandlingForm(models.TextChoices):
    """
    办理形式 (T5).
    """

    COUNTER = "COUNTER", _("窗口办理")
    WEB = "WEB", _("网上办理")
    MOBILE = "MOBILE", _("移动端办理")
    COURIER = "COURIER", _("快递申请")
    OTHER = "OTHER", _("其他")


class LimitUnit(models.TextChoices):
    """
    时限单位 (T17).
    """

    WORKING_DAY = "WORKING_DAY", _("工作日")
    CALENDAR_DAY = "CALENDAR_DAY", _("自然日")
    MONTH = "MONTH", _("月")
    YEAR = "YEAR", _("年")
    HOUR = "HOUR", _("小时")


class MaterialKind(models.TextChoices):
    """
    材料类型 (T14).
    """

    CERTIFICATE = "CERTIFICATE", _("证件证书证明")
    FORM = "FORM", _("申请表格文书")
    OTHER = "OTHER", _("其他")


class MaterialForm(models.TextChoices):
    """
    材料形式 (T14).
    """

    PAPER = "PAPER", _("纸质")
    ELECTRONIC = "ELECTRONIC", _("电子化")
    EITHER = "EITHER", _("纸质/电子化")


class Necessity(models.TextChoices):
    """
    材料必要性 (T15).
    """

    REQUIRED = "REQUIRED", _("必要")
    OPTIONAL = "OPTIONAL", _("非必要")
    LATER = "LATER", _("容缺后补")


class MaterialSource(models.TextChoices):
    """
    来源渠道 (T16).
    """

    APPLICANT = "APPLICANT", _("申请人自备")
    GOVERNMENT = "GOVERNMENT", _("政府部门核发")
    INTERMEDIARY = "INTERMEDIARY", _("中介机构出具")
    OTHER = "OTHER", _("其他")


class ResultKind(models.TextChoices):
    """
    办理结果类型 (T12, widened by what real lists hold). ENTRY ends in nothing but an entry (备案、登记).
    """

    LICENCE = "LICENCE", _("证照")
    DOCUMENT = "DOCUMENT", _("批文")
    CERTIFICATE = "CERTIFICATE", _("证明文件")
    REPORT = "REPORT", _("鉴定报告")
    ENTRY = "ENTRY", _("备案或登记")
    OTHER = "OTHER", _("其他")


class StepStage(models.TextChoices):
    """
    办理环节: the six steps of the flow sheet.
    """

    INTAKE = "INTAKE", _("收件")
    ACCEPTANCE = "ACCEPTANCE", _("受理")
    REVIEW = "REVIEW", _("审查")
    DECISION = "DECISION", _("决定")
    CERTIFICATE = "CERTIFICATE", _("制证")
    DELIVERY = "DELIVERY", _("送达")


class ReviewMethod(models.TextChoices):
    """
    审查方式 (108号 附件 审查工作细则).
    """

    DOCUMENT = "DOCUMENT", _("书面审查")
    SITE_CHECK = "SITE_CHECK", _("实地核查")
    TENDER = "TENDER", _("招标与拍卖")
    EXAMINATION = "EXAMINATION", _("检验、检测、检疫、鉴定、考试、考核")
    EXPERT_REVIEW = "EXPERT_REVIEW", _("专家评审")
    TECHNICAL_REVIEW = "TECHNICAL_REVIEW", _("技术审查")
    HEARING = "HEARING", _("听证")
    INTERESTED_PARTIES = "INTERESTED_PARTIES", _("听取利害关系人意见")
    COLLECTIVE = "COLLECTIVE", _("集体审查")
    OTHER = "OTHER", _("其他法定方式")


class ProcedureKind(models.TextChoices):
    """
    特别程序种类 (T7: 1 延长审批, 2 除延长审批之外).
    """

    EXTENSION = "EXTENSION", _("延长审批")
    OTHER = "OTHER", _("除延长审批之外的特别程序")


class Reach(models.TextChoices):
    """
    通办范围 (T11).
    """

    NATION = "NATION", _("全国")
    PROVINCE = "PROVINCE", _("全省")
    CITY = "CITY", _("全市")
    COUNTY = "COUNTY", _("全县")
    TOWNSHIP = "TOWNSHIP", _("全镇（乡、街道）")
    ACROSS_VILLAGES = "ACROSS_VILLAGES", _("跨村（社区）")
    NONE = "NONE", _("不通办")


class FieldType(models.TextChoices):
    """
    Kinds of fields of an application form.
    """

    TEXT = "TEXT", _("文本")
    TEXTAREA = "TEXTAREA", _("多行文本")
    NUMBER = "NUMBER", _("数字")
    DATE = "DATE", _("日期")
    CHOICE = "CHOICE", _("单选")
    CHOICES = "CHOICES", _("多选")
    ID_NUMBER = "ID_NUMBER", _("公民身份号码")
    MOBILE = "MOBILE", _("手机号码")
    SOCIAL_CREDIT_CODE = "SOCIAL_CREDIT_CODE", _("统一社会信用代码")
    ADDRESS = "ADDRESS", _("地址")


class Prefill(models.TextChoices):
    """
    Where known data comes from when a form opens.
    """

    NONE = "", _("无")
    PERSON_NAME = "person.name", _("姓名")
    PERSON_ID_NUMBER = "person.id_number", _("公民身份号码")
    PERSON_MOBILE = "person.mobile", _("手机号码")
    PERSON_ADDRESS = "person.address", _("住址")
    PERSON_BIRTH_DATE = "person.birth_date", _("出生日期")
    LEGAL_NAME = "legal.name", _("单位名称")
    LEGAL_SOCIAL_CREDIT_CODE = "legal.social_credit_code", _("统一社会信用代码")
    LEGAL_REPRESENTATIVE = "legal.representative", _("法定代表人")
    LEGAL_ADDRESS = "legal.address", _("单位住所")
