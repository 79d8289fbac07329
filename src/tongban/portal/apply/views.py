"""
The guided application, page by page. Each step saves by itself; everything works without JavaScript.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.casework import selectors as casework
from tongban.business.catalogue.values import FieldType, FormField, Material, MaterialForm, Necessity
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput, NotAuthenticated, ServiceError
from tongban.portal.apply import selectors, services
from tongban.portal.apply.values import STEP_NAMES, WAYS, DraftDetail, Step
from tongban.support.documents import services as documents
from tongban.support.documents.values import EXTENSIONS, FileFacts
from tongban.support.identity.selectors import actor_of

ACCEPTED_FILES = ",".join(f".{ending}" for ending in EXTENSIONS)
KILOBYTE = 1024
FIELD_PREFIX = "a-"
"""Names of form controls; keeps keys of offerings apart from names of ours."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldView:
    """
    One field as the page draws it.
    """

    name: str
    kind: str
    """text, textarea, date, radio, checkboxes."""
    label: str
    hint: str
    value: str
    values: list[str]
    options: list[tuple[str, str]]
    error: str
    required: bool
    unit: str
    source: str
    maxlength: int | str
    inputmode: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldGroup:
    """
    Fields under one heading.
    """

    title: str
    fields: list[FieldView]


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialView:
    """
    One material as the page draws it.
    """

    code: str
    name: str
    note: str
    state: str
    """required, later, optional or paper."""
    files: list["FileView"]
    error: str
    upload: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FileView:
    """
    One file handed in.
    """

    name: str
    size: str
    href: str
    remove_action: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """
    One line of the page on which everything is checked.
    """

    label: str
    value: str
    error: str
    href: str


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """
    Say what it costs, how long it takes and what to prepare; begin when asked to.
    """
    actor = _person(request)
    offering = selectors.offering(code, actor=actor)
    if request.method == "POST":
        draft_id = services.start_draft(offering_code=code, actor=actor, at=clock.now())
        return redirect("apply:draft-show", draft_id=draft_id)
    begun = next((row for row in selectors.open_drafts(actor=actor) if row.offering_code == code), None)
    context = {
        "offering": offering,
        "name": _in_language(offering.name, offering.name_en),
        "promise": casework.dates_if_submitted(offering, at=clock.now(), calendar=current_calendar()),
        "materials": [_material_note(material) for material in offering.materials],
        "depends": bool(offering.situations),
        "begun": begun,
    }
    return render(request, "apply/draft_start.html", context)


@never_cache
@require_safe
def go_on(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Lead to the first step that is not finished.
    """
    draft = selectors.draft(actor=_person(request), draft_id=draft_id)
    if draft.case_number:
        return redirect("apply:receipt-show", draft_id=draft_id)
    return redirect("apply:step-show", draft_id=draft_id, step=_first_open(draft, at=clock.now()).value)


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """
    Show one step, or save it and lead to the next.
    """
    if step not in Step._value2member_map_:
        raise Http404
    actor, here = _person(request), Step(step)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if draft.case_number:
        return redirect("apply:receipt-show", draft_id=draft_id)
    if request.method == "POST":
        return _SAVERS[here](request, draft, actor)
    return _page(request, draft, here)


@never_cache
@require_POST
def autosave(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Keep what was typed so far; says nothing about what is missing.
    """
    services.save_answers(
        draft_id=draft_id, answers=_answers(request), actor=_person(request), at=clock.now()
    )
    return HttpResponse(status=204)


@never_cache
@require_POST
def upload(request: HttpRequest, draft_id: UUID, material: str) -> HttpResponse:
    """
    Take files for one material; answers a script with the list item, a form with the page.
    """
    actor = _person(request)
    length = request.headers.get("Content-Length", "")
    documents.check_request_size(declared_bytes=int(length) if length.isdigit() else None)
    by_script = request.headers.get("X-Requested-With") == "upload"
    try:
        received = [
            _attach(request, draft_id, material, file, actor)
            for file in request.FILES.getlist(f"file-{material}")
        ]
    except ServiceError as error:
        if by_script:
            return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
        draft = selectors.draft(actor=actor, draft_id=draft_id)
        return _page(request, draft, Step.MATERIALS, errors={material: str(error)}, status=error.status)
    if by_script:
        return render(request, "apply/_file.html", {"file": received[-1] if received else None})
    return redirect("apply:step-show", draft_id=draft_id, step=Step.MATERIALS.value)


@never_cache
@require_POST
def remove(request: HttpRequest, draft_id: UUID, file_id: UUID) -> HttpResponse:
    """
    Take a file back.
    """
    services.detach_file(draft_id=draft_id, file_id=file_id, actor=_person(request), at=clock.now())
    return redirect("apply:step-show", draft_id=draft_id, step=Step.MATERIALS.value)


@never_cache
@require_POST
def submit(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Submit; what is missing is said on the page on which everything is checked.
    """
    actor = _person(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if not draft.case_number and request.POST.get("promise") != "1":
        errors = {"promise": _("请确认所填内容和材料真实有效")}
        return _page(request, draft, Step.CHECK, errors=errors, status=422)
    try:
        services.submit_draft(draft_id=draft_id, actor=actor, at=clock.now(), calendar=current_calendar())
    except InvalidInput as error:
        return _page(request, draft, Step.CHECK, errors=error.fields, status=error.status)
    return redirect("apply:receipt-show", draft_id=draft_id)


@never_cache
@require_safe
def receipt(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Show the receipt: number, query code, QR, and the day by which the office must answer.
    """
    actor = _person(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if not draft.case_number:
        return redirect("apply:draft-show", draft_id=draft_id)
    case = casework.case_by_number(
        actor=actor, number=draft.case_number, at=clock.now(), calendar=current_calendar()
    )
    context = {
        "case": case,
        "name": _in_language(draft.offering.name, draft.offering.name_en),
        "explanations": casework.explain(case.clock),
        "qr": selectors.progress_qr(case.number),
        "receipt_notice": next((notice for notice in case.notices if notice.kind.value == "receipt"), None),
    }
    return render(request, "apply/receipt_show.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def resume(request: HttpRequest) -> HttpResponse:
    """
    Go on with a draft by its code.
    """
    actor = _person(request)
    error = ""
    if request.method == "POST":
        try:
            draft_id = services.resume_draft(
                resume_code=request.POST.get("code", ""), actor=actor, at=clock.now()
            )
        except ServiceError:
            error = _("没有找到这个续办码对应的草稿，请核对后重试")
        else:
            return redirect("apply:draft-show", draft_id=draft_id)
    context = {
        "drafts": selectors.open_drafts(actor=actor),
        "error": error,
        "code": request.POST.get("code", ""),
    }
    return render(request, "apply/draft_resume.html", context, status=404 if error else 200)


@never_cache
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Throw a draft away, after asking.
    """
    actor = _person(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if request.method == "POST":
        services.discard_draft(draft_id=draft_id, actor=actor, at=clock.now())
        messages.success(request, _("草稿已删除"))
        return redirect("workspace:home")
    return render(request, "apply/draft_discard.html", {"draft_id": draft_id, "name": draft.offering.name})


# --- saving -------------------------------------------------------------------------------------------------


def _save_situations(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    chosen = [
        code
        for situation in draft.offering.situations
        for code in request.POST.getlist(f"s-{situation.code}")
    ]
    try:
        services.save_situations(draft_id=draft.id, situations=chosen, actor=actor, at=clock.now())
    except InvalidInput as error:
        return _page(request, draft, Step.SITUATION, errors=error.fields, chosen=chosen, status=error.status)
    return _next(draft, Step.SITUATION)


def _save_form(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    wrong = services.save_answers(draft_id=draft.id, answers=_answers(request), actor=actor, at=clock.now())
    if wrong:
        saved = selectors.draft(actor=actor, draft_id=draft.id)
        return _page(request, saved, Step.FORM, errors=wrong, status=422)
    return _next(draft, Step.FORM)


def _save_materials(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    errors = {}
    for material in draft.offering.materials_for(draft.situations):
        for file in request.FILES.getlist(f"file-{material.code}"):
            try:
                _attach(request, draft.id, material.code, file, actor)
            except ServiceError as error:
                errors[material.code] = str(error)
    saved = selectors.draft(actor=actor, draft_id=draft.id)
    errors = {**_missing(saved), **errors}
    if errors and "later" not in request.POST:
        return _page(request, saved, Step.MATERIALS, errors=errors, status=422)
    return _next(draft, Step.MATERIALS)


def _save_delivery(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    way, address = request.POST.get("way", ""), request.POST.get("address", "")
    try:
        services.save_delivery(draft_id=draft.id, way=way, address=address, actor=actor, at=clock.now())
    except InvalidInput as error:
        typed = {"way": way, "address": address}
        return _page(request, draft, Step.DELIVERY, errors=error.fields, delivery=typed, status=error.status)
    return _next(draft, Step.DELIVERY)


def _no_saving(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    return submit(request, draft.id)


_SAVERS: dict[Step, Callable[[HttpRequest, DraftDetail, Actor], HttpResponse]] = {
    Step.SITUATION: _save_situations,
    Step.FORM: _save_form,
    Step.MATERIALS: _save_materials,
    Step.DELIVERY: _save_delivery,
    Step.CHECK: _no_saving,
}


# --- pages --------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    draft: DraftDetail,
    here: Step,
    *,
    errors: dict[str, str] | None = None,
    chosen: list[str] | None = None,
    delivery: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    path = _path(draft)
    context = {
        "draft": draft,
        "name": _in_language(draft.offering.name, draft.offering.name_en),
        "steps": [(STEP_NAMES[step], _address(draft, step)) for step in path],
        "current": path.index(here) + 1 if here in path else 1,
        "back": _address(draft, path[path.index(here) - 1]) if here in path and path.index(here) else "",
        "errors": errors,
        "summary": _summary(here, errors),
        "action": _address(draft, here),
    }
    if here is Step.SITUATION:
        context["situations"] = _situations(draft, chosen=chosen, errors=errors)
    elif here is Step.FORM:
        context["groups"] = _groups(draft, errors)
    elif here is Step.MATERIALS:
        context["materials"] = _materials(draft, errors)
        context["accept"] = ACCEPTED_FILES
    elif here is Step.DELIVERY:
        context["delivery"] = delivery or draft.delivery
        context["ways"] = [
            (way, label)
            for way, label in WAYS.items()
            if way != "post" or draft.offering.has_courier_delivery
        ]
    else:
        context["rows"] = _rows(draft, errors, at=clock.now())
        context["promise"] = casework.dates_if_submitted(
            draft.offering, at=clock.now(), calendar=current_calendar()
        )
    return render(request, f"apply/step_{here.value}.html", context, status=status)


def _summary(here: Step, errors: dict[str, str]) -> list[tuple[str, str]]:
    prefixes = {Step.SITUATION: "s-", Step.FORM: FIELD_PREFIX, Step.MATERIALS: "file-"}
    if here is Step.CHECK:
        return [(name if name == "promise" else f"row-{name}", text) for name, text in errors.items()]
    return [(f"{prefixes.get(here, '')}{name}", text) for name, text in errors.items()]


def _path(draft: DraftDetail) -> list[Step]:
    """
    Return the steps that this offering has; an empty step is no step.
    """
    offering = draft.offering
    skipped = set()
    if not offering.situations:
        skipped.add(Step.SITUATION)
    if not offering.materials_for(draft.situations) and (draft.situations or not offering.situations):
        skipped.add(Step.MATERIALS)
    return [step for step in Step if step not in skipped]


def _first_open(draft: DraftDetail, *, at: datetime) -> Step:
    path = _path(draft)
    if Step.SITUATION in path and not draft.situations:
        return Step.SITUATION
    if selectors.complaints_of(draft.answers, terms=draft.offering, situations=draft.situations, at=at):
        return Step.FORM
    if Step.MATERIALS in path and _missing(draft):
        return Step.MATERIALS
    return Step.CHECK


def _next(draft: DraftDetail, here: Step) -> HttpResponseRedirect:
    following = list(Step)[list(Step).index(here) + 1 :]
    # The answer to 情形 decides whether materials are asked for, so the path is looked up again.
    path = _path(draft) if here is not Step.SITUATION else following
    return redirect(_address(draft, next(step for step in following if step in path)))


def _address(draft: DraftDetail, step: Step) -> str:
    return reverse("apply:step-show", kwargs={"draft_id": draft.id, "step": step.value})


def _situations(
    draft: DraftDetail, *, chosen: list[str] | None, errors: dict[str, str]
) -> list[dict[str, object]]:
    given = set(draft.situations if chosen is None else chosen)
    return [
        {
            "name": f"s-{situation.code}",
            "question": _in_language(situation.question, situation.question_en),
            "is_multiple": situation.is_multiple,
            "options": [
                (
                    option.code,
                    _in_language(option.label, option.label_en),
                    _in_language(option.help, option.help_en),
                )
                for option in situation.options
            ],
            "values": [option.code for option in situation.options if option.code in given],
            "error": errors.get(situation.code, ""),
        }
        for situation in draft.offering.situations
    ]


def _groups(draft: DraftDetail, errors: dict[str, str]) -> list[FieldGroup]:
    groups: dict[str, list[FieldView]] = {}
    for field in draft.offering.fields_for(draft.situations):
        title = _in_language(field.section, field.section_en)
        groups.setdefault(title, []).append(_field(field, draft, errors.get(field.key, "")))
    return [FieldGroup(title=title, fields=fields) for title, fields in groups.items()]


def _field(field: FormField, draft: DraftDetail, error: str) -> FieldView:
    value = draft.answers.get(field.key, "")
    kinds = {
        FieldType.TEXTAREA: "textarea",
        FieldType.ADDRESS: "textarea",
        FieldType.DATE: "date",
        FieldType.CHOICE: "radio",
        FieldType.CHOICES: "checkboxes",
    }
    numeric = {FieldType.NUMBER: "decimal", FieldType.MOBILE: "tel"}
    return FieldView(
        name=f"{FIELD_PREFIX}{field.key}",
        kind=kinds.get(field.type, "text"),
        label=_in_language(field.label, field.label_en),
        hint=_in_language(field.help, field.help_en),
        value=value,
        values=value.split("\n") if value else [],
        options=[(option.value, _in_language(option.label, option.label_en)) for option in field.options],
        error=error,
        required=field.is_required,
        unit=_in_language(field.unit, field.unit_en),
        source=_(draft.sources[field.key]) if value and field.key in draft.sources else "",
        maxlength=field.max_length or "",
        inputmode=numeric.get(field.type, ""),
    )


def _materials(draft: DraftDetail, errors: dict[str, str]) -> list[MaterialView]:
    return [
        MaterialView(
            code=material.code,
            name=_in_language(material.name, material.name_en),
            note=_material_hint(material),
            state=_material_state(material),
            files=[_file(draft.id, file) for file in draft.files.get(material.code, [])],
            error=errors.get(material.code, ""),
            upload=reverse("apply:file-upload", kwargs={"draft_id": draft.id, "material": material.code}),
        )
        for material in draft.offering.materials_for(draft.situations)
    ]


def _material_state(material: Material) -> str:
    if material.form is MaterialForm.PAPER:
        return "paper"
    return {Necessity.REQUIRED: "required", Necessity.LATER: "later"}.get(material.necessity, "optional")


def _material_hint(material: Material) -> str:
    parts = [
        _in_language(material.condition, material.condition_en),
        _in_language(material.filling_notes, material.filling_notes_en),
        _in_language(material.acceptance_standard, material.acceptance_standard_en),
        material.legal_basis and _("依据：%(basis)s") % {"basis": material.legal_basis},
    ]
    return " ".join(part for part in parts if part)


def _material_note(material: Material) -> tuple[str, str]:
    words = {
        "required": _("必要"),
        "later": _("可容缺后补"),
        "optional": _("按需提供"),
        "paper": _("纸质，窗口提交"),
    }
    return _in_language(material.name, material.name_en), words[_material_state(material)]


def _missing(draft: DraftDetail) -> dict[str, str]:
    return {
        material.code: _("请提交：%(name)s") % {"name": _in_language(material.name, material.name_en)}
        for material in draft.offering.materials_for(draft.situations)
        if _material_state(material) == "required" and not draft.files.get(material.code)
    }


def _rows(draft: DraftDetail, errors: dict[str, str], *, at: datetime) -> dict[str, list[Row]]:
    wrong = selectors.complaints_of(draft.answers, terms=draft.offering, situations=draft.situations, at=at)
    wrong = {**wrong, **_missing(draft), **errors}
    return {
        "situations": _situation_rows(draft),
        "answers": [
            Row(
                label=_in_language(field.label, field.label_en),
                value=_shown_answer(field, draft.answers.get(field.key, "")),
                error=wrong.get(field.key, ""),
                href=f"{_address(draft, Step.FORM)}#f-{FIELD_PREFIX}{field.key}",
            )
            for field in draft.offering.fields_for(draft.situations)
        ],
        "materials": [
            Row(
                label=view.name,
                value="、".join(file.name for file in view.files),
                error=wrong.get(view.code, ""),
                href=f"{_address(draft, Step.MATERIALS)}#f-file-{view.code}",
            )
            for view in _materials(draft, {})
        ],
        "delivery": [
            Row(
                label=_("领取方式"),
                value=" ".join((str(WAYS[draft.delivery["way"]]), draft.delivery.get("address", ""))).strip(),
                error="",
                href=_address(draft, Step.DELIVERY),
            )
        ],
    }


def _situation_rows(draft: DraftDetail) -> list[Row]:
    return [
        Row(
            label=_in_language(situation.question, situation.question_en),
            value="、".join(
                _in_language(option.label, option.label_en)
                for option in situation.options
                if option.code in draft.situations
            ),
            error="",
            href=_address(draft, Step.SITUATION),
        )
        for situation in draft.offering.situations
    ]


def _shown_answer(field: FormField, value: str) -> str:
    if not field.options:
        return value
    labels = {option.value: _in_language(option.label, option.label_en) for option in field.options}
    return "、".join(labels.get(part, part) for part in value.split("\n") if part)


def _attach(request: HttpRequest, draft_id: UUID, material: str, file: object, actor: Actor) -> FileView:
    receipt = services.attach_file(
        draft_id=draft_id,
        material_code=material,
        content=file,  # type: ignore[arg-type]
        name=str(getattr(file, "name", "")),
        declared_type=str(getattr(file, "content_type", "") or ""),
        declared_bytes=getattr(file, "size", None),
        actor=actor,
        at=clock.now(),
    )
    if receipt.removed:
        messages.info(request, _("文件“%(name)s”中的脚本或附件已被移除") % {"name": receipt.name})
    return FileView(
        name=receipt.name,
        size=_size(receipt.size),
        href=reverse("documents:file-download", kwargs={"file_id": receipt.id}),
        remove_action=reverse("apply:file-remove", kwargs={"draft_id": draft_id, "file_id": receipt.id}),
    )


def _file(draft_id: UUID, file: FileFacts) -> FileView:
    return FileView(
        name=file.name,
        size=_size(file.size),
        href=reverse("documents:file-download", kwargs={"file_id": file.id}),
        remove_action=reverse("apply:file-remove", kwargs={"draft_id": draft_id, "file_id": file.id}),
    )


def _size(size_bytes: int) -> str:
    if size_bytes < KILOBYTE * KILOBYTE:
        return f"{max(1, round(size_bytes / KILOBYTE))} KB"
    return f"{size_bytes / KILOBYTE / KILOBYTE:.1f} MB"


def _answers(request: HttpRequest) -> dict[str, str]:
    return {
        name.removeprefix(FIELD_PREFIX): "\n".join(request.POST.getlist(name))
        for name in request.POST
        if name.startswith(FIELD_PREFIX)
    }


def _in_language(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese


def _person(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor
