"""
The API of the base registers.
"""

from typing import Annotated

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tongban.foundation import clock
from tongban.foundation.http import GUARDED, PUBLIC, Problem, api_actor, json_response, require_actor
from tongban.resources.registers import schemas, selectors, services
from tongban.resources.registers.values import Ground

router = Router(tags=["registers 基础信息"])

REFUSALS = {**PUBLIC, 401: Problem}
DivisionCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]


class DivisionQuery(Schema):
    """
    Below which division.
    """

    parent: DivisionCode | None = Field(
        None, description="12 digits; without it, the node's own area and all in it"
    )


class AgencyQuery(Schema):
    """
    Of which division.
    """

    division: DivisionCode | None = Field(None, description="12 digits; without it, the node's own area")


@router.get(
    "/divisions",
    operation_id="listDivisions",
    summary="行政区划",
    auth=None,
    response={200: schemas.DivisionList, **REFUSALS},
)
def list_divisions(request: HttpRequest, query: Query[DivisionQuery]) -> HttpResponse:
    """
    List the direct children of a division; without `parent`, the area of this node and everything in it.
    """
    actor = api_actor(request)
    if query.parent is None:
        found = selectors.divisions_inside(code=settings.TONGBAN_NODE.division_code, actor=actor)
    else:
        found = selectors.divisions_below(parent_code=query.parent, actor=actor)
    return json_response(msgspec.json.encode({"items": found}))


@router.get(
    "/agencies",
    operation_id="listAgencies",
    summary="实施机构",
    auth=None,
    response={200: schemas.AgencyList, **REFUSALS},
)
def list_agencies(request: HttpRequest, query: Query[AgencyQuery]) -> HttpResponse:
    """
    List the agencies of a division and of all below it, in their official order.
    """
    found = selectors.agencies_inside(
        division_code=query.division or settings.TONGBAN_NODE.division_code, actor=api_actor(request)
    )
    return json_response(msgspec.json.encode({"items": found}))


@router.post(
    "/register-verifications",
    operation_id="verifyRegisterRecord",
    summary="核验基础信息",
    response={200: schemas.RegisterVerificationOut, **GUARDED},
)
def verify_register_record(request: HttpRequest, body: schemas.RegisterVerificationIn) -> HttpResponse:
    """
    Say for each claim whether a base register says so: yes, no or unknown; never what it says.

    Systems need the scope registers:verify, staff a case they may know of. While the name is not that of the number,
    nothing else is answered. Every question stands in the ledger of whom it is about; wrong claims are counted.
    """
    answered = services.verify(
        register=body.register_code,
        key=body.key,
        claims=body.claims,
        ground=Ground(purpose=body.purpose, legal_basis=body.legal_basis, case_number=body.case_number),
        actor=require_actor(request),
        at=clock.now(),
    )
    return json_response(
        msgspec.json.encode({"reference": answered.reference, "answers": dict(answered.answers)})
    )
