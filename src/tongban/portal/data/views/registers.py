"""
基础信息资源库: how each register stands, what was loaded, whose word holds, and one record for a purpose.
"""

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.clock import civil_date
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import InvalidInput, NotPermitted
from tongban.foundation.paging import page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.registers import selectors, services
from tongban.resources.registers.values import (
    DEFINITIONS,
    DisputeState,
    LoadReport,
    RecordShown,
    RegisterCode,
    SourceRole,
)

REGISTERS: Final = "registers"
LOADS: Final = "registers-loads"
LOOK: Final = "registers-look"
NEWEST: Final = 5
LARGEST_FILE_BYTES: Final = 5 * 1024 * 1024


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return what waits for somebody in the registers, for the home page of the room.
    """
    if not selectors.may_open_registers(actor=actor):
        return None
    waiting = len(selectors.waiting_rows(actor=actor).items)
    disputes = selectors.disputes(actor=actor, on=civil_date(at), state=DisputeState.OPEN).items
    is_late = any(each.is_late for each in disputes)
    says = _("没有待办的匹配和疑义")
    if waiting or disputes:
        says = "，".join(
            [
                ngettext("%(num)s 行待匹配", "%(num)s 行待匹配", waiting) % {"num": waiting},
                ngettext("%(num)s 件疑义待答复", "%(num)s 件疑义待答复", len(disputes))
                % {"num": len(disputes)},
            ]
        )
    return Card(
        title=_("基础信息资源库"),
        says=says,
        href=reverse("data:registers-disputes" if disputes else "data:registers"),
        icon="database",
        state="bad" if is_late else "warn" if waiting or disputes else "good",
    )


@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """
    Show how each register stands, the newest loads and the sources.
    """
    return _overview(request, staff(request))


@never_cache
@require_POST
def appoint(request: HttpRequest) -> HttpResponse:
    """
    Make an agency the source of the fields of a kind.
    """
    actor = staff(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("register", "role", "agency_code")}
    try:
        services.appoint_source(
            register=_register(typed["register"]),
            role=_role(typed["role"]),
            agency_code=typed["agency_code"],
            actor=actor,
            at=clock.now(),
        )
    except InvalidInput as error:
        return _overview(
            request, actor, typed=typed, errors=dict(error.fields) or {"agency_code": str(error)}, status=422
        )
    messages.success(request, _("已确定数源单位"))
    return redirect("data:registers")


@never_cache
@require_safe
def show_loads(request: HttpRequest) -> HttpResponse:
    """
    Show what was brought, newest first.
    """
    actor = staff(request)
    cursor = request.GET.get("cursor") or None
    register = request.GET.get("register", "")
    page = selectors.batches(actor=actor, register=register, cursor=cursor)
    context = {
        "loads": page.items,
        "may_load": selectors.may_load(actor=actor),
        "registers": RegisterCode.choices,
        "register": register,
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/registers_loads.html", context, actor=actor, current=LOADS)


@never_cache
@require_http_methods(["GET", "POST"])
def load(request: HttpRequest) -> HttpResponse:
    """
    Load a file of what the own agency says; broken off and sent again, it goes on where it stopped.

    :raises NotPermitted: the actor looks after no agency's data
    """
    actor = staff(request)
    if not selectors.may_load(actor=actor):
        raise NotPermitted
    typed = {name: request.POST.get(name, "") for name in ("register", "system")}
    refusal: InvalidInput | None = None
    if request.method == "POST":
        try:
            done = _load(request, _register(typed["register"]), system=typed["system"].strip(), actor=actor)
        except InvalidInput as error:
            refusal = error
        else:
            messages.success(request, _("已装入") if done.is_new else _("这个文件以前装入过，没有再装。"))
            return redirect("data:registers-load", batch_id=done.batch_id)
    context = {
        "typed": typed,
        "registers": RegisterCode.choices,
        "refusal": refusal,
        "errors": dict(refusal.fields) if refusal else {},
        "columns": [
            (
                str(RegisterCode(code).label),
                "、".join(f"{field.name}（{field.title}）" for field in each.fields),
            )
            for code, each in DEFINITIONS.items()
        ],
    }
    status = refusal.status if refusal else 200
    return data_page(
        request, "data/registers_load_new.html", context, actor=actor, current=LOADS, status=status
    )


def _load(request: HttpRequest, register: RegisterCode, *, system: str, actor: Actor) -> LoadReport:
    """
    Load the file that came along. It lies on disk for as long as that takes, for nobody else to read.
    """
    sent = request.FILES.get("file")
    if sent is None or not sent.name:
        raise InvalidInput(fields={"file": _("请选择文件")})
    if not sent.size or sent.size > LARGEST_FILE_BYTES:
        raise InvalidInput(
            fields={"file": _("文件不能为空，也不能超过 5 MB；更大的文件请用命令 tongban load-register 装入")}
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"load.{sent.name.rpartition('.')[2].lower()[:10]}"
        with path.open("wb") as stream:
            stream.writelines(sent.chunks())
        return services.load_file(
            register=register,
            path=path,
            agency_code=actor.agency_code or "",
            system=system,
            actor=actor,
            at=clock.now(),
        )


@never_cache
@require_safe
def show_load(request: HttpRequest, batch_id: int) -> HttpResponse:
    """
    Show one load and the rows that were refused.

    :raises NotFound: there is none
    """
    actor = staff(request)
    context = {
        "load": selectors.batch_by_id(batch_id=batch_id, actor=actor),
        "refused": selectors.refused_rows(batch_id=batch_id, actor=actor, limit=100),
    }
    return data_page(request, "data/registers_load.html", context, actor=actor, current=LOADS)


@never_cache
@require_safe
def export_refused(request: HttpRequest, batch_id: int) -> StreamingHttpResponse:
    """
    Give the rows that were refused as a table, for whoever mends the file.

    :raises NotFound: there is no such load
    """
    rows = selectors.refused_rows(batch_id=batch_id, actor=staff(request))
    lines = csv_lines(
        [_("行号"), _("原因"), _("信息项")], ([row.line, str(row.problem), str(row.field)] for row in rows)
    )
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="refused-{batch_id}.csv"'
    return answer


@never_cache
@require_http_methods(["GET", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """
    Show one record, masked, for a purpose; the number is never part of an address.
    """
    actor = staff(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("register", "key", "purpose", "words")}
    shown: RecordShown | None = None
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            shown = services.look_at_record(
                register=_register(typed["register"]),
                key=typed["key"],
                purpose=typed["purpose"],
                words=typed["words"],
                actor=actor,
                at=clock.now(),
            )
        except InvalidInput as error:
            errors = dict(error.fields)
    context = {
        "typed": typed,
        "errors": errors,
        "shown": shown,
        "registers": [(code.value, f"{each.title}") for code, each in DEFINITIONS.items()],
        "purposes": Purpose.choices,
    }
    return data_page(
        request,
        "data/registers_look.html",
        context,
        actor=actor,
        current=LOOK,
        status=422 if errors else 200,
    )


def _register(text: str) -> RegisterCode:
    if text not in RegisterCode.values:
        raise InvalidInput(fields={"register": _("请选择基础库")})
    return RegisterCode(text)


def _role(text: str) -> SourceRole:
    if text not in SourceRole.values:
        raise InvalidInput(fields={"role": _("请选择数源类别")})
    return SourceRole(text)


def _overview(
    request: HttpRequest,
    actor: Actor,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "states": selectors.register_states(actor=actor),
        "loads": selectors.batches(actor=actor, limit=NEWEST).items,
        "sources": selectors.sources(actor=actor),
        "may_appoint": selectors.may_appoint_sources(actor=actor),
        "registers": RegisterCode.choices,
        "roles": SourceRole.choices,
        "typed": typed or dict.fromkeys(("register", "role", "agency_code"), ""),
        "errors": errors or {},
    }
    return data_page(request, "data/registers.html", context, actor=actor, current=REGISTERS, status=status)
