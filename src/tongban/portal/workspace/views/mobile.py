"""
Replacing one's own mobile: the password and the new number on one page, the code on the next.
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import NotAuthenticated, ServiceError
from tongban.foundation.kept import keep, kept
from tongban.portal.workspace import forms
from tongban.portal.workspace.views.form_pages import page, refused
from tongban.portal.workspace.views.login import address_of
from tongban.support.identity import selectors, services
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import HighRiskAct

CHANGE = "tongban_mobile"


@never_cache
@require_http_methods(["GET", "POST"])
def ask_new_mobile(request: HttpRequest) -> HttpResponse:
    """
    Ask for the password and the new number, and send a code to it.
    """
    actor = _person(request)
    # Asked before anything is typed, so that nothing is typed twice.
    services.require_fresh_check(actor, act=HighRiskAct.CHANGE_MOBILE, at=clock.now())
    present = selectors.profile(actor=actor).mobile_masked
    if request.method == "GET":
        typed = {"mobile": kept(request.session, CHANGE).get("mobile", "")}
        return page(request, "account_mobile", forms.ChangeMobile(initial=typed), present=present)
    form = forms.ChangeMobile(request.POST)
    if not form.is_valid():
        return page(request, "account_mobile", form, status=422, present=present)
    mobile = form.cleaned_data["mobile"]
    try:
        receipt = services.request_mobile_change(
            password=form.cleaned_data["password"],
            mobile=mobile,
            actor=actor,
            address=address_of(request),
            at=clock.now(),
        )
    except ServiceError as error:
        return refused(request, "account_mobile", form, error, present=present)
    keep(request.session, CHANGE, {"mobile": mobile, "masked": receipt.mobile_masked})
    return redirect("workspace:mobile-code")


@never_cache
@require_http_methods(["GET", "POST"])
def ask_code(request: HttpRequest) -> HttpResponse:
    """
    Ask for the code, and replace the number.
    """
    actor = _person(request)
    known = kept(request.session, CHANGE)
    if "mobile" not in known:
        return redirect("workspace:mobile-change")
    if request.method == "GET":
        return page(request, "account_mobile_code", forms.Code(), mobile=known["masked"])
    form = forms.Code(request.POST)
    if not form.is_valid():
        return page(request, "account_mobile_code", form, status=422, mobile=known["masked"])
    try:
        services.change_mobile(
            mobile=known["mobile"], code=form.cleaned_data["code"], actor=actor, at=clock.now()
        )
    except services.MobileTaken as error:
        # The code is used up, and another number is wanted: both are asked for on the page before.
        messages.warning(request, str(error))
        return redirect("workspace:mobile-change")
    except ServiceError as error:
        return refused(request, "account_mobile_code", form, error, mobile=known["masked"])
    del request.session[CHANGE]
    request.session.cycle_key()
    messages.success(request, _("手机号码已改为 %(mobile)s，以后用新号码登录") % {"mobile": known["masked"]})
    return redirect("workspace:account-show")


def _person(request: HttpRequest) -> Actor:
    actor = actor_of(request)
    if not actor.is_person:
        raise NotAuthenticated
    return actor
