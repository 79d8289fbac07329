"""
跨区域: who is told of this node's licences, whose are known here, and keys of others.
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors
from tongban.business.licences.services import peers
from tongban.foundation import clock
from tongban.foundation.errors import Conflict, InvalidInput, UpstreamError
from tongban.portal.desk.views.cases import require_case
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.shared_licences import LOOKS, USUAL_DAYS
from tongban.resources.exchange import selectors as exchange

CURRENT: Final = "licence-peers"


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show whom the exchange tells of licences, and what other nodes tell here.

    :raises NotPermitted: the actor does not keep the directory
    """
    actor, at = staff(request), clock.now()
    context = {
        "parent": selectors.licence_receiver(actor=actor),
        "may_watch": exchange.may_watch(actor=actor),
        "sources": selectors.licence_sources(actor=actor),
        "key_lines": selectors.key_lines(actor=actor),
    }
    return desk_page(request, "desk/licence_peers.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """
    Ask for a licence of the applicant that another node issued, and fetch its annotated copy once it is shared.
    """
    actor, at = staff(request), clock.now()
    case = require_case(actor, number, at=at)
    typed = {name: request.POST.get(name, "") for name in ("type_code", "purpose", "legal_basis", "number")}
    typed["days"] = request.POST.get("days", USUAL_DAYS)
    errors: dict[str, str] = {}
    refusal: Conflict | UpstreamError | None = None
    share = None
    try:
        if "share_id" in request.POST:
            return _copy(request, number)
        if "seen" in request.POST:
            peers.see_foreign_change(share_id=_share_id(request, "seen"), actor=actor, at=at)
            return redirect("desk:licence-elsewhere", number=number)
        if request.method == "POST":
            share = peers.ask_elsewhere(
                case_number=number,
                type_code=typed["type_code"].strip(),
                purpose=typed["purpose"],
                days=int(typed["days"]) if typed["days"].isdecimal() else 0,
                legal_basis=typed["legal_basis"],
                number=typed["number"],
                actor=actor,
                at=at,
            )
    except InvalidInput as error:
        errors = error.fields
    except (Conflict, UpstreamError) as error:
        refusal = error
    context = {
        "case": case,
        "typed": typed,
        "errors": errors,
        "refusal": refusal,
        "share": share,
        "look": LOOKS[share.state] if share else None,
        "uses": selectors.foreign_uses(actor=actor, case_number=number),
    }
    status = refusal.status if refusal else 422 if errors else 200
    return desk_page(
        request, "desk/licence_elsewhere.html", context, actor=actor, current="inbox", at=at, status=status
    )


def _copy(request: HttpRequest, number: str) -> HttpResponse:
    copy = peers.fetch_copy(
        case_number=number,
        node_code=request.POST.get("node", ""),
        share_id=_share_id(request, "share_id"),
        actor=staff(request),
        at=clock.now(),
    )
    response = HttpResponse(copy.content, content_type="application/ofd")
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=copy.name) or "attachment"
    )
    return response


def _share_id(request: HttpRequest, name: str) -> UUID:
    try:
        return UUID(request.POST[name])
    except ValueError as error:
        raise InvalidInput(fields={name: _("没有这个证照共享请求")}) from error
