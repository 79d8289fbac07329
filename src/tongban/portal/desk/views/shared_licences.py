"""
共享证照: the licences a case uses, asking for one, reading one; and those that have changed since.
"""

from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values.sharing import SharedFace, ShareFacts, ShareState
from tongban.foundation import clock
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import require_case
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.portal.desk.views.lists import page_url

CURRENT: Final = "shared-licences"
USUAL_DAYS: Final = "30"
LOOKS: Final = {
    ShareState.ASKED: ("info", "clock-plus"),
    ShareState.GIVEN: ("good", "circle-check"),
    ShareState.REFUSED: ("bad", "alert-circle"),
    ShareState.WITHDRAWN: ("warn", "alert-triangle"),
    ShareState.OVER: ("", "minus"),
}
"""Kind and icon of the tag that shows the state."""


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show which licences the agency's or area's cases use; first those that have changed and nobody took note of.
    """
    actor, at = staff(request), clock.now()
    shows_all, cursor = "all" in request.GET, request.GET.get("cursor") or None
    page = selectors.licence_shares(actor=actor, at=at, is_changed=not shows_all, cursor=cursor)
    context = {
        "rows": [share_row(share) for share in page.items],
        "foreign": selectors.foreign_uses(actor=actor, is_changed=not shows_all) if not cursor else [],
        "shows_all": shows_all,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/shared_licence_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, number: str) -> HttpResponse:
    """
    Ask for a licence of the applicant of a case.
    """
    actor, at = staff(request), clock.now()
    case = require_case(actor, number, at=at)
    typed = {name: request.POST.get(name, "") for name in ("type_code", "purpose", "legal_basis", "number")}
    typed["days"] = request.POST.get("days", USUAL_DAYS)
    errors: dict[str, str] = {}
    refusal: Conflict | None = None
    if request.method == "POST":
        try:
            receipt = services.ask_for_licence(
                case_number=number,
                type_code=typed["type_code"],
                purpose=typed["purpose"],
                days=int(typed["days"]) if typed["days"].isdecimal() else 0,
                legal_basis=typed["legal_basis"],
                number=typed["number"],
                actor=actor,
                at=at,
            )
        except InvalidInput as error:
            errors = error.fields
        except Conflict as error:
            refusal = error
        else:
            said = _("已取得加注件") if receipt.state is ShareState.GIVEN else _("已请持证人答复")
            messages.success(request, said)
            return redirect("desk:case-show", number=number)
    types = selectors.licence_types(actor=actor, limit=100).items
    context = {
        "case": case,
        "typed": typed,
        "errors": errors,
        "refusal": refusal,
        "types": [(kind.code, in_language(kind.name, kind.name_en)) for kind in types if kind.version],
    }
    status = refusal.status if refusal else 422 if errors else 200
    return desk_page(
        request, "desk/shared_licence_ask.html", context, actor=actor, current="inbox", at=at, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Show where a share stands; on request what the licence says, which its holder reads of.
    """
    actor, at = staff(request), clock.now()
    face: SharedFace | None = None
    if request.method == "POST":
        try:
            face = services.read_shared_face(share_id=share_id, actor=actor, at=at)
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("desk:shared-licence-show", share_id=share_id)
    share = selectors.licence_share(share_id=share_id, actor=actor, at=at)
    lines = [(in_language(line.label, line.label_en), line.value) for line in face.lines] if face else []
    context = {"row": share_row(share), "face": face, "lines": lines}
    return desk_page(request, "desk/shared_licence_show.html", context, actor=actor, current=CURRENT, at=at)


@require_POST
def see(request: HttpRequest, share_id: UUID) -> HttpResponse:
    """
    Take note of what has become of a licence.
    """
    services.see_notices(share_id=share_id, actor=staff(request), at=clock.now())
    return redirect("desk:shared-licence-show", share_id=share_id)


def share_row(share: ShareFacts) -> dict[str, Any]:
    """
    Return a share as lists and the page of a case show it.
    """
    return {
        "share": share,
        "type_name": in_language(share.type_name, share.type_name_en),
        "service_name": in_language(share.service_name, share.service_name_en),
        "look": LOOKS[share.state],
        "unseen": [notice for notice in share.notices if not notice.is_seen],
    }
