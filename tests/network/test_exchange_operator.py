"""
An operator in front of a browser, two whole nodes and a line that fails: finds the stuck stream, reads the story of an
entry, has it sent again, and mends a difference that somebody has planted.
"""

import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.factories.identity import id_number
from tests.integration.node.running import wait_until
from tests.journeys.conftest import PATIENCE, Node, Visitor, browser
from tests.network.conftest import Network
from tests.network.faults import LEFT, STREAM, SYSTEM, Pair, database_of, joined
from tests.network.places import AWAY, PROVINCE

__all__ = ["browser"]

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LOGIN = "exchange.operator"
PASSWORD = "Tongban-2026"
ROOM = "/desk/data/exchange/"
LONG_AGO = f"""
UPDATE exchange_position SET failing_since = failing_since - interval '1 hour' WHERE stream_id = {STREAM}
"""
WRITTEN = f"SELECT max(number) FROM exchange_entry WHERE stream_id = {STREAM} AND key LIKE '%/{SYSTEM}/%'"


@pytest.fixture(scope="module")
def pair(network: Network) -> Iterator[Pair]:
    """
    A city that has joined its province over a line with dials, with an operator.
    """
    with joined(network.at(AWAY), network.at(PROVINCE)) as made:
        _employ(made)
        yield made


@pytest.fixture(scope="module")
def operator(pair: Pair, browser: Browser) -> Iterator[Visitor]:
    """
    The operator, logged in with a password of his own.
    """
    context = browser.new_context(viewport=ViewportSize(width=1440, height=900), locale="zh-CN")
    context.set_default_timeout(PATIENCE)
    node = Node(url=pair.city.url, home=pair.city.running.home, database=database_of(pair.city))
    visitor = Visitor(page=context.new_page(), node=node)
    visitor.open("/my/login/?as=staff")
    visitor.page.fill("#f-login", LOGIN)
    visitor.page.fill("#f-password", PASSWORD)
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/my/login/password/")
    for control in ("#f-new_password", "#f-repeated"):
        visitor.page.fill(control, f"{PASSWORD}-own")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url(lambda url: "/login" not in urlsplit(url).path)
    yield visitor
    context.close()


def test_finds_a_stuck_stream_reads_its_story_and_sends_again(pair: Pair, operator: Visitor) -> None:
    page = operator.page
    pair.link.dials.down = 1.0
    pair.write(4)
    wait_until(lambda: _is_failing(pair))
    pair.at_city(LONG_AGO)
    number = pair.at_city(WRITTEN)[0][0]

    operator.open(ROOM)
    expect(page.locator("main")).to_contain_text("受阻")
    page.goto(f"{operator.node.url}{_feed(pair)}?only=waiting")
    expect(page.locator("main")).to_contain_text("恢复后自动从中断处接着发送")
    assert operator.violations() == []
    page.get_by_role("link", name=str(number), exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("消息经历")
    expect(page.locator("main")).to_contain_text("发送后没有应答")
    assert operator.violations() == []

    pair.link.heal()
    page.goto(f"{operator.node.url}{_feed(pair)}retry/")
    page.get_by_role("main").get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("已安排立即重试")
    wait_until(lambda: pair.at_city(LEFT)[0][0] == 0)
    operator.open(ROOM)
    expect(page.locator("main")).not_to_contain_text("受阻")

    _replay(operator, pair, number)
    wait_until(lambda: pair.at_city(LEFT)[0][0] == 0)
    operator.open(f"{_feed(pair)}{number}/")
    expect(page.locator("main")).to_contain_text("再次发送")
    assert operator.violations() == []
    assert (standing := pair.stand()).is_whole, standing


def test_mends_a_planted_difference(pair: Pair, operator: Visitor) -> None:
    page = operator.page
    pair.write(4)
    pair.settle()
    number = pair.at_city(WRITTEN)[0][0]
    (inbound,) = pair.inbound("id")
    pair.at_province(f"DELETE FROM exchange_receipt WHERE inbound_id = {inbound} AND number = {number}")

    assert "不一致" in _compare(operator, pair)
    operator.open(f"{ROOM}days/")
    page.locator("main [data-row]").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("对账差异")
    expect(page.locator("main")).to_contain_text("对方没有的条目")
    assert operator.violations() == []

    page.get_by_role("link", name=f"从第 {number} 号起重新发送").click()
    page.get_by_role("main").get_by_role("button").click()
    expect(page.locator("main")).to_contain_text("重新发送")
    pair.settle()

    assert "两端一致" in _compare(operator, pair)
    operator.open(f"{ROOM}days/")
    expect(page.locator("main")).to_contain_text("两端没有差异")
    assert operator.violations() == []


def _employ(pair: Pair) -> None:
    """
    Give the city an operator.
    """
    place = pair.city.place
    made = subprocess.run(
        [
            *(sys.executable, "-m", "tongban.config.cli", "create-staff", LOGIN, "--name", "蔡运维"),
            *("--agency", place.agency, "--division", place.code, "--role", "OPERATOR", "--json"),
        ],
        env=pair.city.running.environment,
        input=f"{PASSWORD}\n{id_number(sequence=777)}\n",
        text=True,
        check=False,
        capture_output=True,
    )
    assert made.returncode == 0, made.stderr


def _feed(pair: Pair) -> str:
    """
    Return the page of the stream of cases that the city sends.
    """
    (position,) = pair.at_city(f"SELECT id FROM exchange_position WHERE stream_id = {STREAM}")[0]
    return f"{ROOM}out/{position}/"


def _is_failing(pair: Pair) -> bool:
    found = pair.at_city(f"SELECT failing_since FROM exchange_position WHERE stream_id = {STREAM}")
    return found[0][0] is not None


def _replay(operator: Visitor, pair: Pair, number: int) -> None:
    operator.open(f"{_feed(pair)}replay/")
    operator.page.fill("#f-number", str(number))
    operator.page.get_by_role("main").get_by_role("button").click()
    expect(operator.page.locator("main")).to_contain_text(f"将从第 {number} 号起重新发送")


def _compare(operator: Visitor, pair: Pair) -> str:
    """
    Compare both ends by the page and return what it says then.
    """
    operator.open(f"{_feed(pair)}compare/")
    operator.page.get_by_role("main").get_by_role("button").click()
    expect(operator.page.locator("main")).to_contain_text("对账完成")
    return operator.page.inner_text("main")
