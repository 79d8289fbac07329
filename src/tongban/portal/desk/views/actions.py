"""
Acts on a case, each a small page of its own: what is asked, what was typed, what is refused and by which clause.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.business.casework import selectors, services
from tongban.business.casework.values import Action, CaseReceipt, CorrectionItem, Limit
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.foundation.errors import InvalidInput, ServiceError, StaleVersion
from tongban.foundation.languages import in_language
from tongban.portal.desk.views.cases import ACTS, require_case
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)

BY_SLUG = {slug: action for action, (slug, _kind, _key) in ACTS.items()}
FORM_CODE = "_form"
"""Stands for the form itself among the materials of a correction notice."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """
    One thing an act asks for.
    """

    name: str
    label: str
    kind: str = "textarea"
    """text, textarea, number, radio or select."""
    hint: str = ""
    required: bool = True
    options: list[tuple[str, str]] = field(default_factory=list)
    value: str = ""
    unit: str = ""


Typed = dict[str, str]
Do = Callable[[str, Typed, dict[str, Any]], CaseReceipt]


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """
    Ask what an act needs, then do it.
    """
    if act not in BY_SLUG:
        raise Http404
    actor, at, action = staff(request), clock.now(), BY_SLUG[act]
    case = require_case(actor, number, at=at)
    if request.method == "GET":
        if action not in case.actions:
            messages.info(request, _("该办件现在不能%(action)s") % {"action": action.label})
            return redirect("desk:case-show", number=number)
        return _page(request, case, action, actor=actor, at=at)
    return _do(request, case, action, actor=actor, at=at)


def _do(
    request: HttpRequest, case: selectors.CaseDetail, action: Action, *, actor: Actor, at: datetime
) -> HttpResponse:
    seen = request.POST.get("version", "")
    common: dict[str, Any] = {
        "actor": actor,
        "at": at,
        "calendar": current_calendar(),
        "version": int(seen) if seen.isascii() and seen.isdigit() else None,
    }
    try:
        if action is Action.REQUEST_CORRECTION:
            receipt = services.request_correction(
                number=case.number,
                items=_items(request, case),
                working_days=_number(request, "working_days"),
                **common,
            )
        else:
            receipt = _DO[action](case.number, request.POST.dict(), common)
    except InvalidInput as error:
        return _page(request, case, action, actor=actor, at=at, errors=error.fields, status=error.status)
    except StaleVersion as error:
        changed = [step for step in case.timeline if step.seq > int(seen or 0)]
        return _page(
            request, case, action, actor=actor, at=at, refusal=error, changed=changed, status=error.status
        )
    except ServiceError as error:
        return _page(request, case, action, actor=actor, at=at, refusal=error, status=error.status)
    messages.success(request, _done(action, receipt))
    return redirect("desk:case-show", number=case.number)


_DO: dict[Action, Do] = {
    Action.ACCEPT: lambda number, typed, common: services.accept(
        number=number, opinion=typed.get("opinion", ""), **common
    ),
    Action.PASS_PRE_CHECK: lambda number, typed, common: services.pass_pre_check(
        number=number, opinion=typed.get("opinion", ""), **common
    ),
    Action.REFUSE_ACCEPTANCE: lambda number, typed, common: services.refuse_acceptance(
        number=number,
        reason=typed.get("reason", ""),
        competent_agency=typed.get("competent_agency", ""),
        **common,
    ),
    Action.STOP_CLOCK: lambda number, typed, common: services.start_special_procedure(
        number=number,
        kind=typed.get("kind", ""),
        name=typed.get("name", ""),
        reason=typed.get("reason", ""),
        basis=typed.get("basis", ""),
        limit=Limit(amount=_whole(typed.get("amount", "")), unit=typed.get("unit", "")),
        **common,
    ),
    Action.RESUME_CLOCK: lambda number, typed, common: services.end_special_procedure(
        number=number, result=typed.get("result", ""), **common
    ),
    Action.EXTEND: lambda number, typed, common: services.extend(
        number=number, days=_whole(typed.get("days", "")), reason=typed.get("reason", ""), **common
    ),
    Action.DELIVER: lambda number, typed, common: services.deliver(
        number=number, way=typed.get("way", ""), recipient=typed.get("recipient", ""), **common
    ),
    Action.PASS_ON: lambda number, typed, common: services.pass_on(
        number=number, to_agency=typed.get("to_agency", ""), reason=typed.get("reason", ""), **common
    ),
    Action.WITHDRAW: lambda number, typed, common: services.withdraw(
        number=number, reason=typed.get("reason", ""), **common
    ),
    Action.VOID: lambda number, typed, common: services.void(
        number=number, reason=typed.get("reason", ""), **common
    ),
}


def _page(
    request: HttpRequest,
    case: selectors.CaseDetail,
    action: Action,
    *,
    actor: Actor,
    at: datetime,
    errors: dict[str, str] | None = None,
    refusal: ServiceError | None = None,
    changed: list[selectors.TimelineStep] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    context: dict[str, Any] = {
        "case": case,
        "name": in_language(case.terms.service_name, case.terms.service_name_en),
        "action": action,
        "asked": _asked(action, case),
        "typed": request.POST.dict(),
        "errors": errors,
        "summary": list(errors.items()),
        "refusal": refusal,
        "clause": getattr(refusal, "clause", "") if refusal else "",
        "changed": changed or [],
        "is_grave": action in {Action.REFUSE_ACCEPTANCE, Action.VOID, Action.WITHDRAW},
        "items": _choices(case, request) if action is Action.REQUEST_CORRECTION else [],
    }
    return desk_page(
        request, "desk/case_action.html", context, actor=actor, current="inbox", at=at, status=status
    )


def _asked(action: Action, case: selectors.CaseDetail) -> list[Asked]:
    reason = Asked(name="reason", label=_("理由"))
    preset = case.terms.special_procedures[0] if case.terms.special_procedures else {}
    limit = preset.get("limit") or {}
    questions: dict[Action, list[Asked]] = {
        Action.ACCEPT: [
            Asked(name="opinion", label=_("受理意见"), required=False, value=_("材料齐全，符合法定形式"))
        ],
        Action.PASS_PRE_CHECK: [Asked(name="opinion", label=_("预审意见"), required=False)],
        Action.REQUEST_CORRECTION: [
            Asked(name="working_days", label=_("补正期限"), kind="number", unit=_("个工作日"), value="15")
        ],
        Action.REFUSE_ACCEPTANCE: [
            reason,
            Asked(
                name="competent_agency",
                label=_("有权办理的机关"),
                kind="text",
                hint=_("不属于本机关职权时填写"),
                required=False,
            ),
        ],
        Action.STOP_CLOCK: [
            Asked(
                name="kind", label=_("种类"), kind="select", options=_stop_kinds(), value=_stop_kind(preset)
            ),
            Asked(name="name", label=_("名称"), kind="text", value=preset.get("name", "")),
            Asked(name="reason", label=_("为什么需要")),
            Asked(
                name="basis",
                label=_("法定依据"),
                value=preset.get("legal_basis") or _("《中华人民共和国行政许可法》第四十五条"),
            ),
            Asked(
                name="amount",
                label=_("所需时间"),
                kind="number",
                hint=_("书面告知申请人"),
                value=str(limit.get("amount", "")),
            ),
            Asked(
                name="unit",
                label=_("单位"),
                kind="select",
                options=[("WORKING_DAY", _("工作日")), ("CALENDAR_DAY", _("自然日")), ("MONTH", _("月"))],
                value=limit.get("unit", "WORKING_DAY"),
            ),
        ],
        Action.RESUME_CLOCK: [Asked(name="result", label=_("特别程序的结果"), required=False)],
        Action.EXTEND: [
            Asked(
                name="days",
                label=_("延长"),
                kind="number",
                unit=_("个工作日"),
                hint=_("最多 10 个工作日，只能延长一次"),
                value="10",
            ),
            reason,
        ],
        Action.DELIVER: [
            Asked(
                name="way",
                label=_("送达方式"),
                kind="radio",
                options=[("counter", _("窗口领取")), ("post", _("邮寄送达"))],
                value=case.state.delivery.get("way", "counter"),
            ),
            Asked(name="recipient", label=_("签收人"), kind="text", required=False),
        ],
        Action.PASS_ON: [Asked(name="to_agency", label=_("接收机关"), kind="text"), reason],
        Action.WITHDRAW: [reason],
        Action.VOID: [reason],
    }
    return questions[action]


def _stop_kinds() -> list[tuple[str, str]]:
    return [
        ("HEARING", _("听证")),
        ("TENDER", _("招标")),
        ("AUCTION", _("拍卖")),
        ("INSPECTION", _("检验")),
        ("TESTING", _("检测")),
        ("QUARANTINE", _("检疫")),
        ("APPRAISAL", _("鉴定")),
        ("EXPERT_REVIEW", _("专家评审")),
        ("OTHER", _("其他")),
    ]


def _stop_kind(preset: dict[str, Any]) -> str:
    methods = {"HEARING": "HEARING", "EXPERT_REVIEW": "EXPERT_REVIEW", "TENDER": "TENDER"}
    return methods.get(str(preset.get("method", "")), "OTHER" if preset else "")


def _choices(case: selectors.CaseDetail, request: HttpRequest) -> list[tuple[str, str, bool, str]]:
    """
    Return what can be asked to be corrected: code, name, whether ticked, reason typed.
    """
    rows = [(FORM_CODE, _("申请表填写内容"))]
    rows += [(term.code, in_language(term.name, term.name_en)) for term in case.terms.materials]
    return [
        (code, name, code in request.POST.getlist("codes"), request.POST.get(f"reason-{code}", ""))
        for code, name in rows
    ]


def _items(request: HttpRequest, case: selectors.CaseDetail) -> list[CorrectionItem]:
    names = {term.code: term.name for term in case.terms.materials}
    return [
        CorrectionItem(
            material_code="" if code == FORM_CODE else code,
            name=names.get(code, "申请表填写内容"),
            reason=request.POST.get(f"reason-{code}", ""),
        )
        for code in request.POST.getlist("codes")
        if code in names or code == FORM_CODE
    ]


def _number(request: HttpRequest, name: str) -> int:
    return _whole(request.POST.get(name, ""))


def _whole(text: str) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len("9999") else 0


def _done(action: Action, receipt: CaseReceipt) -> str:
    due = receipt.promised_due or receipt.statutory_due
    if action is Action.ACCEPT and due:
        return _("已受理，最迟 %(day)s 办结") % {"day": selectors.shown_day(due)}
    return _("已%(action)s") % {"action": action.label}
