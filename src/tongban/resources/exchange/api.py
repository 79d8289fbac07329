"""
The API of the exchange: how it stands, for systems that watch, and the acts of operators. No contents.
"""

from datetime import date
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from tongban.foundation import clock
from tongban.foundation.http import CHANGING, GUARDED, Problem, answer, json_response, require_actor
from tongban.resources.exchange import schemas, selectors, services
from tongban.resources.exchange.values.watching import ErrorSide

router = Router(tags=["exchange 数据交换"])

ACTING = {**CHANGING, 502: Problem}
"""Refusals of an act that asks the other node."""


class PageQuery(Schema):
    """
    Which page.
    """

    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)


class EntryQuery(PageQuery):
    """
    Which entries are wanted.
    """

    day: date | None = Field(None, description="Numbered on this China day")
    only_errors: bool = False
    only_waiting: bool = False
    up_to: int | None = Field(None, ge=1, description="This number and lower ones")


class ErrorQuery(PageQuery):
    """
    Which errors are wanted.
    """

    side: ErrorSide | None = None
    is_open: bool = True
    dataset: str = Field("", max_length=64)


class DayQuery(PageQuery):
    """
    Which days are wanted.
    """

    only_differing: bool = False


class StoryQuery(Schema):
    """
    Of which record.
    """

    dataset: str = Field(min_length=1, max_length=64)
    key: str = Field(min_length=1, max_length=100)


@router.get(
    "/exchange/status",
    operation_id="getExchangeStatus",
    summary="交换状况",
    response={200: schemas.ExchangeStatusOut, **GUARDED},
)
def get_exchange_status(request: HttpRequest) -> HttpResponse:
    """
    Say how every link and stream stands.

    A stream is STUCK where it is held up longer than `TONGBAN_EXCHANGE_SILENT_MINUTES`, or does not go on by itself.
    """
    seen = selectors.exchange_overview(actor=require_actor(request), at=clock.now())
    return json_response(msgspec.json.encode(schemas.overview_json(seen)))


@router.get(
    "/exchange/feeds/{feed}/entries",
    operation_id="listExchangeEntries",
    summary="交换条目",
    response={200: schemas.EntryPage, **GUARDED},
)
def list_exchange_entries(request: HttpRequest, feed: int, query: Query[EntryQuery]) -> HttpResponse:
    """
    List the entries of a stream that is sent, newest first.
    """
    page = selectors.feed_entries(feed=feed, actor=require_actor(request), **query.dict())
    return json_response(msgspec.json.encode(page))


@router.get(
    "/exchange/feeds/{feed}/entries/{entry_number}",
    operation_id="getExchangeStory",
    summary="消息经历",
    response={200: schemas.StoryOut, **GUARDED},
)
def get_exchange_story(request: HttpRequest, feed: int, entry_number: int) -> HttpResponse:
    """
    Tell what happened to an entry: made, numbered, sent, taken or not, sent again.
    """
    story = selectors.sent_story(feed=feed, entry_number=entry_number, actor=require_actor(request))
    return json_response(msgspec.json.encode(story))


@router.get(
    "/exchange/inbounds/{inbound}/entries/{entry_number}",
    operation_id="getReceivedStory",
    summary="接收的消息经历",
    response={200: schemas.StoryOut, **GUARDED},
)
def get_received_story(request: HttpRequest, inbound: int, entry_number: int) -> HttpResponse:
    """
    Tell what happened here to an entry of another node.
    """
    story = selectors.received_story(inbound=inbound, entry_number=entry_number, actor=require_actor(request))
    return json_response(msgspec.json.encode(story))


@router.get(
    "/exchange/stories",
    operation_id="findExchangeStories",
    summary="按标识查消息经历",
    response={200: schemas.StoryList, **GUARDED},
)
def find_exchange_stories(request: HttpRequest, query: Query[StoryQuery]) -> HttpResponse:
    """
    Tell the stories of a record's entries, newest first, twenty at most.
    """
    stories = selectors.stories_of_key(
        dataset=query.dataset, key=query.key, actor=require_actor(request), at=clock.now()
    )
    return json_response(msgspec.json.encode({"items": stories}))


@router.get(
    "/exchange/feeds/{feed}/batches",
    operation_id="listExchangeBatches",
    summary="交换批次",
    response={200: schemas.SentBatchList, **GUARDED},
)
def list_exchange_batches(request: HttpRequest, feed: int) -> HttpResponse:
    """
    List the last twenty batches of a stream with their tries and outcomes.
    """
    found = selectors.feed_batches(feed=feed, actor=require_actor(request))
    return json_response(msgspec.json.encode({"items": found}))


@router.get(
    "/exchange/errors",
    operation_id="listExchangeErrors",
    summary="交换差错",
    response={200: schemas.EntryErrorPage, **GUARDED},
)
def list_exchange_errors(request: HttpRequest, query: Query[ErrorQuery]) -> HttpResponse:
    """
    List entries that were not taken, here or there, newest first.
    """
    page = selectors.entry_errors(actor=require_actor(request), **query.dict())
    return json_response(msgspec.json.encode(page))


@router.get(
    "/exchange/days",
    operation_id="listComparedDays",
    summary="交换对账",
    response={200: schemas.DayPage, **GUARDED},
)
def list_compared_days(request: HttpRequest, query: Query[DayQuery]) -> HttpResponse:
    """
    List the days for which both ends were compared, newest first.
    """
    page = selectors.compared_days(actor=require_actor(request), **query.dict())
    return json_response(msgspec.json.encode(page))


@router.post(
    "/exchange/feeds/{feed}/retry",
    operation_id="retryFeed",
    summary="立即重试",
    response={200: schemas.RetryOut, **CHANGING},
)
def retry_feed(request: HttpRequest, feed: int) -> HttpResponse:
    """
    Forget the pause of a stream, so that it is tried at once.
    """

    def act(to: dict[str, Any]) -> object:
        return {"streams": services.retry_now(**to)}

    return _acted(request, "retryFeed", feed, act)


@router.post(
    "/exchange/feeds/{feed}/comparison",
    operation_id="compareFeed",
    summary="立即对账",
    response={200: schemas.ComparedOut, **CHANGING},
)
def compare_feed(request: HttpRequest, feed: int) -> HttpResponse:
    """
    Compare the last days of a stream, and those that differed, with what the receiver has.
    """

    def act(to: dict[str, Any]) -> object:
        done = services.reconcile(**to)
        return {
            "streams": done.streams,
            "days": done.days,
            "differing": done.differing,
            "is_silent": bool(done.silent),
        }

    return _acted(request, "compareFeed", feed, act)


@router.post(
    "/exchange/feeds/{feed}/replay",
    operation_id="replayFeed",
    summary="重新发送",
    response={200: schemas.ReplayOut, **ACTING},
)
def replay_feed(request: HttpRequest, feed: int, body: schemas.ReplayIn) -> HttpResponse:
    """
    Have the receiver take everything behind a number once more; what it has takes no effect twice.
    """

    def act(to: dict[str, Any]) -> object:
        return {"after": services.replay_from(number=body.after + 1, **to)}

    return _acted(request, "replayFeed", feed, act)


@router.post(
    "/exchange/feeds/{feed}/snapshot",
    operation_id="sendFeedSnapshot",
    summary="发送全量快照",
    response={200: schemas.DoneOut, **CHANGING},
)
def send_feed_snapshot(request: HttpRequest, feed: int) -> HttpResponse:
    """
    Have the receiver replace what it has from this node by how everything stands now.
    """

    def act(to: dict[str, Any]) -> object:
        services.send_snapshot(**to)
        return {"done": True}

    return _acted(request, "sendFeedSnapshot", feed, act)


@router.post(
    "/exchange/feeds/{feed}/continuation",
    operation_id="continueFeed",
    summary="从对方进度之后继续编号",
    response={200: schemas.ReplayOut, **ACTING},
)
def continue_feed(request: HttpRequest, feed: int) -> HttpResponse:
    """
    Let a stream go on that cannot by itself (troubles AHEAD, FORKED, GONE); what lies between is given up.
    """

    def act(to: dict[str, Any]) -> object:
        return {"after": services.continue_after(**to)}

    return _acted(request, "continueFeed", feed, act)


def _acted(request: HttpRequest, operation: str, feed: int, act: Any) -> HttpResponse:
    actor, at = require_actor(request), clock.now()
    line = selectors.feed_line(feed=feed, actor=actor, at=at)
    to = {"stream": line.stream, "receiver": line.receiver, "actor": actor, "at": at}
    return answer(request, operation=operation, status=200, act=lambda: act(to))
