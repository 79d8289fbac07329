"""
What operators and monitoring systems are shown of the exchange.
"""

from tongban.resources.exchange.selectors.lines import may_operate, may_watch
from tongban.resources.exchange.selectors.links import exchange_overview, feed_line, inbound_line, link_line
from tongban.resources.exchange.selectors.lists import (
    compared_days,
    entry_errors,
    feed_batches,
    feed_entries,
    inbound_entries,
)
from tongban.resources.exchange.selectors.network import network
from tongban.resources.exchange.selectors.stories import received_story, sent_story, stories_of_key

__all__ = [
    "compared_days",
    "entry_errors",
    "exchange_overview",
    "feed_batches",
    "feed_entries",
    "feed_line",
    "inbound_entries",
    "inbound_line",
    "link_line",
    "may_operate",
    "may_watch",
    "network",
    "received_story",
    "sent_story",
    "stories_of_key",
]
