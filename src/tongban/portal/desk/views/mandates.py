"""
监护和亲友代办: what a clerk writes down for people who are at the counter.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tongban.foundation import clock
from tongban.foundation.actors import Actor, MandateFunction
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.foundation.http import client_address
from tongban.portal.desk import permissions
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.identity import services as identity
from tongban.support.mandates import services
from tongban.support.mandates.services import Card
from tongban.support.mandates.values import FUNCTION_NAMES, NOT_USED_YET_WORDS, Evidence, Grant, MandateView

LONGEST: Final = 500
GUARDIAN_EVIDENCE: Final = tuple(one for one in Evidence if one is not Evidence.LETTER_OF_AUTHORITY)
PARTS: Final = ("name", "id_number", "mobile")
USUAL_DAYS: Final = 365
USUAL_FUNCTIONS: Final = (MandateFunction.APPLY, MandateFunction.QUERY)


@never_cache
@require_http_methods(["GET", "POST"])
def record_guardian(request: HttpRequest) -> HttpResponse:
    """
    Write down who is whose guardian, on evidence; from then on he can act for his ward.
    """
    actor, at = _clerk(request), clock.now()
    typed = _typed(request)
    if request.method == "GET":
        return _guardian_page(request, actor, typed)
    evidence = typed.get("evidence", "")
    if evidence not in {one.value for one in GUARDIAN_EVIDENCE}:
        wrong = InvalidInput(fields={"evidence": _("请选择证明文件")})
        return _guardian_page(request, actor, typed, error=wrong)
    try:
        services.establish_guardianship(
            guardian=_card(typed, "guardian"),
            ward=_card(typed, "ward"),
            evidence=Evidence(evidence),
            note=typed.get("note", ""),
            actor=actor,
            at=at,
        )
    except ServiceError as error:
        return _guardian_page(request, actor, typed, error=error)
    messages.success(request, _("监护已登记。监护人登录后在“切换身份”中选择被监护人，就能代为办理"))
    return redirect("desk:guardian-record")


@never_cache
@require_http_methods(["GET", "POST"])
def record_relative(request: HttpRequest) -> HttpResponse:
    """
    Send the code to somebody at the counter, then offer his relative or friend the mandate he wants.
    """
    actor, at = _clerk(request), clock.now()
    today = civil_date(at)
    typed = _typed(request)
    if request.method == "GET":
        usual = {
            "from": today.isoformat(),
            "to": (today + timedelta(days=USUAL_DAYS - 1)).isoformat(),
            "functions": [function.value for function in USUAL_FUNCTIONS],
        }
        return _relative_page(request, actor, usual)
    typed["functions"] = request.POST.getlist("functions")
    try:
        if "send" in request.POST:
            services.request_consent_code(
                elder=_card(typed, "elder"), actor=actor, address=client_address(request), at=at
            )
            messages.success(request, _("验证码已发到本人手机，请本人核对短信内容后读出验证码"))
            return _relative_page(request, actor, typed)
        services.establish_relative(
            elder=_card(typed, "elder"),
            relative=_card(typed, "relative"),
            code=typed.get("code", ""),
            grant=_grant(typed, today=today),
            note=typed.get("note", ""),
            actor=actor,
            at=at,
        )
    except ServiceError as error:
        return _relative_page(request, actor, typed, error=error)
    messages.success(request, _("代办授权已登记。对方登录后在“授权管理”中接受，授权才生效"))
    return redirect("desk:relative-record")


@never_cache
@require_http_methods(["GET", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """
    Find by a card which guardianships and mandates of relatives there are, whichever side the card is of.
    """
    actor, at = _clerk(request), clock.now()
    typed = _typed(request)
    if request.method == "GET":
        return _found_page(request, actor, typed)
    try:
        found = _found(typed, actor=actor, at=at)
    except ServiceError as error:
        return _found_page(request, actor, typed, error=error)
    return _found_page(request, actor, typed, found=found)


@never_cache
@require_POST
def end(request: HttpRequest, mandate_id: UUID) -> HttpResponse:
    """
    End what was found, on evidence; both sides are told.
    """
    actor, at = _clerk(request), clock.now()
    typed, control = _typed(request), f"note-{mandate_id}"
    try:
        services.end_by_clerk(mandate_id=mandate_id, note=typed.get(control, ""), actor=actor, at=at)
    except InvalidInput as error:
        wrong = InvalidInput(fields={control: error.fields["note"]})
        found = _found(typed, actor=actor, at=at)
        return _found_page(request, actor, typed, found=found, error=wrong)
    messages.success(request, _("授权已终止，立即生效，已通知双方"))
    return redirect("desk:mandate-find")


def _found(typed: Mapping[str, Any], *, actor: Actor, at: datetime) -> list[MandateView]:
    name, number = typed.get("name", ""), typed.get("number", "")
    return services.find_at_counter(name=name, number=number, actor=actor, at=at)


def _found_page(
    request: HttpRequest,
    actor: Actor,
    typed: dict[str, Any],
    *,
    found: list[MandateView] | None = None,
    error: ServiceError | None = None,
) -> HttpResponse:
    context = {"typed": typed, "found": found, **_complaints(error)}
    return _page(request, "desk/mandate_find.html", context, actor, current="mandates", error=error)


def _clerk(request: HttpRequest) -> Actor:
    actor = staff(request)
    permissions.open_counter.require(actor)
    return actor


def _typed(request: HttpRequest) -> dict[str, Any]:
    return {name: value[:LONGEST] for name, value in request.POST.items() if isinstance(value, str)}


def _card(typed: Mapping[str, Any], who: str) -> Card:
    parts = {part: typed.get(f"{who}_{part}", "") for part in PARTS}
    try:
        born_on = identity.born_on_of(typed.get(f"{who}_born_on", ""))
    except InvalidInput as error:
        raise InvalidInput(fields={f"{who}.{name}": text for name, text in error.fields.items()}) from error
    return Card(**parts, born_on=born_on)


def _grant(typed: Mapping[str, Any], *, today: date) -> Grant:
    begins, last = _day(typed.get("from", "")), _day(typed.get("to", ""))
    return Grant(
        functions=frozenset(one for one in MandateFunction if one.value in typed["functions"]),
        valid_from=begins or today,
        valid_until=last + timedelta(days=1) if last and last < date.max else None,
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _guardian_page(
    request: HttpRequest, actor: Actor, typed: dict[str, Any], *, error: ServiceError | None = None
) -> HttpResponse:
    evidence = [(one.value, str(one.label)) for one in GUARDIAN_EVIDENCE]
    context = {"typed": typed, "evidence": evidence, **_complaints(error)}
    return _page(request, "desk/mandate_guardian.html", context, actor, current="guardians", error=error)


def _relative_page(
    request: HttpRequest, actor: Actor, typed: dict[str, Any], *, error: ServiceError | None = None
) -> HttpResponse:
    functions = [(one.value, str(FUNCTION_NAMES[one])) for one in MandateFunction]
    context = {
        "typed": typed,
        "functions": functions,
        "later": str(NOT_USED_YET_WORDS),
        **_complaints(error),
    }
    return _page(request, "desk/mandate_relative.html", context, actor, current="relatives", error=error)


def _page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    actor: Actor,
    *,
    current: str,
    error: ServiceError | None,
) -> HttpResponse:
    status = error.status if error else 200
    return desk_page(request, template, context, actor=actor, current=current, at=clock.now(), status=status)


def _complaints(error: ServiceError | None) -> dict[str, Any]:
    """
    Return what is wrong by field, named as on the page, and what is refused as a whole.
    """
    fields = error.fields if isinstance(error, InvalidInput) else {}
    renamed = {"valid_from": "from", "valid_until": "to", "relative.number": "relative_id_number"}
    errors = {renamed.get(name, name.replace(".", "_")): text for name, text in fields.items()}
    return {"errors": errors, "refusal": str(error) if error and not fields else ""}
