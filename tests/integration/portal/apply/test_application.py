"""
Applying through the pages, without a script: every step, every refusal, nothing lost.
"""

import re
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID, uuid4

import msgspec
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories import portal
from tests.factories.authority import fixed_authorities
from tests.factories.identity import citizen, log_in
from tests.factories.portal import ANSWERS, begin, errors_of, fill_in, plan, text_of
from tongban.business.casework.models import Case
from tongban.business.casework.selectors import CaseDetail, case_by_number
from tongban.business.catalogue.values import ApplicantKind, FieldType, FormField, Prefill
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.calendar import current_calendar
from tongban.portal.apply.models import Draft
from tongban.support.identity.models import AssuranceGrant
from tongban.support.identity.values import AssuranceLevel

pytestmark = pytest.mark.django_db


CREDIT_CODE = FormField(
    key="credit_code",
    label="统一社会信用代码",
    type=FieldType.SOCIAL_CREDIT_CODE,
    prefill=Prefill.LEGAL_SOCIAL_CREDIT_CODE,
)


def name_a_unit(browser: Browser) -> str:
    """
    Fill in a form that names a unit by its code, ready to be submitted.
    """
    draft = begin(browser, "s-place=place.barber")
    browser.post(f"{draft}form/", {**ANSWERS, "a-credit_code": "91350100M000100Y43"})
    browser.post(f"{draft}materials/", {"file-floor_plan": plan()})
    return draft


def shown_to_the_clerk() -> CaseDetail:
    """
    Return the only case as a clerk of its agency sees it.
    """
    return case_by_number(
        actor=make.clerk("ACCEPTANCE"),
        number=Case.objects.get().number,
        at=clock.now(),
        calendar=current_calendar(),
    )


class TestTheWholeWay:
    def test_leads_from_the_guide_to_the_receipt(self, browser: Browser, permit: str) -> None:
        started = browser.post(f"/apply/{permit}/")
        draft = started["Location"]
        first = browser.get(draft)
        situation = browser.post(f"{draft}situation/", {"s-place": "place.barber"})
        form = browser.post(f"{draft}form/", ANSWERS)
        materials = browser.post(f"{draft}materials/", {"file-floor_plan": plan()})
        delivery = browser.post(f"{draft}delivery/", {"way": "electronic"})
        check = text_of(browser.get(f"{draft}check/"))
        submitted = browser.post(f"{draft}submit/", {"promise": "1"})
        receipt = text_of(browser.get(submitted["Location"]))

        assert first["Location"] == f"{draft}situation/"
        assert situation["Location"] == f"{draft}form/"
        assert form["Location"] == f"{draft}materials/"
        assert materials["Location"] == f"{draft}delivery/"
        assert delivery["Location"] == f"{draft}check/"
        for line in ("美容美发场所", "清风理发店", "理发", "平面图.pdf", "电子送达，无需领取"):
            assert line in check
        case = Case.objects.get()
        assert submitted["Location"] == f"{draft}receipt/"
        assert case.number in receipt
        assert case.query_code in receipt
        assert "data:image/svg+xml;base64," in receipt
        assert "行政许可法第 32 条" in receipt

    def test_fills_in_what_the_account_knows_and_says_so(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        page = text_of(browser.get(f"{draft}form/"))

        assert 'value="张小三"' in page
        assert page.count("已由“账户实名信息”填好") == 2

    def test_says_in_english_where_it_knows_it_from(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")
        browser.cookies["tongban_language"] = "en"

        assert text_of(browser.get(f"{draft}form/")).count("Filled in from “your verified account”") == 2

    def test_lets_known_data_be_disputed(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        browser.post(f"{draft}form/", {**ANSWERS, "a-contact": "张小三三"})

        page = text_of(browser.get(f"{draft}form/"))
        assert 'value="张小三三"' in page
        assert page.count("已由“账户实名信息”填好") == 1
        assert page.count("您改过这一项") == 1

    def test_takes_the_answers_of_the_guide_along(self, browser: Browser, permit: str) -> None:
        page = text_of(browser.get(f"/apply/{permit}/?s-place=place.hotel&s-other=x"))
        sent = dict(re.findall(r'type="hidden" name="(s-[^"]+)" value="([^"]+)"', page))

        draft = browser.post(f"/apply/{permit}/", sent)["Location"]

        assert sent == {"s-place": "place.hotel"}
        assert "客房清单" in page
        assert browser.get(draft)["Location"] == f"{draft}form/"
        assert "客房数" in text_of(browser.get(f"{draft}form/"))

    def test_leaves_out_materials_where_none_are_needed(self, browser: Browser) -> None:
        portal.publish_permit(
            materials=(), situations=(), form=(FormField(key="shop_name", label="场所名称"),)
        )
        draft = begin(browser)

        saved = browser.post(f"{draft}form/", {"a-shop_name": "清风理发店"})

        assert saved["Location"] == f"{draft}delivery/"
        assert browser.get(f"{draft}materials/")["Location"] == draft
        assert browser.get(f"{draft}situation/")["Location"] == draft

    def test_goes_on_where_one_stopped(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)
        browser.post(f"{draft}situation/", {"s-place": "place.barber"})
        browser.post(f"{draft}form/", ANSWERS)

        again = browser.post(f"/apply/{permit}/")

        assert again["Location"] == draft
        assert browser.get(draft)["Location"] == f"{draft}materials/"
        assert "继续上次填写" in text_of(browser.get(f"/apply/{permit}/"))
        assert Draft.objects.count() == 1


class TestDisputes:
    def test_reach_the_clerk_with_the_case(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)
        browser.post(
            f"{draft}form/",
            {
                **ANSWERS,
                "a-contact": "张小山",
                "dispute": ["mobile", "shop_name", "x"],
                "dispute-remark": " 号码停用了 ",
            },
        )
        check = text_of(browser.get(f"{draft}check/"))
        browser.post(f"{draft}submit/", {"promise": "1"})

        dispute = shown_to_the_clerk().dispute

        assert "联系人、联系手机：号码停用了" in check
        assert dispute is not None
        assert [(answer.key, answer.label, answer.value) for answer in dispute.answers] == [
            ("contact", "联系人", "张*山"),
            ("mobile", "联系手机", shown_to_the_clerk().applicant.mobile),
        ]
        assert (dispute.remark, dispute.is_masked) == ("", True)

    def test_are_none_where_everything_stays_as_filled_in(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)
        check = text_of(browser.get(f"{draft}check/"))
        browser.post(f"{draft}submit/", {"promise": "1"})

        assert shown_to_the_clerk().dispute is None
        assert "预填信息不对" not in check

    def test_stay_ticked_until_they_are_unticked(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")
        browser.post(f"{draft}save/", {"dispute": ["mobile"], "dispute-remark": "停用了"})
        ticked = text_of(browser.get(f"{draft}form/"))

        browser.post(f"{draft}save/", {"a-shop_name": "清风"})
        kept = Draft.objects.get().dispute
        browser.post(f"{draft}save/", {"dispute-remark": ""})

        assert re.search(r'<details class="tb-details" open', ticked)
        assert re.search(r'name="dispute" value="mobile" checked', ticked)
        assert kept == {"fields": ["mobile"], "remark": "停用了"}
        assert Draft.objects.get().dispute == {"fields": [], "remark": ""}

    def test_are_asked_for_once_however_many_parts_the_form_has(self, browser: Browser) -> None:
        parts = tuple(msgspec.structs.replace(field, section=field.key) for field in portal.FORM)
        portal.publish_permit(form=parts)
        draft = begin(browser, "s-place=place.barber")

        assert text_of(browser.get(f"{draft}form/")).count('id="f-dispute-remark"') == 1


class TestRefusals:
    def test_of_a_situation_not_chosen(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)

        page = browser.post(f"{draft}situation/", {})

        assert page.status_code == 422
        assert errors_of(page) == {"f-s-place": "请选择：您要开办哪一类场所？"}
        assert Draft.objects.get().situations == []

    def test_of_a_form_keep_what_was_typed(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        page = browser.post(
            f"{draft}form/", {"a-contact": "张小三", "a-mobile": "123", "a-floor_area": "八十"}
        )

        assert page.status_code == 422
        assert set(errors_of(page)) == {"f-a-mobile", "f-a-shop_name", "f-a-floor_area"}
        assert errors_of(page)["f-a-shop_name"].startswith("场所名称：")
        assert 'value="八十"' in text_of(page)
        assert Draft.objects.get().answers["floor_area"] == "八十"

    def test_of_boxes_unticked_forget_the_ticks(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")
        browser.post(f"{draft}form/", ANSWERS)

        browser.post(
            f"{draft}form/", {name: value for name, value in ANSWERS.items() if name != "a-services"}
        )

        assert Draft.objects.get().answers["services"] == ""

    def test_of_a_form_before_the_situation_lead_back(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)

        saved = browser.post(f"{draft}form/", ANSWERS)

        assert saved["Location"] == f"{draft}situation/"
        assert Draft.objects.get().answers["shop_name"] == "清风理发店"

    def test_of_missing_materials(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        page = browser.post(f"{draft}materials/", {})

        assert page.status_code == 422
        assert errors_of(page) == {"f-file-floor_plan": "请提交：公共场所平面图"}

    def test_of_missing_materials_can_wait(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        later = browser.post(f"{draft}materials/", {"later": "1"})

        assert later["Location"] == f"{draft}delivery/"

    @pytest.mark.parametrize(
        ("file", "sentence"),
        [
            (SimpleUploadedFile("空.pdf", b"", content_type="application/pdf"), "文件是空的"),
            (SimpleUploadedFile("a.exe", b"MZ" * 100, content_type="application/x-msdownload"), "只接受 PDF"),
            (SimpleUploadedFile("b.pdf", b"%PDF-1.7 broken", content_type="application/pdf"), "文件"),
        ],
    )
    def test_of_a_file_are_shown_at_its_field(
        self, browser: Browser, permit: str, file: SimpleUploadedFile, sentence: str
    ) -> None:
        draft = begin(browser, "s-place=place.barber")
        file.seek(0)

        page = browser.post(f"{draft}materials/", {"file-floor_plan": file})

        assert page.status_code == 422
        assert set(errors_of(page)) == {"f-file-floor_plan"}
        assert sentence in errors_of(page)["f-file-floor_plan"]
        assert Draft.objects.get().materials == {}

    @pytest.mark.parametrize(
        ("sent", "control"),
        [({"way": "pigeon"}, "f-way"), ({}, "f-way"), ({"way": "post", "address": " "}, "f-address")],
    )
    def test_of_a_delivery(self, browser: Browser, sent: dict[str, str], control: str) -> None:
        portal.publish_permit(has_courier_delivery=True)
        draft = begin(browser, "s-place=place.barber")

        page = browser.post(f"{draft}delivery/", sent)

        assert page.status_code == 422
        assert set(errors_of(page)) == {control}
        assert Draft.objects.get().delivery == {"way": "electronic"}

    def test_of_a_submission_without_the_promise(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)

        page = browser.post(f"{draft}submit/", {})

        assert page.status_code == 422
        assert errors_of(page) == {"f-promise": "请确认所填内容和材料真实有效"}
        assert not Case.objects.exists()

    def test_of_an_incomplete_submission_lead_to_the_lines(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        page = browser.post(f"{draft}submit/", {"promise": "1"})

        assert page.status_code == 422
        assert set(errors_of(page)) == {"f-row-shop_name", "f-row-floor_area"}
        assert not Case.objects.exists()

    def test_of_missing_materials_at_submission_lead_to_their_lines(
        self, browser: Browser, permit: str
    ) -> None:
        draft = begin(browser, "s-place=place.barber")
        browser.post(f"{draft}form/", ANSWERS)

        page = browser.post(f"{draft}submit/", {"promise": "1"})

        assert errors_of(page) == {"f-row-floor_plan": "请提交：公共场所平面图"}
        assert not Case.objects.exists()

    def test_of_an_applicant_the_offering_does_not_serve(self, browser: Browser) -> None:
        portal.publish_permit(applicants=(ApplicantKind.ENTERPRISE, ApplicantKind.INSTITUTION))
        start = text_of(browser.get(f"/apply/{portal.CODE}/"))
        draft = fill_in(browser)

        page = browser.post(f"{draft}submit/", {"promise": "1"})

        assert "面向企业法人、事业法人" in start
        assert "这一项以单位名义申请" in start
        assert page.status_code == 409
        assert errors_of(page) == {
            "f-row-answers": "该事项只受理企业法人、事业法人的申请，不能以自然人的名义申请"
        }
        assert not Case.objects.exists()

    def test_of_a_unit_that_the_form_names_and_nobody_acts_for(self, browser: Browser) -> None:
        portal.publish_permit(applicants=(ApplicantKind.ENTERPRISE,), form=(*portal.FORM, CREDIT_CODE))
        start = text_of(browser.get(f"/apply/{portal.CODE}/"))
        draft = name_a_unit(browser)
        check = text_of(browser.get(f"{draft}check/"))

        page = browser.post(f"{draft}submit/", {"promise": "1"})

        for shown in (start, check, text_of(page)):
            assert "这一项只受理单位的申请" in shown
            assert 'href="/my/acting/"' in shown
            assert 'href="/my/entities/register/"' in shown
        assert page.status_code == 409
        assert not Case.objects.exists()

    def test_make_no_unit_the_applicant_that_the_form_only_speaks_of(
        self, browser: Browser, person: Actor
    ) -> None:
        served = (ApplicantKind.PERSON, ApplicantKind.ENTERPRISE)
        portal.publish_permit(applicants=served, form=(*portal.FORM, CREDIT_CODE))
        start = text_of(browser.get(f"/apply/{portal.CODE}/"))
        draft = name_a_unit(browser)

        submitted = browser.post(f"{draft}submit/", {"promise": "1"})

        assert "申请人是您本人" in start
        assert submitted["Location"] == f"{draft}receipt/"
        case = Case.objects.get()
        applicant = make.applicant_of(case.number)
        assert (applicant.kind, applicant.name, applicant.agent_name) == ("1", "张小三", "")
        assert str(case.applicant_id) == person.person_id
        assert make.form_of(case.number)["credit_code"] == "91350100M000100Y43"


class TestTheRealNameLevel:
    def test_is_said_before_anything_is_typed(self, browser: Browser) -> None:
        code = portal.publish_permit(required_assurance_level=2)

        start = text_of(browser.get(f"/apply/{code}/"))
        guide = text_of(browser.get(f"/items/{code}/"))

        assert "这一项要求实名等级达到“信息比对”" in start
        assert 'href="/my/level/?to=2&amp;next=/apply/test-permit/"' in start
        assert "这一项要求实名等级达到“信息比对”" in guide
        assert "实名要求：2 级：信息比对" in guide

    def test_does_not_keep_anybody_from_filling_in(self, browser: Browser) -> None:
        portal.publish_permit(required_assurance_level=2)

        draft = fill_in(browser)

        check = text_of(browser.get(f"{draft}check/"))
        assert "提交前需要核验身份" in check
        assert f"/my/level/?to=2&amp;next={quote(f'{draft}check/', safe='')}" in check

    def test_cannot_be_passed_over(self, browser: Browser) -> None:
        portal.publish_permit(required_assurance_level=2)
        draft = fill_in(browser)

        refused = browser.post(f"{draft}submit/", {"promise": "1"})

        assert refused["Location"] == f"/my/level/?{urlencode({'to': 2, 'next': f'{draft}check/'})}"
        assert not Case.objects.exists()

    def test_is_raised_in_the_middle_without_losing_a_keystroke(
        self, browser: Browser, person: Actor
    ) -> None:
        portal.publish_permit(required_assurance_level=2)
        draft = fill_in(browser)
        before = vars(Draft.objects.get())
        browser.post(f"{draft}submit/", {"promise": "1"})

        with fixed_authorities():
            back = browser.post(
                "/my/level/prove/",
                {"means": "POPULATION_REGISTER", "to": "2", "next": f"{draft}check/"},
            )
        check = text_of(browser.get(back["Location"]))
        submitted = browser.post(f"{draft}submit/", {"promise": "1"})

        assert back["Location"] == f"{draft}check/"
        assert "清风理发店" in check
        assert re.search(r'name="promise"[^>]* checked', check)
        assert "提交前需要核验身份" not in check
        assert submitted["Location"] == f"{draft}receipt/"
        after = vars(Draft.objects.get())
        unchanged = ("answers", "situations", "materials", "delivery", "dispute")
        assert [after[name] for name in unchanged] == [before[name] for name in unchanged]

    def test_suffices_when_it_is_reached(self) -> None:
        code = portal.publish_permit(required_assurance_level=2)
        browser = Browser()
        log_in(browser, citizen(level=AssuranceLevel.DATA_CHECK), at=clock.now())

        assert "实名等级" not in text_of(browser.get(f"/apply/{code}/"))
        assert browser.post(f"/apply/{code}/").status_code == 302

    def test_of_a_case_that_is_submitted_may_fall(self, browser: Browser, person: Actor) -> None:
        portal.publish_permit(required_assurance_level=1)
        draft = fill_in(browser)
        browser.post(f"{draft}submit/", {"promise": "1"})
        AssuranceGrant.objects.update(revoked_at=clock.now())

        again = browser.post(f"{draft}submit/", {"promise": "1"})

        assert again["Location"] == f"{draft}receipt/"


class TestAnOfferingOfHighRisk:
    @pytest.fixture
    def browser(self) -> Browser:
        browser = Browser()
        log_in(browser, citizen(level=AssuranceLevel.COUNTER), at=clock.now())
        return browser

    def test_asks_for_a_face_though_the_level_is_enough(self, browser: Browser) -> None:
        portal.publish_permit(required_assurance_level=3, is_high_risk=True)
        draft = fill_in(browser)

        asked = browser.post(f"{draft}submit/", {"promise": "1"})

        aim = urlencode({"check": 1, "to": 3, "next": f"{draft}check/"})
        assert asked["Location"] == f"/my/level/?{aim}"
        assert not Case.objects.exists()

    def test_takes_the_application_after_it(self, browser: Browser) -> None:
        portal.publish_permit(required_assurance_level=3, is_high_risk=True)
        draft = fill_in(browser)
        browser.post(f"{draft}submit/", {"promise": "1"})

        with fixed_authorities():
            browser.post("/my/level/face/begin/", {"check": "1", "to": "3", "next": f"{draft}check/"})
            back = browser.post("/my/level/face/")
        submitted = browser.post(f"{draft}submit/", {"promise": "1"})

        assert back["Location"] == f"{draft}check/"
        assert submitted["Location"] == f"{draft}receipt/"


class TestSubmittingTwice:
    def test_gives_one_case(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)

        first = browser.post(f"{draft}submit/", {"promise": "1"})
        second = browser.post(f"{draft}submit/", {"promise": "1"})

        assert first["Location"] == second["Location"] == f"{draft}receipt/"
        assert Case.objects.count() == 1

    @pytest.mark.parametrize("page", ["", "form/", "check/", "discard/"])
    def test_leads_every_page_of_the_draft_to_the_receipt(
        self, browser: Browser, permit: str, page: str
    ) -> None:
        draft = fill_in(browser)
        browser.post(f"{draft}submit/", {"promise": "1"})

        assert browser.get(f"{draft}{page}")["Location"] == f"{draft}receipt/"

    def test_changes_nothing_any_more(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)
        browser.post(f"{draft}submit/", {"promise": "1"})

        saved = browser.post(f"{draft}save/", {"a-shop_name": "另一家"})
        removed = browser.post(f"{draft}files/floor_plan/", {"file-floor_plan": plan()})

        assert (saved.status_code, removed.status_code) == (409, 409)
        assert Draft.objects.get().answers["shop_name"] == "清风理发店"


class TestFiles:
    def test_come_one_by_one_through_the_script(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        item = browser.post(
            f"{draft}files/floor_plan/", {"file-floor_plan": plan()}, HTTP_X_REQUESTED_WITH="upload"
        )

        assert item.status_code == 200
        assert text_of(item).strip().startswith("<li")
        assert "平面图.pdf" in text_of(item)

    def test_are_refused_to_the_script_in_plain_text(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")
        empty = SimpleUploadedFile("空.pdf", b"", content_type="application/pdf")

        refused = browser.post(
            f"{draft}files/floor_plan/", {"file-floor_plan": empty}, HTTP_X_REQUESTED_WITH="upload"
        )

        assert refused.status_code == 422
        assert refused["Content-Type"] == "text/plain; charset=utf-8"
        assert text_of(refused) == "文件是空的，请重新选择文件"

    def test_can_be_taken_back(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)
        remove = re.search(r'formaction="([^"]+/remove/)"', text_of(browser.get(f"{draft}materials/")))
        assert remove is not None

        removed = browser.post(remove[1])

        assert removed["Location"] == f"{draft}materials/"
        assert Draft.objects.get().materials == {}
        assert browser.post(remove[1]).status_code == 404

    def test_of_an_unknown_material_are_refused(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        refused = browser.post(
            f"{draft}files/nothing/", {"file-nothing": plan()}, HTTP_X_REQUESTED_WITH="upload"
        )

        assert refused.status_code == 404


class TestAutosave:
    def test_keeps_what_is_typed_without_judging_it(self, browser: Browser, permit: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        saved = browser.post(f"{draft}save/", {"a-shop_name": "清", "a-nonsense": "x"})

        assert (saved.status_code, saved.content) == (204, b"")
        answers = Draft.objects.get().answers
        assert answers["shop_name"] == "清"
        assert "nonsense" not in answers


class TestResuming:
    def test_finds_the_draft_however_the_code_is_typed(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)
        code = Draft.objects.get().resume_code

        found = browser.post("/apply/resume/", {"code": f" {code.lower().replace('-', ' ')} "})

        assert found["Location"] == draft

    def test_lists_what_was_begun(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)

        page = text_of(browser.get("/apply/resume/"))

        assert draft in page
        assert Draft.objects.get().resume_code in page

    def test_does_not_open_the_draft_of_another(self, browser: Browser, other: Browser, permit: str) -> None:
        begin(browser)

        page = other.post("/apply/resume/", {"code": Draft.objects.get().resume_code})

        assert page.status_code == 404
        assert errors_of(page) == {"f-code": "没有找到这个续办码对应的草稿，请核对后重试"}
        assert Draft.objects.get().resume_code in text_of(page)


class TestDiscarding:
    def test_asks_first(self, browser: Browser, permit: str) -> None:
        draft = begin(browser)

        page = browser.get(f"{draft}discard/")

        assert "删除草稿？" in text_of(page)
        assert Draft.objects.exists()

    def test_takes_the_files_along(self, browser: Browser, permit: str) -> None:
        draft = fill_in(browser)
        link = re.search(r'href="(/files/[^"]+)"', text_of(browser.get(f"{draft}materials/")))
        assert link is not None

        gone = browser.post(f"{draft}discard/")

        assert gone["Location"] == "/my/"
        assert not Draft.objects.exists()
        assert browser.get(link[1]).status_code == 404


PAGES = ["", "situation/", "form/", "materials/", "delivery/", "check/", "receipt/", "discard/"]
ACTS = ["save/", "submit/", "discard/", "files/floor_plan/", f"files/{UUID(int=1)}/remove/"]


class TestADraft:
    @pytest.mark.parametrize("page", PAGES)
    def test_is_unknown_to_others(self, browser: Browser, other: Browser, permit: str, page: str) -> None:
        draft = begin(browser, "s-place=place.barber")

        assert other.get(f"{draft}{page}").status_code == 404

    @pytest.mark.parametrize("act", ACTS)
    def test_cannot_be_touched_by_others(
        self, browser: Browser, other: Browser, permit: str, act: str
    ) -> None:
        draft = begin(browser, "s-place=place.barber")
        before = Draft.objects.values().get()

        refused = other.post(f"{draft}{act}", {"promise": "1", "file-floor_plan": plan(), "a-shop_name": "x"})

        assert refused.status_code == 404
        assert Draft.objects.values().get() == before

    def test_that_does_not_exist_is_unknown(self, browser: Browser) -> None:
        assert browser.get(f"/apply/d/{uuid4()}/form/").status_code == 404

    def test_has_no_other_steps(self, browser: Browser, permit: str) -> None:
        assert browser.get(f"{begin(browser)}payment/").status_code == 404

    def test_shows_its_files_to_nobody_else(self, browser: Browser, other: Browser, permit: str) -> None:
        draft = fill_in(browser)
        link = re.search(r'href="(/files/[^"]+)"', text_of(browser.get(f"{draft}materials/")))
        assert link is not None

        answer = browser.get(link[1])

        assert answer.status_code == 200
        assert answer.getvalue()
        assert other.get(link[1]).status_code == 404


class TestWhoIsNotLoggedIn:
    @pytest.mark.parametrize("query", ["", "?s-place=place.hotel"])
    def test_logs_in_first_and_comes_back(self, permit: str, query: str) -> None:
        asked: Any = Browser().get(f"/apply/{permit}/{query}")

        assert asked.status_code == 302
        assert asked["Location"].startswith("/my/login/?next=%2Fapply%2Ftest-permit%2F")
        assert asked["Location"].endswith("" if not query else "%3Fs-place%3Dplace.hotel")

    def test_changes_nothing(self, permit: str) -> None:
        assert Browser().post(f"/apply/{permit}/").status_code == 401
        assert not Draft.objects.exists()


class TestWhatCannotBeAppliedFor:
    def test_says_so_and_leads_to_the_guide(self, browser: Browser) -> None:
        code = portal.publish_permit(can_apply_online=False)

        response = browser.get(f"/apply/{code}/")

        page = text_of(response)
        assert response.status_code == 409
        assert "该事项暂不能在线申请，请按办事指南到窗口办理" in page
        assert "看办事指南里已公布的地点、电话和材料" in page
        assert f'href="/items/{code}/"' in page
        assert "别人刚刚改过同一件事" not in page
        assert "看看现在的状态" not in page

    def test_is_not_found_where_there_is_no_such_item(self, browser: Browser) -> None:
        assert browser.get("/apply/nothing/").status_code == 404


def test_the_person_is_the_applicant(browser: Browser, person: Actor, permit: str) -> None:
    draft = fill_in(browser)

    browser.post(f"{draft}submit/", {"promise": "1"})

    assert str(Case.objects.get().applicant_id) == person.person_id
