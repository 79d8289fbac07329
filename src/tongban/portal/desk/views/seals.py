"""
印章管理: seals one has a part in, their life, their log. Each step is taken by the role whose turn it is.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA
from tongban.foundation.errors import InvalidInput
from tongban.foundation.sheets import csv_lines
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.resources.registers import selectors as registers
from tongban.support.seals import selectors, services
from tongban.support.seals.values import (
    ApplicationKind,
    ReceiptOfStep,
    SealAction,
    SealKind,
    SealState,
)

CURRENT: Final = "seals"
YEARS: Final = tuple(range(1, 11))
USUAL_YEARS: Final = 5
ROAD: Final = (
    SealState.APPLIED,
    SealState.REVIEWED,
    SealState.MADE,
    SealState.FILED,
    SealState.ISSUED,
)
CHIPS: Final = {
    "waiting": frozenset(ROAD),
    "in_use": frozenset({SealState.IN_USE}),
    "stopped": frozenset({SealState.SUSPENDED}),
    "ended": frozenset(
        {
            SealState.EXPIRED,
            SealState.REPLACED,
            SealState.DESTROYED,
            SealState.REJECTED,
            SealState.WITHDRAWN,
        }
    ),
}
ONWARD: Final = frozenset(
    {
        SealAction.REVIEW,
        SealAction.REJECT,
        SealAction.MAKE,
        SealAction.FILE,
        SealAction.ISSUE,
        SealAction.RECEIVE,
        SealAction.RESUME,
        SealAction.WITHDRAW,
    }
)
STOPPING: Final = frozenset({SealAction.FREEZE, SealAction.REPORT_LOSS, SealAction.DESTROY})
SUCCEEDED: Final = frozenset({SealState.IN_USE, SealState.SUSPENDED, SealState.EXPIRED})
"""States of which a change or a renewal may be asked for."""
BAD_STEPS: Final = frozenset({SealAction.REJECT, SealAction.REPORT_LOSS, SealAction.DESTROY})
PAUSING_STEPS: Final = frozenset({SealAction.FREEZE, SealAction.EXPIRE, SealAction.REPLACE})


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One line of the life of a seal, for the timeline.
    """

    name: str
    at: datetime
    note: str
    state: str
    file_id: UUID | None
    """Its document."""


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show the seals one has a part in, the ones that changed last first.
    """
    actor, at = staff(request), clock.now()
    given = request.GET.get("state", "")
    cursor = request.GET.get("cursor") or None
    page = selectors.seals_seen(actor=actor, states=CHIPS.get(given), cursor=cursor)
    context = {
        "lines": page.items,
        "links": [
            ("?", _("全部"), given not in CHIPS, None),
            *((f"?state={key}", name, given == key, None) for key, name in _chip_names()),
        ],
        "is_filtered": given in CHIPS,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
        "may_apply": selectors.may_apply(actor=actor),
    }
    return desk_page(request, "desk/seal_list.html", context, actor=actor, current=CURRENT, at=at)


def _chip_names() -> list[tuple[str, str]]:
    return [
        ("waiting", _("办理中")),
        ("in_use", str(SealState.IN_USE.label)),
        ("stopped", _("冻结或挂失")),
        ("ended", _("已结束")),
    ]


@never_cache
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest) -> HttpResponse:
    """
    Ask for a new seal of one's agency.
    """
    actor, at = staff(request), clock.now()
    selectors.require_keeper(actor=actor)
    agency = registers.agency_by_code(code=actor.agency_code or "", actor=actor)
    tried = attempt(
        request,
        lambda: _shown(request, _applied(request, actor, at=at), _("已提交申请，等待审核")),
        actor=actor,
        at=at,
        asks_anew=False,
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "agency_name": agency.name,
        "seal": None,
        "typed": request.POST or {"name": agency.name},
        "kinds": [(str(kind), label) for kind, label in SealKind.choices],
        **_form_facts(tried.errors),
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/seal_apply.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _applied(request: HttpRequest, actor: Actor, *, at: datetime) -> ReceiptOfStep:
    agency = registers.agency_by_code(code=actor.agency_code or "", actor=actor)
    kind = request.POST.get("kind", "")
    if kind not in map(str, SealKind.values):
        raise InvalidInput(fields={"kind": _("请选择印章类型")})
    return services.apply_for_seal(
        agency_code=agency.code,
        agency_name=agency.name,
        division_code=agency.division_code,
        name=request.POST.get("name", "").strip(),
        kind=SealKind(int(kind)),
        caption=request.POST.get("caption", "").strip(),
        basis=request.POST.get("basis", "").strip(),
        years=_years(request),
        actor=actor,
        at=at,
    )


@never_cache
@require_http_methods(["GET", "POST"])
def apply_next(request: HttpRequest, seal_id: UUID) -> HttpResponse:
    """
    Ask for a seal to be changed or renewed.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.seal_detail(seal_id=seal_id, actor=actor)
    selectors.require_keeper(actor=actor)
    tried = attempt(
        request,
        lambda: _shown(
            request,
            _applied_next(request, seal_id, actor, at=at),
            _("已提交申请。新版领取确认以前，原印章的状态不变"),
        ),
        actor=actor,
        at=at,
        asks_anew=False,
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "agency_name": detail.line.agency_name,
        "seal": detail.line,
        "typed": request.POST or {"name": detail.line.name, "caption": detail.caption, "kind": "RENEWAL"},
        "kinds": [(kind.value, kind.label) for kind in (ApplicationKind.RENEWAL, ApplicationKind.CHANGE)],
        **_form_facts(tried.errors),
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/seal_apply.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _applied_next(request: HttpRequest, seal_id: UUID, actor: Actor, *, at: datetime) -> ReceiptOfStep:
    kind = request.POST.get("kind", "")
    if kind not in (ApplicationKind.RENEWAL, ApplicationKind.CHANGE):
        raise InvalidInput(fields={"kind": _("请选择变更或续期")})
    return services.apply_for_next_version(
        seal_id=seal_id,
        kind=ApplicationKind(kind),
        name=request.POST.get("name", "").strip(),
        caption=request.POST.get("caption", "").strip(),
        basis=request.POST.get("basis", "").strip(),
        years=_years(request),
        actor=actor,
        at=at,
    )


def _form_facts(errors: object) -> dict[str, object]:
    return {"errors": errors, "years": [(str(number), str(number)) for number in YEARS]}


def _years(request: HttpRequest) -> int:
    given = request.POST.get("years", "")
    return int(given) if given in map(str, YEARS) else USUAL_YEARS


@never_cache
@require_http_methods(["GET", "POST"])
def show_one(request: HttpRequest, seal_id: UUID) -> HttpResponse:
    """
    Show a seal with its life, its authorisations and its log; take a step whose turn it is.
    """
    actor, at = staff(request), clock.now()
    # Asked first: a seal that is not there, or not shown to him, has no steps.
    selectors.seal_detail(seal_id=seal_id, actor=actor)
    tried = attempt(
        request, lambda: _stepped(request, seal_id, actor, at=at), actor=actor, at=at, asks_anew=False
    )
    if isinstance(tried, HttpResponse):
        return tried
    detail = selectors.seal_detail(seal_id=seal_id, actor=actor)
    cursor = request.GET.get("cursor") or None
    uses = selectors.uses_of_seal(seal_id=seal_id, actor=actor, cursor=cursor)
    context = {
        "one": detail,
        "line": detail.line,
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(detail.picture).decode()}",
        "steps": _timeline(detail),
        "authorisations": detail.authorisations,
        "at": at,
        "uses": uses.items,
        "next_url": page_url(request, uses.next_cursor) if uses.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
        "onward": [action for action in detail.actions if action in ONWARD],
        "stopping": [action for action in detail.actions if action in STOPPING],
        "may_authorise": SealAction.AUTHORISE in detail.actions,
        "may_end": SealAction.END_AUTHORISATION in detail.actions,
        "may_succeed": _may_be_succeeded(detail, actor),
        "typed": request.POST,
        # The page has two forms, each with its own field for a note.
        "errors": {
            _note_field(request) if name == "note" else name: fault for name, fault in tried.errors.items()
        },
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/seal_show.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _note_field(request: HttpRequest) -> str:
    return "reason" if request.POST.get("act", "") in STOPPING else "note"


def _may_be_succeeded(detail: selectors.SealDetail, actor: Actor) -> bool:
    is_own = detail.line.agency_code == actor.agency_code
    return is_own and detail.line.state in SUCCEEDED and selectors.may_apply(actor=actor)


def _timeline(detail: selectors.SealDetail) -> list[Step]:
    steps = []
    for step in detail.steps:
        state = "bad" if step.action in BAD_STEPS else "paused" if step.action in PAUSING_STEPS else "done"
        told = (step.actor_name, str(step.facts.get("filing_number", "")), step.note)
        note = " · ".join(part for part in told if part)
        steps.append(
            Step(name=str(step.action.label), at=step.at, note=note, state=state, file_id=step.file_id)
        )
    return steps


def _stepped(request: HttpRequest, seal_id: UUID, actor: Actor, *, at: datetime) -> HttpResponse:
    given = request.POST.get("act", "")
    note = request.POST.get(_note_field(request), "").strip()
    if given == SealAction.END_AUTHORISATION:
        services.end_authorisation(
            authorisation_id=_authorisation_id(request, seal_id, actor), note=note, actor=actor, at=at
        )
        messages.success(request, _("授权已收回，立即生效"))
        return redirect("desk:seal-show", seal_id=seal_id)
    if given == SealAction.FILE:
        number = request.POST.get("filing_number", "").strip()
        if not number:
            raise InvalidInput(fields={"filing_number": _("请填写备案编号")})
        receipt = services.file_seal(seal_id=seal_id, filing_number=number, note=note, actor=actor, at=at)
    elif given in STEPS:
        receipt = STEPS[SealAction(given)](seal_id=seal_id, note=note, actor=actor, at=at)
    else:
        raise Http404
    told = _("已办理：%(step)s。印章现在的状态：%(state)s") % {
        "step": SealAction(given).label,
        "state": receipt.state.label,
    }
    return _shown(request, receipt, told)


STEPS: Final[dict[SealAction, Callable[..., ReceiptOfStep]]] = {
    SealAction.REVIEW: services.review_seal,
    SealAction.REJECT: services.reject_seal,
    SealAction.MAKE: services.make_seal,
    SealAction.ISSUE: services.issue_seal,
    SealAction.RECEIVE: services.receive_seal,
    SealAction.WITHDRAW: services.withdraw_application,
    SealAction.FREEZE: services.freeze_seal,
    SealAction.REPORT_LOSS: services.report_loss,
    SealAction.RESUME: services.resume_seal,
    SealAction.DESTROY: services.destroy_seal,
}


def _authorisation_id(request: HttpRequest, seal_id: UUID, actor: Actor) -> UUID:
    """
    Return which authorisation of this seal is meant; another seal's is not ended from here.
    """
    given = request.POST.get("authorisation_id", "")
    known = selectors.seal_detail(seal_id=seal_id, actor=actor).authorisations
    for one in known:
        if str(one.id) == given:
            return one.id
    raise Http404


def _shown(request: HttpRequest, receipt: ReceiptOfStep, told: str) -> HttpResponse:
    messages.success(request, told)
    return redirect("desk:seal-show", seal_id=receipt.seal_id)


@never_cache
@require_safe
def export(request: HttpRequest, seal_id: UUID) -> HttpResponseBase:
    """
    Hand the log of a seal out as a table; who took it is written down.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.seal_detail(seal_id=seal_id, actor=actor)
    uses = services.export_uses(seal_id=seal_id, actor=actor, at=at)
    headings = [
        _("用印时间"),
        _("用印事由"),
        _("办件编号"),
        _("文件摘要（SM3）"),
        _("签章方式"),
        _("用印人"),
        _("印章版本"),
    ]
    rows = (
        (
            f"{use.at.astimezone(CHINA):%F %T}",
            str(use.purpose.label),
            use.case_number,
            use.digest,
            use.method,
            use.account_name or f"{use.actor_kind} {use.actor_id}",
            str(use.version or ""),
        )
        for use in uses
    )
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    name = f"seal-{detail.line.code}-{at:%Y%m%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@never_cache
@require_safe
def picture(request: HttpRequest, seal_id: UUID) -> HttpResponse:
    """
    Hand the picture of a seal out, fit for print; who took it is written down.
    """
    content = services.export_picture(seal_id=seal_id, actor=staff(request), at=clock.now())
    response = HttpResponse(content, content_type="image/png")
    response["Content-Disposition"] = f'attachment; filename="seal-{seal_id}.png"'
    return response
