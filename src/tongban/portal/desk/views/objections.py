"""
Objections of people to looks at their records: the agency's list, and answering one.
"""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.resources.registers.selectors import agency_names
from tongban.support.privacy import selectors, services
from tongban.support.privacy.values import Finding, ObjectionState


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what waits for an answer, the nearest date first; answered ones on request.
    """
    actor, at = staff(request), clock.now()
    state = ObjectionState.ANSWERED if "answered" in request.GET else ObjectionState.OPEN
    cursor = request.GET.get("cursor") or None
    page = selectors.objections_to_answer(actor=actor, on=civil_date(at), state=state, cursor=cursor)
    context = {
        "rows": page.items,
        "agencies": agency_names(codes={row.agency_code for row in page.items}, actor=actor),
        "is_answered": state is ObjectionState.ANSWERED,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/objection_list.html", context, actor=actor, current="objections", at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, objection_id: UUID) -> HttpResponse:
    """
    Show one objection with its look, and take the answer.
    """
    actor, at = staff(request), clock.now()
    row = selectors.objection(objection_id=objection_id, actor=actor, on=civil_date(at))
    typed = {name: request.POST.get(name, "") for name in ("finding", "answer")}
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            services.answer_objection(
                objection_id=objection_id,
                finding=typed["finding"],
                answer=typed["answer"],
                actor=actor,
                at=at,
            )
        except InvalidInput as error:
            errors = dict(error.fields)
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("desk:objection-list")
        else:
            messages.success(request, _("答复已发给当事人"))
            return redirect("desk:objection-list")
    names = agency_names(codes={row.agency_code}, actor=actor)
    context = {
        "row": row,
        "agency": names.get(row.agency_code, row.agency_code),
        "purpose": str(Purpose(row.purpose).label) if row.purpose in Purpose.values else "",
        "findings": Finding.choices,
        "typed": typed,
        "errors": errors,
    }
    return desk_page(
        request,
        "desk/objection_show.html",
        context,
        actor=actor,
        current="objections",
        at=at,
        status=422 if errors else 200,
    )
