"""
A small catalogue for tests of pages: one service described in full, one that is only listed, one on the spot.

Names and laws are real; agencies, places and telephone numbers are fictional.
"""

from datetime import date, datetime

from tongban.business.catalogue import services as catalogue
from tongban.business.catalogue.values import (
    ApplicantKind,
    Criterion,
    FeedItem,
    FeeItem,
    FieldType,
    FormField,
    HandlingForm,
    HandlingKind,
    LegalBasis,
    Limit,
    Material,
    MaterialForm,
    MaterialKind,
    MaterialSource,
    Necessity,
    OfferingElements,
    Place,
    Prefill,
    ProcedureKind,
    Question,
    Reach,
    Result,
    ResultKind,
    ReviewMethod,
    Situation,
    SituationOption,
    SpecialProcedure,
    Step,
    StepStage,
)
from tongban.foundation.actors import Actor, system_actor
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow, DivisionRow

KEEPER = system_actor("tests.samples")
SOURCE = "samples"

HEALTH_AGENCY = "11511602MB1234567X"
CIVIL_AGENCY = "11511602MB7654321Y"

FULL = "sample-lodging-hygiene"
LISTED = "sample-listed-only"
ON_THE_SPOT = "sample-on-the-spot"

DIVISIONS = (
    DivisionRow(code="510000000000", name="四川省", name_en="Sichuan"),
    DivisionRow(code="511600000000", name="广安市", name_en="Guang'an", parent_code="510000000000"),
    DivisionRow(code="511602000000", name="广安区", name_en="Guang'an District", parent_code="511600000000"),
)
AGENCIES = (
    AgencyRow(
        code=HEALTH_AGENCY,
        name="示例区卫生健康局",
        name_en="Sample District Health Bureau",
        division_code="511602000000",
        order=1,
        is_demo=True,
    ),
    AgencyRow(
        code=CIVIL_AGENCY,
        name="示例区民政局",
        name_en="Sample District Civil Affairs Bureau",
        division_code="511602000000",
        order=2,
        is_demo=True,
    ),
)


def publish(*, at: datetime, actor: Actor = KEEPER) -> None:
    """
    Load the divisions and agencies of the samples and publish their offerings.
    """
    registers.load_divisions(rows=DIVISIONS, actor=actor, at=at)
    registers.load_agencies(rows=AGENCIES, actor=actor, at=at)
    for item in (full_item(), listed_item(), on_the_spot_item()):
        catalogue.publish_offering(item=item, source=SOURCE, actor=actor, at=at)


def full_item() -> FeedItem:
    """
    Return a service with every part of the guide: 公共场所卫生许可（新办）.
    """
    elements = OfferingElements(
        name="公共场所卫生许可（新办）",
        name_en="Hygiene licence for public places (new)",
        service_type="01",
        implementation_code="",
        local_implementation_code="115116020123456784000123015002",
        agency_code=HEALTH_AGENCY,
        agency_name="示例区卫生健康局",
        agency_name_en="Sample District Health Bureau",
        division_code="511602000000",
        summary="开办旅馆、浴场、理发店、游泳馆等公共场所前，应当取得卫生许可证。",
        summary_en="Needed before a hotel, bath house, hairdresser or swimming pool opens.",
        applicants=(ApplicantKind.PERSON, ApplicantKind.ENTERPRISE),
        person_themes=("040",),
        legal_themes=("010",),
        life_events=("open_hotel",),
        statutory_limit=Limit(amount=20),
        promised_limit=Limit(amount=5),
        eligibility_criteria=(
            Criterion(text="有固定的经营场所", text_en="There are fixed premises"),
            Criterion(text="符合相应的卫生标准和规范", text_en="Hygiene standards are met"),
        ),
        refusal_criteria=(Criterion(text="经营场所在禁止设立的区域"),),
        setting_basis=(
            LegalBasis(
                document="公共场所卫生管理条例",
                article="第四条",
                text="国家对公共场所实行“卫生许可证”制度。",
                authority="国务院",
            ),
        ),
        implementing_basis=(LegalBasis(document="公共场所卫生管理条例实施细则", article="第二十三条"),),
        situations=(
            Situation(
                code="place",
                question="您要开办哪种场所？",
                question_en="What kind of place?",
                options=(
                    SituationOption(code="place.lodging", label="住宿场所", label_en="Lodging"),
                    SituationOption(code="place.bath", label="沐浴场所", label_en="Bath house"),
                    SituationOption(code="place.hair", label="美容美发", label_en="Hair and beauty"),
                ),
            ),
        ),
        materials=_materials(),
        form=(
            FormField(key="applicant_name", label="申请人", prefill=Prefill.PERSON_NAME),
            FormField(key="address", label="经营场所地址", type=FieldType.ADDRESS),
        ),
        steps=_steps(),
        special_procedures=(
            SpecialProcedure(
                code="site_check",
                name="现场卫生检测",
                kind=ProcedureKind.OTHER,
                method=ReviewMethod.EXAMINATION,
                limit=Limit(amount=3),
                legal_basis="《中华人民共和国行政许可法》第四十五条",
            ),
        ),
        results=(
            Result(
                kind=ResultKind.LICENCE,
                name="公共场所卫生许可证",
                name_en="Hygiene licence",
                validity="4 年",
                validity_en="4 years",
                validity_months=48,
            ),
        ),
        handling_forms=(HandlingForm.COUNTER, HandlingForm.WEB),
        reach=Reach.COUNTY,
        online_depth=("5",),
        online_grade=4,
        visits=0,
        can_apply_online=True,
        required_assurance_level=2,
        places=(
            Place(
                name="示例区政务服务大厅",
                address="示例区示例路 1 号",
                counter="2 楼 8 号窗口",
                hours="周一至周五 9:00-12:00，13:30-17:00",
                phone="0000-1234567",
            ),
        ),
        enquiry_phone="0000-1234567",
        complaint_phone="0000-7654321",
        questions=(Question(question="没有检测报告能先申请吗？", answer="可以，决定前补交即可。"),),
        remedies="对决定不服的，可以自收到决定之日起六十日内申请行政复议，或者六个月内提起行政诉讼。",
    )
    return FeedItem(code=FULL, effective_from=date(2026, 1, 1), elements=elements)


def _materials() -> tuple[Material, ...]:
    return (
        Material(
            code="form",
            name="卫生许可证申请表",
            name_en="Application form",
            kind=MaterialKind.FORM,
            form=MaterialForm.ELECTRONIC,
            filling_notes="在线填写，自动生成",
        ),
        Material(
            code="plan",
            name="公共场所平面图和卫生设施布局图",
            name_en="Floor plan",
            form=MaterialForm.EITHER,
            legal_basis="《公共场所卫生管理条例实施细则》第二十三条",
        ),
        Material(
            code="business_licence",
            name="营业执照",
            name_en="Business licence",
            kind=MaterialKind.CERTIFICATE,
            source=MaterialSource.GOVERNMENT,
            is_shared=True,
        ),
        Material(
            code="laundry",
            name="布草洗涤合同",
            name_en="Laundry contract",
            situations=("place.lodging",),
        ),
        Material(
            code="report",
            name="卫生检测或者评价报告",
            name_en="Test report",
            necessity=Necessity.LATER,
            source=MaterialSource.INTERMEDIARY,
        ),
    )


def _steps() -> tuple[Step, ...]:
    return (
        Step(name="受理", stage=StepStage.ACCEPTANCE, limit=Limit(amount=0)),
        Step(name="现场审查", stage=StepStage.REVIEW, limit=Limit(amount=3), is_counted=False),
        Step(name="决定", stage=StepStage.DECISION, limit=Limit(amount=5)),
        Step(name="送达", stage=StepStage.DELIVERY, note="电子证照即时送达"),
    )


def listed_item() -> FeedItem:
    """
    Return a service of which the list gives nothing but a name.
    """
    elements = OfferingElements(
        name="社会团体成立登记",
        service_type="01",
        agency_code=CIVIL_AGENCY,
        agency_name="示例区民政局",
        division_code="511602000000",
        applicants=(ApplicantKind.SOCIAL_ORGANISATION,),
        legal_themes=("005",),
    )
    return FeedItem(code=LISTED, effective_from=date(2026, 1, 1), elements=elements)


def on_the_spot_item() -> FeedItem:
    """
    Return a service done at once, with a fee.
    """
    elements = OfferingElements(
        name="补领婚姻登记证",
        name_en="Replacement of a marriage certificate",
        service_type="07",
        agency_code=CIVIL_AGENCY,
        agency_name="示例区民政局",
        division_code="511602000000",
        applicants=(ApplicantKind.PERSON,),
        person_themes=("060",),
        handling_kind=HandlingKind.ON_THE_SPOT,
        statutory_limit=Limit(amount=1),
        promised_limit=Limit(amount=0),
        materials=(Material(code="declaration", name="申请补领婚姻登记证声明书"),),
        is_charged=True,
        fee_items=(FeeItem(name="工本费", price="9.00", unit="元/对", standard="每对 9 元"),),
        visits=1,
    )
    return FeedItem(code=ON_THE_SPOT, effective_from=date(2026, 1, 1), elements=elements)
