"""
窗口核验: the card, the code and the signature, one page each; the receipt is printed for the person.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError, TooManyRequests
from tongban.foundation.kept import keep, kept
from tongban.portal.desk import permissions
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.identity import services as identity
from tongban.support.identity.values import SIGNED_AT_COUNTER, CertificationReceipt, ConsentWay, agreement_on

KEPT: Final = "tongban_certify"
SHOWN_FOR: Final = timedelta(minutes=30)
"""A first password stays on the clerk's screen no longer."""
LONGEST: Final = 50
ON_THE_CARD: Final = ("id_number", "name", "born_on")
FIELDS: Final = (*ON_THE_CARD, "mobile")


@never_cache
@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """
    Ask for what stands on the card and for the mobile, and send a code to it.
    """
    actor, at = _clerk(request), clock.now()
    if request.method == "GET":
        if "again" in request.GET:
            request.session.pop(KEPT, None)
        return _start_page(request, actor, kept(request.session, KEPT), at=at)
    typed = {name: request.POST.get(name, "")[:LONGEST] for name in FIELDS}
    try:
        receipt = identity.request_counter_code(
            **_applicant(typed), actor=actor, address=_address(request), at=at
        )
    except ServiceError as error:
        return _start_page(request, actor, typed, at=at, error=error)
    known = kept(request.session, KEPT)
    was_read = all(known.get(name) == typed[name] for name in ON_THE_CARD) and known.get("read")
    keep(request.session, KEPT, {**typed, "masked": receipt.mobile_masked, "read": "1" if was_read else ""})
    return redirect("desk:certify-code")


@never_cache
@require_POST
def read_card(request: HttpRequest) -> HttpResponse:
    """
    Read the card that lies on the clerk's reader into the form.
    """
    actor = _clerk(request)
    card = identity.read_card(actor=actor, at=clock.now())
    typed = {name: request.POST.get(name, "")[:LONGEST] for name in FIELDS}
    if card is None:
        messages.warning(request, _("没有读到身份证。请把卡放好再读，或按卡面输入"))
        keep(request.session, KEPT, typed)
    else:
        keep(
            request.session,
            KEPT,
            {**typed, **{name: getattr(card, name) for name in ON_THE_CARD}, "read": "1"},
        )
    return redirect("desk:certify-start")


@never_cache
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """
    Ask for the code and the signature, and open or raise the account.
    """
    actor, at, known = _clerk(request), clock.now(), kept(request.session, KEPT)
    if "masked" not in known:
        return redirect("desk:certify-start")
    if request.method == "GET":
        return _confirm_page(request, actor, known, at=at)
    way = request.POST.get("way", "")
    wrong = {}
    if way not in SIGNED_AT_COUNTER:
        wrong["way"] = _("请选择协议的签署方式")
    if request.POST.get("signed") != "1":
        wrong["signed"] = _("请在申请人签署协议后勾选")
    if wrong:
        return _confirm_page(request, actor, known, at=at, error=InvalidInput(fields=wrong))
    try:
        receipt = identity.certify_at_counter(
            **_applicant(known),
            code=request.POST.get("code", "")[:LONGEST],
            way=ConsentWay(way),
            by_reader=known.get("read") == "1",
            actor=actor,
            at=at,
        )
    except ServiceError as error:
        return _confirm_page(request, actor, known, at=at, error=error)
    keep(request.session, KEPT, _of_receipt(receipt))
    return redirect("desk:certify-receipt")


@never_cache
@require_safe
def receipt(request: HttpRequest) -> HttpResponse:
    """
    Show what was done, for printing: the slip with the first password, and the agreement to be signed on paper.
    """
    actor, at, known = _clerk(request), clock.now(), kept(request.session, KEPT)
    if "certified_at" not in known:
        return redirect("desk:certify-start")
    certified_at = datetime.fromisoformat(known["certified_at"])
    if at - certified_at > SHOWN_FOR:
        del request.session[KEPT]
        return redirect("desk:certify-start")
    context = {
        "receipt": {**known, "certified_at": certified_at, "way": str(ConsentWay(known["way"]).label)},
        "agreement": agreement_on(clock.civil_date(at)),
    }
    return desk_page(request, "desk/certify_receipt.html", context, actor=actor, current="certify", at=at)


def _clerk(request: HttpRequest) -> Actor:
    actor = staff(request)
    permissions.open_counter.require(actor)
    return actor


def _applicant(typed: dict[str, str]) -> dict[str, Any]:
    """
    Return what was typed as the services take it.

    :raises InvalidInput: the date is none
    """
    return {**{name: typed[name] for name in FIELDS}, "born_on": identity.born_on_of(typed["born_on"])}


def _start_page(
    request: HttpRequest,
    actor: Actor,
    typed: dict[str, str],
    *,
    at: datetime,
    error: ServiceError | None = None,
) -> HttpResponse:
    context = {"typed": {name: typed.get(name, "") for name in FIELDS}, **_complaints(error)}
    return _page(request, "desk/certify_start.html", context, actor=actor, at=at, error=error)


def _confirm_page(
    request: HttpRequest,
    actor: Actor,
    known: dict[str, str],
    *,
    at: datetime,
    error: ServiceError | None = None,
) -> HttpResponse:
    context = {
        "mobile": known["masked"],
        "name": known["name"],
        "agreement": agreement_on(clock.civil_date(at)),
        "way": request.POST.get("way", ""),
        "signed": request.POST.get("signed") == "1",
        "ways": [(way.value, way.label) for way in SIGNED_AT_COUNTER],
        **_complaints(error),
    }
    return _page(request, "desk/certify_confirm.html", context, actor=actor, at=at, error=error)


def _page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
    error: ServiceError | None,
) -> HttpResponse:
    status = error.status if error else 200
    page = desk_page(request, template, context, actor=actor, current="certify", at=at, status=status)
    if isinstance(error, TooManyRequests):
        page["Retry-After"] = str(error.retry_after_seconds)
    return page


def _complaints(error: ServiceError | None) -> dict[str, Any]:
    """
    Return what is wrong: beside the fields, and as the head of the page lists it.
    """
    fields = error.fields if isinstance(error, InvalidInput) else {}
    return {
        "errors": fields,
        "summary": [(name, text) for name, text in fields.items()],
        "refusal": str(error) if error and not fields else "",
    }


def _of_receipt(receipt: CertificationReceipt) -> dict[str, str]:
    return {
        "name": receipt.name_masked,
        "login": receipt.login_masked,
        "password": receipt.initial_password,
        "level": str(receipt.assurance_level),
        "version": receipt.agreement_version,
        "way": receipt.way.value,
        "certified_at": receipt.certified_at.isoformat(),
    }


def _address(request: HttpRequest) -> str | None:
    address = getattr(request, "client_address", None)
    return address if isinstance(address, str) else None
