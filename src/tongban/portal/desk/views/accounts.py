"""
工作人员账号: the list, one account with its history, opening one, and resets that wait for their second person.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, ServiceError
from tongban.foundation.sheets import csv_lines
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.portal.desk.views.lists import page_url
from tongban.resources.registers import selectors as registers
from tongban.support.identity import selectors, services
from tongban.support.identity.services import SecondFactorNotFresh
from tongban.support.identity.values import (
    AbsenceLine,
    AssignmentLine,
    InitialPassword,
    Post,
    Role,
    StaffFilter,
    StaffLine,
)

LONGEST_TEXT = 64
STATES = {"": True, "left": False, "all": None}


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountLine:
    """
    An account as the list shows it.
    """

    line: StaffLine
    agency: str
    tasks: str
    href: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show accounts of staff by login name, narrowed by text, post, role and state.
    """
    actor, at = staff(request), clock.now()
    wanted = _wanted(request)
    cursor = request.GET.get("cursor") or None
    page = selectors.staff_page(actor=actor, wanted=wanted, at=at, cursor=cursor)
    names = registers.known_agency_codes(actor=actor)
    context = {
        "lines": [_line(line, names) for line in page.items],
        "wanted": wanted,
        "state": request.GET.get("state", ""),
        "posts": Post.choices,
        "roles": Role.choices,
        "states": [("", _("在岗")), ("left", _("已离岗")), ("all", _("全部"))],
        "is_filtered": bool(set(request.GET) - {"cursor"}),
        "may_open": selectors.may_open_accounts(actor=actor),
        "missing": [str(role.label) for role in selectors.missing_administrators(actor=actor)],
        "export_url": f"{reverse('desk:account-export')}?{request.GET.urlencode()}",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/account_list.html", context, actor=actor, current="accounts", at=at)


@never_cache
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """
    Hand the accounts that are looked for out as a table; who took it is written down.
    """
    actor, at = staff(request), clock.now()
    lines = services.export_staff(wanted=_wanted(request), actor=actor, at=at)
    names = registers.known_agency_codes(actor=actor)
    headings = [
        "staff_code",
        "login_no",
        "staff_name",
        "staff_duty",
        "org_id",
        "org_name",
        "region_id",
        "staff_status",
        _("岗位"),
        _("角色"),
        _("第二重认证"),
        _("上次登录"),
    ]
    rows = (
        (
            line.staff_code,
            line.login_name,
            line.name,
            line.duty,
            line.agency_code,
            names.get(line.agency_code, ""),
            line.division_code,
            "1" if line.is_active else "0",
            _labels(line.posts, Post),
            _labels(line.roles, Role),
            _("有") if line.has_factor else _("无"),
            f"{line.last_login_at:%F %R}" if line.last_login_at else "",
        )
        for line in lines
    )
    response = StreamingHttpResponse(csv_lines(headings, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="staff-{at:%Y%m%d}.csv"'
    return response


@never_cache
@require_safe
def show_one(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """
    Show one account with its history, absences and what the reader may do with it.
    """
    actor, at = staff(request), clock.now()
    detail = selectors.staff_detail(account_id=account_id, actor=actor, at=at)
    names = registers.known_agency_codes(actor=actor)
    acts = selectors.account_acts(actor=actor, account_id=account_id) if detail.line.is_active else ()
    keeps_clients = selectors.may_keep_clients(actor=actor)
    context = {
        "detail": detail,
        "one": _line(detail.line, names),
        "posts": _labels(detail.line.posts, Post),
        "roles": _labels(detail.line.roles, Role),
        "factors": _("、").join(str(factor.label) for factor in detail.factors),
        "history": [_history(row, names) for row in detail.history],
        "absences": [_absence(row) for row in detail.absences],
        "clients": selectors.clients_of(account_id=account_id, actor=actor) if keeps_clients else [],
        "may_end": {row.absence_id for row in detail.absences if _may_end(row, actor)},
        "acts": [
            (
                reverse("desk:account-act", kwargs={"account_id": account_id, "act": act.value}),
                str(act.label),
            )
            for act in acts
        ],
    }
    return desk_page(request, "desk/account_show.html", context, actor=actor, current="accounts", at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def open_one(request: HttpRequest) -> HttpResponse:
    """
    Open an account without any task; its first password is shown once.
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_open_accounts(actor=actor):
        raise NotPermitted
    tried = attempt(request, lambda: _opened(request, actor), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "typed": request.POST,
        "errors": tried.errors,
        "refusal": tried.refusal,
        "agencies": agency_options(actor),
        "division": settings.TONGBAN_NODE.division_code,
    }
    return desk_page(
        request, "desk/account_new.html", context, actor=actor, current="accounts", at=at, status=tried.status
    )


@never_cache
@require_safe
def show_resets(request: HttpRequest) -> HttpResponse:
    """
    Show resets of second factors that wait for their second person.
    """
    actor, at = staff(request), clock.now()
    context = {"lines": selectors.waiting_resets(actor=actor, at=at)}
    return desk_page(request, "desk/account_resets.html", context, actor=actor, current="resets", at=at)


@require_POST
def approve_reset(request: HttpRequest, reset_id: UUID) -> HttpResponse:
    """
    Approve a reset, as the second person.
    """
    actor = staff(request)
    try:
        services.approve_factor_reset(reset_id=reset_id, actor=actor, at=clock.now())
    except SecondFactorNotFresh:
        return to_second_factor(request, target=reverse("desk:account-resets"))
    messages.success(request, _("已批准。该账号的第二重认证已清除，下次登录时重新设置"))
    return redirect("desk:account-resets")


@require_POST
def end_absence(request: HttpRequest, account_id: UUID, absence_id: UUID) -> HttpResponse:
    """
    End an absence early.
    """
    services.end_absence(absence_id=absence_id, actor=staff(request), at=clock.now())
    messages.success(request, _("已结束离岗，代理的工作已交回"))
    return redirect("desk:account-show", account_id=account_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """
    Why an act of an administrator was not done, for its form; nothing in it: it was not yet tried.
    """

    errors: dict[str, str] = field(default_factory=dict)
    refusal: ServiceError | None = None
    status: int = 200


def attempt(
    request: HttpRequest,
    act: Callable[[], HttpResponse],
    *,
    actor: Actor,
    at: datetime,
    asks_anew: bool = True,
) -> HttpResponse | Tried:
    """
    Do what an administrator sent, or lead to where the second factor is shown; else return what the form says.

    :param asks_anew: the second factor is asked for before anything is typed, so that nothing typed is lost
    :raises NotFound: there is no such act, or what it is about is gone
    """
    try:
        if asks_anew:
            services.require_second_factor(actor, at=at)
        return act() if request.method == "POST" else Tried()
    except SecondFactorNotFresh:
        return to_second_factor(request)
    except NotFound:
        raise
    except InvalidInput as error:
        return Tried(errors=error.fields, status=error.status)
    except ServiceError as error:
        return Tried(refusal=error, status=error.status)


def to_second_factor(request: HttpRequest, *, target: str = "") -> HttpResponse:
    """
    Lead to where the second factor is shown anew, and back.
    """
    back = urlencode({"next": target or request.path})
    return redirect(f"{reverse('workspace:factor-confirm')}?{back}")


def initial_password_page(request: HttpRequest, given: InitialPassword, *, actor: Actor) -> HttpResponse:
    """
    Show a first password, once.
    """
    context = {"given": given}
    return desk_page(
        request,
        "desk/account_password.html",
        context,
        actor=actor,
        current="accounts",
        at=clock.now(),
    )


def colleague_options(
    *, agency_code: str, actor: Actor, without: UUID | None = None
) -> list[tuple[str, str]]:
    """
    Return who works for an agency, for a form: staff code, and the name with it.

    :param without: account of somebody who is not to be chosen
    """
    members = selectors.staff_of_agency(agency_code=agency_code, post=None, actor=actor)
    return [
        (member.staff_code, f"{member.name}（{member.staff_code}）")
        for member in members
        if member.account_id != without
    ]


def agency_options(actor: Actor) -> list[tuple[str, str]]:
    """
    Return the agencies of the register as options, by name.
    """
    known = registers.known_agency_codes(actor=actor)
    return sorted(((code, f"{name}（{code}）") for code, name in known.items()), key=lambda pair: pair[1])


def _opened(request: HttpRequest, actor: Actor) -> HttpResponse:
    typed: dict[str, str] = {
        name: request.POST.get(name, "").strip()
        for name in ("login_name", "name", "duty", "id_number", "agency", "division")
    }
    services.require_known_place(agency_code=typed["agency"], division_code=typed["division"], actor=actor)
    if not typed["agency"]:
        raise InvalidInput(fields={"agency": _("请选择机构")})
    given = services.create_staff_with_password(
        login_name=typed["login_name"],
        name=typed["name"],
        duty=typed["duty"],
        id_number=typed["id_number"],
        agency_code=typed["agency"],
        division_code=typed["division"],
        actor=actor,
        at=clock.now(),
    )
    return initial_password_page(request, given, actor=actor)


def _wanted(request: HttpRequest) -> StaffFilter:
    post, role = request.GET.get("post", ""), request.GET.get("role", "")
    return StaffFilter(
        text=request.GET.get("q", "").strip()[:LONGEST_TEXT],
        post=post if post in Post.values else "",
        role=role if role in Role.values else "",
        is_active=STATES.get(request.GET.get("state", ""), True),
    )


def _line(line: StaffLine, names: dict[str, str]) -> AccountLine:
    return AccountLine(
        line=line,
        agency=names.get(line.agency_code, line.agency_code),
        tasks=_("、").join(filter(None, (_labels(line.posts, Post), _labels(line.roles, Role)))),
        href=reverse("desk:account-show", kwargs={"account_id": line.account_id}),
    )


def _history(row: AssignmentLine, names: dict[str, str]) -> dict[str, Any]:
    return {
        "kind": str(row.kind.label),
        "agency": names.get(row.agency_code, row.agency_code),
        "tasks": _("、").join(filter(None, (_labels(row.posts, Post), _labels(row.roles, Role)))),
        "since": row.valid_from,
        "until": row.valid_until,
        "by": row.arranged_by_name,
        "reason": row.reason,
    }


def _absence(row: AbsenceLine) -> dict[str, Any]:
    """
    Return an absence with its first and its last day.
    """
    last = civil_date(row.valid_until - timedelta(microseconds=1))
    return {"line": row, "first": civil_date(row.valid_from), "last": last}


def _may_end(row: AbsenceLine, actor: Actor) -> bool:
    if row.is_over:
        return False
    return not row.substitute_name or selectors.may_name_substitutes(actor=actor)


def _labels(values: tuple[str, ...], kind: type[Post] | type[Role]) -> str:
    return _("、").join(str(kind(value).label) for value in values if value in kind.values)
