"""
Tables of the resource catalogue.
"""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.resources.datasets.values import (
    Cycle,
    DatasetAct,
    DatasetClass,
    DatasetState,
    DatasetVersionState,
    DutyReason,
    Openness,
    Sharing,
    UserKind,
)


class DatasetQuerySet(models.QuerySet["Dataset"]):
    """
    Filters over datasets.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


DatasetManager = models.Manager.from_queryset(DatasetQuerySet)


class Dataset(models.Model):
    """
    信息资源: what lists and searches show of a dataset, a projection of its version in force.

    Of another node's dataset the version in force is all there is; it comes by the exchange.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    node = models.CharField("登记节点", max_length=12)
    code = models.CharField("信息资源代码", max_length=48)
    title = models.CharField("信息资源名称", max_length=200)
    title_en = models.CharField("英文名称", max_length=300, blank=True, default="")
    summary = models.CharField("信息资源摘要", max_length=2000, blank=True, default="")
    class_code = models.CharField("类", max_length=1, choices=DatasetClass)
    provider_code = models.CharField("提供方代码", max_length=18)
    provider_name = models.CharField("信息资源提供方", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    sharing = models.CharField("共享类型", max_length=1, choices=Sharing)
    openness = models.CharField("开放属性", max_length=1, choices=Openness)
    cycle = models.CharField("更新周期", max_length=1, choices=Cycle)
    definition = models.JSONField("现行定义")
    state = models.CharField("状态", max_length=10, choices=DatasetState, default=DatasetState.NEW)
    version = models.PositiveIntegerField("现行版本", default=0)
    """0: none was ever published."""
    open_state = models.CharField(
        "编制中版本状态", max_length=10, choices=DatasetVersionState, blank=True, default=""
    )
    published_at = models.DateTimeField("发布日期", null=True)
    changed_at = models.DateTimeField("变动时间")
    taken_from = models.CharField("来讯节点", max_length=12, blank=True, default="")
    taken_number = models.BigIntegerField("来讯序号", default=0)
    loaded_at = models.DateTimeField("最近更新时间", null=True)
    rows = models.BigIntegerField("数据量", default=0)
    filled = models.FloatField("必填项完整率", null=True)
    errors = models.BigIntegerField("错误数", default=0)

    objects = DatasetManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "code"], name="dataset_once"),
        ]
        indexes = [
            models.Index(fields=["provider_code", "code"], name="dataset_provider"),
            models.Index(fields=["open_state", "code"], name="dataset_open", condition=~Q(open_state="")),
        ]

    def __str__(self) -> str:
        return f"{self.node} {self.code}"


class DatasetVersion(models.Model):
    """
    信息资源目录版本: all that was said of a dataset, from its publication on for ever.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField("版本号", null=True)
    """None until it is published."""
    state = models.CharField(
        "版本状态", max_length=10, choices=DatasetVersionState, default=DatasetVersionState.DRAFT
    )
    definition = models.JSONField("定义")
    digest = models.CharField("定义摘要(SM3)", max_length=64)
    revision = models.PositiveIntegerField("修改次数", default=0)
    compiled_by = ArrayField(models.CharField(max_length=64), verbose_name="编制人", default=list)
    """Everybody who has changed it; none of them reviews it."""
    created_at = models.DateTimeField("创建时间")
    published_at = models.DateTimeField("发布时间", null=True)
    ended_at = models.DateTimeField("停止使用时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "version"], name="dataset_version_once"),
            models.UniqueConstraint(
                fields=["dataset"],
                condition=Q(state__in=["DRAFT", "IN_REVIEW"]),
                name="dataset_one_open_version",
            ),
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(state="PUBLISHED"), name="dataset_one_version_in_force"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} v{self.version}"


class DatasetEvent(models.Model):
    """
    目录记录: one thing that was done in the catalogue. Never changed.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    act = models.CharField("操作", max_length=10, choices=DatasetAct)
    at = models.DateTimeField("时间")
    comment = models.CharField("意见", max_length=1000, blank=True, default="")
    actor_kind = models.CharField("主体类别", max_length=16)
    actor_id = models.CharField("主体标识", max_length=64)

    class Meta:
        indexes = [models.Index(fields=["dataset", "-id"], name="dataset_log")]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.act}"


class DatasetUser(models.Model):
    """
    使用方: somebody who uses a dataset.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("使用方类别", max_length=8, choices=UserKind)
    code = models.CharField("使用方代码", max_length=100)
    name = models.CharField("使用方", max_length=200)
    first_at = models.DateTimeField("首次授权")
    last_at = models.DateTimeField("最近授权")
    last_on = models.DateField("最近调用日", null=True)
    ended_at = models.DateTimeField("终止使用", null=True)
    """None: it may use it now."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "kind", "code"], name="dataset_user_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id} {self.code}"


class CatalogueDuty(models.Model):
    """
    目录更新责任: a change after which an agency looks its catalogue through. Of nodes below too.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    node = models.CharField("登记节点", max_length=12)
    agency_code = models.CharField("责任机构代码", max_length=18)
    agency_name = models.CharField("责任机构", max_length=200)
    division_code = models.CharField("行政区划代码", max_length=12)
    reason = models.CharField("变化类型", max_length=10, choices=DutyReason)
    text = models.CharField("变化内容", max_length=500)
    occurred_on = models.DateField("变化日期")
    due_on = models.DateField("更新期限")
    done_at = models.DateTimeField("完成时间", null=True)
    reminded_on = models.DateField("最近提醒日", null=True)
    escalated_on = models.DateField("逾期报告日", null=True)
    taken_number = models.BigIntegerField("来讯序号", default=0)

    class Meta:
        indexes = [
            models.Index(fields=["due_on", "id"], name="catalogue_duty_open", condition=Q(done_at=None)),
        ]

    def __str__(self) -> str:
        return f"{self.agency_code} {self.due_on}"
