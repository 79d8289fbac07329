"""
Elements of a service offering (实施清单要素): what an agency says about one service, as one immutable value.

Shapes and length limits: C 0109.2-2018 / GB/T 39554.2-2020 as exchanged nation-wide; the 36 elements and the
sub-elements of materials: 国办函〔2016〕108号. Texts are Simplified Chinese; `*_en` beside a text is its English.
An offering that was only listed, not described, has little more than a name: everything else has a default.
"""

from datetime import date
from typing import Annotated

import msgspec

from tongban.business.catalogue.values.enums import (
    ApplicantKind,
    FieldType,
    HandlingForm,
    HandlingKind,
    LimitUnit,
    MaterialForm,
    MaterialKind,
    MaterialSource,
    Necessity,
    Prefill,
    ProcedureKind,
    Reach,
    ResultKind,
    ReviewMethod,
    StepStage,
)

Code = Annotated[str, msgspec.Meta(max_length=50)]
Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
SituationCode = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\.[a-z0-9][a-z0-9_]{0,39}\Z")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Short = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]
LongText = Annotated[str, msgspec.Meta(max_length=20000)]
Price = Annotated[str, msgspec.Meta(pattern=r"^\d{1,9}(\.\d{1,4})?\Z")]
Count = Annotated[int, msgspec.Meta(ge=0, le=999)]
Amount = Annotated[int, msgspec.Meta(ge=0, le=9999)]


class Element(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """
    Base of all parts: immutable, compared by value, defaults left out of the stored form.
    """


class Limit(Element, frozen=True, kw_only=True):
    """
    办理时限. `amount` 0 means at once.
    """

    amount: Amount
    unit: LimitUnit = LimitUnit.WORKING_DAY
    note: Short = ""
    note_en: Short = ""


class LegalBasis(Element, frozen=True, kw_only=True):
    """
    依据: one provision, structured as the exchange has it (法律名称, 文号, 条款号, 条款内容, 颁布机关, 实施日期).
    """

    document: Short
    document_number: Short = ""
    article: Short = ""
    text: LongText = ""
    authority: Short = ""
    effective_date: date | None = None
    edition: Short = ""
    """Which text was looked up, usually its date."""
    url: Text = ""


class Criterion(Element, frozen=True, kw_only=True):
    """
    受理条件 or 审查标准, one sentence.
    """

    text: Text
    text_en: Text = ""


class SituationOption(Element, frozen=True, kw_only=True):
    """
    One answer; `code` is the question's code, a dot, and a word.
    """

    code: SituationCode
    label: Short
    label_en: Short = ""
    help: Text = ""
    help_en: Text = ""


class Situation(Element, frozen=True, kw_only=True):
    """
    情形: a question whose answer decides which materials and fields are needed.
    """

    code: Key
    question: Short
    question_en: Short = ""
    options: Annotated[tuple[SituationOption, ...], msgspec.Meta(min_length=2)]
    is_multiple: bool = False


class Material(Element, frozen=True, kw_only=True):
    """
    申请材料 with the ten sub-elements of 108号 and what provinces add.
    """

    code: Key
    name: Name
    name_en: Short = ""
    kind: MaterialKind = MaterialKind.OTHER
    form: MaterialForm = MaterialForm.EITHER
    necessity: Necessity = Necessity.REQUIRED
    source: MaterialSource = MaterialSource.APPLICANT
    source_explanation: Text = ""
    original_copies: Count = 1
    """份数 of originals."""
    photocopies: Count = 0
    paper_format: Short = ""
    """规格, e.g. A4."""
    filling_notes: Text = ""
    """填报须知."""
    filling_notes_en: Text = ""
    acceptance_standard: Text = ""
    """受理标准."""
    acceptance_standard_en: Text = ""
    blank_form: Short = ""
    """空白表格: address or file name."""
    sample: Short = ""
    """示例样表: address or file name."""
    legal_basis: Text = ""
    situations: tuple[SituationCode, ...] = ()
    """Needed only where one of these answers was given; empty means always."""
    condition: Text = ""
    """A condition in words, shown to the person who decides whether it applies."""
    condition_en: Text = ""
    is_shared: bool = False
    """免提交: not asked for when the node already holds the licence or the data."""
    licence_type: Code = ""
    """证照类型代码 that can take the material's place."""
    is_sealed: bool = False
    """签章要求."""
    remark: Text = ""


class FeeItem(Element, frozen=True, kw_only=True):
    """
    收费项目. The price is text with a dot, in yuan, never a float.
    """

    name: Short
    name_en: Short = ""
    price: Price
    unit: Short
    """E.g. 元/本."""
    unit_en: Short = ""
    standard: Text = ""
    legal_basis: Text = ""
    can_be_reduced: bool = False
    reduction: Text = ""
    condition: Text = ""
    condition_en: Text = ""


class Step(Element, frozen=True, kw_only=True):
    """
    办理流程, one step: who does what within which time.
    """

    name: Short
    name_en: Short = ""
    stage: StepStage
    post: Short = ""
    """岗位 that acts."""
    post_en: Short = ""
    limit: Limit | None = None
    is_counted: bool = True
    """False: a special procedure, outside the promised time (行政许可法 art. 45)."""
    review_criteria: Text = ""
    outcome: Text = ""
    note: Text = ""
    note_en: Text = ""


class SpecialProcedure(Element, frozen=True, kw_only=True):
    """
    特别程序: time that does not count against the limits, as far as law allows it.
    """

    code: Key
    name: Short
    name_en: Short = ""
    kind: ProcedureKind = ProcedureKind.OTHER
    method: ReviewMethod = ReviewMethod.OTHER
    limit: Limit | None = None
    legal_basis: Text = ""
    note: Text = ""
    note_en: Text = ""


class Result(Element, frozen=True, kw_only=True):
    """
    办理结果.
    """

    kind: ResultKind
    name: Short
    name_en: Short = ""
    sample: Short = ""
    """结果样本: address or file name; private data masked."""
    validity: Short = ""
    validity_en: Short = ""
    validity_months: Annotated[int, msgspec.Meta(ge=1, le=1200)] | None = None
    licence_type: Code = ""
    """证照类型代码 (21 characters) when a licence is issued."""


class Variant(Element, frozen=True, kw_only=True):
    """
    业务办理项: a split of the offering by situation, with its own code.
    """

    code: Code
    name: Name
    name_en: Short = ""
    situations: tuple[SituationCode, ...] = ()


class Question(Element, frozen=True, kw_only=True):
    """
    常见问题.
    """

    question: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    question_en: Text = ""
    answer: LongText
    answer_en: LongText = ""


class Place(Element, frozen=True, kw_only=True):
    """
    办理地点 with its hours and telephone.
    """

    name: Short
    name_en: Short = ""
    address: Text
    address_en: Text = ""
    counter: Short = ""
    counter_en: Short = ""
    hours: Text = ""
    hours_en: Text = ""
    phone: Short = ""


class FieldOption(Element, frozen=True, kw_only=True):
    """
    One answer of a CHOICE or CHOICES field.
    """

    value: Short
    label: Short
    label_en: Short = ""


class FormField(Element, frozen=True, kw_only=True):
    """
    One field of the application form.
    """

    key: Key
    label: Short
    label_en: Short = ""
    type: FieldType = FieldType.TEXT
    is_required: bool = True
    section: Short = ""
    section_en: Short = ""
    help: Text = ""
    help_en: Text = ""
    options: tuple[FieldOption, ...] = ()
    prefill: Prefill = Prefill.NONE
    max_length: Annotated[int, msgspec.Meta(ge=1, le=4000)] | None = None
    pattern: Short = ""
    """Regular expression the whole answer must match."""
    minimum: int | None = None
    maximum: int | None = None
    unit: Short = ""
    unit_en: Short = ""
    situations: tuple[SituationCode, ...] = ()
    is_personal: bool = False
    """Says something of a natural person that neither `type` nor `prefill` tells: a guardian's name, an account."""
    licence_type: Code = ""
    """证照类型代码: filled in from the applicant's licence of this type, where he holds one."""
    licence_key: Short = ""
    """Key of the line on its face."""


class Commitment(Element, frozen=True, kw_only=True):
    """
    告知承诺: a licence given on the applicant's word, checked afterwards.
    """

    text: LongText
    text_en: LongText = ""
    excluded: Text = ""
    """Who may not use it."""
    check_after: Limit | None = None


class OfferingElements(Element, frozen=True, kw_only=True):
    """
    实施清单: all elements of one offering in one version.
    """

    # 1-10: name, type, codes, level, body. National and local codes stand side by side.
    name: Name
    name_en: Short = ""
    service_type: Annotated[str, msgspec.Meta(pattern=r"^\d{2}\Z")]
    basic_code: Annotated[str, msgspec.Meta(pattern=r"^(\d{12})?\Z")] = ""
    """基本编码, national, 12 digits."""
    local_basic_code: Code = ""
    implementation_code: Annotated[str, msgspec.Meta(max_length=36)] = ""
    """实施编码, national, 31 characters when well-formed."""
    local_implementation_code: Annotated[str, msgspec.Meta(max_length=100)] = ""
    body_code: Code = ""
    """Body code exactly as published, where it differs from the agency's own."""
    agency_code: Code
    agency_name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    agency_name_en: Short = ""
    body_nature: Annotated[str, msgspec.Meta(pattern=r"^[1239]\Z")] = "1"
    """实施主体性质 (T3)."""
    entrusted_body: Short = ""
    power_source: Annotated[str, msgspec.Meta(pattern=r"^[1-6]?\Z")] = ""
    """权力来源 (T9)."""
    use_level: Annotated[str, msgspec.Meta(pattern=r"^[1-7]\Z")] = "4"
    authority_division: Text = ""
    """权限划分."""
    exercise_content: Text = ""
    """行使内容."""
    division_code: Annotated[str, msgspec.Meta(pattern=r"^\d{12}\Z")]
    township_names: tuple[Short, ...] = ()

    # What people read first, and what they say when they look for it.
    summary: Text = ""
    summary_en: Text = ""
    aliases: tuple[Short, ...] = ()
    everyday_words: tuple[Short, ...] = ()

    # 5 and the two other bases of the official specification; three separate lists.
    setting_basis: tuple[LegalBasis, ...] = ()
    implementing_basis: tuple[LegalBasis, ...] = ()
    supervision_basis: tuple[LegalBasis, ...] = ()

    # 11-13, 18, 24, 25
    applicants: tuple[ApplicantKind, ...] = ()
    person_themes: tuple[Annotated[str, msgspec.Meta(pattern=r"^\d{3}\Z")], ...] = ()
    legal_themes: tuple[Annotated[str, msgspec.Meta(pattern=r"^\d{3}\Z")], ...] = ()
    life_events: tuple[Key, ...] = ()
    handling_kind: HandlingKind | None = None
    """None where nobody published it; a case is then handled as a committed one."""
    statutory_limit: Limit | None = None
    promised_limit: Limit | None = None
    extension_limit: Limit | None = None
    """延长: how much longer the head of the agency may allow (行政许可法 art. 42)."""
    eligibility_criteria: tuple[Criterion, ...] = ()
    refusal_criteria: tuple[Criterion, ...] = ()
    review_criteria: tuple[Criterion, ...] = ()
    review_methods: tuple[ReviewMethod, ...] = ()
    quantity_limit: Text = ""

    # 14-17
    situations: tuple[Situation, ...] = ()
    materials: tuple[Material, ...] = ()
    form: tuple[FormField, ...] = ()
    steps: tuple[Step, ...] = ()
    special_procedures: tuple[SpecialProcedure, ...] = ()
    participating_agencies: tuple[Short, ...] = ()
    intermediary_services: Text = ""
    variants: tuple[Variant, ...] = ()
    commitment: Commitment | None = None

    # 19-23
    results: tuple[Result, ...] = ()
    is_charged: bool = False
    fee_items: tuple[FeeItem, ...] = ()
    fee_basis: Text = ""

    # 26-31
    handling_forms: tuple[HandlingForm, ...] = ()
    reach: Reach | None = None
    """通办范围; None where nobody published it, which is not the same as 不通办."""
    online_depth: tuple[Annotated[str, msgspec.Meta(pattern=r"^[1-9]\Z")], ...] = ()
    """网上办理深度 (T13), several."""
    online_grade: Annotated[int, msgspec.Meta(ge=0, le=4)] = 0
    """I to IV of the four-grade scale; 0 unknown; IV means no visit at all."""
    visits: Annotated[int, msgspec.Meta(ge=0, le=9)] | None = None
    """到办事现场次数."""
    visits_reason: Text = ""
    can_apply_online: bool = False
    required_assurance_level: Annotated[int, msgspec.Meta(ge=0, le=4)] = 1
    """认证等级 (provinces: author_level): real-name level a person needs to apply; 0 to 4 as in `user_real_lvl`."""
    is_high_risk: bool = False
    """高风险事项: whoever applies is checked anew, by his face, though his level is enough."""
    has_appointments: bool = False
    has_online_payment: bool = False
    has_courier_delivery: bool = False
    has_self_service_terminal: bool = False
    is_in_hall: bool = True
    """进驻大厅."""
    running_system: Short = ""
    online_url: Text = ""

    # 32-36
    places: tuple[Place, ...] = ()
    hours: Text = ""
    hours_en: Text = ""
    enquiry_phone: Short = ""
    complaint_phone: Short = ""
    enquiry_ways: Text = ""
    complaint_ways: Text = ""
    questions: tuple[Question, ...] = ()
    remedies: Text = ""
    """救济途径: how to appeal."""
    remedies_en: Text = ""

    # Where it comes from, and what the standard list has no place for.
    source_note: Text = ""
    source_note_en: Text = ""
    source_url: Text = ""
    is_assigned: bool = False
    """True: themes, audience and life events were assigned by a rule over the name, not published."""
    extension: dict[Annotated[str, msgspec.Meta(max_length=64)], str | int | bool | None] = {}
