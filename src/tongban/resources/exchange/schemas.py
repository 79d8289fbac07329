"""
Shapes of the API of the exchange, and of what its commands print for machines. Contents of entries are in none.
"""

from datetime import date, datetime
from typing import Any

import msgspec
from ninja import Field, Schema

from tongban.resources.exchange.values import BatchOutcome, FeedTrouble
from tongban.resources.exchange.values.watching import (
    ErrorSide,
    ExchangeOverview,
    FeedLine,
    Health,
    LinkLine,
    Relation,
    StepKind,
)


class FeedOut(Schema):
    """
    发送: a stream of this node's on its way to one receiver.
    """

    feed: int = Field(description="Number of the stream and its receiver together, as the acts want it")
    stream: int
    dataset: str
    title: str
    audience: str = Field(description="PARENT, CHILDREN or a node's code")
    receiver: str = Field(description="12 digits")
    last: int = Field(description="Number of the newest entry")
    position: int = Field(description="Number up to which the receiver has confirmed")
    waiting: int = Field(description="Entries that the receiver lacks")
    oldest_waiting_at: datetime | None = Field(description="When the oldest of them was numbered")
    confirmed_at: datetime | None
    heard_at: datetime | None
    failures: int
    failing_since: datetime | None
    trouble: FeedTrouble | None
    next_try_at: datetime | None
    first_kept: int = Field(description="Entries with lower numbers are no longer kept")
    errors: int = Field(description="Entries not taken that nothing has mended")
    differing_days: int
    health: Health


class InboundOut(Schema):
    """
    接收: a stream of another node's, as far as this one has it.
    """

    inbound: int
    source: str
    dataset: str
    title: str
    audience: str
    position: int
    after: int = Field(description="Up to here it came as a snapshot")
    rewind_to: int | None
    received_at: datetime | None
    heard_at: datetime | None
    skew_seconds: int
    forked_at: datetime | None
    errors: int
    health: Health


class LinkOut(Schema):
    """
    链路: another node, and how the exchange with it stands.
    """

    code: str
    name: str
    name_en: str
    relation: Relation
    health: Health
    waiting: int
    oldest_waiting_at: datetime | None
    heard_at: datetime | None
    failing_since: datetime | None
    trouble: FeedTrouble | None
    errors: int
    differing_days: int
    feeds: list[FeedOut]
    inbounds: list[InboundOut]


class ExchangeStatusOut(Schema):
    """
    交换状况.
    """

    own_code: str
    has_joined: bool
    health: Health = Field(description="The worst of all links")
    unnumbered: int = Field(description="Entries written and not yet numbered")
    unnumbered_since: datetime | None
    links: list[LinkOut]


class EntryOut(Schema):
    """
    条目.
    """

    number: int
    key: str
    operation: str = Field(description="I, U or D")
    origin: str
    made_at: datetime | None
    at: datetime = Field(description="When it was numbered")
    digest: str = Field(description="SM3, hexadecimal")
    error: str = Field(description="Code of the error that nothing has mended; empty: none")


class EntryPage(Schema):
    """
    条目列表.
    """

    items: list[EntryOut]
    next_cursor: str | None


class EntryErrorOut(Schema):
    """
    差错.
    """

    id: int
    side: ErrorSide
    node: str
    line: int = Field(description="`feed` where sent, `inbound` where received")
    dataset: str
    title: str
    number: int
    key: str
    code: str
    text: str
    at: datetime
    mended_by: int | None


class EntryErrorPage(Schema):
    """
    差错列表.
    """

    items: list[EntryErrorOut]
    next_cursor: str | None


class DayOut(Schema):
    """
    对账结果.
    """

    feed: int
    dataset: str
    title: str
    receiver: str
    day: date
    ours: int
    theirs: int
    is_equal: bool
    compared_at: datetime


class DayPage(Schema):
    """
    对账列表.
    """

    items: list[DayOut]
    next_cursor: str | None


class SentBatchOut(Schema):
    """
    批次.
    """

    first: int
    last: int
    bytes: int
    attempts: int
    sent_at: datetime
    last_sent_at: datetime
    answered_at: datetime | None
    outcome: BatchOutcome


class SentBatchList(Schema):
    """
    最近批次.
    """

    items: list[SentBatchOut]


class StoryStepOut(Schema):
    """
    消息经历的一步.
    """

    kind: StepKind
    at: datetime | date | None = Field(description="A day where more is not known")
    node: str
    facts: dict[str, str | int]


class StoryOut(Schema):
    """
    消息经历.
    """

    dataset: str
    title: str
    audience: str
    number: int
    key: str
    operation: str
    origin: str
    digest: str
    source: str
    steps: list[StoryStepOut]


class StoryList(Schema):
    """
    消息经历列表.
    """

    items: list[StoryOut]


class ReplayIn(Schema):
    """
    重新发送.
    """

    after: int = Field(0, ge=0, description="Everything behind this number is sent again")


class ReplayOut(Schema):
    """
    重新发送回执.
    """

    after: int = Field(description="Behind which number entries come again")


class RetryOut(Schema):
    """
    立即重试回执.
    """

    streams: int


class ComparedOut(Schema):
    """
    对账回执.
    """

    streams: int
    days: int
    differing: int
    is_silent: bool = Field(description="The other node did not answer")


class DoneOut(Schema):
    """
    操作回执.
    """

    done: bool


def overview_json(seen: ExchangeOverview) -> dict[str, Any]:
    """
    Return how everything stands as plain values.
    """
    return {
        "own_code": seen.own_code,
        "has_joined": seen.has_joined,
        "health": seen.health.value,
        "unnumbered": seen.unnumbered,
        "unnumbered_since": msgspec.to_builtins(seen.unnumbered_since),
        "links": [link_json(link) for link in seen.links],
    }


def link_json(link: LinkLine) -> dict[str, Any]:
    """
    Return a link as plain values, what is reckoned included.
    """
    reckoned = {
        "waiting": link.waiting,
        "oldest_waiting_at": link.oldest_waiting_at,
        "heard_at": link.heard_at,
        "failing_since": link.failing_since,
        "trouble": link.trouble,
        "errors": link.errors,
        "differing_days": link.differing_days,
    }
    return {
        **msgspec.to_builtins(link),
        **msgspec.to_builtins(reckoned),
        "feeds": [feed_json(feed) for feed in link.feeds],
    }


def feed_json(feed: FeedLine) -> dict[str, Any]:
    """
    Return a stream with its receiver as plain values.
    """
    return {**msgspec.to_builtins(feed), "waiting": feed.waiting}
