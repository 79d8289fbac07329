"""
疑义校核: somebody says that a datum is wrong.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.resources.registers.values.definitions import RegisterCode


class DisputeState(models.TextChoices):
    """
    校核状态.
    """

    OPEN = "OPEN", _("待答复")
    ACCEPTED = "ACCEPTED", _("已更正")
    REJECTED = "REJECTED", _("不予更正")


class Answered(models.TextChoices):
    """
    校核结论.
    """

    ACCEPT = "ACCEPT", _("确有错误，予以更正")
    REJECT = "REJECT", _("数据无误，不予更正")


class Filer(models.TextChoices):
    """
    提出人类别.
    """

    PERSON = "PERSON", _("本人")
    AGENCY = "AGENCY", _("使用部门")


@dataclass(frozen=True, kw_only=True, slots=True)
class DisputeFiled:
    """
    What somebody is told who says that a datum is wrong.
    """

    number: str
    due: date


@dataclass(frozen=True, kw_only=True, slots=True)
class Dispute:
    """
    One dispute, as those see it who may know of it.
    """

    number: str
    register: RegisterCode
    field: str
    state: DisputeState
    filer: Filer
    filer_agency: str
    owner_agency: str
    owner_node: str
    """Node whose source answers; empty: this one's."""
    words: str
    """Empty in lists."""
    held: str
    """What the register says, masked where it is personal; empty in lists."""
    proposed: str
    """What it should say; masked likewise, in clear for the owner; empty in lists."""
    filed_at: datetime
    due: date
    is_late: bool
    answered_at: datetime | None
    answer: str
