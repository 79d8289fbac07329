"""
Data folders whose tables are made already: a hundred and fifty migrations take longer than most tests.

Made once for a state of the migrations and kept in `.cache`; each node gets a copy, before it has keys or authorities,
and so does the server of the tests themselves. All share one record of passwords, kept for good: so the address of a
database is known before its tables are there.
"""

import fcntl
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tongban.foundation.postgres.cluster import Cluster
from tongban.foundation.postgres.home import OWN_FOLDER, RECORD
from tongban.foundation.processes import processes_in

ROOT = Path(__file__).parents[2]
KEPT = ROOT / ".cache" / "tests"
UNUSED = KEPT / "home"
IMPORTED = re.compile(r"^(?:from|import) (tongban[.\w]+)", re.MULTILINE)
ENTERABLE = 0o711


@contextmanager
def enterable_folder() -> Iterator[Path]:
    """
    Give a folder that a server under another account can enter, and remove it with whatever still runs in it.
    """
    path = Path(tempfile.mkdtemp(prefix="tongban-node-"))
    path.chmod(ENTERABLE)
    yield path
    for data in path.rglob("PG_VERSION"):
        for pid in processes_in(data.parent):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    shutil.rmtree(path, ignore_errors=True)


def home_with_tables(home: Path) -> Path:
    """
    Give a folder that does not exist yet the database of a node before its first start; return the folder.
    """
    return with_tables(recorded_home(home))


def recorded_home(home: Path) -> Path:
    """
    Make a data folder that knows where its database will lie, and its passwords; return the folder.
    """
    with _locked():
        _record(home)
    return home


def with_tables(home: Path) -> Path:
    """
    Bring the database of a node before its first start to a folder that has been recorded; return the folder.
    """
    kept = KEPT / f"tables-{_state()}"
    with _locked():
        if not kept.exists():
            _make(kept)
        _copy(kept / "data", home / OWN_FOLDER)
    return home


@contextmanager
def _locked() -> Iterator[None]:
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _record(home: Path) -> None:
    if not UNUSED.exists():
        _drop_tables()
        with enterable_folder() as folder:
            Cluster(folder / UNUSED.name, durable=False)
            _copy(folder / UNUSED.name, KEPT)
    home.mkdir(parents=True)
    for part in (OWN_FOLDER, RECORD):
        _copy(UNUSED / part, home)


def _make(kept: Path) -> None:
    _drop_tables()
    draft = KEPT / "tables-draft"
    with enterable_folder() as folder:
        home = folder / "home"
        _record(home)
        with Cluster(home, durable=False) as cluster:
            environment = os.environ | {
                "DATABASE_URL": cluster.url,
                "TONGBAN_HOME": str(folder / "migrating"),
            }
            environment.pop("DJANGO_SETTINGS_MODULE", None)
            command = [sys.executable, "-m", "tongban.config.cli", "django", "migrate", "--verbosity=0"]
            subprocess.run(command, env=environment, check=True, capture_output=True)
        draft.mkdir()
        _copy(home / OWN_FOLDER / "data", draft)
    draft.rename(kept)


def _drop_tables() -> None:
    for old in KEPT.glob("tables-*"):
        shutil.rmtree(old)


def _copy(source: Path, folder: Path) -> None:
    # Files of the database belong to the account it runs under, which only `cp` keeps.
    subprocess.run(["cp", "-a", str(source), str(folder)], check=True)


def _state() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path in sorted(set(_sources())):
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    """
    Give what tables are made from: migrations, what they take from the node's modules, other people's migrations.
    """
    yield ROOT / "requirements-dev.lock"
    for migration in (ROOT / "src" / "tongban").rglob("migrations/*.py"):
        yield migration
        for name in IMPORTED.findall(migration.read_text(encoding="utf-8")):
            module = ROOT / "src" / name.replace(".", "/")
            yield from module.rglob("*.py") if module.is_dir() else [module.with_suffix(".py")]
