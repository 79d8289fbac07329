"""
全部地区的办件: one list over every node that answers.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.languages import in_language, is_english
from tongban.portal.workspace.views.cases import person_of
from tongban.support.federation import selectors, services
from tongban.support.federation.values import CasesAt, OwnCase


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """
    One case in the list over all nodes.
    """

    number: str
    name: str
    status: str
    place: str
    submitted_at: datetime
    due: str
    href: str
    is_here: bool


@never_cache
@require_safe
def show_everything(request: HttpRequest) -> HttpResponse:
    """
    Show one's cases at every node, the latest first, each with where it lives; nodes that do not answer are named.
    """
    actor = person_of(request)
    told = services.cases_everywhere(actor=actor, at=clock.now())
    home = selectors.home_of(person_id=UUID(actor.person_id)) if actor.person_id else ""
    lines = [_line(case, place, home=home) for place in told for case in place.cases]
    context = {
        "lines": sorted(lines, key=lambda line: line.submitted_at, reverse=True),
        "silent": [place.name for place in told if not place.is_answered],
        "answered": [place.name for place in told if place.is_answered],
    }
    return render(request, "workspace/case_everywhere.html", context)


def _line(case: OwnCase, place: CasesAt, *, home: str) -> Line:
    return Line(
        number=case.number,
        name=in_language(case.service_name, case.service_name_en),
        status=case.status_title_en if is_english() else case.status_title,
        place=place.name,
        submitted_at=datetime.fromisoformat(case.submitted_at),
        due=case.due,
        href=_address(case, place, home=home),
        is_here=not place.address,
    )


def _address(case: OwnCase, place: CasesAt, *, home: str) -> str:
    """
    Return where a case is shown; elsewhere by way of a login with the account the person has.
    """
    page = reverse("workspace:case-show", kwargs={"number": case.number})
    if not place.address:
        return page
    keeper = home or settings.TONGBAN_NODE.division_code
    if keeper == place.code:
        return f"{place.address}{page}"
    return (
        f"{place.address}{reverse('federation:begin', kwargs={'code': keeper})}?{urlencode({'next': page})}"
    )
