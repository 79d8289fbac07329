"""
Registering, and setting a new password where the old one is forgotten. One thing per page.
"""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.errors import ServiceError
from tongban.foundation.kept import keep, kept
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.form_pages import page, refused
from tongban.portal.workspace.views.login import (
    address_of,
    go_on,
    open_session,
    safe_target,
    sentence_of,
)
from tongban.support.identity import services
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.services import CodeNotAccepted
from tongban.support.identity.values import CodePurpose, RegistrationReceipt, agreement_on, means

REGISTER = "tongban_register"
RESET = "tongban_reset"


@never_cache
@require_http_methods(["GET", "POST"])
def ask_mobile(request: HttpRequest) -> HttpResponse:
    """
    Ask for a mobile and send a code to it.
    """
    values = request.POST if request.method == "POST" else request.GET
    target = safe_target(request, values.get("next", ""))
    if request.method == "GET":
        known = kept(request.session, REGISTER)
        form = forms.RegisterMobile(initial={"mobile": known.get("mobile", "")})
        return page(request, "account_register", form, next=target)
    form = forms.RegisterMobile(request.POST)
    if form.is_valid():
        mobile = form.cleaned_data["mobile"]
        try:
            masked = _send_code(request, mobile=mobile, purpose=CodePurpose.REGISTER)
        except ServiceError as error:
            return refused(request, "account_register", form, error, next=target)
        keep(request.session, REGISTER, {"mobile": mobile, "masked": masked, "next": target})
        return redirect("workspace:register-code")
    return page(request, "account_register", form, status=422, next=target)


@never_cache
@require_http_methods(["GET", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """
    Ask for the code, or send another one.
    """
    known = kept(request.session, REGISTER)
    if "mobile" not in known:
        return redirect("workspace:register")
    if request.method == "GET":
        return page(request, "account_register_code", forms.Code(), mobile=known["masked"])
    if "again" in request.POST:
        return _send_again(request, mobile=known["mobile"])
    form = forms.Code(request.POST)
    if not form.is_valid():
        return page(request, "account_register_code", form, status=422, mobile=known["masked"])
    try:
        proof = services.verify_code(
            mobile=known["mobile"],
            purpose=CodePurpose.REGISTER,
            code=form.cleaned_data["code"],
            at=clock.now(),
        )
    except ServiceError as error:
        return refused(request, "account_register_code", form, error, mobile=known["masked"])
    keep(request.session, REGISTER, {**known, "proof": str(proof.id)})
    return redirect("workspace:register-details")


@never_cache
@require_http_methods(["GET", "POST"])
def ask_details(request: HttpRequest) -> HttpResponse:
    """
    Ask who it is, register the person and log in.
    """
    known = kept(request.session, REGISTER)
    if "proof" not in known:
        return redirect("workspace:register")
    context = {**_choices(), "mobile": known["masked"]}
    if request.method == "GET":
        return page(request, "account_register_details", forms.RegisterPerson(), **context)
    form = forms.RegisterPerson(request.POST)
    if not form.is_valid():
        return page(request, "account_register_details", form, status=422, **context)
    try:
        receipt = _register(request, form, known)
    except CodeNotAccepted:
        messages.warning(request, _("手机验证已过期，请重新获取验证码"))
        return redirect("workspace:register")
    except ServiceError as error:
        return refused(request, "account_register_details", form, error, **context)
    del request.session[REGISTER]
    open_session(request, receipt.account_id)
    messages.success(request, _("注册完成，您已登录"))
    if receipt.not_checked:
        messages.warning(
            request,
            _("有的核验机构暂时没有答复，您现在的实名等级是 %(level)s 级。以后可以在“账号与安全”中补上")
            % {"level": receipt.assurance_level},
        )
    return go_on(request, safe_target(request, known.get("next", "")) or reverse("workspace:home"))


@never_cache
@require_http_methods(["GET", "POST"])
def ask_reset(request: HttpRequest) -> HttpResponse:
    """
    Ask who forgot the password and send a code, if there is such an account; the page does not say.
    """
    if request.method == "GET":
        return page(request, "account_reset", forms.ResetRequest())
    form = forms.ResetRequest(request.POST)
    if not form.is_valid():
        return page(request, "account_reset", form, status=422)
    mobile = form.cleaned_data["mobile"]
    try:
        masked = _send_code(request, mobile=mobile, purpose=CodePurpose.RESET_PASSWORD)
    except ServiceError as error:
        return refused(request, "account_reset", form, error)
    keep(
        request.session,
        RESET,
        {"mobile": mobile, "masked": masked, "id_number": form.cleaned_data["id_number"]},
    )
    return redirect("workspace:reset-password")


@never_cache
@require_http_methods(["GET", "POST"])
def ask_new_password(request: HttpRequest) -> HttpResponse:
    """
    Ask for the code and a new password.
    """
    known = kept(request.session, RESET)
    if "mobile" not in known:
        return redirect("workspace:reset")
    if request.method == "GET":
        return page(request, "account_reset_password", forms.ResetPassword(), mobile=known["masked"])
    form = forms.ResetPassword(request.POST)
    if not form.is_valid():
        return page(request, "account_reset_password", form, status=422, mobile=known["masked"])
    try:
        services.reset_password(
            id_number=known["id_number"],
            mobile=known["mobile"],
            code=form.cleaned_data["code"],
            new_password=form.cleaned_data["new_password"],
            actor=actor_of(request),
            address=address_of(request),
            at=clock.now(),
        )
    except ServiceError as error:
        return refused(request, "account_reset_password", form, error, mobile=known["masked"])
    del request.session[RESET]
    messages.success(request, _("密码已重置，请用新密码登录；其他设备上的登录已全部退出"))
    return redirect("workspace:login")


def _send_code(request: HttpRequest, *, mobile: str, purpose: CodePurpose) -> str:
    """
    Send a code and return the mobile as the next page shows it.
    """
    receipt = services.request_code(
        mobile=mobile, purpose=purpose, actor=actor_of(request), address=address_of(request), at=clock.now()
    )
    return receipt.mobile_masked


def _send_again(request: HttpRequest, *, mobile: str) -> HttpResponse:
    try:
        _send_code(request, mobile=mobile, purpose=CodePurpose.REGISTER)
    except ServiceError as error:
        messages.warning(request, sentence_of(error))
    else:
        messages.info(request, _("新的验证码已发送，之前的验证码不再有效"))
    return redirect("workspace:register-code")


def _choices() -> dict[str, Any]:
    """
    Return what the last page offers: further contents, whether one is needed, and the agreement in force.
    """
    contents = [one for one in means().values() if one.counts and one.field]
    is_optional = settings.TONGBAN_IDENTITY.registration_contents <= 1
    later = [("", _("以后再补充"))] if is_optional else []
    return {
        "contents": [*later, *((one.code, one.name) for one in contents)],
        "hints": [(one.name, one.explanation) for one in contents],
        "is_optional": is_optional,
        "agreement": agreement_on(clock.civil_date(clock.now())),
    }


def _register(request: HttpRequest, form: forms.RegisterPerson, known: dict[str, str]) -> RegistrationReceipt:
    return services.register_proved_person(
        id_number=form.cleaned_data["id_number"],
        name=form.cleaned_data["name"],
        mobile=known["mobile"],
        proof=uuid.UUID(known["proof"]),
        password=form.cleaned_data["password"],
        actor=actor_of(request),
        address=address_of(request),
        at=clock.now(),
        means_code=form.cleaned_data["means"],
        value=form.cleaned_data["value"],
        born_on=form.cleaned_data["born_on"],
    )
