"""
Objections, and what people have asked for concerning their own data.
"""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedTextField
from tongban.foundation.looks import LookAct, ObjectKind
from tongban.support.privacy.values import Finding, ObjectionState, RequestKind, RequestState


class Objection(models.Model):
    """
    异议: a person says that a look at his records was not in order; the agency has to answer.

    The look is copied: the ledger of looks is never changed and never joined.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    principal_id = models.UUIDField("当事人")
    raised_by = models.UUIDField("提出人")
    """The person himself, or who acts for him."""
    look_id = models.BigIntegerField("查看记录")
    act = models.CharField("查看方式", max_length=12, choices=LookAct)
    day = models.DateField("查看日期")
    count = models.PositiveIntegerField("次数")
    looker_ids = ArrayField(models.CharField(max_length=64), verbose_name="查看人")
    """Accounts that looked: none of them answers."""
    object_kind = models.CharField("对象类别", max_length=16, choices=ObjectKind)
    object_key = models.CharField("对象编号", max_length=100, blank=True)
    label = models.CharField("对象名称", max_length=1000, blank=True)
    label_en = models.CharField("对象英文名称", max_length=1000, blank=True)
    purpose = models.CharField("查看用途", max_length=24, blank=True)
    purpose_words = models.CharField("用途说明", max_length=200, blank=True)
    agency_code = models.CharField("机构编码", max_length=50)
    division_code = models.CharField("行政区划代码", max_length=12)
    words = SealedTextField("异议内容（加密）", context="privacy.objection.words")
    state = models.CharField("异议状态", max_length=10, choices=ObjectionState, default=ObjectionState.OPEN)
    raised_at = models.DateTimeField("提出时间")
    due = models.DateField("答复期限")
    escalated_at = models.DateTimeField("上报时间", null=True)
    finding = models.CharField("核查结论", max_length=12, choices=Finding, blank=True, default="")
    answer = SealedTextField("答复内容（加密）", context="privacy.objection.answer", null=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.CharField("答复人", max_length=64, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["principal_id", "look_id"], name="objection_once_per_look"),
            models.CheckConstraint(
                name="objection_answered_whole",
                condition=Q(state="OPEN", answered_at__isnull=True, answer__isnull=True)
                | Q(state="ANSWERED", answered_at__isnull=False, answer__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["principal_id", "-raised_at", "-id"], name="objection_of_principal"),
            # The agency's list: what waits, the nearest date first.
            models.Index(
                fields=["agency_code", "due", "id"], condition=Q(state="OPEN"), name="objection_waiting"
            ),
            # Every night, and the supervisors' list: what is late.
            models.Index(fields=["due"], condition=Q(state="OPEN"), name="objection_late"),
        ]

    def __str__(self) -> str:
        return f"{self.agency_code} {self.raised_at:%F} {self.state}"


class DataRequest(models.Model):
    """
    个人信息请求: a copy of everything the node keeps about a person, or the closing of his account.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person_id = models.UUIDField("当事人")
    account_id = models.UUIDField("账号")
    kind = models.CharField("请求种类", max_length=8, choices=RequestKind)
    state = models.CharField("请求状态", max_length=10, choices=RequestState)
    asked_at = models.DateTimeField("提出时间")
    until = models.DateTimeField("截止时间", null=True)
    file_id = models.UUIDField("文件", null=True)
    settled_at = models.DateTimeField("办结时间", null=True)
    report = models.JSONField("结果", default=dict)
    """Kind of data -> how much was deleted, made anonymous, kept; numbers only."""

    class Meta:
        constraints = [
            # One copy is being made, one closing is cooling, at a time.
            models.UniqueConstraint(
                fields=["person_id", "kind"],
                condition=Q(state__in=["PREPARING", "COOLING"]),
                name="data_request_one_under_way",
            ),
        ]
        indexes = [
            models.Index(fields=["person_id", "-asked_at"], name="data_request_of_person"),
            # Every hour: copies that lapse, accounts whose cooling is over.
            models.Index(
                fields=["until"], condition=Q(state__in=["READY", "COOLING"]), name="data_request_due"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state} {self.asked_at:%F}"
