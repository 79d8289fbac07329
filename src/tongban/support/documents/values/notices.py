"""
What each kind of notice says.

Every notice carries its number, its date and the seal of the agency (行政许可法 art. 32(2)); a refusal also carries
its reasons and the remedies (art. 38(2)). Texts here are finished sentences in Chinese: a notice is issued in
Chinese, whatever language its reader has chosen for the pages.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final

from msgspec import Meta, Struct

Line = Annotated[str, Meta(max_length=4_000)]
Name = Annotated[str, Meta(min_length=1, max_length=500)]
Lines = Annotated[tuple[Line, ...], Meta(max_length=200)]


class Material(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    申请材料: one material that was handed in.
    """

    name: Name
    form: str = "电子"
    """纸质, 电子 or 免交(数据共享)."""
    copies: int = 1


class CorrectionItem(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    补正事项: what is wrong with one material or field, and what is asked for.
    """

    name: Name
    problem: Line
    requirement: Line = ""


class Remedies(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    救济途径: administrative review within 60 days (行政复议法), action within 6 months (行政诉讼法 art. 46).
    """

    review_authority: str = ""
    """Empty: "the competent review authority"."""
    review_days: int = 60
    court: str = ""
    """Empty: "the competent people's court"."""
    litigation_months: int = 6


class DeliveredDocument(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    送达文书: one document that was delivered.
    """

    name: Name
    number: str = ""


class NoticeData(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What every notice says.
    """

    document_number: Name
    """文书编号, e.g. "广安区市监受〔2026〕12号"."""
    issued_date: date
    """落款日期; also the time stamp of the file, so that equal data give equal bytes."""
    agency_name: Name
    applicant_name: Name
    service_name: Name
    case_number: Name
    query_code: str = ""
    """Short code by which the applicant follows the case."""
    contact: str = ""
    """Telephone of the agency, for questions."""
    verification_url: Annotated[str, Meta(max_length=500)] = ""
    """Address in the QR code; empty: no QR code."""
    legal_basis: Lines = ()
    explanation: Lines = ()
    """How the day was counted, line by line, as the legal clock explains it."""
    is_demonstration: bool = True
    """Prints 演示文书 into the foot of every page."""


class ReceiptData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    收件凭证.
    """

    received_date: date
    channel: str = "网上提交"
    materials: tuple[Material, ...] = ()


class AcceptanceData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    受理通知书.
    """

    applied_date: date
    accepted_date: date
    statutory_limit: str
    """法定办结时限 in words, e.g. "20个工作日"."""
    committed_limit: str
    due_date: date | None = None
    """承诺办结日; the last day that is still in time."""
    fee: str = "不收费"
    collection: str = ""
    materials: tuple[Material, ...] = ()


class RefusalToAcceptData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    不予受理决定书.
    """

    applied_date: date
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]
    competent_agency: str = ""
    """The agency that is competent, where this one is not (行政许可法 art. 32(1)(2))."""
    remedies: Remedies = Remedies()


class CorrectionNoticeData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    一次性补正告知书: once, everything (行政许可法 art. 32(1)(4)).
    """

    applied_date: date
    items: Annotated[tuple[CorrectionItem, ...], Meta(min_length=1, max_length=200)]
    due_date: date | None = None


class ClockStopNoticeData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    特别程序告知书: the time needed is told in writing (行政许可法 art. 45).
    """

    procedure_name: Name
    """听证, 检验, 专家评审 ..."""
    started_date: date
    announced_limit: str
    """所需时间 in words, e.g. "15个工作日"."""
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]
    due_date: date | None = None
    """承诺办结日 before the stop."""


class ExtensionNoticeData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    延期告知书: at most ten working days, approved by the head of the agency, with reason (art. 42(1)).
    """

    approver: str = "本机关负责人"
    extension_limit: str
    previous_due_date: date
    new_due_date: date
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]


class GrantData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    准予决定书.
    """

    title: Name = "准予行政许可决定书"
    applied_date: date
    content: Line = ""
    """What is granted, in one sentence."""
    result_name: str = ""
    """Licence or document that comes of it."""
    validity: str = ""
    conditions: Lines = ()


class RefusalData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    不予决定书: with reasons and remedies (行政许可法 art. 38(2)).
    """

    title: Name = "不予行政许可决定书"
    applied_date: date
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]
    remedies: Remedies = Remedies()


class DeliveryRecordData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    送达回证.
    """

    documents: Annotated[tuple[DeliveredDocument, ...], Meta(min_length=1, max_length=200)]
    method: str
    """送达方式: 网上送达, 窗口领取, 邮寄送达 ..."""
    place: str = ""
    delivered_at: str
    """送达时间 as printed, e.g. "2026年11月21日 10:30"."""
    recipient_name: str
    relationship: str = "本人"
    receipt_method: str = ""
    remarks: Line = ""


class WithdrawalData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    撤回申请确认书.
    """

    applied_date: date
    withdrawn_date: date
    reason: Line = ""


class VoidingNoticeData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    作废告知书: with reasons and remedies, for it takes the applicant's case away.
    """

    applied_date: date
    voided_date: date
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]
    remedies: Remedies = Remedies()


class TransferNoticeData(NoticeData, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    转办告知书.
    """

    applied_date: date
    transferred_date: date
    receiving_agency: Name
    receiving_contact: str = ""
    reasons: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=200)]


NOTICES: Final[dict[str, type[NoticeData]]] = {
    "receipt": ReceiptData,
    "acceptance": AcceptanceData,
    "refusal_to_accept": RefusalToAcceptData,
    "correction_notice": CorrectionNoticeData,
    "clock_stop_notice": ClockStopNoticeData,
    "extension_notice": ExtensionNoticeData,
    "grant": GrantData,
    "refusal": RefusalData,
    "delivery_record": DeliveryRecordData,
    "withdrawal": WithdrawalData,
    "transfer_notice": TransferNoticeData,
    "voiding_notice": VoidingNoticeData,
}
"""Name of each notice's template -> its data."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RenderedDocument:
    """
    A finished document.
    """

    content: bytes
    media_type: str
    digest: str
    """SM3 of `content`, hexadecimal."""
    page_count: int
    missing_characters: str
    """Characters that no installed font can print; 〓 stands in their place."""
