"""
What the node counts, for Prometheus.

Several web processes serve one node: counts are kept in files below PROMETHEUS_MULTIPROC_DIR (set by the
supervisor) and added up when `/metrics` is read. What the database knows is asked for at that moment.
"""

import os
from collections.abc import Iterator

from django.db import connection
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from tongban.config.node import METRICS_VARIABLE
from tongban.foundation.clock import now
from tongban.support.trust.selectors import ending
from tongban.support.trust.values import WARNED_BEFORE

requests_total = Counter("tongban_http_requests_total", "Requests answered.", ["method", "route", "status"])
request_seconds = Histogram(
    "tongban_http_request_duration_seconds",
    "Time from receiving a request to having its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

BACKLOG = """
SELECT
    (SELECT count(*) FROM foundation_delivery),
    (SELECT coalesce(extract(epoch FROM now() - min(at)), 0) FROM foundation_delivery),
    (SELECT count(*) FROM foundation_delivery WHERE attempts > 0),
    (SELECT coalesce(extract(epoch FROM now() - max(at)), -1) FROM foundation_heartbeat
        WHERE process LIKE 'worker:%%')
"""
JOBS = "SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2"

EXCHANGE = """
SELECT
    (SELECT count(*) FROM (SELECT FROM exchange_outbox LIMIT 100000) AS head),
    coalesce(sum(s.last - p.number), 0),
    coalesce(extract(epoch FROM now() - min(p.failing_since)), 0)
FROM exchange_position p JOIN exchange_stream s ON s.id = p.stream_id
"""


class DatabaseCollector(Collector):
    """
    Gauges of what waits in the database; two statements a scrape.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """
        Ask the database.
        """
        with connection.cursor() as cursor:
            cursor.execute(BACKLOG)
            deliveries, oldest, failing, heartbeat = cursor.fetchone()
            cursor.execute(JOBS)
            jobs = cursor.fetchall()
        yield _gauge("tongban_deliveries_pending", "Announcements not delivered yet.", deliveries)
        yield _gauge("tongban_deliveries_failing", "Of these, tried in vain at least once.", failing)
        yield _gauge("tongban_delivery_oldest_seconds", "Age of the oldest undelivered announcement.", oldest)
        yield _gauge(
            "tongban_worker_heartbeat_age_seconds", "Since a worker last gave a sign; -1: never.", heartbeat
        )
        family = GaugeMetricFamily("tongban_jobs", "Jobs by queue and status.", labels=["queue", "status"])
        for queue, status, count in jobs:
            family.add_metric([queue, status], count)
        yield family


class CertificateCollector(Collector):
    """
    Gauges of certificates that end and that none follows; three statements a scrape.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """
        Ask the database.
        """
        soon = ending(at=now())
        family = GaugeMetricFamily(
            "tongban_certificates_ending",
            "Certificates that end without a successor.",
            labels=["within_days"],
        )
        for limit in WARNED_BEFORE:
            family.add_metric([str(limit)], sum(one.days < limit for one in soon))
        yield family


class ExchangeCollector(Collector):
    """
    Gauges of what other nodes are still to have; one statement a scrape.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """
        Ask the database.
        """
        with connection.cursor() as cursor:
            cursor.execute(EXCHANGE)
            unnumbered, waiting, failing = cursor.fetchone()
        yield _gauge("tongban_exchange_unnumbered", "Entries that have no number yet.", unnumbered)
        yield _gauge("tongban_exchange_waiting", "Entries that receivers do not have yet.", waiting)
        yield _gauge(
            "tongban_exchange_failing_seconds", "Since when a stream has not gone on; 0: all go on.", failing
        )


def exposition() -> bytes:
    """
    Return all metrics in Prometheus' text format.
    """
    if os.environ.get(METRICS_VARIABLE):  # the library reads the same variable when it is imported
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        counted = generate_latest(registry)
    else:
        counted = generate_latest(REGISTRY)
    asked = CollectorRegistry()
    asked.register(DatabaseCollector())
    asked.register(CertificateCollector())
    asked.register(ExchangeCollector())
    return counted + generate_latest(asked)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=float(value))
