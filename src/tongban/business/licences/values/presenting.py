"""
Vocabulary of 亮证: what a holder shows, and what a checker is told.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import pgettext_lazy

from tongban.business.licences.values.licences import FaceLine, Verdict

CODE_LIVES: Final = timedelta(seconds=60)
"""So long one code may be checked."""
RENEWED_AFTER: Final = timedelta(seconds=45)
"""The holder's page asks for the next code while the last one still lives."""
PRESENTATION_LIVES: Final = timedelta(minutes=10)
"""So long codes are renewed; whoever goes on showing says so anew."""
CLOCKS_DIFFER: Final = timedelta(seconds=30)
"""How far the clock of a checker's phone may be off; the clocks of one node differ less."""


class CodeVerdict(TextChoices):
    """
    验码结果: what is true of the code itself. The same words online and offline.
    """

    GENUINE = "GENUINE", pgettext_lazy("presented code", "真实")
    UNREADABLE = "UNREADABLE", pgettext_lazy("presented code", "无法识别")
    FOREIGN = "FOREIGN", pgettext_lazy("presented code", "不是已知平台的码")
    FORGED = "FORGED", pgettext_lazy("presented code", "伪造或被改动")
    EARLY = "EARLY", pgettext_lazy("presented code", "时间尚未到")
    LATE = "LATE", pgettext_lazy("presented code", "已过期")
    USED = "USED", pgettext_lazy("presented code", "已被核验过")


@dataclass(frozen=True, kw_only=True, slots=True)
class Claims:
    """
    What stands in a code.
    """

    key_id: str
    """Names the published key: the first 8 bytes of the SM3 of its point, base64url."""
    nonce: str
    """Used once."""
    issued_at: datetime
    expires_at: datetime
    identifier: str
    type_name: str
    issuer_name: str
    last_valid_date: date | None
    """None: long-term."""
    is_by_agent: bool
    """Shown by somebody who acts for the holder, so that nobody compares the wrong face."""
    is_demonstration: bool
    lines: tuple[tuple[str, str], ...]
    """Label and value of each line that the holder chose to show."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCode:
    """
    A code taken apart; nothing of it is believed before the signature is checked.
    """

    claims: Claims
    signed: bytes
    signature: bytes
    """r and s side by side, 64 bytes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FaceChoice:
    """
    A line of a face that the holder may show or keep back.
    """

    line: FaceLine
    is_usual: bool
    """Chosen unless the holder says otherwise."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Presentable:
    """
    What of a licence may be shown.
    """

    identifier: str
    type_name: str
    type_name_en: str
    choices: tuple[FaceChoice, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentationReceipt:
    """
    A licence is being shown.
    """

    id: UUID
    identifier: str
    ends_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckFacts:
    """
    That a code was checked online.
    """

    at: datetime
    agency_code: str
    """Empty: anybody."""
    checker: str
    """What the checker called himself; nobody has proved it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PresentationFacts:
    """
    A presentation as the holder sees it.
    """

    id: UUID
    identifier: str
    type_name: str
    type_name_en: str
    lines: tuple[FaceLine, ...]
    opened_at: datetime
    ends_at: datetime
    is_open: bool
    checks: tuple[CheckFacts, ...]
    """Newest first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownCode:
    """
    One code: 60 seconds.
    """

    code: str
    url: str
    """The checker's page with the code behind the #, which browsers never send."""
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class CodeCheck:
    """
    What a checker is told.
    """

    verdict: CodeVerdict
    status: Verdict | None
    """State of the licence now; None: the code is not genuine, or the node that signed it does not answer."""
    claims: Claims | None
    """What stands in the code; None where it cannot be believed."""
    source_name: str = ""
    """The other node whose holder shows it; empty: this one, or nobody known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationKey:
    """
    A published key that codes are checked with, without asking this node.
    """

    key_id: str
    point: bytes
    """Uncompressed, 65 bytes."""
    not_before: datetime
    not_after: datetime
