"""
The worker process: jobs, announcements, heartbeat.

Jobs are fetched by procrastinate over connections of its own. What jobs do, and the deliveries of
announcements, run in threads on Django's connections, so that what they defer and announce belongs to their own
transactions.
"""

import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, close_old_connections, connection
from procrastinate import PsycopgConnector
from procrastinate.contrib.django import app
from procrastinate.contrib.django.utils import connector_params

from tongban.config.database import POOL_WAIT_SECONDS
from tongban.config.health import HEARTBEAT_SECONDS, WORKER_PREFIX
from tongban.foundation.audit_anchor import note_head
from tongban.foundation.audit_chain import seal_settled
from tongban.foundation.clock import now
from tongban.foundation.events import deliver_pending
from tongban.foundation.jobs import defer
from tongban.foundation.models import Heartbeat

logger = structlog.get_logger(__name__)

RETRY_STALLED = "config.retry_stalled_jobs"

#: Nobody sends NOTIFY, which would put all commits in one line (ADR-0021): what is new waits so long at most.
DELIVERY_POLL_SECONDS = 0.25
JOB_POLL_SECONDS = 0.25
RETRY_SECONDS = 2.0
BATCH = 100
CONCURRENCY = 4
GRACE_SECONDS = 20
FORGET_HEARTBEATS_AFTER = timedelta(days=1)


def run() -> None:
    """
    Work until SIGTERM or SIGINT; finish what was begun, within GRACE_SECONDS.
    """
    stop = threading.Event()
    threads = [_thread("relay", _deliver_until, stop), _thread("heartbeat", _beat_until, stop)]
    threads.append(_thread("sealer", _seal_until, stop))
    for thread in threads:
        thread.start()
    worker = app.with_connector(
        PsycopgConnector(kwargs=connector_params(DEFAULT_DB_ALIAS), timeout=POOL_WAIT_SECONDS)
    )
    try:
        logger.info("worker_started", name=process_name())
        # Whoever was killed left jobs half done; the next minute's turn would find them too, but why wait.
        defer(RETRY_STALLED, once=RETRY_STALLED, timestamp=int(now().timestamp()))
        worker.run_worker(
            name=process_name(),
            concurrency=CONCURRENCY,
            fetch_job_polling_interval=JOB_POLL_SECONDS,
            listen_notify=False,
            delete_jobs="successful",
            shutdown_graceful_timeout=GRACE_SECONDS,
            task_middleware=[_with_fresh_connections],
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=GRACE_SECONDS)
        logger.info("worker_stopped", name=process_name())


def process_name() -> str:
    """
    Return the name under which this worker gives signs of life.
    """
    return f"{WORKER_PREFIX}{socket.gethostname()}:{os.getpid()}"


def _deliver_until(stop: threading.Event) -> None:
    while not stop.is_set():
        delivered = deliver_pending(at=now(), limit=BATCH)
        if delivered == 0:
            close_old_connections()
            stop.wait(DELIVERY_POLL_SECONDS)


def _seal_until(stop: threading.Event) -> None:
    pause = settings.TONGBAN_AUDIT.seal_every.total_seconds()
    while not stop.wait(pause):
        _seal()
    # What was written while everything else stopped; what other processes still write is sealed at the next start.
    _seal()


def _seal() -> None:
    sealed = seal_settled(at=now())
    if sealed is not None:
        note_head(sealed, at=now())
    close_old_connections()


def _beat_until(stop: threading.Event) -> None:
    name = process_name()
    while not stop.is_set():
        Heartbeat.objects.update_or_create(
            process=name, defaults={"at": now(), "facts": {"pid": os.getpid()}}
        )
        Heartbeat.objects.filter(
            process__startswith=WORKER_PREFIX, at__lt=now() - FORGET_HEARTBEATS_AFTER
        ).delete()
        close_old_connections()
        stop.wait(HEARTBEAT_SECONDS)
    Heartbeat.objects.filter(process=name).delete()


def _thread(name: str, work: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    def keep_working() -> None:
        while not stop.is_set():
            try:
                work(stop)
            except (DatabaseError, psycopg.Error) as error:
                # The database restarts or is away: nothing is lost, everything waits in it.
                logger.warning("database_away", thread=name, error=str(error).strip())
                connection.close()
                stop.wait(RETRY_SECONDS)
            except Exception:
                # Whatever it is: a worker that lives on without its relay or its signs of life is worse.
                logger.exception("thread_failed", thread=name)
                connection.close()
                stop.wait(RETRY_SECONDS)
        connection.close()

    return threading.Thread(target=keep_working, name=name, daemon=True)


def _with_fresh_connections(call_next: Callable[[], Any], _context: Any, _worker: Any) -> Any:
    """
    Give a job's thread a connection that works, and give it back afterwards.
    """
    close_old_connections()
    try:
        return call_next()
    finally:
        close_old_connections()
