"""
What administrators do to an account of staff: each act is a page with its reason, and asks for the second factor anew.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import CHINA, civil_date
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, Text
from tongban.portal.desk.views.accounts import (
    agency_options,
    attempt,
    colleague_options,
    initial_password_page,
)
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.identity import selectors, services
from tongban.support.identity.values import END_CLIENT, AccountAct, InitialPassword, Post, Role, StaffDetail


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """
    How an act's page explains itself.
    """

    effect: Text
    done: Text
    is_grave: bool = False


LOOKS = {
    AccountAct.TASKS: Look(
        effect=gettext_lazy(
            "选中的就是以后的全部岗位和角色，下一次操作起生效；失去的岗位上未办完的工作退回待领取。"
        ),
        done=gettext_lazy("岗位和角色已调整"),
    ),
    AccountAct.TRANSFER: Look(
        effect=gettext_lazy("原机构的岗位和角色随之取消，未办完的工作退回原机构；新岗位由安全管理员授予。"),
        done=gettext_lazy("已调动"),
    ),
    AccountAct.LEAVE: Look(
        effect=gettext_lazy("账号立即停用，登录和令牌全部结束，未办完的工作退回待领取。历史记录保留。"),
        done=gettext_lazy("已离岗，账号已停用"),
        is_grave=True,
    ),
    AccountAct.ABSENCE: Look(
        effect=gettext_lazy(
            "期间由代理人持有其岗位，未办完的工作转给代理人，记录同时写明两人；期满自动交回。指定代理人须由安全管理员办理。"
        ),
        done=gettext_lazy("离岗已登记"),
    ),
    AccountAct.LOG_OUT: Look(
        effect=gettext_lazy("该账号在所有设备上的登录和全部令牌立即结束，下一次请求起须重新登录。"),
        done=gettext_lazy("已强制下线"),
        is_grave=True,
    ),
    AccountAct.UNLOCK: Look(
        effect=gettext_lazy("清除因多次输错密码或动态口令造成的锁定，可以立即重试。"),
        done=gettext_lazy("已解锁"),
    ),
    AccountAct.PASSWORD: Look(
        effect=gettext_lazy("生成一个新的初始密码，只显示一次；本人登录后须先修改。第二重认证保持不变。"),
        done=gettext_lazy("密码已重置"),
        is_grave=True,
    ),
    AccountAct.FACTOR: Look(
        effect=gettext_lazy(
            "提出申请，24 小时内由另一位管理员批准后，该账号的第二重认证和恢复码清除，登录全部结束。"
        ),
        done=gettext_lazy("已提出申请，等待另一位管理员批准"),
    ),
}
ASKS_ANEW = frozenset(
    {AccountAct.TASKS, AccountAct.TRANSFER, AccountAct.LEAVE, AccountAct.ABSENCE, AccountAct.PASSWORD}
)
"""Acts whose services ask for the second factor; asked before anything is typed, so that nothing typed is lost."""
CLIENTS = "clients."
"""Fields about systems begin so; the id of the system follows."""


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, account_id: UUID, act: str) -> HttpResponse:
    """
    Ask what an act needs, and do it.

    :raises NotFound: there is no such act
    :raises NotPermitted: it is not the reader's to do
    """
    actor, at = staff(request), clock.now()
    if act not in AccountAct.values:
        raise NotFound
    wanted = AccountAct(act)
    detail = selectors.staff_detail(account_id=account_id, actor=actor, at=at)
    if wanted not in selectors.account_acts(actor=actor, account_id=account_id):
        raise NotPermitted
    tried = attempt(
        request,
        lambda: _done(request, wanted, account_id=account_id, actor=actor, at=at),
        actor=actor,
        at=at,
        asks_anew=wanted in ASKS_ANEW,
    )
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "detail": detail,
        "act": wanted,
        "look": LOOKS[wanted],
        "errors": tried.errors,
        "summary": [(f"f-{name}", sentence) for name, sentence in tried.errors.items()],
        "refusal": tried.refusal,
        "clients": _left_behind(request, wanted, detail, actor),
        **_choices(request, wanted, detail, actor=actor, at=at),
    }
    return desk_page(
        request, "desk/account_act.html", context, actor=actor, current="accounts", at=at, status=tried.status
    )


def _done(
    request: HttpRequest, act: AccountAct, *, account_id: UUID, actor: Actor, at: datetime
) -> HttpResponse:
    outcome = DOERS[act](request, account_id, actor, at)
    if isinstance(outcome, InitialPassword):
        return initial_password_page(request, outcome, actor=actor)
    messages.success(request, str(LOOKS[act].done))
    return redirect("desk:account-show", account_id=account_id)


def _tasks(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    return services.grant_tasks(
        account_id=account_id,
        posts=request.POST.getlist("posts"),
        roles=request.POST.getlist("roles"),
        id_number=request.POST.get("id_number", "").replace("\x00", ""),
        reason=_reason(request),
        actor=actor,
        at=at,
    )


def _transfer(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    return services.transfer_staff(
        account_id=account_id,
        agency_code=request.POST.get("agency", ""),
        division_code=request.POST.get("division", "").strip(),
        duty=request.POST.get("duty", ""),
        reason=_reason(request),
        clients=_decided(request),
        actor=actor,
        at=at,
    )


def _leave(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    return services.let_staff_leave(
        account_id=account_id, reason=_reason(request), clients=_decided(request), actor=actor, at=at
    )


def _absence(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    given = request.POST.get("substitute", "")
    try:
        substitute_id = UUID(given) if given else None
    except ValueError as error:
        raise InvalidInput(fields={"substitute": _("请从列表中选择")}) from error
    first, last = _day(request, "valid_from"), _day(request, "valid_until")
    return services.note_absence(
        account_id=account_id,
        substitute_id=substitute_id,
        valid_from=datetime.combine(first, time.min, tzinfo=CHINA),
        valid_until=datetime.combine(last + timedelta(days=1), time.min, tzinfo=CHINA),
        reason=_reason(request),
        actor=actor,
        at=at,
    )


def _log_out(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    services.force_log_out(account_id=account_id, reason=_reason(request), actor=actor, at=at)
    return None


def _unlock(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    services.unlock_account(account_id=account_id, reason=_reason(request), actor=actor, at=at)
    return None


def _password(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    return services.give_initial_password(account_id=account_id, reason=_reason(request), actor=actor, at=at)


def _factor(request: HttpRequest, account_id: UUID, actor: Actor, at: datetime) -> object:
    return services.ask_factor_reset(account_id=account_id, reason=_reason(request), actor=actor, at=at)


DOERS: dict[AccountAct, Callable[[HttpRequest, UUID, Actor, datetime], object]] = {
    AccountAct.TASKS: _tasks,
    AccountAct.TRANSFER: _transfer,
    AccountAct.LEAVE: _leave,
    AccountAct.ABSENCE: _absence,
    AccountAct.LOG_OUT: _log_out,
    AccountAct.UNLOCK: _unlock,
    AccountAct.PASSWORD: _password,
    AccountAct.FACTOR: _factor,
}


def _choices(
    request: HttpRequest, act: AccountAct, detail: StaffDetail, *, actor: Actor, at: datetime
) -> dict[str, Any]:
    """
    Return what the fields of an act are filled with: what was typed, else what is so now.
    """
    line, sent = detail.line, request.method == "POST"
    typed: dict[str, Any] = {"reason": request.POST.get("reason", "")}
    if act is AccountAct.TASKS:
        typed |= {
            "posts": request.POST.getlist("posts") if sent else list(line.posts),
            "roles": request.POST.getlist("roles") if sent else list(line.roles),
        }
        return {"typed": typed, "posts": Post.choices, "roles": Role.choices}
    if act is AccountAct.TRANSFER:
        for name, now in (("agency", ""), ("division", line.division_code), ("duty", "")):
            typed[name] = request.POST.get(name, now)
        return {"typed": typed, "agencies": agency_options(actor)}
    if act is AccountAct.ABSENCE:
        today = civil_date(at).isoformat()
        for name, now in (("substitute", ""), ("valid_from", today), ("valid_until", "")):
            typed[name] = request.POST.get(name, now)
        return {"typed": typed, "colleagues": _colleagues(detail, actor), "today": today}
    return {"typed": typed}


def _colleagues(detail: StaffDetail, actor: Actor) -> list[tuple[str, str]]:
    """
    Return who could stand in, where the reader may say so.
    """
    if not selectors.may_name_substitutes(actor=actor):
        return []
    members = selectors.staff_of_agency(agency_code=detail.line.agency_code, post=None, actor=actor)
    return [
        (str(member.account_id), f"{member.name}（{member.staff_code}）")
        for member in members
        if member.posts and member.account_id != detail.line.account_id and str(member.account_id) != actor.id
    ]


@dataclass(frozen=True, kw_only=True, slots=True)
class LeftBehind:
    """
    A system whose responsible colleague goes, and who could answer for it now.
    """

    field: str
    label: str
    options: list[tuple[str, str]]
    chosen: str


def _left_behind(
    request: HttpRequest, act: AccountAct, detail: StaffDetail, actor: Actor
) -> list[LeftBehind]:
    """
    Return the systems somebody answers for who leaves, or who goes to another agency; of other acts nothing.
    """
    if act not in {AccountAct.LEAVE, AccountAct.TRANSFER}:
        return []
    clients = selectors.clients_of(account_id=detail.line.account_id, actor=actor)
    if act is AccountAct.TRANSFER:
        clients = [client for client in clients if client.agency_code]
    if not clients:
        return []
    colleagues = colleague_options(
        agency_code=detail.line.agency_code, actor=actor, without=detail.line.account_id
    )
    return [
        LeftBehind(
            field=f"{CLIENTS}{client.client_id}",
            label=f"{client.name}（{client.client_id}）",
            options=[*colleagues, (END_CLIENT, _("停用这个系统"))],
            chosen=request.POST.get(f"{CLIENTS}{client.client_id}", ""),
        )
        for client in clients
    ]


def _decided(request: HttpRequest) -> dict[str, str]:
    """
    Return what was chosen for each system, by its id.
    """
    return {
        name.removeprefix(CLIENTS): request.POST.get(name, "")
        for name in request.POST
        if name.startswith(CLIENTS)
    }


def _reason(request: HttpRequest) -> str:
    return request.POST.get("reason", "").replace("\x00", "").strip()


def _day(request: HttpRequest, name: str) -> date:
    try:
        day = date.fromisoformat(request.POST.get(name, ""))
    except ValueError as error:
        raise InvalidInput(fields={name: _("请填写日期")}) from error
    if not clock.now().year - 1 <= day.year <= clock.now().year + 2:
        raise InvalidInput(fields={name: _("日期不在可登记的范围内")})
    return day
