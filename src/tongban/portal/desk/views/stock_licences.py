"""
存量归集: files of licences issued before, what became of their rows, the sampling check, and disputed rows.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from tongban.business.licences import selectors, services
from tongban.business.licences.values import (
    BatchFacts,
    BatchLine,
    BatchState,
    ClearLicence,
    StockLine,
    StockProblem,
    StockRepair,
    StockState,
    Supply,
)
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.disclosure import Purpose
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted, ServiceError
from tongban.foundation.languages import in_language
from tongban.foundation.sheets import csv_lines
from tongban.portal.desk.views.frame import (
    desk_page,
    staff,
)
from tongban.portal.desk.views.lists import page_url
from tongban.resources.registers import selectors as registers

CURRENT: Final = "licence-stock"
LARGEST_FILE_BYTES: Final = 20 * 1024 * 1024
LOOKS: Final = {
    BatchState.RECEIVING: ("info", "clock-plus"),
    BatchState.SAMPLING: ("warn", "alert-triangle"),
    BatchState.TAKING: ("info", "clock-plus"),
    BatchState.DONE: ("good", "circle-check"),
    BatchState.SENT_BACK: ("bad", "alert"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchView:
    """
    A batch as pages show it.
    """

    batch: BatchLine
    state: str
    look: tuple[str, str]
    supply: str
    href: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show batches, newest first.

    :raises StockNotFound: the actor does not keep the directory
    """
    actor, at = staff(request), clock.now()
    cursor = request.GET.get("cursor") or None
    page = selectors.stock_batches(actor=actor, cursor=cursor)
    context = {
        "batches": [_view(batch) for batch in page.items],
        "may_collect": selectors.may_collect(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return desk_page(request, "desk/licence_stock_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """
    Take a file.

    :raises NotPermitted: the actor does not collect licences
    """
    actor, at = staff(request), clock.now()
    if not selectors.may_collect(actor=actor):
        raise NotPermitted
    refusal: ServiceError | None = None
    if request.method == "POST":
        try:
            return _collect(request, actor)
        except ServiceError as error:
            refusal = error
    context = {
        "typed": request.POST,
        "supplies": Supply.choices,
        "refusal": refusal,
        "errors": dict(refusal.fields) if isinstance(refusal, InvalidInput) else {},
    }
    status = refusal.status if refusal else 200
    return desk_page(
        request, "desk/licence_stock_new.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


@never_cache
@require_safe
def show_one(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    """
    Show what became of a batch, what is left of its sample, and its disputed rows.

    :raises StockNotFound: there is no such batch, or the actor does not keep the directory
    """
    actor, at = staff(request), clock.now()
    batch = selectors.stock_batch(batch_id=batch_id, actor=actor)
    open_rows = selectors.stock_rows(batch_id=batch_id, actor=actor, sampled="open", limit=20).items
    if batch.state is not BatchState.SAMPLING:
        open_rows = []
    disputed = selectors.stock_rows(batch_id=batch_id, actor=actor, state=StockState.DISPUTED).items
    context = {
        "view": _view(batch),
        "counts": [(str(state.label), batch.states.get(state.value, 0)) for state in StockState],
        "problems": [
            (str(StockProblem(code).label), count) for code, count in sorted(batch.problems.items())
        ],
        "repairs": [(str(StockRepair(code).label), count) for code, count in sorted(batch.repairs.items())],
        "open_rows": open_rows,
        "disputed": [(row, str(StockProblem(row.problem).label)) for row in disputed],
    }
    return desk_page(request, "desk/licence_stock_show.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_safe
def report(request: HttpRequest, batch_id: uuid.UUID) -> StreamingHttpResponse:
    """
    Hand out what became of every row, as CSV; no personal data.

    :raises StockNotFound: there is no such batch, or the actor does not keep the directory
    """
    rows = selectors.stock_report(batch_id=batch_id, actor=staff(request))
    response = StreamingHttpResponse(_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="licence-stock-{batch_id}.csv"'
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def show_row(request: HttpRequest, row_id: uuid.UUID) -> HttpResponse:
    """
    Show a row beside its scan, and take the answer of who has compared it or decided about it.

    :raises StockNotFound: the row is neither in a sample nor disputed, or the actor does not keep the directory
    """
    actor, at = staff(request), clock.now()
    detail = selectors.stock_row(row_id=row_id, actor=actor)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            return _answer(request, row_id, detail.batch_id, actor)
        except InvalidInput as refusal:
            errors = dict(refusal.fields)
    context = {
        "detail": detail,
        "grade": detail.grade.label,
        "problem": str(StockProblem(detail.row.problem).label) if detail.row.problem else "",
        "back": reverse("desk:licence-stock-show", kwargs={"batch_id": detail.batch_id}),
        "errors": errors,
        "note": request.POST.get("note", ""),
    }
    status = 422 if errors else 200
    return desk_page(
        request, "desk/licence_stock_row.html", context, actor=actor, current=CURRENT, at=at, status=status
    )


@never_cache
@require_http_methods(["GET", "POST"])
def compare(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Ask whether a licence agrees with its original, show it in clear for that with a purpose, and write it down.

    :raises LicenceNotFound: there is none, or the actor may not know of it
    :raises NotPermitted: the actor does not stand at a counter, or there is nothing to compare
    """
    actor, at = staff(request), clock.now()
    detail = selectors.licence_detail(identifier=identifier, actor=actor, at=at)
    revealed: ClearLicence | None = None
    errors: dict[str, Any] = {}
    if request.method == "POST" and request.POST.get("act") == "reveal":
        try:
            revealed = services.reveal_comparable(
                identifier=identifier,
                purpose=request.POST.get("purpose", ""),
                words=request.POST.get("words", ""),
                actor=actor,
                at=at,
            )
        except InvalidInput as refusal:
            errors = dict(refusal.fields)
    elif request.method == "POST":
        receipt = services.compare_licence(identifier=identifier, actor=actor, at=at)
        messages.success(request, _("已记录与原件核对，证照升为 B 级"))
        return redirect("desk:licence-show", identifier=receipt.identifier)
    if not detail.may_compare:
        raise NotPermitted
    context = {
        "detail": detail,
        "name": in_language(detail.summary.type_name, detail.summary.type_name_en),
        "holder": revealed.holder_name if revealed else detail.summary.holder_name,
        "lines": [
            (in_language(line.label, line.label_en), line.value)
            for line in (revealed.lines if revealed else detail.face)
        ],
        "is_revealed": revealed is not None,
        "purposes": Purpose.choices,
        "errors": errors,
        "words": request.POST.get("words", ""),
    }
    status = 422 if errors else 200
    return desk_page(
        request, "desk/licence_compare.html", context, actor=actor, current="licences", at=at, status=status
    )


def _collect(request: HttpRequest, actor: Actor) -> HttpResponse:
    file = request.FILES.get("file")
    if file is None or file.size is None or not file.name:
        raise InvalidInput(fields={"file": _("请选择文件")})
    if file.size > LARGEST_FILE_BYTES:
        raise InvalidInput(fields={"file": _("文件不能超过 20 MB；更大的请用命令行导入")})
    supply = request.POST.get("supply", "")
    if supply not in Supply.values:
        raise InvalidInput(fields={"supply": _("请选择来源方式")})
    digest = sm3_hex(file.read())
    file.seek(0)
    facts = BatchFacts(
        source=request.POST.get("source", ""),
        supply=Supply(supply),
        agency_code=actor.agency_code or "",
        agency_name=_agency_name(actor),
        division_code=actor.division_code or "",
        file_name=file.name,
        file_digest=digest,
        sample_percent=_percent(request, "sample_percent"),
        wanted_percent=_percent(request, "wanted_percent"),
    )
    text = TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = services.stock_rows(text, is_json=file.name.lower().endswith(".jsonl"))
    batch_id = services.collect_licences(rows=rows, facts=facts, actor=actor, at=clock.now())
    messages.success(request, _("文件已接收"))
    return redirect("desk:licence-stock-show", batch_id=batch_id)


def _agency_name(actor: Actor) -> str:
    code = actor.agency_code or ""
    return registers.agency_names(codes=[code], actor=actor).get(code, code)


def _percent(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0  # noqa: PLR2004 - "100"


def _answer(request: HttpRequest, row_id: uuid.UUID, batch_id: uuid.UUID, actor: Actor) -> HttpResponse:
    answer, at = request.POST.get("answer", ""), clock.now()
    if answer in {"right", "wrong"}:
        note = request.POST.get("note", "")
        services.check_sampled(row_id=row_id, is_right=answer == "right", note=note, actor=actor, at=at)
        said = _("核对结果已记录")
    elif answer in {"take", "refuse"}:
        services.decide_disputed(row_id=row_id, is_taken=answer == "take", actor=actor, at=at)
        said = _("核实结果已记录")
    else:
        raise NotFound
    messages.success(request, said)
    return redirect("desk:licence-stock-show", batch_id=batch_id)


def _view(batch: BatchLine) -> BatchView:
    return BatchView(
        batch=batch,
        state=str(batch.state.label),
        look=LOOKS[batch.state],
        supply=str(batch.supply.label),
        href=reverse("desk:licence-stock-show", kwargs={"batch_id": batch.id}),
    )


def _lines(rows: Iterator[StockLine]) -> Iterator[bytes]:
    heads = [
        _("行号"),
        _("证照类型代码"),
        _("证照颁发机构代码"),
        _("证照编号"),
        _("结果"),
        _("原因"),
        _("清洗"),
        _("可信等级"),
    ]
    return csv_lines(heads, map(_cells, rows))


def _cells(row: StockLine) -> list[str | int]:
    problem = str(StockProblem(row.problem).label) if row.problem else ""
    repairs = "；".join(str(StockRepair(repair).label) for repair in row.repairs)
    facts: list[str | int] = [row.line, row.type_code, row.issuer_code, row.number]
    return [*facts, str(row.state.label), problem, repairs, row.grade]
