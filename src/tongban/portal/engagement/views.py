"""
我要评: rate a finished case, once, in two steps that also work without JavaScript: the grade, then its tags.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.business.casework import selectors, services
from tongban.business.casework.values import Action
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput, NotAuthenticated
from tongban.foundation.languages import is_english
from tongban.portal.engagement.values import GRADES, tags_for
from tongban.resources.registers import selectors as registers
from tongban.support.identity.selectors import actor_of


@never_cache
@require_http_methods(["GET", "POST"])
def give_rating(request: HttpRequest, number: str) -> HttpResponse:
    """
    Ask for the grade, then for tags and words; the rating is given when it is sent.
    """
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    case = selectors.case_by_number(actor=actor, number=number, at=clock.now(), calendar=current_calendar())
    if Action.RATE not in case.actions:
        text = _("您已评价过该办件") if case.state.rating else _("办结后才能评价")
        messages.info(request, text)
        return redirect("workspace:case-show", number=number)
    stars = _stars(request)
    context = _context(case, stars, request)
    if request.method == "GET" or stars is None or "send" not in request.POST:
        errors = [("stars", _("请选择满意度"))] if request.method == "POST" and stars is None else []
        return render(
            request,
            "engagement/rating_give.html",
            {**context, "errors": errors},
            status=422 if errors else 200,
        )
    try:
        services.rate(
            number=number,
            stars=stars,
            tags=request.POST.getlist("tags"),
            comment=request.POST.get("comment", "").strip(),
            actor=actor,
            at=clock.now(),
            calendar=current_calendar(),
        )
    except InvalidInput as error:
        context["errors"] = list(error.fields.items())
        return render(request, "engagement/rating_give.html", context, status=error.status)
    messages.success(request, _("谢谢您的评价"))
    return redirect("workspace:case-show", number=number)


def _context(case: selectors.CaseDetail, stars: int | None, request: HttpRequest) -> dict[str, object]:
    english = is_english() and case.terms.service_name_en
    return {
        "number": case.number,
        "name": case.terms.service_name_en if english else case.terms.service_name,
        "agency": _agency_name(case, actor_of(request)),
        "grades": [(str(value), words) for value, words in GRADES.items()],
        "stars": stars,
        "grade": GRADES[stars] if stars else "",
        "tags": tags_for(stars) if stars else [],
        "chosen": request.POST.getlist("tags"),
        "comment": request.POST.get("comment", ""),
        "errors": [],
    }


def _agency_name(case: selectors.CaseDetail, actor: Actor) -> str:
    terms = case.terms
    if not is_english():
        return terms.agency_name
    names = registers.english_agency_names(codes=[terms.agency_code], actor=actor)
    return names.get(terms.agency_code, terms.agency_name)


def _stars(request: HttpRequest) -> int | None:
    given = request.POST.get("stars") or request.GET.get("stars", "")
    return int(given) if given.isascii() and given.isdigit() and int(given) in GRADES else None
