"""
Logging in here by another party: out, back, and what to say when it does not work.
"""

from datetime import datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tongban.foundation import clock
from tongban.foundation.errors import NotFound, ServiceError
from tongban.foundation.http import client_address
from tongban.foundation.kept import keep, kept
from tongban.foundation.payload import sent_bytes
from tongban.support.federation import ports, rules, selectors, services
from tongban.support.federation.adapters.accounts import AccountClient
from tongban.support.federation.adapters.openid import LoginNotProved, OpenIdClient, Proved
from tongban.support.federation.adapters.ticket_centre import TicketCentre
from tongban.support.federation.services import Opened
from tongban.support.federation.values import (
    Mode,
    Provider,
    ProviderKind,
    Told,
    ToldEntity,
    UserType,
    Vouched,
)
from tongban.support.federation.views import errands
from tongban.support.federation.views.errands import Errand
from tongban.support.federation.views.tickets import call_of
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import (
    AccountKnownHere,
    LoginExpired,
    begin_login,
    keep_login,
    require_fresh_check,
)
from tongban.support.identity.values import HighRiskAct, LoginStep

SCOPES = ("openid", "identity", "phone")
PASSED_ON = ("prompt", "ui_locales")
LOG_IN, LOG_IN_AS_ENTITY, LINK = "LOG_IN", "LOG_IN_AS_ENTITY", "LINK"
UNCONFIRMED = "federation.unconfirmed"
UNCONFIRMED_SECONDS = 900


@never_cache
@require_GET
def begin(request: HttpRequest, code: str) -> HttpResponse:
    """
    Lead to another party to log in there, with ?as=entity in the name of a legal person; ?next= is where to go on.
    """
    provider = _provider(code)
    is_for_entity = request.GET.get("as") == "entity"
    if not provider.can_log_in or (is_for_entity and not provider.legal_persons):
        raise NotFound
    return _send_out(request, provider, purpose=LOG_IN_AS_ENTITY if is_for_entity else LOG_IN)


@never_cache
@require_http_methods(["GET", "POST"])
def begin_link(request: HttpRequest, code: str) -> HttpResponse:
    """
    Lead to another party whose account is to be linked to one's own; who comes from a fresh check finds the list.
    """
    if request.method == "GET":
        return HttpResponseRedirect(reverse("federation:links"))
    provider = _provider(code)
    require_fresh_check(actor_of(request), act=HighRiskAct.LINK_ACCOUNT, at=clock.now())
    if provider.kind is not ProviderKind.ACCOUNT:
        raise NotFound
    return _send_out(request, provider, purpose=LINK)


@never_cache
@require_http_methods(["GET", "POST"])
def end_link(request: HttpRequest, code: str) -> HttpResponse:
    """
    Link an account elsewhere no more; who comes from a fresh check finds the list.
    """
    if request.method == "GET":
        return HttpResponseRedirect(reverse("federation:links"))
    services.unlink_account(provider_code=code, actor=actor_of(request), at=clock.now())
    messages.success(request, _("已解除关联"))
    return HttpResponseRedirect(reverse("federation:links"))


@never_cache
@require_GET
def come_back(request: HttpRequest, code: str) -> HttpResponse:
    """
    Take the browser back with the party's answer.
    """
    provider, at = _provider(code), clock.now()
    answer = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    state = answer.get("state", "")
    errand = errands.come_back(request, state=state, provider=provider.code, at=at)
    try:
        if errand is None:
            raise LoginNotProved(reason="state")
        return _open(request, provider, errand, _prove(provider, answer, state, errand, at=at), at=at)
    except AccountKnownHere:
        return HttpResponseRedirect(
            f"{reverse('workspace:login')}?{urlencode({'next': reverse('federation:confirm')})}"
        )
    except ServiceError as error:
        if errand is None:
            return _sorry(request, provider, error)
        return _sorry(request, provider, error, purpose=errand.purpose, then=errand.then)


@never_cache
@require_GET
def arrive(request: HttpRequest) -> HttpResponse:
    """
    Open the session of a login that another party vouched for, once the second factor was shown here.
    """
    try:
        vouched = services.take_vouched(session=request.session)
        return _arrive(request, vouched, at=clock.now())
    except LoginExpired as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("workspace:login"))


@never_cache
@require_GET
def go_home(request: HttpRequest) -> HttpResponse:
    """
    Lead to a page of the node that keeps the accounts and does everything (统建); ?next= is the page.
    """
    topology = ports.topology()
    home, page = topology.home, _own_page(request, request.GET.get("next", ""))
    if home is None or topology.mode is not Mode.UNIFIED or not page.startswith("/"):
        raise NotFound
    try:
        _openid(home).require_answering()
    except ServiceError as error:
        return _sorry(request, home, error, again=request.get_full_path())
    return HttpResponseRedirect(f"{home.url}{page}")


@never_cache
@require_GET
def confirm(request: HttpRequest) -> HttpResponse:
    """
    Say, logged in here, that the login at another node a moment ago was one's own.
    """
    actor, at = actor_of(request), clock.now()
    row = kept(request.session, UNCONFIRMED)
    request.session.pop(UNCONFIRMED, None)
    if not row or at.timestamp() - float(row["asked_at"]) > UNCONFIRMED_SECONDS:
        return HttpResponseRedirect(reverse("workspace:home"))
    node = _provider(row["provider"])
    told = Told(id_number=row["id_number"], name=row["name"], level=int(row["level"]))
    try:
        services.confirm_node_login(node=node, subject=row["subject"], told=told, actor=actor, at=at)
    except ServiceError as error:
        return _sorry(request, node, error)
    messages.success(request, _("已关联，以后可以用“%(name)s”的账号登录") % {"name": node.title})
    return HttpResponseRedirect(reverse("workspace:home"))


@csrf_exempt
@require_POST
def hear_logout(request: HttpRequest, code: str) -> HttpResponse:
    """
    Hear from another party that a login is over, and end it here.

    Source: OpenID Connect Back-Channel Logout 1.0; of a ticket centre, its own signed call.
    """
    provider, at = _provider(code), clock.now()
    if provider.kind is ProviderKind.TICKET:
        return _hear_ticket_logout(request, provider, at=at)
    if provider.kind not in {ProviderKind.NODE, ProviderKind.OPENID}:
        raise NotFound
    try:
        subject, session = _openid(provider).logout_notice(request.POST.get("logout_token"), at=at)
    except LoginNotProved:
        return _plain(400)
    services.end_foreign_logins(provider=provider, subject=subject, session=session, at=at)
    return _plain(200)


def _hear_ticket_logout(request: HttpRequest, provider: Provider, *, at: datetime) -> HttpResponse:
    try:
        services.hear_ticket_logout(call_of(sent_bytes(request)), provider=provider, at=at)
    except services.TicketRefused as refusal:
        services.note_ticket_misuse(refusal)
        return _plain(400)
    return _plain(200)


@never_cache
@require_GET
def show_links(request: HttpRequest) -> HttpResponse:
    """
    Show which accounts elsewhere are linked to one's own, and who may know what of it.
    """
    actor = actor_of(request)
    context = {
        "links": selectors.links(actor=actor),
        "consents": selectors.consents(actor=actor),
    }
    return render(request, "federation/links.html", context)


@require_POST
def withdraw(request: HttpRequest) -> HttpResponse:
    """
    Withdraw a consent.
    """
    try:
        consent_id = UUID(request.POST.get("consent_id", ""))
    except ValueError as error:
        raise NotFound from error
    services.withdraw_consent(consent_id=consent_id, actor=actor_of(request), at=clock.now())
    messages.success(request, _("已撤回，该应用不能再获取您的信息"))
    return HttpResponseRedirect(reverse("federation:links"))


def _send_out(request: HttpRequest, provider: Provider, *, purpose: str) -> HttpResponse:
    then = _own_page(request, request.GET.get("next", "") or request.POST.get("next", ""))
    state, errand = errands.send_out(
        request, provider=provider.code, then=then, purpose=purpose, at=clock.now()
    )
    extra = {name: request.GET[name] for name in PASSED_ON if name in request.GET}
    client = _client(provider, purpose=purpose)
    try:
        address = client.login_address(
            state=state, nonce=errand.nonce, verifier=errand.verifier, scopes=SCOPES, extra=extra
        )
    except ServiceError as error:
        return _sorry(request, provider, error, purpose=purpose, then=then)
    response = HttpResponseRedirect(address)
    response.form_targets = (rules.origin_of(address),)  # type: ignore[attr-defined]
    return response


def _prove(provider: Provider, answer: dict[str, str], state: str, errand: Errand, *, at: datetime) -> Proved:
    client = _client(provider, purpose=errand.purpose)
    if isinstance(client, OpenIdClient):
        return client.prove(answer, state=state, nonce=errand.nonce, verifier=errand.verifier, at=at)
    if isinstance(client, TicketCentre):
        return client.prove(answer, at=at)
    return client.prove(answer, state=state, verifier=errand.verifier)


def _open(
    request: HttpRequest, provider: Provider, errand: Errand, proved: Proved, *, at: datetime
) -> HttpResponse:
    told = told_of(proved)
    if errand.purpose == LINK:
        services.link_account(
            provider=provider, subject=proved.subject, told=told, actor=actor_of(request), at=at
        )
        messages.success(request, _("已关联“%(name)s”") % {"name": provider.title})
        return HttpResponseRedirect(reverse("federation:links"))
    opened = _account(request, provider, proved, told, at=at)
    pending = begin_login(account_id=opened.account_id, at=at, is_vouched=True)
    vouched = Vouched(
        pending_id=pending.pending_id,
        provider=provider.code,
        subject=proved.subject,
        session=proved.session,
        then=errand.then,
        is_new=opened.is_new,
        entity=proved.entity,
    )
    if pending.step is LoginStep.DONE:
        return _arrive(request, vouched, at=at)
    # The account has a second factor here: whoever vouches for its owner does not show it for him.
    services.keep_vouched(session=request.session, vouched=vouched)
    keep_login(session=request.session, pending_id=pending.pending_id, target=reverse("federation:arrive"))
    return HttpResponseRedirect(reverse("workspace:login-factor"))


def _arrive(request: HttpRequest, vouched: Vouched, *, at: datetime) -> HttpResponse:
    receipt = services.open_vouched_login(
        vouched=vouched,
        session=request.session,
        address=client_address(request),
        user_agent=request.headers.get("User-Agent", ""),
        at=at,
    )
    rotate_token(request)
    if vouched.is_new:
        name = _provider(vouched.provider).title
        messages.success(
            request, _("欢迎。您用“%(name)s”的账号登录，在这里办的事都能在那里看到") % {"name": name}
        )
    then = vouched.then or reverse("workspace:home")
    if vouched.entity is not None:
        then = _in_the_name_of(request, vouched.entity, sign_in_id=receipt.sign_in_id, at=at) or then
    return HttpResponseRedirect(then)


def _in_the_name_of(request: HttpRequest, entity: ToldEntity, *, sign_in_id: UUID, at: datetime) -> str:
    """
    Say in whose name the session goes on; return where to go instead, empty where nothing is missing.
    """
    name = {"name": entity.name}
    match services.act_as_told(entity=entity, sign_in_id=sign_in_id, at=at):
        case services.Acting.IN_ITS_NAME:
            messages.success(request, _("现在以“%(name)s”的身份办理") % name)
            return ""
        case services.Acting.MAY_REGISTER:
            messages.info(request, _("“%(name)s”还没有在本平台登记。您登记后，可以以它的身份办理") % name)
            return reverse("workspace:entity-register")
        case _:
            messages.info(
                request,
                _("您还没有“%(name)s”在本平台的有效授权，现在以本人身份办理。请由它在本平台授权") % name,
            )
            return reverse("workspace:acting-show")


def _account(
    request: HttpRequest, provider: Provider, proved: Proved, told: Told | None, *, at: datetime
) -> Opened:
    if provider.kind is ProviderKind.ACCOUNT:
        return services.account_of_linked_login(provider=provider, subject=proved.subject, at=at)
    if told is None:
        raise services.NotKnownWellEnough
    try:
        return services.account_of_node_login(node=provider, subject=proved.subject, told=told, at=at)
    except AccountKnownHere:
        row = {
            "provider": provider.code,
            "subject": proved.subject,
            "id_number": told.id_number,
            "name": told.name,
            "level": str(told.level),
            "asked_at": str(at.timestamp()),
        }
        keep(request.session, UNCONFIRMED, row)
        raise


def told_of(proved: Proved) -> Told | None:
    """
    Return who the party says it is, None where it does not say.
    """
    claims = proved.claims
    number, name = claims.get("id_number"), claims.get("name")
    if not isinstance(number, str) or not isinstance(name, str) or not number or not name:
        return None
    return Told(
        id_number=number,
        name=name,
        mobile=str(claims.get("phone_number", "")),
        born_on=str(claims.get("birthdate", ""))[:10],
        level=rules.level_of(proved.acr) or 0,
        region_code=str(claims.get("region_code", ""))[:12],
    )


def _provider(code: str) -> Provider:
    provider = ports.topology().find(code)
    if provider is None:
        raise NotFound
    return provider


def _client(provider: Provider, *, purpose: str) -> OpenIdClient | AccountClient | TicketCentre:
    if provider.kind is ProviderKind.ACCOUNT:
        return AccountClient(provider=provider, redirect_uri=_callback(provider))
    if provider.kind is ProviderKind.TICKET:
        user_type = UserType.LEGAL_PERSON if purpose == LOG_IN_AS_ENTITY else UserType.PERSON
        return TicketCentre(provider=provider, goto_url=_callback(provider), user_type=user_type)
    return _openid(provider)


def _openid(provider: Provider) -> OpenIdClient:
    return OpenIdClient(provider=provider, redirect_uri=_callback(provider))


def _callback(provider: Provider) -> str:
    return services.issuer() + reverse("federation:come-back", kwargs={"code": provider.code})


def _own_page(request: HttpRequest, target: str) -> str:
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours else ""


def _sorry(
    request: HttpRequest,
    provider: Provider,
    error: ServiceError,
    *,
    purpose: str = LOG_IN,
    then: str = "",
    again: str = "",
) -> HttpResponse:
    """
    Say what went wrong and which other ways there are; all of them end where somebody was going.
    """
    query = {**({"as": "entity"} if purpose == LOG_IN_AS_ENTITY else {}), **({"next": then} if then else {})}
    begin_again = reverse("federation:begin", kwargs={"code": provider.code})
    return render(
        request,
        "federation/sorry.html",
        {
            "name": provider.title,
            "sentence": str(error),
            "again": again or (f"{begin_again}?{urlencode(query)}" if query else begin_again),
            "then": then,
            "is_home": provider == ports.topology().home,
            "is_link": purpose == LINK,
        },
        status=error.status,
    )


def _plain(status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Cache-Control"] = "no-store"
    return response
