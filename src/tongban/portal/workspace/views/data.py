"""
我的数据: taking a copy away, and closing the account.
"""

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import Conflict, NotFound
from tongban.portal.workspace.views.login import sentence_of
from tongban.support.identity import services as identity
from tongban.support.identity.selectors import actor_of
from tongban.support.identity.values import HighRiskAct
from tongban.support.privacy import selectors, services
from tongban.support.privacy.values import RequestKind, RequestState


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show what one can ask for, and what was asked for.
    """
    rows = selectors.my_requests(actor=actor_of(request))
    context = {
        "requests": rows,
        "closing": next(
            (row for row in rows if row.kind is RequestKind.CLOSING and row.state is RequestState.COOLING),
            None,
        ),
        "is_preparing": any(row.state is RequestState.PREPARING for row in rows),
    }
    return render(request, "workspace/data_show.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def ask_for_copy(request: HttpRequest) -> HttpResponse:
    """
    Say what a copy holds, then ask for one; after a fresh check.
    """
    actor, at = actor_of(request), clock.now()
    identity.require_fresh_check(actor, act=HighRiskAct.EXPORT_DATA, at=at)
    if request.method == "GET":
        return render(request, "workspace/data_copy.html")
    services.ask_for_copy(actor=actor, at=at)
    messages.success(request, _("正在准备您的信息副本，准备好后会发消息通知您"))
    return redirect("workspace:data-show")


@never_cache
@require_safe
def download(request: HttpRequest, request_id: UUID) -> HttpResponseBase:
    """
    Hand out one's own copy, while it has not lapsed; after a fresh check.
    """
    try:
        file = services.open_copy(request_id=request_id, actor=actor_of(request), at=clock.now())
    except NotFound as error:
        messages.error(request, sentence_of(error))
        return redirect("workspace:data-show")
    response = FileResponse(
        file.content, content_type=file.media_type, as_attachment=True, filename=file.name
    )
    response["X-Content-Type-Options"] = "nosniff"
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def close(request: HttpRequest) -> HttpResponse:
    """
    Say what goes, what stays and why; then ask for the account to be closed; after a fresh check.
    """
    actor, at = actor_of(request), clock.now()
    identity.require_fresh_check(actor, act=HighRiskAct.DELETE_ACCOUNT, at=at)
    error = ""
    if request.method == "POST":
        if "sure" not in request.POST:
            error = _("请先勾选，确认您已看过上面的说明")
        else:
            try:
                services.ask_for_closing(actor=actor, at=at)
            except Conflict as refusal:
                error = sentence_of(refusal)
            else:
                messages.success(request, _("已收到注销申请，冷静期内可以随时撤回"))
                return redirect("workspace:data-show")
    context = {"preview": selectors.closing_preview(actor=actor), "error": error}
    return render(request, "workspace/data_close.html", context, status=422 if error else 200)


@require_POST
def cancel_closing(request: HttpRequest) -> HttpResponse:
    """
    Think better of it.
    """
    try:
        services.cancel_closing(actor=actor_of(request), at=clock.now())
    except NotFound:
        messages.info(request, _("没有可以撤回的注销申请"))
    else:
        messages.success(request, _("注销申请已撤回，账号照常使用"))
    return redirect("workspace:data-show")
