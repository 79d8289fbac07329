"""
受理一件: a clerk applies for whoever stands at the counter; one page, by keyboard, with or without script.

What was typed travels with the page; files, once chosen, wait in a draft of the clerk's. The draft is begun under an
id that the page brings along, so that sending the page twice makes one case.
"""

from copy import copy
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework import services as casework_services
from tongban.business.casework.values import CaseStatus, SubmissionReceipt
from tongban.business.catalogue import selectors as catalogue
from tongban.foundation import clock
from tongban.foundation.actors import Actor, Channel
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput, NotFound, ServiceError
from tongban.foundation.languages import in_language
from tongban.portal.apply import selectors as apply
from tongban.portal.apply import services as apply_services
from tongban.portal.apply.values import WAYS, Visitor
from tongban.portal.desk import permissions
from tongban.portal.desk.views.accept_parts import (
    Sheet,
    complaints_about,
    complaints_about_consent,
    controls_of,
    drawn,
    sheet_of,
    with_found,
)
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.portal.desk.views.lists import page_url
from tongban.support.documents import services as documents
from tongban.support.documents.values import FileFacts
from tongban.support.identity import services as identity
from tongban.support.identity.values import SIGNED_AT_COUNTER, ConsentWay, Post
from tongban.support.search import selectors as search
from tongban.support.search.values import MAX_QUERY_CHARACTERS, SearchFilters

CURRENT = "accept"
HANDED_OVER = "desk_receipt"
"""Where the session keeps the query code of the case submitted last, until it is handed over."""
HAND_OVER_WITHIN = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class OfferingLine:
    """
    A service that can be accepted here.
    """

    code: str
    name: str
    agency_name: str
    href: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundLine:
    """
    A licence of the applicant's that was found.
    """

    name: str
    number: str
    issuer_name: str
    last_valid_date: date | None
    why_not: str
    """Empty: it can take a material's place."""


@never_cache
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """
    Find the service: by a question, or in the list of what this counter accepts.
    """
    actor, at = _clerk(request), clock.now()
    text = request.GET.get("q", "").strip()[:MAX_QUERY_CHARACTERS]
    cursor = request.GET.get("cursor") or None
    following = None
    if text:
        found = _found(text, actor)
    else:
        page = catalogue.browse(query=_own(actor), actor=actor, cursor=cursor)
        found, following = page.items, page.next_cursor
    context = {
        "lines": [_line(offering) for offering in found],
        "text": text,
        "is_whole_area": Post.COUNTER in actor.posts,
        "next_url": page_url(request, following) if following else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/accept_start.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def fill(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show the one page of an acceptance; keep it, or submit it.
    """
    actor = _clerk(request)
    offering = _offering(code, actor)
    sheet = sheet_of(request, offering)
    if request.method == "GET":
        return _page(request, actor, offering, replace(sheet, key=uuid4()))
    if "remove" in request.GET:
        _remove(sheet, request.GET["remove"], actor)
        return _page(request, actor, offering, sheet)
    if "find" in request.POST:
        return _find(request, actor, offering, sheet)
    refused = _keep_files(request, offering, sheet, actor)
    if "refresh" in request.POST or refused:
        return _page(request, actor, offering, sheet, errors=refused, status=422 if refused else 200)
    return _submit(request, actor, offering, sheet)


@never_cache
@require_safe
def consent(request: HttpRequest, code: str) -> HttpResponse:
    """
    Show the form on which an applicant agrees that his licences are found, for printing; nothing about him is on it.
    """
    actor = _clerk(request)
    offering = _offering(code, actor)
    context = {
        "name": in_language(offering.name, offering.name_en),
        "agency": in_language(offering.agency_name, offering.agency_name_en),
        "back": reverse("desk:accept-form", kwargs={"code": code}),
    }
    return desk_page(
        request, "desk/accept_consent.html", context, actor=actor, current=CURRENT, at=clock.now()
    )


@never_cache
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show what the applicant takes home. The query code is shown right after submission and never again.
    """
    actor, at = _clerk(request), clock.now()
    case = casework.case_by_number(actor=actor, number=number, at=at, calendar=current_calendar())
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "query_code": _query_code(request, number, at=at),
        "is_accepted": case.status not in {CaseStatus.SUBMITTED, CaseStatus.PRE_CHECKED},
        "explanations": casework.explain(case.clock),
        "qr": apply.progress_qr(number),
        "again": reverse("desk:accept-form", kwargs={"code": case.terms.offering_code}),
    }
    return desk_page(request, "desk/accept_receipt.html", context, actor=actor, current=CURRENT, at=at)


# --- licences instead of materials --------------------------------------------------------------------------


def _find(
    request: HttpRequest, actor: Actor, offering: catalogue.OfferingTerms, sheet: Sheet
) -> HttpResponse:
    """
    Find the applicant's licences, once he has signed for it.
    """
    at = clock.now()
    errors = complaints_about_consent(sheet, offering, at=at)
    if errors:
        return _page(request, actor, offering, sheet, errors=errors, status=422)
    apply_services.start_draft(offering_code=offering.code, draft_id=sheet.key, actor=actor, at=at)
    apply_services.find_licences_at_counter(
        draft_id=sheet.key,
        holder_code=sheet.applicant_number(offering),
        holder_name=sheet.name,
        way=ConsentWay(sheet.way_agreed),
        actor=actor,
        at=at,
    )
    found = _found_licences(offering, sheet, actor, at=at)
    return _page(request, actor, offering, with_found(sheet, found) if found else sheet, found=found)


def _found_licences(
    offering: catalogue.OfferingTerms, sheet: Sheet, actor: Actor, *, at: datetime
) -> apply.Found | None:
    return apply.found_at_counter(
        draft_id=sheet.key,
        situations=sheet.situations,
        holder_code=sheet.applicant_number(offering),
        holder_name=sheet.name,
        actor=actor,
        on=clock.civil_date(at),
    )


# --- submitting ---------------------------------------------------------------------------------------------


def _submit(
    request: HttpRequest, actor: Actor, offering: catalogue.OfferingTerms, sheet: Sheet
) -> HttpResponse:
    at = clock.now()
    files = _files(sheet, actor)
    errors = complaints_about(sheet, offering, files=files, at=at)
    if errors:
        return _page(request, actor, offering, sheet, errors=errors, status=422)
    if _same(actor, offering, sheet) and not sheet.is_again:
        wrong = {"again": _("请确认仍要再提交一件")}
        return _page(request, actor, offering, sheet, errors=wrong, status=422)
    try:
        submitted = _hand_in(actor, offering, sheet, at=at)
    except InvalidInput as error:
        wrong = controls_of(error, offering)
        return _page(request, actor, offering, sheet, errors=wrong, status=error.status)
    except identity.RegistrationRefused as error:
        wrong = {"name": _("该证件号码已用另一个姓名登记，请核对姓名")}
        return _page(request, actor, offering, sheet, errors=wrong, status=error.status)
    except ServiceError as error:
        return _page(request, actor, offering, sheet, refusal=error, status=error.status)
    request.session[HANDED_OVER] = [submitted.case_number, submitted.query_code, at.isoformat()]
    if "accept" in request.POST:
        _accept(request, submitted, actor)
    return redirect("desk:accept-receipt", number=submitted.case_number)


def _hand_in(
    actor: Actor, offering: catalogue.OfferingTerms, sheet: Sheet, *, at: datetime
) -> SubmissionReceipt:
    apply_services.start_draft(offering_code=offering.code, draft_id=sheet.key, actor=actor, at=at)
    try:
        apply_services.save_situations(draft_id=sheet.key, situations=sheet.situations, actor=actor, at=at)
        apply_services.save_answers(draft_id=sheet.key, answers=sheet.answers, actor=actor, at=at)
        apply_services.save_delivery(
            draft_id=sheet.key, way=sheet.way, address=sheet.address, actor=actor, at=at
        )
    except apply_services.DraftSubmitted:
        # The page was sent twice: below, the same receipt comes back.
        pass
    return apply_services.submit_at_counter(
        draft_id=sheet.key,
        visitor=Visitor(
            id_number=sheet.id_number,
            name=sheet.name,
            mobile=sheet.mobile,
            born_on=identity.born_on_of(sheet.born_on),
        ),
        paper=sheet.paper,
        licences_instead=sheet.licences,
        actor=actor,
        at=at,
        calendar=current_calendar(),
    )


def _accept(request: HttpRequest, submitted: SubmissionReceipt, actor: Actor) -> None:
    """
    Accept what was submitted; where that fails the case stays submitted, and the receipt says so.
    """
    try:
        casework_services.accept(
            number=submitted.case_number,
            actor=actor,
            at=clock.now(),
            calendar=current_calendar(),
            opinion=_("窗口当场受理"),
        )
    except ServiceError as error:
        messages.warning(
            request, _("申请已提交，但受理没有成功：%(reason)s。请到待办中处理。") % {"reason": str(error)}
        )


def _query_code(request: HttpRequest, number: str, *, at: datetime) -> str:
    kept = request.session.get(HANDED_OVER)
    if not isinstance(kept, list) or kept[0] != number:
        return ""
    if at - datetime.fromisoformat(kept[2]) > HAND_OVER_WITHIN:
        del request.session[HANDED_OVER]
        return ""
    return str(kept[1])


# --- files --------------------------------------------------------------------------------------------------


def _keep_files(
    request: HttpRequest, offering: catalogue.OfferingTerms, sheet: Sheet, actor: Actor
) -> dict[str, str]:
    """
    Keep the files that came along, and return which were refused and why.
    """
    wanted = [
        (material.code, file)
        for material in offering.materials_for(sheet.situations)
        for file in request.FILES.getlist(f"file-{material.code}")
    ]
    if not wanted:
        return {}
    at = clock.now()
    length = request.headers.get("Content-Length", "")
    documents.check_request_size(declared_bytes=int(length) if length.isdigit() else None)
    apply_services.start_draft(offering_code=offering.code, draft_id=sheet.key, actor=actor, at=at)
    refused = {}
    for code, file in wanted:
        try:
            apply_services.attach_file(
                draft_id=sheet.key,
                material_code=code,
                content=file,
                name=file.name or "",
                declared_type=file.content_type or "",
                declared_bytes=file.size,
                actor=actor,
                at=at,
            )
        except ServiceError as error:
            refused[f"file-{code}"] = str(error)
    return refused


def _remove(sheet: Sheet, file_id: str, actor: Actor) -> None:
    try:
        key = UUID(file_id)
    except ValueError as error:
        raise NotFound(file_id=file_id) from error
    apply_services.detach_file(draft_id=sheet.key, file_id=key, actor=actor, at=clock.now())


def _files(sheet: Sheet, actor: Actor) -> dict[str, list[FileFacts]]:
    try:
        return apply.draft(actor=actor, draft_id=sheet.key).files
    except NotFound:
        return {}


# --- the page -----------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    actor: Actor,
    offering: catalogue.OfferingTerms,
    sheet: Sheet,
    *,
    errors: dict[str, str] | None = None,
    refusal: ServiceError | None = None,
    found: apply.Found | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    files = _files(sheet, actor) if request.method == "POST" else {}
    can_be_found = bool(apply.types_asked_for(offering))
    if found is None and can_be_found and request.method == "POST":
        found = _found_licences(offering, sheet, actor, at=clock.now())
    here = reverse("desk:accept-form", kwargs={"code": offering.code})
    context = {
        "name": in_language(offering.name, offering.name_en),
        "agency": in_language(offering.agency_name, offering.agency_name_en),
        "here": here,
        "code": offering.code,
        "sheet": sheet,
        "parts": drawn(
            sheet,
            offering,
            files=files,
            can_be_found=can_be_found,
            found=found,
            errors=errors,
            here=here,
        ),
        "found": _found_lines(found),
        "consent_ways": [(way.value, way.label) for way in SIGNED_AT_COUNTER],
        "same": _same(actor, offering, sheet) if sheet.id_number else [],
        "ways": [
            (way, label) for way, label in WAYS.items() if way != "post" or offering.has_courier_delivery
        ],
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": refusal,
    }
    return desk_page(
        request,
        "desk/accept_form.html",
        context,
        actor=actor,
        current=CURRENT,
        at=clock.now(),
        status=status,
    )


def _found_lines(found: apply.Found | None) -> list[FoundLine] | None:
    """
    Return the licences that can stand for a material here, each once; None: nobody has agreed to a search.
    """
    if found is None:
        return None
    held = {one.identifier: one for offered in found.offered.values() for one in offered}
    return [
        FoundLine(
            name=in_language(one.type_name, one.type_name_en),
            number=one.number,
            issuer_name=one.issuer_name,
            last_valid_date=one.last_valid_date,
            why_not=str(one.no_use.label) if one.no_use else "",
        )
        for one in held.values()
    ]


def _same(actor: Actor, offering: catalogue.OfferingTerms, sheet: Sheet) -> list[casework.OpenCase]:
    """
    Return what the applicant has under way at this service already.
    """
    return casework.open_cases_of(
        actor=actor,
        id_number=sheet.applicant_number(offering),
        offering_code=offering.code,
        at=clock.now(),
    )


# --- who, and what ------------------------------------------------------------------------------------------


def _clerk(request: HttpRequest) -> Actor:
    """
    Return the clerk, acting at the counter.

    :raises NotPermitted: somebody else
    """
    actor = staff(request)
    permissions.open_counter.require(actor)
    # The request's actor is looked up lazily; a copy is the actor himself.
    return replace(copy(actor), channel=Channel.COUNTER)


def _offering(code: str, actor: Actor) -> catalogue.OfferingTerms:
    """
    Return a service of this counter.

    :raises NotFound: there is none, or it is another agency's and this is no one-stop counter
    """
    offering = apply.offering(code, actor=actor)
    if Post.COUNTER not in actor.posts and offering.agency_code != actor.agency_code:
        raise NotFound(offering_code=code)
    return offering


def _own(actor: Actor) -> catalogue.BrowseQuery:
    """
    Return what this counter accepts: a one-stop counter all of its area, any other its own agency's.
    """
    if Post.COUNTER in actor.posts:
        return catalogue.BrowseQuery(division_code=actor.division_code, online_only=True)
    return catalogue.BrowseQuery(agency_code=actor.agency_code, online_only=True)


def _found(text: str, actor: Actor) -> list[catalogue.OfferingSummary]:
    if Post.COUNTER in actor.posts:
        filters = SearchFilters(division_code=actor.division_code)
    else:
        filters = SearchFilters(agency_code=actor.agency_code)
    hits = search.search(text, actor=actor, filters=filters).hits
    found = catalogue.offerings_by_codes(codes=[hit.ref_code for hit in hits], actor=actor)
    return [offering for offering in found if offering.can_apply_online]


def _line(offering: catalogue.OfferingSummary) -> OfferingLine:
    return OfferingLine(
        code=offering.code,
        name=in_language(offering.name, offering.name_en),
        agency_name=offering.agency_name,
        href=reverse("desk:accept-form", kwargs={"code": offering.code}),
    )
