"""
Words and typed values of messaging, shared with other apps.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLACEHOLDER = re.compile(r"%\((\w+)\)s")


class TextState(models.TextChoices):
    """
    短信状态.
    """

    QUEUED = "QUEUED", _("待发送")
    SENT = "SENT", _("已提交网关")
    DELIVERED = "DELIVERED", _("已送达")
    UNDELIVERED = "UNDELIVERED", _("未送达")
    UNCONFIRMED = "UNCONFIRMED", _("未收到回执")
    REFUSED = "REFUSED", _("网关拒绝")
    GIVEN_UP = "GIVEN_UP", _("已放弃")


class DeliveryReport(models.TextChoices):
    """
    What a gateway says about a short message it took.
    """

    PENDING = "PENDING", _("等待回执")
    DELIVERED = "DELIVERED", _("已送达")
    UNDELIVERED = "UNDELIVERED", _("未送达")


@dataclass(frozen=True, kw_only=True, slots=True)
class MessageTemplate:
    """
    A sentence with named gaps, e.g. "您的办件 %(case_number)s 已受理".

    Rendered in the reader's language when it is read: where the facts hold `name_en` beside `name`, it takes the
    place of `name` for readers of English. Short messages are rendered by the gateway from its own copy.
    """

    code: str
    """"app.what_happened", for ever."""
    title: str | Promise
    body: str | Promise
    sms_template_id: str = ""
    """Number of the template at the SMS gateway; empty: inbox only."""

    def missing(self, params: Mapping[str, str]) -> set[str]:
        """
        Return the gaps that `params` leaves open.
        """
        return set(PLACEHOLDER.findall(f"{self.title}{self.body}")) - params.keys()


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReceipt:
    """
    A message is in the inbox, and a short message on its way where there is a mobile to send it to.
    """

    message_id: UUID
    text_id: UUID | None
    """None: no mobile is known, or the template is for the inbox only."""


@dataclass(frozen=True, kw_only=True, slots=True)
class InboxMessage:
    """
    A message as its reader sees it, in the language of the reader.
    """

    id: UUID
    template: str
    title: str
    body: str
    subject: str
    """What it is about, usually a case number; may be empty."""
    created_at: datetime
    is_read: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class TextStatus:
    """
    What became of a short message; no content, mobile masked.
    """

    id: UUID
    template: str
    state: TextState
    attempts: int
    last_error: str
    created_at: datetime
    sent_at: datetime | None
