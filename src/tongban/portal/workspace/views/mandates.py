"""
授权管理: what one has granted, what one was granted, and what waits for an answer.
"""

import uuid
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.business.catalogue import selectors as catalogue
from tongban.business.catalogue.selectors import BrowseQuery
from tongban.business.catalogue.values import Audience
from tongban.foundation import clock, policy
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.foundation.languages import in_language
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import require_fresh_check
from tongban.support.identity.values import HighRiskAct
from tongban.support.mandates import selectors, services
from tongban.support.mandates.values import (
    FUNCTION_NAMES,
    NOT_USED_YET,
    NOT_USED_YET_WORDS,
    Grant,
    MandateKind,
)

ITEMS_SHOWN = 60
USUAL_DAYS = 365
ALL, SOME = "all", "some"
USUAL_FUNCTIONS = (MandateFunction.APPLY, MandateFunction.QUERY)


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show what waits for an answer, what lets one act for others, and what one has granted in one's own name.
    """
    actor, at = actor_of(request), clock.now()
    if actor.acting_for is not None:
        return render(request, "workspace/mandate_oneself.html", {})
    context = {
        "offers": selectors.offered(actor=actor, at=at),
        "received": selectors.received(actor=actor, at=at),
        "given": selectors.given(actor=actor, at=at),
    }
    return render(request, "workspace/mandate_list.html", context)


@never_cache
@require_safe
def show_mandate(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """
    Show one mandate with its life.
    """
    return render(request, "workspace/mandate_show.html", _shown(request, mandate_id))


@never_cache
@require_safe
def print_mandate(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """
    Show one mandate as a letter of authority to be printed. Source: 民法典 art. 165.
    """
    return render(request, "workspace/mandate_print.html", {**_shown(request, mandate_id), "at": clock.now()})


@never_cache
@require_POST
def answer(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """
    Accept or decline what was offered.
    """
    actor, at = actor_of(request), clock.now()
    if request.POST.get("answer") == "accept":
        services.accept_mandate(mandate_id=mandate_id, actor=actor, at=at)
        messages.success(request, _("授权已接受，可以在“切换身份”中以授权人的身份办理"))
    else:
        services.decline_mandate(mandate_id=mandate_id, actor=actor, at=at)
        messages.success(request, _("已谢绝这项授权"))
    return redirect("workspace:mandate-show", mandate_id=mandate_id)


@never_cache
@require_POST
def end(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """
    Take back what one has granted, or give up what one was granted.
    """
    services.end_mandate(mandate_id=mandate_id, actor=actor_of(request), at=clock.now())
    messages.success(request, _("授权已终止，立即生效"))
    return redirect("workspace:mandate-show", mandate_id=mandate_id)


@never_cache
@require_http_methods(["GET", "POST"])
def offer(request: HttpRequest) -> HttpResponse:
    """
    Grant a mandate in one's own name, or in that of an entity that one represents (`?entity=`).
    """
    actor, at = actor_of(request), clock.now()
    policy.require_person(actor)
    require_fresh_check(actor, act=HighRiskAct.GRANT_MANDATE, at=at)
    entity = None
    if entity_id := _entity_id(request):
        entity = selectors.entity(entity_id=entity_id, actor=actor, at=at)
        if not entity.is_representative:
            raise NotFound
    elif actor.acting_for is not None:
        return render(request, "workspace/mandate_oneself.html", {})
    today = civil_date(at)
    if request.method == "GET":
        return _form(request, entity=entity, typed=_usual(today), today=today)
    typed = _typed(request)
    grant, wrong = _grant(typed)
    if wrong:
        return _form(request, entity=entity, typed=typed, errors=wrong, today=today, status=422)
    try:
        receipt = services.offer_mandate(
            name=typed["name"],
            number=typed["number"],
            grant=grant,
            entity_id=entity_id,
            actor=actor,
            at=at,
        )
    except InvalidInput as error:
        return _form(request, entity=entity, typed=typed, errors=error.fields, today=today, status=422)
    messages.success(request, _("授权已发出。对方登录后在“授权管理”中接受，授权才生效"))
    return redirect("workspace:mandate-show", mandate_id=receipt.mandate_id)


def _shown(request: HttpRequest, mandate_id: uuid.UUID) -> dict[str, Any]:
    actor = actor_of(request)
    detail = selectors.mandate(mandate_id=mandate_id, actor=actor, at=clock.now())
    codes = detail.mandate.items or ()
    known = {one.code: one for one in catalogue.offerings_by_codes(codes=codes, actor=actor)}
    return {
        "mandate": detail.mandate,
        "log": detail.log,
        "functions": [str(FUNCTION_NAMES[function]) for function in detail.mandate.functions],
        "later": str(NOT_USED_YET_WORDS) if NOT_USED_YET.intersection(detail.mandate.functions) else "",
        "items": [
            in_language(known[code].name, known[code].name_en)
            if code in known
            else _("编码以 %(code)s 开头的事项") % {"code": code}
            for code in codes
        ],
        "is_entity": detail.mandate.kind in {MandateKind.AGENT, MandateKind.REPRESENTATIVE},
    }


def _form(
    request: HttpRequest,
    *,
    entity: Any,
    typed: dict[str, Any],
    today: date,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "entity": entity,
        "typed": typed,
        "errors": errors or {},
        "functions": [(function.value, str(FUNCTION_NAMES[function])) for function in MandateFunction],
        "later": str(NOT_USED_YET_WORDS),
        "items": _items(actor_of(request), for_entity=entity is not None),
        "today": today,
    }
    return render(request, "workspace/mandate_offer.html", context, status=status)


def _items(actor: Actor, *, for_entity: bool) -> list[tuple[str, str]]:
    """
    Return what can be applied for online, the most used first.
    """
    audience = Audience.LEGAL if for_entity else Audience.PERSON
    page = catalogue.browse(
        query=BrowseQuery(audience=audience, online_only=True), actor=actor, limit=ITEMS_SHOWN
    )
    return [(row.code, in_language(row.name, row.name_en)) for row in page.items]


def _entity_id(request: HttpRequest) -> uuid.UUID | None:
    wanted = request.POST.get("entity") or request.GET.get("entity")
    if not wanted:
        return None
    try:
        return uuid.UUID(wanted)
    except ValueError as error:
        raise NotFound from error


def _usual(today: date) -> dict[str, Any]:
    return {
        "name": "",
        "number": "",
        "functions": [function.value for function in USUAL_FUNCTIONS],
        "extent": ALL,
        "items": [],
        "more": "",
        "from": today.isoformat(),
        "to": (today + timedelta(days=USUAL_DAYS - 1)).isoformat(),
    }


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {
        "name": request.POST.get("name", "")[:100],
        "number": request.POST.get("number", "")[:40],
        "functions": request.POST.getlist("functions"),
        "extent": request.POST.get("extent", ALL),
        "items": request.POST.getlist("items"),
        "more": request.POST.get("more", ""),
        "from": request.POST.get("from", ""),
        "to": request.POST.get("to", ""),
    }


def _grant(typed: dict[str, Any]) -> tuple[Grant, dict[str, str]]:
    """
    Return what is to be granted, and which of what was typed is no date at all.
    """
    wrong: dict[str, str] = {}
    begins, last = _day(typed["from"]), _day(typed["to"])
    if begins is None:
        wrong["valid_from"] = _("请填写开始日期")
    if last is None:
        wrong["valid_until"] = _("请填写结束日期")
    functions = frozenset(function for function in MandateFunction if function.value in typed["functions"])
    grant = Grant(
        functions=functions,
        items=(*typed["items"], *typed["more"].split()) if typed["extent"] == SOME else None,
        valid_from=begins or date.min,
        valid_until=last + timedelta(days=1) if last and last < date.max else None,
    )
    return grant, wrong


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
