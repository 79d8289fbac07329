"""
Words and typed values of identity, shared with other apps.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.foundation.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Collection


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
    come under RESIDENT_ID.
    """

    RESIDENT_ID = "111", _("居民身份证")
    FOREIGN_PERMANENT_RESIDENT = "553", _("外国人永久居留身份证")


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
    OPERATOR = "OPERATOR", _("运维人员")


class Scope(models.TextChoices):
    """
    授权范围: what a token of another system may do. RFC 6749 section 3.3.
    """

    CASES_READ = "cases:read", _("查看本机构办件")
    CASES_WRITE = "cases:write", _("代收申请、办理本机构办件")
    HANDLING_WRITE = "handling:write", _("代替业务办理系统审查和决定本机构办件")
    LICENCES_READ = "licences:read", _("查看本机构证照")
    LICENCES_WRITE = "licences:write", _("暂停、恢复、变更、撤销、注销本机构证照")
    CATALOGUE_WRITE = "catalogue:write", _("发布本机构事项")


class CodePurpose(models.TextChoices):
    """
    What a mobile code is asked for; a code of one purpose is worth nothing for another.
    """

    REGISTER = "REGISTER", _("注册")
    RESET_PASSWORD = "RESET_PASSWORD", _("重置密码")
    CHANGE_MOBILE = "CHANGE_MOBILE", _("修改手机号码")


class DisclosurePurpose(models.TextChoices):
    """
    Why somebody other than the person reads a person's data in clear.
    """

    CASE_HANDLING = "CASE_HANDLING", _("办理案件")
    COUNTER_ACCEPTANCE = "COUNTER_ACCEPTANCE", _("窗口代为申请")
    NOTICE = "NOTICE", _("制作文书")
    LICENCE_ISSUE = "LICENCE_ISSUE", _("制发证照")


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """
    Limits of the doors, after GB/T 22239-2019 level 3 (等保三级), 身份鉴别.

    What an operator may change is in the settings (`TONGBAN_IDENTITY_*`); the rest is fixed here.
    """

    login_failures: int = 5
    """Failed tries on one login name before the door closes."""
    login_lock: timedelta = timedelta(minutes=15)
    """How long failures count, and how long the door stays closed."""
    login_tries_per_address: int = 60
    """Tries from one address within `login_lock`; a whole hall may share one address."""
    code_lifetime: timedelta = timedelta(minutes=5)
    code_tries: int = 5
    """Guesses after which a code is worthless."""
    code_interval: timedelta = timedelta(minutes=1)
    """Shortest time between two codes to one mobile."""
    codes_per_mobile: int = 10
    """Codes to one mobile in a day."""
    codes_per_address: int = 60
    """Codes asked for from one address within an hour."""
    proof_lifetime: timedelta = timedelta(minutes=30)
    """How long a mobile that was proved by a code may be used to finish what it was proved for."""
    registrations_per_address: int = 30
    """Registrations tried from one address within an hour."""
    session_idle: timedelta = timedelta(minutes=30)
    session_absolute: timedelta = timedelta(hours=12)
    token_lifetime: timedelta = timedelta(hours=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class MobileProof:
    """
    A mobile was shown to be in the hands of whoever asks.
    """

    id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeReceipt:
    """
    A code is on its way.
    """

    mobile_masked: str
    expires_at: datetime
    next_at: datetime
    """From when another code may be asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RegistrationReceipt:
    """
    A person has an account.
    """

    person_id: UUID
    account_id: UUID
    name_masked: str
    assurance_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonReceipt:
    """
    A person is known to this node, with or without an account.
    """

    person_id: UUID
    name_masked: str
    assurance_level: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffReceipt:
    """
    A member of staff has an account.
    """

    account_id: UUID
    login_name: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginReceipt:
    """
    Somebody proved to be who he says; nothing is open yet.
    """

    account_id: UUID
    kind: AccountKind
    name: str
    """Masked for a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInReceipt:
    """
    A browser session was opened.
    """

    sign_in_id: UUID
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenReceipt:
    """
    An access token; the only time it is ever shown.
    """

    token: str
    expires_at: datetime
    scopes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientReceipt:
    """
    A machine client; the only time its secret is ever shown.
    """

    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientFacts:
    """
    A machine client, as operators see it; its secret is kept nowhere.
    """

    client_id: str
    name: str
    scopes: tuple[str, ...]
    agency_code: str
    division_code: str
    created_at: datetime
    expires_at: datetime | None
    """None: until revoked."""
    revoked_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoAccounts:
    """
    What `load_demo_accounts` did.
    """

    staff_created: int
    persons_created: int


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRef:
    """
    A person as anybody who may know of him sees him: masked.
    """

    person_id: UUID
    id_type: IdType
    name_masked: str
    id_number_masked: str
    mobile_masked: str
    assurance_level: int
    has_account: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonDetails:
    """
    A person in clear. Made only by services that wrote down who asked and why.
    """

    person_id: UUID
    id_type: IdType
    name: str
    id_number: str
    mobile: str
    birth_date: date
    sex: Sex
    assurance_level: int

    def __repr__(self) -> str:
        return f"PersonDetails(person_id={self.person_id!r}, …)"


@dataclass(frozen=True, kw_only=True, slots=True)
class Profile:
    """
    What the account page shows to its owner; personal data masked.
    """

    kind: AccountKind
    login_name: str
    name: str
    id_type_label: str
    id_number_masked: str
    mobile_masked: str
    assurance_level: int
    assurance_label: str
    agency_code: str
    posts: tuple[str, ...]
    roles: tuple[str, ...]
    last_login_at: datetime | None
    password_changed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """
    One open browser session of the owner.
    """

    sign_in_id: UUID
    address: str
    user_agent: str
    started_at: datetime
    seen_at: datetime
    is_current: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class StaffRef:
    """
    A member of staff as cases and desks name him.
    """

    account_id: UUID
    staff_code: str
    name: str
    agency_code: str
    division_code: str
    posts: frozenset[str]
    roles: frozenset[str]

    def holds_any(self, posts: "Collection[str]") -> bool:
        """
        Whether one of `posts` is held.
        """
        return not self.posts.isdisjoint(posts)
