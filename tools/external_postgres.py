"""
Run a command on an external PostgreSQL, the way DATABASE_URL names one.

    python -m tools.external_postgres .venv/bin/pytest …

DATABASE_URL is used when it is set. Otherwise a throw-away cluster is made from the system's programs (Debian:
apt-get install postgresql), reached over TCP with a password, as an external one would be.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

from tongban.foundation.exits import NodeProblem
from tongban.foundation.postgres.binaries import find_binaries
from tongban.foundation.postgres.cluster import Cluster
from tongban.foundation.postgres.home import remove

ENTERABLE = 0o711


def main(command: list[str]) -> int:
    """
    Return the exit code of `command`.
    """
    if url := os.environ.get("DATABASE_URL"):
        return _run(command, url)
    folder = Path(tempfile.mkdtemp(prefix="tongban-external-"))
    folder.chmod(ENTERABLE)
    try:
        binaries = find_binaries(wheel=False)
        cluster = Cluster(folder, binaries=binaries, durable=False, listen="127.0.0.1", port=_free_port())
        print(f"external PostgreSQL {binaries.version} from {binaries.folder}")
        with cluster:
            code = _run(command, _over_tcp(cluster.url, cluster.port))
        remove(cluster.home)
    except NodeProblem as problem:
        print(problem, file=sys.stderr)
        return problem.exit_code
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return code


def _run(command: list[str], url: str) -> int:
    return subprocess.run(
        command, check=False, env=os.environ | {"TONGBAN_TEST_DATABASE_URL": url}
    ).returncode


def _over_tcp(url: str, port: int) -> str:
    parts = urlsplit(url)
    return f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}{parts.path}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
