"""
Rules over the elements of an offering. No database, no clock, no settings.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from tongban.business.catalogue.values.elements import (
    FormField,
    LegalBasis,
    Limit,
    Material,
    OfferingElements,
    Variant,
)
from tongban.business.catalogue.values.enums import (
    ApplicantKind,
    HandlingForm,
    HandlingKind,
    LimitUnit,
    ResultKind,
    StepStage,
)
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.codes import is_social_credit_code

CASE_PREFIX_LENGTH = 31
BODY_CODE_LENGTH = 18
LOCAL_SERIAL_FIRST_DIGIT = "9"
"""First digit of the 12-digit serial a node makes itself; no list in use starts a basic code with it."""
IMPLEMENTATION_CODE = re.compile(r"^([0-9A-HJ-NPQRTUWXY]{18})([1-6])([0-9]{12})\Z")
FLOW_OF_A_PERMIT = {StepStage.ACCEPTANCE, StepStage.REVIEW, StepStage.DECISION, StepStage.DELIVERY}
CATCH_ALL = re.compile(r"其他(相关|有关|必要)?的?(证明)?(材料|资料|文件)$|要求的其他材料$")
ALL_ONLINE = 4
"""Grade IV of the four-grade scale: no visit at all."""
AREA_CODE = re.compile(r"^(0\d{2,3}-\d{7,8}(-\d+)?|1\d{2,4}|400-?\d{3}-?\d{4}|\d{3,4}-12345)$")

FULL_WIDTH = re.compile("[０-９Ａ-Ｚａ-ｚ]")
"""Digits and letters of a Chinese keyboard left in its wide mode: to the eye a code, to every look-up another one."""

CODE_LISTS = {
    "service_type": "T1",
    "use_level": "T2",
    "body_nature": "T3",
    "power_source": "T9",
    "online_depth": "T13",
    "person_themes": "PERSON_THEME",
    "legal_themes": "LEGAL_THEME",
    "life_events": "LIFE_EVENT",
}
"""Element -> the code list its values come from; elements with a vocabulary of ours are checked when they are read."""

NARROW = (
    "service_type",
    "basic_code",
    "local_basic_code",
    "implementation_code",
    "local_implementation_code",
    "body_code",
    "agency_code",
    "division_code",
    "person_themes",
    "legal_themes",
    "enquiry_phone",
    "complaint_phone",
)
"""Elements that machines compare or dial. Names and texts are left alone: published ones do hold wide characters."""

NARROW_PARTS = {
    "materials": "licence_type",
    "fee_items": "price",
    "results": "licence_type",
    "variants": "code",
    "places": "phone",
}
"""The same, of parts of an offering."""

_encoder = msgspec.json.Encoder(order="sorted")


def canonical_elements(elements: OfferingElements) -> bytes:
    """
    Return the one byte string that stands for `elements`: keys sorted, defaults left out, UTF-8.
    """
    return _encoder.encode(elements)


def canonical_basis(basis: tuple[LegalBasis, ...]) -> bytes:
    """
    Return the one byte string that stands for a list of provisions.
    """
    return _encoder.encode(basis)


def digest_of(canonical: bytes) -> str:
    """
    Return the digest of canonical elements, in hexadecimal (SM3, GB/T 32905-2016).
    """
    return sm3_hex(canonical)


def made_definition_code(service_type: str, name: str) -> str:
    """
    Return the node's own code of a definition that came without one: the same name and type, the same code.
    """
    return f"N-{service_type}-{sm3_hex(name.encode())[:24]}"


@lru_cache(maxsize=8192)
def is_body_code(code: str) -> bool:
    """
    Tell whether `code` is a well-formed 统一社会信用代码 (GB 32100). Exactly as written: no case is mended.
    """
    return code == code.strip().upper() and is_social_credit_code(code)


def is_implementation_code(code: str) -> bool:
    """
    Tell whether `code` is a well-formed 实施编码 (C 0109.1-2018: body 18, level 1, basic code 12).
    """
    match = IMPLEMENTATION_CODE.match(code)
    return match is not None and is_body_code(match.group(1))


def local_case_prefix(*, agency_code: str, use_level: str) -> str:
    """
    Return the first 20 characters of the case numbers of an offering without a national code.

    The agency's code right-justified to 18 with zeros, the level digit, and a 9; the node's 11-digit
    serial follows. Characters a number cannot hold are left out; of a longer code the last 18 count.

    :param use_level: 行使层级, one digit (T2)
    """
    body = re.sub(r"[^0-9A-Z]", "", agency_code.upper())[-BODY_CODE_LENGTH:]
    return body.rjust(BODY_CODE_LENGTH, "0") + use_level + LOCAL_SERIAL_FIRST_DIGIT


def applies(needed: Iterable[str], chosen: Iterable[str]) -> bool:
    """
    Tell whether something bound to the situations `needed` is wanted after the answers `chosen`.

    Of each question named in `needed`, one of the named answers must have been given.
    """
    given = set(chosen)
    by_question: dict[str, bool] = {}
    for code in needed:
        question = code.partition(".")[0]
        by_question[question] = by_question.get(question, False) or code in given
    return all(by_question.values())


def materials_for(elements: OfferingElements, chosen: Iterable[str]) -> tuple[Material, ...]:
    """
    Return the materials wanted after the answers `chosen`, in their order.
    """
    given = frozenset(chosen)
    return tuple(material for material in elements.materials if applies(material.situations, given))


def fields_for(elements: OfferingElements, chosen: Iterable[str]) -> tuple[FormField, ...]:
    """
    Return the form fields wanted after the answers `chosen`, in their order.
    """
    given = frozenset(chosen)
    return tuple(field for field in elements.form if applies(field.situations, given))


def variant_for(elements: OfferingElements, chosen: Iterable[str]) -> Variant | None:
    """
    Return the 业务办理项 the answers `chosen` lead to, if the offering is split.
    """
    given = frozenset(chosen)
    fitting = [variant for variant in elements.variants if applies(variant.situations, given)]
    return fitting[0] if fitting else None


def contradictions(elements: OfferingElements) -> list[str]:
    """
    Return the names of fields whose parts contradict one another; such elements cannot be published.
    """
    known = {option.code for situation in elements.situations for option in situation.options}
    used: dict[str, Iterable[str]] = {
        "materials.situations": (code for material in elements.materials for code in material.situations),
        "form.situations": (code for field in elements.form for code in field.situations),
        "variants.situations": (code for variant in elements.variants for code in variant.situations),
    }
    found = [name for name, codes in used.items() if not known.issuperset(codes)]
    if _repeats(material.code for material in elements.materials):
        found.append("materials.code")
    if _repeats(field.key for field in elements.form):
        found.append("form.key")
    if any(
        not option.code.startswith(f"{situation.code}.")
        for situation in elements.situations
        for option in situation.options
    ) or _repeats(option.code for situation in elements.situations for option in situation.options):
        found.append("situations.options.code")
    if elements.can_apply_online and not elements.form:
        found.append("can_apply_online")
    if any(not _compiles(field.pattern) for field in elements.form):
        found.append("form.pattern")
    return found


def unknown_codes(
    elements: OfferingElements, known: Mapping[str, Collection[str]]
) -> list[tuple[str, str, str]]:
    """
    Return the values that no code list holds: name of the element, its value, and the list.

    :param known: code list -> its codes; a list that is not there says nothing about anything
    """
    found = []
    for name, list_code in CODE_LISTS.items():
        codes = known.get(list_code)
        if codes:
            found += [
                (name, value, list_code) for value in _values(elements, name) if value and value not in codes
            ]
    return found


def wide_codes(elements: OfferingElements) -> list[str]:
    """
    Return the names of codes, numbers and telephones that hold full-width digits or letters.
    """
    found = [name for name in NARROW if any(map(FULL_WIDTH.search, _values(elements, name)))]
    for name, part in NARROW_PARTS.items():
        if any(FULL_WIDTH.search(getattr(row, part)) for row in getattr(elements, name)):
            found.append(f"{name}.{part}")
    return found


def _values(elements: OfferingElements, name: str) -> tuple[str, ...]:
    value = getattr(elements, name)
    return (value,) if isinstance(value, str) else value


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """
    A quality rule that an offering breaks; its sentences stand in `values.objections`.
    """

    code: str
    field: str


def findings(elements: OfferingElements) -> tuple[Finding, ...]:
    """
    Return the quality rules that `elements` break.

    Rules 1-10 are those a province's checker enforces on item lists; the others follow from 108号
    (promise within statute, every material with a basis, no catch-all, steps within the promise).
    """
    broken: list[tuple[str, str]] = []
    for check in _CHECKS:
        broken.extend(check(elements))
    return tuple(Finding(code=code, field=field) for code, field in broken)


def promise_exceeds_statute(elements: OfferingElements) -> bool:
    """
    Tell whether the promise is longer than the statute, where both are counted in the same unit.
    """
    promised, statutory = elements.promised_limit, elements.statutory_limit
    return bool(
        promised and statutory and promised.unit == statutory.unit and promised.amount > statutory.amount
    )


def is_for_persons(elements: OfferingElements) -> bool:
    """
    Tell whether natural persons may apply.
    """
    return ApplicantKind.PERSON in elements.applicants or bool(elements.person_themes)


def is_for_legal_entities(elements: OfferingElements) -> bool:
    """
    Tell whether anybody but natural persons may apply.
    """
    return any(kind != ApplicantKind.PERSON for kind in elements.applicants) or bool(elements.legal_themes)


def _repeats(values: Iterable[str]) -> bool:
    seen = list(values)
    return len(seen) != len(set(seen))


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


Broken = list[tuple[str, str]]


def handling_kind_of(elements: OfferingElements) -> HandlingKind:
    """
    Return how cases of the offering are handled: as published, as committed ones where nothing is.
    """
    return elements.handling_kind or HandlingKind.COMMITTED


def _limits(elements: OfferingElements) -> Broken:
    on_the_spot = elements.handling_kind is HandlingKind.ON_THE_SPOT
    promised = elements.promised_limit
    broken: Broken = []
    if elements.handling_kind is not HandlingKind.OTHER and (
        promised is None or (promised.amount == 0) != on_the_spot
    ):
        broken.append(("kind_and_promise", "promised_limit"))
    if promise_exceeds_statute(elements):
        broken.append(("promise_within_statute", "promised_limit"))
    if promised is not None and _working_days(step.limit for step in elements.steps if step.is_counted) > (
        promised.amount if promised.unit is LimitUnit.WORKING_DAY else 9999
    ):
        broken.append(("step_sum", "steps"))
    return broken


def _working_days(limits: Iterable[Limit | None]) -> int:
    return sum(limit.amount for limit in limits if limit and limit.unit is LimitUnit.WORKING_DAY)


def _results(elements: OfferingElements) -> Broken:
    broken: Broken = []
    for result in elements.results:
        name = re.sub(r"[（(].*?[)）]", "", result.name)
        if name.endswith("证") and result.kind not in (ResultKind.LICENCE, ResultKind.CERTIFICATE):
            broken.append(("result_name", "results.name"))
        if name.endswith(("批复", "决定书")) and result.kind is not ResultKind.DOCUMENT:
            broken.append(("result_name", "results.name"))
        if result.kind is not ResultKind.ENTRY and not result.sample:
            broken.append(("result_sample", "results.sample"))
    return broken


def _visits(elements: OfferingElements) -> Broken:
    broken: Broken = []
    if elements.visits is not None and (elements.visits > 0) != bool(elements.visits_reason.strip("无 ")):
        broken.append(("visits_reason", "visits_reason"))
    if (
        elements.visits == 0
        and elements.online_grade < ALL_ONLINE
        and HandlingForm.COURIER not in elements.handling_forms
    ):
        broken.append(("no_visit_needs_courier", "handling_forms"))
    if elements.online_grade == ALL_ONLINE and elements.visits != 0:
        broken.append(("grade_four_means_no_visit", "visits"))
    return broken


def _fees(elements: OfferingElements) -> Broken:
    if elements.is_charged:
        complete = bool(elements.fee_items) and bool(
            elements.fee_basis or all(item.legal_basis for item in elements.fee_items)
        )
    else:
        complete = not elements.has_online_payment
    return [] if complete else [("fee_details", "fee_items")]


def _phones(elements: OfferingElements) -> Broken:
    phones = (elements.enquiry_phone, elements.complaint_phone)
    if all(AREA_CODE.match(phone) for phone in phones) and phones[0] != phones[1]:
        return []
    return [("phones", "enquiry_phone")]


def _audience(elements: OfferingElements) -> Broken:
    persons = ApplicantKind.PERSON in elements.applicants
    others = any(kind != ApplicantKind.PERSON for kind in elements.applicants)
    if bool(elements.person_themes) == persons and bool(elements.legal_themes) == others:
        return []
    return [("themes_fit_audience", "person_themes")]


def _permits(elements: OfferingElements) -> Broken:
    if elements.service_type != "01":
        return []
    broken: Broken = []
    if not elements.questions:
        broken.append(("permit_questions", "questions"))
    if not FLOW_OF_A_PERMIT.issubset({step.stage for step in elements.steps}):
        broken.append(("permit_steps", "steps"))
    return broken


def _materials(elements: OfferingElements) -> Broken:
    broken: Broken = []
    for material in elements.materials:
        if not material.legal_basis:
            broken.append(("material_basis", f"materials.{material.code}"))
        if CATCH_ALL.search(material.name):
            broken.append(("catch_all_material", f"materials.{material.code}"))
        if material.kind.value == "CERTIFICATE" and not material.source_explanation:
            broken.append(("issuer_of_certificate", f"materials.{material.code}"))
    return broken


_CHECKS = (_limits, _results, _visits, _fees, _phones, _audience, _permits, _materials)
