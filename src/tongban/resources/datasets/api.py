"""
The API of the resource catalogue: what there is, its schemas and versions, and the steps that bring them in force.
"""

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from tongban.foundation import clock
from tongban.foundation.http import (
    CHANGING,
    GUARDED,
    answer,
    api_actor,
    json_response,
    require_actor,
)
from tongban.resources.datasets import schemas, selectors, services
from tongban.resources.datasets.values import Definition, VersionReceipt, code_of_address

router = Router(tags=["datasets 信息资源目录"])

SCHEMA_TYPE = "application/schema+json"
FOR_SCHEMAS: dict[str, Any] = {"responses": {200: {"content": {SCHEMA_TYPE: {"schema": {"type": "object"}}}}}}
F = TypeVar("F", bound=Callable[..., HttpResponse])


def _step(path: str, operation: str, summary: str) -> Callable[[F], F]:
    """
    Let a function answer one step in the life of a dataset.
    """
    return router.post(
        path,
        operation_id=operation,
        summary=summary,
        response={200: schemas.DatasetReceiptOut, **CHANGING},
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
    "/datasets",
    operation_id="listDatasets",
    summary="信息资源目录",
    response={200: schemas.DatasetPage, **GUARDED},
)
def list_datasets(request: HttpRequest, query: Query[schemas.DatasetQuery]) -> HttpResponse:
    """
    List the datasets of this node and of the nodes around it, by node and code. Systems need datasets:read.
    """
    page = selectors.datasets(
        actor=require_actor(request),
        at=clock.now(),
        text=query.q,
        class_code=query.dataset_class,
        sharing=query.sharing,
        state=query.state,
        open_state=query.open_state,
        provider_code=query.provider,
        is_own=query.own,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/datasets/{dataset_id}",
    operation_id="getDataset",
    summary="信息资源",
    response={200: schemas.DatasetDetailOut, **GUARDED},
)
def get_dataset(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """
    Read a dataset with its metadata, schema and versions; its provider and reviewers read who uses it and its log too.
    """
    found = selectors.dataset(dataset_id=dataset_id, actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/datasets/{node}/{dataset_code}/versions/{version}/schema",
    operation_id="getDatasetSchema",
    summary="信息资源数据结构",
    auth=None,
    response={200: None, **GUARDED},
    openapi_extra=FOR_SCHEMAS,
)
def get_dataset_schema(
    request: HttpRequest, node: str, dataset_code: str, version: schemas.VersionNumber
) -> HttpResponse:
    """
    Read the JSON Schema (2020-12) of one row in a published version: the address is its `$id` and never changes.

    `dataset_code` has a hyphen for the stroke. Of what is open to the public everybody reads it, without a token.
    """
    found = selectors.version_schema(
        node=node,
        code=code_of_address(dataset_code),
        version=version,
        actor=api_actor(request),
    )
    return HttpResponse(msgspec.json.encode(found), content_type=SCHEMA_TYPE)


@router.get(
    "/dataset-versions/{version_id}",
    operation_id="getDatasetVersion",
    summary="信息资源目录版本",
    response={200: schemas.DatasetVersionOut, **GUARDED},
)
def get_dataset_version(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Read a version and in what it differs from the one before; one that is being compiled is for provider and reviewers.
    """
    found = selectors.dataset_version(version_id=version_id, actor=require_actor(request))
    return json_response(msgspec.json.encode(found))


@_step("/datasets", "compileDataset", "编制信息资源")
def compile_dataset(request: HttpRequest, body: schemas.DatasetDefinitionIn) -> HttpResponse:
    """
    Begin a dataset of your agency; its first version is a draft, its code is given now. Systems need datasets:write.
    """
    actor = require_actor(request)
    definition = _definition(body, actor.agency_code or "", actor.division_code or "")
    return _act(request, "compileDataset", services.compile_dataset, definition=definition)


@_step("/datasets/{dataset_id}/versions", "compileDatasetVersion", "编制信息资源新版本")
def compile_dataset_version(request: HttpRequest, dataset_id: UUID) -> HttpResponse:
    """
    Begin the next version of a dataset, as a draft that says what the last one said.
    """
    return _act(request, "compileDatasetVersion", services.compile_version, dataset_id=dataset_id)


@router.put(
    "/dataset-versions/{version_id}",
    operation_id="saveDatasetDraft",
    summary="修改信息资源目录草稿",
    response={200: schemas.DatasetReceiptOut, **CHANGING},
)
def save_dataset_draft(request: HttpRequest, version_id: UUID, body: schemas.DatasetDraftIn) -> HttpResponse:
    """
    Change a draft; refused where somebody else has changed it since the revision that is named.
    """
    actor = require_actor(request)

    def act() -> VersionReceipt:
        kept = selectors.dataset_version(version_id=version_id, actor=actor).definition
        return services.save_draft(
            version_id=version_id,
            revision=body.revision,
            definition=_definition(body.definition, kept.provider_code, kept.division_code),
            actor=actor,
            at=clock.now(),
        )

    return answer(request, operation="saveDatasetDraft", status=200, act=act)


@_step("/dataset-versions/{version_id}/submission", "submitDatasetDraft", "信息资源目录送审")
def submit_dataset_draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Send a draft to review; it must be whole.
    """
    return _act(request, "submitDatasetDraft", services.submit_draft, version_id=version_id)


@_step("/dataset-versions/{version_id}/discard", "discardDatasetDraft", "放弃信息资源目录草稿")
def discard_dataset_draft(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """
    Give a draft up; it stays in the log.
    """
    return _act(request, "discardDatasetDraft", services.discard_draft, version_id=version_id)


@_step("/dataset-versions/{version_id}/return", "returnDatasetDraft", "退回信息资源目录")
def return_dataset_draft(
    request: HttpRequest, version_id: UUID, body: schemas.DatasetWordsIn
) -> HttpResponse:
    """
    Give a version in review back to its provider, saying what must be changed. For reviewers.
    """
    return _act(
        request, "returnDatasetDraft", services.return_draft, version_id=version_id, comment=body.comment
    )


@_step("/dataset-versions/{version_id}/publication", "publishDatasetVersion", "审核发布信息资源目录")
def publish_dataset_version(
    request: HttpRequest, version_id: UUID, body: schemas.DatasetCommentIn
) -> HttpResponse:
    """
    Pass a version in review and put it in force. For reviewers, never for systems; who has compiled it cannot.
    """
    return _act(
        request,
        "publishDatasetVersion",
        services.publish_version,
        version_id=version_id,
        comment=body.comment,
    )


@_step("/datasets/{dataset_id}/withdrawal", "withdrawDataset", "撤销信息资源目录")
def withdraw_dataset(request: HttpRequest, dataset_id: UUID, body: schemas.DatasetWordsIn) -> HttpResponse:
    """
    Take a dataset out of use, saying why; a new version brings it back. For reviewers.
    """
    return _act(
        request, "withdrawDataset", services.withdraw_dataset, dataset_id=dataset_id, comment=body.comment
    )


def _definition(body: schemas.DatasetDefinitionIn, provider_code: str, division_code: str) -> Definition:
    """
    Return a definition of this provider: whoever compiles answers for his own data, and the area for its agencies.
    """
    told = body.model_dump(mode="json")
    return msgspec.convert(
        {**told, "provider_code": provider_code, "division_code": division_code}, Definition
    )
