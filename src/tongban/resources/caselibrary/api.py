"""
The API of the case library: what a person has under way and had, in every system of the area.
"""

from typing import Annotated

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field

from tongban.foundation.http import GUARDED, json_response, require_actor
from tongban.resources.caselibrary import schemas, selectors
from tongban.resources.caselibrary.selectors.cases import LARGEST_PAGE, PAGE

router = Router(tags=["caselibrary 办件库"])


class OwnCasesQuery(Schema):
    """
    Which page.
    """

    cursor: str | None = Field(None, description="`next_cursor` of the page before")
    limit: Annotated[int, Field(ge=1, le=LARGEST_PAGE)] = PAGE


@router.get(
    "/me/library-cases",
    operation_id="listOwnLibraryCases",
    summary="本人在各系统的办件",
    response={200: schemas.OwnCaseList, **GUARDED},
)
def list_own_cases(request: HttpRequest, query: Query[OwnCasesQuery]) -> HttpResponse:
    """
    List the cases of the person whose token it is, of every system of the area, newest first.
    """
    actor = require_actor(request)
    page = selectors.own_cases(actor=actor, cursor=query.cursor, limit=query.limit)
    return json_response(msgspec.json.encode({"items": page.items, "next_cursor": page.next_cursor}))
