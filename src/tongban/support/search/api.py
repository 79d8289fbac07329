"""
The API of search.
"""

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from tongban.foundation import clock
from tongban.foundation.http import (
    CHANGING,
    PUBLIC,
    Problem,
    answer,
    api_actor,
    json_response,
    require_actor,
)
from tongban.support.search import schemas, selectors, services
from tongban.support.search.values import SearchFilters

router = Router(tags=["search 搜索"])

REFUSALS = {**PUBLIC, 401: Problem}


@router.get(
    "/search",
    operation_id="searchOfferings",
    summary="搜索事项",
    auth=None,
    response={200: schemas.SearchOut, **REFUSALS},
)
def search_offerings(request: HttpRequest, query: Query[schemas.SearchQuery]) -> HttpResponse:
    """
    Find items by everyday words, pinyin, initials or number; a query that means nothing here finds nothing.

    The search is counted, without who asked.
    """
    filters = SearchFilters(
        audience=query.audience,
        agency_code=query.agency,
        theme=query.theme,
        min_online_depth=query.online_grade,
    )
    found = selectors.search(query.q, actor=api_actor(request), filters=filters, limit=query.limit)
    services.record_search(query=query.q, results=found.total, at=clock.now())
    return json_response(msgspec.json.encode(found))


@router.get(
    "/search/suggestions",
    operation_id="suggestQueries",
    summary="搜索建议",
    auth=None,
    response={200: schemas.SuggestionList, **REFUSALS},
)
def suggest_queries(request: HttpRequest, query: Query[schemas.SuggestionQuery]) -> HttpResponse:
    """
    Offer names and everyday phrases that begin with what was typed.
    """
    found = selectors.suggest(query.q, actor=api_actor(request), limit=query.limit)
    return json_response(msgspec.json.encode({"items": found}))


@router.post(
    "/lexicon/phrases",
    operation_id="saveLexiconPhrase",
    summary="保存搜索词条",
    response={200: schemas.LexiconReceiptOut, **CHANGING},
)
def save_phrase(request: HttpRequest, body: schemas.LexiconPhraseIn) -> HttpResponse:
    """
    Add an everyday phrase, or give one other targets; it counts from the next search on.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.save_phrase(**body.model_dump(), actor=actor, at=clock.now())

    return answer(request, operation="saveLexiconPhrase", status=200, act=act)


@router.post(
    "/lexicon/phrases/disabling",
    operation_id="disableLexiconPhrase",
    summary="停用搜索词条",
    response={200: schemas.LexiconReceiptOut, **CHANGING},
)
def disable_phrase(request: HttpRequest, body: schemas.LexiconPhraseRef) -> HttpResponse:
    """
    Switch a phrase off; upgrades do not switch it on again.
    """
    actor = require_actor(request)

    def act() -> object:
        return services.disable_phrase(kind=body.kind, phrase=body.phrase, actor=actor, at=clock.now())

    return answer(request, operation="disableLexiconPhrase", status=200, act=act)
