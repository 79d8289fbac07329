"""
Health of the node: for balancers, for Prometheus, and for the person who runs it.

* /healthz   this process answers
* /readyz    database reached, migrations applied, worker alive: 200, else 503; JSON says which and why
* /metrics   Prometheus; to this machine only
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from time import perf_counter

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from tongban.config import metrics
from tongban.foundation.clock import now
from tongban.foundation.models import Heartbeat

WORKER_PREFIX = "worker:"
HEARTBEAT_SECONDS = 5
STALE_AFTER = timedelta(seconds=6 * HEARTBEAT_SECONDS)

LOOPBACK = ("127.", "::1", "::ffff:127.")

_migrated = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One thing that must be right.
    """

    is_ok: bool
    detail: str
    milliseconds: float


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """
    Say that this process answers; touches nothing.
    """
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """
    Say whether the node can do its work.
    """
    checks = readiness(at=now())
    ready = all(check.is_ok for check in checks.values())
    body = {
        "status": "ready" if ready else "unavailable",
        "checks": {name: asdict(check) for name, check in checks.items()},
    }
    return JsonResponse(body, status=200 if ready else 503)


@require_safe
@never_cache
def prometheus(request: HttpRequest) -> HttpResponse:
    """
    Give the metrics to a scraper on this machine; through a proxy, or to others, there are none.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if not address.startswith(LOOPBACK) or "HTTP_X_FORWARDED_FOR" in request.META:
        return HttpResponse("metrics are for this machine only\n", status=403, content_type="text/plain")
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)


def readiness(*, at: datetime) -> dict[str, Check]:
    """
    Return every check by name: database, migrations, worker. Two statements once migrations are known to be in.

    :param at: now; decides whether the worker's last sign of life is fresh
    """
    database = _check_database()
    if not database.is_ok:
        unknown = Check(is_ok=False, detail="unknown while the database does not answer", milliseconds=0.0)
        return {"database": database, "migrations": unknown, "worker": unknown}
    migrations = _check_migrations()
    unknown = Check(is_ok=False, detail="unknown while migrations are missing", milliseconds=0.0)
    worker = _check_worker(at) if migrations.is_ok else unknown
    return {"database": database, "migrations": migrations, "worker": worker}


def _check_database() -> Check:
    started = perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return Check(is_ok=False, detail=type(error).__name__, milliseconds=_since(started))
    return Check(is_ok=True, detail="answers", milliseconds=_since(started))


def _check_migrations() -> Check:
    global _migrated  # noqa: PLW0603 -- migrations are only ever added, and asking costs 100 ms
    started = perf_counter()
    if not _migrated:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in missing[:5])
            return Check(is_ok=False, detail=f"{len(missing)} missing: {names}", milliseconds=_since(started))
        _migrated = True
    return Check(is_ok=True, detail="all applied", milliseconds=_since(started))


def _check_worker(at: datetime) -> Check:
    started = perf_counter()
    last = Heartbeat.objects.filter(process__startswith=WORKER_PREFIX).aggregate(last=Max("at"))["last"]
    if last is None:
        return Check(is_ok=False, detail="no worker has started", milliseconds=_since(started))
    age = max(at - last, timedelta())
    detail = f"last sign of life {age.total_seconds():.0f} s ago"
    return Check(is_ok=age < STALE_AFTER, detail=detail, milliseconds=_since(started))


def _since(started: float) -> float:
    return round((perf_counter() - started) * 1000, 2)
