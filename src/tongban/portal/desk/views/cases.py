"""
One case on the desk: form, materials, checklist, timeline, clock, and what can be done now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.business.casework import selectors, services
from tongban.business.casework.values import Action, CaseStatus
from tongban.business.crossregion import selectors as crossregion
from tongban.business.handling import selectors as handling
from tongban.business.handling.values import Outcome
from tongban.business.licences import selectors as licences
from tongban.foundation import clock
from tongban.foundation.actors import Actor, Channel
from tongban.foundation.calendar import current_calendar
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.support.documents.selectors import files_of
from tongban.support.documents.values import FileFacts, Owner

CASE_FILES = "casework.case"
MOST_POLLS = 30
"""How often a page asks, every two seconds, whether a report has been taken over; then it says that it takes long."""

ACTS: dict[Action, tuple[str, str, str]] = {
    Action.ACCEPT: ("accept", "primary", "A"),
    Action.PASS_PRE_CHECK: ("pre-check", "", "P"),
    Action.REQUEST_CORRECTION: ("correction", "", "C"),
    Action.REFUSE_ACCEPTANCE: ("refuse-acceptance", "", ""),
    Action.STOP_CLOCK: ("stop-clock", "", "T"),
    Action.RESUME_CLOCK: ("resume-clock", "primary", "T"),
    Action.EXTEND: ("extend", "", ""),
    Action.DELIVER: ("deliver", "primary", "D"),
    Action.PASS_ON: ("pass-on", "quiet", ""),
    Action.WITHDRAW: ("withdraw", "quiet", ""),
    Action.VOID: ("void", "quiet", ""),
}
"""Action -> slug of its page, kind of its button, key. Review and decision come from handling's work item."""

IN_HANDLING = frozenset({CaseStatus.ACCEPTED, CaseStatus.SUSPENDED})
"""Cases that handling, or the agency's own system, works on."""

OUTCOMES: dict[Outcome, tuple[str, str]] = {
    Outcome.PASS: ("primary", "A"),
    Outcome.GRANT: ("primary", "A"),
    Outcome.REFUSE: ("", "R"),
    Outcome.RETURN: ("", "B"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Button:
    """
    Something that can be done now.
    """

    label: str
    href: str
    kind: str
    key: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """
    How a page learns that a report has been taken over.
    """

    address: str
    """Where to ask next; empty when it was asked often enough."""
    sync: str
    """What an answer must not come after: another row was chosen meanwhile. Empty where there is no list."""
    href: str
    """Page of the case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MaterialLine:
    """
    One material that the offering asks for, and what was handed in.
    """

    name: str
    standard: str
    state: str
    """given, shared (免提交), paper, later or missing."""
    files: list[tuple[str, str]]
    """Name and address."""


@never_cache
@require_safe
def show(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show one case.
    """
    actor = staff(request)
    if _is_poll(request) and handling.is_reported(actor=actor, case_number=number):
        return _poll_again(request, number)
    response = case_page(request, actor, number, at=clock.now())
    return _in_place_of(response, "main") if _is_poll(request) else response


@never_cache
@require_safe
def show_panel(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show one case beside the list, for htmx.
    """
    actor = staff(request)
    if _is_poll(request) and handling.is_reported(actor=actor, case_number=number):
        return _poll_again(request, number)
    context = {"panel": panel_context(actor, number, at=clock.now())}
    response = render(request, "desk/_panel.html", context)
    return _in_place_of(response, "#side-panel") if _is_poll(request) else response


@never_cache
@require_POST
def reveal(request: HttpRequest, number: str) -> HttpResponse:
    """
    Show applicant and form in clear, with a purpose, once; it is written down.
    """
    actor = staff(request)
    at = clock.now()
    context = {**_page_context(actor, number, at=at), "refusal": None}
    try:
        context["revealed"] = services.reveal_case(
            number=number,
            purpose=request.POST.get("purpose", ""),
            words=request.POST.get("words", ""),
            actor=actor,
            at=at,
        )
    except InvalidInput as error:
        messages.error(request, error.fields["purpose"])
        return redirect("desk:case-show", number=number)
    return desk_page(request, "desk/case_show.html", context, actor=actor, current="inbox", at=at)


def case_page(
    request: HttpRequest, actor: Actor, number: str, *, at: datetime, refusal: ServiceError | None = None
) -> HttpResponse:
    """
    Draw the page of a case as it is now.

    :param refusal: why what was asked for was not done; says it on top and gives the page its status
    :raises NotFound: there is no such case, or the actor may not know of it
    """
    context = {
        **_page_context(actor, number, at=at),
        "refusal": refusal,
        "poll": _poll_of(number, turn=1, beside_list=False),
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/case_show.html", context, actor=actor, current="inbox", at=at, status=status
    )


def _page_context(actor: Actor, number: str, *, at: datetime) -> dict[str, Any]:
    shares = licences.shares_of_case(case_number=number, actor=actor, at=at)
    context = panel_context(actor, number, at=at)
    # Only what was taken at a counter can have been taken at that of another city.
    is_counter = context["case"].channel == Channel.COUNTER.value
    taken = crossregion.taken_elsewhere(case_number=number, actor=actor) if is_counter else None
    return {**context, "shares": shares, "taken_elsewhere": taken}


def panel_context(actor: Actor, number: str, *, at: datetime) -> dict[str, Any]:
    """
    Return what the page of a case, and the panel beside the list, show.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    case = selectors.case_by_number(actor=actor, number=number, at=at, calendar=current_calendar())
    item = handling.open_item_of(actor=actor, case_number=number)
    files = {
        str(file.id): file
        for file in (
            files_of(owner=Owner(kind=CASE_FILES, key=number), actor=actor) if case.may_reveal else []
        )
    }
    # A report ends the last stage: while an item is open, none is on its way.
    pending = item is None and handling.is_reported(actor=actor, case_number=number)
    return {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "due_state": selectors.due_state(case.clock),
        "entries": selectors.timeline_entries(case.timeline, case.clock),
        "explanations": selectors.explain(case.clock),
        "materials": _materials(case, files),
        "buttons": [*_work_buttons(item, number), *_buttons(case)],
        "item": item,
        "is_pending": pending,
        "is_elsewhere": item is None
        and not pending
        and case.status in IN_HANDLING
        and handling.is_elsewhere(actor=actor, case_number=number),
        "poll": _poll_of(number, turn=1, beside_list=True),
        "revealed": None,
        "purposes": Purpose.choices,
        "href": reverse("desk:case-show", kwargs={"number": number}),
    }


def _is_poll(request: HttpRequest) -> bool:
    return "HX-Request" in request.headers and "polled" in request.GET


def _poll_again(request: HttpRequest, number: str) -> HttpResponse:
    """
    Answer a page that asks whether a report has been taken over: not yet; ask again, but not for ever.
    """
    text = request.GET["polled"]
    turn = (
        int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_POLLS)) else MOST_POLLS
    )
    beside_list = request.resolver_match is not None and request.resolver_match.view_name == "desk:case-panel"
    return render(
        request, "desk/_poll.html", {"poll": _poll_of(number, turn=turn + 1, beside_list=beside_list)}
    )


def _poll_of(number: str, *, turn: int, beside_list: bool) -> Poll:
    here = reverse("desk:case-panel" if beside_list else "desk:case-show", kwargs={"number": number})
    return Poll(
        address=f"{here}?{urlencode({'polled': turn})}" if turn <= MOST_POLLS else "",
        sync="#desk-panel:drop" if beside_list else "",
        href=reverse("desk:case-show", kwargs={"number": number}),
    )


def _in_place_of(response: HttpResponse, selector: str) -> HttpResponse:
    """
    Have htmx put this part of the response where the page has it, rather than where it asked from.
    """
    response["HX-Retarget"] = selector
    response["HX-Reselect"] = selector
    response["HX-Reswap"] = "outerHTML"
    return response


def _buttons(case: selectors.CaseDetail) -> list[Button]:
    return [
        Button(
            label=str(action.label),
            href=reverse("desk:case-act", kwargs={"number": case.number, "act": slug}),
            kind=kind,
            key=key,
        )
        for action, (slug, kind, key) in ACTS.items()
        if action in case.actions
    ]


def _work_buttons(item: handling.WorkItemRow | None, number: str) -> list[Button]:
    if item is None or not item.may_work or item.is_stopped:
        return []
    return [
        Button(
            label=str(outcome.label),
            href=reverse("desk:work-conclude", kwargs={"number": number, "outcome": outcome.value.lower()}),
            kind=OUTCOMES[outcome][0],
            key=OUTCOMES[outcome][1],
        )
        for outcome in OUTCOMES
        if outcome in item.outcomes
    ]


def _materials(case: selectors.CaseDetail, files: dict[str, FileFacts]) -> list[MaterialLine]:
    given: dict[str, list[dict[str, Any]]] = {}
    for material in case.state.materials:
        given.setdefault(material["material_code"], []).append(material)
    return [
        MaterialLine(
            name=in_language(term.name, term.name_en),
            standard=term.standard or term.legal_basis,
            state=_state(given.get(term.code, []), may_follow=term.may_follow, is_required=term.is_required),
            files=[
                (
                    files[entry["file_id"]].name,
                    reverse("documents:file-download", kwargs={"file_id": UUID(entry["file_id"])}),
                )
                for entry in given.get(term.code, [])
                if entry["file_id"] in files
            ],
        )
        for term in case.terms.materials
    ]


def _state(given: list[dict[str, Any]], *, may_follow: bool, is_required: bool) -> str:
    if given:
        kinds = {entry["get_type"] for entry in given}
        return {"1": "paper", "3": "shared"}.get(kinds.pop(), "given") if len(kinds) == 1 else "given"
    if may_follow:
        return "later"
    return "missing" if is_required else "optional"


def require_case(actor: Actor, number: str, *, at: datetime) -> selectors.CaseDetail:
    """
    Return the case for a page about it.

    :raises NotFound: there is no such case, or the actor may not know of it
    """
    return selectors.case_by_number(actor=actor, number=number, at=at, calendar=current_calendar())
