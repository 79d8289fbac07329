"""
我已处理: what the actor did last.
"""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.business.handling import selectors as handling
from tongban.business.handling.values import Outcome
from tongban.foundation import clock
from tongban.foundation.languages import in_language
from tongban.portal.desk import permissions
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)

LOOKS = {Outcome.PASS: "good", Outcome.GRANT: "good", Outcome.RETURN: "warn", Outcome.REFUSE: "bad"}


@dataclass(frozen=True, kw_only=True, slots=True)
class DoneLine:
    """
    One stage the actor has ended.
    """

    number: str
    service_name: str
    stage: str
    outcome: str
    look: str
    """Kind of the tag that shows the outcome."""
    opinion: str
    done_at: datetime
    href: str


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show the fifty stages the actor ended last.
    """
    actor, at = staff(request), clock.now()
    permissions.open_work.require(actor)
    lines = [_line(item) for item in handling.done_items(actor=actor)]
    return desk_page(request, "desk/done_list.html", {"lines": lines}, actor=actor, current="done", at=at)


def _line(item: handling.DoneItem) -> DoneLine:
    return DoneLine(
        number=item.case_number,
        service_name=in_language(item.service_name, item.service_name_en),
        stage=str(item.stage.label),
        outcome=str(item.outcome.label),
        look=LOOKS[item.outcome],
        opinion=item.opinion,
        done_at=item.done_at,
        href=reverse("desk:case-show", kwargs={"number": item.case_number}),
    )
