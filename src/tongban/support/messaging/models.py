"""
Tables of messaging: the inbox, and the outbox of short messages.
"""

import uuid

from django.db import models
from django.db.models import Q

from tongban.foundation.fields import SealedJSONField, SealedTextField
from tongban.support.messaging.values import TextState


class Message(models.Model):
    """
    站内消息: something a person was told. Kept as template and facts, rendered when it is read.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField("幂等键", max_length=128, unique=True)
    recipient_person_id = models.UUIDField("收件人")
    template = models.CharField("模板编码", max_length=64)
    params = SealedJSONField("参数", context="messaging.message.params")
    subject = models.CharField("关联编号", max_length=64, blank=True)
    created_at = models.DateTimeField("发送时间")
    read_at = models.DateTimeField("阅读时间", null=True)

    class Meta:
        indexes = [
            # The inbox, newest first, page by page.
            models.Index(fields=["recipient_person_id", "-created_at", "-id"], name="message_inbox"),
            # The number beside the bell, on every page.
            models.Index(
                fields=["recipient_person_id"], condition=Q(read_at__isnull=True), name="message_unread"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.subject}"


class OutgoingText(models.Model):
    """
    待发短信: one short message, written in the transaction of what it tells, kept until its fate is known.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField("幂等键", max_length=128, unique=True)
    template = models.CharField("模板编码", max_length=64)
    mobile = SealedTextField("手机号码", context="messaging.text.mobile")
    params = SealedJSONField("参数", context="messaging.text.params")
    state = models.CharField("短信状态", max_length=16, choices=TextState, default=TextState.QUEUED)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    next_attempt_at = models.DateTimeField("下次尝试时间")
    give_up_at = models.DateTimeField("放弃时间")
    last_error = models.CharField("最近错误", max_length=200, blank=True)
    gateway_id = models.CharField("网关回执号", max_length=64, blank=True)
    created_at = models.DateTimeField("建立时间")
    sent_at = models.DateTimeField("提交网关时间", null=True)
    settled_at = models.DateTimeField("终结时间", null=True)

    class Meta:
        indexes = [
            # The sweep looks for what is due; what is settled never matches.
            models.Index(
                fields=["next_attempt_at"], condition=Q(state=TextState.QUEUED), name="text_due_while_queued"
            ),
            models.Index(fields=["sent_at"], condition=Q(state=TextState.SENT), name="text_awaiting_report"),
        ]

    def __str__(self) -> str:
        return f"{self.template} {self.state}"
