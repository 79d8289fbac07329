"""
Handing files out.
"""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.support.documents import services
from tongban.support.identity.selectors import actor_of

INLINE_TYPES: Final = frozenset({"application/pdf", "image/jpeg", "image/png"})
"""Types that we have rebuilt ourselves; anything else is only ever saved, never shown."""

PICTURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; sandbox"
# No sandbox for PDF: browsers switch their own viewer off in one. Scripts inside were removed, and none may load.
PDF_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"


@require_safe
def download(request: HttpRequest, file_id: UUID) -> FileResponse:
    """
    Hand out one file to those who may see it; `?inline` shows it in the browser where that is safe.
    """
    file = services.open_file(file_id=file_id, actor=actor_of(request), at=clock.now())
    shown = "inline" in request.GET and file.media_type in INLINE_TYPES
    # Closes the file with the response, also where nothing is read from it: HEAD, a client that went away.
    response = FileResponse(file.content, content_type=file.media_type)
    response["Content-Length"] = str(file.size)
    response["Content-Disposition"] = _disposition("inline" if shown else "attachment", file.name)
    response["Content-Security-Policy"] = (
        PDF_POLICY if file.media_type == "application/pdf" else PICTURE_POLICY
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    if shown and file.media_type == "application/pdf":
        response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _disposition(kind: str, name: str) -> str:
    # RFC 6266: the name once in ASCII for old clients, once in UTF-8.
    ending = name.rpartition(".")[2] if "." in name else "bin"
    return f"{kind}; filename=\"file.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
