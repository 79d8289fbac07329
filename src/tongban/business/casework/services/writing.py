"""
From a notice's number and content to its PDF: fills the template of its kind and keeps the file.
"""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import translation

from tongban.business.casework import selectors
from tongban.business.casework.models import Notice
from tongban.business.casework.selectors.details import CaseDetail, unsealed_applicant
from tongban.business.casework.selectors.explaining import explain
from tongban.business.casework.services.looks import note_look
from tongban.business.casework.values import NATURAL_PERSON, Applicant, Limit, NoticeKind
from tongban.business.catalogue.values import LimitUnit
from tongban.foundation.actors import system_actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.looks import LookAct
from tongban.foundation.worktime import WorkCalendar
from tongban.support.documents import services as documents
from tongban.support.documents.values import (
    AcceptanceData,
    ClockStopNoticeData,
    CorrectionItem,
    CorrectionNoticeData,
    DeliveredDocument,
    DeliveryRecordData,
    ExtensionNoticeData,
    GrantData,
    Material,
    NoticeData,
    Owner,
    ReceiptData,
    RefusalData,
    RefusalToAcceptData,
    TransferNoticeData,
    VoidingNoticeData,
    WithdrawalData,
)
from tongban.support.documents.values import Purpose as FilePurpose
from tongban.support.seals import services as seals
from tongban.support.seals.values import SealPurpose

WRITER = system_actor("casework.render_notice")
REASON = Reason(purpose=Purpose.DECISION)
CASE_FILES = "casework.case"

CHANNELS = {"0": "窗口提交", "1": "网上提交", "2": "移动端提交", "9": "接口提交"}
WAYS = {"electronic": "网上送达", "counter": "窗口领取", "post": "邮寄送达"}
UNITS = {
    LimitUnit.WORKING_DAY: "个工作日",
    LimitUnit.CALENDAR_DAY: "个自然日",
    LimitUnit.MONTH: "个月",
    LimitUnit.YEAR: "年",
    LimitUnit.HOUR: "小时",
}
CHINESE = "zh-hans"
"""A notice is issued in Chinese, whatever the language of the pages."""


def render_notice(*, notice_id: int, at: datetime, calendar: WorkCalendar) -> None:
    """
    Make the PDF of a notice, once; a notice that has its file is left alone.

    :raises Notice.DoesNotExist: no such notice
    :raises FontsMissing: the machine has no Chinese fonts; the job tries again later
    """
    notice = Notice.objects.get(pk=notice_id)
    if notice.file_id is not None:
        return
    with translation.override(CHINESE):
        case = selectors.case_by_number(
            actor=WRITER, number=notice.case_number, at=notice.issued_at, calendar=calendar
        )
        data = _FILLERS[NoticeKind(notice.kind)](notice, case, _common(notice, case))
        document = documents.render(
            template=notice.kind,
            data=data,
            seal_picture=seals.seal_picture(agency_code=case.agency_code, at=at),
        )
    with transaction.atomic():
        if not _claim(notice_id):
            return
        sealed = seals.seal_document(
            document=document.content,
            agency_code=case.agency_code,
            purpose=SealPurpose.NOTICE,
            case_number=case.number,
            actor=WRITER,
            at=at,
        )
        receipt = documents.keep_document(
            content=sealed.content,
            name=f"{notice.document_number}.pdf",
            media_type=document.media_type,
            purpose=FilePurpose.NOTICE,
            owner=Owner(kind=CASE_FILES, key=notice.case_number),
            actor=WRITER,
            at=at,
        )
        Notice.objects.filter(pk=notice_id).update(file_id=receipt.id)
        note_look(number=notice.case_number, act=LookAct.USED, actor=WRITER, at=at, reason=REASON)


def _claim(notice_id: int) -> bool:
    """
    Lock the notice and tell whether it still has no file; two jobs never keep two.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM casework_notice WHERE id = %s AND file_id IS NULL FOR UPDATE", [notice_id]
        )
        return cursor.fetchone() is not None


Common = dict[str, Any]


def _common(notice: Notice, case: CaseDetail) -> Common:
    applicant = unsealed_applicant(actor=WRITER, number=case.number)
    return {
        "document_number": notice.document_number,
        "issued_date": civil_date(notice.issued_at),
        "agency_name": case.terms.agency_name,
        "applicant_name": _parties(applicant, has_mandate=bool(case.state.agent_id)),
        "service_name": case.terms.service_name,
        "case_number": case.number,
        "query_code": _query_code(case.number),
        "verification_url": f"{settings.TONGBAN_BASE_URL}/progress?number={case.number}",
        "legal_basis": tuple(_legal_basis(case)),
        "is_demonstration": settings.TONGBAN_NODE.is_demo,
    }


def _parties(applicant: Applicant, *, has_mandate: bool) -> str:
    """
    Return whom a notice is for: the applicant, and who acts for him by a mandate.
    """
    if not has_mandate:
        return applicant.name
    word = "代办人" if applicant.kind == NATURAL_PERSON else "经办人"
    return f"{applicant.name}（{word}：{applicant.agent_name}）"


def _legal_basis(case: CaseDetail) -> list[str]:
    texts = [f"《{basis['document']}》{basis.get('article', '')}" for basis in case.terms.legal_basis]
    return list(dict.fromkeys(texts))[:8]


def _query_code(number: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT query_code FROM casework_case WHERE number = %s", [number])
        code: str = cursor.fetchone()[0]
    return code


def _materials(case: CaseDetail) -> tuple[Material, ...]:
    return tuple(Material(name=material["name"]) for material in case.state.materials)


def _receipt(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return ReceiptData(
        **common,
        received_date=civil_date(case.submitted_at),
        channel=CHANNELS.get(case.channel, "网上提交"),
        materials=_materials(case),
        explanation=tuple(line.text for line in explain(case.clock)),
    )


def _acceptance(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return AcceptanceData(
        **common,
        applied_date=civil_date(case.submitted_at),
        accepted_date=civil_date(case.state.accepted_at or notice.issued_at),
        statutory_limit=_limit(case.terms.statutory, on_the_spot=False),
        committed_limit=_limit(case.terms.promised, on_the_spot=case.terms.handling_kind == "ON_THE_SPOT"),
        due_date=case.clock.promised_due or case.clock.statutory_due,
        fee="按公示标准收费" if case.terms.is_fee else "不收费",
        collection=WAYS[case.state.delivery.get("way", "electronic")],
        materials=_materials(case),
        explanation=tuple(line.text for line in explain(case.clock)),
    )


def _refusal_to_accept(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return RefusalToAcceptData(
        **common,
        applied_date=civil_date(case.submitted_at),
        reasons=(notice.content["reason"],),
        competent_agency=notice.content.get("competent_agency", ""),
    )


def _correction(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return CorrectionNoticeData(
        **common,
        applied_date=civil_date(case.submitted_at),
        items=tuple(
            CorrectionItem(name=item["name"], problem=item["reason"]) for item in notice.content["items"]
        ),
        due_date=date.fromisoformat(notice.content["due"]),
    )


def _clock_stop(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    limit = notice.content["limit"]
    own = f"{notice.content['basis']}"
    return ClockStopNoticeData(
        **{**common, "legal_basis": (own,)},
        procedure_name=notice.content["name"],
        started_date=civil_date(notice.issued_at),
        announced_limit=_limit(Limit(amount=limit["amount"], unit=limit["unit"]), on_the_spot=False),
        reasons=(notice.content["reason"],),
        due_date=case.clock.promised_due,
    )


def _extension(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    days = notice.content["days"]
    new_due = case.clock.statutory_due or civil_date(notice.issued_at)
    return ExtensionNoticeData(
        **common,
        extension_limit=f"{days}个工作日",
        previous_due_date=date.fromisoformat(notice.content["previous_due"]),
        new_due_date=new_due,
        reasons=(notice.content["reason"],),
    )


def _grant(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    conditions = notice.content.get("conditions", "")
    title = "准予行政许可决定书" if case.terms.service_type == "01" else "准予决定书"
    return GrantData(
        **common,
        title=title,
        applied_date=civil_date(case.submitted_at),
        result_name=case.terms.result_name,
        conditions=(conditions,) if conditions else (),
    )


def _refusal(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    title = "不予行政许可决定书" if case.terms.service_type == "01" else "不予决定书"
    return RefusalData(
        **{**common, "legal_basis": tuple(notice.content["legal_basis"])},
        title=title,
        applied_date=civil_date(case.submitted_at),
        reasons=(notice.content["reason"],),
    )


def _delivery(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    moment = notice.issued_at.astimezone(CHINA)
    return DeliveryRecordData(
        **common,
        documents=tuple(
            DeliveredDocument(name=str(ref.kind.label), number=ref.document_number)
            for ref in case.notices
            if ref.kind in {NoticeKind.GRANT, NoticeKind.REFUSAL}
        )
        or (DeliveredDocument(name=case.terms.result_name or "办理结果"),),
        method=WAYS.get(notice.content["way"], notice.content["way"]),
        delivered_at=f"{moment.year}年{moment.month}月{moment.day}日 {moment:%H:%M}",
        recipient_name=notice.content["recipient"] or common["applicant_name"],
    )


def _withdrawal(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return WithdrawalData(
        **common,
        applied_date=civil_date(case.submitted_at),
        withdrawn_date=civil_date(notice.issued_at),
        reason=notice.content["reason"],
    )


def _transfer(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return TransferNoticeData(
        **common,
        applied_date=civil_date(case.submitted_at),
        transferred_date=civil_date(notice.issued_at),
        receiving_agency=notice.content["to_agency"],
        reasons=(notice.content["reason"],),
    )


def _voiding(notice: Notice, case: CaseDetail, common: Common) -> NoticeData:
    return VoidingNoticeData(
        **common,
        applied_date=civil_date(case.submitted_at),
        voided_date=civil_date(notice.issued_at),
        reasons=(notice.content["reason"],),
    )


_FILLERS = {
    NoticeKind.RECEIPT: _receipt,
    NoticeKind.ACCEPTANCE: _acceptance,
    NoticeKind.REFUSAL_TO_ACCEPT: _refusal_to_accept,
    NoticeKind.CORRECTION_NOTICE: _correction,
    NoticeKind.CLOCK_STOP: _clock_stop,
    NoticeKind.EXTENSION: _extension,
    NoticeKind.GRANT: _grant,
    NoticeKind.REFUSAL: _refusal,
    NoticeKind.DELIVERY: _delivery,
    NoticeKind.WITHDRAWAL: _withdrawal,
    NoticeKind.TRANSFER: _transfer,
    NoticeKind.VOIDING: _voiding,
}


def _limit(limit: Limit | None, *, on_the_spot: bool) -> str:
    if on_the_spot or (limit is not None and limit.amount == 0):
        return "当场办结"
    return "无" if limit is None else f"{limit.amount}{UNITS[LimitUnit(limit.unit)]}"
