"""
第二重认证: shown between the password and the session, set up, and kept by its owner.

What waits for the next page (a log-in on its way, a new secret, a question to a security key) is in the session,
sealed; the session's key changes when the password was right and again when the session opens.
"""

import json
from base64 import b64encode
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, NotAuthenticated, NotFound, ServiceError
from tongban.foundation.kept import keep, kept
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.form_pages import page, refused
from tongban.portal.workspace.views.login import address_of, go_on, home_of, safe_target
from tongban.support.documents import services as documents
from tongban.support.identity import selectors, services
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import LoginExpired
from tongban.support.identity.values import Factor, FactorReceipt, LoginReceipt, LoginStep, PendingReceipt

SECRET = "workspace.factor_secret"  # noqa: S105 -- the name of a place
QUESTION = "workspace.key_question"

PAGES = {
    LoginStep.FACTOR: "workspace:login-factor",
    LoginStep.ENROL: "workspace:login-enrol",
    LoginStep.PASSWORD: "workspace:login-password",
}


def go_on_logging_in(request: HttpRequest, receipt: LoginReceipt, *, target: str) -> HttpResponse:
    """
    Open the session of somebody whose password was right, or lead to what is still asked for.

    :param target: page of ours to end on
    """
    pending = services.begin_login(account_id=receipt.account_id, at=clock.now())
    services.keep_login(session=request.session, pending_id=pending.pending_id, target=target)
    rotate_token(request)
    return _next(request, pending)


@never_cache
@require_http_methods(["GET", "POST"])
def show_factor(request: HttpRequest) -> HttpResponse:
    """
    Ask for a code or a security key, after the password.
    """
    pending = _pending(request, LoginStep.FACTOR)
    if pending is None:
        return redirect("workspace:login")
    if request.method == "GET":
        return _factor_page(request, pending)
    try:
        if answer := request.POST.get("answer", ""):
            after = services.show_key(
                pending_id=pending.pending_id, answer=answer, actor=actor_of(request), at=clock.now()
            )
        else:
            after = services.show_code(
                pending_id=pending.pending_id,
                code=request.POST.get("code", ""),
                actor=actor_of(request),
                at=clock.now(),
            )
    except LoginExpired as error:
        return _begin_anew(request, error)
    except ServiceError as error:
        return _factor_page(request, pending, error)
    return _next(request, after)


@never_cache
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """
    Have staff without a second factor set one up before the session opens.
    """
    pending = _pending(request, LoginStep.ENROL)
    if pending is None:
        return redirect("workspace:login")
    at = clock.now()
    actor = services.pending_actor(pending_id=pending.pending_id, at=at)
    if request.method == "GET":
        return _enrol_page(request, actor)
    try:
        receipt = _set_up(request, actor, pending_id=pending.pending_id)
    except ServiceError as error:
        return _enrol_page(request, actor, error)
    services.note_enrolment(pending_id=pending.pending_id, receipt=receipt, at=at)
    return _codes_page(request, receipt, onward=reverse("workspace:login-go-on"))


@require_POST
def go_on_after_codes(request: HttpRequest) -> HttpResponse:
    """
    Go on logging in, once the recovery codes were written down.
    """
    try:
        pending_id, _target = services.kept_login(session=request.session)
        pending = services.pending_login(pending_id=pending_id, at=clock.now())
    except LoginExpired as error:
        return _begin_anew(request, error)
    return _next(request, pending)


@never_cache
@require_http_methods(["GET", "POST"])
def change_due_password(request: HttpRequest) -> HttpResponse:
    """
    Have a password changed that somebody else has set, or that is too old.
    """
    pending = _pending(request, LoginStep.PASSWORD)
    if pending is None:
        return redirect("workspace:login")
    if request.method == "GET":
        return page(request, "login_password", forms.NewPassword())
    form = forms.NewPassword(request.POST)
    if not form.is_valid():
        return page(request, "login_password", form, status=422)
    try:
        services.change_due_password(
            pending_id=pending.pending_id,
            new_password=form.cleaned_data["new_password"],
            actor=actor_of(request),
            at=clock.now(),
        )
        after = services.pending_login(pending_id=pending.pending_id, at=clock.now())
    except LoginExpired as error:
        return _begin_anew(request, error)
    except ServiceError as error:
        return refused(request, "login_password", form, error)
    return _next(request, after)


@never_cache
@require_safe
def show_factors(request: HttpRequest) -> HttpResponse:
    """
    Show one's own second factors.
    """
    own = selectors.own_factors(actor=_logged_in(request))
    return page(request, "factor_list", forms.Password(), own=own)


@never_cache
@require_http_methods(["GET", "POST"])
def add_factor(request: HttpRequest) -> HttpResponse:
    """
    Set up one more factor; the password is asked for again.
    """
    actor = _logged_in(request)
    if request.method == "GET":
        return _enrol_page(request, actor, is_logged_in=True)
    try:
        receipt = _set_up(request, actor, password=_typed_password(request))
    except ServiceError as error:
        return _enrol_page(request, actor, error, is_logged_in=True)
    if receipt.recovery_codes:
        return _codes_page(request, receipt, onward=reverse("workspace:factor-list"))
    messages.success(request, _("已设置"))
    return redirect("workspace:factor-list")


@never_cache
@require_POST
def remove_factor(request: HttpRequest) -> HttpResponse:
    """
    Take one of one's own factors away.
    """
    actor = _logged_in(request)
    given = request.POST.get("factor_id", "")
    if not (given.isascii() and given.isdigit()):
        raise NotFound
    form = forms.Password(request.POST)
    try:
        services.remove_factor(
            factor_id=int(given[:18]),
            password=request.POST.get("password", ""),
            actor=actor,
            at=clock.now(),
        )
    except NotFound:
        raise
    except ServiceError as error:
        return refused(request, "factor_list", form, error, own=selectors.own_factors(actor=actor))
    messages.success(request, _("已移除"))
    return redirect("workspace:factor-list")


@never_cache
@require_POST
def renew_codes(request: HttpRequest) -> HttpResponse:
    """
    Give new recovery codes.
    """
    actor = _logged_in(request)
    form = forms.Password(request.POST)
    try:
        receipt = services.renew_recovery_codes(
            password=request.POST.get("password", ""), actor=actor, at=clock.now()
        )
    except ServiceError as error:
        return refused(request, "factor_list", form, error, own=selectors.own_factors(actor=actor))
    return _codes_page(request, receipt, onward=reverse("workspace:factor-list"))


@never_cache
@require_http_methods(["GET", "POST"])
def confirm_factor(request: HttpRequest) -> HttpResponse:
    """
    Ask for the second factor anew, before a high-risk act, and lead back to it.
    """
    actor = _logged_in(request)
    values = request.POST if request.method == "POST" else request.GET
    target = safe_target(request, values.get("next", "")) or home_of(actor)
    own = selectors.own_factors(actor=actor)
    if not own.factors:
        messages.info(request, _("此操作需要第二重认证，请先设置"))
        return redirect("workspace:factor-add")
    has_key = any(factor.factor is Factor.WEBAUTHN for factor in own.factors)
    error: ServiceError | None = None
    if request.method == "POST":
        try:
            _show_again(request, actor)
        except ServiceError as refusal:
            error = refusal
        else:
            return redirect(target)
    question = ""
    if has_key:
        question, state = services.ask_key_again(actor=actor)
        keep(request.session, QUESTION, {"state": json.dumps(state)})
    context: dict[str, Any] = {"question": question, "has_app": True, "next": target, "is_login": False}
    if error is not None:
        return refused(request, "login_factor", forms.Code(request.POST), error, **context)
    return page(request, "login_factor", forms.Code(), **context)


def _show_again(request: HttpRequest, actor: Actor) -> None:
    sign_in_id = selectors.sign_in_of(request.session)
    if sign_in_id is None:
        raise NotAuthenticated
    if answer := request.POST.get("answer", ""):
        services.show_key_again(
            sign_in_id=sign_in_id,
            answer=answer,
            state=_taken_question(request),
            actor=actor,
            at=clock.now(),
        )
    else:
        services.show_code_again(
            sign_in_id=sign_in_id, code=request.POST.get("code", ""), actor=actor, at=clock.now()
        )


def _set_up(
    request: HttpRequest, actor: Actor, *, password: str | None = None, pending_id: UUID | None = None
) -> FactorReceipt:
    """
    Set up the factor that the page was sent for: a security key that has answered, else an app.
    """
    at = clock.now()
    if answer := request.POST.get("answer", ""):
        return services.set_up_key(
            name=request.POST.get("name", ""),
            answer=answer,
            state=_taken_question(request),
            password=password,
            pending_id=pending_id,
            actor=actor,
            at=at,
        )
    return services.set_up_totp(
        secret=kept(request.session, SECRET).get("secret", ""),
        code=request.POST.get("code", ""),
        password=password,
        pending_id=pending_id,
        actor=actor,
        at=at,
    )


def _typed_password(request: HttpRequest) -> str:
    return request.POST.get("password", "") or request.POST.get("key_password", "")


def _next(request: HttpRequest, pending: PendingReceipt) -> HttpResponse:
    if pending.step is not LoginStep.DONE:
        return redirect(PAGES[pending.step])
    _pending_id, target = services.kept_login(session=request.session)
    services.forget_login(session=request.session)
    for name in (SECRET, QUESTION):
        request.session.pop(name, None)
    if pending.is_vouched:
        return redirect(target)
    try:
        services.complete_login(
            pending_id=pending.pending_id,
            session=request.session,
            address=address_of(request),
            user_agent=request.headers.get("User-Agent", ""),
            at=clock.now(),
        )
    except LoginExpired as error:
        return _begin_anew(request, error)
    rotate_token(request)
    return go_on(request, target)


def _pending(request: HttpRequest, step: LoginStep) -> PendingReceipt | None:
    """
    Return the log-in that waits for this step, or None where none does.
    """
    try:
        pending_id, _target = services.kept_login(session=request.session)
        pending = services.pending_login(pending_id=pending_id, at=clock.now())
    except LoginExpired:
        return None
    return pending if pending.step is step else None


def _begin_anew(request: HttpRequest, error: ServiceError) -> HttpResponse:
    services.forget_login(session=request.session)
    messages.error(request, str(error))
    return redirect("workspace:login")


def _factor_page(
    request: HttpRequest, pending: PendingReceipt, error: ServiceError | None = None
) -> HttpResponse:
    question = ""
    if Factor.WEBAUTHN in pending.factors:
        question = services.ask_key_of_login(pending_id=pending.pending_id, at=clock.now())
    context: dict[str, Any] = {"question": question, "has_app": True, "next": "", "is_login": True}
    if error is None:
        return page(request, "login_factor", forms.Code(), **context)
    return refused(request, "login_factor", forms.Code(request.POST), error, **context)


def _enrol_page(
    request: HttpRequest, actor: Actor, error: ServiceError | None = None, *, is_logged_in: bool = False
) -> HttpResponse:
    own = selectors.own_factors(actor=actor)
    has_app = any(factor.factor is Factor.TOTP for factor in own.factors)
    account_id = UUID(actor.id)
    question, state = services.ask_new_key(account_id=account_id)
    keep(request.session, QUESTION, {"state": json.dumps(state)})
    secret = kept(request.session, SECRET).get("secret") if error else None
    offer = services.offer_totp(account_id=account_id, secret=secret)
    keep(request.session, SECRET, {"secret": offer.secret})
    picture = b64encode(documents.qr_picture(offer.url)).decode()
    context: dict[str, Any] = {
        "question": question,
        "has_app": has_app,
        "secret": " ".join(offer.secret[start : start + 4] for start in range(0, len(offer.secret), 4)),
        "picture": f"data:image/svg+xml;base64,{picture}",
        "is_logged_in": is_logged_in,
    }
    form = forms.SetUpFactor(request.POST) if error else forms.SetUpFactor()
    if error is None:
        return page(request, "factor_add", form, **context)
    if request.POST.get("answer") and isinstance(error, services.WrongPassword):
        error = InvalidInput(fields={"key_password": error.message})
    return refused(request, "factor_add", form, error, **context)


def _codes_page(request: HttpRequest, receipt: FactorReceipt, *, onward: str) -> HttpResponse:
    request.session.pop(SECRET, None)
    is_login = onward == reverse("workspace:login-go-on")
    return page(
        request,
        "factor_codes",
        forms.Password(),
        codes=receipt.recovery_codes,
        onward=onward,
        is_login=is_login,
    )


def _taken_question(request: HttpRequest) -> dict[str, Any]:
    """
    Return what a security key was asked, and forget it: an answer counts once.
    """
    state = kept(request.session, QUESTION).get("state")
    request.session.pop(QUESTION, None)
    if state is None:
        raise services.FactorRefused
    taken: dict[str, Any] = json.loads(state)
    return taken


def _logged_in(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not (actor.is_person or actor.is_staff):
        raise NotAuthenticated
    return actor
