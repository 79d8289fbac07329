"""
The load generator: wrk with one Lua script, or threads of our own where there is no wrk.

Requests are prepared in a file, one a line: method, path, token, body, separated by tabs.
"""

import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
THREADS = 2
MILLISECONDS = 1000
NEAR_P95 = 0.95

SCRIPT = """
local number = 0
function setup(thread) number = number + 1; thread:set("turn", number) end
function init(arguments)
  requests, at = {}, 0
  local n = 0
  for line in io.lines(arguments[1]) do
    n = n + 1
    if n % tonumber(arguments[2]) == turn - 1 then
      local method, path, token, body = line:match("^([^\\t]*)\\t([^\\t]*)\\t([^\\t]*)\\t(.*)$")
      local headers = { ["Host"] = "localhost" }
      if token ~= "" then headers["Authorization"] = "Bearer " .. token end
      if body ~= "" then headers["Content-Type"] = "application/json" end
      requests[#requests + 1] = wrk.format(method, path, headers, body ~= "" and body or nil)
    end
  end
end
function request() at = at % #requests + 1; return requests[at] end
function done(summary, latency, requests)
  local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.timeout
  io.write(string.format('\\nRESULT {"requests": %d, "microseconds": %d, "errors": %d, "p95": %.1f}\\n',
    summary.requests, summary.duration, bad, latency:percentile(95)))
end
"""


class LoadFailed(Exception):
    """
    The server answered with errors, or the generator did not run; figures would mean nothing.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    One request.
    """

    path: str
    method: str = "GET"
    token: str = ""
    body: str = ""

    def line(self) -> str:
        """
        Return the request as a line of the file.
        """
        return f"{self.method}\t{self.path}\t{self.token}\t{self.body}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """
    What the server bore.
    """

    per_second: float
    p95_milliseconds: float


def wrk() -> str | None:
    """
    Return the path of wrk, installed first where we are root on Debian; None where there is none.
    """
    if shutil.which("wrk") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(
            ["apt-get", "install", "-y", "-qq", "wrk"],
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return shutil.which("wrk")


def run(port: int, requests: Iterable[Request], *, seconds: float, folder: Path) -> Load:
    """
    Send the requests in turn over 16 connections, as fast as they are answered, and start again at the end.

    :param folder: where script and requests are written
    :raises LoadFailed: an answer was no success
    """
    path = folder / "requests.tsv"
    lines = [request.line() for request in requests]
    # Every thread and connection takes lines of its own, so that none is sent twice.
    lines *= -(-CONNECTIONS // len(lines))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    program = shutil.which("wrk")
    found = (
        _by_wrk(program, port, path, seconds=seconds, folder=folder)
        if program
        else _by_threads(port, path, seconds=seconds)
    )
    if found["errors"]:
        raise LoadFailed(
            f"{found['errors']} of {found['requests']} requests failed: {path.open().readline()[:200]}"
        )
    return Load(
        per_second=found["requests"] / (found["microseconds"] / 1e6),
        p95_milliseconds=found["p95"] / MILLISECONDS,
    )


def _by_wrk(program: str, port: int, path: Path, *, seconds: float, folder: Path) -> dict[str, float]:
    script = folder / "load.lua"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [
        program,
        f"-t{THREADS}",
        f"-c{CONNECTIONS}",
        f"-d{seconds:g}s",
        "--timeout",
        "10s",
        "-s",
        str(script),
    ]
    ended = subprocess.run(
        [*command, f"http://127.0.0.1:{port}", "--", str(path), str(THREADS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 60,
    )
    for line in ended.stdout.splitlines():
        if line.startswith("RESULT "):
            result: dict[str, float] = json.loads(line.removeprefix("RESULT "))
            return result
    raise LoadFailed(ended.stdout + ended.stderr)


def _by_threads(port: int, path: Path, *, seconds: float) -> dict[str, float]:
    lines = path.read_text(encoding="utf-8").splitlines()
    times: list[float] = []
    errors: list[int] = []
    until = time.perf_counter() + seconds

    def work(turn: int) -> None:
        channel = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        own = [line.split("\t", 3) for line in lines[turn::CONNECTIONS]]
        at = 0
        while time.perf_counter() < until:
            method, target, token, body = own[at % len(own)]
            headers = {"Content-Type": "application/json"} if body else {}
            if token:
                headers["Authorization"] = f"Bearer {token}"
            started = time.perf_counter()
            channel.request(method, target, body.encode() or None, headers)
            answer = channel.getresponse()
            answer.read()
            times.append(time.perf_counter() - started)
            if answer.status >= http.HTTPStatus.BAD_REQUEST:
                errors.append(answer.status)
            at += 1
        channel.close()

    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(turn,)) for turn in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - started
    p95 = sorted(times)[int(len(times) * NEAR_P95)] if times else 0.0
    return {"requests": len(times), "microseconds": took * 1e6, "errors": len(errors), "p95": p95 * 1e6}
