"""
办件库: exports in the national tables, asked for here and made in the background.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.disclosure import Purpose, reason_of
from tongban.foundation.errors import Conflict, InvalidInput
from tongban.portal.data.views.frame import data_page, staff
from tongban.portal.data.views.library_quality import divisions_of
from tongban.resources.caselibrary import selectors, services
from tongban.resources.caselibrary.values import ExportForm, ExportQuestion, ExportStandard, ExportState

EXPORT: Final = "library-export"
LOOKS: Final = {
    ExportState.READY: ("good", "circle-check"),
    ExportState.FAILED: ("bad", "alert-circle"),
    ExportState.WAITING: ("", "clock"),
    ExportState.RUNNING: ("info", "progress"),
}
ENDED: Final = ("", "minus")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def export_tables(request: HttpRequest) -> HttpResponse:
    """
    Ask for period, area and purpose, and have the export made; show how far one's own are.
    """
    actor = staff(request)
    exports = selectors.exports(actor=actor)
    errors: dict[str, Any] = {}
    status = 200
    if request.method == "POST":
        try:
            _ask(request)
        except InvalidInput as error:
            errors, status = error.fields, error.status
        except Conflict as error:
            errors, status = {"": str(error)}, error.status
        else:
            messages.success(request, _("已开始导出，完成后在下面下载"))
            return redirect("data:library-export")
    divisions = divisions_of(actor)
    names = dict(divisions)
    context = {
        "standards": ExportStandard.choices,
        "forms": ExportForm.choices,
        "purposes": Purpose.choices,
        "divisions": divisions,
        "typed": request.POST,
        "errors": errors,
        "exports": [
            (
                export,
                LOOKS.get(export.state, ENDED),
                filesizeformat(export.size),
                names.get(export.division_code, export.division_code),
            )
            for export in exports
        ],
        "is_running": any(export.state.is_under_way for export in exports),
    }
    return data_page(request, "data/library_export.html", context, actor=actor, current=EXPORT, status=status)


@never_cache
@require_safe
def fetch_export(request: HttpRequest, export_id: UUID) -> HttpResponseBase:
    """
    Hand out the file of one's own export.
    """
    try:
        opened = services.open_export(export_id=export_id, actor=staff(request), at=clock.now())
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("data:library-export")
    response = FileResponse(
        opened.content, content_type="application/zip", as_attachment=True, filename=opened.name
    )
    response["Content-Length"] = str(opened.size)
    return response


@require_POST
def stop_export(request: HttpRequest, export_id: UUID) -> HttpResponse:
    """
    Stop one's own export, or delete its file.
    """
    services.stop_export(export_id=export_id, actor=staff(request), at=clock.now())
    messages.success(request, _("已停止，或已删除导出的文件"))
    return redirect("data:library-export")


def _ask(request: HttpRequest) -> None:
    wanted = _question(request)
    reason = reason_of(request.POST.get("purpose", ""), request.POST.get("words", ""))
    services.ask_for_export(wanted=wanted, reason=reason, actor=staff(request), at=clock.now())


def _question(request: HttpRequest) -> ExportQuestion:
    wrong: dict[str, Any] = {}
    found = {
        "since": _read(request, "since", date.fromisoformat, _("日期应写作 2026-01-31"), wrong),
        "until": _read(request, "until", date.fromisoformat, _("日期应写作 2026-01-31"), wrong),
        "standard": _read(request, "standard", ExportStandard, _("请选择导出标准"), wrong),
        "form": _read(request, "form", ExportForm, _("请选择导出格式"), wrong),
    }
    if wrong:
        raise InvalidInput(fields=wrong)
    return ExportQuestion(**found, division_code=request.POST.get("division", ""))


def _read(
    request: HttpRequest, name: str, convert: Callable[[str], Any], told: str, wrong: dict[str, Any]
) -> Any:
    try:
        return convert(request.POST.get(name, ""))
    except ValueError:
        wrong[name] = told
        return None
