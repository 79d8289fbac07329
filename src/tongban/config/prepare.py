"""
What must be in place before a node answers: tables, static files and, for a demonstration, a sample area.
"""

import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

logger = structlog.get_logger(__name__)

#: Two nodes that share an external database must not migrate at the same time.
MIGRATION_LOCK = 0x70_6E_67_62_61_6E

AREA_MODULE = "tongban.config.area"


def prepare(*, demo: bool) -> None:
    """
    Bring tables and static files up to date; load the sample area if asked to and the node is empty.

    :param demo: load the sample area
    """
    migrate()
    collect_static()
    if demo and find_spec(AREA_MODULE) is not None:
        import_module(AREA_MODULE).load_area(settings.TONGBAN_AREA)


def migrate() -> int:
    """
    Apply the migrations that are missing and return how many there were.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if missing:
            logger.info("migrating", migrations=len(missing))
            call_command("migrate", verbosity=0, interactive=False)
        return len(missing)
    finally:
        # The lock belongs to the session, and a failed migration leaves a session good for nothing else.
        connections.close_all()


def collect_static() -> bool:
    """
    Copy static files to where the web server takes them from, if any changed; return whether it did.
    """
    target = Path(settings.STATIC_ROOT)
    stamp = target / ".stamp"
    state = _state_of([Path(folder) for folder in settings.STATICFILES_DIRS])
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=target.exists())
    target.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state, encoding="ascii")
    return True


def _state_of(folders: list[Path]) -> str:
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                facts = path.stat()
                digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
