"""
The API of the site: what the verification page answers, for programs.
"""

from typing import Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import File, Router
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from tongban.business.licences import services as licences
from tongban.business.licences.services.peers import verify_document
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import PUBLIC, Problem, api_actor, client_address, json_response
from tongban.foundation.payload import bounded_form
from tongban.portal.site import schemas
from tongban.support.documents import services as documents

router = Router(tags=["verifications 核验"])

MOST_FILES: Final = 10


def _check_size(declared_bytes: int | None) -> None:
    documents.check_request_size(declared_bytes=declared_bytes)


@router.post(
    "/verifications",
    operation_id="verifyFiles",
    summary="核验文件",
    auth=None,
    response={200: list[schemas.FileVerdictOut], **PUBLIC, 401: Problem},
)
@decorate_view(bounded_form(_check_size))
def verify_files(request: HttpRequest, files: File[list[UploadedFile]]) -> HttpResponse:
    """
    Verify files whoever made them: OFD, PDF, electronic seals, signatures, certificates. Nothing of them is kept.

    One answer per file, in their order; together they are no larger than one upload. Each counts as one question.
    """
    actor, at = api_actor(request), clock.now()
    if len(files) > MOST_FILES:
        raise InvalidInput(fields={"files": _("一次最多核验 %(most)s 份文件") % {"most": MOST_FILES}})
    for _each in files:
        licences.count_verification(address=client_address(request), actor=actor, at=at)
    verdicts = [
        verify_document(content=file.read(), name=file.name or "", at=at).told.as_json() for file in files
    ]
    return json_response(msgspec.json.encode(verdicts))
