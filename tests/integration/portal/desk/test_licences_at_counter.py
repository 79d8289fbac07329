"""
免提交 at a counter: a clerk finds what the applicant holds once he has signed for it, and takes no paper.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from tests.factories import casework as make
from tests.factories import identity as people
from tests.factories.identity import NODE
from tests.integration.portal.apply.test_licences_instead_of_materials import TYPE, issued
from tongban.business.casework.models import Case
from tongban.business.catalogue.values import FormField, Material, Prefill
from tongban.business.licences.models import CounterConsent, Licence, LicenceShare, LicenceUse
from tongban.business.licences.services import load_licence_types
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.foundation.looks import LookAct, LookFilter, looks_at
from tongban.support.identity import services as identity
from tongban.support.identity.values import Post
from tongban.support.messaging.selectors import inbox

pytestmark = pytest.mark.django_db

CODE = "test-hygiene"
HERE = f"/desk/accept/{CODE}/"
PERMIT = Material(code="floor_plan", name="卫生许可证", licence_type=TYPE)
SIGNED = {"way_agreed": "PAPER", "is_signed": "1"}


def clerk() -> Actor:
    return people.staff(Post.COUNTER, agency_code=make.AGENCY, division_code=make.DIVISION)


def browser_of(actor: Actor) -> Client:
    browser = Client()
    people.log_in(browser, actor, at=clock.now())
    return browser


@pytest.fixture
def licence(person: Actor) -> Licence:
    load_licence_types(rows=[make.LICENCE_TYPE], actor=NODE, at=clock.now())
    return issued(person, identity.reveal_own(actor=person, at=clock.now()).id_number)


@pytest.fixture
def card(person: Actor) -> dict[str, str]:
    """
    What stands on the applicant's card, and how the result is wanted.
    """
    number = identity.reveal_own(actor=person, at=clock.now()).id_number
    return {"id_number": number, "name": "张小三", "mobile": "13900000077", "way": "counter"}


@pytest.fixture
def counter(licence: Licence) -> Client:
    make.publish(
        CODE,
        at=clock.now() - timedelta(days=1),
        materials=(PERMIT,),
        form=(FormField(key="shop_name", label="场所名称", licence_type=TYPE, licence_key="shop_name"),),
    )
    return browser_of(clerk())


def begun(browser: Client) -> str:
    found = re.search(r'name="key" value="([^"]+)"', browser.get(HERE).content.decode())
    assert found is not None
    return found[1]


def texts(response: Any) -> str:
    text: str = response.content.decode()
    return text


class TestFinding:
    def test_asks_for_a_signature_before_anybodys_licences_are_looked_for(
        self, counter: Client, card: dict[str, str], licence: Licence
    ) -> None:
        page = counter.post(HERE, {**card, "key": begun(counter), "find": "1", "way_agreed": "PAPER"})

        assert page.status_code == 422
        assert licence.number not in texts(page)
        assert CounterConsent.objects.count() == LicenceUse.objects.count() == 0

    def test_shows_what_there_is_fills_the_form_in_and_tells_the_holder(
        self, counter: Client, card: dict[str, str], licence: Licence, person: Actor
    ) -> None:
        sent = {**card, **SIGNED, "key": begun(counter), "find": "1"}

        pages = [texts(counter.post(HERE, sent)) for _twice in range(2)]

        assert all(licence.number in page and "老字号理发店" in page for page in pages)
        assert f'value="{licence.identifier}" checked' in re.sub(r"\s+", " ", pages[0])
        consent = CounterConsent.objects.get()
        assert (consent.way, consent.person_id) == ("PAPER", person.person_id)
        assert [(use.kind, bool(use.purpose)) for use in LicenceUse.objects.all()] == [("FOUND", True)]
        (look,) = looks_at(principal_id=str(person.person_id), wanted=LookFilter(act=LookAct.REVEALED)).items
        assert (look.thing.key, look.count) == (licence.number, 1)
        assert [told.title for told in inbox(actor=person).items] == ["窗口查找了您的证照"]

    def test_finds_nothing_under_another_name(
        self, counter: Client, card: dict[str, str], licence: Licence
    ) -> None:
        page = counter.post(HERE, {**card, **SIGNED, "name": "李四", "key": begun(counter), "find": "1"})

        assert licence.number not in texts(page)
        assert LicenceUse.objects.count() == 0

    def test_asks_first_for_the_unit_that_applies(self, counter: Client, card: dict[str, str]) -> None:
        unit = FormField(key="unit", label="统一社会信用代码", prefill=Prefill.LEGAL_SOCIAL_CREDIT_CODE)
        make.publish(CODE, at=clock.now(), materials=(PERMIT,), form=(unit,))

        page = counter.post(HERE, {**card, **SIGNED, "key": begun(counter), "find": "1"})

        assert (page.status_code, "证照按申请单位查找" in texts(page)) == (422, True)
        assert CounterConsent.objects.count() == 0

    def test_is_not_seen_by_another_clerk(
        self, counter: Client, card: dict[str, str], licence: Licence
    ) -> None:
        key = begun(counter)
        counter.post(HERE, {**card, **SIGNED, "key": key, "find": "1"})

        page = browser_of(clerk()).post(HERE, {**card, "key": key, "refresh": "1"})

        assert licence.number not in texts(page)

    def test_offers_the_consent_to_be_printed(self, counter: Client) -> None:
        assert "查找和使用电子证照同意书" in texts(counter.get(f"{HERE}consent/"))


class TestSubmitting:
    def test_takes_the_licence_in_place_of_paper_and_shares_it_once(
        self, counter: Client, card: dict[str, str], licence: Licence, person: Actor
    ) -> None:
        key = begun(counter)
        counter.post(HERE, {**card, **SIGNED, "key": key, "find": "1"})
        sent = {
            **card,
            "key": key,
            "a-shop_name": "老字号理发店",
            "licence-floor_plan": licence.identifier,
            "submit": "1",
            "again": "1",
        }

        answers = [counter.post(HERE, sent).status_code for _twice in range(2)]

        assert answers == [302, 302]
        (material,) = Case.objects.get().state["materials"]
        assert (material["get_type"], material["licence"]) == ("3", licence.identifier)
        share = LicenceShare.objects.get()
        assert (share.state, share.authority, share.material_code) == ("GIVEN", "CONSENT", "floor_plan")
        assert CounterConsent.objects.get().case_number == share.case_number
        handed = looks_at(
            principal_id=str(person.person_id), wanted=LookFilter(act=LookAct.HANDED_OVER)
        ).items
        assert [look.thing.key for look in handed] == [licence.number]

    def test_refuses_a_licence_nobody_has_agreed_to(
        self, counter: Client, card: dict[str, str], licence: Licence
    ) -> None:
        sent = {**card, "a-shop_name": "店", "licence-floor_plan": licence.identifier, "submit": "1"}

        page = counter.post(HERE, {**sent, "key": begun(counter)})

        assert page.status_code == 409
        assert "这份证照不能代替这项材料" in texts(page)
        assert Case.objects.count() == LicenceShare.objects.count() == 0
