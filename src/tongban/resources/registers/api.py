"""
The API of the base registers.
"""

from typing import Annotated

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tongban.foundation.http import PUBLIC, Problem, api_actor, json_response
from tongban.resources.registers import schemas, selectors

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
