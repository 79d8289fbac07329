"""
A throw-away MariaDB: the outside database of an agency that has no PostgreSQL.

Debian's `mariadb-server-core` and `mariadb-client-core` bring the programs and start nothing by themselves.
"""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from tests.factories.homes import enterable_folder

MAKE = shutil.which("mariadb-install-db")
SERVE = shutil.which("mariadbd", path=os.pathsep.join([*os.get_exec_path(), "/usr/sbin"]))
HOST = "127.0.0.1"
DATABASE = "agency"
PATIENCE_SECONDS = 180.0


@contextmanager
def mariadb() -> Iterator[str]:
    """
    Give the address of an empty database. Without the programs tests are skipped, except in CI.
    """
    if MAKE is None or SERVE is None:
        sentence = "needs MariaDB: apt-get install mariadb-server-core mariadb-client-core"
        if os.environ.get("CI"):
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    password = secrets.token_urlsafe(16)
    # Root may run it only if told so; everybody else runs it as themselves.
    account = ["--user=root"] if os.geteuid() == 0 else []
    with enterable_folder() as folder:
        own = ["--no-defaults", f"--datadir={folder / 'data'}", *account]
        subprocess.run(
            [MAKE, *own, "--auth-root-authentication-method=normal", "--skip-test-db"],
            check=True,
            capture_output=True,
        )
        port = _free_port()
        place = [f"--bind-address={HOST}", f"--port={port}", f"--socket={folder / 'socket'}"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [SERVE, *own, *place, f"--pid-file={folder / 'pid'}"], stdout=log, stderr=log
            )
        try:
            _prepare(port, password)
            yield f"mysql://tongban:{password}@{HOST}:{port}/{DATABASE}"
        finally:
            process.terminate()
            process.wait(timeout=PATIENCE_SECONDS)


def _prepare(port: int, password: str) -> None:
    """
    Make the database and its account as soon as the server answers.
    """
    engine = sa.create_engine(f"mysql+pymysql://root@{HOST}:{port}/", poolclass=sa.pool.NullPool)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not _answers(engine):
        assert time.monotonic() < deadline, "MariaDB does not answer"
        time.sleep(0.1)
    with engine.begin() as server:
        server.execute(sa.text(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4"))
        server.execute(sa.text(f"CREATE USER tongban@{HOST!r} IDENTIFIED BY {password!r}"))
        server.execute(sa.text(f"GRANT ALL ON {DATABASE}.* TO tongban@{HOST!r}"))


def _answers(engine: sa.Engine) -> bool:
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
