"""
Tables of identity: accounts, the people and staff behind them, codes, sign-ins, machine clients and tokens.

Personal data is sealed (SM4-GCM); what must be found again has a blind index beside it. Secrets that this
node makes itself (codes, tokens, client secrets) are kept as digests only.
"""

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import BlindIndexField, SealedTextField
from tongban.support.identity.values import AccountKind, AssuranceLevel, CodePurpose, IdType

if TYPE_CHECKING:
    from datetime import datetime

TOKEN_DIGEST_BYTES = 32


class AccountQuerySet(models.QuerySet["Account"]):
    """
    Accounts, found the way people log in.
    """

    def locked(self, account_id: uuid.UUID) -> "Account":
        """
        Return one account, its row held until the transaction ends.
        """
        return self.select_for_update(no_key=True).get(id=account_id)

    def find_by_login(
        self, *, login_name: str, id_number_index: bytes, mobile_index: bytes
    ) -> "Account | None":
        """
        Return the account that goes by this login name, ID number or mobile, or None. One query.
        """
        return self.filter(
            Q(login_name=login_name)
            | Q(person__id_number_index=id_number_index)
            | Q(person__mobile_index=mobile_index)
        ).first()


class Account(AbstractBaseUser):
    """
    账号: a way to log in. Who it belongs to is a `Person` or a `StaffMember`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("账号类别", max_length=8, choices=AccountKind)
    login_name = models.CharField("登录名", max_length=64, unique=True)
    is_active = models.BooleanField("是否启用", default=True)
    failed_count = models.PositiveSmallIntegerField("连续失败次数", default=0)
    locked_until = models.DateTimeField("锁定至", null=True)
    session_epoch = models.PositiveIntegerField("会话纪元", default=0)
    """Raised to end every session and token of the account at once."""
    last_login = None
    last_login_at = models.DateTimeField("最近登录时间", null=True)
    password_changed_at = models.DateTimeField("密码修改时间")
    created_at = models.DateTimeField("建立时间")

    USERNAME_FIELD = "login_name"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = models.Manager.from_queryset(AccountQuerySet)()

    def __str__(self) -> str:
        return self.login_name

    def is_locked(self, *, at: "datetime") -> bool:
        """
        Whether too many wrong passwords keep the account closed at `at`.
        """
        return self.locked_until is not None and at < self.locked_until


class PersonQuerySet(models.QuerySet["Person"]):
    """
    Persons, found without reading what is sealed.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


class Person(models.Model):
    """
    自然人: somebody this node knows by an identity document, with or without an account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, null=True, related_name="person")
    id_type = models.CharField("证件类型", max_length=3, choices=IdType)
    id_number = SealedTextField("证件号码", context="identity.person.id_number")
    id_number_index = BlindIndexField("证件号码索引", unique=True)
    name = SealedTextField("姓名", context="identity.person.name")
    name_masked = models.CharField("脱敏姓名", max_length=64)
    mobile = SealedTextField("手机号码", context="identity.person.mobile", null=True)
    mobile_index = BlindIndexField("手机号码索引", null=True)
    assurance_level = models.PositiveSmallIntegerField("实名等级", choices=AssuranceLevel)
    registered_by = models.CharField("登记人", max_length=64, blank=True)
    """Account of the clerk who registered the person at a counter; empty: registered himself."""
    created_at = models.DateTimeField("登记时间")

    objects = models.Manager.from_queryset(PersonQuerySet)()

    class Meta:
        constraints = [
            # A mobile is a way to log in, so it leads to one account. Persons known from a counter only may
            # share one: a daughter's number stands on her parents' applications.
            models.UniqueConstraint(
                fields=["mobile_index"], condition=Q(account__isnull=False), name="person_mobile_logs_in_once"
            ),
            models.CheckConstraint(
                name="person_mobile_is_indexed",
                condition=Q(mobile__isnull=True, mobile_index__isnull=True)
                | Q(mobile__isnull=False, mobile_index__isnull=False),
            ),
            models.CheckConstraint(
                name="person_assurance_level_exists", condition=Q(assurance_level__in=AssuranceLevel.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name_masked} {self.id}"


class StaffMember(models.Model):
    """
    工作人员: somebody who works for an agency, with the posts and roles held there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.OneToOneField(Account, on_delete=models.PROTECT, related_name="staff_member")
    staff_code = models.CharField("人员编码", max_length=32, unique=True)
    name = models.CharField("姓名", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    posts = ArrayField(models.CharField(max_length=16), verbose_name="岗位", default=list)
    roles = ArrayField(models.CharField(max_length=24), verbose_name="角色", default=list)
    is_active = models.BooleanField("是否在岗", default=True)

    class Meta:
        indexes = [
            # Who can take a work item of this agency: asked at every hand-over.
            models.Index(fields=["agency_code"], condition=Q(is_active=True), name="staff_of_agency"),
        ]
        constraints = [
            models.CheckConstraint(
                name="staff_division_has_12_digits", condition=Q(division_code__regex=r"^\d{12}$")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staff_code} {self.name}"


class VerificationCode(models.Model):
    """
    手机验证码: six digits sent to a mobile. Kept as a keyed digest, proved once, used once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    mobile_index = BlindIndexField("手机号码索引")
    purpose = models.CharField("用途", max_length=16, choices=CodePurpose)
    account_id = models.UUIDField("申请人账号", null=True)
    """Whoever proved himself anew to ask for the code; only he can use it. None: anybody who reads it."""
    code_index = BlindIndexField("验证码摘要")
    tries = models.PositiveSmallIntegerField("已尝试次数", default=0)
    created_at = models.DateTimeField("发送时间")
    expires_at = models.DateTimeField("失效时间")
    proved_at = models.DateTimeField("验证时间", null=True)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        indexes = [
            # The newest code of a mobile is the only one that counts.
            models.Index(fields=["mobile_index", "purpose", "-created_at"], name="code_newest_of_mobile"),
            models.Index(fields=["expires_at"], name="code_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.created_at:%F %T}"


class SignIn(models.Model):
    """
    登录会话: an account logged in with a browser. The browser's cookie leads to it through Django's session.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    epoch = models.PositiveIntegerField("会话纪元")
    address = models.GenericIPAddressField("登录地址", null=True)
    user_agent = models.CharField("浏览器", max_length=256, blank=True)
    started_at = models.DateTimeField("登录时间")
    seen_at = models.DateTimeField("最近活动时间")
    expires_at = models.DateTimeField("失效时间")
    ended_at = models.DateTimeField("退出时间", null=True)

    class Meta:
        indexes = [
            # The owner's list of devices.
            models.Index(
                fields=["account", "-seen_at"], condition=Q(ended_at__isnull=True), name="sign_in_open"
            ),
            models.Index(fields=["expires_at"], name="sign_in_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.started_at:%F %T}"


class Client(models.Model):
    """
    系统账号: another system that calls the interface (OAuth 2.0 client credentials, RFC 6749 section 4.4).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.CharField("客户端标识", max_length=64, unique=True)
    name = models.CharField("名称", max_length=128)
    secret_digest = models.BinaryField("密钥摘要", max_length=TOKEN_DIGEST_BYTES)
    scopes = ArrayField(models.CharField(max_length=64), verbose_name="授权范围", default=list)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)
    division_code = models.CharField("行政区划代码", max_length=12, blank=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("失效时间", null=True)
    revoked_at = models.DateTimeField("停用时间", null=True)

    def __str__(self) -> str:
        return self.client_id


class AccessToken(models.Model):
    """
    访问令牌: an opaque bearer token (RFC 6750) of a client or of an account; kept as an SM3 digest only.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.BinaryField("令牌摘要", max_length=TOKEN_DIGEST_BYTES, unique=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, related_name="+")
    client = models.ForeignKey(Client, on_delete=models.PROTECT, null=True, related_name="+")
    epoch = models.PositiveIntegerField("会话纪元", default=0)
    scopes = ArrayField(models.CharField(max_length=64), verbose_name="授权范围", default=list)
    created_at = models.DateTimeField("签发时间")
    expires_at = models.DateTimeField("失效时间")
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_has_one_owner",
                condition=Q(account__isnull=False, client__isnull=True)
                | Q(account__isnull=True, client__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["expires_at"], name="token_expiry")]

    def __str__(self) -> str:
        return f"{self.id} until {self.expires_at:%F %T}"
