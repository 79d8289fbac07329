"""
Words of casework, and the frozen values in which it speaks to others.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from tongban.business.catalogue.values import LimitUnit


class CaseStatus(models.TextChoices):
    """
    办件状态. Codes of the national status list T26 stand in `NATIONAL_STATUS`.
    """

    SUBMITTED = "SUBMITTED", _("已提交")
    PRE_CHECKED = "PRE_CHECKED", _("预审通过")
    CORRECTION = "CORRECTION", _("待补正")
    CORRECTED = "CORRECTED", _("已补正")
    ACCEPTED = "ACCEPTED", _("已受理")
    SUSPENDED = "SUSPENDED", _("特别程序中")
    GRANTED = "GRANTED", _("准予")
    REFUSED = "REFUSED", _("不予许可")
    ISSUED = "ISSUED", _("已制证")
    DELIVERED = "DELIVERED", _("已送达")
    CLOSED = "CLOSED", _("已办结")
    NOT_ACCEPTED = "NOT_ACCEPTED", _("不予受理")
    WITHDRAWN = "WITHDRAWN", _("已撤回")
    PASSED_ON = "PASSED_ON", _("已转办")
    LAPSED = "LAPSED", _("逾期未补正")
    VOIDED = "VOIDED", _("已作废")
    ARCHIVED = "ARCHIVED", _("已归档")


BEFORE_ACCEPTANCE = frozenset(
    {CaseStatus.SUBMITTED, CaseStatus.PRE_CHECKED, CaseStatus.CORRECTION, CaseStatus.CORRECTED}
)
UNDER_WAY = BEFORE_ACCEPTANCE | {
    CaseStatus.ACCEPTED,
    CaseStatus.SUSPENDED,
    CaseStatus.GRANTED,
    CaseStatus.REFUSED,
    CaseStatus.ISSUED,
    CaseStatus.DELIVERED,
}
"""Cases somebody still has to do something about."""
FINISHED = frozenset(CaseStatus) - UNDER_WAY


class Action(models.TextChoices):
    """
    办件动作: everything that can be done to a case. The table `rules.life.LIFE` says when.
    """

    SUBMIT = "SUBMIT", pgettext_lazy("action", "提交申请")
    PASS_PRE_CHECK = "PASS_PRE_CHECK", pgettext_lazy("action", "预审通过")
    REQUEST_CORRECTION = "REQUEST_CORRECTION", pgettext_lazy("action", "一次性告知补正")
    CORRECT = "CORRECT", pgettext_lazy("action", "补正材料")
    ACCEPT = "ACCEPT", pgettext_lazy("action", "受理")
    DEEM_ACCEPTED = "DEEM_ACCEPTED", pgettext_lazy("action", "视为受理")
    REFUSE_ACCEPTANCE = "REFUSE_ACCEPTANCE", pgettext_lazy("action", "不予受理")
    REVIEW = "REVIEW", pgettext_lazy("action", "审查")
    STOP_CLOCK = "STOP_CLOCK", pgettext_lazy("action", "启动特别程序")
    RESUME_CLOCK = "RESUME_CLOCK", pgettext_lazy("action", "结束特别程序")
    EXTEND = "EXTEND", pgettext_lazy("action", "延长期限")
    GRANT = "GRANT", pgettext_lazy("action", "准予决定")
    REFUSE = "REFUSE", pgettext_lazy("action", "不予许可决定")
    ISSUE = "ISSUE", pgettext_lazy("action", "制证")
    DELIVER = "DELIVER", pgettext_lazy("action", "送达")
    CLOSE = "CLOSE", pgettext_lazy("action", "办结")
    WITHDRAW = "WITHDRAW", pgettext_lazy("action", "撤回申请")
    PASS_ON = "PASS_ON", pgettext_lazy("action", "转办")
    LAPSE = "LAPSE", pgettext_lazy("action", "逾期未补正办结")
    VOID = "VOID", pgettext_lazy("action", "作废")
    RATE = "RATE", pgettext_lazy("action", "评价")
    ARCHIVE = "ARCHIVE", pgettext_lazy("action", "归档")


class ResultCode(models.TextChoices):
    """
    办结结果, code list T22 of the exchange.
    """

    GRANTED = "0", _("准予许可")
    REFUSED = "1", _("不予许可")
    VOIDED = "2", _("作废办结")
    PASSED_ON = "4", _("转报办结")
    LAPSED = "5", _("补交逾期或申请人撤回办结")
    NOT_ACCEPTED = "6", _("不予受理")


class NoticeKind(models.TextChoices):
    """
    文书种类. The value is also the name of the document template.
    """

    RECEIPT = "receipt", _("收件凭证")
    CORRECTION_NOTICE = "correction_notice", _("一次性补正告知书")
    ACCEPTANCE = "acceptance", _("受理通知书")
    REFUSAL_TO_ACCEPT = "refusal_to_accept", _("不予受理决定书")
    CLOCK_STOP = "clock_stop_notice", _("特别程序告知书")
    EXTENSION = "extension_notice", _("延长期限告知书")
    GRANT = "grant", _("准予决定书")
    REFUSAL = "refusal", _("不予许可决定书")
    DELIVERY = "delivery_record", _("送达回证")
    WITHDRAWAL = "withdrawal", _("撤回申请确认书")
    TRANSFER = "transfer_notice", _("转办告知书")
    VOIDING = "voiding_notice", _("作废告知书")


class Limit(msgspec.Struct, frozen=True, kw_only=True):
    """
    办结时限: an amount with its unit; 0 means on the spot.
    """

    amount: int
    unit: str = LimitUnit.WORKING_DAY.value
    """Word of `catalogue.values.LimitUnit`."""


class MaterialTerm(msgspec.Struct, frozen=True, kw_only=True):
    """
    材料要求, as promised to the applicant at submission.
    """

    code: str
    name: str
    is_required: bool
    name_en: str = ""
    may_follow: bool = False
    """容缺后补: may be supplied after acceptance."""
    legal_basis: str = ""
    standard: str = ""
    """受理标准."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """
    What the offering promised on the day of submission; copied onto the case and never looked up again.
    """

    offering_id: int
    offering_code: str
    offering_version: int
    variant_code: str
    case_prefix: str
    """31 characters that begin the case number: the implementation code, or the node's own where there is none."""
    basic_code: str
    service_name: str
    service_type: str
    handling_kind: str
    """Word of `catalogue.values.HandlingKind`."""
    agency_code: str
    agency_name: str
    division_code: str
    statutory: Limit | None
    """None: no law sets a limit."""
    promised: Limit | None
    result_kind: str
    """Word of `catalogue.values.ResultKind`."""
    result_name: str
    licence_type_code: str
    materials: list[MaterialTerm]
    steps: list[dict[str, Any]]
    legal_basis: list[dict[str, Any]]
    special_procedures: list[dict[str, Any]]
    is_fee: bool = False
    service_name_en: str = ""
    validity_months: int | None = None
    """How long the licence is valid; None: what its type says."""
    remedies: str = ""


NATURAL_PERSON = "1"
"""申请人类型, code list T4; all others are organizations, whose names and codes are public."""


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """
    申请人 as written on the application. Sealed on the case as a whole.
    """

    kind: str
    """申请人类型, code list T4: 1 natural person, 2 enterprise ..."""
    name: str
    id_type: str
    id_number: str
    mobile: str
    address: str = ""
    legal_representative: str = ""
    agent_name: str = ""
    """经办人 or 代办人: who acts for the applicant; empty: nobody does."""
    agent_id_number: str = ""
    agent_id_type: str = ""
    agent_mobile: str = ""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """
    申请材料 as handed in.
    """

    material_code: str
    name: str
    file_id: str
    digest: str
    media_type: str
    size_bytes: int
    get_type: str = "2"
    """材料收取方式, code list T25: 1 paper, 2 upload, 3 shared licence."""
    licence: str = ""
    """电子证照标识 of the licence that takes its place (免提交); `digest` is that of the licence's original."""


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """
    预填信息异议: what was filled in for the applicant and is wrong, as he says. Sealed on the case as a whole.
    """

    fields: list[str]
    """Keys of the form's fields."""
    remark: str = ""


class CorrectionItem(msgspec.Struct, frozen=True, kw_only=True):
    """
    One thing that has to be corrected, and why.
    """

    material_code: str
    """Empty: the form itself."""
    name: str
    reason: str


class CaseFact(msgspec.Struct, frozen=True, kw_only=True):
    """
    What is announced about a case when something happened to it; topic "casework.<kind of event>".

    Holds no personal data in clear.
    """

    case_number: str
    query_code: str
    seq: int
    at: datetime
    status: str
    service_name: str
    service_name_en: str
    """Empty: the offering has no English name."""
    offering_code: str
    agency_code: str
    agency_name: str
    division_code: str
    handling_kind: str
    applicant_id: str
    applicant_masked: str
    channel: str
    acceptance_due: date | None
    statutory_due: date | None
    promised_due: date | None
    data: dict[str, Any]
    agent_id: str = ""
    """Person who applied in the applicant's name; empty: nobody did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmissionReceipt:
    """
    收件凭证: what an applicant is told at once.
    """

    case_number: str
    query_code: str
    submitted_at: datetime
    acceptance_due: date
    """Last day on which the office must answer; after it the case counts as accepted (许可法-32)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseReceipt:
    """
    What somebody who changed a case is told.
    """

    case_number: str
    status: str
    version: int
    statutory_due: date | None
    promised_due: date | None
    acceptance_due: date | None
    notice_id: int | None = None
