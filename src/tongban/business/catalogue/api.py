"""
The API of the catalogue: browse, guides, history, publishing.
"""

import re
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Query, Router

from tongban.business.catalogue import schemas, selectors, services
from tongban.business.catalogue.selectors import CodeFacts, OfferingVersionFacts, ServiceGuide
from tongban.business.catalogue.values import FeedItem, PublishedOffering
from tongban.foundation import clock
from tongban.foundation.errors import InvalidInput
from tongban.foundation.http import CHANGING, PUBLIC, Problem, answer, api_actor, json_response, require_actor
from tongban.foundation.payload import read_json
from tongban.foundation.shapes import reference

router = Router(tags=["catalogue 事项"])

REFUSALS = {**PUBLIC, 401: Problem}
WRONG_PLACE = re.compile(r" - at `\$\.?(?P<place>.*?)`$")
SOURCE = "api:{agency}"


def _described(schema: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    return {"responses": {status: {"content": {"application/json": {"schema": schema}}}}}


@router.get(
    "/offerings",
    operation_id="listOfferings",
    summary="事项列表",
    auth=None,
    response={200: schemas.OfferingPage, **REFUSALS},
)
def list_offerings(request: HttpRequest, query: Query[schemas.OfferingQuery]) -> HttpResponse:
    """
    List offerings in use: those that can be applied for online first, then the most used.
    """
    wanted = selectors.BrowseQuery(
        audience=query.audience,
        theme=query.theme,
        agency_code=query.agency,
        life_event=query.life_event,
        online_only=query.online_only,
    )
    page = selectors.browse(query=wanted, actor=api_actor(request), cursor=query.cursor, limit=query.limit)
    return json_response(msgspec.json.encode(page))


@router.get(
    "/themes",
    operation_id="listThemes",
    summary="主题和数量",
    auth=None,
    response={200: schemas.ThemesOut, **REFUSALS},
)
def list_themes(request: HttpRequest) -> HttpResponse:
    """
    Count the offerings in use by theme, life event and agency.
    """
    actor = api_actor(request)
    counts = selectors.catalogue_counts(actor=actor)
    persons, legal, events = (
        selectors.code_list(code=code, actor=actor) for code in ("PERSON_THEME", "LEGAL_THEME", "LIFE_EVENT")
    )
    body = {
        "total": counts.total,
        "online": counts.online,
        "persons": counts.persons,
        "legal_entities": counts.legal_entities,
        "person_themes": _themes(persons, counts.by_person_theme),
        "legal_themes": _themes(legal, counts.by_legal_theme),
        "life_events": _themes(events, counts.by_life_event),
        "agencies": counts.by_agency,
    }
    return json_response(msgspec.json.encode(body))


@router.get(
    "/offerings/{code}",
    operation_id="getGuide",
    summary="办事指南",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described(reference(ServiceGuide)),
)
def get_guide(request: HttpRequest, code: str, query: Query[schemas.GuideQuery]) -> HttpResponse:
    """
    Read the guide of an offering: every element, and the materials and fields that the chosen situations call for.
    """
    guide = selectors.guide(
        code=code, actor=api_actor(request), version=query.version, situations=query.situations
    )
    return json_response(msgspec.json.encode(guide))


@router.get(
    "/offerings/{code}/versions",
    operation_id="listVersions",
    summary="事项历史版本",
    auth=None,
    response={200: None, **REFUSALS},
    openapi_extra=_described({"type": "array", "items": reference(OfferingVersionFacts)}),
)
def list_versions(request: HttpRequest, code: str) -> HttpResponse:
    """
    List the versions of an offering, newest first; none for an offering you may not know of.
    """
    return json_response(
        msgspec.json.encode(selectors.offering_versions(code=code, actor=api_actor(request)))
    )


@router.put(
    "/offerings/{code}",
    operation_id="publishOffering",
    summary="发布事项",
    response={200: None, **CHANGING},
    openapi_extra={
        **_described(reference(PublishedOffering)),
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": reference(FeedItem)}},
        },
    },
)
def publish_offering(request: HttpRequest, code: str) -> HttpResponse:
    """
    Publish the elements of one offering of your agency; a new version is made only if they differ.
    """
    actor = require_actor(request)
    item = _item(read_json(request))
    if item.code != code:
        raise InvalidInput(fields={"code": _("与地址中的清单编号不一致")})
    return answer(
        request,
        operation="publishOffering",
        status=200,
        act=lambda: services.publish_offering(
            item=item, source=SOURCE.format(agency=actor.agency_code or ""), actor=actor, at=clock.now()
        ),
    )


def _item(body: Any) -> FeedItem:
    try:
        return msgspec.convert(body, FeedItem)
    except msgspec.ValidationError as error:
        text = str(error)
        found = WRONG_PLACE.search(text)
        place = found["place"] if found else ""
        reason = WRONG_PLACE.sub("", text)
        raise InvalidInput(
            fields={place or "body": _("不符合要求：%(reason)s") % {"reason": reason}}
        ) from error


def _themes(words: list[CodeFacts], counts: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"code": word.code, "name": word.name, "name_en": word.name_en, "offerings": counts.get(word.code, 0)}
        for word in words
    ]
