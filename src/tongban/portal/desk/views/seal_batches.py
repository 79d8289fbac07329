"""
批量签章: many files sealed at one request, how far they are, and all of them to be taken away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.errors import InvalidInput, ServiceError
from tongban.portal.desk.forms import Typed
from tongban.portal.desk.views.accounts import attempt
from tongban.portal.desk.views.frame import desk_page, staff
from tongban.support.documents.values import FileFacts, FileReceipt
from tongban.support.seals import selectors, services
from tongban.support.seals.selectors import BatchLine
from tongban.support.seals.services import BatchFile
from tongban.support.seals.values import BatchItemState, SealBatchState, SealPurpose

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

CURRENT: Final = "batches"
BY_SCRIPT: Final = "upload"
LOOKS: Final = {
    SealBatchState.RUNNING: ("info", "progress"),
    SealBatchState.FINISHED: ("good", "circle-check"),
    SealBatchState.STOPPED: ("warn", "player-pause"),
}
ITEM_LOOKS: Final = {
    BatchItemState.WAITING: ("", "minus"),
    BatchItemState.SEALED: ("good", "circle-check"),
    BatchItemState.REFUSED: ("bad", "alert-circle"),
}
REFUSALS: Final = {
    "seal_not_authorised": gettext_lazy("不在授权范围内，或者授权已收回"),
    "no_seal_in_use": gettext_lazy("印章已停用"),
    "invalid_input": gettext_lazy("不是可以签章的 OFD 或 PDF 文件"),
    "ofd_unreadable": gettext_lazy("OFD 文件无法读取"),
    "ofd_locked": gettext_lazy("文件已由先前的签章锁定"),
    "seal_batch_lapsed": gettext_lazy("发起时间过久"),
    "file_not_found": gettext_lazy("文件已不在"),
}
"""What is told of a file that was not sealed, by the code of the error; of others the code itself."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileView:
    """
    A file that was brought, as the form shows it.
    """

    name: str
    size: str
    href: str
    remove_action: str


@never_cache
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """
    Show the batches one has asked for, newest first.
    """
    actor, at = staff(request), clock.now()
    context = {
        "batches": [(batch, LOOKS[batch.state]) for batch in selectors.batches_of(actor=actor)],
        "may_begin": bool(selectors.own_seals(actor=actor, at=at)),
    }
    return desk_page(request, "desk/batch_list.html", context, actor=actor, current=CURRENT, at=at)


@never_cache
@require_http_methods(["GET", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """
    Choose files, say what they are for, and ask for all of them to be sealed.
    """
    actor, at = staff(request), clock.now()
    seals = selectors.own_seals(actor=actor, at=at)
    if not seals:
        return desk_page(request, "desk/batch_new.html", {"seals": []}, actor=actor, current=CURRENT, at=at)
    tried = attempt(request, lambda: _begun(request, seals, actor, at=at), actor=actor, at=at)
    if isinstance(tried, HttpResponse):
        return tried
    context = {
        "seals": list({one.code: (one.code, f"{one.name} {one.code}") for one in seals}.values()),
        "typed": request.POST or {"purpose": "DOCUMENT"},
        "purposes": SealPurpose.choices,
        "files": [_file_view(file) for file in selectors.files_brought(actor=actor)],
        "upload": reverse("desk:batch-upload"),
        "errors": tried.errors,
        "refusal": tried.refusal,
    }
    return desk_page(
        request, "desk/batch_new.html", context, actor=actor, current=CURRENT, at=at, status=tried.status
    )


def _begun(
    request: HttpRequest, seals: tuple[selectors.OwnSeal, ...], actor: Actor, *, at: datetime
) -> HttpResponse:
    form = Typed(request.POST)
    for file in request.FILES.getlist("file"):
        brought(file, actor, at=at)
    if "bring" in request.POST:
        return redirect("desk:batch-new")
    agencies = {one.code: one.agency_code for one in seals}
    code = form.word("seal", list(agencies), _("请选择印章"))
    purpose = form.word("purpose", SealPurpose.values, _("请选择用印事由"))
    waiting = selectors.files_brought(actor=actor)
    files = _numbered(form, waiting)
    if not waiting:
        form.faults["file"] = _("请选择要签章的文件")
    form.refuse_faults()
    receipt = services.begin_batch(
        agency_code=agencies[code],
        seal_code=code,
        purpose=SealPurpose(purpose),
        files=files,
        actor=actor,
        at=at,
    )
    return redirect("desk:batch-show", batch_id=receipt.batch_id)


def _numbered(form: Typed, waiting: tuple[FileFacts, ...]) -> list[BatchFile]:
    """
    Return the files with number and offering, as the list says, or the fields for all of them.
    """
    usual = (form.text("case_number")[:50], form.text("offering_code")[:100])
    listed = {}
    for line in form.text("list").splitlines():
        name, *rest = [part.strip() for part in line.replace("，", ",").replace("\t", ",").split(",")]
        if name:
            number, offering = (*rest, "", "")[:2]
            listed[name] = (number[:50] or usual[0], offering[:100] or usual[1])
    unknown = sorted(listed.keys() - {file.name for file in waiting})
    if unknown:
        form.faults["list"] = _("清单中的文件没有上传：%(names)s") % {"names": "、".join(unknown[:5])}
    return [
        BatchFile(file_id=file.id, case_number=number, offering_code=offering)
        for file in waiting
        for number, offering in (listed.get(file.name, usual),)
    ]


@never_cache
@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """
    Take files before they are sealed; answers a script with the list item, a form with the page.
    """
    actor, at = staff(request), clock.now()
    by_script = request.headers.get("X-Requested-With") == BY_SCRIPT
    try:
        received = [brought(file, actor, at=at) for file in request.FILES.getlist("file")]
    except ServiceError as error:
        if not by_script:
            raise
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    if by_script:
        return render(
            request, "desk/_batch_file.html", {"file": _file_view(received[-1]) if received else None}
        )
    return redirect("desk:batch-new")


def brought(file: "UploadedFile[Any]", actor: Actor, *, at: datetime) -> FileReceipt:
    """
    Put a file that was sent into the tray of who sent it.
    """
    return services.bring_file(
        content=file,
        name=file.name or "",
        declared_type=file.content_type or "",
        declared_bytes=file.size,
        actor=actor,
        at=at,
    )


@require_POST
def remove(request: HttpRequest, file_id: UUID) -> HttpResponse:
    """
    Take a file back before it is sealed.
    """
    services.take_file_back(file_id=file_id, actor=staff(request), at=clock.now())
    return redirect("desk:batch-new")


def _file_view(file: FileFacts | FileReceipt) -> FileView:
    return FileView(
        name=file.name,
        size=filesizeformat(file.size),
        href=reverse("documents:file-download", kwargs={"file_id": file.id}),
        remove_action=reverse("desk:batch-remove", kwargs={"file_id": file.id}),
    )


@never_cache
@require_safe
def show_one(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """
    Show how far a batch is, and what became of each file.
    """
    actor, at = staff(request), clock.now()
    line = selectors.batch(batch_id=batch_id, actor=actor)
    entries = selectors.batch_entries(batch_id=batch_id, actor=actor)
    context = {
        "line": line,
        "look": LOOKS[line.state],
        "is_running": line.state is SealBatchState.RUNNING,
        "entries": [(entry, ITEM_LOOKS[entry.state], _why(entry.refusal)) for entry in entries],
        "may_take": any(entry.sealed_file_id for entry in entries),
        "told": _told(line),
    }
    return desk_page(request, "desk/batch_show.html", context, actor=actor, current=CURRENT, at=at)


def _why(refusal: str) -> str:
    return str(REFUSALS.get(refusal, refusal))


def _told(line: BatchLine) -> str:
    return _("共 %(files)s 份，已签章 %(sealed)s 份，未能签章 %(refused)s 份") % {
        "files": line.files,
        "sealed": line.sealed,
        "refused": line.refused,
    }


@require_POST
def stop(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """
    Seal nothing more of a batch.
    """
    services.stop_batch(batch_id=batch_id, actor=staff(request), at=clock.now())
    messages.success(request, _("已停止，还没有签章的文件不再签章"))
    return redirect("desk:batch-show", batch_id=batch_id)


@never_cache
@require_safe
def archive(request: HttpRequest, batch_id: UUID) -> StreamingHttpResponse:
    """
    Hand out everything that a batch has sealed, as one ZIP file.

    :raises InvalidInput: nothing was sealed
    """
    actor, at = staff(request), clock.now()
    entries = [one for one in selectors.batch_entries(batch_id=batch_id, actor=actor) if one.sealed_file_id]
    if not entries:
        raise InvalidInput(fields={"batch_id": _("还没有签章的文件")})
    packed = services.packed_batch(batch_id=batch_id, actor=actor, at=at)
    response = StreamingHttpResponse(packed, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="sealed-{at:%Y%m%d}-{str(batch_id)[:8]}.zip"'
    return response
