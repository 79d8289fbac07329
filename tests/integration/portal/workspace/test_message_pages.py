"""
The inbox, page by page.
"""

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client as Browser

from tests.factories.identity import citizen, log_in, staff
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity.values import Post
from tongban.support.messaging import services
from tongban.support.messaging.models import Message
from tongban.support.messaging.ports import find_template, register_templates
from tongban.support.messaging.values import MessageTemplate

pytestmark = pytest.mark.django_db

TEMPLATE = MessageTemplate(code="tests.pages", title="受理通知", body="您的办件 %(number)s 已受理。")


@pytest.fixture(autouse=True)
def template() -> None:
    """
    Make the template of these tests known.
    """
    if find_template(TEMPLATE.code) is None:
        register_templates(TEMPLATE)


def tell(reader: Actor, number: str, *, minutes_ago: int = 0) -> UUID:
    assert reader.person_id is not None
    return services.send_once(
        key=f"pages:{number}",
        template=TEMPLATE.code,
        person_id=UUID(reader.person_id),
        params={"number": number},
        subject=number,
        actor=services.MESSENGER,
        at=clock.now() - timedelta(minutes=minutes_ago),
    ).message_id


class TestInboxPage:
    def test_shows_messages_newest_first_and_leads_to_the_next_page(self) -> None:
        reader, browser = citizen(), Browser()
        for turn in range(21):
            tell(reader, f"CASE-{turn:02d}", minutes_ago=turn)
        log_in(browser, reader, at=clock.now())

        first = browser.get("/my/messages/").content.decode()
        following = re.search(r'href="([^"]+)"[^>]*>下一页', first)
        assert following is not None
        second = browser.get(following[1].replace("&amp;", "&")).content.decode()

        shown = re.findall(r"您的办件 (CASE-\d\d) 已受理", first) + re.findall(
            r"您的办件 (CASE-\d\d) 已受理", second
        )
        assert shown == [f"CASE-{turn:02d}" for turn in range(21)]
        assert "回到第一页" in second

    def test_says_so_when_there_is_nothing(self) -> None:
        browser = Browser()
        log_in(browser, citizen(), at=clock.now())

        assert "还没有消息" in browser.get("/my/messages/").content.decode()

    def test_escapes_what_a_message_is_about(self) -> None:
        reader, browser = citizen(), Browser()
        tell(reader, "<script>alert(1)</script>")
        log_in(browser, reader, at=clock.now())

        page = browser.get("/my/messages/").content.decode()

        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_refuses_a_cursor_of_another_making(self) -> None:
        browser = Browser()
        log_in(browser, citizen(), at=clock.now())

        assert browser.get("/my/messages/?cursor=x").status_code == 422

    def test_marks_everything_as_read(self) -> None:
        reader, browser = citizen(), Browser()
        tell(reader, "CASE-01")
        tell(reader, "CASE-02")
        log_in(browser, reader, at=clock.now())
        assert "2 条未读" in browser.get("/my/").content.decode()

        response = browser.post("/my/messages/read/")

        assert response.status_code == 302
        assert "没有未读消息" in browser.get("/my/").content.decode()

    def test_has_nothing_for_staff(self) -> None:
        browser = Browser()
        log_in(browser, staff(Post.COUNTER), at=clock.now())

        assert browser.get("/my/messages/").status_code == 403


class TestMessagePage:
    def test_opened_is_read(self) -> None:
        reader, browser = citizen(), Browser()
        message_id = tell(reader, "CASE-01")
        log_in(browser, reader, at=clock.now())

        page = browser.get(f"/my/messages/{message_id}/")

        assert "您的办件 CASE-01 已受理。" in page.content.decode()
        assert Message.objects.get().read_at is not None

    def test_asked_for_its_head_only_is_not_read(self) -> None:
        reader, browser = citizen(), Browser()
        message_id = tell(reader, "CASE-01")
        log_in(browser, reader, at=clock.now())

        browser.head(f"/my/messages/{message_id}/")

        assert Message.objects.get().read_at is None

    def test_of_somebody_else_is_not_found(self) -> None:
        browser = Browser()
        theirs = tell(citizen(), "CASE-01")
        log_in(browser, citizen(), at=clock.now())

        answers = [browser.get(f"/my/messages/{message_id}/") for message_id in (theirs, uuid4())]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert Message.objects.get().read_at is None
