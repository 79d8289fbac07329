"""
Kinds of event on a case's log, and the topics under which they are announced.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """
    办件事件. The ten message kinds of the exchange (standards.md 3.7) are derived from these.
    """

    SUBMITTED = "SUBMITTED", _("提交申请")
    PRE_CHECKED = "PRE_CHECKED", _("预审通过")
    CORRECTION_REQUESTED = "CORRECTION_REQUESTED", _("一次性告知补正")
    CORRECTED = "CORRECTED", _("申请人补正")
    ACCEPTED = "ACCEPTED", _("受理")
    DEEMED_ACCEPTED = "DEEMED_ACCEPTED", _("视为受理")
    ACCEPTANCE_REFUSED = "ACCEPTANCE_REFUSED", _("不予受理")
    REVIEWED = "REVIEWED", _("审查")
    CLOCK_STOPPED = "CLOCK_STOPPED", _("特别程序开始")
    CLOCK_RESUMED = "CLOCK_RESUMED", _("特别程序结束")
    EXTENDED = "EXTENDED", _("延长期限")
    GRANTED = "GRANTED", _("准予")
    REFUSED = "REFUSED", _("不予许可")
    ISSUED = "ISSUED", _("制证")
    DELIVERED = "DELIVERED", _("送达")
    CLOSED = "CLOSED", _("办结")
    WITHDRAWN = "WITHDRAWN", _("撤回")
    PASSED_ON = "PASSED_ON", _("转办")
    LAPSED = "LAPSED", _("逾期未补正")
    VOIDED = "VOIDED", _("作废")
    RATED = "RATED", _("评价")
    ARCHIVED = "ARCHIVED", _("归档")


def topic_of(kind: EventKind) -> str:
    """
    Return the topic under which events of `kind` are announced, e.g. "casework.case_accepted".
    """
    return f"casework.case_{kind.value.lower()}"
