"""
A licence on the desk: its page, and what deciders of the issuer do to it.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import identity as people
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.business.licences.services import Holder, issue_licence, load_licence_types
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

TYPE: dict[str, Any] = {
    "code": "11510100MB1500000X001",
    "name": "演示许可证",
    "name_en": "Demo permit",
    "defining_body_code": "11510100MB1500000X",
    "defining_body_name": "示例区行政审批局",
    "face": [
        {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
        {"key": "shop", "label": "场所名称", "label_en": "Name of the shop"},
        {"key": "home", "label": "住址", "masked": True},
    ],
    "validity_months": 12,
}
WHY = {"reason": "以欺骗手段取得", "legal_basis": "《中华人民共和国行政许可法》第六十九条"}
ACTS = {"suspend": "SUSPENDED", "revoke": "REVOKED", "cancel": "CANCELED", "move": "MOVED"}


@pytest.fixture
def licence() -> Licence:
    load_licence_types(rows=[TYPE], actor=people.NODE, at=clock.now())
    with transaction.atomic():
        receipt = issue_licence(
            type_code=TYPE["code"],
            holder=Holder(kind="1", name="王小明", code="11010519491231002X", code_type="111"),
            face={"shop": "清风理发店", "home": "示例路一号"},
            issuer_code=make.AGENCY,
            issuer_name="广安区卫生健康局",
            division_code=make.DIVISION,
            case_number="C-1",
            actor=people.NODE,
            at=clock.now() - timedelta(minutes=1),
        )
    return Licence.objects.get(id=receipt.id)


def member(*posts: Post, agency_code: str = make.AGENCY) -> Actor:
    return people.staff(*posts, agency_code=agency_code, division_code=make.DIVISION)


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


@pytest.fixture
def decider() -> Client:
    return browser_of(member(Post.DECISION))


def page_of(licence: Licence, act: str = "") -> str:
    return f"/desk/licences/{licence.identifier}/" + (f"{act}/" if act else "")


class TestPage:
    def test_shows_the_face_masked_the_life_and_what_can_be_done(
        self, licence: Licence, decider: Client
    ) -> None:
        text = decider.get(page_of(licence)).content.decode()

        assert "演示许可证" in text
        assert "清风理发店" in text
        assert "王*明" in text
        assert "王小明" not in text
        assert "示例路一号" not in text
        assert "签发" in text
        for act in ("suspend", "amend", "revoke", "cancel"):
            assert page_of(licence, act) in text
        assert page_of(licence, "resume") not in text

    @pytest.mark.parametrize("posts", [(Post.REVIEW,), (Post.COUNTER,), (Post.ACCEPTANCE, Post.DELIVERY)])
    def test_offers_nothing_to_those_who_do_not_decide(
        self, licence: Licence, posts: tuple[Post, ...]
    ) -> None:
        text = browser_of(member(*posts)).get(page_of(licence)).content.decode()

        assert licence.number in text
        assert page_of(licence, "revoke") not in text

    def test_is_not_there_for_another_agency(self, licence: Licence) -> None:
        stranger = browser_of(member(Post.DECISION, agency_code=make.OTHER_AGENCY))

        assert stranger.get(page_of(licence)).status_code == 404
        assert stranger.get(page_of(licence, "revoke")).status_code == 404

    def test_is_linked_from_the_list(self, licence: Licence, decider: Client) -> None:
        text = decider.get("/desk/licences/").content.decode()

        assert f'href="{page_of(licence)}" data-row' in text

    @pytest.mark.parametrize("identifier", ["nothing", "1.2.156.3005.2.x"])
    def test_is_not_there_for_what_is_no_identifier(self, decider: Client, identifier: str) -> None:
        assert decider.get(f"/desk/licences/{identifier}/").status_code == 404


class TestActs:
    @pytest.mark.parametrize(("act", "status"), ACTS.items())
    def test_are_done_after_a_second_look(
        self, licence: Licence, decider: Client, act: str, status: str
    ) -> None:
        asked = decider.get(page_of(licence, act))
        shown = decider.post(page_of(licence, act), WHY)
        unchanged = Licence.objects.get().status
        done = decider.post(page_of(licence, act), {**WHY, "confirmed": "1"}, follow=True)

        assert asked.status_code == shown.status_code == done.status_code == 200
        assert "以欺骗手段取得" in shown.content.decode()
        assert 'name="confirmed"' in shown.content.decode()
        assert 'name="confirmed"' not in asked.content.decode()
        assert (unchanged, Licence.objects.get().status) == ("VALID", status)
        event = LicenceEvent.objects.latest("id")
        assert (event.reason, event.legal_basis) == (WHY["reason"], WHY["legal_basis"])
        assert "以欺骗手段取得" in done.content.decode()

    def test_can_be_gone_back_from_without_losing_a_word(self, licence: Licence, decider: Client) -> None:
        page = decider.post(page_of(licence, "revoke"), {**WHY, "confirmed": "1", "back": "1"})

        assert "以欺骗手段取得" in page.content.decode()
        assert 'name="confirmed"' not in page.content.decode()
        assert Licence.objects.get().status == "VALID"

    def test_let_a_suspended_one_be_valid_again(self, licence: Licence, decider: Client) -> None:
        decider.post(page_of(licence, "suspend"), {**WHY, "confirmed": "1"})

        decider.post(page_of(licence, "resume"), {**WHY, "confirmed": "1"})

        assert Licence.objects.get().status == "VALID"

    @pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
    def test_ask_for_reason_and_basis(
        self, licence: Licence, decider: Client, confirmed: dict[str, str]
    ) -> None:
        page = decider.post(page_of(licence, "revoke"), {"reason": " ", "legal_basis": "", **confirmed})

        assert page.status_code == 422
        assert "请填写理由" in page.content.decode()
        assert "请填写法律依据" in page.content.decode()
        assert Licence.objects.get().status == "VALID"

    def test_say_so_where_somebody_was_quicker(self, licence: Licence, decider: Client) -> None:
        decider.post(page_of(licence, "revoke"), {**WHY, "confirmed": "1"})

        page = decider.post(page_of(licence, "suspend"), {**WHY, "confirmed": "1"})
        turned_away = decider.get(page_of(licence, "suspend"), follow=True)

        assert page.status_code == 409
        assert "证照当前状态不允许此操作" in page.content.decode()
        assert turned_away.redirect_chain == [(page_of(licence), 302)]
        assert Licence.objects.get().status == "REVOKED"

    @pytest.mark.parametrize("confirmed", [{}, {"confirmed": "1"}])
    def test_are_refused_to_those_who_do_not_decide(
        self, licence: Licence, confirmed: dict[str, str]
    ) -> None:
        reviewer = browser_of(member(Post.REVIEW))

        page = reviewer.post(page_of(licence, "revoke"), {**WHY, **confirmed})

        assert page.status_code == 403
        assert Licence.objects.get().status == "VALID"

    @pytest.mark.parametrize("act", ["issue", "nothing"])
    def test_are_not_more_than_there_are(self, licence: Licence, decider: Client, act: str) -> None:
        assert decider.get(page_of(licence, act)).status_code == 404


class TestAmendment:
    FORM = {**WHY, "case_number": "C-9", "face-shop": "明月理发店", "face-home": ""}

    def test_asks_for_the_lines_that_can_change_and_shows_no_personal_one(
        self, licence: Licence, decider: Client
    ) -> None:
        text = decider.get(page_of(licence, "amend")).content.decode()

        assert 'name="face-shop"' in text
        assert 'name="face-home"' in text
        assert 'name="face-holder_name"' not in text
        assert "示例路一号" not in text

    def test_leads_to_the_new_version(self, licence: Licence, decider: Client) -> None:
        shown = decider.post(page_of(licence, "amend"), self.FORM)
        done = decider.post(page_of(licence, "amend"), {**self.FORM, "confirmed": "1"}, follow=True)

        assert "明月理发店" in shown.content.decode()
        newest = Licence.objects.get(version=2)
        assert done.redirect_chain == [(page_of(newest), 302)]
        assert [line["value"] for line in newest.face] == ["王小明", "明月理发店", "示例路一号"]
        assert Licence.objects.get(version=1).status == "REPLACED"

    @pytest.mark.parametrize(("months", "is_fresh"), [("24", True), ("", False)])
    def test_may_begin_a_new_period(
        self, licence: Licence, decider: Client, months: str, is_fresh: bool
    ) -> None:
        decider.post(page_of(licence, "amend"), {**self.FORM, "validity_months": months, "confirmed": "1"})

        newest = Licence.objects.get(version=2)
        assert (newest.valid_until != licence.valid_until) is is_fresh

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"face-shop": ""}, "请至少变更一项"),
            ({"case_number": ""}, "请填写变更所依据的办件编号或文书编号"),
            ({"case_number": "C-1"}, "该编号已用于签发证照"),
            ({"validity_months": "two"}, "请填写 1 至 1200 的整数"),
            ({"validity_months": "1201"}, "请填写 1 至 1200 的整数"),
            ({"face-shop": "长" * 501}, "不能超过 500 字"),
        ],
    )
    def test_says_what_is_wrong(
        self, licence: Licence, decider: Client, changes: dict[str, str], sentence: str
    ) -> None:
        page = decider.post(page_of(licence, "amend"), {**self.FORM, **changes, "confirmed": "1"})

        assert page.status_code == 422
        assert sentence in page.content.decode()
        assert Licence.objects.get().status == "VALID"


class TestCosts:
    @pytest.mark.parametrize(("act", "queries"), [("", 6), ("revoke", 6), ("amend", 6)])
    def test_are_fixed(
        self,
        licence: Licence,
        decider: Client,
        act: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        with django_assert_num_queries(queries):  # session, sign-in, licence, its life, side bar (two)
            page = decider.get(page_of(licence, act))

        assert page.status_code == 200
