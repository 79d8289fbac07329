"""
What must be in place before a node answers: tables, static files and, for a demonstration, a sample area.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import structlog
from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor

from tongban.business.licences import services as licences
from tongban.config import env
from tongban.config.area import ACTOR, load_area
from tongban.config.demo_accounts import describe
from tongban.config.node import accounts_file
from tongban.foundation.actors import system_actor
from tongban.foundation.audit_chain import begin_era
from tongban.foundation.clock import now
from tongban.resources.exchange.services import nodes_keys
from tongban.support.security import services as security
from tongban.support.trust import services as trust

logger = structlog.get_logger(__name__)

AUTHORITIES = system_actor("config.establish_authorities")

#: Two nodes that share an external database must not migrate at the same time.
MIGRATION_LOCK = 0x70_6E_67_62_61_6E

#: A complete area has this file; a folder without it is still being made.
AREA_MARK = "items.jsonl"

DATABASE_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text
FROM pg_database WHERE datname = current_database()
"""


def prepare(*, demo: bool) -> None:
    """
    Bring tables, static files and authorities up to date; load the sample area if asked to.

    :param demo: load the sample area and open its demo accounts
    """
    migrate()
    begin_era(at=now())
    collect_static()
    establish_authorities()
    make_node_key()
    publish_presentation_key()
    if demo:
        load_demonstration(env.run.area)


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
    state = _state_of(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*"))
    stamp = target / ".stamp"
    if _is_stamped(stamp, state):
        return False
    call_command("collectstatic", verbosity=0, interactive=False, clear=target.exists())
    _stamp(stamp, state)
    return True


def establish_authorities() -> None:
    """
    Set up the authorities that issue the node's certificates, where they are missing.
    """
    made = trust.ensure_authorities(
        name=env.node.name, is_demonstration=env.node.is_demo, actor=AUTHORITIES, at=now()
    )
    if made:
        logger.info("authorities_established", names=made)


def make_node_key() -> None:
    """
    Make the key by which other nodes know this one, where there is none, and its first trust list.
    """
    if nodes_keys.ensure_identity(actor=AUTHORITIES, at=now()):
        logger.info("node_key_made")


def publish_presentation_key() -> None:
    """
    Publish the key of 亮证 where none is: phones that check offline know it before anybody shows a licence.
    """
    if licences.renew_presentation_key(at=now()):
        logger.info("presentation_key_published")


def load_demonstration(area: Path) -> bool:
    """
    Load the sample area and leave its accounts for `serve` to print; return whether anything was loaded.

    Loading is safe to repeat but takes its time, so a stamp remembers what this very database has been given.
    """
    if not (area / AREA_MARK).exists():
        logger.warning("no_sample_area", folder=str(area))
        return False
    accounts = accounts_file(settings.TONGBAN_HOME)
    accounts.parent.mkdir(parents=True, exist_ok=True)
    accounts.write_text(describe(area, password=_password()), encoding="utf-8")
    state = f"{_database_identity()} {_state_of(area.rglob('*'))}"
    stamp = settings.TONGBAN_HOME / "run" / "area.stamp"
    if _is_stamped(stamp, state):
        return False
    logger.info("loading_area", folder=str(area))
    receipt = load_area(area, at=now(), demo_password=_password())
    # People who are made up are no event; what anybody does from now on is.
    security.begin_watching(actor=ACTOR)
    logger.info("area_loaded", offerings=receipt.offerings, licence_types=receipt.licence_types)
    _stamp(stamp, state)
    return True


def _password() -> str:
    return env.identity.demo_password.get_secret_value()


def _database_identity() -> str:
    with connection.cursor() as cursor:
        cursor.execute(DATABASE_IDENTITY)
        return str(cursor.fetchone()[0])


def _is_stamped(stamp: Path, state: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == state


def _stamp(stamp: Path, state: str) -> None:
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(state, encoding="utf-8")


def _state_of(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            facts = path.stat()
            digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()
