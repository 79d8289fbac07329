"""
The steps: show one, save it, lead to the next.
"""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.business.casework import selectors as casework
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import Conflict, InvalidInput, ServiceError
from tongban.foundation.languages import in_language
from tongban.foundation.policy import Reason
from tongban.portal.apply import selectors, services
from tongban.portal.apply.rules import unanswered
from tongban.portal.apply.selectors import (
    FIELD_PREFIX,
    answers_of,
    field_groups,
)
from tongban.portal.apply.values import STEP_NAMES, WAYS, DraftDetail, Step
from tongban.portal.apply.views.parts import (
    ACCEPTED_FILES,
    DISPUTE_FIELDS,
    DISPUTE_REMARK,
    FILE_PREFIX,
    PROMISED,
    SITUATION_PREFIX,
    address_of,
    applying_as,
    check_rows,
    dispute_view,
    file_view,
    material_views,
    missing_of,
    path_of,
    person_of,
    situation_views,
    step_up_address,
)
from tongban.support.documents.values import FileReceipt
from tongban.support.identity.values import AssuranceLevel

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

SUMMARY_PREFIXES = {Step.SITUATION: SITUATION_PREFIX, Step.FORM: FIELD_PREFIX, Step.MATERIALS: FILE_PREFIX}
LONGEST_ADDRESS = 200


@never_cache
@require_http_methods(["GET", "POST"])
def step(request: HttpRequest, draft_id: UUID, step: str) -> HttpResponse:
    """
    Show one step, or save it and lead to the next.
    """
    if step not in Step._value2member_map_:
        raise Http404
    actor, here = person_of(request), Step(step)
    draft = selectors.draft(actor=actor, draft_id=draft_id, on=civil_date(clock.now()))
    if draft.case_number:
        return redirect("apply:receipt-show", draft_id=draft_id)
    if here not in path_of(draft):
        return redirect("apply:draft-show", draft_id=draft_id)
    if request.method == "POST":
        return _SAVERS[here](request, draft, actor)
    return show_step(request, draft, here)


@never_cache
@require_POST
def autosave(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Keep what was typed so far; says nothing about what is missing.
    """
    actor = person_of(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    services.save_answers(draft_id=draft_id, answers=_typed(request, draft), actor=actor, at=clock.now())
    _save_dispute(request, draft, actor)
    return HttpResponse(status=204)


@never_cache
@require_POST
def upload(request: HttpRequest, draft_id: UUID, material: str) -> HttpResponse:
    """
    Take files for one material; answers a script with the list item, a form with the page.
    """
    actor = person_of(request)
    by_script = request.headers.get("X-Requested-With") == "upload"
    try:
        received = [
            _attach(request, draft_id, material, file, actor)
            for file in request.FILES.getlist(f"{FILE_PREFIX}{material}")
        ]
    except ServiceError as error:
        if by_script:
            return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
        draft = selectors.draft(actor=actor, draft_id=draft_id, on=civil_date(clock.now()))
        if Step.MATERIALS not in path_of(draft):
            raise
        return show_step(request, draft, Step.MATERIALS, errors={material: str(error)}, status=error.status)
    if by_script:
        files = [file_view(draft_id, receipt) for receipt in received]
        return render(request, "apply/_file.html", {"file": files[-1] if files else None})
    return redirect("apply:step-show", draft_id=draft_id, step=Step.MATERIALS.value)


@never_cache
@require_POST
def remove(request: HttpRequest, draft_id: UUID, file_id: UUID) -> HttpResponse:
    """
    Take a file back.
    """
    services.detach_file(draft_id=draft_id, file_id=file_id, actor=person_of(request), at=clock.now())
    return redirect("apply:step-show", draft_id=draft_id, step=Step.MATERIALS.value)


def first_open(draft: DraftDetail, *, on: date) -> Step:
    """
    Return the first step that is not finished.

    :param on: today
    """
    path = path_of(draft)
    if unanswered(draft.offering.situations, draft.situations):
        return Step.SITUATION
    if _complaints(draft, on=on):
        return Step.FORM
    if Step.MATERIALS in path and missing_of(draft):
        return Step.MATERIALS
    return Step.CHECK


def show_step(
    request: HttpRequest,
    draft: DraftDetail,
    here: Step,
    *,
    errors: dict[str, str] | None = None,
    chosen: list[str] | None = None,
    delivery: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """
    Return the page of one step, with what was typed and what is wrong with it.

    :param errors: field, material or question -> sentence
    :param chosen: answers about the situation as sent just now, instead of those kept
    :param delivery: way and address as sent just now, instead of those kept
    """
    errors = errors or {}
    path = path_of(draft)
    at = path.index(here)
    context = {
        "draft": draft,
        "name": in_language(draft.offering.name, draft.offering.name_en),
        "steps": [(STEP_NAMES[step], address_of(draft, step)) for step in path],
        "current": at + 1,
        "back": address_of(draft, path[at - 1]) if at else "",
        "errors": errors,
        "summary": _summary(draft, here, errors),
        "action": address_of(draft, here),
    }
    if here is Step.SITUATION:
        answers = draft.situations if chosen is None else chosen
        context["situations"] = situation_views(draft, chosen=answers, errors=errors)
    elif here is Step.FORM:
        context["groups"] = field_groups(
            draft.offering.fields_for(draft.situations),
            answers=draft.answers,
            errors=errors,
            sources=draft.sources,
            disputed=draft.changed,
        )
        context["dispute"] = dispute_view(draft)
    elif here is Step.MATERIALS:
        context["materials"] = material_views(draft, errors)
        context["accept"] = ACCEPTED_FILES
    elif here is Step.DELIVERY:
        context["delivery"] = delivery or draft.delivery
        context["ways"] = [
            (way, label)
            for way, label in WAYS.items()
            if way != "post" or draft.offering.has_courier_delivery
        ]
    else:
        now = clock.now()
        wrong = {**_complaints(draft, on=civil_date(now)), **missing_of(draft)}
        context["rows"] = check_rows(draft, {**wrong, **errors})
        context["is_complete"] = not wrong
        context["has_promised"] = request.session.get(PROMISED) == str(draft.id)
        context["step_up"] = _missing_level(draft, person_of(request))
        context |= applying_as(draft.offering, person_of(request))
        context["promise"] = casework.dates_if_submitted(draft.offering, at=now, calendar=current_calendar())
    return render(request, f"apply/step_{here.value}.html", context, status=status)


def _missing_level(draft: DraftDetail, actor: Actor) -> tuple[str, str] | None:
    """
    Return the level that the person still lacks, in words, and where it is raised; None where his is enough.
    """
    needed = AssuranceLevel(draft.offering.required_assurance_level)
    if casework.level_if_submitted(needed=needed, actor=actor).reason is not Reason.LEVEL_TOO_LOW:
        return None
    words = _("%(level)s 级：%(label)s") % {"level": needed.value, "label": needed.label}
    return words, step_up_address(draft, query={"to": str(needed.value)})


def _complaints(draft: DraftDetail, *, on: date) -> dict[str, str]:
    return selectors.complaints_of(draft.answers, terms=draft.offering, situations=draft.situations, on=on)


def _summary(draft: DraftDetail, here: Step, errors: dict[str, str]) -> list[tuple[str, str]]:
    """
    Return the complaints as the head of the page lists them: where each leads, and what it says about what.
    """
    labels = {field.key: in_language(field.label, field.label_en) for field in draft.offering.form}
    lines = []
    for name, text in errors.items():
        sentence = (
            _("%(field)s：%(complaint)s") % {"field": labels[name], "complaint": text}
            if name in labels
            else text
        )
        if here is Step.CHECK:
            lines.append((name if name == "promise" else f"row-{name}", sentence))
        else:
            lines.append((f"{SUMMARY_PREFIXES.get(here, '')}{name}", sentence))
    return lines


def _next(draft: DraftDetail, here: Step) -> HttpResponseRedirect:
    following = list(Step)[list(Step).index(here) + 1 :]
    path = path_of(draft)
    return redirect(address_of(draft, next(step for step in following if step in path)))


def _save_situations(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    chosen = [
        code
        for situation in draft.offering.situations
        for code in request.POST.getlist(f"{SITUATION_PREFIX}{situation.code}")
    ]
    try:
        services.save_situations(draft_id=draft.id, situations=chosen, actor=actor, at=clock.now())
    except InvalidInput as error:
        return show_step(
            request, draft, Step.SITUATION, errors=error.fields, chosen=chosen, status=error.status
        )
    return redirect(address_of(draft, Step.FORM))


def _save_form(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    wrong = services.save_answers(
        draft_id=draft.id, answers=_typed(request, draft), actor=actor, at=clock.now()
    )
    _save_dispute(request, draft, actor)
    if unanswered(draft.offering.situations, draft.situations):
        # Which fields are wanted depends on the situation.
        return redirect(address_of(draft, Step.SITUATION))
    if wrong:
        saved = selectors.draft(actor=actor, draft_id=draft.id)
        return show_step(request, saved, Step.FORM, errors=wrong, status=422)
    return _next(draft, Step.FORM)


def _save_materials(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    refused = {}
    for material in draft.offering.materials_for(draft.situations):
        for file in request.FILES.getlist(f"{FILE_PREFIX}{material.code}"):
            try:
                _attach(request, draft.id, material.code, file, actor)
            except ServiceError as error:
                refused[material.code] = str(error)
    if "licence" in request.POST:
        return _agree(request, draft, actor)
    saved = selectors.draft(actor=actor, draft_id=draft.id, on=civil_date(clock.now()))
    errors = {**({} if "later" in request.POST else missing_of(saved)), **refused}
    if errors:
        return show_step(request, saved, Step.MATERIALS, errors=errors, status=422)
    return _next(draft, Step.MATERIALS)


def _agree(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    """
    Let a licence take a material's place, or no longer: the button says "material:identifier".
    """
    material, _colon, identifier = request.POST["licence"].partition(":")
    try:
        services.agree_licence(
            draft_id=draft.id, material_code=material, identifier=identifier, actor=actor, at=clock.now()
        )
    except Conflict as error:
        messages.error(request, str(error))
    return redirect(f"{address_of(draft, Step.MATERIALS)}#f-{FILE_PREFIX}{material}")


def _save_delivery(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    way, address = request.POST.get("way", ""), request.POST.get("address", "")[:LONGEST_ADDRESS]
    try:
        services.save_delivery(draft_id=draft.id, way=way, address=address, actor=actor, at=clock.now())
    except InvalidInput as error:
        typed = {"way": way, "address": address}
        return show_step(
            request, draft, Step.DELIVERY, errors=error.fields, delivery=typed, status=error.status
        )
    return _next(draft, Step.DELIVERY)


def _no_saving(request: HttpRequest, draft: DraftDetail, actor: Actor) -> HttpResponse:
    # Nothing is typed here; the button of the page leads to the submission itself.
    return redirect(address_of(draft, Step.CHECK))


_SAVERS: dict[Step, Callable[[HttpRequest, DraftDetail, Actor], HttpResponse]] = {
    Step.SITUATION: _save_situations,
    Step.FORM: _save_form,
    Step.MATERIALS: _save_materials,
    Step.DELIVERY: _save_delivery,
    Step.CHECK: _no_saving,
}


def _save_dispute(request: HttpRequest, draft: DraftDetail, actor: Actor) -> None:
    # The box for the remark is sent with every form that has the boxes to tick, whether any of them is ticked or not.
    if DISPUTE_REMARK not in request.POST:
        return
    services.save_dispute(
        draft_id=draft.id,
        fields=request.POST.getlist(DISPUTE_FIELDS),
        remark=request.POST[DISPUTE_REMARK],
        actor=actor,
        at=clock.now(),
    )


def _typed(request: HttpRequest, draft: DraftDetail) -> dict[str, str]:
    return answers_of(request.POST, draft.offering.fields_for(draft.situations))


def _attach(
    request: HttpRequest, draft_id: UUID, material: str, file: "UploadedFile[bytes]", actor: Actor
) -> FileReceipt:
    receipt = services.attach_file(
        draft_id=draft_id,
        material_code=material,
        content=file,
        name=file.name or "",
        declared_type=file.content_type or "",
        declared_bytes=file.size,
        actor=actor,
        at=clock.now(),
    )
    if receipt.removed:
        messages.info(request, _("文件“%(name)s”中的脚本或附件已被移除") % {"name": receipt.name})
    return receipt
