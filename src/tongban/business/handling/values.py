"""
Words of handling, and the facts it reports.
"""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    """
    环节 of the default procedure.
    """

    REVIEW = "REVIEW", _("审查")
    DECISION = "DECISION", _("决定")


class DossierState(models.TextChoices):
    """
    办理卷状态.
    """

    OPEN = "OPEN", _("办理中")
    REPORTED = "REPORTED", _("已报送决定")
    DONE = "DONE", _("已办结")
    CANCELLED = "CANCELLED", _("已终止")
    ELSEWHERE = "ELSEWHERE", _("由本机构系统办理")


class WorkItemState(models.TextChoices):
    """
    待办状态, code list T24 widened: who has taken an item up is known.
    """

    READY = "READY", _("待领取")
    CLAIMED = "CLAIMED", _("办理中")
    DONE = "DONE", _("已办")
    CANCELLED = "CANCELLED", _("已取消")


OPEN_ITEMS = (WorkItemState.READY, WorkItemState.CLAIMED)


class Outcome(models.TextChoices):
    """
    业务动作, code list T23, and the two decisions.
    """

    PASS = "PASS", pgettext_lazy("action", "通过")
    RETURN = "RETURN", pgettext_lazy("action", "退回")
    GRANT = "GRANT", pgettext_lazy("action", "准予")
    REFUSE = "REFUSE", pgettext_lazy("action", "不予许可")


class Reporter(msgspec.Struct, frozen=True, kw_only=True):
    """
    Who did it.
    """

    id: str
    name: str
    agency_code: str
    posts: list[str]
    kind: str = "STAFF"
    """STAFF, or CLIENT for the agency's own system."""


class StepReported(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "handling.step_reported": one step of the agency's procedure is done.
    """

    case_number: str
    stage: str
    stage_name: str
    outcome: str
    opinion: str
    step: int
    actor: Reporter


class DecisionReported(msgspec.Struct, frozen=True, kw_only=True):
    """
    Topic "handling.decision_reported": the agency has decided.
    """

    case_number: str
    outcome: str
    """GRANT or REFUSE."""
    opinion: str
    actor: Reporter
    conditions: str = ""
    legal_basis: list[str] = []


class AcceptedCase(msgspec.Struct, frozen=True, kw_only=True):
    """
    What handling reads of an announced acceptance, whichever casework announces it.
    """

    case_number: str
    service_name: str
    agency_code: str
    agency_name: str
    division_code: str
    handling_kind: str
    applicant_masked: str
    statutory_due: date | None
    promised_due: date | None
    service_name_en: str = ""
    """Empty: it has none, or the announcement is of an earlier version."""


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkItemReceipt:
    """
    What somebody who worked on an item is told.
    """

    id: UUID
    case_number: str
    state: str
    next_stage: str
    """Empty where nothing follows."""
