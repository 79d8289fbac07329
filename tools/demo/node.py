"""
A fresh node for the time of one demonstration.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

READY_SECONDS = 300
STOP_SECONDS = 60


@contextmanager
def fresh_node() -> Iterator[str]:
    """
    Start a node in an empty data folder, yield its address, stop it and remove the folder.

    :raises RuntimeError: it did not get ready
    """
    home = Path(tempfile.mkdtemp(prefix="tongban-demo-"))
    home.chmod(0o711)
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    kept = {
        name: value
        for name, value in os.environ.items()
        if name != "DATABASE_URL" and not name.startswith("TONGBAN_")
    }
    environment = {
        **kept,
        "TONGBAN_HOME": str(home / "node"),
        "TONGBAN_PORT": str(port),
        "TONGBAN_PUBLIC_URL": url,
    }
    log = (home / "serve.log").open("w")
    command = [sys.executable, "-m", "tongban.config.cli", "serve", "--demo"]
    node = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        _wait_until_ready(url, node, home / "serve.log")
        yield url
    finally:
        node.send_signal(signal.SIGTERM)
        try:
            node.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            node.kill()
        log.close()
        shutil.rmtree(home, ignore_errors=True)


def _wait_until_ready(url: str, node: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if node.poll() is not None:
            raise RuntimeError(f"the node ended:\n{log.read_text()[-3000:]}")
        try:
            if httpx.get(f"{url}/readyz", timeout=5, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.2)
    raise RuntimeError(f"the node was not ready after {READY_SECONDS} s:\n{log.read_text()[-3000:]}")


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
