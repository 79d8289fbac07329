"""
Offerings, people and cases for tests.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from tongban.business.casework import services as casework
from tongban.business.casework.services.licensing import applicant_and_form
from tongban.business.casework.values import (
    Applicant,
    CaseReceipt,
    CorrectionItem,
    Evidence,
    SubmissionReceipt,
)
from tongban.business.casework.values import Limit as StopLimit
from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.values import (
    FeedItem,
    FieldType,
    FormField,
    HandlingKind,
    LegalBasis,
    Limit,
    Material,
    Necessity,
    OfferingElements,
    Result,
    ResultKind,
    Step,
    StepStage,
)
from tongban.business.catalogue.values.enums import ApplicantKind
from tongban.business.licences import services as licences
from tongban.foundation.actors import Actor, ActorKind, Channel, system_actor
from tongban.foundation.calendar import packaged_calendar
from tongban.foundation.clock import CHINA

AGENCY = "11511602MB1234567X"
OTHER_AGENCY = "11511602MB7654321X"
DIVISION = "511602000000"
CALENDAR = packaged_calendar()
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=CHINA)
PERSON_ID = UUID("00000000-0000-4000-8000-000000000001")
OTHER_PERSON_ID = UUID("00000000-0000-4000-8000-000000000002")
LOADER = system_actor("tests")

APPLICANT = Applicant(
    kind="1", name="王小明", id_type="111", id_number="11010519491231002X", mobile="13900000001"
)
LICENCE_TYPE: dict[str, Any] = {
    "code": "11511602MB1234567X001",
    "name": "公共场所卫生许可证",
    "defining_body_code": "11511602MB1234567X",
    "defining_body_name": "示例区卫生健康局",
    "face": [{"key": "shop_name", "label": "场所名称", "source": "form.shop_name"}],
    "validity_months": 48,
    "allows_several": True,
}
FORM = {"shop_name": "清风理发店", "floor_area": "86"}


def person(person_id: UUID = PERSON_ID) -> Actor:
    """
    Return a citizen.
    """
    return Actor(kind=ActorKind.PERSON, id=str(person_id), person_id=str(person_id), assurance_level=2)


def clerk(*posts: str, agency_code: str = AGENCY, division_code: str | None = DIVISION) -> Actor:
    """
    Return a member of staff who holds these posts.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id="00000000-0000-4000-8000-0000000000aa",
        name="李受理",
        agency_code=agency_code,
        division_code=division_code,
        posts=frozenset(posts),
        channel=Channel.COUNTER,
    )


def elements(**changes: Any) -> OfferingElements:
    """
    Return the elements of a small permit that can be applied for online; `changes` replace some.
    """
    values: dict[str, Any] = {
        "name": "公共场所卫生许可",
        "name_en": "Hygiene permit for public places",
        "service_type": "01",
        "agency_code": AGENCY,
        "agency_name": "广安区卫生健康局",
        "division_code": DIVISION,
        "applicants": (ApplicantKind.PERSON, ApplicantKind.ENTERPRISE),
        "handling_kind": HandlingKind.COMMITTED,
        "statutory_limit": Limit(amount=20),
        "promised_limit": Limit(amount=5),
        "implementing_basis": (LegalBasis(document="公共场所卫生管理条例", article="第四条"),),
        "materials": (
            Material(
                code="floor_plan", name="公共场所平面图", legal_basis="公共场所卫生管理条例实施细则第二十三条"
            ),
            Material(code="test_report", name="卫生检测报告", necessity=Necessity.LATER),
        ),
        "form": (
            FormField(key="shop_name", label="场所名称"),
            FormField(key="floor_area", label="营业面积", type=FieldType.NUMBER, minimum=1),
        ),
        "steps": (
            Step(name="受理", stage=StepStage.ACCEPTANCE),
            Step(name="审查", stage=StepStage.REVIEW),
            Step(name="决定", stage=StepStage.DECISION),
        ),
        "results": (Result(kind=ResultKind.DOCUMENT, name="卫生许可批复"),),
        "can_apply_online": True,
    }
    return OfferingElements(**{**values, **changes})


def publish(code: str = "test-hygiene", *, at: datetime = MONDAY, **changes: Any) -> str:
    """
    Publish an offering and return its code.
    """
    catalogue.publish_offering(
        item=FeedItem(code=code, elements=elements(**changes)), source="tests", actor=LOADER, at=at
    )
    return code


def evidence(code: str = "floor_plan") -> Evidence:
    """
    Return a material as handed in.
    """
    return Evidence(
        material_code=code,
        name="公共场所平面图",
        file_id=str(uuid4()),
        digest="0" * 64,
        media_type="application/pdf",
        size_bytes=1024,
    )


def submit(code: str = "test-hygiene", *, at: datetime = MONDAY, **changes: Any) -> SubmissionReceipt:
    """
    Submit an application; `changes` replace arguments of the service.
    """
    arguments: dict[str, Any] = {
        "offering_code": code,
        "situations": (),
        "form": FORM,
        "applicant": APPLICANT,
        "applicant_id": str(PERSON_ID),
        "evidence": (evidence(),),
        "draft_id": uuid4(),
        "actor": person(),
        "at": at,
        "calendar": CALENDAR,
    }
    return casework.submit_application(**{**arguments, **changes})


def accept(number: str, *, at: datetime = MONDAY) -> CaseReceipt:
    """
    Accept a case.
    """
    return casework.accept(number=number, actor=clerk("ACCEPTANCE"), at=at, calendar=CALENDAR)


def hold_hearing(number: str, *, at: datetime, actor: Actor | None = None) -> CaseReceipt:
    """
    Stop the clock for a hearing (行政许可法 arts. 45, 47).
    """
    return casework.start_special_procedure(
        number=number,
        kind="HEARING",
        name="听证",
        reason="利害关系人申请",
        basis="《中华人民共和国行政许可法》第四十七条",
        limit=StopLimit(amount=20, unit="WORKING_DAY"),
        actor=actor or clerk("ACCEPTANCE", "REVIEW", "DECISION"),
        at=at,
        calendar=CALENDAR,
    )


def publish_permit(code: str = "test-permit", *, at: datetime = MONDAY, **changes: Any) -> str:
    """
    Publish an offering that ends in a licence and return its code.
    """
    licences.load_licence_types(rows=[LICENCE_TYPE], actor=LOADER, at=at)
    result = Result(kind=ResultKind.LICENCE, name="公共场所卫生许可证", licence_type=LICENCE_TYPE["code"])
    return publish(code, at=at, **{"results": (result,), **changes})


def correction(code: str = "floor_plan") -> list[CorrectionItem]:
    """
    Return what a correction notice names.
    """
    return [CorrectionItem(material_code=code, name="公共场所平面图", reason="不清晰")]


def applicant_of(number: str) -> Applicant:
    """
    Return who applied, unsealed.
    """
    return applicant_and_form(number)[0]


def form_of(number: str) -> dict[str, str]:
    """
    Return what the applicant wrote, unsealed.
    """
    return applicant_and_form(number)[1]
