"""
How data services are used: figures by day, provider and subscriber, the evidence of calls, alarms and their rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import Text
from tongban.foundation.paging import page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views import sharing_forms as forms
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.sharing import selectors, services
from tongban.resources.sharing.selectors.figures import Figure
from tongban.resources.sharing.values import AlarmKind

FIGURES: Final = "sharing-figures"
CALLS: Final = "sharing-calls"
TERMS: Final = (7, 30, 90)
USUAL_TERM: Final = 30
HEIGHT: Final = 100
UNITS: Final[dict[str, Text]] = {
    AlarmKind.ERROR_RATE.value: "%",
    AlarmKind.LATENCY.value: gettext_lazy("毫秒"),
    AlarmKind.QUOTA.value: "%",
    AlarmKind.DENIED.value: pgettext_lazy("count", "次"),
    AlarmKind.CIRCUIT.value: pgettext_lazy("count", "次"),
}
"""In which an alarm's threshold is written."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """
    One day as it is drawn, of a height of 100.
    """

    day: date
    figure: Figure | None
    x: int
    height: int
    bad_height: int


@never_cache
@require_safe
def show_figures(request: HttpRequest) -> HttpResponse:
    """
    Show figures of the last days, and the alarms that have not ended.
    """
    actor = staff(request)
    today = clock.civil_date(clock.now())
    days = _term(request)
    code = request.GET.get("service", "")[:64]
    first = today - timedelta(days=days - 1)
    seen = selectors.figures(actor=actor, first=first, last=today, code=code)
    bars = _bars(seen.days, first=first, days=days)
    context = {
        "seen": seen,
        "bars": bars,
        "width": len(bars) * 10,
        "most": max((figure.calls for figure in seen.days), default=0),
        "total": sum(figure.calls for figure in seen.days),
        "bad": sum(figure.errors for figure in seen.days),
        "days": days,
        "terms": [(f"?days={each}", _("近 %(days)s 天") % {"days": each}, each == days) for each in TERMS],
        "agency": forms.agency_name(actor),
        "alarms": selectors.open_alarms(actor=actor),
        "rules": selectors.alarm_rules(actor=actor),
        "may_compile": selectors.may_compile(actor=actor),
        "service": code,
    }
    return data_page(request, "data/sharing_figures.html", context, actor=actor, current=FIGURES)


@never_cache
@require_safe
def export_figures(request: HttpRequest) -> StreamingHttpResponse:
    """
    Give the figures of the last days as a table: a row for a day, service and subscriber.
    """
    actor = staff(request)
    today = clock.civil_date(clock.now())
    rows = selectors.all_figures(actor=actor, first=today - timedelta(days=_term(request) - 1), last=today)
    headings = (
        *(_("日期"), _("服务编码"), _("服务名称"), _("提供方"), _("使用方"), _("使用系统")),
        *(_("调用次数"), _("出错次数"), _("响应时间中位数（毫秒）"), _("响应时间 95 分位（毫秒）")),
    )
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="data-services.csv"'
    return response


@never_cache
@require_safe
def show_calls(request: HttpRequest) -> HttpResponse:
    """
    Show the evidence of calls: who asked what for, and the digests; never the data.
    """
    actor = staff(request)
    code, cursor = request.GET.get("service", "")[:64], request.GET.get("cursor") or None
    page = selectors.calls_page(actor=actor, code=code, cursor=cursor)
    context = {
        "lines": page.items,
        "agency": forms.agency_name(actor),
        "service": code,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/sharing_calls.html", context, actor=actor, current=CALLS)


@never_cache
@require_http_methods(["GET", "POST"])
def edit_rules(request: HttpRequest) -> HttpResponse:
    """
    Say when the own agency's stewards are alarmed.
    """
    actor, at = staff(request), clock.now()
    rules = selectors.alarm_rules(actor=actor)

    def act() -> HttpResponse:
        for rule in rules:
            services.save_rule(
                kind=rule.kind,
                threshold=forms.number_typed(request.POST, f"{rule.kind}-threshold"),
                minutes=forms.number_typed(request.POST, f"{rule.kind}-minutes"),
                is_on=request.POST.get(f"{rule.kind}-on") == "1",
                actor=actor,
                at=at,
            )
        messages.success(request, _("告警规则已保存"))
        return redirect("data:sharing-figures")

    tried = forms.attempt(request, act)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "rules": rules,
        "typed": request.POST,
        "posted": request.method == "POST",
        "errors": tried.errors,
        "refusal": tried.refusal,
        "quota": AlarmKind.QUOTA,
        "units": UNITS,
    }
    return data_page(
        request, "data/sharing_rules.html", context, actor=actor, current=FIGURES, status=tried.status
    )


def _term(request: HttpRequest) -> int:
    days = request.GET.get("days", "")
    return int(days) if days in {str(each) for each in TERMS} else USUAL_TERM


def _bars(figures: Sequence[Figure], *, first: date, days: int) -> list[Bar]:
    known = {figure.key: figure for figure in figures}
    most = max((figure.calls for figure in figures), default=0) or 1
    bars = []
    for place in range(days):
        day = first + timedelta(days=place)
        figure = known.get(day.isoformat())
        calls, errors = (figure.calls, figure.errors) if figure else (0, 0)
        height = max(1, round(calls * HEIGHT / most)) if calls else 0
        bad = max(1, round(errors * HEIGHT / most)) if errors else 0
        bars.append(Bar(day=day, figure=figure, x=place * 10, height=height, bad_height=min(bad, height)))
    return bars
