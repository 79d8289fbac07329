"""
My cases: the list, one case with its clock, answering a correction notice, withdrawing.
"""

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.casework import selectors, services
from tongban.business.casework.values import Action, CaseStatus, Evidence
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.portal.apply.selectors import open_drafts
from tongban.support.documents import services as documents
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import EXTENSIONS, FileReceipt, Owner, Purpose
from tongban.support.identity.selectors import actor_of

CASE_FILES = "casework.case"
ACCEPTED_FILES = ",".join(f".{ending}" for ending in EXTENSIONS)
FIELD_PREFIX = "a-"
KILOBYTE = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseLine:
    """
    One case in the list.
    """

    number: str
    name: str
    status: str
    note: str
    due_state: str
    href: str
    action: tuple[str, str] | None
    """What the person has to do: words and address."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrectionLine:
    """
    One thing the notice asks for.
    """

    code: str
    name: str
    reason: str
    files: list[dict[str, str]]
    error: str
    upload: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show what one has applied for, the latest first, and what is not submitted yet.
    """
    actor = _person(request)
    at = clock.now()
    cursor = request.GET.get("cursor")
    page = selectors.cases(
        actor=actor,
        wanted=selectors.CaseFilter(open_only="open" in request.GET),
        on=civil_date(at),
        calendar=current_calendar(),
        cursor=cursor,
    )
    context = {
        "lines": [_line(row) for row in page.items],
        "drafts": open_drafts(actor=actor) if cursor is None else [],
        "open_only": "open" in request.GET,
        "next_url": _next_url(request, page.next_cursor),
        "first_url": reverse("workspace:case-list") if cursor else "",
    }
    return render(request, "workspace/case_list.html", context)


@never_cache
@require_safe
def show_case(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show one case: where it is, by when it must be done and why, its notices, and what can be done.
    """
    actor = _person(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    files = {str(file.id): file for file in files_of(owner=Owner(kind=CASE_FILES, key=number), actor=actor)}
    context = {
        "case": case,
        "name": _in_language(case.terms.service_name, case.terms.service_name_en),
        "due_state": selectors.due_state(case.clock),
        "entries": selectors.timeline_entries(case.timeline, case.clock),
        "explanations": selectors.explain(case.clock),
        "materials": [
            (
                material["name"],
                files[material["file_id"]].name if material["file_id"] in files else _("纸质"),
                reverse("documents:file-download", kwargs={"file_id": UUID(material["file_id"])})
                if material["file_id"] in files
                else "",
            )
            for material in case.state.materials
        ],
        "can_correct": Action.CORRECT in case.actions,
        "can_withdraw": Action.WITHDRAW in case.actions,
        "can_rate": Action.RATE in case.actions,
        "is_finished": case.state.closed_at is not None,
    }
    return render(request, "workspace/case_show.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """
    Answer a correction notice: everything it names, at once.
    """
    actor = _person(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if case.status is not CaseStatus.CORRECTION:
        messages.info(request, _("该办件现在没有需要补正的内容"))
        return redirect("workspace:case-show", number=number)
    if request.method == "GET":
        return _correction_page(request, case, actor)
    errors = _take_files(request, case, actor)
    if errors:
        return _correction_page(request, case, actor, errors=errors, status=422)
    try:
        services.correct(
            number=number,
            evidence=_new_evidence(case, actor),
            form=_corrected_form(request, case, actor),
            note=request.POST.get("note", "")[:500],
            actor=actor,
            at=clock.now(),
            calendar=current_calendar(),
        )
    except InvalidInput as error:
        return _correction_page(request, case, actor, errors=error.fields, status=error.status)
    messages.success(request, _("补正材料已提交，办理机关会重新答复是否受理"))
    return redirect("workspace:case-show", number=number)


@never_cache
@require_POST
def upload(request: HttpRequest, number: str, material: str) -> HttpResponse:
    """
    Take one file for a correction; answers a script with the list item.
    """
    actor = _person(request)
    length = request.headers.get("Content-Length", "")
    documents.check_request_size(declared_bytes=int(length) if length.isdigit() else None)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if material not in {item["material_code"] for item in (case.state.correction or {}).get("items", [])}:
        raise NotFound(material_code=material)
    try:
        receipts = [
            _receive(number, material, file, actor) for file in request.FILES.getlist(f"file-{material}")
        ]
    except ServiceError as error:
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    if not receipts:
        return HttpResponse(status=204)
    file_view = {
        "name": receipts[-1].name,
        "size": f"{max(1, receipts[-1].size // 1024)} KB",
        "href": reverse("documents:file-download", kwargs={"file_id": receipts[-1].id}),
        "remove_action": "",
    }
    return render(request, "workspace/_file.html", {"file": file_view})


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """
    Take an application back, after asking.
    """
    actor = _person(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if request.method == "POST":
        reason = request.POST.get("reason", "")[:500]
        services.withdraw(
            number=number, reason=reason, actor=actor, at=clock.now(), calendar=current_calendar()
        )
        messages.success(request, _("申请已撤回"))
        return redirect("workspace:case-show", number=number)
    context = {"case": case, "name": _in_language(case.terms.service_name, case.terms.service_name_en)}
    return render(request, "workspace/case_withdraw.html", context)


def _line(row: selectors.CaseRow) -> CaseLine:
    href = reverse("workspace:case-show", kwargs={"number": row.number})
    action = None
    if row.status is CaseStatus.CORRECTION:
        action = (_("去补正"), reverse("workspace:case-correct", kwargs={"number": row.number}))
    elif row.status is CaseStatus.CLOSED:
        action = (_("评价"), reverse("engagement:rating-give", kwargs={"number": row.number}))
    states = {"GREEN": "on_time", "YELLOW": "soon", "RED": "late", "GREY": "paused"}
    return CaseLine(
        number=row.number,
        name=row.service_name,
        status=str(row.status.label),
        note=_note(row),
        due_state=states[row.colour.value] if row.colour else "done",
        href=href,
        action=action,
    )


def _note(row: selectors.CaseRow) -> str:
    if row.status is CaseStatus.CORRECTION and row.due:
        return _("请在 %(day)s 前补正") % {"day": selectors.shown_day(row.due)}
    if row.promised_due and row.due:
        return _("最迟 %(day)s 办结") % {"day": selectors.shown_day(row.promised_due)}
    if row.due:
        return _("最迟 %(day)s 答复") % {"day": selectors.shown_day(row.due)}
    return _("提交于 %(day)s") % {"day": selectors.shown_day(civil_date(row.submitted_at))}


def _next_url(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"?{query.urlencode()}"


def _correction_page(
    request: HttpRequest,
    case: selectors.CaseDetail,
    actor: Actor,
    *,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    waiting = _waiting_files(case, actor)
    lines = [
        CorrectionLine(
            code=item["material_code"],
            name=item["name"],
            reason=item["reason"],
            files=waiting.get(item["material_code"], []),
            error=errors.get(item["material_code"] or "form", ""),
            upload=reverse(
                "workspace:correction-upload",
                kwargs={"number": case.number, "material": item["material_code"]},
            )
            if item["material_code"]
            else "",
        )
        for item in (case.state.correction or {}).get("items", [])
    ]
    context = {
        "case": case,
        "name": _in_language(case.terms.service_name, case.terms.service_name_en),
        "lines": lines,
        "fields": _form_fields(case, request, actor) if _asks_for_form(case) else [],
        "note": request.POST.get("note", ""),
        "summary": [(f"file-{code}" if code != "form" else "form", text) for code, text in errors.items()],
        "accept": ACCEPTED_FILES,
    }
    return render(request, "workspace/case_correct.html", context, status=status)


def _take_files(request: HttpRequest, case: selectors.CaseDetail, actor: Actor) -> dict[str, str]:
    errors = {}
    for item in (case.state.correction or {}).get("items", []):
        code = item["material_code"]
        for file in request.FILES.getlist(f"file-{code}") if code else ():
            try:
                _receive(case.number, code, file, actor)
            except ServiceError as error:
                errors[code] = str(error)
    return errors


def _receive(number: str, material: str, file: object, actor: Actor) -> FileReceipt:
    return documents.receive_upload(
        content=file,  # type: ignore[arg-type]
        name=str(getattr(file, "name", "")),
        declared_type=str(getattr(file, "content_type", "") or ""),
        declared_bytes=getattr(file, "size", None),
        purpose=Purpose.EVIDENCE,
        owner=_waiting_owner(number, material),
        actor=actor,
        at=clock.now(),
    )


def _waiting_owner(number: str, material: str) -> Owner:
    return services.waiting_files(number=number, material_code=material)


def _waiting_files(case: selectors.CaseDetail, actor: Actor) -> dict[str, list[dict[str, str]]]:
    """
    Return the files handed in for this correction so far, by material.
    """
    return {
        item["material_code"]: [
            {
                "name": file.name,
                "size": f"{max(1, file.size // KILOBYTE)} KB",
                "href": reverse("documents:file-download", kwargs={"file_id": file.id}),
                "remove_action": "",
            }
            for file in files_of(owner=_waiting_owner(case.number, item["material_code"]), actor=actor)
        ]
        for item in (case.state.correction or {}).get("items", [])
        if item["material_code"]
    }


def _new_evidence(case: selectors.CaseDetail, actor: Actor) -> list[Evidence]:
    return [
        Evidence(
            material_code=item["material_code"],
            name=item["name"],
            file_id=str(file.id),
            digest=file.digest,
            media_type=file.media_type,
            size_bytes=file.size,
        )
        for item in (case.state.correction or {}).get("items", [])
        if item["material_code"]
        for file in files_of(owner=_waiting_owner(case.number, item["material_code"]), actor=actor)
    ]


def _asks_for_form(case: selectors.CaseDetail) -> bool:
    return any(not item["material_code"] for item in (case.state.correction or {}).get("items", []))


def _form_fields(
    case: selectors.CaseDetail, request: HttpRequest, actor: Actor
) -> list[tuple[str, str, str]]:
    """
    Return name, label and value of each answer, as it was or as it was typed just now.
    """
    before = services.own_answers(number=case.number, actor=actor)
    return [
        (
            f"{FIELD_PREFIX}{answer.key}",
            _in_language(answer.label, answer.label_en),
            request.POST.get(f"{FIELD_PREFIX}{answer.key}", before.get(answer.key, "")),
        )
        for answer in case.answers
    ]


def _corrected_form(request: HttpRequest, case: selectors.CaseDetail, actor: Actor) -> dict[str, str] | None:
    """
    Return the form as corrected, None where the notice does not ask for it.
    """
    if not _asks_for_form(case):
        return None
    before = services.own_answers(number=case.number, actor=actor)
    typed = {
        name.removeprefix(FIELD_PREFIX): "\n".join(request.POST.getlist(name))
        for name in request.POST
        if name.startswith(FIELD_PREFIX)
    }
    return {**before, **typed}


def _in_language(chinese: str, english: str) -> str:
    return english if english and (get_language() or "").startswith("en") else chinese


def _person(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor
