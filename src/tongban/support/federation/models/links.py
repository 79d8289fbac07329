"""
People between systems: whose login of another party opens which account here, and who is asked about.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import BlindIndexField


class PersonKey(models.Model):
    """
    证件散列索引: finds a person of this node by the certificate key that other nodes ask by.
    """

    person_id = models.UUIDField("自然人", primary_key=True)
    certificate_key_index = BlindIndexField("证件散列索引", unique=True)
    home_code = models.CharField("账号所在节点", max_length=64, blank=True)
    """Node that keeps the account; empty: this one."""
    region_code = models.CharField("用户归属地", max_length=12, blank=True)
    """`user_region` of the national exchange, 12 digits."""
    created_at = models.DateTimeField("建立时间")

    def __str__(self) -> str:
        return f"{self.person_id} {self.home_code}"


class Link(models.Model):
    """
    关联账号: a login of another party that opens, or belongs to, an account here.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("identity.Account", on_delete=models.PROTECT, related_name="+")
    provider = models.CharField("对方", max_length=64)
    subject = models.CharField("对方的身份标识", max_length=255)
    linked_at = models.DateTimeField("关联时间")
    used_at = models.DateTimeField("最近使用时间", null=True)
    unlinked_at = models.DateTimeField("解除时间", null=True)

    class Meta:
        constraints = [
            # One login of theirs opens one account here, and one account has one login of each party.
            models.UniqueConstraint(
                fields=["provider", "subject"],
                condition=Q(unlinked_at__isnull=True),
                name="federation_link_opens_one",
            ),
            models.UniqueConstraint(
                fields=["account", "provider"],
                condition=Q(unlinked_at__isnull=True),
                name="federation_link_of_one_party",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.account_id}"


class ForeignLogin(models.Model):
    """
    外部登录: a login here that another party vouched for; ends when that party says so.
    """

    sign_in_id = models.UUIDField("登录会话", primary_key=True)
    provider = models.CharField("对方", max_length=64)
    subject = models.CharField("对方的身份标识", max_length=255)
    session = models.CharField("对方的会话", max_length=255, blank=True)
    started_at = models.DateTimeField("开始时间")

    class Meta:
        indexes = [models.Index(fields=["provider", "subject"], name="federation_foreign_subject")]

    def __str__(self) -> str:
        return f"{self.provider} {self.sign_in_id}"


class UsedNonce(models.Model):
    """
    一次性随机数: of a signed message; kept while the message would still be believed.
    """

    party = models.CharField("发送方", max_length=128)
    nonce = models.CharField("随机数", max_length=64)
    used_at = models.DateTimeField("使用时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["party", "nonce"], name="federation_nonce_once")]
        indexes = [models.Index(fields=["used_at"], name="federation_nonce_age")]

    def __str__(self) -> str:
        return f"{self.party} {self.nonce}"
