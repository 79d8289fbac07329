"""
The catalogue in and out by files: the template, Excel, JSON and DCAT-AP; drafts from a filled template.
"""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput, NotFound, Text
from tongban.portal.data.views.datasets import CURRENT
from tongban.portal.data.views.frame import data_page, staff
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.values import FileForm, FileLine, FileOutcome

KINDS: Final[dict[FileForm, str]] = {
    FileForm.EXCEL: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    FileForm.JSON: "application/json",
    FileForm.TURTLE: "text/turtle; charset=utf-8",
    FileForm.JSON_LD: "application/ld+json",
}
LARGEST_FILE_BYTES: Final = 10 * 1024 * 1024


@never_cache
@require_safe
def export_file(request: HttpRequest, form: str) -> HttpResponse:
    """
    Give every dataset in use as a file of this form.

    :raises NotFound: there is no such form
    """
    actor = staff(request)
    if form not in {each.value for each in FileForm}:
        raise NotFound
    wanted = FileForm(form)
    return _file(services.export_datasets(form=wanted, actor=actor), wanted, "datasets")


@never_cache
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """
    Give the empty Excel template.
    """
    staff(request)
    return _file(services.empty_template(), FileForm.EXCEL, "datasets-template")


@never_cache
@require_http_methods(["GET", "POST"])
def import_file(request: HttpRequest) -> HttpResponse:
    """
    Begin drafts of the own agency from a file, and say what became of every row.

    :raises NotFound: the reader compiles nothing
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_compile(actor=actor):
        raise NotFound
    errors: dict[str, Text] = {}
    lines: list[FileLine] = []
    if request.method == "POST":
        try:
            rows = services.read_file(*_sent(request))
            lines = services.import_datasets(rows=rows, actor=actor, at=at)
        except InvalidInput as error:
            errors = dict(error.fields)
    context = {
        "errors": errors,
        "lines": lines,
        "refused": sum(line.outcome is FileOutcome.REFUSED for line in lines),
        "looks": {
            FileOutcome.BEGUN: ("good", "circle-check"),
            FileOutcome.CHANGED: ("good", "circle-check"),
            FileOutcome.SAME: ("", "minus"),
            FileOutcome.REFUSED: ("bad", "alert-circle"),
        },
    }
    status = InvalidInput.status if errors else 200
    return data_page(
        request, "data/datasets_import.html", context, actor=actor, current=CURRENT, status=status
    )


def _sent(request: HttpRequest) -> tuple[bytes, FileForm]:
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput(fields={"file": _("请选择文件")})
    if not file.size or file.size > LARGEST_FILE_BYTES:
        raise InvalidInput(fields={"file": _("文件不能超过 10 MB")})
    ending = (file.name or "").rpartition(".")[2].lower()
    if ending not in (FileForm.EXCEL.value, FileForm.JSON.value):
        raise InvalidInput(fields={"file": _("只能导入 Excel 和 JSON")})
    return file.read(), FileForm(ending)


def _file(content: bytes, form: FileForm, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=KINDS[form])
    answer["Content-Disposition"] = f'attachment; filename="{name}.{form.value}"'
    return answer
