"""
Acceptance at the counter: one page, sent without script, for whoever stands there.
"""

import io
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from tests.factories import casework as make
from tests.factories import identity as people
from tests.factories.casework import applicant_of, form_of
from tongban.business.casework import selectors as casework
from tongban.business.casework import services as casework_services
from tongban.business.casework.models import Case
from tongban.business.casework.values import CaseStatus
from tongban.business.catalogue.values import (
    FieldType,
    FormField,
    Material,
    MaterialForm,
    Necessity,
    Prefill,
    Situation,
    SituationOption,
)
from tongban.foundation import clock, events
from tongban.foundation.actors import Actor
from tongban.portal.apply.models import Draft
from tongban.support.identity.models import Person
from tongban.support.identity.values import Post, Role
from tongban.support.search import services as index
from tongban.support.search.values import SearchDocument

pytestmark = pytest.mark.django_db

CODE = "test-hygiene"
HERE = f"/desk/accept/{CODE}/"
CARD = {"id_number": people.id_number(sequence=77), "name": "赵老伯", "mobile": "13900000077"}
TYPED = {**CARD, "a-shop_name": "老伯理发店", "a-floor_area": "30", "paper-floor_plan": "1", "way": "counter"}
CREDIT_CODE = "91511602MA0000001P"


def clerk(*posts: Post, agency_code: str = make.AGENCY, roles: Iterable[Role] = ()) -> Actor:
    return people.staff(*posts, agency_code=agency_code, division_code=make.DIVISION, roles=tuple(roles))


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


def key_on(page: Any) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def send(browser: Client, here: str = HERE, *, button: str = "accept", **changed: Any) -> Any:
    key = key_on(browser.get(here))
    return browser.post(here, {**TYPED, "key": key, button: "1", **changed})


def only_case() -> Case:
    return Case.objects.get()


def picture(name: str = "plan.png") -> SimpleUploadedFile:
    content = io.BytesIO()
    Image.new("RGB", (40, 40), "white").save(content, format="PNG")
    return SimpleUploadedFile(name, content.getvalue(), content_type="image/png")


@pytest.fixture
def counter() -> Client:
    """
    The browser of a one-stop counter, with one service to accept.
    """
    make.publish(CODE, at=clock.now() - timedelta(days=1))
    return browser_of(clerk(Post.COUNTER))


def publish_with_situations() -> str:
    return make.publish(
        "test-situations",
        at=clock.now() - timedelta(days=1),
        situations=(
            Situation(
                code="kind",
                question="哪种场所？",
                options=(
                    SituationOption(code="kind.hair", label="理发"),
                    SituationOption(code="kind.hotel", label="住宿"),
                ),
            ),
        ),
        form=(
            FormField(key="shop_name", label="场所名称"),
            FormField(key="beds", label="床位数", type=FieldType.NUMBER, situations=("kind.hotel",)),
        ),
        materials=(
            Material(code="floor_plan", name="平面图"),
            Material(code="fire_report", name="消防意见", situations=("kind.hotel",)),
        ),
    )


class TestFindingTheService:
    def test_lists_what_a_one_stop_counter_accepts_in_its_whole_area(self, counter: Client) -> None:
        make.publish("other-agency", at=clock.now(), name="林木采伐许可", agency_code=make.OTHER_AGENCY)
        make.publish("not-online", at=clock.now(), name="只能到场办理", can_apply_online=False)

        text = counter.get("/desk/accept/").content.decode()

        assert HERE in text
        assert "林木采伐许可" in text
        assert "只能到场办理" not in text

    def test_lists_only_its_own_services_for_an_agencys_clerk(self, counter: Client) -> None:
        make.publish("other-agency", at=clock.now(), name="林木采伐许可", agency_code=make.OTHER_AGENCY)

        page = browser_of(clerk(Post.ACCEPTANCE)).get("/desk/accept/")

        assert HERE in page.content.decode()
        assert "林木采伐许可" not in page.content.decode()

    def test_finds_by_a_question(self, counter: Client) -> None:
        index.index_documents(
            [
                SearchDocument(
                    ref_code=CODE,
                    name="公共场所卫生许可",
                    agency_code=make.AGENCY,
                    division_code=make.DIVISION,
                    audiences=("PERSON",),
                    online_depth=4,
                )
            ]
        )

        assert HERE in counter.get("/desk/accept/", {"q": "卫生许可"}).content.decode()
        assert "没有找到能在这里受理的事项" in counter.get("/desk/accept/", {"q": "火箭"}).content.decode()

    @pytest.mark.parametrize("post", [Post.REVIEW, Post.DECISION, Post.DELIVERY])
    def test_is_for_counters_only(self, counter: Client, post: Post) -> None:
        browser = browser_of(clerk(post))

        assert browser.get("/desk/accept/").status_code == 403
        assert browser.get(HERE).status_code == 403
        assert browser.post(HERE, TYPED).status_code == 403
        assert not Case.objects.exists()

    def test_hides_another_agencys_service_from_an_agencys_clerk(self, counter: Client) -> None:
        stranger = browser_of(clerk(Post.ACCEPTANCE, agency_code=make.OTHER_AGENCY))

        assert stranger.get(HERE).status_code == 404
        assert stranger.post(HERE, TYPED).status_code == 404

    def test_refuses_a_service_that_is_not_accepted_here(self, counter: Client) -> None:
        make.publish("not-online", at=clock.now(), can_apply_online=False)

        assert counter.get("/desk/accept/not-online/").status_code == 409
        assert counter.get("/desk/accept/nothing/").status_code == 404

    def test_takes_few_queries(
        self, counter: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        counter.get("/desk/accept/")

        with django_assert_num_queries(5):  # session, sign-in, offerings, side bar (two)
            counter.get("/desk/accept/")


class TestSubmitting:
    def test_submits_and_accepts_in_one_go(self, counter: Client) -> None:
        answer = send(counter)

        case = only_case()
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/desk/accept/receipt/{case.number}/"
        assert (case.status, case.channel) == (CaseStatus.ACCEPTED, "0")
        assert case.applicant_id == Person.objects.get().id
        assert case.promised_due is not None

    def test_only_submits_where_asked_to(self, counter: Client) -> None:
        send(counter, button="submit")

        assert only_case().status == CaseStatus.SUBMITTED

    def test_keeps_who_applies_and_what_was_written_and_what_came_on_paper(self, counter: Client) -> None:
        send(counter)

        case = only_case()
        applicant = applicant_of(case.number)
        form = form_of(case.number)
        assert (applicant.kind, applicant.name, applicant.id_number, applicant.mobile) == (
            "1",
            "赵老伯",
            CARD["id_number"],
            "13900000077",
        )
        assert form == {"shop_name": "老伯理发店", "floor_area": "30"}
        assert [
            (item["material_code"], item["get_type"], item["file_id"], item["digest"], item["size_bytes"])
            for item in case.state["materials"]
        ] == [("floor_plan", "1", "", "", 0)]

    def test_shows_the_paper_on_every_page_of_the_case(self, counter: Client) -> None:
        send(counter)
        number = only_case().number

        desk = counter.get(f"/desk/cases/{number}/")

        assert desk.status_code == 200
        assert "纸质" in desk.content.decode()

    def test_takes_a_scan_instead_of_paper(self, counter: Client) -> None:
        scanned: dict[str, Any] = {"file-floor_plan": picture(), "paper-floor_plan": ""}

        answer = send(counter, **scanned)

        assert answer.status_code == 302
        kinds = {item["get_type"]: item["media_type"] for item in only_case().state["materials"]}
        assert kinds["2"] == "image/png"

    def test_fills_in_what_the_card_says(self, counter: Client) -> None:
        code = make.publish(
            "test-known",
            at=clock.now() - timedelta(days=1),
            materials=(),
            form=(
                FormField(key="who", label="姓名", prefill=Prefill.PERSON_NAME),
                FormField(key="card", label="证件号", prefill=Prefill.PERSON_ID_NUMBER),
                FormField(
                    key="born", label="出生日期", type=FieldType.DATE, prefill=Prefill.PERSON_BIRTH_DATE
                ),
                FormField(key="why", label="理由"),
            ),
        )
        here = f"/desk/accept/{code}/"
        page = counter.get(here).content.decode()

        send(counter, here, **{"a-why": "搬家"})

        case = only_case()
        assert 'name="a-who"' not in page
        assert 'name="a-why"' in page
        assert form_of(case.number) == {
            "who": "赵老伯",
            "card": CARD["id_number"],
            "born": "1990-01-01",
            "why": "搬家",
        }

    def test_makes_the_unit_the_applicant_and_the_person_its_agent(self, counter: Client) -> None:
        code = make.publish(
            "test-unit",
            at=clock.now() - timedelta(days=1),
            materials=(),
            form=(
                FormField(key="unit", label="单位名称", prefill=Prefill.LEGAL_NAME),
                FormField(key="unit_code", label="代码", prefill=Prefill.LEGAL_SOCIAL_CREDIT_CODE),
            ),
        )

        send(counter, f"/desk/accept/{code}/", **{"a-unit": "示例理发有限公司", "a-unit_code": CREDIT_CODE})

        case = only_case()
        applicant = applicant_of(case.number)
        assert (applicant.kind, applicant.name, applicant.agent_name) == ("2", "示例理发有限公司", "赵老伯")

    def test_makes_one_case_of_a_page_sent_twice(self, counter: Client) -> None:
        key = key_on(counter.get(HERE))

        answers = [
            counter.post(HERE, {**TYPED, "key": key, "submit": "1", "again": "1"}) for _time in range(2)
        ]

        number = only_case().number
        assert [answer.headers["Location"] for answer in answers] == [f"/desk/accept/receipt/{number}/"] * 2
        assert Draft.objects.count() == 1

    def test_cannot_take_over_another_clerks_page(self, counter: Client) -> None:
        key = key_on(counter.get(HERE))
        counter.post(HERE, {**TYPED, "key": key, "submit": "1"})

        stolen = browser_of(clerk(Post.COUNTER)).post(
            HERE, {**TYPED, "key": key, "submit": "1", "again": "1"}
        )

        assert stolen.status_code == 404
        assert Case.objects.count() == 1

    def test_stays_submitted_and_says_so_where_acceptance_fails(
        self, counter: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(**_wanted: Any) -> None:
            raise casework_services.MaterialsMissing(fields={})

        monkeypatch.setattr(casework_services, "accept", refuse)

        answer = send(counter)
        page = counter.get(answer.headers["Location"])

        assert only_case().status == CaseStatus.SUBMITTED
        assert "申请已提交，但受理没有成功" in page.content.decode()


class TestComplaints:
    def test_names_everything_that_is_wrong_at_once_and_keeps_what_was_typed(self, counter: Client) -> None:
        page = send(
            counter,
            id_number="511602199001010000",
            name="",
            mobile="12345",
            **{"a-shop_name": "", "a-floor_area": "很大", "paper-floor_plan": ""},
        )

        text = page.content.decode()
        assert page.status_code == 422
        linked = re.findall(r'<li><a href="#f-([^"]+)">', text)
        assert linked == ["id_number", "name", "mobile", "a-shop_name", "a-floor_area"]
        assert 'value="511602199001010000"' in text
        assert 'value="很大"' in text
        assert not Case.objects.exists()
        assert not Person.objects.exists()
        assert not Draft.objects.exists()

    def test_asks_for_required_materials_on_paper_or_scanned(self, counter: Client) -> None:
        key = key_on(counter.get(HERE))
        typed = {name: value for name, value in TYPED.items() if name != "paper-floor_plan"}

        page = counter.post(HERE, {**typed, "key": key, "accept": "1"})

        assert page.status_code == 422
        assert 'href="#f-paper-floor_plan"' in page.content.decode()

    def test_asks_for_originals_that_exist_on_paper_only(self, counter: Client) -> None:
        code = make.publish(
            "test-original",
            at=clock.now() - timedelta(days=1),
            materials=(Material(code="book", name="户口簿原件", form=MaterialForm.PAPER),),
        )
        here = f"/desk/accept/{code}/"

        without, given = send(counter, here), send(counter, here, **{"paper-book": "1"})

        assert (without.status_code, given.status_code) == (422, 302)

    def test_lets_what_may_follow_follow(self, counter: Client) -> None:
        code = make.publish(
            "test-later",
            at=clock.now() - timedelta(days=1),
            materials=(Material(code="report", name="检测报告", necessity=Necessity.LATER),),
        )

        assert send(counter, f"/desk/accept/{code}/").status_code == 302

    def test_says_that_the_number_belongs_to_another_name(self, counter: Client) -> None:
        people.citizen(name="钱大妈", number=CARD["id_number"])

        page = send(counter)

        assert page.status_code == 409
        assert "该证件号码已用另一个姓名登记" in page.content.decode()
        assert not Case.objects.exists()

    def test_refuses_children_by_law(self, counter: Client) -> None:
        born = clock.civil_date(clock.now()).replace(day=1) - timedelta(days=365 * 5)

        page = send(counter, id_number=people.id_number(born_on=born))

        assert page.status_code == 409
        assert "未满 14 周岁" in page.content.decode()
        assert "老伯理发店" in page.content.decode()

    def test_takes_a_travel_permit_with_the_date_of_birth(self, counter: Client) -> None:
        permit = {"id_number": "07654321", "name": "王台行"}

        without, given = send(counter, **permit), send(counter, **permit, born_on="1979-01-05")

        assert (without.status_code, given.status_code) == (422, 302)
        assert 'href="#f-born_on"' in without.content.decode()
        assert Person.objects.get().id_type == "511"
        assert Case.objects.count() == 1

    def test_takes_somebody_without_a_mobile(self, counter: Client) -> None:
        assert send(counter, mobile="").status_code == 302

    def test_asks_for_an_address_to_post_to(self, counter: Client) -> None:
        code = make.publish(
            "test-post", at=clock.now() - timedelta(days=1), materials=(), has_courier_delivery=True
        )

        page = send(counter, f"/desk/accept/{code}/", way="post", address="")

        assert page.status_code == 422
        assert 'href="#f-address"' in page.content.decode()

    @pytest.mark.parametrize("key", ["", "x", "00000000-0000-0000-0000-00000000000g"])
    def test_does_not_stumble_over_a_strange_key(self, counter: Client, key: str) -> None:
        assert counter.post(HERE, {**TYPED, "key": key, "submit": "1"}).status_code == 302

    def test_keeps_a_good_file_beside_a_refused_one(self, counter: Client) -> None:
        key = key_on(counter.get(HERE))
        bad = SimpleUploadedFile("tool.exe", b"MZ" + bytes(64), content_type="application/octet-stream")

        page = counter.post(HERE, {**TYPED, "key": key, "accept": "1", "file-floor_plan": [picture(), bad]})

        text = page.content.decode()
        assert page.status_code == 422
        assert 'href="#f-file-floor_plan"' in text
        assert "plan.png" in text
        assert "?remove=" in text


class TestSituations:
    def test_change_the_form_without_losing_what_was_typed(self, counter: Client) -> None:
        here = f"/desk/accept/{publish_with_situations()}/"
        before = counter.get(here).content.decode()

        page = counter.post(
            here, {**TYPED, "key": key_on(counter.get(here)), "refresh": "1", "s-kind": "kind.hotel"}
        )

        text = page.content.decode()
        assert page.status_code == 200
        assert 'name="a-beds"' not in before
        assert 'name="a-beds"' in text
        assert "消防意见" in text
        assert 'value="老伯理发店"' in text
        assert 'value="赵老伯"' in text
        assert re.search(r'name="paper-floor_plan" value="1" checked', text)
        assert not Draft.objects.exists()

    def test_come_with_the_address_too(self, counter: Client) -> None:
        here = f"/desk/accept/{publish_with_situations()}/"

        text = counter.get(here, {"s-kind": "kind.hotel"}).content.decode()

        assert 'name="a-beds"' in text

    def test_must_be_answered(self, counter: Client) -> None:
        page = send(counter, f"/desk/accept/{publish_with_situations()}/")

        assert page.status_code == 422
        assert 'href="#f-s-kind"' in page.content.decode()

    def test_keep_files_that_were_chosen_before_and_let_them_be_removed(self, counter: Client) -> None:
        here = f"/desk/accept/{publish_with_situations()}/"
        key = key_on(counter.get(here))
        typed = {**TYPED, "key": key, "s-kind": "kind.hotel"}

        kept = counter.post(here, {**typed, "refresh": "1", "file-fire_report": picture("fire.png")})
        removal = re.search(r'formaction="([^"]+\?remove=[^"]+)"', kept.content.decode())
        assert removal is not None
        removed = counter.post(removal[1], typed)

        assert "fire.png" in kept.content.decode()
        assert removed.status_code == 200
        assert "fire.png" not in removed.content.decode()
        assert 'value="赵老伯"' in removed.content.decode()


class TestTheSameApplicantAgain:
    def test_is_pointed_out_and_must_be_confirmed(self, counter: Client) -> None:
        send(counter, button="submit")
        first = only_case().number

        hint = send(counter, button="refresh")
        refused = send(counter, button="submit")
        confirmed = send(counter, button="submit", again="1")

        assert first in hint.content.decode()
        assert refused.status_code == 422
        assert 'href="#f-again"' in refused.content.decode()
        assert confirmed.status_code == 302
        assert Case.objects.count() == 2

    def test_is_not_seen_across_agencies(self, counter: Client) -> None:
        send(counter, button="submit")
        stranger = clerk(Post.ACCEPTANCE, agency_code=make.OTHER_AGENCY)

        found = casework.open_cases_of(
            actor=stranger, id_number=CARD["id_number"], offering_code=CODE, at=clock.now()
        )

        assert found == []

    def test_is_found_whatever_the_case_of_the_check_character(self, counter: Client) -> None:
        at = clock.now()
        make.submit(CODE, at=at)

        found = casework.open_cases_of(
            actor=clerk(Post.COUNTER), id_number="11010519491231002x", offering_code=CODE, at=at
        )

        assert [case.status for case in found] == [CaseStatus.SUBMITTED]


class TestReceipt:
    def test_hands_over_the_query_code_once(self, counter: Client) -> None:
        address = send(counter).headers["Location"]
        case = only_case()

        first = counter.get(address).content.decode()
        elsewhere = browser_of(clerk(Post.COUNTER)).get(address).content.decode()

        assert case.query_code in first
        assert case.number in first
        assert "承诺最迟" in first
        assert "data:image/svg+xml" in first
        assert case.query_code not in elsewhere

    def test_forgets_the_query_code_after_half_an_hour(self, counter: Client) -> None:
        address = send(counter).headers["Location"]
        session = counter.session
        number, code, _at = session["desk_receipt"]
        session["desk_receipt"] = [number, code, (clock.now() - timedelta(minutes=31)).isoformat()]
        session.save()

        text = counter.get(address).content.decode()

        assert code not in text
        assert "只在提交后显示一次" in text
        assert "desk_receipt" not in counter.session

    def test_says_by_when_the_office_answers_where_it_was_only_submitted(self, counter: Client) -> None:
        text = counter.get(send(counter, button="submit").headers["Location"]).content.decode()

        assert "答复是否受理" in text

    def test_belongs_to_the_counters_area(self, counter: Client) -> None:
        address = send(counter).headers["Location"]

        page = browser_of(clerk(Post.ACCEPTANCE, agency_code=make.OTHER_AGENCY)).get(address)

        assert page.status_code == 404

    def test_takes_few_queries(
        self, counter: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        address = send(counter).headers["Location"]

        with django_assert_num_queries(
            8
        ):  # session, sign-in, case, timeline, notices, labels, side bar (two)
            counter.get(address)


class TestQueries:
    def test_of_an_empty_page_are_few(
        self, counter: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        with django_assert_num_queries(5):  # session, sign-in, offering, side bar (two)
            counter.get(HERE)

    def test_of_a_page_kept_are_few(
        self, counter: Client, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        key = key_on(counter.get(HERE))

        with django_assert_num_queries(7):  # the same, the draft's files, the applicant's other cases
            counter.post(HERE, {**TYPED, "key": key, "refresh": "1"})


class TestWhatFollows:
    def test_reaches_the_reviewer(self, counter: Client) -> None:
        send(counter)
        number = only_case().number
        events.deliver_all(at=clock.now() + timedelta(seconds=1))

        inbox = browser_of(clerk(Post.REVIEW)).get("/desk/")

        assert number[-4:] in inbox.content.decode()
