"""
What auditors ask for and are shown.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ExportForm(TextChoices):
    """
    导出格式.
    """

    CSV = "csv", _("CSV（电子表格）")
    JSONL = "jsonl", _("JSONL（每行一条）")


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditFilter:
    """
    查询条件: what entries are looked for; what is empty does not limit.
    """

    since: date
    until: date
    """Inclusive, days in China."""
    actor_id: str = ""
    action: str = ""
    """Its beginning: "casework." finds all of casework."""
    subject: str = ""
    outcome: str = ""
    address: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditLine:
    """
    One entry of the trail.
    """

    id: int
    at: datetime
    action: str
    action_title: str
    """What the action is called in the language of the moment."""
    subject: str
    actor_kind: str
    actor_id: str
    actor_name: str
    """Of staff; empty for others."""
    agency_code: str
    channel: str
    request_id: str
    session_id: str
    address: str
    outcome: str
    facts: dict[str, Any] = field(default_factory=dict)
    is_sealed: bool = False
    """A block of the chain holds its digest."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ChainState:
    """
    链状态: how far the trail is sealed and anchored, and what the last verification found.
    """

    blocks: int
    rows: int
    head: str
    """Digest at the end of the chain, hexadecimal."""
    sealed_at: datetime | None
    anchored_at: datetime | None
    anchored_block: int
    verified_at: datetime | None
    faults: int
    """Of the last verification."""
    keep_days: int
