"""
What operators are shown of the exchange. Nothing here holds what is in an entry.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from tongban.resources.exchange.values.streams import BatchOutcome, FeedTrouble


class Health(models.TextChoices):
    """
    运行状况.
    """

    WELL = "WELL", _("正常")
    ATTENTION = "ATTENTION", _("需留意")
    STUCK = "STUCK", _("受阻")


class Relation(models.TextChoices):
    """
    与本节点的关系.
    """

    PARENT = "PARENT", _("上级节点")
    CHILD = "CHILD", _("下级节点")
    OTHER = "OTHER", _("直连节点")
    FORMER = "FORMER", _("已不在信任列表中")


class ErrorSide(models.TextChoices):
    """
    差错方向: who did not take whose entry.
    """

    SENT = "SENT", _("对方未采纳本节点的条目")
    RECEIVED = "RECEIVED", _("本节点未采纳对方的条目")


class StepKind(models.TextChoices):
    """
    消息经历: what happened to one entry.
    """

    MADE = "MADE", _("产生")
    NUMBERED = "NUMBERED", _("编号")
    WAITING = "WAITING", _("等待发送")
    SENT = "SENT", _("签名并发送")
    SILENT = "SILENT", _("发送后没有应答")
    TURNED_AWAY = "TURNED_AWAY", _("对方没有接收这一批")
    TAKEN = "TAKEN", _("对方已接收并生效")
    RECEIVED = "RECEIVED", _("已接收")
    APPLIED = "APPLIED", _("已生效")
    REJECTED = "REJECTED", _("未采纳")
    MENDED = "MENDED", _("已由后来的条目更正")
    REPLAYED = "REPLAYED", _("再次发送")
    PASSED_ON = "PASSED_ON", _("已转报")
    SNAPSHOT = "SNAPSHOT", _("随全量快照到达")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedLine:
    """
    发送: one of this node's streams on its way to one receiver.
    """

    feed: int
    """Number of the position."""
    stream: int
    dataset: str
    title: str
    audience: str
    receiver: str
    last: int
    """Number of the newest entry."""
    position: int
    """Number up to which the receiver has confirmed."""
    oldest_waiting_at: datetime | None
    """When the oldest entry was numbered that the receiver has not confirmed."""
    confirmed_at: datetime | None
    heard_at: datetime | None
    failures: int
    failing_since: datetime | None
    trouble: FeedTrouble | None
    next_try_at: datetime | None
    first_kept: int
    """Entries with lower numbers are no longer kept."""
    errors: int
    """Entries that the receiver did not take and that nothing has mended."""
    differing_days: int
    health: Health

    @property
    def waiting(self) -> int:
        """
        How many entries the receiver lacks.
        """
        return max(self.last - self.position, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class InboundLine:
    """
    接收: a stream of another node's, as far as this one has it.
    """

    inbound: int
    source: str
    dataset: str
    title: str
    audience: str
    position: int
    after: int
    """Up to here it came as a snapshot."""
    rewind_to: int | None
    received_at: datetime | None
    heard_at: datetime | None
    skew_seconds: int
    forked_at: datetime | None
    errors: int
    health: Health


@dataclass(frozen=True, kw_only=True, slots=True)
class LinkLine:
    """
    链路: another node, and how the exchange with it stands.
    """

    code: str
    name: str
    name_en: str
    relation: Relation
    feeds: tuple[FeedLine, ...]
    inbounds: tuple[InboundLine, ...]
    health: Health

    @property
    def waiting(self) -> int:
        """
        How many entries the node lacks.
        """
        return sum(feed.waiting for feed in self.feeds)

    @property
    def oldest_waiting_at(self) -> datetime | None:
        """
        When the oldest entry was numbered that it lacks.
        """
        return min((feed.oldest_waiting_at for feed in self.feeds if feed.oldest_waiting_at), default=None)

    @property
    def heard_at(self) -> datetime | None:
        """
        When it was last heard of, either way.
        """
        heard = [feed.heard_at for feed in self.feeds] + [line.heard_at for line in self.inbounds]
        return max((at for at in heard if at), default=None)

    @property
    def failing_since(self) -> datetime | None:
        """
        Since when something does not reach it.
        """
        return min((feed.failing_since for feed in self.feeds if feed.failing_since), default=None)

    @property
    def trouble(self) -> FeedTrouble | None:
        """
        What hinders the stream that has been failing longest.
        """
        since = self.failing_since
        return next((feed.trouble for feed in self.feeds if since and feed.failing_since == since), None)

    @property
    def errors(self) -> int:
        """
        Entries not taken, either way, that nothing has mended.
        """
        return sum(feed.errors for feed in self.feeds) + sum(line.errors for line in self.inbounds)

    @property
    def differing_days(self) -> int:
        """
        Days on which the two ends do not have the same.
        """
        return sum(feed.differing_days for feed in self.feeds)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExchangeOverview:
    """
    Everything at a glance.
    """

    own_code: str
    has_joined: bool
    links: tuple[LinkLine, ...]
    unnumbered: int
    """Entries written and not yet numbered, 100,000 at most; within a second they are, while the exchange runs."""
    unnumbered_since: datetime | None

    @property
    def health(self) -> Health:
        """
        The worst of all links.
        """
        found = {link.health for link in self.links}
        return next((one for one in (Health.STUCK, Health.ATTENTION) if one in found), Health.WELL)


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryLine:
    """
    条目: one entry of a stream; what it holds is not shown.
    """

    number: int
    key: str
    operation: str
    origin: str
    made_at: datetime | None
    """None: made elsewhere, this node only knows that it came."""
    at: datetime
    """When it was numbered; of an entry that was received, midnight of that day."""
    digest: str
    error: str
    """Code of the error that nothing has mended; empty: none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ErrorLine:
    """
    差错: an entry that was not taken.
    """

    id: int
    side: ErrorSide
    node: str
    """Who did not take it, or whose it is."""
    line: int
    """Number of the position (SENT), or of the inbound stream (RECEIVED)."""
    dataset: str
    title: str
    number: int
    key: str
    code: str
    text: str
    at: datetime
    mended_by: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchLine:
    """
    批次: a stretch of a stream that was sent to one receiver.
    """

    first: int
    last: int
    bytes: int
    attempts: int
    sent_at: datetime
    last_sent_at: datetime
    answered_at: datetime | None
    outcome: BatchOutcome


@dataclass(frozen=True, kw_only=True, slots=True)
class DayLine:
    """
    对账: one day of a stream at both ends.
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One thing that happened to an entry.
    """

    kind: StepKind
    at: datetime | date | None
    """A day where more is not known."""
    node: str
    """Code of the node that did it."""
    facts: dict[str, str | int]
    """attempts, code, text, number, dataset …: what there is to say of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """
    消息经历: one entry from when it was made until now, as this node knows it.
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
    """Code of the node whose stream it lies in: this one's own, or where it came from."""
    steps: tuple[Step, ...]
