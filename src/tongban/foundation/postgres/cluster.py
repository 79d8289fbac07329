"""
One cluster: make, start, recover, stop.

The server runs as our child in the foreground, bound to our life: when we die, however we die, the kernel
asks it to stop. What a `kill -9` leaves behind (a lock file that names a dead or unrelated process, server
processes without a parent) is put in order before the next start.
"""

import fcntl
import os
import re
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres import tuning
from tongban.foundation.postgres.account import HARMLESS_ENVIRONMENT, Account, service_account
from tongban.foundation.postgres.binaries import Binaries, DatabaseMissing, find_binaries, reachable
from tongban.foundation.postgres.home import (
    OWN_FOLDER,
    SPARE_ROOTS,
    DiskFull,
    ForeignDatabase,
    make_private,
    open_home,
    prepare_folder,
    problem_of,
)
from tongban.foundation.processes import processes_in, spawn

OWNER = "postgres"
APPLICATION = "tongban"
DATABASE = "tongban"

START_SECONDS = 120
"""Recovery after a crash replays at most max_wal_size; this is ample for it."""
STOP_SECONDS = 60
LINGER_SECONDS = 30
POLL_SECONDS = 0.05

LARGEST_LOG_BYTES = 4 * 1024 * 1024
BUILTIN_LOCALE_SINCE = 17

#: What the server says when processes of the one before it still hold the folder; they end by themselves.
STILL_HELD = ("already exists", "still in use", "lock file")


class DatabaseNotStarting(NodeProblem):
    """
    The embedded PostgreSQL does not come up.
    """

    exit_code = 16


class ClusterBusy(NodeProblem):
    """
    Another process runs this cluster already.
    """

    exit_code = 10


class Cluster:
    """
    An embedded PostgreSQL server of one node.
    """

    def __init__(
        self,
        home: Path,
        *,
        binaries: Binaries | None = None,
        account: Account | None = None,
        durable: bool = True,
        listen: str = "",
        port: int = 5432,
        spare_roots: tuple[Path, ...] = SPARE_ROOTS,
    ) -> None:
        """
        Choose folder, account and programs; nothing is started yet.

        :param home: the node's data folder; made if missing
        :param binaries: programs to use; None means those that fit the data folder
        :param account: who runs the server; None means ourselves, or an unprivileged account when we are root
        :param durable: False for throw-away clusters of tests only
        :param listen: TCP addresses; empty means the UNIX socket only
        :param port: of TCP, and part of the socket's name
        :param spare_roots: where the cluster goes when the account cannot enter `home`
        :raises NodeProblem: one of the package's, with the sentence for the person at the terminal
        """
        home = home.absolute()
        prepare_folder(home)
        self.account = account or service_account(owner_of=home / OWN_FOLDER / "data")
        self.home = open_home(home, account=self.account, spare_roots=spare_roots)
        if account is None:
            self.account = service_account(owner_of=self.home.data)
        self._log = home / "log" / "postgres.log"
        self._durable, self._listen, self._port = durable, listen, port
        self._process: subprocess.Popen[bytes] | None = None
        self._lock: IO[str] | None = None
        found = binaries or self._fitting_binaries()
        try:
            self.binaries = reachable(found, account=self.account, spare=self.home.folder)
        except OSError as error:
            raise problem_of(error, self.home.folder) from error

    def __enter__(self) -> Self:
        """
        Start the server.
        """
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """
        Stop the server.
        """
        self.stop()

    @property
    def url(self) -> str:
        """
        Return the address for the application: role `tongban`, database `tongban`.
        """
        return self._url(APPLICATION, self.home.password, DATABASE)

    @property
    def owner_url(self) -> str:
        """
        Return the address for the superuser; for the supervisor and for tests only.
        """
        return self._url(OWNER, self.home.owner_password, "postgres")

    @property
    def port(self) -> int:
        """
        Return the port of TCP, if the server listens there, and of the socket's name.
        """
        return self._port

    @property
    def pid(self) -> int | None:
        """
        Return the server's process, None when it is not running.
        """
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> None:
        """
        Make the cluster if there is none, start the server and wait until it answers.

        :raises ClusterBusy: somebody else runs it
        :raises DiskFull: there is no room
        :raises DatabaseNotStarting: it ended or did not answer in time; the sentence carries its last words
        """
        self._take_lock()
        try:
            self._make_if_missing()
            self._recover()
            self._start_and_wait()
            self._ensure_database()
        except OSError as error:
            self.stop()
            raise problem_of(error, self.home.folder) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """
        Stop the server: quickly and cleanly, by force only if it does not listen.
        """
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
                process.send_signal(number)
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=seconds)
                    break
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def has_died(self) -> bool:
        """
        Tell whether the server was started and ended by itself.
        """
        return self._process is not None and self._process.poll() is not None

    def restart(self) -> None:
        """
        Start again after the server died; what it had acknowledged is recovered from its log.

        :raises DatabaseNotStarting: it does not come up
        """
        self._recover()
        self._start_and_wait()

    def last_words(self, lines: int = 3) -> str:
        """
        Return the end of the server's log, in one line.
        """
        try:
            text = self._log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        telling = [
            line for line in text.splitlines() if re.search(r"\b(FATAL|PANIC|ERROR|could not)\b", line)
        ]
        return " / ".join(line.strip() for line in telling[-lines:])

    def _url(self, user: str, password: str, database: str) -> str:
        host = quote(str(self.home.socket_folder()), safe="")
        return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={host}&port={self._port}"

    def _fitting_binaries(self) -> Binaries:
        try:
            major = (self.home.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return find_binaries()
        except (OSError, ValueError) as error:
            raise ForeignDatabase(
                f"{self.home.data} cannot be read as a database folder ({error})."
            ) from error
        if not major.isdecimal():
            raise ForeignDatabase(
                f"{self.home.data} was made by PostgreSQL {major}, which this node cannot run."
            )
        try:
            return find_binaries(major=int(major))
        except DatabaseMissing:
            ours = find_binaries()
            raise ForeignDatabase(
                f"{self.home.data} was made by PostgreSQL {major} and this node brings {ours.major}; "
                f"install PostgreSQL {major}, or dump it there and load it here (pg_dump, DATABASE_URL)."
            ) from None

    def _take_lock(self) -> None:
        if self._lock is not None:
            return
        # Opened without inheritance: a child that outlives us must not hold the lock.
        self._lock = self.home.lock.open("a+", encoding="ascii")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            raise ClusterBusy(f"Another process runs the database in {self.home.folder} already.") from None

    # --- making ---

    def _make_if_missing(self) -> None:
        data = self.home.data
        if (data / "PG_VERSION").exists():
            return
        if data.exists() and any(data.iterdir()):
            raise ForeignDatabase(f"{data} is not empty and no PostgreSQL made it; move it away.")
        with self._draft() as draft, self._password_file() as password_file:
            command = [self.binaries.program("initdb"), "-D", str(draft), "-U", OWNER, "--encoding=UTF8"]
            command += ["--data-checksums", "--auth=scram-sha-256", f"--pwfile={password_file}"]
            # pg_trgm takes Chinese characters for letters only where the character type is UTF-8.
            command += ["--lc-collate=C", "--lc-ctype=C.UTF-8"]
            if self.binaries.major >= BUILTIN_LOCALE_SINCE:
                command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            if not self._durable:
                command += ["--no-sync"]
            self._run_initdb(command)
            with (draft / "postgresql.conf").open("a", encoding="utf-8") as file:
                file.write(
                    "\n# Settings of this node, written at every start.\ninclude_if_exists 'tongban.conf'\n"
                )
            if data.exists():
                data.rmdir()
            draft.rename(data)

    @contextmanager
    def _draft(self) -> Iterator[Path]:
        """
        Give a folder to make the cluster in; a start that was interrupted here leaves nothing half made.
        """
        draft = self.home.folder / "data.new"
        shutil.rmtree(draft, ignore_errors=True)
        make_private(draft, self.account)
        try:
            yield draft
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    @contextmanager
    def _password_file(self) -> Iterator[Path]:
        path = self.home.folder / f"password-{secrets.token_hex(4)}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(self.home.owner_password)
        self.account.give(path)
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _run_initdb(self, command: list[str]) -> None:
        ended = subprocess.run(  # noqa: S603 -- our own command
            command,
            check=False,
            cwd="/",
            env=HARMLESS_ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self.account.as_user(),
        )
        if ended.returncode == 0:
            return
        if "No space left on device" in ended.stderr:
            raise DiskFull(f"The disk that holds {self.home.folder} is full; make room and start again.")
        words = " / ".join(ended.stderr.strip().splitlines()[-3:])
        raise DatabaseNotStarting(f"The database could not be made in {self.home.folder}: {words}")

    # --- starting ---

    def _recover(self) -> None:
        """
        Put in order what an earlier server left: orphans, and a lock file nobody stands behind.
        """
        lock_file = self.home.data / "postmaster.pid"
        deadline = time.monotonic() + LINGER_SECONDS
        while (living := processes_in(self.home.data)) and time.monotonic() < deadline:
            for pid in living:
                with suppress(ProcessLookupError, PermissionError):
                    # SIGINT is "fast shutdown" to a postmaster; SIGTERM ends a backend without one.
                    os.kill(pid, signal.SIGINT if pid == self._named_in(lock_file) else signal.SIGTERM)
            time.sleep(POLL_SECONDS * 4)
        for pid in processes_in(self.home.data):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGQUIT)
        # Only where we can see processes do we know that nobody stands behind the file.
        if Path("/proc/self/cwd").exists() and not processes_in(self.home.data):
            lock_file.unlink(missing_ok=True)

    @staticmethod
    def _named_in(lock_file: Path) -> int | None:
        try:
            first = lock_file.read_text(encoding="ascii").splitlines()[0]
            return int(first)
        except (OSError, ValueError, IndexError):
            return None

    def _start_and_wait(self) -> None:
        make_private(self.home.socket_folder(), self.account)
        self._write_settings()
        deadline = time.monotonic() + START_SECONDS
        while True:
            self._launch()
            if self._wait_until_it_answers(deadline):
                return
            words = self.last_words()
            if "No space left on device" in words:
                raise DiskFull(f"The disk that holds {self.home.folder} is full; make room and start again.")
            if time.monotonic() > deadline or not any(phrase in words for phrase in STILL_HELD):
                raise DatabaseNotStarting(
                    f"PostgreSQL does not start in {self.home.folder}: {words or 'no words'}"
                )
            time.sleep(0.5)

    def _write_settings(self) -> None:
        settings = tuning.settings_for(
            tuning.memory_bytes(),
            socket_folder=str(self.home.socket_folder()),
            listen=self._listen,
            port=self._port,
            durable=self._durable,
        )
        path = self.home.data / "tongban.conf"
        path.unlink(missing_ok=True)
        path.write_text(tuning.render(settings), encoding="utf-8")
        self.account.give(path)

    def _launch(self) -> None:
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._log.exists() and self._log.stat().st_size > LARGEST_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        with self._log.open("ab") as output:
            self._process = spawn(
                [self.binaries.program("postgres"), "-D", str(self.home.data)],
                death_signal=signal.SIGINT,
                environment=HARMLESS_ENVIRONMENT,
                output=output,
                cwd="/",
                **self.account.as_user(),
            )

    def _wait_until_it_answers(self, deadline: float) -> bool:
        """
        Return whether the server answers; False when it ended.
        """
        process = self._process
        while process is not None and process.poll() is None:
            try:
                with psycopg.connect(self.owner_url, connect_timeout=5):
                    return True
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    process.send_signal(signal.SIGQUIT)
                    raise DatabaseNotStarting(f"PostgreSQL started but does not answer: {error}") from error
            time.sleep(POLL_SECONDS)
        return False

    def _ensure_database(self) -> None:
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            role = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [APPLICATION]).fetchone()
            if role is None:
                # It may make databases (tests, restores) but is no superuser.
                statement = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}")
                connection.execute(
                    statement.format(sql.Identifier(APPLICATION), sql.Literal(self.home.password))
                )
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if found is None:
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(DATABASE), sql.Identifier(APPLICATION)))
