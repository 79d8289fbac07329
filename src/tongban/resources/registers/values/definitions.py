"""
The base registers: which fields each has, and from whom each field comes (一数一源).

Source: 发改高技〔2017〕1272号 (the kinds of base registers); 国发〔2016〕51号 (谁主管，谁提供，谁负责).
"""

from dataclasses import dataclass
from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text


class RegisterCode(models.TextChoices):
    """
    基础信息资源库.
    """

    POPULATION = "POPULATION", _("人口库")
    ENTITY = "ENTITY", _("法人单位库")
    ADDRESS = "ADDRESS", _("地址库")
    CREDIT = "CREDIT", _("信用库")
    LICENCE = "LICENCE", _("证照库")


class SourceRole(models.TextChoices):
    """
    数源: which kind of agency is responsible for a field.
    """

    PUBLIC_SECURITY = "PUBLIC_SECURITY", _("公安机关")
    CIVIL_AFFAIRS = "CIVIL_AFFAIRS", _("民政部门")
    STAFFING = "STAFFING", _("机构编制部门")
    MARKET_REGULATION = "MARKET_REGULATION", _("市场监督管理部门")
    JUSTICE = "JUSTICE", _("司法行政部门")
    AGRICULTURE = "AGRICULTURE", _("农业农村部门")
    CREDIT_OFFICE = "CREDIT_OFFICE", _("社会信用主管部门")
    SERVICE_OFFICE = "SERVICE_OFFICE", _("政务服务部门")
    REGISTRAR = "REGISTRAR", _("登记管理部门")
    """Whoever registers this kind of entity: the first character of its code says who (GB 32100)."""
    ISSUER = "ISSUER", _("证照颁发机构")
    """The agency that the record itself names."""


class FieldForm(models.TextChoices):
    """
    How a field is written, and so how it is cleaned and compared.
    """

    TEXT = "TEXT", _("文本")
    NAME = "NAME", _("名称")
    ADDRESS = "ADDRESS", _("地址")
    DATE = "DATE", _("日期")
    RESIDENT_ID = "RESIDENT_ID", _("公民身份号码")
    CREDIT_CODE = "CREDIT_CODE", _("统一社会信用代码")
    SUBJECT = "SUBJECT", _("公民身份号码或统一社会信用代码")
    DIVISION = "DIVISION", _("行政区划代码")
    MOBILE = "MOBILE", _("手机号码")
    SEX = "SEX", _("性别")
    YES_NO = "YES_NO", _("是否")
    CODE = "CODE", _("代码")


SEX_WORDS: Final = {"0": _("未知"), "1": _("男"), "2": _("女"), "9": _("未说明")}
"""GB/T 2261.1-2003."""
TRUTH_WORDS: Final = {"0": _("否"), "1": _("是")}


class AliasKind(models.TextChoices):
    """
    By what else than its key a record is found.
    """

    REGISTRATION_NUMBER = "REGISTRATION_NUMBER", _("注册号")
    """15 digits of before the unified code."""
    ORGANISATION_CODE = "ORGANISATION_CODE", _("组织机构代码")
    NAME_AND_BIRTH = "NAME_AND_BIRTH", _("姓名和出生日期")
    NAME = "NAME", _("名称")
    ADDRESS = "ADDRESS", _("地址")

    @property
    def is_sure(self) -> bool:
        """
        Whether it belongs to one record only; what is found by another is for a person to decide.
        """
        return self in {AliasKind.REGISTRATION_NUMBER, AliasKind.ORGANISATION_CODE}


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldRule:
    """
    信息项: one field of a register.
    """

    name: str
    title: Text
    form: FieldForm = FieldForm.TEXT
    source: SourceRole
    """Whose word about it holds."""
    is_personal: bool = False
    is_required: bool = False
    """Its absence counts against completeness; a new record without it is refused."""
    is_identifying: bool = False
    """Whoever does not know it of the record learns nothing else by verification."""
    longest: int = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Definition:
    """
    One base register: data, not code.
    """

    code: RegisterCode
    key: str
    """The field by which a record is known."""
    fields: tuple[FieldRule, ...]
    dataset_code: str
    """信息资源代码 under which the catalogue of datasets has it: 类 1 base, 项 in the order of the guide."""
    about: str = ""
    """Field with the number of the person or entity the record is about, where that is not the key."""

    @property
    def title(self) -> Text:
        """
        Return the register's name.
        """
        return RegisterCode(self.code).label

    @property
    def names(self) -> frozenset[str]:
        """
        Return the names of all fields.
        """
        return frozenset(rule.name for rule in self.fields)

    @property
    def identifying(self) -> frozenset[str]:
        """
        Return the names of the identifying fields.
        """
        return frozenset(rule.name for rule in self.fields if rule.is_identifying)

    def field(self, name: str) -> FieldRule | None:
        """
        Return the rule of a field, or None.
        """
        return next((rule for rule in self.fields if rule.name == name), None)


_POLICE, _CIVIL, _REGISTRAR = SourceRole.PUBLIC_SECURITY, SourceRole.CIVIL_AFFAIRS, SourceRole.REGISTRAR
_CREDIT, _ISSUER, _OFFICE = SourceRole.CREDIT_OFFICE, SourceRole.ISSUER, SourceRole.SERVICE_OFFICE

POPULATION: Final = Definition(
    code=RegisterCode.POPULATION,
    key="id_number",
    dataset_code="101001/000001",
    fields=(
        FieldRule(
            name="id_number",
            title=_("公民身份号码"),
            form=FieldForm.RESIDENT_ID,
            source=_POLICE,
            is_personal=True,
            is_required=True,
        ),
        FieldRule(
            name="name",
            title=_("姓名"),
            form=FieldForm.NAME,
            source=_POLICE,
            is_personal=True,
            is_required=True,
            is_identifying=True,
        ),
        FieldRule(name="sex", title=_("性别"), form=FieldForm.SEX, source=_POLICE, is_personal=True),
        FieldRule(name="ethnicity", title=_("民族"), source=_POLICE, is_personal=True),
        FieldRule(
            name="birth_date", title=_("出生日期"), form=FieldForm.DATE, source=_POLICE, is_personal=True
        ),
        FieldRule(
            name="household_address",
            title=_("户籍地址"),
            form=FieldForm.ADDRESS,
            source=_POLICE,
            is_personal=True,
        ),
        FieldRule(name="marital_status", title=_("婚姻状况"), source=_CIVIL, is_personal=True),
        FieldRule(
            name="residence_address",
            title=_("常住地址"),
            form=FieldForm.ADDRESS,
            source=_POLICE,
            is_personal=True,
        ),
        FieldRule(
            name="mobile", title=_("手机号码"), form=FieldForm.MOBILE, source=_OFFICE, is_personal=True
        ),
        FieldRule(
            name="is_deceased",
            title=_("是否死亡"),
            form=FieldForm.YES_NO,
            source=_CIVIL,
            is_personal=True,
        ),
    ),
)

ENTITY: Final = Definition(
    code=RegisterCode.ENTITY,
    key="credit_code",
    dataset_code="102001/000001",
    fields=(
        FieldRule(
            name="credit_code",
            title=_("统一社会信用代码"),
            form=FieldForm.CREDIT_CODE,
            source=_REGISTRAR,
            is_required=True,
        ),
        FieldRule(
            name="name",
            title=_("单位名称"),
            form=FieldForm.NAME,
            source=_REGISTRAR,
            is_required=True,
            is_identifying=True,
        ),
        FieldRule(name="entity_kind", title=_("单位类型"), source=_REGISTRAR),
        FieldRule(
            name="legal_representative",
            title=_("法定代表人"),
            form=FieldForm.NAME,
            source=_REGISTRAR,
            is_personal=True,
        ),
        FieldRule(name="address", title=_("住所"), form=FieldForm.ADDRESS, source=_REGISTRAR),
        FieldRule(name="business_scope", title=_("经营（业务）范围"), source=_REGISTRAR, longest=4000),
        FieldRule(name="status", title=_("登记状态"), source=_REGISTRAR),
        FieldRule(name="registration_number", title=_("注册号"), form=FieldForm.CODE, source=_REGISTRAR),
        FieldRule(name="established_date", title=_("成立日期"), form=FieldForm.DATE, source=_REGISTRAR),
    ),
)

ADDRESS: Final = Definition(
    code=RegisterCode.ADDRESS,
    key="address_code",
    dataset_code="103001/000001",
    fields=(
        FieldRule(
            name="address_code",
            title=_("标准地址编码"),
            form=FieldForm.CODE,
            source=_POLICE,
            is_required=True,
        ),
        FieldRule(
            name="address",
            title=_("标准地址"),
            form=FieldForm.ADDRESS,
            source=_POLICE,
            is_required=True,
            is_identifying=True,
        ),
        FieldRule(name="division_code", title=_("行政区划代码"), form=FieldForm.DIVISION, source=_CIVIL),
    ),
)

CREDIT: Final = Definition(
    code=RegisterCode.CREDIT,
    key="record_number",
    dataset_code="104001/000001",
    about="subject_code",
    fields=(
        FieldRule(
            name="record_number",
            title=_("信用信息编号"),
            form=FieldForm.CODE,
            source=_CREDIT,
            is_required=True,
        ),
        FieldRule(
            name="subject_code",
            title=_("主体代码"),
            form=FieldForm.SUBJECT,
            source=_CREDIT,
            is_personal=True,
            is_required=True,
            is_identifying=True,
        ),
        FieldRule(
            name="subject_name", title=_("主体名称"), form=FieldForm.NAME, source=_CREDIT, is_personal=True
        ),
        FieldRule(name="kind", title=_("信用信息类别"), source=_CREDIT, is_required=True),
        FieldRule(name="content", title=_("信用信息内容"), source=_CREDIT, longest=4000),
        FieldRule(name="decided_date", title=_("认定日期"), form=FieldForm.DATE, source=_CREDIT),
        FieldRule(name="authority_name", title=_("认定单位"), form=FieldForm.NAME, source=_CREDIT),
    ),
)

LICENCE: Final = Definition(
    code=RegisterCode.LICENCE,
    key="licence_key",
    dataset_code="105001/000001",
    about="holder_code",
    fields=(
        FieldRule(
            name="licence_key",
            title=_("电子证照标识"),
            form=FieldForm.CODE,
            source=_ISSUER,
            is_required=True,
        ),
        FieldRule(name="type_code", title=_("证照类型代码"), form=FieldForm.CODE, source=_ISSUER),
        FieldRule(name="type_name", title=_("证照名称"), form=FieldForm.NAME, source=_ISSUER),
        FieldRule(name="number", title=_("证照编号"), form=FieldForm.CODE, source=_ISSUER, is_required=True),
        FieldRule(
            name="holder_code",
            title=_("持证主体代码"),
            form=FieldForm.SUBJECT,
            source=_ISSUER,
            is_personal=True,
            is_required=True,
            is_identifying=True,
        ),
        FieldRule(
            name="holder_name", title=_("持证主体"), form=FieldForm.NAME, source=_ISSUER, is_personal=True
        ),
        FieldRule(name="issuer_code", title=_("颁发机构代码"), form=FieldForm.CREDIT_CODE, source=_ISSUER),
        FieldRule(name="issued_date", title=_("颁发日期"), form=FieldForm.DATE, source=_ISSUER),
        FieldRule(name="status", title=_("证照状态"), source=_ISSUER),
    ),
)

DEFINITIONS: Final = {each.code: each for each in (POPULATION, ENTITY, ADDRESS, CREDIT, LICENCE)}


def definition(register: RegisterCode) -> Definition:
    """
    Return what a register is made of.
    """
    return DEFINITIONS[RegisterCode(register)]
