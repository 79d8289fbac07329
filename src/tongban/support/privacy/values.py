"""
Vocabulary of the rights of the person.
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from tongban.foundation.errors import Text
from tongban.foundation.looks import LookAct, Thing


class ObjectionState(TextChoices):
    """
    异议状态.
    """

    OPEN = "OPEN", _("待答复")
    ANSWERED = "ANSWERED", _("已答复")


class Finding(TextChoices):
    """
    核查结论: what the agency found out about a look somebody objected to.
    """

    JUSTIFIED = "JUSTIFIED", _("属于履行职责需要")
    UNJUSTIFIED = "UNJUSTIFIED", _("不应查看，已处理")


class RequestKind(TextChoices):
    """
    请求种类.
    """

    EXPORT = "EXPORT", _("导出本人信息")
    CLOSING = "CLOSING", _("注销账号")


class RequestState(TextChoices):
    """
    请求状态.
    """

    PREPARING = "PREPARING", _("正在准备")
    READY = "READY", _("可以下载")
    LAPSED = "LAPSED", _("下载已过期")
    COOLING = "COOLING", _("冷静期")
    CANCELED = "CANCELED", _("已撤回")
    DONE = "DONE", _("已完成")


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectionRow:
    """
    An objection as the person and the agency see it. Who objects is not told.
    """

    id: UUID
    state: ObjectionState
    act: LookAct
    day: date
    """On which the looks were made."""
    count: int
    purpose: str
    purpose_words: str
    agency_code: str
    thing: Thing
    words: str
    """What the person says."""
    raised_at: datetime
    due: date
    """Last day for the answer."""
    is_late: bool
    finding: Finding | None
    answer: str
    answered_at: datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectionReceipt:
    """
    An objection was raised.
    """

    id: UUID
    due: date


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestRow:
    """
    A request for a copy, or for closing the account.
    """

    id: UUID
    kind: RequestKind
    state: RequestState
    asked_at: datetime
    until: datetime | None
    """When a copy lapses, when the account is closed; None: not settled yet."""
    file_id: UUID | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Fate:
    """
    What closing the account does to one kind of data.
    """

    title: Text
    count: int
    """Things of this kind that the node holds of the person now."""
    is_kept: bool
    why: Text
    """What for it is kept, in words; empty where it goes."""
    clause: str
    """Clause of docs/sources/clauses.toml that asks for it."""
    term: Text
    """How long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosingPreview:
    """
    What closing the account would do now.
    """

    fates: list[Fate]
    open_cases: int
    """Cases under way: they have to end first."""
