"""
审计: what was done, by whom, from where; for audit administrators, who see nothing else.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.audit import Outcome
from tongban.foundation.clock import civil_date
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.security import selectors, services
from tongban.support.security.values import AuditFilter, AuditLine, ExportForm

USUAL_DAYS = 7
LONGEST_TEXT = 128
FIRST_YEAR, LAST_YEAR = 2000, 2200
MEDIA_TYPES = {ExportForm.CSV: "text/csv; charset=utf-8", ExportForm.JSONL: "application/x-ndjson"}
OUTCOMES = {
    Outcome.SUCCESS: gettext_lazy("成功"),
    Outcome.REFUSED: gettext_lazy("被拒绝"),
    Outcome.FAILED: gettext_lazy("失败"),
}
KINDS = {
    "PERSON": gettext_lazy("个人"),
    "STAFF": gettext_lazy("工作人员"),
    "CLIENT": gettext_lazy("系统接入"),
    "SYSTEM": gettext_lazy("平台自身"),
    "ANONYMOUS": gettext_lazy("未登录"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """
    An entry as the list shows it.
    """

    line: AuditLine
    outcome: str
    is_bad: bool
    who: str
    facts: str
    """JSON, for whoever opens the row."""


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show entries of the trail, newest first, and the state of the chain.
    """
    actor, at = staff(request), clock.now()
    wanted = _wanted(request, today=civil_date(at))
    cursor = request.GET.get("cursor") or None
    page = selectors.audit_entries(wanted=wanted, actor=actor, cursor=cursor)
    context = {
        "entries": [_entry(line) for line in page.items],
        "chain": selectors.chain_state(actor=actor),
        "wanted": wanted,
        "outcomes": [(outcome.value, str(name)) for outcome, name in OUTCOMES.items()],
        "forms": ExportForm.choices,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
        "is_filtered": bool(request.GET),
    }
    return desk_page(request, "desk/audit.html", context, actor=actor, current="audit", at=at)


@never_cache
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """
    Hand the entries that are looked for out as a file; who took what is an entry itself.
    """
    actor, at = staff(request), clock.now()
    wanted = _wanted(request, today=civil_date(at))
    given = request.POST.get("form", "")
    form = ExportForm(given) if given in ExportForm.values else ExportForm.CSV
    lines = services.export_audit(wanted=wanted, form=form, actor=actor, at=at)
    response = StreamingHttpResponse(lines, content_type=MEDIA_TYPES[form])
    name = f"audit-{wanted.since:%Y%m%d}-{wanted.until:%Y%m%d}.{form.value}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted(request: HttpRequest, *, today: date) -> AuditFilter:
    sent = request.POST if request.method == "POST" else request.GET

    def text(name: str) -> str:
        return sent.get(name, "").strip()[:LONGEST_TEXT]

    until = _day(text("until")) or today
    since = _day(text("since")) or until - timedelta(days=USUAL_DAYS - 1)
    outcome = text("outcome")
    return AuditFilter(
        since=min(since, until),
        until=max(since, until),
        actor_id=text("actor"),
        action=text("action"),
        subject=text("subject"),
        outcome=outcome if outcome in {one.value for one in Outcome} else "",
        address=text("address"),
    )


def _day(text: str) -> date | None:
    """
    Return a day as typed; None for none, and for one that no trail reaches.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year < LAST_YEAR else None


def _entry(line: AuditLine) -> Entry:
    known = {outcome.value for outcome in Outcome}
    kind = str(KINDS.get(line.actor_kind, line.actor_kind))
    return Entry(
        line=line,
        outcome=str(OUTCOMES[Outcome(line.outcome)]) if line.outcome in known else line.outcome,
        is_bad=line.outcome != Outcome.SUCCESS,
        who=line.actor_name or _("%(kind)s %(tail)s") % {"kind": kind, "tail": line.actor_id[-12:]},
        facts=msgspec.json.format(msgspec.json.encode(line.facts), indent=1).decode(),
    )
