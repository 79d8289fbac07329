"""
安全: what was strange, and when something counts as strange; for security administrators.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import audit, clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.support.security import selectors, services
from tongban.support.security.values import EventKind, EventState, RuleFact, Severity

WAITING = "waiting"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """
    A rule with the form that changes it.
    """

    fact: RuleFact
    errors: dict[str, str]


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show events, newest first; those that are not closed unless others are asked for.
    """
    actor, at = staff(request), clock.now()
    given = request.GET.get("state", "")
    state = EventState(given) if given in EventState.values else None
    cursor = request.GET.get("cursor") or None
    page = selectors.events(state=state, actor=actor, cursor=cursor)
    counts = selectors.security_counts(actor=actor, at=at)
    context = {
        "lines": page.items,
        "links": [
            ("?", _("未关闭"), state is None, counts.open + counts.acknowledged),
            *(
                (f"?state={one.value}", str(one.label), state is one, number)
                for one, number in (
                    (EventState.OPEN, counts.open),
                    (EventState.ACKNOWLEDGED, counts.acknowledged),
                    (EventState.CLOSED, None),
                )
            ),
        ],
        "by_kind": [(str(kind.label), number) for kind, number in counts.by_kind],
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/security.html", context, actor=actor, current="security", at=at)


@never_cache
@require_safe
def show_event(request: HttpRequest, event_id: int) -> HttpResponse:
    """
    Show one event with the entries it is made of.
    """
    return _event_page(request, staff(request), event_id)


@never_cache
@require_POST
def acknowledge(request: HttpRequest, event_id: int) -> HttpResponse:
    """
    Take an event up.
    """
    actor = staff(request)
    try:
        services.acknowledge_event(event_id=event_id, actor=actor, at=clock.now())
    except services.EventMovedOn as error:
        return _event_page(request, actor, event_id, refusal=error)
    messages.success(request, _("已接手"))
    return redirect("desk:security-event", event_id=event_id)


@never_cache
@require_POST
def close(request: HttpRequest, event_id: int) -> HttpResponse:
    """
    Close an event, with words.
    """
    actor = staff(request)
    try:
        services.close_event(
            event_id=event_id, words=request.POST.get("words", ""), actor=actor, at=clock.now()
        )
    except (InvalidInput, services.EventMovedOn) as error:
        return _event_page(request, actor, event_id, refusal=error)
    messages.success(request, _("已关闭"))
    return redirect("desk:security-list")


@never_cache
@require_http_methods(["GET", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """
    Show every rule; change one.
    """
    actor, at = staff(request), clock.now()
    errors: dict[str, str] = {}
    changed = request.POST.get("kind", "")
    if request.method == "POST":
        if changed not in EventKind.values:
            raise Http404
        try:
            services.change_rule(actor=actor, at=at, **_sent_rule(request))
        except InvalidInput as error:
            errors = error.fields
        else:
            messages.success(request, _("规则已更新，即时生效"))
            return redirect("desk:security-rules")
    return _rules_page(request, actor, errors=errors, changed=changed)


@never_cache
@require_POST
def contact(request: HttpRequest) -> HttpResponse:
    """
    Say on which mobile one is told of alarms.
    """
    actor = staff(request)
    try:
        services.choose_alarm_mobile(mobile=request.POST.get("mobile", ""), actor=actor, at=clock.now())
    except InvalidInput as error:
        return _rules_page(request, actor, errors={}, changed="", mobile_error=error.fields["mobile"])
    messages.success(request, _("已保存"))
    return redirect("desk:security-rules")


def _rules_page(
    request: HttpRequest, actor: Actor, *, errors: dict[str, str], changed: str, mobile_error: str = ""
) -> HttpResponse:
    context = {
        "rules": [
            Rule(fact=fact, errors=errors if fact.kind.value == changed else {})
            for fact in selectors.rules(actor=actor)
        ],
        "severities": Severity.choices,
        "mobile": selectors.alarm_mobile(actor=actor),
        "typed_mobile": request.POST.get("mobile", ""),
        "mobile_error": mobile_error,
    }
    status = InvalidInput.status if errors or mobile_error else 200
    return desk_page(
        request,
        "desk/security_rules.html",
        context,
        actor=actor,
        current="security-rules",
        at=clock.now(),
        status=status,
    )


def _event_page(
    request: HttpRequest, actor: Actor, event_id: int, *, refusal: ServiceError | None = None
) -> HttpResponse:
    fields: dict[str, str] = getattr(refusal, "fields", {})
    event = selectors.event_fact(event_id=event_id, actor=actor)
    context = {
        "event": event,
        "entries": [
            {**entry, "title": audit.title_of(entry["action"])} for entry in event.facts.get("entries", [])
        ],
        "errors": fields,
        "summary": list(fields.items()),
        "refusal": None if fields else refusal,
        "words": request.POST.get("words", ""),
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request,
        "desk/security_event.html",
        context,
        actor=actor,
        current="security",
        at=clock.now(),
        status=status,
    )


def _sent_rule(request: HttpRequest) -> dict[str, Any]:
    given = request.POST.get("severity", "")
    return {
        "kind": EventKind(request.POST["kind"]),
        "is_on": "is_on" in request.POST,
        "threshold": _number(request.POST.get("threshold", "")),
        "window_minutes": _number(request.POST.get("window_minutes", "")),
        "severity": Severity(given) if given in Severity.values else Severity.MEDIUM,
        "is_alarm": "is_alarm" in request.POST,
    }


def _number(text: str) -> int:
    """
    Return a number as typed; what is none is out of every range.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("100000") else 0
