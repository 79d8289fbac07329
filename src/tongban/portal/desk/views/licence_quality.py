"""
证照质量: what the rules found at night, to be repaired or explained; a list, a file, and the page of one.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values.quality import (
    FindingAct,
    FindingLine,
    FindingState,
    QualityRule,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.sheets import csv_lines
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.resources.registers import selectors as registers

CURRENT: Final = "licence-quality"
LONGEST_CODE: Final = 32
LOOKS: Final = {
    FindingState.OPEN: ("warn", "alert-triangle"),
    FindingState.REPAIRED: ("info", "clock-plus"),
    FindingState.EXPLAINED: ("", "minus"),
    FindingState.RESOLVED: ("good", "circle-check"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class FindingView:
    """
    A finding as pages show it.
    """

    line: FindingLine
    rule: str
    state: str
    look: tuple[str, str]
    agency: str
    href: str
    subject_href: str
    """Page of the licence or of the type."""


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show findings, newest first, narrowed by rule, state and agency; what is open where nothing is said.

    :raises NotPermitted: the actor is shown none
    """
    actor, at = staff(request), clock.now()
    wanted = _wanted(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.quality_findings(actor=actor, cursor=cursor, **wanted)
    counts = selectors.quality_counts(actor=actor, agency=wanted["agency"])
    found = {(count.rule, count.state): count.count for count in counts}
    context = {
        "views": _views(page.items, actor),
        "rules": QualityRule.choices,
        "states": [(state.value, str(state.label)) for state in FindingState],
        "rule": wanted["rule"] or "",
        "state": request.GET.get("state", FindingState.OPEN.value),
        "agency": wanted["agency"],
        "counts": [
            (str(rule.label), [found.get((rule, state), 0) for state in FindingState])
            for rule in QualityRule
            if any(found.get((rule, state)) for state in FindingState)
        ],
        "export_url": f"{reverse('desk:licence-quality-export')}?{urlencode(_query(request))}",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/licence_quality_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_safe
def export(request: HttpRequest) -> StreamingHttpResponse:
    """
    Hand out the same findings as CSV; no personal data.

    :raises NotPermitted: the actor is shown none
    """
    rows = selectors.exported_findings(actor=staff(request), **_wanted(request))
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="licence-quality.csv"'
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, finding_id: uuid.UUID) -> HttpResponse:
    """
    Show a finding, and take what is said about it.

    :raises FindingNotFound: there is none, or the actor may not know of it
    """
    actor, at = staff(request), clock.now()
    detail = selectors.quality_finding(finding_id=finding_id, actor=actor)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        act = request.POST.get("act", "")
        if act not in FindingAct.values:
            raise NotFound
        note = request.POST.get("note", "")
        try:
            services.answer_finding(finding_id=finding_id, act=FindingAct(act), note=note, actor=actor, at=at)
        except InvalidInput as refusal:
            errors = dict(refusal.fields)
        else:
            messages.success(request, _("处理情况已记录"))
            return redirect("desk:licence-quality-show", finding_id=finding_id)
    context = {
        "detail": detail,
        "view": _views([detail.line], actor)[0],
        "acts": [(act.value, str(act.label)) for act in detail.acts],
        "errors": errors,
        "note": request.POST.get("note", ""),
    }
    status = 422 if errors else 200
    return desk_page(
        request, "desk/licence_quality_show.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


def _wanted(request: HttpRequest) -> dict[str, Any]:
    rule, state = request.GET.get("rule", ""), request.GET.get("state", FindingState.OPEN.value)
    return {
        "rule": QualityRule(rule) if rule in QualityRule.values else None,
        "state": FindingState(state) if state in FindingState.values else None,
        "agency": request.GET.get("agency", "").strip()[:LONGEST_CODE],
    }


def _query(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("rule", "state", "agency") if name in request.GET}


def _views(lines: list[FindingLine], actor: Actor) -> list[FindingView]:
    names = registers.agency_names(codes=[line.agency_code for line in lines], actor=actor)
    return [_view(line, names.get(line.agency_code, line.agency_code)) for line in lines]


def _view(line: FindingLine, agency: str) -> FindingView:
    page, name = ("licence-type-show", "type_code") if line.is_type else ("licence-show", "identifier")
    return FindingView(
        line=line,
        rule=str(line.rule.label),
        state=str(line.state.label),
        look=LOOKS[line.state],
        agency=agency,
        href=reverse("desk:licence-quality-show", kwargs={"finding_id": line.id}),
        subject_href=reverse(f"desk:{page}", kwargs={name: line.subject}),
    )


def _lines(rows: Iterator[FindingLine]) -> Iterator[bytes]:
    heads = [
        _("质量规则"),
        _("状态"),
        _("证照类型"),
        _("证照编号"),
        _("证照标识或类型代码"),
        _("责任机构代码"),
        _("说明"),
        _("发现时间"),
        _("发现次数"),
    ]
    return csv_lines(heads, map(_cells, rows))


def _cells(line: FindingLine) -> list[str | int]:
    found = line.found_at.astimezone(clock.CHINA).isoformat(timespec="seconds")
    facts: list[str | int] = [
        str(line.rule.label),
        str(line.state.label),
        line.name,
        line.number,
        line.subject,
    ]
    return [*facts, line.agency_code, line.detail, found, line.times_found]
