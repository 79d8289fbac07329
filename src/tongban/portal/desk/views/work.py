"""
Handling's work items on the desk: claim, hand over, opinion, decision.
"""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.business.handling import selectors, services
from tongban.business.handling.values import Outcome, Stage
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound, ServiceError, StaleVersion
from tongban.portal.desk.views.cases import require_case
from tongban.portal.desk.views.frame import desk_page, in_language, staff
from tongban.support.identity.selectors import staff_of_agency
from tongban.support.identity.values import Post

POST_OF = {Stage.REVIEW: Post.REVIEW, Stage.DECISION: Post.DECISION}


@never_cache
@require_POST
def claim(request: HttpRequest, number: str) -> HttpResponse:
    """
    Take the open item of a case up.
    """
    actor = staff(request)
    item = _item(actor, number)
    services.claim(item_id=item.id, actor=actor, at=clock.now())
    messages.success(request, _("已领取"))
    return redirect("desk:case-show", number=number)


@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest, number: str) -> HttpResponse:
    """
    Give the open item of a case to a colleague who holds the post.
    """
    actor, at = staff(request), clock.now()
    item = _item(actor, number)
    case = require_case(actor, number, at=at)
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.hand_over(
                item_id=item.id, to_account=_account(request.POST.get("to_account", "")), actor=actor, at=at
            )
        except InvalidInput as error:
            errors = error.fields
        else:
            messages.success(request, _("已移交"))
            return redirect("desk:case-show", number=number)
    colleagues = staff_of_agency(agency_code=case.agency_code, post=POST_OF[item.stage], actor=actor)
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "colleagues": [
            (str(colleague.account_id), colleague.name)
            for colleague in colleagues
            if str(colleague.account_id) != actor.id
        ],
        "errors": errors,
        "summary": list(errors.items()),
    }
    status = 422 if errors else 200
    return desk_page(
        request, "desk/work_hand_over.html", context, actor=actor, current="inbox", at=at, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def conclude(request: HttpRequest, number: str, outcome: str) -> HttpResponse:
    """
    End the stage: pass on, return, grant or refuse.

    An opinion is about the item its page was opened for. Where another has come since, nothing
    is done, and what was typed stays.
    """
    if outcome.upper() not in Outcome.values:
        raise Http404
    actor, at, wanted = staff(request), clock.now(), Outcome(outcome.upper())
    if request.method == "GET":
        return _page(request, actor, number, _item(actor, number), wanted)
    item = selectors.open_item_of(actor=actor, case_number=number)
    if item is None or str(item.id) != request.POST.get("item", ""):
        stale = StaleVersion()
        return _page(request, actor, number, item, wanted, refusal=stale, status=stale.status)
    opinion = services.Opinion(
        outcome=wanted,
        text=request.POST.get("opinion", ""),
        conditions=request.POST.get("conditions", ""),
        legal_basis=[line for line in request.POST.get("legal_basis", "").splitlines() if line.strip()],
    )
    try:
        services.conclude(item_id=item.id, opinion=opinion, actor=actor, at=at)
    except InvalidInput as error:
        return _page(request, actor, number, item, wanted, errors=error.fields, status=error.status)
    except ServiceError as error:
        return _page(request, actor, number, item, wanted, refusal=error, status=error.status)
    messages.success(request, _("已报送，办件状态正在更新"))
    return redirect("desk:case-show", number=number)


def _page(
    request: HttpRequest,
    actor: Actor,
    number: str,
    item: selectors.WorkItemRow | None,
    outcome: Outcome,
    *,
    errors: dict[str, str] | None = None,
    refusal: ServiceError | None = None,
    status: int = 200,
) -> HttpResponse:
    at = clock.now()
    case = require_case(actor, number, at=at)
    basis = "\n".join(
        f"《{entry['document']}》{entry.get('article', '')}" for entry in case.terms.legal_basis
    )
    context = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "item": item if item and outcome in item.outcomes else None,
        "outcome": outcome,
        "opinion": request.POST.get(
            "opinion", _("符合条件") if outcome in {Outcome.PASS, Outcome.GRANT} else ""
        ),
        "conditions": request.POST.get("conditions", ""),
        "legal_basis": request.POST.get("legal_basis", basis),
        "errors": errors or {},
        "summary": list((errors or {}).items()),
        "refusal": refusal,
    }
    return desk_page(
        request, "desk/work_conclude.html", context, actor=actor, current="inbox", at=at, status=status
    )


def _item(actor: Actor, number: str) -> selectors.WorkItemRow:
    item = selectors.open_item_of(actor=actor, case_number=number)
    if item is None:
        raise NotFound(case_number=number)
    return item


def _account(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput(fields={"to_account": _("请选择接收人")}) from error
