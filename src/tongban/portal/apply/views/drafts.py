"""
Before and after the steps: what to know, going on, throwing away, submitting, the receipt.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.casework import selectors as casework
from tongban.business.casework.services import ApplicantNotServed, LevelTooLow, PrincipalLevelTooLow
from tongban.business.catalogue.selectors import OfferingTerms
from tongban.business.catalogue.values import ApplicantKind
from tongban.business.licences.services import LicenceNotUsable
from tongban.foundation import clock
from tongban.foundation.calendar import current_calendar
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.languages import in_language
from tongban.foundation.policy import Reason
from tongban.portal.apply import selectors, services
from tongban.portal.apply.values import DraftDetail, Step
from tongban.portal.apply.views.parts import (
    PROMISED,
    SITUATION_PREFIX,
    applying_as,
    material_note,
    person_of,
    step_up_address,
)
from tongban.portal.apply.views.steps import first_open, show_step
from tongban.resources.movein.selectors import old_place
from tongban.support.identity.services import FreshCheckNeeded
from tongban.support.identity.values import AssuranceLevel


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest, code: str) -> HttpResponse:
    """
    Say what it costs, how long it takes and what to prepare; begin when asked to.

    Answers chosen on the guide come along as `s-<question>` and need not be given again.
    """
    actor = person_of(request)
    offering = selectors.offering(code, actor=actor)
    if request.method == "GET" and old_place(offering_code=code, on=civil_date(clock.now())) is not None:
        # The guide says where it is applied for.
        return redirect("site:item-show", code=code)
    chosen = _chosen(request, offering)
    if request.method == "POST":
        draft_id = services.start_draft(
            offering_code=code,
            actor=actor,
            at=clock.now(),
            situations=[option for _question, option in chosen],
        )
        return redirect("apply:draft-show", draft_id=draft_id)
    begun = next((row for row in selectors.open_drafts(actor=actor) if row.offering_code == code), None)
    answers = [option for _question, option in chosen]
    level = AssuranceLevel(offering.required_assurance_level)
    lacks = casework.level_if_submitted(needed=level, actor=actor)
    context = {
        "offering": offering,
        "name": in_language(offering.name, offering.name_en),
        "agency": in_language(offering.agency_name, offering.agency_name_en),
        "promise": casework.dates_if_submitted(offering, at=clock.now(), calendar=current_calendar()),
        "materials": [material_note(material) for material in offering.materials_for(answers)],
        "depends": bool(offering.situations)
        and len({name for name, _option in chosen}) < len(offering.situations),
        "chosen": chosen,
        "begun": begun,
        "served": [str(ApplicantKind(kind).label) for kind in offering.applicants],
        "missing_level": str(level.label) if lacks.reason is Reason.LEVEL_TOO_LOW else "",
        "level": level.value,
        **applying_as(offering, actor),
    }
    return render(request, "apply/draft_start.html", context)


@never_cache
@require_safe
def go_on(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Lead to the first step that is not finished.
    """
    today = clock.civil_date(clock.now())
    draft = selectors.draft(actor=person_of(request), draft_id=draft_id, on=today)
    if draft.case_number:
        return redirect("apply:receipt-show", draft_id=draft_id)
    step = first_open(draft, on=today)
    return redirect("apply:step-show", draft_id=draft_id, step=step.value)


@never_cache
@require_POST
def submit(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Submit; what is missing is said on the page on which everything is checked.
    """
    actor = person_of(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id, on=clock.civil_date(clock.now()))
    if not draft.case_number and request.POST.get("promise") != "1":
        errors = {"promise": _("请确认所填内容和材料真实有效")}
        return show_step(request, draft, Step.CHECK, errors=errors, status=422)
    try:
        services.submit_draft(draft_id=draft_id, actor=actor, at=clock.now(), calendar=current_calendar())
    except InvalidInput as error:
        return show_step(request, draft, Step.CHECK, errors=error.fields, status=error.status)
    except (ApplicantNotServed, PrincipalLevelTooLow, LicenceNotUsable) as error:
        part = "materials" if isinstance(error, LicenceNotUsable) else "answers"
        return show_step(request, draft, Step.CHECK, errors={part: str(error)}, status=error.status)
    except LevelTooLow as error:
        return _step_up(request, draft, query={"to": str(error.facts["needed"])})
    except FreshCheckNeeded as error:
        return _step_up(request, draft, query={"check": "1", "to": str(error.needed)})
    return redirect("apply:receipt-show", draft_id=draft_id)


@never_cache
@require_safe
def receipt(request: HttpRequest, draft_id: UUID) -> HttpResponse:
    """
    Show the receipt: number, query code, QR, and the day by which the office must answer.
    """
    actor = person_of(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if not draft.case_number:
        return redirect("apply:draft-show", draft_id=draft_id)
    case = casework.case_by_number(
        actor=actor, number=draft.case_number, at=clock.now(), calendar=current_calendar()
    )
    context = {
        "case": case,
        "name": in_language(draft.offering.name, draft.offering.name_en),
        "agency": in_language(draft.offering.agency_name, draft.offering.agency_name_en),
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
    actor = person_of(request)
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
    actor = person_of(request)
    draft = selectors.draft(actor=actor, draft_id=draft_id)
    if draft.case_number:
        return redirect("apply:receipt-show", draft_id=draft_id)
    if request.method == "POST":
        services.discard_draft(draft_id=draft_id, actor=actor, at=clock.now())
        messages.success(request, _("草稿已删除"))
        return redirect("workspace:home")
    name = in_language(draft.offering.name, draft.offering.name_en)
    return render(request, "apply/draft_discard.html", {"draft_id": draft_id, "name": name})


def _step_up(request: HttpRequest, draft: DraftDetail, *, query: dict[str, str]) -> HttpResponse:
    """
    Lead to where the level is raised or the person checked anew, and back to the step on which he pressed the button.

    Everything is saved; that he has confirmed what he hands in is remembered too.
    """
    request.session[PROMISED] = str(draft.id)
    return HttpResponseRedirect(step_up_address(draft, query=query))


def _chosen(request: HttpRequest, offering: OfferingTerms) -> list[tuple[str, str]]:
    """
    Return the answers that came along and exist, as (name of the control, code of the option).
    """
    given = request.POST if request.method == "POST" else request.GET
    return [
        (name, option.code)
        for situation in offering.situations
        for name in (f"{SITUATION_PREFIX}{situation.code}",)
        for option in situation.options
        if option.code in given.getlist(name)
    ]
