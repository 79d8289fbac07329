"""
数据交换: links, streams, entries, errors and days, for those who watch over the exchange. No contents are shown.
"""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.paging import page_url
from tongban.foundation.sheets import csv_lines
from tongban.portal.data.views import exchange_words as words
from tongban.portal.data.views.frame import Card, data_page, staff
from tongban.resources.exchange import ports, selectors
from tongban.resources.exchange.values.watching import ErrorLine, ErrorSide, Health

LINKS: Final = "exchange"
ERRORS: Final = "exchange-errors"
DAYS: Final = "exchange-days"
EXPORTED_AT_ONCE: Final = 200
ENTRIES: Final = 20
"""On a page that shows batches and days too."""
LONGEST_NUMBER: Final = 18
CARD_STATES: Final = {Health.WELL: "good", Health.ATTENTION: "warn", Health.STUCK: "bad"}


def card(actor: Actor, at: datetime) -> Card | None:
    """
    Return how the exchange stands, for the home page of the room.
    """
    if not selectors.may_watch(actor=actor):
        return None
    seen = selectors.exchange_overview(actor=actor, at=at)
    return Card(
        title=_("数据交换"),
        says=words.of_overview(seen),
        href=reverse("data:exchange"),
        icon="arrows-exchange",
        state=CARD_STATES[seen.health],
    )


@never_cache
@require_safe
def show_links(request: HttpRequest) -> HttpResponse:
    """
    Show every node that this one exchanges with, and how it stands.
    """
    actor, at = staff(request), clock.now()
    seen = selectors.exchange_overview(actor=actor, at=at)
    context = {
        "seen": seen,
        "says": words.of_overview(seen),
        "looks": words.LOOKS,
        "lines": [
            (link, reverse("data:exchange-link", kwargs={"peer": link.code}), words.of_link(link, at=at))
            for link in seen.links
        ],
        "lag": lambda link: words.lasting(link.oldest_waiting_at, at),
        "find_url": reverse("data:exchange-find"),
        "datasets": [(each.code, str(each.title)) for each in ports.contracts()],
    }
    return data_page(request, "data/exchange.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_link(request: HttpRequest, peer: str) -> HttpResponse:
    """
    Show the streams that go to one node and those that come from it.

    :raises StreamNotFound: nothing is exchanged with it
    """
    actor, at = staff(request), clock.now()
    link = selectors.link_line(peer=peer, actor=actor, at=at)
    context = {
        "link": link,
        "looks": words.LOOKS,
        "feeds": [
            (feed, reverse("data:exchange-feed", kwargs={"feed": feed.feed}), words.of_feed(feed))
            for feed in link.feeds
        ],
        "inbounds": [
            (line, reverse("data:exchange-inbound", kwargs={"inbound": line.inbound}), words.of_inbound(line))
            for line in link.inbounds
        ],
        "lag": lambda feed: words.lasting(feed.oldest_waiting_at, at),
    }
    return data_page(request, "data/exchange_link.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_feed(request: HttpRequest, feed: int) -> HttpResponse:
    """
    Show one stream on its way to one node: how far it is, its entries, batches and days.

    :raises StreamNotFound: there is none
    """
    actor, at = staff(request), clock.now()
    line = selectors.feed_line(feed=feed, actor=actor, at=at)
    cursor = request.GET.get("cursor") or None
    wanted = request.GET.get("only", "")
    number = typed_number(request.GET.get("number", ""))
    page = selectors.feed_entries(
        feed=feed,
        actor=actor,
        day=_day(request.GET.get("day", "")),
        only_errors=wanted == "errors",
        only_waiting=wanted == "waiting",
        limit=ENTRIES,
        cursor=cursor,
        up_to=number,
    )
    may_operate = selectors.may_operate(actor=actor)
    context = {
        "line": line,
        "peer": words.node_names()(line.receiver),
        "looks": words.LOOKS,
        "says": words.of_feed(line),
        "lag": words.lasting(line.oldest_waiting_at, at),
        "entries": [
            (
                entry,
                reverse("data:exchange-sent", kwargs={"feed": feed, "entry_number": entry.number}),
                words.state_of(entry, line.position),
            )
            for entry in page.items
        ],
        "operations": words.operations(),
        "only": wanted,
        "day": request.GET.get("day", ""),
        "number": request.GET.get("number", ""),
        "batches": [
            (batch, words.OUTCOME_LOOKS[batch.outcome])
            for batch in selectors.feed_batches(feed=feed, actor=actor)
        ],
        "days": selectors.compared_days(feed=feed, actor=actor, limit=10).items,
        "may_operate": may_operate,
        "acts": words.acts_for(line) if may_operate else [],
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/exchange_feed.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_inbound(request: HttpRequest, inbound: int) -> HttpResponse:
    """
    Show one stream that comes from another node: how far it is, and its receipts.

    :raises StreamNotFound: there is none
    """
    actor, at = staff(request), clock.now()
    line = selectors.inbound_line(inbound=inbound, actor=actor, at=at)
    cursor = request.GET.get("cursor") or None
    wanted = request.GET.get("only", "")
    page = selectors.inbound_entries(
        inbound=inbound,
        actor=actor,
        day=_day(request.GET.get("day", "")),
        only_errors=wanted == "errors",
        cursor=cursor,
        up_to=typed_number(request.GET.get("number", "")),
    )
    context = {
        "line": line,
        "peer": words.node_names()(line.source),
        "looks": words.LOOKS,
        "says": words.of_inbound(line),
        "entries": [
            (
                entry,
                reverse("data:exchange-received", kwargs={"inbound": inbound, "entry_number": entry.number}),
                words.state_of(entry, line.position),
            )
            for entry in page.items
        ],
        "only": wanted,
        "day": request.GET.get("day", ""),
        "number": request.GET.get("number", ""),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/exchange_inbound.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_sent(request: HttpRequest, feed: int, entry_number: int) -> HttpResponse:
    """
    Tell the story of an entry of this node's.

    :raises StreamNotFound: there is none, or it is no longer kept
    """
    actor = staff(request)
    story = selectors.sent_story(feed=feed, entry_number=entry_number, actor=actor)
    context = {
        "stories": words.story_views([story]),
        "feed": feed,
        "back": (reverse("data:exchange-feed", kwargs={"feed": feed}), story.title),
        "may_operate": selectors.may_operate(actor=actor),
    }
    return data_page(request, "data/exchange_story.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_received(request: HttpRequest, inbound: int, entry_number: int) -> HttpResponse:
    """
    Tell the story of an entry of another node's.

    :raises StreamNotFound: none came
    """
    actor = staff(request)
    story = selectors.received_story(inbound=inbound, entry_number=entry_number, actor=actor)
    context = {
        "stories": words.story_views([story]),
        "back": (reverse("data:exchange-inbound", kwargs={"inbound": inbound}), story.title),
    }
    return data_page(request, "data/exchange_story.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """
    Tell the stories of a record's entries, found by its key.
    """
    actor, at = staff(request), clock.now()
    dataset, key = request.GET.get("dataset", "")[:64], request.GET.get("key", "").strip()[:100]
    stories = selectors.stories_of_key(dataset=dataset, key=key, actor=actor, at=at) if key else []
    context = {
        "stories": words.story_views(stories),
        "key": key,
        "dataset": dataset,
        "datasets": [(each.code, str(each.title)) for each in ports.contracts()],
        "is_search": True,
        "back": (reverse("data:exchange"), _("交换链路")),
    }
    return data_page(request, "data/exchange_story.html", context, actor=actor, current=LINKS)


@never_cache
@require_safe
def show_errors(request: HttpRequest) -> HttpResponse:
    """
    Show entries that were not taken, here or there, newest first.
    """
    actor = staff(request)
    cursor = request.GET.get("cursor") or None
    wanted = _wanted_errors(request)
    page = selectors.entry_errors(actor=actor, cursor=cursor, **wanted)
    name_of = words.node_names()
    query = {name: request.GET[name] for name in ("side", "state") if name in request.GET}
    context = {
        "lines": [(line, name_of(line.node), _story_url(line)) for line in page.items],
        "sides": ErrorSide.choices,
        "side": wanted["side"] or "",
        "is_open": wanted["is_open"],
        "export_url": f"{reverse('data:exchange-errors-export')}?{urlencode(query)}",
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/exchange_errors.html", context, actor=actor, current=ERRORS)


@never_cache
@require_safe
def export_errors(request: HttpRequest) -> StreamingHttpResponse:
    """
    Hand out the same errors as CSV; keys and reasons, no contents.

    :raises NotPermitted: the actor is not shown how the exchange runs
    """
    actor = staff(request)
    wanted = _wanted_errors(request)
    first = selectors.entry_errors(actor=actor, limit=EXPORTED_AT_ONCE, **wanted)
    name_of = words.node_names()

    def rows() -> Iterator[ErrorLine]:
        page = first
        yield from page.items
        while page.next_cursor:
            page = selectors.entry_errors(
                actor=actor, limit=EXPORTED_AT_ONCE, cursor=page.next_cursor, **wanted
            )
            yield from page.items

    heads = [
        _("方向"),
        _("节点"),
        _("节点代码"),
        _("数据集"),
        _("序号"),
        _("记录标识"),
        _("差错代码"),
        _("差错说明"),
        _("时间"),
        _("更正序号"),
    ]
    response = StreamingHttpResponse(
        csv_lines(heads, (_cells(line, name_of) for line in rows())), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="exchange-errors.csv"'
    return response


@never_cache
@require_safe
def show_days(request: HttpRequest) -> HttpResponse:
    """
    Show the days on which both ends were compared; those that differ unless all are asked for.
    """
    actor = staff(request)
    cursor = request.GET.get("cursor") or None
    is_all = request.GET.get("state") == "all"
    page = selectors.compared_days(actor=actor, only_differing=not is_all, cursor=cursor)
    name_of = words.node_names()
    context = {
        "lines": [(line, name_of(line.receiver)) for line in page.items],
        "links": [("?", _("有差异"), not is_all), ("?state=all", _("全部"), is_all)],
        "is_all": is_all,
        "may_operate": selectors.may_operate(actor=actor),
        "next_url": page_url(request, page.next_cursor) if page.next_cursor else "",
        "first_url": page_url(request, None) if cursor else "",
    }
    return data_page(request, "data/exchange_days.html", context, actor=actor, current=DAYS)


def _wanted_errors(request: HttpRequest) -> dict[str, Any]:
    side = request.GET.get("side", "")
    return {
        "side": ErrorSide(side) if side in ErrorSide.values else None,
        "is_open": request.GET.get("state") != "all",
    }


def _story_url(line: ErrorLine) -> str:
    if line.side is ErrorSide.SENT:
        return reverse("data:exchange-sent", kwargs={"feed": line.line, "entry_number": line.number})
    return reverse("data:exchange-received", kwargs={"inbound": line.line, "entry_number": line.number})


def _cells(line: ErrorLine, name_of: Callable[[str], str]) -> list[str | int | None]:
    at = line.at.astimezone(clock.CHINA).isoformat(timespec="seconds")
    where = [str(line.side.label), name_of(line.node), line.node, line.title]
    return [*where, line.number, line.key, line.code, line.text, at, line.mended_by]


def _day(text: str) -> date | None:
    """
    Return a day as a date field sends it; None where nothing was chosen.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def typed_number(text: str) -> int | None:
    """
    Return a number as typed, None where it is none.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
