from typing import Any
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import identity as people
from tests.factories import mandates as make
from tests.factories.portal import errors_of, text_of
from tongban.foundation import clock
from tongban.foundation.actors import Actor
from tongban.support.identity import services as identity
from tongban.support.identity.models import SignIn
from tongban.support.identity.values import AssuranceLevel
from tongban.support.mandates.models import LegalEntity, Mandate
from tongban.support.mandates.ports import KnownEntities, ask_entities_by

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def register() -> Any:
    known = KnownEntities()
    before = ask_entities_by(known)
    yield known
    ask_entities_by(before)


def logged_in(actor: Actor) -> Browser:
    """
    Return the browser of somebody who was checked anew a moment ago.
    """
    browser = Browser()
    people.log_in(browser, actor, at=clock.now())
    SignIn.objects.filter(account_id=actor.id).update(checked_level=4, checked_at=clock.now())
    return browser


def person(name: str = "刘长寿") -> Actor:
    return make.representative(name=name, at=clock.now())


def offer_form(grantee: Actor, **changes: object) -> dict[str, object]:
    known = identity.reveal_own(actor=grantee, at=clock.now())
    today = clock.civil_date(clock.now())
    return {
        "name": known.name,
        "number": known.id_number,
        "functions": ["APPLY", "QUERY"],
        "extent": "all",
        "from": today.isoformat(),
        "to": today.isoformat(),
        **changes,
    }


class TestEntityPages:
    def test_register_an_entity_and_show_it(self, register: KnownEntities) -> None:
        boss = person("孙创业")
        code = make.credit_code()
        make.register_knows(register, boss, code=code)
        browser = logged_in(boss)

        response = browser.post("/my/entities/register/", {"credit_code": code, "name": make.COMPANY})

        entity = LegalEntity.objects.get()
        assert response["Location"] == f"/my/entities/{entity.id}/"
        page = text_of(browser.get(response["Location"]))
        assert code in page
        assert "授权经办人" in page
        assert make.COMPANY in text_of(browser.get("/my/entities/"))

    def test_keep_what_was_typed_when_the_register_does_not_agree(self) -> None:
        browser = logged_in(person("孙创业"))

        response = browser.post(
            "/my/entities/register/", {"credit_code": make.credit_code(), "name": make.COMPANY}
        )

        assert response.status_code == 409
        assert f'value="{make.COMPANY}"' in text_of(response)
        assert "法人库中没有" in text_of(response)

    def test_name_what_is_wrong(self) -> None:
        response = logged_in(person()).post("/my/entities/register/", {"credit_code": "91", "name": ""})

        assert response.status_code == 422
        assert set(errors_of(response)) == {"f-credit_code", "f-name"}

    def test_say_beforehand_that_a_level_does_not_suffice(self) -> None:
        weak = people.citizen(level=AssuranceLevel.MOBILE, at=clock.now())

        page = text_of(logged_in(weak).get("/my/entities/register/"))

        assert "实名等级不够" in page

    def test_are_empty_at_first(self) -> None:
        browser = logged_in(person())

        assert "还没有登记单位" in text_of(browser.get("/my/entities/"))
        assert "还没有授权" in text_of(browser.get("/my/mandates/"))
        assert "还没有可以代办的身份" in text_of(browser.get("/my/acting/"))

    def test_do_not_show_an_entity_to_strangers(self, register: KnownEntities) -> None:
        entity_id = make.company(person("孙创业"), register=register, at=clock.now())

        response = logged_in(person()).get(f"/my/entities/{entity_id}/")

        assert response.status_code == 404


class TestMandatePages:
    def test_offer_accept_show_print_and_end(self) -> None:
        elder, relative = person(), person("唐代办")
        hers, his = logged_in(elder), logged_in(relative)

        offered = hers.post("/my/mandates/new/", offer_form(relative))
        mandate = Mandate.objects.get()
        waiting = text_of(his.get("/my/mandates/"))
        his.post(f"/my/mandates/{mandate.id}/answer/", {"answer": "accept"})
        shown = text_of(his.get(f"/my/mandates/{mandate.id}/"))
        printed = text_of(hers.get(f"/my/mandates/{mandate.id}/print/"))
        hers.post(f"/my/mandates/{mandate.id}/end/")
        ended = text_of(his.get(f"/my/mandates/{mandate.id}/"))

        assert offered["Location"] == f"/my/mandates/{mandate.id}/"
        assert "等您接受" in waiting
        assert "生效中" in shown
        assert "授权书" in printed
        assert "已终止" in ended

    def test_say_that_payments_and_seals_permit_nothing_yet(self) -> None:
        elder, relative = person(), person("唐代办")
        hers = logged_in(elder)

        form = text_of(hers.get("/my/mandates/new/"))
        hers.post("/my/mandates/new/", offer_form(relative))
        without = text_of(hers.get(f"/my/mandates/{Mandate.objects.get().id}/"))
        hers.post("/my/mandates/new/", offer_form(relative, functions=["QUERY", "PAY", "SEAL"]))
        granted = Mandate.objects.get(functions__contains=["PAY"])
        shown = text_of(hers.get(f"/my/mandates/{granted.id}/"))

        assert "开通网上支付、电子印章后才生效" in form
        assert "开通网上支付、电子印章后才生效" in shown
        assert "开通网上支付、电子印章后才生效" not in without

    def test_grant_a_class_of_items_by_the_beginning_of_their_codes(self) -> None:
        elder, relative = person(), person("唐代办")
        hers = logged_in(elder)

        hers.post(
            "/my/mandates/new/", offer_form(relative, extent="some", more="511602-demo-\r\n512B0003600037")
        )
        mandate = Mandate.objects.get()
        shown = text_of(hers.get(f"/my/mandates/{mandate.id}/"))

        assert mandate.items == ["511602-demo-", "512B0003600037"]
        assert "编码以 512B0003600037 开头的事项" in shown

    def test_grant_a_long_list_of_codes_to_the_last_letter(self) -> None:
        elder, relative = person(), person("唐代办")
        codes = [f"511602-demo-long-code-of-an-item-{turn:04}" for turn in range(180)]

        logged_in(elder).post(
            "/my/mandates/new/", offer_form(relative, extent="some", more="\r\n".join(codes))
        )

        assert Mandate.objects.get().items == codes

    def test_decline(self) -> None:
        elder, relative = person(), person("唐代办")
        logged_in(elder).post("/my/mandates/new/", offer_form(relative))
        mandate = Mandate.objects.get()

        logged_in(relative).post(f"/my/mandates/{mandate.id}/answer/", {"answer": "decline"})

        mandate.refresh_from_db()
        assert mandate.declined_at is not None

    def test_grant_in_an_entitys_name(self, register: KnownEntities) -> None:
        boss, agent = person("孙创业"), person("唐代办")
        entity_id = make.company(boss, register=register, at=clock.now())
        browser = logged_in(boss)

        form = text_of(browser.get(f"/my/mandates/new/?entity={entity_id}"))
        browser.post("/my/mandates/new/", offer_form(agent, entity=str(entity_id)))

        assert make.COMPANY in form
        assert Mandate.objects.get(kind="AGENT").grantor_entity_id == entity_id

    def test_name_what_is_wrong_and_keep_the_rest(self) -> None:
        elder, relative = person(), person("唐代办")
        wrong = offer_form(relative, number="123", functions=[], to="2020-01-01")

        response = logged_in(elder).post("/my/mandates/new/", wrong)

        assert response.status_code == 422
        page = text_of(response)
        assert 'value="唐代办"' in page
        assert "请至少选择一项授权事项" in page
        assert not Mandate.objects.exists()

    def test_ask_who_it_is_before_anything_is_typed(self) -> None:
        browser = Browser()
        people.log_in(browser, person(), at=clock.now())

        response = browser.get("/my/mandates/new/")

        assert response.status_code == 302
        assert response["Location"].startswith("/my/level/check/")

    def test_are_the_persons_own_and_not_the_principals(self, register: KnownEntities) -> None:
        boss, agent = person("孙创业"), person("唐代办")
        entity_id = make.company(boss, register=register, at=clock.now())
        mandate_id = make.mandate(boss, agent, entity_id=entity_id, at=clock.now())
        browser = logged_in(agent)
        browser.post("/my/acting/set/", {"mandate": str(mandate_id)})

        for path in ("/my/mandates/", "/my/mandates/new/", "/my/entities/register/"):
            assert "这一页只能以本人身份使用" in text_of(browser.get(path))

    @pytest.mark.parametrize("path", ["", "print/"])
    def test_hide_what_is_somebody_elses(self, path: str) -> None:
        mandate_id = make.mandate(person(), person("唐代办"), at=clock.now())

        browser = logged_in(person("周体验"))

        assert browser.get(f"/my/mandates/{mandate_id}/{path}").status_code == 404
        assert browser.get(f"/my/mandates/{UUID(int=3)}/{path}").status_code == 404

    def test_speak_english(self) -> None:
        browser = logged_in(person())
        browser.cookies["tongban_language"] = "en"

        for path in ("/my/mandates/", "/my/entities/", "/my/acting/", "/my/entities/register/"):
            assert browser.get(path).status_code == 200
