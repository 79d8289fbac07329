import csv
import io
from uuid import UUID

import pytest
from django.test import Client

from tests.factories import identity as people
from tongban.foundation import clock, looks
from tongban.foundation.actors import Actor
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.looks import LookAct, ObjectKind, Thing
from tongban.support.identity.models import SignIn
from tongban.support.identity.values import Post
from tongban.support.privacy.models import DataRequest, Objection

pytestmark = pytest.mark.django_db

THING = Thing(kind=ObjectKind.CASE, key="C-123", label="办卫生许可", label_en="Hygiene licence")


@pytest.fixture
def person() -> Actor:
    return people.citizen()


@pytest.fixture
def browser(client: Client, person: Actor) -> Client:
    people.log_in(client, person, at=clock.now())
    return client


def look(person: Actor, *, times: int = 1, words: str = "") -> int:
    clerk = people.staff(Post.REVIEW)
    for _turn in range(times):
        looks.record(
            principal_id=person.person_id,
            act=LookAct.REVEALED,
            thing=THING,
            actor=clerk,
            at=clock.now(),
            reason=Reason(purpose=Purpose.EXAMINATION, words=words),
        )
    rows = looks.looks_at(principal_id=str(person.person_id), wanted=looks.LookFilter()).items
    return rows[0].id


def checked(browser: Client, person: Actor) -> None:
    SignIn.objects.filter(account_id=UUID(person.id)).update(checked_level=4, checked_at=clock.now())


class TestLedger:
    def test_says_who_looked_at_what_and_why_in_one_line(self, browser: Client, person: Actor) -> None:
        look(person, times=3)

        page = browser.get("/my/ledger/").content.decode()

        assert "审查人" in page
        assert "办卫生许可" in page
        assert "共 3 次" in page
        assert "用途：审查时核验情况" in page
        assert "李工" not in page

    def test_speaks_english(self, browser: Client, person: Actor) -> None:
        look(person)

        page = browser.get("/my/ledger/", headers={"Accept-Language": "en"}).content.decode()

        assert "Hygiene licence" in page
        assert "办卫生许可" not in page

    def test_is_empty_with_a_word_of_explanation(self, browser: Client) -> None:
        assert "还没有人看过" in browser.get("/my/ledger/").content.decode()

    def test_can_be_narrowed_and_says_when_nothing_fits(self, browser: Client, person: Actor) -> None:
        look(person)

        found = browser.get("/my/ledger/?act=REVEALED&key=c-123").content.decode()
        nothing = browser.get("/my/ledger/?act=OPENED").content.decode()
        nonsense = browser.get("/my/ledger/?act=NONSENSE&since=yesterday&until=2026-99-99")

        assert "办卫生许可" in found
        assert "没有符合条件的记录" in nothing
        assert nonsense.status_code == 200

    def test_comes_as_a_table_that_no_spreadsheet_calculates(self, browser: Client, person: Actor) -> None:
        look(person, words="=1+1")

        answer = browser.get("/my/ledger/table/")

        (_head, row) = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
        assert answer["Content-Type"].startswith("text/csv")
        assert row[4] == "C-123"
        assert not any(cell.startswith("=") for cell in row)

    def test_of_a_stranger_leads_to_the_login(self, client: Client) -> None:
        assert client.get("/my/ledger/").status_code in {302, 401}

    def test_costs_the_same_however_much_there_is(
        self, browser: Client, person: Actor, django_assert_max_num_queries: pytest.FixtureRequest
    ) -> None:
        for _turn in range(12):
            look(person)
        browser.get("/my/ledger/")

        with django_assert_max_num_queries(8):  # type: ignore[operator]
            browser.get("/my/ledger/")


class TestObjecting:
    def test_takes_one_tap_and_is_shown_beside_the_look(self, browser: Client, person: Actor) -> None:
        look_id = look(person)

        asked = browser.get(f"/my/ledger/{look_id}/objection/")
        sent = browser.post(f"/my/ledger/{look_id}/objection/", {"words": "没有申请过"})
        page = browser.get("/my/ledger/").content.decode()

        assert (asked.status_code, sent.status_code, sent["Location"]) == (200, 302, "/my/ledger/")
        assert "异议：待答复" in page
        assert "我有异议" not in page.split('id="objections"')[0].split("<ul")[-1]
        assert Objection.objects.get().words == "没有申请过"

    def test_of_another_persons_look_is_not_found(self, browser: Client) -> None:
        assert browser.get(f"/my/ledger/{look(people.citizen())}/objection/").status_code == 404

    def test_is_answered_at_the_desk(self, browser: Client, person: Actor) -> None:
        look_id = look(person)
        browser.post(f"/my/ledger/{look_id}/objection/", {"words": "没有申请过"})
        objection = Objection.objects.get()
        desk = Client()
        people.log_in(desk, people.staff(Post.DECISION), at=clock.now())

        listed = desk.get("/desk/objections/").content.decode()
        refused = desk.post(f"/desk/objections/{objection.id}/", {"finding": "", "answer": ""})
        answered = desk.post(
            f"/desk/objections/{objection.id}/", {"finding": "UNJUSTIFIED", "answer": "已批评教育"}
        )
        page = browser.get("/my/ledger/").content.decode()

        assert "没有申请过" in listed
        assert (refused.status_code, answered.status_code) == (422, 302)
        assert "已批评教育" in page

    def test_is_not_shown_to_a_desk_without_the_post(self) -> None:
        desk = Client()
        people.log_in(desk, people.staff(Post.ACCEPTANCE), at=clock.now())

        assert desk.get("/desk/objections/").status_code == 403
        assert "/desk/objections/" not in desk.get("/desk/").content.decode()


class TestData:
    def test_shows_what_can_be_asked_for(self, browser: Client) -> None:
        page = browser.get("/my/data/").content.decode()

        assert "导出我的信息" in page
        assert "注销账号" in page

    def test_asks_who_it_is_before_anything(self, browser: Client) -> None:
        for path in ("/my/data/copy/", "/my/data/close/"):
            answer = browser.get(path)

            assert answer.status_code in {302, 303, 403}
            assert DataRequest.objects.count() == 0

    def test_asks_for_a_copy_and_closes_after_second_thoughts(self, browser: Client, person: Actor) -> None:
        checked(browser, person)

        copied = [browser.get("/my/data/copy/").status_code, browser.post("/my/data/copy/").status_code]
        shown = browser.get("/my/data/close/").content.decode()
        unsure = browser.post("/my/data/close/").status_code
        closed = browser.post("/my/data/close/", {"sure": "1"}).status_code
        during = browser.get("/my/data/").content.decode()
        browser.post("/my/data/close/cancel/")

        assert (copied, unsure, closed) == ([200, 302], 422, 302)
        assert "依法保存的" in shown
        assert "撤回注销" in during
        assert sorted(DataRequest.objects.values_list("state", flat=True)) == ["CANCELED", "PREPARING"]
