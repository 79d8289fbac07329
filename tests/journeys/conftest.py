"""
A real node and a real browser: journeys meet what people meet, over HTTP and through the screen, nothing else.

The node is the one that `tongban serve --demo` starts, in a folder of its own. The browser is Debian's Chromium,
driven by playwright. With TONGBAN_TEST_SCREENS set, pictures go to docs/screens/, which is not kept.
"""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, expect, sync_playwright

from tests import settings
from tests.factories.homes import enterable_folder, home_with_tables
from tongban.config.database import address_file

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "docs" / "screens"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_WITHIN_SECONDS = 300
PATIENCE = 180_000
"""Milliseconds until what a page does not show is called missing: ample, because a busy machine is no fault."""
WCAG_21_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROW = {"width": 360, "height": 740}


@dataclass(frozen=True, slots=True)
class Node:
    """
    A running node of the sample area.
    """

    url: str
    home: Path
    database: str
    """Address, for what no page of one node brings about."""

    def at(self, path: str) -> str:
        """
        Return the address of a page.
        """
        return f"{self.url}{path}"

    def last_words(self) -> str:
        """
        Return the end of what its processes wrote into their log, requests left out.
        """
        lines = (self.home.parent / "node.log").read_text(errors="replace").splitlines()
        return "\n".join([line for line in lines if '"event":"request"' not in line][-40:])


@dataclass(slots=True)
class Visitor:
    """
    Somebody in front of a browser; notices what the browser complains about.
    """

    page: Page
    node: Node
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """
        Go to a page and return its status.
        """
        response = self.page.goto(self.node.at(path))
        assert response is not None
        return response.status

    def reload_until_there(self, wanted: Locator) -> None:
        """
        Look again and again for what the worker brings about: after much else, on a busy machine.

        What the node said last is told where it never comes.
        """
        deadline = time.monotonic() + PATIENCE / 1000
        while not wanted.count():
            if time.monotonic() > deadline:
                pytest.fail(f"never there: {wanted}\n{self.node.last_words()}", pytrace=False)
            self.page.wait_for_timeout(500)
            self.page.reload()

    def violations(self) -> list[str]:
        """
        Return what axe finds against WCAG 2.1 AA on the page as it stands, one line for each kind.
        """
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate(
            "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}}).then(r => r.violations)",
            WCAG_21_AA,
        )
        return [f"{row['id']}: {[node['html'][:120] for node in row['nodes'][:3]]}" for row in found]

    def overflow(self) -> int:
        """
        Return by how many pixels the page is wider than the screen.
        """
        width: int = self.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        return width

    def missing_icons(self) -> list[str]:
        """
        Return the icons the page asks for that the sprite does not have.
        """
        missing: list[str] = self.page.evaluate(
            """async () => {
              const hrefs = [...document.querySelectorAll("svg use")].map((use) => use.getAttribute("href"));
              const uses = hrefs.map((href) => href.split("#"));
              const sprites = {};
              for (const [file] of uses) sprites[file] ??= await (await fetch(file)).text();
              const lost = uses.filter(([file, id]) => !sprites[file].includes(`id="${id}"`));
              return [...new Set(lost.map(([, id]) => id))];
            }"""
        )
        return missing

    def keep(self, name: str) -> None:
        """
        Keep a picture of the whole page for people to look at, where TONGBAN_TEST_SCREENS asks for it.
        """
        if not os.environ.get("TONGBAN_TEST_SCREENS"):
            return
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{name}.png", full_page=True)


@pytest.fixture(scope="session")
def node() -> Iterator[Node]:
    """
    Run a node of the sample area until the last journey ends.
    """
    with enterable_folder() as folder, _database() as database_url:
        port = _free_port()
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("TONGBAN_") and name not in {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
        }
        environment |= {
            "TONGBAN_HOME": str(home_with_tables(folder / "home")),
            "TONGBAN_PORT": str(port),
            "PYTHONPATH": str(ROOT / "src"),
        }
        if database_url:
            environment["DATABASE_URL"] = database_url
        log = folder / "node.log"
        command = [sys.executable, "-c", "from tongban.config.cli import main; main()", "serve", "--demo"]
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env=environment, stdout=output, stderr=output, cwd=ROOT, start_new_session=True
            )
        try:
            _wait_until_ready(process, f"http://127.0.0.1:{port}/readyz", log)
            home = folder / "home"
            database = database_url or address_file(home).read_text().strip()
            yield Node(url=f"http://127.0.0.1:{port}", home=home, database=database)
        finally:
            process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=180)
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """
    Start Chromium once. Without one the journeys are skipped, except in CI.

    It ends with the journeys: while Playwright's event loop runs, Django refuses the database to other tests.
    """
    if CHROMIUM is None or not AXE.is_file():
        sentence = (
            "needs Chromium and the front end: apt-get install chromium fonts-noto-cjk, then tools/assets.py"
        )
        if os.environ.get("CI"):
            pytest.fail(sentence, pytrace=False)
        pytest.skip(sentence)
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, node: Node) -> Iterator[Callable[..., Visitor]]:
    """
    Give a function that opens a fresh browser: `visit(PHONE)`, `visit(DESK, java_script_enabled=False)`.
    """
    contexts = []

    def open_browser(viewport: Any = None, **options: Any) -> Visitor:
        context = browser.new_context(**{"viewport": viewport or DESK, "locale": "zh-CN", **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        visitor = Visitor(page=context.new_page(), node=node)
        visitor.page.on("console", lambda message: _note(visitor, message))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(f"script: {error}"))
        return visitor

    yield open_browser
    for context in contexts:
        context.close()


# A request given up for a newer one, or because its page was left: as it should be, yet htmx reports it as two errors.
# A request that fails says so a second time in its own name (sendError, responseError, timeout).
_GIVEN_UP = ("htmx:afterRequest,", "htmx:sendAbort,")


def _note(visitor: Visitor, message: ConsoleMessage) -> None:
    # The status of a page is asserted by the test itself; everything else the browser grumbles about is a defect.
    if (
        message.type in {"error", "warning"}
        and "status of" not in message.text
        and not message.text.startswith(_GIVEN_UP)
    ):
        visitor.complaints.append(f"{message.type}: {message.text}")


@contextmanager
def _database() -> Iterator[str]:
    """
    Give the address of a fresh database on the external server the suite runs on; "" where the node brings its own.
    """
    if not settings.EXTERNAL_URL:
        yield ""
        return
    name = f"tongban_journeys_{secrets.token_hex(4)}"
    with psycopg.connect(settings.EXTERNAL_URL, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield urlunsplit(urlsplit(settings.EXTERNAL_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(settings.EXTERNAL_URL, autocommit=True) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with (
            suppress(URLError, ConnectionError, TimeoutError),
            urllib.request.urlopen(url, timeout=2) as answer,
        ):
            json.load(answer)
            return
        time.sleep(0.2)
    pytest.fail(f"the node did not become ready:\n{log.read_text(errors='replace')[-4000:]}", pytrace=False)
