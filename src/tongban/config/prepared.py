"""
Whether a node is prepared already, told without loading Django: the second start then takes half the time.
"""

import hashlib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import psycopg

from tongban.config.env import RunSettings

PACKAGE = Path(__file__).parents[1]
PACKAGES_WITH_TABLES = ("Django", "procrastinate", "tongban")

DATABASE_IDENTITY = """
SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text
FROM pg_database WHERE datname = current_database()
"""


def state_of(run: RunSettings, *, demo: bool, database_url: str) -> str:
    """
    Return a digest of everything that preparation depends on: migrations, static files, area, database.

    A file counts by its path, size and time of change.
    """
    digest = hashlib.sha256(f"{demo} {_identity_of(database_url)}\n".encode())
    for name in PACKAGES_WITH_TABLES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path in sorted(_files(run, demo=demo)):
        facts = path.stat()
        digest.update(f"{path}\0{facts.st_size}\0{facts.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def is_noted(home: Path, state: str) -> bool:
    """
    Tell whether this very state was prepared before, and its static files are still there.
    """
    note = _note(home)
    return (home / "static").is_dir() and note.exists() and note.read_text(encoding="ascii") == state


def note(home: Path, state: str) -> None:
    """
    Remember that this state is prepared.
    """
    _note(home).parent.mkdir(parents=True, exist_ok=True)
    _note(home).write_text(state, encoding="ascii")


def _note(home: Path) -> Path:
    return home / "run" / "prepared.stamp"


def _files(run: RunSettings, *, demo: bool) -> Iterator[Path]:
    yield from PACKAGE.glob("*/*/migrations/*.py")
    yield from PACKAGE.glob("*/migrations/*.py")
    yield from (path for path in (PACKAGE / "config" / "static").rglob("*") if path.is_file())
    if demo:
        yield from (path for path in run.area.rglob("*") if path.is_file())


def _identity_of(database_url: str) -> str:
    with psycopg.connect(database_url, connect_timeout=10) as connection:
        row = connection.execute(DATABASE_IDENTITY).fetchone()
        return str(row[0]) if row else ""
