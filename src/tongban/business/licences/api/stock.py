"""
The API of licences issued before: batches, their rows, the sampling check, disputes.
"""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query

from tongban.business.licences import schemas, selectors, services
from tongban.business.licences.api.routing import router
from tongban.business.licences.values import BatchFacts, BatchState, StockState
from tongban.foundation import clock
from tongban.foundation.canonical import sm3_hex
from tongban.foundation.http import CHANGING, GUARDED, answer, json_response, require_actor

FILE_NAME: Final = "api"


@router.post(
    "/licence-batches",
    operation_id="collectLicences",
    summary="归集存量证照",
    response={200: schemas.StockBatchReceiptOut, **CHANGING},
)
def collect_licences(request: HttpRequest, body: schemas.StockBatchIn) -> HttpResponse:
    """
    Bring licences issued before: up to 2 000 rows, named as columns of files are. The same rows change nothing.
    """
    actor = require_actor(request)
    facts = BatchFacts(
        source=body.source,
        supply=body.supply,
        agency_code=actor.agency_code or "",
        agency_name=body.agency_name,
        division_code=actor.division_code or body.division_code,
        file_name=FILE_NAME,
        file_digest=sm3_hex(msgspec.json.encode(body.rows, order="sorted")),
        sample_percent=body.sample_percent,
        wanted_percent=body.wanted_percent,
    )
    lines = (msgspec.json.encode(row).decode() for row in body.rows)

    def act() -> Mapping[str, Any]:
        rows = services.stock_rows(lines, is_json=True)
        return {"id": services.collect_licences(rows=rows, facts=facts, actor=actor, at=clock.now())}

    return answer(request, operation="collectLicences", status=200, act=act)


@router.post(
    "/licences/{identifier}/comparison",
    operation_id="compareLicence",
    summary="与原件核对证照",
    response={200: schemas.LicenceReceiptOut, **CHANGING},
)
def compare_licence(request: HttpRequest, identifier: str) -> HttpResponse:
    """
    Say that a licence of grade C agrees with its original, which lies before you; it is of grade B from then on.
    """
    actor = require_actor(request)
    return answer(
        request,
        operation="compareLicence",
        status=200,
        act=lambda: services.compare_licence(identifier=identifier, actor=actor, at=clock.now()),
    )


@router.post(
    "/licences/{identifier}/reveal",
    operation_id="revealLicence",
    summary="查看待核对证照的完整信息",
    response={200: schemas.ClearLicenceOut, **CHANGING},
)
def reveal_licence(request: HttpRequest, identifier: str, body: schemas.RevealLicenceIn) -> HttpResponse:
    """
    Read a licence of grade C in clear, to compare it with its original. Who read it and why is written down.
    """
    clear = services.reveal_comparable(
        identifier=identifier,
        purpose=body.purpose,
        words=body.words,
        actor=require_actor(request),
        at=clock.now(),
    )
    # Nothing keeps a copy: no cache on the way, and no idempotency record here.
    response = json_response(msgspec.json.encode(clear))
    response["Cache-Control"] = "no-store"
    return response


@router.get(
    "/licence-batches",
    operation_id="listLicenceBatches",
    summary="存量归集批次",
    response={200: schemas.BatchPage, **GUARDED},
)
def list_licence_batches(request: HttpRequest, query: Query[schemas.BatchQuery]) -> HttpResponse:
    """
    List batches, newest first; a system sees those of its agency.
    """
    page = selectors.stock_batches(actor=require_actor(request), cursor=query.cursor, limit=query.limit)
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licence-batches/{batch_id}",
    operation_id="getLicenceBatch",
    summary="存量归集批次的结果",
    response={200: schemas.StockBatchOut, **GUARDED},
)
def get_licence_batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """
    Read a batch with the counts of its rows by outcome and reason.
    """
    return json_response(
        msgspec.json.encode(selectors.stock_batch(batch_id=batch_id, actor=require_actor(request)))
    )


@router.get(
    "/licence-batches/{batch_id}/rows",
    operation_id="listLicenceBatchRows",
    summary="存量归集批次的逐行结果",
    response={200: schemas.StockRowPage, **GUARDED},
)
def list_licence_batch_rows(
    request: HttpRequest, batch_id: UUID, query: Query[schemas.StockRowQuery]
) -> HttpResponse:
    """
    List the rows of a batch with what became of them; no personal data.
    """
    page = selectors.stock_rows(
        batch_id=batch_id,
        actor=require_actor(request),
        state=query.state,
        sampled=query.sampled,
        cursor=query.cursor,
        limit=query.limit,
    )
    return json_response(msgspec.json.encode(page))


@router.get(
    "/licence-batch-rows/{row_id}",
    operation_id="getLicenceBatchRow",
    summary="抽中或待核实的一件存量证照",
    response={200: schemas.StockDetailOut, **GUARDED},
)
def get_licence_batch_row(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """
    Read a row of a sample, or a disputed one, in full, to compare it with its scan.
    """
    return json_response(
        msgspec.json.encode(selectors.stock_row(row_id=row_id, actor=require_actor(request)))
    )


@router.post(
    "/licence-batch-rows/{row_id}/check",
    operation_id="checkLicenceBatchRow",
    summary="记录抽样核对结果",
    response={200: schemas.StockBatchStateOut, **CHANGING},
)
def check_licence_batch_row(request: HttpRequest, row_id: UUID, body: schemas.SampleCheckIn) -> HttpResponse:
    """
    Say whether a row of the sample says what its original says; the last one decides about the batch.
    """
    actor = require_actor(request)

    def act() -> Mapping[str, BatchState]:
        state = services.check_sampled(
            row_id=row_id, is_right=body.is_right, note=body.note, actor=actor, at=clock.now()
        )
        return {"state": state}

    return answer(request, operation="checkLicenceBatchRow", status=200, act=act)


@router.post(
    "/licence-batch-rows/{row_id}/decision",
    operation_id="decideLicenceBatchRow",
    summary="核实有争议的存量证照",
    response={200: schemas.StockStateOut, **CHANGING},
)
def decide_licence_batch_row(
    request: HttpRequest, row_id: UUID, body: schemas.StockDecisionIn
) -> HttpResponse:
    """
    Take a disputed row in, or leave it out.
    """
    actor = require_actor(request)

    def act() -> Mapping[str, StockState]:
        state = services.decide_disputed(row_id=row_id, is_taken=body.is_taken, actor=actor, at=clock.now())
        return {"state": state}

    return answer(request, operation="decideLicenceBatchRow", status=200, act=act)
