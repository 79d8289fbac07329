"""
Vocabulary of the licences app.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongban.business.licences.values.grades import TrustGrade


class HolderKind(TextChoices):
    """
    持证主体类别.
    """

    PERSON = "PERSON", _("自然人")
    LEGAL = "LEGAL", _("法人和其他组织")


class LicenceStatus(TextChoices):
    """
    证照状态.
    """

    VALID = "VALID", _("有效")
    SUSPENDED = "SUSPENDED", _("暂停")
    REVOKED = "REVOKED", _("撤销")
    CANCELED = "CANCELED", _("注销")
    EXPIRED = "EXPIRED", _("过期")
    MOVED = "MOVED", _("已转出")
    REPLACED = "REPLACED", _("被替换")


STATUS_CODES: Final[dict[LicenceStatus, str]] = {
    LicenceStatus.VALID: "01",
    LicenceStatus.SUSPENDED: "02",
    LicenceStatus.REVOKED: "03",
    LicenceStatus.CANCELED: "04",
    LicenceStatus.EXPIRED: "05",
    LicenceStatus.MOVED: "06",
    # The code list has no word for a superseded version.
    LicenceStatus.REPLACED: "99",
}
"""Codes of the industry standards for exchange (GB/T 36903 metadata)."""

CURRENT: Final = (LicenceStatus.VALID, LicenceStatus.SUSPENDED)


class LicenceEventKind(TextChoices):
    """
    证照事件.
    """

    ISSUED = "ISSUED", _("签发")
    RENDERED = "RENDERED", _("制证")
    SUSPENDED = "SUSPENDED", _("暂停")
    RESUMED = "RESUMED", _("恢复")
    REVOKED = "REVOKED", _("撤销")
    CANCELED = "CANCELED", _("注销")
    EXPIRED = "EXPIRED", _("到期")
    CHECKED = "CHECKED", _("年检")
    MOVED = "MOVED", _("转出")
    REMINDED = "REMINDED", _("到期提醒")
    REPLACED = "REPLACED", _("被新版本替换")
    COLLECTED = "COLLECTED", _("存量归集")
    COMPARED = "COMPARED", _("与原件核对")


class Verdict(TextChoices):
    """
    核验结果.
    """

    VALID = "VALID", _("有效")
    CHANGED = "CHANGED", _("文件已被改动")
    SUSPENDED = "SUSPENDED", _("已暂停")
    REVOKED = "REVOKED", _("已撤销")
    CANCELED = "CANCELED", _("已注销")
    EXPIRED = "EXPIRED", _("已过期")
    MOVED = "MOVED", _("已转出")
    REPLACED = "REPLACED", _("已被新版本替换")
    UNKNOWN = "UNKNOWN", _("未查到")


class Act(TextChoices):
    """
    What staff may do to a licence that was issued.
    """

    SUSPEND = "SUSPEND", pgettext_lazy("action", "暂停")
    RESUME = "RESUME", pgettext_lazy("action", "恢复")
    AMEND = "AMEND", pgettext_lazy("action", "变更")
    CHECK = "CHECK", pgettext_lazy("action", "年检")
    MOVE = "MOVE", pgettext_lazy("action", "转出")
    REVOKE = "REVOKE", pgettext_lazy("action", "撤销")
    CANCEL = "CANCEL", pgettext_lazy("action", "注销")


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """
    持证主体.
    """

    kind: str
    """`HolderKind`, or a code of list T4 (申请人类型): "1" is a natural person, all others are not."""
    name: str
    code: str
    """公民身份号码 or 统一社会信用代码."""
    code_type: str
    """持证主体代码类型: 111 公民身份号码, 001 统一社会信用代码, others as in the code list."""
    person_id: str | None = None
    """Whose wallet the licence goes to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceReceipt:
    """
    A licence exists.
    """

    id: UUID
    identifier: str
    """证照标识 with its check character."""
    number: str
    """证照编号 as printed."""
    type_name: str
    type_name_en: str
    version: int
    status: LicenceStatus
    issued_at: datetime
    valid_from: date
    valid_until: date | None
    """First day on which it is not valid any more; None: long-term."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceLine:
    """
    One line of a face as it is shown.
    """

    key: str
    label: str
    label_en: str
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceSummary:
    """
    A licence as lists and the wallet show it.
    """

    id: UUID
    identifier: str
    number: str
    type_code: str
    type_name: str
    type_name_en: str
    holder_name: str
    """In full for the holder, masked for everybody else."""
    issuer_code: str
    issuer_name: str
    status: LicenceStatus
    """As of the day asked for: an expired one says so even before the nightly job has run."""
    version: int
    issued_at: datetime
    valid_from: date
    last_valid_date: date | None
    """Last day on which it is valid; None: long-term."""
    check_due_date: date | None
    """年检: day by which it must be checked again; None: it is not checked."""
    case_number: str
    """Empty: it was issued before, and taken in from a file."""
    original_id: UUID | None
    """OFD with the issuer's seal; None while it is being made, and of licences issued before there was one."""
    file_id: UUID | None
    """PDF copy; None while it is being made."""
    grade: TrustGrade = TrustGrade.A
    is_usable: bool = True
    """Of a grade that needs no look at the original first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceEventFacts:
    """
    One event in the life of a licence.
    """

    kind: LicenceEventKind
    at: datetime
    reason: str
    legal_basis: str


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceDetail:
    """
    A licence with its face and its life.
    """

    summary: LicenceSummary
    holder_code: str
    face: tuple[FaceLine, ...]
    events: tuple[LicenceEventFacts, ...]
    verification_url: str
    actions: tuple[Act, ...]
    """What this actor may do to it now."""
    compared: tuple[str, datetime] | None = None
    """Who compared it with the original, and when; None: nobody, or it was made by the issuer."""
    is_masked: bool = False
    """Personal lines are hidden from this actor."""
    may_compare: bool = False
    """Whether this actor may say that it agrees with its original."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ClearLicence:
    """
    What a licence says, in clear, for whoever compares it with its original.
    """

    holder_name: str
    holder_code: str
    lines: tuple[FaceLine, ...]

    def __repr__(self) -> str:
        return "ClearLicence(…)"


@dataclass(frozen=True, kw_only=True, slots=True)
class VerifiedFacts:
    """
    What anybody may learn about a licence: enough to compare with the paper in hand, no more.
    """

    type_name: str
    type_name_en: str
    identifier: str
    number: str
    holder_name: str
    """Masked for a natural person; names of organizations are public."""
    issuer_code: str
    issuer_name: str
    issued_date: date
    valid_from: date
    last_valid_date: date | None
    version: int
    grade: TrustGrade = TrustGrade.A


@dataclass(frozen=True, kw_only=True, slots=True)
class Verification:
    """
    The answer to a public question about a licence.
    """

    verdict: Verdict
    facts: VerifiedFacts | None
    """None for `UNKNOWN`."""
    is_usable: bool = False
    """Valid, and nobody has to look at the original first (可信等级)."""
    is_demonstration: bool = True
    """The seal of this node is a demonstration: a valid licence has no legal effect."""


Face = dict[str, Any]
