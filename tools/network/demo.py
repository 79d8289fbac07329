"""
Start the network, walk the main job across its nodes over HTTP only, and stop it: what `make network-demo` runs.

Meanwhile the line between one city and the province is cut and restored; at the end both ends of every stream are
compared. The last line on standard output is one JSON object; the exit code is 0 only if all of it held.
"""

import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from simulators.link.relay import Link
from tools.demo.browser import DemoFailed
from tools.network.__main__ import stop_by_signals
from tools.network.network import PORTS, Network
from tools.network.places import AWAY, PLACES, PROVINCE
from tools.network.processes import NetworkFailed
from tools.network.walk import Walk


def main() -> int:
    """
    Start, walk, stop, and print the JSON object last.
    """
    stop_by_signals()
    begun = time.monotonic()
    result: dict[str, Any]
    try:
        with _folder() as folder:
            result = _walked(folder, _first_port())
    except (NetworkFailed, DemoFailed, httpx.HTTPError, LookupError, ValueError) as error:
        print(f"network-demo: failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
        result = {"ok": False, "error": f"{type(error).__name__}: {error}"}
    except KeyboardInterrupt:
        result = {"ok": False, "error": "interrupted"}
    result["seconds"] = round(time.monotonic() - begun, 1)
    print(json.dumps(result, ensure_ascii=False), flush=True)
    return 0 if result["ok"] else 1


def _walked(folder: Path, port: int) -> dict[str, Any]:
    """
    Return what a walk through a fresh network proved.
    """
    print(f"network-demo: {folder}", flush=True)
    above = port + [place.code for place in PLACES].index(PROVINCE.code)
    line = Link((PROVINCE.host, above))
    threading.Thread(target=line.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with Network(folder, port=port, say=_say, lines={AWAY.code: line.url}) as network:
            walk = Walk(network, line)
            try:
                walk.run()
            finally:
                walk.close()
    finally:
        line.shutdown()
        line.server_close()
    return {
        "ok": walk.verified and walk.differences == 0,
        "case_number": walk.case_number,
        "licence_verified_by_nation": walk.verified,
        "messages": walk.messages,
        "reconciliation_differences": walk.differences,
    }


@contextmanager
def _folder() -> Iterator[Path]:
    """
    Give an empty folder that is removed afterwards; NETWORK_HOME names one that stays.

    :raises NetworkFailed: it holds a network already
    """
    if named := os.environ.get("NETWORK_HOME"):
        folder = Path(named).absolute()
        if folder.exists() and any(folder.iterdir()):
            raise NetworkFailed(f"The demonstration begins with an empty folder; {folder} is not empty.")
        yield folder
        return
    folder = Path(tempfile.mkdtemp(prefix="tongban-network-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _first_port() -> int:
    """
    Return the first of enough free ports in a row; NETWORK_PORT names it.
    """
    if named := os.environ.get("NETWORK_PORT"):
        return int(named)
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first: int = probe.getsockname()[1]
        if all(_is_free(first + turn) for turn in range(PORTS)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
        return True


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
