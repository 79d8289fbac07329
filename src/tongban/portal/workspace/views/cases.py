"""
My cases: the list, one case with its clock, answering a correction notice, withdrawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.casework import selectors, services
from tongban.business.casework.values import Action, CaseStatus, Evidence
from tongban.business.catalogue.values import FormField
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.foundation.languages import in_language, is_english
from tongban.portal.apply.selectors import (
    FIELD_PREFIX,
    answers_of,
    field_groups,
    open_drafts,
)
from tongban.portal.apply.values import FieldGroup
from tongban.resources.caselibrary import selectors as library
from tongban.resources.registers import selectors as registers
from tongban.support.documents import services as documents
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import EXTENSIONS, FileFacts, FileReceipt, Owner, Purpose
from tongban.support.federation.selectors import trusted_nodes
from tongban.support.identity.selectors import actor_of

CASE_FILES = "casework.case"
ACCEPTED_FILES = ",".join(f".{ending}" for ending in EXTENSIONS)
FILE_PREFIX = "file-"
KILOBYTE = 1024
NOTICE_IS_MADE_WITHIN = timedelta(minutes=10)
"""Longer than this the page does not ask by itself whether a notice is ready."""


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
    due: date | None
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
    actor = person_of(request)
    at = clock.now()
    cursor = request.GET.get("cursor")
    page = selectors.cases(
        actor=actor,
        wanted=selectors.CaseFilter(open_only="open" in request.GET),
        on=civil_date(at),
        calendar=current_calendar(),
        cursor=cursor,
    )
    lines = case_lines(page.items, actor=actor)
    context = {
        "lines": lines,
        "tasks": [line for line in lines if line.action],
        "drafts": open_drafts(actor=actor) if cursor is None else [],
        "open_only": "open" in request.GET,
        "other_nodes": trusted_nodes(),
        "has_library": library.may_see_own(actor=actor),
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
    actor = person_of(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    files = {str(file.id): file for file in files_of(owner=Owner(kind=CASE_FILES, key=number), actor=actor)}
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "agency": _agency_name(case, actor),
        "due_state": selectors.due_state(case.clock),
        "entries": selectors.timeline_entries(case.timeline, case.clock),
        "explanations": selectors.explain(case.clock),
        "materials": [
            (
                _material_name(case, material),
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
        "is_waiting": _is_waiting(case.notices, at=clock.now()),
    }
    return render(request, "workspace/case_show.html", context)


def _is_waiting(notices: Sequence[selectors.NoticeRef], *, at: datetime) -> bool:
    """
    Return whether a notice is being made, so that the page asks again by itself.
    """
    return any(notice.file_id is None and at - notice.issued_at < NOTICE_IS_MADE_WITHIN for notice in notices)


@never_cache
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, number: str) -> HttpResponse:
    """
    Answer a correction notice: everything it names, at once.
    """
    actor = person_of(request)
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
    actor = person_of(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if material not in {item["material_code"] for item in _asked(case)}:
        raise NotFound(material_code=material)
    try:
        receipts = [
            _receive(number, material, file, actor)
            for file in request.FILES.getlist(f"{FILE_PREFIX}{material}")
        ]
    except ServiceError as error:
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    if not receipts:
        return HttpResponse(status=204)
    return render(request, "workspace/_file.html", {"file": _file_view(number, material, receipts[-1])})


@never_cache
@require_POST
def remove(request: HttpRequest, number: str, material: str, file_id: UUID) -> HttpResponse:
    """
    Take a file back that waits for the correction to be handed in.
    """
    services.discard_waiting_file(
        number=number, material_code=material, file_id=file_id, actor=person_of(request), at=clock.now()
    )
    return redirect("workspace:case-correct", number=number)


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """
    Take an application back, after asking.
    """
    actor = person_of(request)
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if Action.WITHDRAW not in case.actions:
        messages.info(request, _("该办件现在不能撤回"))
        return redirect("workspace:case-show", number=number)
    if request.method == "POST":
        reason = request.POST.get("reason", "")[:500]
        services.withdraw(
            number=number, reason=reason, actor=actor, at=clock.now(), calendar=current_calendar()
        )
        messages.success(request, _("申请已撤回"))
        return redirect("workspace:case-show", number=number)
    context = {"case": case, "name": in_language(case.terms.service_name, case.terms.service_name_en)}
    return render(request, "workspace/case_withdraw.html", context)


def case_lines(rows: Sequence[selectors.CaseRow], *, actor: Actor) -> list[CaseLine]:
    """
    Return cases as a list shows them. One query: which of them were rated.
    """
    rated = selectors.rated_numbers(actor=actor, numbers=[row.number for row in rows])
    return [_line(row, is_rated=row.number in rated) for row in rows]


def _line(row: selectors.CaseRow, *, is_rated: bool) -> CaseLine:
    href = reverse("workspace:case-show", kwargs={"number": row.number})
    action = None
    if row.status is CaseStatus.CORRECTION:
        action = (_("去补正"), reverse("workspace:case-correct", kwargs={"number": row.number}))
    elif row.status is CaseStatus.CLOSED and not is_rated:
        action = (
            pgettext("button", "评价"),
            reverse("engagement:rating-give", kwargs={"number": row.number}),
        )
    states = {"GREEN": "on_time", "YELLOW": "soon", "RED": "late", "GREY": "paused"}
    return CaseLine(
        number=row.number,
        name=in_language(row.service_name, row.service_name_en),
        status=str(row.status.label),
        note=_note(row),
        due_state=states[row.colour.value] if row.colour else "done",
        due=row.due,
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
    materials = {item["material_code"] for item in _asked(case)}
    lines = [
        CorrectionLine(
            code=item["material_code"],
            name=item["name"],
            reason=item["reason"],
            files=[
                _file_view(case.number, item["material_code"], file)
                for file in waiting.get(item["material_code"], [])
            ],
            error=errors.get(item["material_code"] or "form", ""),
            upload=reverse(
                "workspace:correction-upload",
                kwargs={"number": case.number, "material": item["material_code"]},
            )
            if item["material_code"]
            else "",
        )
        for item in _asked(case)
    ]
    labels = {answer.key: in_language(answer.label, answer.label_en) for answer in case.answers}
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "lines": lines,
        "groups": _form_groups(case, request, actor, errors) if _asks_for_form(case) else [],
        "note": request.POST.get("note", ""),
        "summary": [
            (_control(name, materials), _named(text, labels.get(name))) for name, text in errors.items()
        ],
        "accept": ACCEPTED_FILES,
    }
    return render(request, "workspace/case_correct.html", context, status=status)


def _named(text: str, label: str | None) -> str:
    return _("%(field)s：%(complaint)s") % {"field": label, "complaint": text} if label else text


def _control(name: str, materials: set[str]) -> str:
    """
    Return the control that a complaint is about.
    """
    if name == "form":
        return name
    return f"{FILE_PREFIX if name in materials else FIELD_PREFIX}{name}"


def _asked(case: selectors.CaseDetail) -> list[dict[str, str]]:
    items: list[dict[str, str]] = (case.state.correction or {}).get("items", [])
    return items


def _take_files(request: HttpRequest, case: selectors.CaseDetail, actor: Actor) -> dict[str, str]:
    errors = {}
    for item in _asked(case):
        code = item["material_code"]
        for file in request.FILES.getlist(f"{FILE_PREFIX}{code}") if code else ():
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


def _waiting_files(case: selectors.CaseDetail, actor: Actor) -> dict[str, list[FileFacts]]:
    """
    Return the files handed in for this correction so far, by material.
    """
    return {
        code: files_of(owner=_waiting_owner(case.number, code), actor=actor)
        for code in dict.fromkeys(item["material_code"] for item in _asked(case))
        if code
    }


def _file_view(number: str, material: str, file: FileFacts | FileReceipt) -> dict[str, str]:
    return {
        "name": file.name,
        "size": f"{max(1, round(file.size / KILOBYTE))} KB",
        "href": reverse("documents:file-download", kwargs={"file_id": file.id}),
        "remove_action": reverse(
            "workspace:correction-remove",
            kwargs={"number": number, "material": material, "file_id": file.id},
        ),
    }


def _new_evidence(case: selectors.CaseDetail, actor: Actor) -> list[Evidence]:
    names = {item["material_code"]: item["name"] for item in _asked(case)}
    return [
        Evidence(
            material_code=code,
            name=names[code],
            file_id=str(file.id),
            digest=file.digest,
            media_type=file.media_type,
            size_bytes=file.size,
        )
        for code, files in _waiting_files(case, actor).items()
        for file in files
    ]


def _asks_for_form(case: selectors.CaseDetail) -> bool:
    return any(not item["material_code"] for item in _asked(case))


def _fields(case: selectors.CaseDetail) -> tuple[FormField, ...]:
    """
    Return the fields of the form as the offering wants them now, by which a correction is judged.
    """
    situations = case.state.situations
    offer = services.promised(case.terms.offering_code, situations=situations, on=civil_date(clock.now()))
    return offer.offering.fields_for(situations)


def _form_groups(
    case: selectors.CaseDetail, request: HttpRequest, actor: Actor, errors: dict[str, str]
) -> list[FieldGroup]:
    """
    Return the form as it was, or as it was typed just now.
    """
    fields = _fields(case)
    answers = services.own_answers(number=case.number, actor=actor)
    if request.method == "POST":
        answers |= answers_of(request.POST, fields)
    return field_groups(fields, answers=answers, errors=errors)


def _corrected_form(request: HttpRequest, case: selectors.CaseDetail, actor: Actor) -> dict[str, str] | None:
    """
    Return the form as corrected, None where the notice does not ask for it.
    """
    if not _asks_for_form(case):
        return None
    before = services.own_answers(number=case.number, actor=actor)
    return {**before, **answers_of(request.POST, _fields(case))}


def _agency_name(case: selectors.CaseDetail, actor: Actor) -> str:
    terms = case.terms
    if not is_english():
        return terms.agency_name
    names = registers.english_agency_names(codes=[terms.agency_code], actor=actor)
    return names.get(terms.agency_code, terms.agency_name)


def _material_name(case: selectors.CaseDetail, material: Mapping[str, str]) -> str:
    english = {term.code: term.name_en for term in case.terms.materials}
    return in_language(material["name"], english.get(material["material_code"], ""))


def person_of(request: HttpRequest) -> Actor:
    """
    Return the citizen who asks.

    :raises NotAuthenticated: nobody is logged in as a person
    """
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor
