"""
The API of documents: hand files in, read them.
"""

from uuid import UUID

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import File, Query, Router, Schema
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from tongban.foundation import clock, crypto
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    Problem,
    answer,
    idempotency_key,
    require_actor,
)
from tongban.foundation.payload import bounded_form
from tongban.support.documents import permissions, rules, schemas, services
from tongban.support.documents.ports import CASE_FILES
from tongban.support.documents.values import FileKind, Owner

router = Router(tags=["documents 文件"])

UPLOADING = {**CHANGING, 503: Problem}


class FileQuery(Schema):
    """
    How a file is wanted.
    """

    inline: bool = False


def _check_size(declared_bytes: int | None) -> None:
    services.check_request_size(declared_bytes=declared_bytes)


@router.post(
    "/cases/{number}/files",
    operation_id="uploadCaseFile",
    summary="上传办件材料",
    response={201: schemas.FileOut, **UPLOADING},
)
@decorate_view(bounded_form(_check_size))
def upload_case_file(request: HttpRequest, number: str, file: File[UploadedFile]) -> HttpResponse:
    """
    Hand in a file for a case: PDF, JPEG, PNG or OFD. It is taken apart and rebuilt before it is kept.
    """
    actor = require_actor(request)
    permissions.add_file.require(actor)
    return answer(
        request,
        operation="uploadCaseFile",
        status=201,
        act=lambda: services.receive_upload(
            content=file,
            name=file.name or "",
            declared_type=file.content_type or "",
            declared_bytes=file.size,
            owner=Owner(kind=CASE_FILES, key=number),
            actor=actor,
            at=clock.now(),
        ),
        content=_digest(file) if idempotency_key(request) else b"",
    )


@router.get(
    "/files/{file_id}",
    operation_id="getFile",
    summary="下载文件",
    response={200: None, **GUARDED, 503: Problem},
    openapi_extra={
        "responses": {
            200: {
                "content": {
                    kind.value: {"schema": {"type": "string", "contentMediaType": kind.value}}
                    for kind in FileKind
                }
            }
        }
    },
)
def get_file(request: HttpRequest, file_id: UUID, query: Query[FileQuery]) -> HttpResponseBase:
    """
    Read a file. Every reading is written down.
    """
    file = services.open_file(file_id=file_id, actor=require_actor(request), at=clock.now())
    headers = rules.file_headers(
        name=file.name, media_type=file.media_type, size=file.size, shown=query.inline
    )
    response = FileResponse(file.content, content_type=file.media_type)
    # Set afterwards: the response makes up headers of its own from the file's name in the store.
    for name, value in headers.items():
        response[name] = value
    return response


def _digest(file: UploadedFile) -> bytes:
    digest = crypto.sm3(file.read())
    file.seek(0)
    return digest
