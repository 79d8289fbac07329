"""
One login, several names, never mixed up.
"""

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories import portal
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.portal.apply.models import Draft
from tongban.support.identity import selectors as identity
from tongban.support.identity.models import SignIn
from tongban.support.mandates import services
from tongban.support.mandates.ports import KnownEntities, ask_entities_by

pytestmark = pytest.mark.django_db


@dataclass
class Scene:
    browser: Browser
    agent: Actor
    boss: Actor
    entity_id: UUID
    mandate_id: UUID

    def switch(self, mandate_id: UUID | str = "") -> Any:
        return self.browser.post("/my/acting/set/", {"mandate": str(mandate_id)})

    def page(self, path: str) -> str:
        return portal.text_of(self.browser.get(path))


@pytest.fixture
def scene() -> Any:
    at = clock.now()
    register = KnownEntities()
    before = ask_entities_by(register)
    boss, agent = make.representative(at=at), make.representative(name="唐代办", at=at)
    entity_id = make.company(boss, register=register, at=at)
    mandate_id = make.mandate(boss, agent, entity_id=entity_id, at=at)
    browser = Browser()
    people.log_in(browser, agent, at=at)
    yield Scene(browser=browser, agent=agent, boss=boss, entity_id=entity_id, mandate_id=mandate_id)
    ask_entities_by(before)


def field_of(page: str) -> str:
    found = re.search(r'name="acting_as" value="([^"]+)"', page)
    assert found
    return found[1]


class TestSwitch:
    def test_says_on_every_page_in_whose_name_one_acts(self, scene: Scene) -> None:
        before = scene.page("/")

        scene.switch(scene.mandate_id)

        assert "本人" in before
        assert "tb-acting--other" not in before
        for path in ("/", "/my/", "/my/cases/", "/my/licences/", "/my/messages/", "/my/account/"):
            page = scene.page(path)
            assert "tb-acting--other" in page
            assert make.COMPANY in page

    def test_leads_back_to_oneself(self, scene: Scene) -> None:
        scene.switch(scene.mandate_id)

        response = scene.switch()

        assert response.status_code == 302
        assert "tb-acting--other" not in scene.page("/my/")

    def test_refuses_what_is_not_ones_own(self, scene: Scene) -> None:
        stranger = make.representative(at=clock.now())
        other = make.mandate(make.representative(name="刘长寿", at=clock.now()), stranger, at=clock.now())

        assert scene.switch(other).status_code == 404
        assert scene.switch("nonsense").status_code == 404
        assert SignIn.objects.get().mandate_id is None

    def test_lists_the_names_one_can_act_in(self, scene: Scene) -> None:
        page = scene.page("/my/acting/")

        assert make.COMPANY in page
        assert str(scene.mandate_id) in page

    def test_is_nothing_for_who_is_not_logged_in(self) -> None:
        response = Browser().post("/my/acting/set/", {"mandate": ""})

        assert response.status_code == 401


class TestMandateEnded:
    def test_carries_nothing_out_and_says_so(self, scene: Scene) -> None:
        portal.publish_permit()
        scene.switch(scene.mandate_id)
        opened = scene.page(f"/apply/{portal.CODE}/")
        services.end_mandate(mandate_id=scene.mandate_id, actor=scene.boss, at=clock.now())

        response = scene.browser.post(f"/apply/{portal.CODE}/", {"acting_as": field_of(opened)})

        assert response.status_code == 409
        assert "您所持的授权已经结束" in portal.text_of(response)
        assert "以本人身份继续" in portal.text_of(response)
        assert not Draft.objects.exists()

    def test_stays_so_until_the_person_confirms(self, scene: Scene) -> None:
        scene.switch(scene.mandate_id)
        services.end_mandate(mandate_id=scene.mandate_id, actor=scene.boss, at=clock.now())

        refused = [scene.browser.get(path).status_code for path in ("/my/", "/my/cases/", "/", "/my/")]
        confirmed = scene.switch()

        assert refused == [409, 409, 409, 409]
        assert confirmed.status_code == 302
        assert scene.browser.get("/my/").status_code == 200

    def test_lets_one_log_out(self, scene: Scene) -> None:
        scene.switch(scene.mandate_id)
        services.end_mandate(mandate_id=scene.mandate_id, actor=scene.boss, at=clock.now())

        response = scene.browser.post("/my/logout/")

        assert response.status_code == 302
        assert SignIn.objects.get().ended_at is not None


class TestForms:
    def test_carry_for_whom_they_were_opened(self, scene: Scene) -> None:
        portal.publish_permit()

        as_oneself = scene.page(f"/apply/{portal.CODE}/")
        scene.switch(scene.mandate_id)
        as_entity = scene.page(f"/apply/{portal.CODE}/")

        assert field_of(as_oneself) == scene.agent.person_id
        assert field_of(as_entity) == str(scene.entity_id)

    def test_are_refused_in_another_name_with_what_was_typed_kept(self, scene: Scene) -> None:
        portal.publish_permit()
        draft = portal.begin(scene.browser)
        scene.switch(scene.mandate_id)
        typed = {**portal.ANSWERS, "acting_as": str(scene.agent.person_id)}

        response = scene.browser.post(f"{draft}form/", typed)

        assert response.status_code == 409
        page = portal.text_of(response)
        assert 'name="a-shop_name" value="清风理发店"' in page
        assert 'name="acting_switch" value="self"' in page
        assert Draft.objects.get().answers.get("shop_name") is None

    def test_go_on_in_the_name_they_were_opened_for_when_asked_to(self, scene: Scene) -> None:
        portal.publish_permit()
        draft = portal.begin(scene.browser)
        scene.switch(scene.mandate_id)
        typed = {**portal.ANSWERS, "acting_as": str(scene.agent.person_id), "acting_switch": "self"}

        response = scene.browser.post(f"{draft}form/", typed)

        assert response.status_code == 302, portal.text_of(response)
        assert Draft.objects.get().answers["shop_name"] == "清风理发店"
        assert SignIn.objects.get().mandate_id is None

    def test_cannot_switch_to_a_name_that_is_not_the_pages(self, scene: Scene) -> None:
        portal.publish_permit()
        draft = portal.begin(scene.browser)
        typed = {**portal.ANSWERS, "acting_as": str(UUID(int=7)), "acting_switch": str(scene.mandate_id)}

        response = scene.browser.post(f"{draft}form/", typed)

        assert response.status_code == 409
        assert Draft.objects.get().answers.get("shop_name") is None

    def test_without_the_field_are_refused_while_one_acts_for_another(self, scene: Scene) -> None:
        portal.publish_permit()
        scene.switch(scene.mandate_id)

        response = scene.browser.post(f"/apply/{portal.CODE}/", {})

        assert response.status_code == 409
        assert not Draft.objects.exists()

    def test_never_send_secrets_back(self, scene: Scene) -> None:
        scene.switch(scene.mandate_id)

        response = scene.browser.post(
            "/my/account/password/",
            {
                "password": people.PASSWORD,
                "new_password": "Other-2026-x",
                "acting_as": str(scene.agent.person_id),
            },
        )

        assert response.status_code == 409
        assert people.PASSWORD not in portal.text_of(response)
        assert "Other-2026-x" not in portal.text_of(response)

    def test_that_scripts_send_are_refused_in_words_for_scripts(self, scene: Scene) -> None:
        portal.publish_permit()
        draft = portal.begin(scene.browser)
        scene.switch(scene.mandate_id)

        response = scene.browser.post(
            f"{draft}form/",
            {**portal.ANSWERS, "acting_as": str(scene.agent.person_id)},
            headers={"X-Requested-With": "autosave"},
        )

        assert response.status_code == 409
        assert response.json()["code"] == "principal_changed"


class TestSession:
    def test_is_looked_up_with_every_request(self, scene: Scene) -> None:
        scene.switch(scene.mandate_id)
        sign_in = SignIn.objects.get()

        acting = identity.actor_for_session(
            sign_in_id=sign_in.id, channel=scene.agent.channel, at=clock.now()
        )

        assert acting.acting_for is not None
        assert acting.acting_for.id == str(scene.entity_id)
        assert acting.person_id == scene.agent.person_id
