"""
目录: types of licences and their versions.
"""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from tongban.business.licences.values import (
    DirectoryAct,
    SharingCategory,
    TypeState,
    VersionState,
)


class LicenceTypeQuerySet(models.QuerySet["LicenceType"]):
    """
    Filters over types.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


LicenceTypeManager = models.Manager.from_queryset(LicenceTypeQuerySet)


class LicenceType(models.Model):
    """
    证照类型: what lists and searches show of a type, a projection of its version in force.

    What a type says stands in its versions. Of one that was never published the draft's names stand here.
    """

    code = models.CharField("证照类型代码", max_length=21, primary_key=True)
    name = models.CharField("证照类型名称", max_length=200)
    name_en = models.CharField("证照类型英文名称", max_length=300, blank=True, default="")
    defining_body_code = models.CharField("证照定义机构代码", max_length=18)
    defining_body_name = models.CharField("证照定义机构", max_length=200)
    state = models.CharField("证照类型状态", max_length=10, choices=TypeState, default=TypeState.NEW)
    sharing = models.CharField(
        "共享类型", max_length=12, choices=SharingCategory, default=SharingCategory.CONDITIONAL
    )
    items = ArrayField(models.CharField(max_length=32), verbose_name="关联事项基本编码", default=list)
    version = models.PositiveIntegerField("现行版本", default=0)
    """0: none was ever published."""
    open_state = models.CharField(
        "编制中版本状态", max_length=10, choices=VersionState, blank=True, default=""
    )
    loaded_digest = models.CharField("最近载入的数据摘要(SM3)", max_length=64, blank=True, default="")
    """Of the row a data file last brought; one that was changed here since is left alone until that changes."""
    changed_at = models.DateTimeField("变动时间")

    objects = LicenceTypeManager()

    class Meta:
        indexes = [
            # Which types does a service issue or ask for.
            GinIndex(fields=["items"], name="licence_type_items", condition=Q(state="IN_USE")),
        ]

    def __str__(self) -> str:
        return self.code


class LicenceTypeVersion(models.Model):
    """
    证照类型版本: all that a type says, from its publication on for ever.

    A trigger refuses changes of what was published, but for the end of its time.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    type = models.ForeignKey(LicenceType, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("版本号", null=True)
    """None until it is published."""
    state = models.CharField("目录版本状态", max_length=10, choices=VersionState, default=VersionState.DRAFT)
    definition = models.JSONField("证照类型定义")
    digest = models.CharField("定义摘要(SM3)", max_length=64)
    revision = models.PositiveIntegerField("修改次数", default=1)
    based_on = models.PositiveIntegerField("依据的现行版本", default=0)
    compiled_by = ArrayField(models.CharField(max_length=64), verbose_name="编制人", default=list)
    """Everybody who has changed it; none of them reviews it."""
    created_at = models.DateTimeField("创建时间")
    published_at = models.DateTimeField("发布时间", null=True)
    ended_at = models.DateTimeField("停止使用时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["type", "version"], name="licence_type_version_once"),
            models.UniqueConstraint(
                fields=["type"],
                condition=Q(state__in=["DRAFT", "IN_REVIEW", "APPROVED"]),
                name="licence_type_one_open_version",
            ),
            models.UniqueConstraint(
                fields=["type"], condition=Q(state="PUBLISHED"), name="licence_type_one_version_in_force"
            ),
            models.CheckConstraint(
                name="licence_type_version_is_numbered_when_published",
                condition=Q(
                    state__in=["PUBLISHED", "REPLACED"], version__isnull=False, published_at__isnull=False
                )
                | Q(
                    state__in=["DRAFT", "IN_REVIEW", "APPROVED", "DISCARDED"],
                    version__isnull=True,
                    published_at__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type_id} v{self.version}"


class LicenceTypeEvent(models.Model):
    """
    证照目录记录: one thing that was done in the directory. Never changed.
    """

    type = models.ForeignKey(LicenceType, on_delete=models.PROTECT, related_name="+")
    type_version = models.ForeignKey(
        LicenceTypeVersion, on_delete=models.PROTECT, null=True, related_name="+"
    )
    act = models.CharField("操作", max_length=10, choices=DirectoryAct)
    at = models.DateTimeField("时间")
    comment = models.CharField("意见", max_length=1000, blank=True, default="")
    actor_kind = models.CharField("主体类别", max_length=16)
    actor_id = models.CharField("主体标识", max_length=64)

    class Meta:
        indexes = [models.Index(fields=["type", "-id"], name="licence_type_log")]

    def __str__(self) -> str:
        return f"{self.type_id} {self.act}"
