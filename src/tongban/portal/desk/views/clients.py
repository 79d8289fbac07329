"""
系统接入: other systems that call the interface, for system administrators: let in, rotate, restrict, end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotFound
from tongban.portal.desk.views.accounts import agency_options, attempt, colleague_options
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.resources.registers import selectors as registers
from tongban.support.identity import selectors, services
from tongban.support.identity.values import ClientFacts, Scope

LONGEST_DAYS = 3650
OVERLAPS_HOURS = (0, 24, 168)
"""For how long the old secret goes on working beside the new one."""
USUAL_OVERLAP_HOURS = 24


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientLine:
    """
    A system as the list shows it.
    """

    client: ClientFacts
    agency: str
    scopes: tuple[str, ...]
    state: str
    """open, expired or revoked."""
    href: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show every system that was ever let in; those let in now first.
    """
    actor, at = staff(request), clock.now()
    known = selectors.clients(actor=actor)
    names = registers.known_agency_codes(actor=actor)
    lines = [_line(client, names, at=at) for client in known]
    lines.sort(key=lambda line: (line.state != "open", line.client.client_id))
    context = {"lines": lines}
    return desk_page(request, "desk/client_list.html", context, actor=actor, current="clients", at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def let_in(request: HttpRequest) -> HttpResponse:
    """
    Let a system in; its secret is shown once.
    """
    actor, at = staff(request), clock.now()
    selectors.clients(actor=actor)
    tried = attempt(request, lambda: _let_in(request, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "typed": request.POST,
        "chosen": request.POST.getlist("scopes"),
        "errors": tried.errors,
        "refusal": tried.refusal,
        "scopes": [(value, label, value) for value, label in Scope.choices],
        "agencies": agency_options(actor),
    }
    return desk_page(
        request, "desk/client_new.html", context, actor=actor, current="clients", at=at, status=tried.status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, client_id: str) -> HttpResponse:
    """
    Show a system, and rotate its secret, restrict where it comes from, or end it.
    """
    actor, at = staff(request), clock.now()
    client = _client(client_id, actor)
    tried = attempt(
        request,
        lambda: _done(request, client, actor, at=at),
        actor=actor,
        at=at,
        asks_anew=request.method == "POST",
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "one": _line(client, registers.known_agency_codes(actor=actor), at=at),
        "networks": request.POST.get("networks", "\n".join(client.networks)),
        "overlaps": [(str(hours), overlap_words(hours)) for hours in OVERLAPS_HOURS],
        "overlap": request.POST.get("overlap", str(USUAL_OVERLAP_HOURS)),
        "colleagues": colleague_options(agency_code=client.agency_code, actor=actor),
        "responsible": request.POST.get("responsible", client.responsible_code),
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/client_show.html", context, actor=actor, current="clients", at=at, status=tried.status
    )


def _done(request: HttpRequest, client: ClientFacts, actor: Actor, *, at: datetime) -> HttpResponse:
    act = request.POST.get("act", "")
    if act == "rotate":
        receipt = services.rotate_client(
            client_id=client.client_id, overlap=chosen_overlap(request), actor=actor, at=at
        )
        return _secret_page(request, receipt.client_id, receipt.client_secret, actor=actor, at=at)
    if act == "restrict":
        services.restrict_client(
            client_id=client.client_id,
            networks=_networks(request),
            expires_at=client.expires_at,
            actor=actor,
            at=at,
        )
        messages.success(request, _("来源地址已更新，下一次请求起生效"))
    elif act == "assign":
        services.assign_client(
            client_id=client.client_id,
            responsible=request.POST.get("responsible", ""),
            actor=actor,
            at=at,
        )
        messages.success(request, _("责任人已更换。原责任人可能知道密钥，请更换密钥"))
    elif act == "revoke":
        services.revoke_client(client_id=client.client_id, actor=actor, at=at)
        messages.success(request, _("已停用，全部令牌立即失效"))
    else:
        raise NotFound
    return redirect("desk:client-show", client_id=client.client_id)


def _let_in(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    sent = {
        name: request.POST.get(name, "").replace("\x00", "").strip()
        for name in ("client_id", "name", "agency", "division", "responsible", "days")
    }
    if not sent["agency"]:
        raise InvalidInput(fields={"agency": _("请选择机构")})
    if not sent["responsible"]:
        raise InvalidInput(fields={"responsible": _("请填写责任人的人员编码")})
    services.require_known_place(agency_code=sent["agency"], division_code=sent["division"], actor=actor)
    receipt = services.create_client(
        client_id=sent["client_id"],
        name=sent["name"],
        scopes=request.POST.getlist("scopes"),
        agency_code=sent["agency"],
        division_code=sent["division"],
        networks=_networks(request),
        responsible=sent["responsible"],
        expires_at=at + timedelta(days=_days(sent["days"])) if sent["days"] else None,
        actor=actor,
        at=at,
    )
    return _secret_page(request, receipt.client_id, receipt.client_secret, actor=actor, at=at)


def _secret_page(
    request: HttpRequest, client_id: str, secret: str, *, actor: Actor, at: datetime
) -> HttpResponse:
    context = {"client_id": client_id, "secret": secret}
    return desk_page(request, "desk/client_secret.html", context, actor=actor, current="clients", at=at)


def _client(client_id: str, actor: Actor) -> ClientFacts:
    for client in selectors.clients(actor=actor):
        if client.client_id == client_id:
            return client
    raise NotFound


def _line(client: ClientFacts, names: dict[str, str], *, at: datetime) -> ClientLine:
    state = "open"
    if client.revoked_at is not None:
        state = "revoked"
    elif client.expires_at is not None and client.expires_at <= at:
        state = "expired"
    return ClientLine(
        client=client,
        agency=names.get(client.agency_code, client.agency_code),
        scopes=tuple(str(Scope(scope).label) for scope in client.scopes if scope in Scope.values),
        state=state,
        href=reverse("desk:client-show", kwargs={"client_id": client.client_id}),
    )


def _networks(request: HttpRequest) -> list[str]:
    return request.POST.get("networks", "").replace(",", " ").split()


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LONGEST_DAYS):
        raise InvalidInput(fields={"days": _("请填写 1 至 %(most)s 的天数") % {"most": LONGEST_DAYS}})
    return int(text)


def chosen_overlap(request: HttpRequest) -> timedelta:
    """
    Return for how long an old key is to go on working.

    :raises InvalidInput: that is not offered
    """
    given = request.POST.get("overlap", "")
    if given not in {str(hours) for hours in OVERLAPS_HOURS}:
        raise InvalidInput(fields={"overlap": _("请从列表中选择")})
    return timedelta(hours=int(given))


def overlap_words(hours: int) -> Any:
    """
    Return for how long an old key goes on working, in words.
    """
    if hours == 0:
        return _("旧密钥立即失效")
    return _("旧密钥再用 %(hours)s 小时") % {"hours": hours}
