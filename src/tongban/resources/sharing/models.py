"""
Tables of the data services. Calls are partitioned by month and hold digests, never data.
"""

import uuid
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.resources.datasets.values import Sharing
from tongban.resources.sharing.values import (
    AlarmKind,
    DataRequestState,
    GrantEnd,
    RequestAct,
    ServiceAct,
    ServiceKind,
    ServiceState,
)


class DataServices(models.QuerySet["DataService"]):
    """
    Services.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True)


class DataService(models.Model):
    """
    数据服务: one way to ask for data of one dataset.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField("服务编码", max_length=64, unique=True)
    title = models.CharField("服务名称", max_length=128)
    summary = models.CharField("服务说明", max_length=1000, blank=True)
    agency_code = models.CharField("提供方", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    dataset_code = models.CharField("信息资源代码", max_length=64)
    kind = models.CharField("服务类型", max_length=16, choices=ServiceKind.choices)
    state = models.CharField("状态", max_length=16, choices=ServiceState.choices)
    definition = models.JSONField("实现")
    credential = SealedTextField("接口密钥", context="sharing.service.credential", null=True)
    parameters = models.JSONField("查询条件", default=list)
    timeout_seconds = models.PositiveSmallIntegerField("超时(秒)", default=5)
    cache_seconds = models.PositiveIntegerField("缓存时间(秒)", default=0)
    subject = models.CharField("查询对象", max_length=64, blank=True)
    """Name of the input that is somebody's ID number."""
    sharing = models.CharField("共享类型", max_length=1, choices=Sharing.choices, blank=True)
    fields = models.JSONField("信息项", default=list)
    """Of the dataset, copied when it was checked."""
    schema = models.JSONField("信息项格式", default=dict)
    revision = models.PositiveIntegerField("修订号", default=1)
    corrections = models.PositiveIntegerField("更正次数", default=0, db_default=0)
    """Of data behind it: answers kept before the last one are not given again."""
    compiled_by = ArrayField(models.CharField(max_length=64), verbose_name="编制人", default=list)
    created_at = models.DateTimeField("登记时间")
    changed_at = models.DateTimeField("最近变更时间")
    published_at = models.DateTimeField("发布时间", null=True)

    objects = DataServices.as_manager()

    class Meta:
        indexes = [models.Index(fields=["agency_code", "code"], name="sharing_service_agency")]

    def __str__(self) -> str:
        return self.code


class ServiceEvent(models.Model):
    """
    数据服务办理记录.
    """

    service = models.ForeignKey(DataService, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    act = models.CharField("操作", max_length=16, choices=ServiceAct.choices)
    words = models.CharField("说明", max_length=500, blank=True)
    actor_name = models.CharField("经办人", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["service", "id"], name="sharing_service_log")]

    def __str__(self) -> str:
        return f"{self.service_id} {self.act}"


class Breaker(models.Model):
    """
    熔断状态 of one service; only services that have failed have one.
    """

    service = models.OneToOneField(DataService, on_delete=models.CASCADE, primary_key=True, related_name="+")
    failures = models.PositiveIntegerField("连续失败次数", default=0)
    open_until = models.DateTimeField("熔断至", null=True)

    def __str__(self) -> str:
        return f"{self.service_id} {self.failures}"


class DataRequests(models.QuerySet["DataRequest"]):
    """
    Requests.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True, of=("self",))


class DataRequest(models.Model):
    """
    用数申请.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField("申请编号", max_length=32, unique=True)
    service = models.ForeignKey(DataService, on_delete=models.PROTECT, related_name="+")
    provider_code = models.CharField("提供方", max_length=32)
    agency_code = models.CharField("使用方", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    applicant_name = models.CharField("申请人", max_length=64)
    client_id = models.CharField("使用系统", max_length=64)
    purpose = models.CharField("用途", max_length=500)
    legal_basis = models.CharField("依据", max_length=500)
    item_code = models.CharField("事项编码", max_length=64, blank=True)
    fields = ArrayField(models.CharField(max_length=64), verbose_name="信息项")
    row_condition = models.TextField("数据范围", blank=True)
    daily_quota = models.PositiveIntegerField("每日调用次数")
    until = models.DateField("使用期限")
    contact_name = SealedTextField("安全联系人", context="sharing.request.contact_name")
    contact_phone = SealedTextField("联系电话", context="sharing.request.contact_phone")
    state = models.CharField("状态", max_length=16, choices=DataRequestState.choices)
    renews = models.ForeignKey("Grant", on_delete=models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField("提交时间")
    changed_at = models.DateTimeField("最近变更时间")
    due_date = models.DateField("答复期限", null=True)
    """Last day of whoever has to act now; None: the applicant, or nobody."""
    remind_date = models.DateField("提醒日", null=True)
    """None: reminded already, or nobody is waited for."""
    escalated_at = models.DateTimeField("逾期报告时间", null=True)
    answer = models.CharField("答复", max_length=1000, blank=True)
    answer_clause = models.CharField("不予授权的依据", max_length=200, blank=True)

    objects = DataRequests.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["agency_code", "-submitted_at", "id"], name="sharing_request_agency"),
            models.Index(fields=["provider_code", "-submitted_at", "id"], name="sharing_request_provider"),
            models.Index(
                fields=["due_date"], name="sharing_request_due", condition=Q(due_date__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return self.number


class RequestEvent(models.Model):
    """
    用数申请办理记录; both sides see it.
    """

    request = models.ForeignKey(DataRequest, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField("时间")
    act = models.CharField("操作", max_length=16, choices=RequestAct.choices)
    words = models.CharField("说明", max_length=1000, blank=True)
    actor_name = models.CharField("经办人", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32, blank=True)

    class Meta:
        indexes = [models.Index(fields=["request", "id"], name="sharing_request_log")]

    def __str__(self) -> str:
        return f"{self.request_id} {self.act}"


class Grants(models.QuerySet["Grant"]):
    """
    Grants.
    """

    def locked(self) -> Self:
        """
        Hold the rows until the transaction ends.
        """
        return self.select_for_update(no_key=True, of=("self",))


class Grant(models.Model):
    """
    数据授权: exactly these fields and rows, so often a day, until this day, for this system.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    service = models.ForeignKey(DataService, on_delete=models.PROTECT, related_name="+")
    request = models.ForeignKey(DataRequest, on_delete=models.PROTECT, null=True, related_name="+")
    provider_code = models.CharField("提供方", max_length=32)
    agency_code = models.CharField("使用方", max_length=32)
    division_code = models.CharField("行政区划代码", max_length=12)
    client_id = models.CharField("使用系统", max_length=64)
    """Id of a system, or the code of a node below us."""
    fields = ArrayField(models.CharField(max_length=64), verbose_name="信息项")
    row_condition = models.TextField("数据范围", blank=True)
    daily_quota = models.PositiveIntegerField("每日调用次数")
    rate = models.PositiveIntegerField("每分钟调用次数")
    purpose = models.CharField("用途", max_length=500)
    legal_basis = models.CharField("依据", max_length=500)
    granted_at = models.DateTimeField("授权时间")
    expires_at = models.DateTimeField("到期时间")
    ended_at = models.DateTimeField("终止时间", null=True)
    end = models.CharField("终止方式", max_length=16, choices=GrantEnd.choices, blank=True)
    end_words = models.CharField("终止原因", max_length=500, blank=True)
    expiry_told = models.BooleanField("已提醒到期", default=False)

    objects = Grants.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "client_id"], name="sharing_grant_once", condition=Q(ended_at__isnull=True)
            )
        ]
        indexes = [
            models.Index(fields=["service", "client_id"], name="sharing_grant_client"),
            models.Index(fields=["agency_code", "-granted_at", "id"], name="sharing_grant_agency"),
            models.Index(fields=["provider_code", "-granted_at", "id"], name="sharing_grant_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} → {self.service_id}"


class GrantDay(models.Model):
    """
    调用计数: how often a grant was used on a day, and in the minute of the last call.
    """

    pk = models.CompositePrimaryKey("grant_id", "day")
    grant_id = models.UUIDField("授权")
    day = models.DateField("日期")
    calls = models.PositiveIntegerField("次数")
    minute = models.BigIntegerField("分钟")
    minute_calls = models.PositiveIntegerField("该分钟次数")

    def __str__(self) -> str:
        return f"{self.grant_id} {self.day}"


class Call(models.Model):
    """
    调用存证: who asked which service what for, digests of question and answer, how it ended; not the data.

    Partitioned by the month of `at`; rows are neither changed nor deleted.
    """

    pk = models.CompositePrimaryKey("id", "at")
    id = models.BigIntegerField("序号")
    at = models.DateTimeField("时间")
    request_id = models.CharField("请求标识", max_length=64)
    service_id = models.UUIDField("数据服务")
    grant_id = models.UUIDField("授权", null=True)
    client_id = models.CharField("使用系统", max_length=64)
    agency_code = models.CharField("使用方", max_length=32)
    provider_code = models.CharField("提供方", max_length=32)
    case_number = models.CharField("办件编号", max_length=64)
    purpose = models.CharField("用途", max_length=500)
    question_sm3 = models.BinaryField("问题摘要(SM3)", max_length=32)
    answer_sm3 = models.BinaryField("答案摘要(SM3)", max_length=32, null=True)
    result = models.CharField("结果", max_length=64)
    milliseconds = models.PositiveIntegerField("用时(毫秒)")
    row_count = models.PositiveIntegerField("行数")
    hops = models.JSONField("逐级存证", null=True)

    class Meta:
        managed = False
        db_table = "sharing_call"

    def __str__(self) -> str:
        return f"{self.request_id} {self.result}"


class SubscriberKey(models.Model):
    """
    调用方公钥: with which a system signs its questions (SM2).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client_id = models.CharField("使用系统", max_length=64)
    agency_code = models.CharField("机构编码", max_length=32)
    point = models.BinaryField("公钥", max_length=65)
    created_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("停用时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["client_id"], name="sharing_key_client")]

    def __str__(self) -> str:
        return self.client_id


class Nonce(models.Model):
    """
    随机数: of signed questions, so that none is taken twice; old ones are deleted.
    """

    pk = models.CompositePrimaryKey("client_id", "nonce")
    client_id = models.CharField("使用系统", max_length=64)
    nonce = models.CharField("随机数", max_length=64)
    at = models.DateTimeField("时间")

    def __str__(self) -> str:
        return self.nonce


class AlarmRule(models.Model):
    """
    告警规则 of a provider's services.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agency_code = models.CharField("提供方", max_length=32)
    kind = models.CharField("种类", max_length=16, choices=AlarmKind.choices)
    threshold = models.PositiveIntegerField("阈值")
    """Percent, or milliseconds."""
    minutes = models.PositiveIntegerField("时段(分钟)")
    is_on = models.BooleanField("启用", default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency_code", "kind"], name="sharing_rule_once")]

    def __str__(self) -> str:
        return f"{self.agency_code} {self.kind}"


class Alarm(models.Model):
    """
    数据服务告警: one from when a rule was broken until it holds again.
    """

    service = models.ForeignKey(DataService, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("种类", max_length=16, choices=AlarmKind.choices)
    client_id = models.CharField("使用系统", max_length=64, blank=True)
    value = models.PositiveIntegerField("数值")
    threshold = models.PositiveIntegerField("阈值")
    raised_at = models.DateTimeField("发生时间")
    ended_at = models.DateTimeField("恢复时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "kind", "client_id"],
                name="sharing_alarm_open_once",
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.kind}"
