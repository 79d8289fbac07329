"""
Acts on a licence, each a small page of its own: what is asked, a second look, what is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.business.licences import selectors as licences
from tongban.business.licences import services
from tongban.business.licences.values import HOLDER_LINES, Act, LicenceDetail, LicenceReceipt
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotPermitted, ServiceError
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)

SLUGS: Final[dict[str, Act]] = {
    "suspend": Act.SUSPEND,
    "resume": Act.RESUME,
    "amend": Act.AMEND,
    "check": Act.CHECK,
    "move": Act.MOVE,
    "revoke": Act.REVOKE,
    "cancel": Act.CANCEL,
}
GRAVE: Final = frozenset({Act.MOVE, Act.REVOKE, Act.CANCEL})
LONGEST_PERIOD_MONTHS: Final = 1200
FACE: Final = "face-"

_SIMPLE: Final[dict[Act, Callable[..., LicenceReceipt]]] = {
    Act.SUSPEND: services.suspend_licence,
    Act.RESUME: services.resume_licence,
    Act.CHECK: services.check_licence,
    Act.MOVE: services.move_licence,
    Act.REVOKE: services.revoke_licence,
    Act.CANCEL: services.cancel_licence,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeableLine:
    """
    One line of the face in the form of an amendment.
    """

    name: str
    label: str
    current: str
    """As it stands, masked where it is personal."""


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, identifier: str, act: str) -> HttpResponse:
    """
    Ask what an act needs, show it once more, then do it.

    :raises NotPermitted: the actor does not decide for the issuing agency
    """
    if act not in SLUGS:
        raise Http404
    actor, at, wanted = staff(request), clock.now(), SLUGS[act]
    detail = licences.licence_detail(identifier=identifier, actor=actor, at=at)
    if request.method == "GET":
        if wanted not in detail.actions:
            messages.info(request, _("该证照现在不能%(action)s") % {"action": wanted.label})
            return redirect("desk:licence-show", identifier=identifier)
        return _page(request, detail, wanted, actor=actor, at=at)
    if "back" in request.POST:
        return _page(request, detail, wanted, actor=actor, at=at)
    return _answer(request, detail, wanted, actor=actor, at=at)


def _answer(
    request: HttpRequest, detail: LicenceDetail, wanted: Act, *, actor: Actor, at: datetime
) -> HttpResponse:
    try:
        if "confirmed" not in request.POST:
            return _second_look(request, detail, wanted, actor=actor, at=at)
        receipt = _do(request, detail, wanted, actor=actor, at=at)
    except NotPermitted:
        raise
    except InvalidInput as error:
        return _page(
            request, detail, wanted, actor=actor, at=at, errors=_by_field(error), status=error.status
        )
    except ServiceError as error:
        return _page(request, detail, wanted, actor=actor, at=at, refusal=error, status=error.status)
    messages.success(request, _("已%(action)s") % {"action": wanted.label})
    return redirect("desk:licence-show", identifier=receipt.identifier)


def _do(
    request: HttpRequest, detail: LicenceDetail, act: Act, *, actor: Actor, at: datetime
) -> LicenceReceipt:
    common: dict[str, Any] = {
        "identifier": detail.summary.identifier,
        "reason": request.POST.get("reason", ""),
        "legal_basis": request.POST.get("legal_basis", ""),
        "actor": actor,
        "at": at,
    }
    if act is not Act.AMEND:
        return _SIMPLE[act](**common)
    return services.amend_licence(
        face=_new_values(request, detail),
        case_number=request.POST.get("case_number", ""),
        validity_months=_months(request),
        **common,
    )


def _second_look(
    request: HttpRequest, detail: LicenceDetail, act: Act, *, actor: Actor, at: datetime
) -> HttpResponse:
    services.require_act(
        act,
        identifier=detail.summary.identifier,
        reason=request.POST.get("reason", ""),
        legal_basis=request.POST.get("legal_basis", ""),
        actor=actor,
        on=civil_date(at),
    )
    _months(request)
    facts = [
        (_("理由"), request.POST.get("reason", "")),
        (_("法律依据"), request.POST.get("legal_basis", "")),
    ]
    if act is Act.AMEND:
        facts.append((_("变更依据的编号"), request.POST.get("case_number", "")))
        new = _new_values(request, detail)
        facts += [(line.label, new[line.name]) for line in _lines(detail) if line.name in new]
        if months := request.POST.get("validity_months", "").strip():
            facts.append((_("新的有效期"), _("%(months)s 个月") % {"months": months}))
    typed = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    context = {**_common(detail, act), "facts_typed": facts, "typed": typed}
    return desk_page(request, "desk/licence_confirm.html", context, actor=actor, current="licences", at=at)


def _page(
    request: HttpRequest,
    detail: LicenceDetail,
    act: Act,
    *,
    actor: Actor,
    at: datetime,
    errors: dict[str, str] | None = None,
    refusal: ServiceError | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    context = {
        **_common(detail, act),
        "lines": _lines(detail) if act is Act.AMEND else [],
        "basis": _usual_basis(act),
        "typed": request.POST.dict(),
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": refusal,
    }
    return desk_page(
        request, "desk/licence_action.html", context, actor=actor, current="licences", at=at, status=status
    )


def _common(detail: LicenceDetail, act: Act) -> dict[str, Any]:
    return {
        "licence": detail.summary,
        "name": in_language(detail.summary.type_name, detail.summary.type_name_en),
        "act": act,
        "effect": _effect(act),
        "is_grave": act in GRAVE,
        "is_amendment": act is Act.AMEND,
    }


def _lines(detail: LicenceDetail) -> list[ChangeableLine]:
    return [
        ChangeableLine(name=line.key, label=in_language(line.label, line.label_en), current=line.value)
        for line in detail.face
        if line.key not in HOLDER_LINES
    ]


def _new_values(request: HttpRequest, detail: LicenceDetail) -> dict[str, str]:
    typed = {line.name: request.POST.get(f"{FACE}{line.name}", "") for line in _lines(detail)}
    return {key: value for key, value in typed.items() if value.strip()}


def _months(request: HttpRequest) -> int | None:
    text = request.POST.get("validity_months", "").strip()
    if not text:
        return None
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(LONGEST_PERIOD_MONTHS))
    if not is_number or not 1 <= int(text) <= LONGEST_PERIOD_MONTHS:
        raise InvalidInput(fields={"validity_months": _("请填写 1 至 1200 的整数")})
    return int(text)


def _by_field(error: InvalidInput) -> dict[str, str]:
    """
    Return what is wrong, by the names of the form's fields.
    """
    named = {"reason", "legal_basis", "case_number", "validity_months", "face"}
    return {name if name in named else f"{FACE}{name}": text for name, text in error.fields.items()}


def _usual_basis(act: Act) -> str:
    usual = {
        Act.AMEND: _("《中华人民共和国行政许可法》第四十九条"),
        Act.REVOKE: _("《中华人民共和国行政许可法》第六十九条"),
        Act.CANCEL: _("《中华人民共和国行政许可法》第七十条"),
    }
    return usual.get(act, "")


def _effect(act: Act) -> str:
    effects = {
        Act.SUSPEND: _("暂停期间，任何人核验都会看到“已暂停”；以后可以恢复。"),
        Act.RESUME: _("恢复后，任何人核验都会看到“有效”。"),
        Act.AMEND: _("会签发一个新版本，证照编号不变；现在这个版本核验时显示“已被新版本替换”。"),
        Act.CHECK: _("记录本次年检的结论，下次年检的截止日期从今天起重新计算。"),
        Act.MOVE: _("转出后不能恢复，任何人核验都会立即看到“已转出”；请在理由中写明转入地。"),
        Act.REVOKE: _("撤销后不能恢复，任何人核验都会立即看到“已撤销”。"),
        Act.CANCEL: _("注销后不能恢复，任何人核验都会立即看到“已注销”。"),
    }
    return effects[act]
