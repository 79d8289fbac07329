"""
The API of the directory: public types with their JSON Schemas, and the steps by which versions come into force.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.values import (
    LicenceTypeRow,
    TypeDetail,
    TypeReceipt,
    VersionDetail,
    VersionReceipt,
)
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import CHANGING, PUBLIC, Problem, answer, api_actor, json_response, require_actor
from tongban.foundation.payload import read_json
from tongban.foundation.shapes import reference

REFUSALS = {**PUBLIC, 401: Problem}
WRONG_PLACE = re.compile(r" - at `\$\.?(?P<place>.*?)`$")
SCHEMA_TYPE = "application/schema+json"
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., HttpResponse])


def _described(schema: dict[str, Any], *, media_type: str = "application/json") -> dict[str, Any]:
    return {"responses": {200: {"content": {media_type: {"schema": schema}}}}}


def _taking(body: dict[str, Any], *, giving: type) -> dict[str, Any]:
    return {
        **_described(reference(giving)),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
    }


def _step(path: str, operation: str, summary: str, *, giving: type = VersionReceipt) -> Callable[[F], F]:
    """
    Let a function answer one step in the life of a type or of a version of one.
    """
    return router.post(
        path,
        operation_id=operation,
        summary=summary,
        response={200: None, **CHANGING},
        openapi_extra=_described(reference(giving)),
    )


def _act(request: HttpRequest, operation: str, service: Callable[..., Any], **told: Any) -> HttpResponse:
    actor = require_actor(request)
    return answer(
        request,
        operation=operation,
        status=200,
        act=lambda: service(**told, actor=actor, at=clock.now()),
    )


@router.get(
    "/licence-types",
    operation_id="listLicenceTypes",
    summary="证照目录",
    auth=None,
    response={200: schemas.TypePage, **REFUSALS},
)
def list_licence_types(request: HttpRequest, query: Query[schemas.TypeQuery]) -> HttpResponse:
    """
    List the types of licences by code: what is published; who keeps the directory sees what is being compiled too.
    """
    page = selectors.licence_types(
        actor=api_actor(request),
        text=query.q,
        state=query.state,
        open_state=query.open_state,
        sharing=query.sharing,
        item=query.item,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licence-types/file",
    operation_id="exportLicenceTypes",
    summary="导出证照目录",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described({"type": "array", "items": reference(LicenceTypeRow)}),
)
def export_licence_types(request: HttpRequest, query: Query[schemas.TypeFileQuery]) -> HttpResponse:
    """
    Read the types in force as a file that this node, or another one, imports; at most 1 000.
    """
    return json_response(
        msgspec.json.encode(selectors.exported_types(actor=api_actor(request), text=query.q))
    )


@router.post(
    "/licence-types/file",
    operation_id="importLicenceTypes",
    summary="导入证照目录",
    response={200: schemas.TypeImportOut, **CHANGING},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "array", "maxItems": 200, "items": reference(LicenceTypeRow)}
                }
            },
        }
    },
)
def import_licence_types(request: HttpRequest) -> HttpResponse:
    """
    Begin drafts from a file, all or none, of the types that are new here or differ; they are reviewed as others are.
    """
    actor, rows = require_actor(request), _convert(read_json(request), list[dict[str, Any]])
    return answer(
        request,
        operation="importLicenceTypes",
        status=200,
        act=lambda: services.import_licence_types(rows=rows, actor=actor, at=clock.now()),
    )


@router.get(
    "/licence-types/{type_code}",
    operation_id="getLicenceType",
    summary="证照类型",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described(reference(TypeDetail)),
)
def get_licence_type(request: HttpRequest, type_code: str) -> HttpResponse:
    """
    Read a type with its version in force and its earlier ones; its log is for who keeps the directory.
    """
    found = selectors.licence_type(code=type_code, actor=api_actor(request))
    return json_response(msgspec.json.encode(found))


@router.get(
    "/licence-types/{type_code}/versions/{version}",
    operation_id="getLicenceTypeVersion",
    summary="证照类型版本",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described(reference(VersionDetail)),
)
def get_licence_type_version(
    request: HttpRequest, type_code: str, version: schemas.VersionNumber, query: Query[schemas.VersionQuery]
) -> HttpResponse:
    """
    Read a version that was published, and in what it differs from another one.
    """
    found = selectors.type_version_by_number(
        code=type_code, version=version, actor=api_actor(request), against=query.against
    )
    return json_response(msgspec.json.encode(found))


@router.get(
    "/licence-types/{type_code}/versions/{version}/schema",
    operation_id="getLicenceFaceSchema",
    summary="照面数据结构",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described({"type": "object"}, media_type=SCHEMA_TYPE),
)
def get_licence_face_schema(
    request: HttpRequest, type_code: str, version: schemas.VersionNumber
) -> HttpResponse:
    """
    Read the JSON Schema (2020-12) of the face data of licences issued by this version.
    """
    found = selectors.type_version_by_number(code=type_code, version=version, actor=api_actor(request))
    return HttpResponse(msgspec.json.encode(found.schema), content_type=SCHEMA_TYPE)


@router.post(
    "/licence-types",
    operation_id="compileLicenceType",
    summary="编制证照类型",
    response={200: None, **CHANGING},
    openapi_extra=_taking(reference(schemas.NewType), giving=VersionReceipt),
)
def compile_licence_type(request: HttpRequest) -> HttpResponse:
    """
    Begin a type that the directory does not have; its first version is a draft.
    """
    actor, body = require_actor(request), _convert(read_json(request), schemas.NewType)
    return answer(
        request,
        operation="compileLicenceType",
        status=200,
        act=lambda: services.compile_type(
            code=body.code, definition=body.definition, actor=actor, at=clock.now()
        ),
    )


@_step("/licence-types/{type_code}/versions", "compileLicenceTypeVersion", "编制证照类型新版本")
def compile_licence_type_version(request: HttpRequest, type_code: str) -> HttpResponse:
    """
    Begin the next version of a type, as a draft that says what the version in force says.
    """
    return _act(request, "compileLicenceTypeVersion", services.compile_version, code=type_code)


@_step("/licence-types/{type_code}/withdrawal", "withdrawLicenceType", "停用证照类型", giving=TypeReceipt)
def withdraw_licence_type(request: HttpRequest, type_code: str, body: schemas.WordsIn) -> HttpResponse:
    """
    Take a type out of use: no licence of it is issued any more; those issued stay as they are.
    """
    return _act(request, "withdrawLicenceType", services.withdraw_type, code=type_code, comment=body.comment)


@router.get(
    "/licence-type-versions/{version_id}",
    operation_id="getLicenceTypeDraft",
    summary="证照类型草稿",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described(reference(VersionDetail)),
)
def get_licence_type_draft(
    request: HttpRequest, version_id: UUID, query: Query[schemas.VersionQuery]
) -> HttpResponse:
    """
    Read a version by its id; one that is being compiled is for who keeps the directory.
    """
    found = selectors.type_version(version_id=version_id, actor=api_actor(request), against=query.against)
    return json_response(msgspec.json.encode(found))


@router.put(
    "/licence-type-versions/{version_id}",
    operation_id="saveLicenceTypeDraft",
    summary="修改证照类型草稿",
    response={200: None, **CHANGING},
    openapi_extra=_taking(reference(schemas.ChangedDraft), giving=VersionReceipt),
)
def save_licence_type_draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Change a draft; refused where somebody else has changed it since the revision that is named.
    """
    actor, body = require_actor(request), _convert(read_json(request), schemas.ChangedDraft)
    return answer(
        request,
        operation="saveLicenceTypeDraft",
        status=200,
        act=lambda: services.save_draft(
            version_id=version_id,
            revision=body.revision,
            definition=body.definition,
            actor=actor,
            at=clock.now(),
        ),
    )


@_step("/licence-type-versions/{version_id}/submission", "submitLicenceTypeDraft", "证照类型送审")
def submit_licence_type_draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Send a draft to review; it must be whole.
    """
    return _act(request, "submitLicenceTypeDraft", services.submit_draft, version_id=version_id)


@_step("/licence-type-versions/{version_id}/discard", "discardLicenceTypeDraft", "作废证照类型草稿")
def discard_licence_type_draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Give a draft up.
    """
    return _act(request, "discardLicenceTypeDraft", services.discard_draft, version_id=version_id)


@_step("/licence-type-versions/{version_id}/return", "returnLicenceTypeDraft", "退回证照类型")
def return_licence_type_draft(request: HttpRequest, version_id: UUID, body: schemas.WordsIn) -> HttpResponse:
    """
    Give a version in review back to its editors, saying what must be changed.
    """
    return _act(
        request, "returnLicenceTypeDraft", services.return_draft, version_id=version_id, comment=body.comment
    )


@_step("/licence-type-versions/{version_id}/approval", "approveLicenceTypeDraft", "审核通过证照类型")
def approve_licence_type_draft(
    request: HttpRequest, version_id: UUID, body: schemas.CommentIn
) -> HttpResponse:
    """
    Pass a version in review; who has compiled it cannot.
    """
    return _act(
        request,
        "approveLicenceTypeDraft",
        services.approve_draft,
        version_id=version_id,
        comment=body.comment,
    )


@_step("/licence-type-versions/{version_id}/publication", "publishLicenceTypeVersion", "发布证照类型")
def publish_licence_type_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Put a version that was passed in force; licences issued by earlier ones keep theirs.
    """
    return _act(request, "publishLicenceTypeVersion", services.publish_version, version_id=version_id)


def _convert(body: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as error:
        text = str(error)
        found = WRONG_PLACE.search(text)
        place = found["place"] if found else ""
        reason = WRONG_PLACE.sub("", text)
        raise InvalidInput(
            fields={place or "body": _("不符合要求：%(reason)s") % {"reason": reason}}
        ) from error
