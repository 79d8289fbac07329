"""
登录接入, for system administrators: systems people log in to with their accounts here, by OpenID Connect or ticket.
"""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotFound
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.clients import (
    OVERLAPS_HOURS,
    USUAL_OVERLAP_HOURS,
    chosen_overlap,
    overlap_words,
)
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.federation import selectors, services
from tongban.support.federation.values import ApplicationFacts, ClaimScope, PartyFacts, UserType
from tongban.support.identity.values import AccountKind

CURRENT = "logins"


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """
    A system as the list shows it.
    """

    id: str
    name: str
    way: str
    takes: str
    """Whose accounts it takes, in words."""
    is_open: bool
    created_at: datetime
    href: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show every system that people log in to with their accounts here; those let in now first.
    """
    actor, at = staff(request), clock.now()
    lines = [
        *(_line_of_party(party) for party in selectors.relying_parties(actor=actor)),
        *(_line_of_application(each) for each in selectors.ticket_applications(actor=actor)),
    ]
    lines.sort(key=lambda line: (not line.is_open, line.id))
    return desk_page(request, "desk/login_list.html", {"lines": lines}, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def new_party(request: HttpRequest) -> HttpResponse:
    """
    Let a relying party in; its secret is shown once.
    """
    actor, at = staff(request), clock.now()
    selectors.relying_parties(actor=actor)
    tried = attempt(request, lambda: _register_party(request, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "typed": request.POST,
        "scopes": [(scope.value, str(scope.label), scope.value) for scope in _scopes()],
        "chosen_scopes": request.POST.getlist("scopes"),
        "kinds": [(kind.value, str(kind.label), "") for kind in AccountKind],
        "chosen_kinds": request.POST.getlist("account_kinds") or [AccountKind.PERSON.value],
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request,
        "desk/login_party_new.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=tried.status,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_party(request: HttpRequest, client_id: str) -> HttpResponse:
    """
    Show a relying party, and change its secret, suspend it, or let it in again.
    """
    actor, at = staff(request), clock.now()
    found = [each for each in selectors.relying_parties(actor=actor) if each.client_id == client_id]
    if not found:
        raise NotFound
    tried = attempt(
        request,
        lambda: _change_party(request, client_id, actor, at=at),
        actor=actor,
        at=at,
        asks_anew=request.method == "POST",
    )
    if isinstance(tried, HttpResponse):
        return tried
    old_until = found[0].old_secret_until
    context = {
        "party": found[0],
        "line": _line_of_party(found[0]),
        "scopes": [str(ClaimScope(scope).label) for scope in found[0].scopes if scope in ClaimScope.values],
        "issuer": services.issuer(),
        "overlaps": [(str(hours), overlap_words(hours)) for hours in OVERLAPS_HOURS],
        "overlap": request.POST.get("overlap", str(USUAL_OVERLAP_HOURS)),
        "is_old_secret_good": old_until is not None and old_until > at,
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/login_party.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def new_application(request: HttpRequest) -> HttpResponse:
    """
    Let an application of the ticket protocol in; its key is shown once.
    """
    actor, at = staff(request), clock.now()
    selectors.ticket_applications(actor=actor)
    tried = attempt(request, lambda: _register_application(request, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "typed": request.POST,
        "types": [(each.value, str(each.label), "") for each in UserType],
        "chosen_types": request.POST.getlist("user_types") or [UserType.PERSON.value],
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request,
        "desk/login_ticket_new.html",
        context,
        actor=actor,
        current=CURRENT,
        at=at,
        status=tried.status,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def show_application(request: HttpRequest, appmark: str) -> HttpResponse:
    """
    Show an application of the ticket protocol, and change its key, suspend it, or let it in again.
    """
    actor, at = staff(request), clock.now()
    found = [each for each in selectors.ticket_applications(actor=actor) if each.appmark == appmark]
    if not found:
        raise NotFound
    tried = attempt(
        request,
        lambda: _change_application(request, appmark, actor, at=at),
        actor=actor,
        at=at,
        asks_anew=request.method == "POST",
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "application": found[0],
        "line": _line_of_application(found[0]),
        "overlaps": [(str(hours), overlap_words(hours)) for hours in OVERLAPS_HOURS],
        "overlap": request.POST.get("overlap", str(USUAL_OVERLAP_HOURS)),
        "is_old_key_good": found[0].old_key_until is not None and found[0].old_key_until > at,
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/login_ticket.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _register_party(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    receipt = services.register_party(
        client_id=_typed(request, "client_id"),
        name=_typed(request, "name"),
        redirect_uris=_addresses(request, "redirect_uris"),
        post_logout_redirect_uris=_addresses(request, "post_logout_redirect_uris"),
        backchannel_logout_uri=_typed(request, "backchannel_logout_uri"),
        scopes=request.POST.getlist("scopes"),
        account_kinds=request.POST.getlist("account_kinds"),
        sector=_typed(request, "sector"),
        client_type="public" if request.POST.get("is_public") else "confidential",
        actor=actor,
        at=at,
    )
    keys = [
        (_("发行者地址"), receipt.issuer),
        (_("应用标识"), receipt.client_id),
        (_("应用密钥"), receipt.client_secret),
    ]
    return _secret(request, keys, back=_party_page(receipt.client_id), actor=actor, at=at)


def _register_application(request: HttpRequest, actor: Actor, *, at: datetime) -> HttpResponse:
    receipt = services.register_ticket_application(
        appmark=_typed(request, "appmark"),
        name=_typed(request, "name"),
        goto_urls=_addresses(request, "goto_urls"),
        logout_url=_typed(request, "logout_url"),
        user_types=request.POST.getlist("user_types"),
        actor=actor,
        at=at,
    )
    return _appword_page(request, receipt.appmark, receipt.appword, actor=actor, at=at)


def _change_party(request: HttpRequest, client_id: str, actor: Actor, *, at: datetime) -> HttpResponse:
    match request.POST.get("act", ""):
        case "renew":
            receipt = services.renew_party_secret(
                client_id=client_id, overlap=chosen_overlap(request), actor=actor, at=at
            )
            keys = [(_("应用标识"), receipt.client_id), (_("应用密钥"), receipt.client_secret)]
            return _secret(request, keys, back=_party_page(client_id), actor=actor, at=at)
        case "disable":
            services.disable_party(client_id=client_id, actor=actor, at=at)
            messages.success(request, _("已停用，全部令牌立即失效"))
        case "enable":
            services.enable_party(client_id=client_id, actor=actor, at=at)
            messages.success(request, _("已恢复，用原来的密钥接入"))
        case _:
            raise NotFound
    return redirect(_party_page(client_id))


def _change_application(request: HttpRequest, appmark: str, actor: Actor, *, at: datetime) -> HttpResponse:
    match request.POST.get("act", ""):
        case "renew":
            receipt = services.renew_ticket_key(
                appmark=appmark, overlap=chosen_overlap(request), actor=actor, at=at
            )
            return _appword_page(request, receipt.appmark, receipt.appword, actor=actor, at=at)
        case "disable":
            services.disable_ticket_application(appmark=appmark, actor=actor, at=at)
            messages.success(request, _("已停用，全部令牌立即失效"))
        case "enable":
            services.enable_ticket_application(appmark=appmark, actor=actor, at=at)
            messages.success(request, _("已恢复，用原来的密钥接入"))
        case _:
            raise NotFound
    return redirect(_application_page(appmark))


def _appword_page(
    request: HttpRequest, appmark: str, appword: str, *, actor: Actor, at: datetime
) -> HttpResponse:
    keys = [(_("应用标识（appmark）"), appmark), (_("应用密钥（appword）"), appword)]
    return _secret(request, keys, back=_application_page(appmark), actor=actor, at=at)


def _secret(
    request: HttpRequest, keys: list[tuple[str, str]], *, back: str, actor: Actor, at: datetime
) -> HttpResponse:
    shown = [(name, text) for name, text in keys if text]
    context = {"keys": shown, "has_secret": len(shown) == len(keys), "back": back}
    return desk_page(request, "desk/login_secret.html", context, actor=actor, current=CURRENT, at=at)


def _line_of_party(party: PartyFacts) -> Line:
    return Line(
        id=party.client_id,
        name=party.name,
        way="OpenID Connect",
        takes=_("、").join(str(AccountKind(kind).label) for kind in party.account_kinds),
        is_open=party.disabled_at is None,
        created_at=party.created_at,
        href=_party_page(party.client_id),
    )


def _line_of_application(application: ApplicationFacts) -> Line:
    return Line(
        id=application.appmark,
        name=application.name,
        way=_("票据"),
        takes=_("、").join(str(each.label) for each in application.user_types),
        is_open=application.disabled_at is None,
        created_at=application.created_at,
        href=_application_page(application.appmark),
    )


def _party_page(client_id: str) -> str:
    return reverse("desk:party-show", kwargs={"client_id": client_id})


def _application_page(appmark: str) -> str:
    return reverse("desk:application-show", kwargs={"appmark": appmark})


def _scopes() -> list[ClaimScope]:
    """
    Return what a party may be let ask for; who logs in is always told.
    """
    return [scope for scope in ClaimScope if scope is not ClaimScope.OPENID]


def _typed(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()


def _addresses(request: HttpRequest, name: str) -> list[str]:
    return _typed(request, name).split()
