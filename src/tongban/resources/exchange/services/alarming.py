"""
Telling people that a stream is stuck, or that its two ends differ: once, until all is well again.
"""

from collections.abc import Iterable
from datetime import datetime

from tongban.foundation import audit
from tongban.foundation.actors import Actor
from tongban.foundation.db import business_transaction
from tongban.resources.exchange import permissions, ports, selectors
from tongban.resources.exchange.models import StreamAlarm
from tongban.resources.exchange.values.watching import FeedLine, Health, InboundLine, LinkLine


@business_transaction
def raise_alarms(*, actor: Actor, at: datetime) -> int:
    """
    Tell operators of links on which something new is wrong, and note it in the audit trail; return of how many.

    The trail is watched by the rules of security: what is noted there becomes an event, and an alarm where it is one.

    :raises NotPermitted: the actor does not run the node
    """
    permissions.operate.require(actor)
    links = selectors.exchange_overview(actor=actor, at=at).links
    feeds = {line.feed for link in links for line in link.feeds if _is_wrong(line)}
    inbounds = {line.inbound for link in links for line in link.inbounds if line.health is Health.STUCK}
    fresh_feeds = _note(feeds, is_inbound=False, at=at)
    fresh_inbounds = _note(inbounds, is_inbound=True, at=at)
    alarms = [
        alarm for link in links if (alarm := _alarm(link, fresh_feeds, fresh_inbounds, at=at)) is not None
    ]
    for alarm in alarms:
        audit.record(
            action="exchange.stream.stall",
            actor=actor,
            subject=alarm.code,
            at=at,
            reasons=list(alarm.reasons),
            streams=list(alarm.streams),
        )
        if teller := ports.operators_teller():
            teller(alarm)
    return len(alarms)


def _is_wrong(line: FeedLine) -> bool:
    return line.health is Health.STUCK or line.differing_days > 0


def _note(wrong: set[int], *, is_inbound: bool, at: datetime) -> set[int]:
    """
    Remember what is wrong now, forget what no longer is; return what was not wrong before.
    """
    rows = StreamAlarm.objects.filter(is_inbound=is_inbound)
    told = set(rows.values_list("line", flat=True))
    rows.filter(line__in=told - wrong).delete()
    fresh = wrong - told
    StreamAlarm.objects.bulk_create(
        [StreamAlarm(is_inbound=is_inbound, line=line, told_at=at) for line in sorted(fresh)]
    )
    return fresh


def _alarm(link: LinkLine, feeds: set[int], inbounds: set[int], *, at: datetime) -> ports.LinkAlarm | None:
    sent = [line for line in link.feeds if line.feed in feeds]
    received = [line for line in link.inbounds if line.inbound in inbounds]
    if not sent and not received:
        return None
    return ports.LinkAlarm(
        code=link.code,
        name=link.name,
        reasons=_once([*(_reason(line) for line in sent), *(_why_unheard(line) for line in received)]),
        streams=_once([*(line.dataset for line in sent), *(line.dataset for line in received)]),
        at=at,
    )


def _reason(line: FeedLine) -> str:
    return line.trouble.value if line.trouble is not None else "DIFFERS"


def _why_unheard(line: InboundLine) -> str:
    return "FORKED" if line.forked_at is not None else "UNHEARD"


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
