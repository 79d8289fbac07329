"""
The exchange in the data room: an operator finds a stuck stream, reads its story, sends again, mends a difference.
"""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from tests.factories import identity
from tests.factories.exchange import CITY, PROVINCE, TwoEnds, located, two_ends
from tongban.foundation import clock
from tongban.resources.exchange.adapters.neighbours import NodeTables
from tongban.resources.exchange.models import Inbound, Position
from tongban.resources.exchange.ports import Neighbours
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = "/desk/data/exchange/"


@pytest.fixture
def ends() -> Iterator[TwoEnds]:
    """
    Give a city that has sent three things to its province, of which one was not taken.
    """
    with two_ends() as made:
        made.at_now = clock.now() - timedelta(minutes=20)
        made.library.refuses = lambda row: "bad_title" if row.content.title == "bad" else ""
        for key, title in (("a", "good"), ("b", "bad"), ("c", "good")):
            made.write(key, title)
        made.go_on()
        yield made


def browser_of(role: Role) -> Browser:
    browser = Browser()
    at = clock.now()
    identity.log_in(browser, identity.staff(roles=(role,), at=at), at=at)
    return browser


def text(response: Any) -> str:
    assert response.status_code == 200, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


def feed() -> str:
    return f"{ROOM}out/{Position.objects.get().pk}/"


def audited() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT action FROM foundation_audit WHERE action LIKE 'exchange.stream.%%' ORDER BY at, id"
        )
        return [row[0] for row in cursor.fetchall()]


class TestAnOperator:
    def test_finds_a_stuck_stream_reads_its_story_and_sends_again(self, ends: TwoEnds) -> None:
        operator = browser_of(Role.OPERATOR)
        ends.is_cut = True
        ends.write("d", "good")
        ends.go_on()

        home, overview = text(operator.get("/desk/data/")), text(operator.get(ROOM))
        assert "条链路受阻，需要处理。" in home
        assert "四川省" in overview
        assert "对方节点没有应答，已持续 20 分钟" in overview

        stream = text(operator.get(feed(), {"only": "waiting"}))
        assert "恢复后自动从中断处接着发送" in stream
        story = text(operator.get(f"{feed()}4/"))
        assert "发送后没有应答" in story
        assert 'aria-current="step"' in story

        ends.is_cut = False
        assert "不再等待下次尝试的时间" in text(operator.get(f"{feed()}retry/"))
        assert "已安排立即重试" in text(operator.post(f"{feed()}retry/", follow=True))
        ends.at_now = clock.now()
        ends.go_on()
        assert "受阻" not in text(operator.get(ROOM))

        assert 'value="1"' in text(operator.get(f"{feed()}replay/"))
        refused = operator.post(f"{feed()}replay/", {"number": "99"})
        assert refused.status_code == 422
        assert "请填写 1 至 4 之间的序号" in refused.content.decode()
        assert "将从第 3 号起重新发送" in text(
            operator.post(f"{feed()}replay/", {"number": "3"}, follow=True)
        )
        ends.library.order.clear()
        ends.go_on()
        assert [number for _key, number in ends.library.order] == [3, 4]
        assert "再次发送" in text(operator.get(f"{feed()}3/"))
        assert audited() == ["exchange.stream.retry", "exchange.stream.replay"]

    def test_mends_a_planted_difference(self, ends: TwoEnds) -> None:
        operator = browser_of(Role.OPERATOR)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM exchange_receipt WHERE number = 3")

        assert "对账完成，1 天不一致" in text(operator.post(f"{feed()}compare/", follow=True))

        days = text(operator.get(f"{ROOM}days/"))
        day = clock.civil_date(ends.at_now).isoformat()
        assert f"{feed()}days/{day}/" in days
        difference = text(operator.get(f"{feed()}days/{day}/"))
        assert "对方没有的条目" in difference
        assert f"{feed()}replay/?number=3" in difference

        operator.post(f"{feed()}replay/", {"number": "3"})
        ends.at_now = clock.now()
        ends.go_on()
        assert "对账完成，两端一致" in text(operator.post(f"{feed()}compare/", follow=True))
        assert "两端没有差异" in text(operator.get(f"{ROOM}days/"))

    def test_reads_errors_of_both_sides_and_takes_them_away_as_a_file(self, ends: TwoEnds) -> None:
        operator = browser_of(Role.OPERATOR)

        page = text(operator.get(f"{ROOM}errors/"))
        assert "bad_title" in page
        lines = b"".join(operator.get(f"{ROOM}errors.csv?side=SENT")).decode("utf-8-sig")

        assert [row[5:7] for row in csv.reader(io.StringIO(lines))] == [
            ["记录标识", "差错代码"],
            ["b", "bad_title"],
        ]

    def test_sees_the_receiving_end_and_finds_by_key(self, ends: TwoEnds) -> None:
        operator = browser_of(Role.OPERATOR)
        inbound = f"{ROOM}in/{Inbound.objects.get().pk}/"

        assert "已由后来的条目更正" not in text(operator.get(f"{inbound}2/"))
        with located(ends.at_province):
            assert "广安市" in text(operator.get(inbound))
            assert CITY in text(operator.get(f"{ROOM}nodes/{CITY}/"))
        assert "第 1 号" in text(operator.get(f"{ROOM}find/", {"dataset": "tests.thing", "key": "a"}))
        assert "没有找到这个标识的条目" in text(
            operator.get(f"{ROOM}find/", {"dataset": "tests.thing", "key": "x"})
        )
        assert operator.get(f"{feed()}99/").status_code == 404

    def test_asks_as_often_for_many_errors_as_for_one(self, ends: TwoEnds) -> None:
        operator = browser_of(Role.OPERATOR)

        def asked() -> int:
            with located(NodeTables(now=clock.now)), CaptureQueriesContext(connection) as queries:
                text(operator.get(f"{ROOM}errors/"))
            return len(queries)

        before = asked()
        for number in range(5):
            ends.write(f"x{number}", "bad")
        ends.go_on()

        assert asked() == before

    def test_is_told_how_to_join_where_there_is_nobody(self, db: None) -> None:
        operator = browser_of(Role.OPERATOR)

        with located(lambda: Neighbours(own_code=CITY)):
            assert "tongban node join" in text(operator.get(ROOM))


class TestOthers:
    def test_watch_without_acting_or_see_nothing(self, ends: TwoEnds) -> None:
        reviewer, steward = browser_of(Role.DATA_REVIEWER), browser_of(Role.DATA_STEWARD)

        assert "重新发送" not in text(reviewer.get(feed()))
        assert reviewer.get(f"{feed()}replay/").status_code == 403
        assert reviewer.post(f"{feed()}replay/", {"number": "1"}).status_code == 403
        assert steward.get(ROOM).status_code == 403
        assert "交换链路" not in text(steward.get("/desk/data/"))
        assert PROVINCE not in text(steward.get("/desk/data/"))
