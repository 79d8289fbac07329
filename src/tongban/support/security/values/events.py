"""
Security events, the rules that raise them, and what becomes of them.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventKind(TextChoices):
    """
    安全事件类别.
    """

    LOCKOUT = "LOCKOUT", _("账号被锁定")
    FAILED_LOGINS = "FAILED_LOGINS", _("多次登录失败")
    DENIED_ACTIONS = "DENIED_ACTIONS", _("多次越权操作")
    DENIED_REVEALS = "DENIED_REVEALS", _("多次越权查看个人信息")
    MASS_READS = "MASS_READS", _("大量查看个人信息")
    ODD_HOURS = "ODD_HOURS", _("非常规时段操作")
    NEW_PLACE = "NEW_PLACE", _("管理员从新地址登录")
    TOKEN_MISUSE = "TOKEN_MISUSE", _("令牌滥用")
    KEY_EVENT = "KEY_EVENT", _("密钥变动")
    CERTIFICATES_END = "CERTIFICATES_END", _("证书即将到期")
    EXCHANGE_STUCK = "EXCHANGE_STUCK", _("数据交换受阻")
    RIGHTS_CHANGE = "RIGHTS_CHANGE", _("账号与权限变动")
    TAMPERING = "TAMPERING", _("审计记录被篡改")


class Severity(TextChoices):
    """
    严重程度.
    """

    LOW = "LOW", _("一般")
    MEDIUM = "MEDIUM", _("重要")
    HIGH = "HIGH", _("严重")


class EventState(TextChoices):
    """
    处置状态.
    """

    OPEN = "OPEN", _("待处置")
    ACKNOWLEDGED = "ACKNOWLEDGED", _("处置中")
    CLOSED = "CLOSED", _("已关闭")


class AlarmState(TextChoices):
    """
    告警状态.
    """

    NONE = "NONE", _("不告警")
    QUEUED = "QUEUED", _("待发送")
    SENT = "SENT", _("已发送")
    SHOWN = "SHOWN", _("仅在控制台提示")


@dataclass(frozen=True, kw_only=True, slots=True)
class EventLine:
    """
    A security event in a list.
    """

    id: int
    kind: EventKind
    severity: Severity
    state: EventState
    about: str
    """Whose doing it is, or whose account: name of staff, or the id."""
    count: int
    first_at: datetime
    last_at: datetime
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class EventFact:
    """
    A security event, whole.
    """

    line: EventLine
    actor_kind: str
    key: str
    """Account, client or address it is about."""
    alarm: AlarmState
    facts: dict[str, Any] = field(default_factory=dict)
    acknowledged_at: datetime | None = None
    acknowledged_by: str = ""
    closed_at: datetime | None = None
    closed_by: str = ""
    words: str = ""
    """With which it was closed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleFact:
    """
    告警规则: when a kind of event is raised.
    """

    kind: EventKind
    is_on: bool
    threshold: int
    """So many entries, or so many different persons for mass reads."""
    window_minutes: int
    severity: Severity
    is_alarm: bool
    """Somebody is told at once."""
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SecurityCounts:
    """
    统计: how much waits, and how much there was of each kind in the last 30 days.
    """

    open: int
    acknowledged: int
    by_kind: list[tuple[EventKind, int]]
