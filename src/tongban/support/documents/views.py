"""
Handing files out.
"""

from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.support.documents import rules, services
from tongban.support.identity.selectors import actor_of


@require_safe
def download(request: HttpRequest, file_id: UUID) -> FileResponse:
    """
    Hand out one file to those who may see it; `?inline` shows it in the browser where that is safe.
    """
    file = services.open_file(file_id=file_id, actor=actor_of(request), at=clock.now())
    headers = rules.file_headers(
        name=file.name, media_type=file.media_type, size=file.size, shown="inline" in request.GET
    )
    # Closes the file with the response, also where nothing is read from it: HEAD, a client that went away.
    response = FileResponse(file.content, content_type=file.media_type)
    # Set afterwards: the response makes up headers of its own from the file's name in the store.
    for name, value in headers.items():
        response[name] = value
    return response
