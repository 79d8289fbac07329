"""
Handling's work items on the desk: claim, hand over, opinion, decision.
"""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.business.casework.selectors import CaseDetail
from tongban.business.handling import selectors, services
from tongban.business.handling.values import Outcome, Stage
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import (
    Conflict,
    InvalidInput,
    NotFound,
    ServiceError,
    StaleVersion,
)
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import case_page, require_case
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.support.identity.selectors import staff_of_agency
from tongban.support.identity.values import Post

POST_OF = {Stage.REVIEW: Post.REVIEW, Stage.DECISION: Post.DECISION}
"""Whose colleagues an item can be given to."""


@never_cache
@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """
    Take an item of a case up. Where somebody was quicker, the page of the case says so.
    """
    actor, at = staff(request), clock.now()
    try:
        services.claim(item_id=_named_item(request, actor, number), actor=actor, at=at)
    except Conflict as error:
        return case_page(request, actor, number, at=at, refusal=error)
    messages.success(request, _("已领取"))
    return redirect("desk:case-show", number=number)


@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """
    Give an item of a case to a colleague who holds the post.

    Where the item is no longer the actor's to give, the page of the case says so.
    """
    actor, at = staff(request), clock.now()
    case = require_case(actor, number, at=at)
    errors: dict[str, str] = {}
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            services.hand_over(
                item_id=_named_item(request, actor, number),
                to_account=_account(request.POST.get("to_account", "")),
                actor=actor,
                at=at,
            )
        except InvalidInput as error:
            errors, refusal = error.fields, error
        except Conflict as error:
            refusal = error
        else:
            messages.success(request, _("已移交"))
            return redirect("desk:case-show", number=number)
    try:
        item = _own_item(actor, case)
    except Conflict as error:
        return case_page(request, actor, number, at=at, refusal=refusal or error)
    colleagues = staff_of_agency(agency_code=case.agency_code, post=POST_OF[item.stage], actor=actor)
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "item": item,
        "colleagues": [
            (str(colleague.account_id), colleague.name)
            for colleague in colleagues
            if str(colleague.account_id) != actor.id
        ],
        "chosen": request.POST.get("to_account", ""),
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": None if errors else refusal,
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/work_hand_over.html", context, actor=actor, current="inbox", at=at, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def conclude(request: HttpRequest, number: str, outcome: str) -> HttpResponse:
    """
    End the stage: pass on, return, grant or refuse.

    An opinion is about the item its page was opened for. Where that is gone, nothing is done, the page says why, and
    what was typed stays.
    """
    if outcome.upper() not in Outcome.values:
        raise Http404
    actor, at, wanted = staff(request), clock.now(), Outcome(outcome.upper())
    case = require_case(actor, number, at=at)
    if request.method == "GET":
        try:
            item = _own_item(actor, case, outcome=wanted)
        except Conflict as error:
            return case_page(request, actor, number, at=at, refusal=error)
        return _page(request, case, item, wanted, actor=actor, at=at)
    opinion = services.Opinion(
        outcome=wanted,
        text=request.POST.get("opinion", ""),
        conditions=request.POST.get("conditions", ""),
        legal_basis=[line for line in request.POST.get("legal_basis", "").splitlines() if line.strip()],
    )
    try:
        services.conclude(item_id=_named_item(request, actor, number), opinion=opinion, actor=actor, at=at)
    except ServiceError as error:
        item_now = selectors.open_item_of(actor=actor, case_number=number)
        return _page(request, case, item_now, wanted, actor=actor, at=at, refusal=error)
    messages.success(request, _("已报送，办件状态正在更新"))
    return redirect("desk:case-show", number=number)


def _page(
    request: HttpRequest,
    case: CaseDetail,
    item: selectors.WorkItemRow | None,
    outcome: Outcome,
    *,
    actor: Actor,
    at: datetime,
    refusal: ServiceError | None = None,
) -> HttpResponse:
    errors = refusal.fields if isinstance(refusal, InvalidInput) else {}
    basis = "\n".join(
        f"《{entry['document']}》{entry.get('article', '')}" for entry in case.terms.legal_basis
    )
    can_end = item is not None and item.may_work and not item.is_stopped and outcome in item.outcomes
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "item": item if can_end else None,
        "outcome": outcome,
        "opinion": request.POST.get(
            "opinion", _("符合条件") if outcome in {Outcome.PASS, Outcome.GRANT} else ""
        ),
        "conditions": request.POST.get("conditions", ""),
        "legal_basis": request.POST.get("legal_basis", basis),
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": None if errors else refusal,
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/work_conclude.html", context, actor=actor, current="inbox", at=at, status=status
    )


def _named_item(request: HttpRequest, actor: Actor, number: str) -> UUID:
    """
    Return the item that a page was opened for.

    :raises StaleVersion: the page names none
    :raises NotFound: it is no item of this case, or the actor may not know of it
    """
    try:
        named = UUID(request.POST.get("item", ""))
    except ValueError as error:
        raise StaleVersion from error
    if selectors.work_item(actor=actor, item_id=named).case_number != number:
        raise NotFound(item_id=str(named))
    return named


def _own_item(actor: Actor, case: CaseDetail, *, outcome: Outcome | None = None) -> selectors.WorkItemRow:
    """
    Return the open item of a case, if it is the actor's to work on.

    :param outcome: how the actor means to end it
    :raises NotPermitted: the actor does not hold the post, or is of another agency
    :raises WorkItemNotOpen: nothing is open any more
    :raises WorkItemTaken: somebody else works on it
    :raises OutcomeNotAllowed: the stage cannot end like that
    :raises ClockStandsStill: a special procedure is open
    """
    item = selectors.item_to_work_on(actor=actor, case_number=case.number, agency_code=case.agency_code)
    if item is None:
        raise services.WorkItemNotOpen(case_number=case.number)
    if not item.may_work:
        raise services.WorkItemTaken(claimed_name=item.claimed_name)
    if outcome is not None and outcome not in item.outcomes:
        raise services.OutcomeNotAllowed(stage=item.stage.value, outcome=outcome.value)
    if outcome is not None and item.is_stopped:
        raise services.ClockStandsStill(case_number=case.number)
    return item


def _account(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(fields={"to_account": _("请选择接收人")}) from error
