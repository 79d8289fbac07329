"""
The page of an acceptance: what came back from it, what is wrong with it, how its parts are drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID, uuid4

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from tongban.business.casework.services import MaterialsMissing
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import FormField, Material, Necessity, Prefill
from tongban.business.licences.values.sharing import HeldLicence
from tongban.foundation.clock import civil_date
from tongban.foundation.codes import is_mobile
from tongban.foundation.errors import InvalidInput
from tongban.foundation.languages import in_language
from tongban.portal.apply import selectors as apply
from tongban.portal.apply.selectors import Found
from tongban.portal.apply.values import WAYS, FieldGroup
from tongban.support.documents.values import EXTENSIONS, FileFacts
from tongban.support.identity import services as identity
from tongban.support.identity.values import SIGNED_AT_COUNTER

ACCEPTED_FILES = ",".join(f".{ending}" for ending in EXTENSIONS)
KILOBYTE = 1024
LONGEST_ANSWER = 4000
LONGEST_IDENTIFIER = 100

ON_THE_CARD = {
    Prefill.PERSON_NAME: "name",
    Prefill.PERSON_ID_NUMBER: "id_number",
    Prefill.PERSON_MOBILE: "mobile",
    Prefill.PERSON_BIRTH_DATE: "id_number",
}
"""Fields that the applicant's card answers, and under which control of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """
    What a clerk has typed.
    """

    key: UUID
    """Id of the draft, chosen by the page."""
    situations: tuple[str, ...]
    id_number: str
    name: str
    born_on: str
    """As typed; only with a travel permit."""
    mobile: str
    answers: dict[str, str]
    paper: frozenset[str]
    """Codes of the materials handed over on paper."""
    way: str
    address: str
    is_again: bool
    """The clerk knows that the applicant has such a case under way."""
    way_agreed: str
    """How the applicant signed that his licences may be found: PAPER or SCREEN."""
    is_signed: bool
    licences: dict[str, str]
    """Material code -> identifier of the licence that takes its place."""

    def applicant_number(self, offering: OfferingTerms) -> str:
        """
        Return the number under which the case will be kept: the unit's where the form names one.
        """
        unit = next(
            (
                self.answers.get(field.key, "")
                for field in offering.form
                if field.prefill is Prefill.LEGAL_SOCIAL_CREDIT_CODE
            ),
            "",
        )
        return unit.strip() or self.id_number


@dataclass(frozen=True, kw_only=True, slots=True)
class SituationView:
    """
    One question about the situation.
    """

    name: str
    question: str
    is_multiple: bool
    options: list[tuple[str, str, str]]
    chosen: list[str]
    error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FileView:
    """
    One file that was scanned.
    """

    name: str
    size: str
    href: str
    remove_action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialView:
    """
    One material, with its tick and its scan.
    """

    code: str
    name: str
    note: str
    necessity: str
    """required, later or optional."""
    on_paper: list[str]
    """["1"] where it was ticked."""
    licences: list[tuple[str, str]]
    """Those that can take its place: identifier, and what is said of it."""
    chosen: list[str]
    """Identifier of the one that was chosen."""
    files: list[FileView]
    error: str
    file_error: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """
    The parts of the page that depend on the offering.
    """

    situations: list[SituationView]
    groups: list[FieldGroup]
    materials: list[MaterialView]
    needs_mobile: bool
    can_be_found: bool
    """Licences can take a material's place here, or fill the form in."""
    accept: str
    """File name endings that are taken."""


def sheet_of(request: HttpRequest, offering: OfferingTerms) -> Sheet:
    """
    Return what a request brings; a GET may bring answers about the situation, and nothing about a person.
    """
    given = request.POST
    asked = request.POST if request.method == "POST" else request.GET
    situations = tuple(
        option.code
        for situation in offering.situations
        for option in situation.options
        if option.code in asked.getlist(f"s-{situation.code}")
    )
    answers = apply.answers_of(given, offering.form)
    way = given.get("way", "")
    return Sheet(
        key=_key(given.get("key", "")),
        situations=situations,
        id_number=given.get("id_number", "").strip()[:40],
        name=given.get("name", "").strip()[:100],
        born_on=given.get("born_on", "").strip()[:20],
        mobile=given.get("mobile", "").strip()[:20],
        answers={key: value[:LONGEST_ANSWER].replace("\0", "") for key, value in answers.items()},
        paper=frozenset(
            material.code for material in offering.materials if f"paper-{material.code}" in given
        ),
        way=way if way in WAYS else "counter",
        address=given.get("address", "").strip()[:200],
        is_again="again" in given,
        way_agreed=given.get("way_agreed", "")[:8],
        is_signed="is_signed" in given,
        licences={
            material.code: chosen[:LONGEST_IDENTIFIER]
            for material in offering.materials_for(situations)
            if (chosen := given.get(f"licence-{material.code}", ""))
        },
    )


def complaints_about_consent(sheet: Sheet, offering: OfferingTerms, *, at: datetime) -> dict[str, str]:
    """
    Return what is missing before anybody's licences are looked for: who applies, and that he has signed.
    """
    wrong = _about_the_card(sheet, needs_mobile=False, at=at)
    wrong |= {
        f"{apply.FIELD_PREFIX}{field.key}": _("请先填写：证照按申请单位查找")
        for field in offering.fields_for(sheet.situations)
        if field.prefill is Prefill.LEGAL_SOCIAL_CREDIT_CODE
        and field.is_required
        and not sheet.answers.get(field.key, "").strip()
    }
    if sheet.way_agreed not in SIGNED_AT_COUNTER:
        wrong["way_agreed"] = _("请选择同意书的签署方式")
    if not sheet.is_signed:
        wrong["is_signed"] = _("请在申请人签署同意书后勾选")
    return wrong


def with_found(sheet: Sheet, found: Found) -> Sheet:
    """
    Return the sheet with what was found: fields still empty are filled in, and the first usable licence is chosen.
    """
    first = {
        code: next((one.identifier for one in held if one.no_use is None), "")
        for code, held in found.offered.items()
    }
    typed = {key: value for key, value in sheet.answers.items() if value.strip()}
    return replace(
        sheet,
        answers={**sheet.answers, **found.answers, **typed},
        licences={**{code: one for code, one in first.items() if one}, **sheet.licences},
    )


def complaints_about(
    sheet: Sheet, offering: OfferingTerms, *, files: Mapping[str, Sequence[FileFacts]], at: datetime
) -> dict[str, str]:
    """
    Return everything that is wrong at once: control -> what is wrong with it.
    """
    wrong = _about_the_card(sheet, needs_mobile=needs_mobile(sheet, offering), at=at)
    wrong |= {
        f"s-{situation.code}": _("请选择：%(question)s")
        % {"question": in_language(situation.question, situation.question_en)}
        for situation in offering.situations
        if not {option.code for option in situation.options} & set(sheet.situations)
    }
    if not any(name.startswith("s-") for name in wrong):
        complaints = apply.complaints_of(
            sheet.answers, terms=offering, situations=sheet.situations, on=civil_date(at)
        )
        asked = {field.key for field in asked_fields(sheet, offering)}
        wrong |= {f"{apply.FIELD_PREFIX}{key}": text for key, text in complaints.items() if key in asked}
        wrong |= _about_materials(sheet, offering, files)
    if sheet.way == "post" and not sheet.address:
        wrong["address"] = _("请填写收件地址")
    return wrong


def controls_of(error: InvalidInput, offering: OfferingTerms) -> dict[str, str]:
    """
    Return what a service complains about, by the control that stands for it.
    """
    if isinstance(error, MaterialsMissing):
        return {f"paper-{code}": str(text) for code, text in error.fields.items()}
    form = {field.key: field for field in offering.form}
    questions = {situation.code for situation in offering.situations}
    controls = {}
    for key, text in error.fields.items():
        if key in form:
            control = ON_THE_CARD.get(form[key].prefill) or f"{apply.FIELD_PREFIX}{key}"
        else:
            control = f"s-{key}" if key in questions else key.removeprefix("applicant.")
        controls[control] = str(text)
    return controls


def asked_fields(sheet: Sheet, offering: OfferingTerms) -> list[FormField]:
    """
    Return the fields that the clerk fills in; the card answers the others.
    """
    return [field for field in offering.fields_for(sheet.situations) if field.prefill not in ON_THE_CARD]


def needs_mobile(sheet: Sheet, offering: OfferingTerms) -> bool:
    """
    Return whether the form asks for a mobile; otherwise somebody may have none.
    """
    return any(
        field.is_required and field.prefill is Prefill.PERSON_MOBILE
        for field in offering.fields_for(sheet.situations)
    )


def drawn(
    sheet: Sheet,
    offering: OfferingTerms,
    *,
    files: Mapping[str, Sequence[FileFacts]],
    can_be_found: bool,
    found: Found | None,
    errors: Mapping[str, str],
    here: str,
) -> Parts:
    """
    Return the parts of the page that depend on the offering and on the situation.

    :param can_be_found: licences can take a material's place here, or fill the form in
    :param found: the applicant's licences; None: he has not agreed that they are looked for
    :param here: address of the page
    """
    prefix = apply.FIELD_PREFIX
    return Parts(
        situations=[
            SituationView(
                name=f"s-{situation.code}",
                question=in_language(situation.question, situation.question_en),
                is_multiple=situation.is_multiple,
                options=[
                    (
                        option.code,
                        in_language(option.label, option.label_en),
                        in_language(option.help, option.help_en),
                    )
                    for option in situation.options
                ],
                chosen=[option.code for option in situation.options if option.code in sheet.situations],
                error=errors.get(f"s-{situation.code}", ""),
            )
            for situation in offering.situations
        ],
        groups=apply.field_groups(
            asked_fields(sheet, offering),
            answers=sheet.answers,
            sources=_sources(sheet, found),
            errors={
                name.removeprefix(prefix): text for name, text in errors.items() if name.startswith(prefix)
            },
        ),
        materials=[
            _material(
                material,
                sheet,
                files=files.get(material.code, ()),
                held=found.offered.get(material.code, ()) if found else (),
                errors=errors,
                here=here,
            )
            for material in offering.materials_for(sheet.situations)
        ],
        needs_mobile=needs_mobile(sheet, offering),
        can_be_found=can_be_found,
        accept=ACCEPTED_FILES,
    )


def _key(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _about_the_card(sheet: Sheet, *, needs_mobile: bool, at: datetime) -> dict[str, str]:
    wrong: dict[str, str] = {}
    try:
        born_on = identity.born_on_of(sheet.born_on)
        identity.check_id_number(sheet.id_number, on=civil_date(at), born_on=born_on)
    except InvalidInput as error:
        wrong |= {key: str(text) for key, text in error.fields.items()}
    if not sheet.name:
        wrong["name"] = _("请填写身份证件上的姓名")
    if not is_mobile(sheet.mobile) if sheet.mobile else needs_mobile:
        wrong["mobile"] = _("请填写 11 位手机号码")
    return wrong


def _about_materials(
    sheet: Sheet, offering: OfferingTerms, files: Mapping[str, Sequence[FileFacts]]
) -> dict[str, str]:
    return {
        f"paper-{material.code}": _("请收取：%(name)s")
        % {"name": in_language(material.name, material.name_en)}
        for material in offering.materials_for(sheet.situations)
        if material.necessity is Necessity.REQUIRED
        and material.code not in sheet.paper
        and material.code not in sheet.licences
        and not files.get(material.code)
    }


def _sources(sheet: Sheet, found: Found | None) -> dict[str, str]:
    told = found.answers if found else {}
    return {key: apply.LICENCE for key, value in told.items() if sheet.answers.get(key) == value}


def _material(
    material: Material,
    sheet: Sheet,
    *,
    files: Sequence[FileFacts],
    held: Sequence[HeldLicence],
    errors: Mapping[str, str],
    here: str,
) -> MaterialView:
    words = {Necessity.REQUIRED: "required", Necessity.LATER: "later"}
    return MaterialView(
        code=material.code,
        name=in_language(material.name, material.name_en),
        note=in_language(material.acceptance_standard, material.acceptance_standard_en),
        necessity=words.get(material.necessity, "optional"),
        on_paper=["1"] if material.code in sheet.paper else [],
        licences=[(one.identifier, _said_of(one)) for one in held if one.no_use is None],
        chosen=[sheet.licences[material.code]] if material.code in sheet.licences else [],
        files=[
            FileView(
                name=file.name,
                size=_size(file.size),
                href=reverse("documents:file-download", kwargs={"file_id": file.id}),
                remove_action=f"{here}?remove={file.id}",
            )
            for file in files
        ],
        error=errors.get(f"paper-{material.code}", ""),
        file_error=errors.get(f"file-{material.code}", ""),
    )


def _said_of(licence: HeldLicence) -> str:
    name = in_language(licence.type_name, licence.type_name_en)
    return _("免提交：用“%(name)s”（%(number)s）") % {"name": name, "number": licence.number}


def _size(size_bytes: int) -> str:
    if size_bytes < KILOBYTE * KILOBYTE:
        return f"{max(1, round(size_bytes / KILOBYTE))} KB"
    return f"{size_bytes / KILOBYTE / KILOBYTE:.1f} MB"
