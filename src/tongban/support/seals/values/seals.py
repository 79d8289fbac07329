"""
Code lists and facts about seals and their use.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SealPurpose(TextChoices):
    """
    用印事由.
    """

    NOTICE = "NOTICE", _("办理文书")
    LICENCE = "LICENCE", _("电子证照")
    DOCUMENT = "DOCUMENT", _("其他文件")


class SealKind(IntegerChoices):
    """
    印章类型; the number stands in the seal (GB/T 38540-2020, SES_ESPropertyInfo.type).
    """

    AGENCY = 1, _("单位公章")
    FINANCE = 2, _("财务专用章")
    INVOICE = 3, _("发票专用章")
    CONTRACT = 4, _("合同专用章")
    REPRESENTATIVE = 5, _("法定代表人名章")
    OTHER = 99, _("其他专用章")


class SealState(TextChoices):
    """
    印章状态; standards.md 6.3.
    """

    APPLIED = "APPLIED", _("待审")
    REJECTED = "REJECTED", _("已驳回")
    WITHDRAWN = "WITHDRAWN", _("已撤回")
    REVIEWED = "REVIEWED", _("已审核")
    MADE = "MADE", _("已制作")
    FILED = "FILED", _("已备案")
    ISSUED = "ISSUED", _("待领取")
    IN_USE = "IN_USE", pgettext_lazy("seal", "启用")
    SUSPENDED = "SUSPENDED", _("冻结或挂失")
    EXPIRED = "EXPIRED", _("过期")
    REPLACED = "REPLACED", _("已换发")
    DESTROYED = "DESTROYED", _("已销毁")


class SealAction(TextChoices):
    """
    印章生命周期的步骤.
    """

    APPLY = "APPLY", _("申请")
    WITHDRAW = "WITHDRAW", _("撤回申请")
    REVIEW = "REVIEW", _("审核通过")
    REJECT = "REJECT", _("审核驳回")
    MAKE = "MAKE", _("制作")
    FILE = "FILE", _("备案")
    ISSUE = "ISSUE", _("发放")
    RECEIVE = "RECEIVE", _("领取确认")
    AUTHORISE = "AUTHORISE", _("授权使用")
    END_AUTHORISATION = "END_AUTHORISATION", _("收回授权")
    FREEZE = "FREEZE", _("冻结")
    REPORT_LOSS = "REPORT_LOSS", _("挂失")
    RESUME = "RESUME", _("恢复使用")
    EXPIRE = "EXPIRE", _("到期")
    REPLACE = "REPLACE", _("由新版替换")
    DESTROY = "DESTROY", _("销毁")


class ApplicationKind(TextChoices):
    """
    申请类别.
    """

    NEW = "NEW", _("新制")
    CHANGE = "CHANGE", _("变更")
    RENEWAL = "RENEWAL", _("续期")


class SuspensionKind(TextChoices):
    """
    停用类别.
    """

    FROZEN = "FROZEN", _("冻结")
    LOST = "LOST", _("挂失")


class AuthorisationKind(TextChoices):
    """
    授权类别: to a person; standing, for what is issued automatically when a decision is made; the same at another node.
    """

    PERSONAL = "PERSONAL", _("个人授权")
    STANDING = "STANDING", _("自动签发授权")
    NODE = "NODE", _("其他平台自动签发授权")


class FileKind(TextChoices):
    """
    签章文件类型.
    """

    OFD = "ofd", "OFD"
    PDF = "pdf", "PDF"


class SealBatchState(TextChoices):
    """
    批量签章状态.
    """

    RUNNING = "RUNNING", _("进行中")
    FINISHED = "FINISHED", _("已完成")
    STOPPED = "STOPPED", _("已停止")


class BatchItemState(TextChoices):
    """
    批量签章中一份文件的状态.
    """

    WAITING = "WAITING", _("待签章")
    SEALED = "SEALED", _("已签章")
    REFUSED = "REFUSED", _("未能签章")


class SigningState(TextChoices):
    """
    多方签章状态.
    """

    OPEN = "OPEN", _("签章中")
    FINISHED = "FINISHED", _("各方均已签章")
    DECLINED = "DECLINED", _("有一方拒绝签章")
    WITHDRAWN = "WITHDRAWN", _("发起人已撤回")


class SigningStepState(TextChoices):
    """
    一方的签章状态.
    """

    WAITING = "WAITING", _("待签章")
    SEALED = "SEALED", _("已签章")
    DECLINED = "DECLINED", _("已拒绝")


METHOD_OFD: Final = "gbt38540-sm2"
METHOD_PDF: Final = "pades-b-t-p256"
METHOD_DEMONSTRATION: Final = "demonstration-hmac-sm3"
"""Of uses before seals were cryptographic; they remain in the log."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedDocument:
    """
    A document with the seal of an agency.
    """

    content: bytes
    """The sealed file."""
    digest: str
    """SM3 of `content`, hexadecimal: what a verifier computes from the file in hand."""
    seal_id: str
    """印章编码 of the seal."""
    method: str
    """How the seal was applied: `METHOD_OFD` or `METHOD_PDF`."""
    proof: bytes
    """What shows later that this digest was sealed here."""
    is_demonstration: bool
    """True: the seal has no legal effect, and the document must say so."""
    sealed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """
    授权范围: what an authorisation lets a seal be used for.
    """

    purposes: frozenset[SealPurpose]
    offerings: tuple[str, ...] | None = None
    """What the codes of offerings begin with; None: all."""
    licence_types: tuple[str, ...] | None = None
    """Codes of licence types; None: all. Asked of licences only."""
    most_fen: int | None = None
    """Largest amount in the document, in fen; None: any."""
    from_hour: int | None = None
    """Hours of the day in China, from this one on; None: any."""
    until_hour: int | None = None
    """Before this hour, 1 to 24."""
    uses_a_day: int | None = None
    uses_in_all: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiptOfStep:
    """
    What a step in the life of a seal did.
    """

    seal_id: uuid.UUID
    code: str
    version: int
    state: SealState


@dataclass(frozen=True, kw_only=True, slots=True)
class SealStateAnswer:
    """
    印章状态查询: what is true of a seal at a moment.
    """

    code: str
    version: int
    name: str
    agency_code: str
    agency_name: str
    state: SealState
    changed_at: datetime
    """Since when it is in this state."""
    suspension: str
    """`SuspensionKind` while it is suspended; else empty."""
    valid_from: datetime | None
    valid_until: datetime | None
    checked_at: datetime

    @property
    def is_usable(self) -> bool:
        """
        Whether documents may be sealed with it at `checked_at`.
        """
        begun = self.valid_from is not None and self.valid_from <= self.checked_at
        return (
            self.state is SealState.IN_USE
            and begun
            and self.valid_until is not None
            and self.checked_at < self.valid_until
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StepFacts:
    """
    One line of the life of a seal.
    """

    at: datetime
    action: SealAction
    actor_id: str
    actor_name: str
    note: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    file_id: uuid.UUID | None = None
    """Its document; none yet, or none at all."""


USE_PROOF: Final = "seals.use"
"""What the node's key is asked for when a use is written down."""


def use_statement(*, seal_id: str, digest: str, case_number: str) -> bytes:
    """
    Return what the proof of a use is made over.
    """
    return f"{seal_id}\n{digest}\n{case_number}".encode()
