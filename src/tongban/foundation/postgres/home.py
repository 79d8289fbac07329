"""
The folder of one cluster: where it lies, its passwords, its socket.

Normally that is `postgres` in the node's data folder. When we are root and the service account cannot enter
the data folder (it lies below a closed home, say), we open nothing: the cluster gets a folder of its own in
/var/lib/tongban, and the data folder remembers where.
"""

import errno
import json
import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres.account import Account

RECORD = "postgres.json"
OWN_FOLDER = "postgres"
SPARE_ROOTS = (Path("/var/lib/tongban"), Path("/var/tmp/tongban"))  # noqa: S108 -- checked to be ours before use

#: sun_path holds 108 bytes, the last one zero.
LONGEST_SOCKET_PATH = 107
SOCKET_NAME = ".s.PGSQL.5432"

#: A server with less room than this cannot even write its own files.
SMALLEST_FREE_BYTES = 64 * 1024 * 1024

ENTERABLE = 0o711
PRIVATE = 0o700


class HomeUnusable(NodeProblem):
    """
    The data folder cannot be read or written.
    """

    exit_code = 12


class DiskFull(NodeProblem):
    """
    There is no room left where the data lies.
    """

    exit_code = 13


class ForeignDatabase(NodeProblem):
    """
    The data folder holds something that this node cannot run.
    """

    exit_code = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterHome:
    """
    One cluster's folder and secrets.
    """

    id: str
    folder: Path
    owner_password: str
    """Of the superuser `postgres`; only the supervisor uses it."""
    password: str
    """Of the role `tongban`, which owns the database of the same name."""

    @property
    def data(self) -> Path:
        """
        Return the data folder proper, PGDATA.
        """
        return self.folder / "data"

    @property
    def lock(self) -> Path:
        """
        Return the file whose lock says that somebody runs this cluster.
        """
        return self.folder / "lock"

    def socket_folder(self) -> Path:
        """
        Return where the UNIX socket lies; in the temporary folder when the path of our own would be too long.
        """
        own = self.folder / "socket"
        if len(os.fsencode(own / SOCKET_NAME)) <= LONGEST_SOCKET_PATH and not set(str(own)) & set(",\"'\\"):
            return own
        return Path(tempfile.gettempdir()) / f"tongban-{self.id[:16]}"


def prepare_folder(home: Path, *, smallest_free_bytes: int = SMALLEST_FREE_BYTES) -> None:
    """
    Make the node's data folder and prove that it can be written.

    :raises HomeUnusable: it cannot
    :raises DiskFull: there is less room than `smallest_free_bytes`
    """
    probe = home / f".probe-{os.getpid()}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"tongban")
        probe.unlink()
        list(home.iterdir())
        state = os.statvfs(home)
    except OSError as error:
        raise problem_of(error, home) from error
    free = state.f_bavail * state.f_frsize
    if free < smallest_free_bytes:
        raise DiskFull(_full(home, free))


def problem_of(error: OSError, folder: Path) -> NodeProblem:
    """
    Return the sentence for what the system said about `folder`.
    """
    # Copying a tree gathers what went wrong into one error without a number.
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or os.strerror(errno.ENOSPC) in str(error):
        return DiskFull(_full(folder, 0))
    return HomeUnusable(
        f"The data folder {folder} cannot be used ({error.strerror or error}); "
        "give this account the right to it, or name another with TONGBAN_HOME."
    )


def open_home(home: Path, *, account: Account, spare_roots: tuple[Path, ...] = SPARE_ROOTS) -> ClusterHome:
    """
    Return the cluster's folder of this node, made at the first start.

    :param home: the node's data folder, which exists
    :param account: who will run the server
    :param spare_roots: where clusters go whose data folder the account cannot enter
    :raises ForeignDatabase: the cluster that this node had is gone, or belongs to another node
    :raises HomeUnusable: something on the way cannot be written
    """
    record = home / RECORD
    try:
        if record.exists():
            known = _read(record, home)
            _claim(known, home)
            return known
        return _make(home, account=account, spare_roots=spare_roots)
    except OSError as error:
        raise problem_of(error, home) from error


def make_private(folder: Path, account: Account) -> None:
    """
    Make a folder that `account` alone can enter; refuse one that somebody else made.

    :raises HomeUnusable: it is there and is not the account's
    """
    try:
        folder.mkdir(mode=PRIVATE)
        account.give(folder)
    except FileExistsError:
        state = folder.lstat()
        if (
            not stat.S_ISDIR(state.st_mode)
            or state.st_uid != account.uid
            or stat.S_IMODE(state.st_mode) & 0o077
        ):
            raise HomeUnusable(
                f"{folder} is needed for the database's socket but belongs to somebody else; "
                "remove it, or set TONGBAN_HOME to a shorter path."
            ) from None


def _read(record: Path, home: Path) -> ClusterHome:
    try:
        raw = json.loads(record.read_text(encoding="utf-8"))
        found = ClusterHome(
            id=str(raw["id"]),
            folder=home / str(raw["folder"]),
            owner_password=str(raw["owner_password"]),
            password=str(raw["password"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ForeignDatabase(f"{record} cannot be understood; restore it from a backup.") from error
    if not found.folder.is_dir():
        raise ForeignDatabase(
            f"The database of this node lay in {found.folder}, which is gone; "
            f"bring it back, or remove {record} to begin with an empty one."
        )
    return found


def _claim(cluster: ClusterHome, home: Path) -> None:
    """
    Refuse a cluster that another data folder uses too (it is a copy); adopt one that moved with us.
    """
    if cluster.folder.parent == home:
        return
    mark = cluster.folder / "home"
    other = Path(mark.read_text(encoding="utf-8")) if mark.exists() else home
    if other != home and (other / RECORD).exists() and _read(other / RECORD, other).id == cluster.id:
        raise ForeignDatabase(
            f"{home} is a copy of {other}: both name the database in {cluster.folder}; "
            f"remove {home / RECORD} to give this node a database of its own."
        )
    mark.write_text(str(home), encoding="utf-8")


def _make(home: Path, *, account: Account, spare_roots: tuple[Path, ...]) -> ClusterHome:
    identity = secrets.token_hex(16)
    own = home / OWN_FOLDER
    if own.exists() and any(own.iterdir()):
        raise ForeignDatabase(
            f"{own} holds a database but {home / RECORD}, which has its passwords, is missing; restore it."
        )
    folder = own if account.can_enter(home) else _spare(spare_roots, account) / identity
    folder.mkdir(exist_ok=True)
    folder.chmod(ENTERABLE)
    if folder != own:
        (folder / "home").write_text(str(home), encoding="utf-8")
    cluster = ClusterHome(
        id=identity,
        folder=folder,
        owner_password=secrets.token_urlsafe(24),
        password=secrets.token_urlsafe(24),
    )
    _write(home / RECORD, cluster, home)
    return cluster


def _spare(roots: tuple[Path, ...], account: Account) -> Path:
    for root in roots:
        try:
            root.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        state = root.lstat()
        if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and account.can_enter(root):
            return root
    raise HomeUnusable(
        f"The account {account.name} can enter neither the data folder nor {' nor '.join(map(str, roots))}; "
        "name another folder with TONGBAN_HOME."
    )


def _write(record: Path, cluster: ClusterHome, home: Path) -> None:
    inside = cluster.folder.parent == home
    raw = {
        "id": cluster.id,
        "folder": cluster.folder.name if inside else str(cluster.folder),
        "owner_password": cluster.owner_password,
        "password": cluster.password,
    }
    draft = record.with_suffix(".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(raw, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(record)


def remove(cluster: ClusterHome) -> None:
    """
    Remove a cluster and everything in it; for throw-away clusters of tests.
    """
    shutil.rmtree(cluster.folder, ignore_errors=True)
    if cluster.socket_folder().parent != cluster.folder:
        shutil.rmtree(cluster.socket_folder(), ignore_errors=True)


def _full(folder: Path, free: int) -> str:
    return (
        f"The disk that holds {folder} is full ({free // (1024 * 1024)} MB free, "
        f"{SMALLEST_FREE_BYTES // (1024 * 1024)} MB needed); make room and start again."
    )
