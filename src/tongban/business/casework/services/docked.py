"""
Cases in the hands of an agency's own system: what it is given of them, and what it reports.

The system acts as a client of its agency, by the same services, permissions and statutory life as everybody.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from tongban.business.casework.models import Case
from tongban.business.casework.rules.clock import StopKind
from tongban.business.casework.services import decision, ending, examination, intake
from tongban.business.casework.services.disclosure import reveal_case
from tongban.business.casework.services.licensing import applicant_and_form
from tongban.business.casework.services.recording import HeldCase, hold
from tongban.business.casework.values import Applicant, CorrectionItem, Limit
from tongban.business.catalogue.values import HandlingKind, LimitUnit
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.resources.docking.values import CorrectionAsked, GivenCase, Part, Report, ReportKind

STOPS: Final = {
    "听证": StopKind.HEARING,
    "招标": StopKind.TENDER,
    "拍卖": StopKind.AUCTION,
    "检验": StopKind.INSPECTION,
    "检测": StopKind.TESTING,
    "检疫": StopKind.QUARANTINE,
    "鉴定": StopKind.APPRAISAL,
    "评审": StopKind.EXPERT_REVIEW,
}
"""Words of 行政许可法 art. 45 in the name of a special procedure; anything else is OTHER."""
PROJECT_TYPES: Final = {HandlingKind.ON_THE_SPOT: "1", HandlingKind.COMMITTED: "2"}
"""办件类型, code list T6."""
HANDLING_FORMS: Final = {"0": "1", "1": "2", "2": "3"}
"""From 提交渠道 (T27) to 办理形式 (T5)."""


class Desk:
    """
    Casework, as docking sees it.
    """

    def given(self, *, number: str, actor: Actor, at: datetime) -> GivenCase:
        """
        Return a case in clear for the system of its agency; the applicant reads in his ledger that it was told.

        :raises NotFound: no such case, or not of the system's agency
        """
        reveal_case(number=number, purpose=Purpose.EXAMINATION.value, actor=actor, at=at)
        case = hold(number)
        applicant, form = applicant_and_form(number)
        return _given(case, applicant, form)

    def has(self, *, number: str) -> bool:
        """
        Whether this node keeps a case of this number.
        """
        return Case.objects.filter(number=number).exists()

    def take(self, *, report: Report, actor: Actor, at: datetime) -> None:
        """
        Do to the case what the system reports.

        :raises ServiceError: the statutory life, or what was written, does not allow it
        """
        case = hold(report.case_number)
        if case.agency_code != actor.agency_code:
            raise NotFound(case_number=report.case_number)
        common = {
            "number": report.case_number,
            "actor": actor,
            "at": at,
            "calendar": current_calendar(),
        }
        _TAKERS[report.kind](report, case, common)


Common = dict[str, Any]
"""number, actor, at and calendar: what every service asks for."""


def _given(case: HeldCase, who: Applicant, form: dict[str, str]) -> GivenCase:
    terms, state = case.terms, case.state
    return GivenCase(
        project_no=case.number,
        query_code=case.query_code,
        catalog_code=terms.basic_code,
        task_code=terms.case_prefix,
        task_name=terms.service_name,
        task_version=terms.offering_version,
        project_name=terms.service_name,
        project_type=PROJECT_TYPES.get(HandlingKind(terms.handling_kind), "9"),
        applyer_name=who.name,
        applyer_type=who.kind,
        applyer_page_type=who.id_type,
        applyer_page_code=who.id_number,
        legal=who.legal_representative,
        contact_name=who.agent_name or who.name,
        contact_type=who.agent_id_type or who.id_type,
        contact_code=who.agent_id_number or who.id_number,
        contact_mobile=who.agent_mobile or who.mobile,
        address=who.address,
        org_name=terms.agency_name,
        org_code=case.agency_code,
        division_code=case.division_code,
        apply_date=state.submitted_at,
        apply_type=HANDLING_FORMS.get(case.channel, "9"),
        accept_date=state.accepted_at,
        accept_doc_no=case.number if state.accepted_at else "",
        promise_date=None,
        form=form,
        materials=[
            Part(
                code=material["material_code"],
                name=material["name"],
                get_type=material.get("get_type", "2"),
                file_id=material.get("file_id", ""),
                digest=material.get("digest", ""),
            )
            for material in state.materials
        ],
    )


def _accepted(report: Report, case: HeldCase, common: Common) -> None:
    intake.accept(opinion=report.opinion, **common)


def _not_accepted(report: Report, case: HeldCase, common: Common) -> None:
    intake.refuse_acceptance(reason=report.reason, competent_agency=report.to_agency, **common)


def _correction(report: Report, case: HeldCase, common: Common) -> None:
    items = [_item(item, case) for item in report.items]
    days = report.days or intake.CORRECTION_WORKING_DAYS
    intake.request_correction(items=items, working_days=days, **common)


def _item(asked: CorrectionAsked, case: HeldCase) -> CorrectionItem:
    """
    Find the material that is meant, by its code or its name; an empty code with no such name means the form.
    """
    by_code = {material.code: material.code for material in case.terms.materials}
    by_name = {material.name: material.code for material in case.terms.materials}
    code = by_code.get(asked.material_code) or by_name.get(asked.name) or ""
    if asked.material_code and not code:
        raise InvalidInput(fields={"items": _("本事项没有材料“%(name)s”") % {"name": asked.name}})
    return CorrectionItem(material_code=code, name=asked.name, reason=asked.reason)


def _step(report: Report, case: HeldCase, common: Common) -> None:
    examination.record_review(
        stage=report.step_name[:12],
        stage_name=report.step_name,
        outcome=report.outcome,
        opinion=report.opinion,
        step=len(case.state.reviews) + 1,
        **common,
    )


def _procedure_begins(report: Report, case: HeldCase, common: Common) -> None:
    kind = next((stop for word, stop in STOPS.items() if word in report.procedure), StopKind.OTHER)
    examination.start_special_procedure(
        kind=kind.value,
        name=report.procedure,
        reason=report.reason,
        basis="；".join(report.legal_basis),
        limit=Limit(amount=report.days, unit=LimitUnit.CALENDAR_DAY.value),
        **common,
    )


def _procedure_ends(report: Report, case: HeldCase, common: Common) -> None:
    examination.end_special_procedure(result=report.result, **common)


def _extended(report: Report, case: HeldCase, common: Common) -> None:
    examination.extend(days=report.days, reason=report.reason, **common)


def _granted(report: Report, case: HeldCase, common: Common) -> None:
    decision.grant(
        opinion=report.opinion,
        conditions=report.conditions,
        licence_number=report.certificate_number,
        **common,
    )


def _refused(report: Report, case: HeldCase, common: Common) -> None:
    decision.refuse(reason=report.reason, legal_basis=report.legal_basis, **common)


def _withdrawn(report: Report, case: HeldCase, common: Common) -> None:
    ending.withdraw(reason=report.reason, **common)


def _passed_on(report: Report, case: HeldCase, common: Common) -> None:
    ending.pass_on(to_agency=report.to_agency, reason=report.reason, **common)


def _voided(report: Report, case: HeldCase, common: Common) -> None:
    ending.void(reason=report.reason, **common)


def _delivered(report: Report, case: HeldCase, common: Common) -> None:
    decision.deliver(way=report.way, recipient=report.recipient, **common)


_TAKERS: Final[dict[ReportKind, Callable[[Report, HeldCase, Common], None]]] = {
    ReportKind.ACCEPTED: _accepted,
    ReportKind.NOT_ACCEPTED: _not_accepted,
    ReportKind.CORRECTION: _correction,
    ReportKind.STEP: _step,
    ReportKind.PROCEDURE_BEGINS: _procedure_begins,
    ReportKind.PROCEDURE_ENDS: _procedure_ends,
    ReportKind.EXTENDED: _extended,
    ReportKind.GRANTED: _granted,
    ReportKind.REFUSED: _refused,
    ReportKind.WITHDRAWN: _withdrawn,
    ReportKind.PASSED_ON: _passed_on,
    ReportKind.VOIDED: _voided,
    ReportKind.DELIVERED: _delivered,
}
