"""
其他系统的办件 on one's own pages: by the number of one's own document, in nobody else's name.
"""

import dataclasses
from uuid import UUID

import pytest
from django.test import Client as Browser

from tests.factories import library as make
from tests.factories.exchange import PROVINCE
from tests.factories.portal import text_of
from tongban.foundation.actors import Actor
from tongban.resources.caselibrary.values import ApplicantContent
from tongban.resources.exchange import ports as exchange
from tongban.support.identity.selectors.holders import number_of

pytestmark = pytest.mark.django_db

PAGE = "/my/cases/systems/"


def of(person: Actor) -> ApplicantContent:
    number = number_of(person_id=UUID(str(person.person_id)))
    return ApplicantContent(name="张小三", kind="1", id_type="111", id_number=number)


class TestOtherSystems:
    def test_show_ones_own_cases_and_nobody_elses(
        self, person: Actor, browser: Browser, other: Browser
    ) -> None:
        make.take(
            make.case("MINE", applicant=of(person), item_name="食品经营许可"),
            make.case("HERE", applicant=of(person), system="tongban"),
            make.case("ANOTHERS"),
        )

        listed, own, others = (
            text_of(browser.get("/my/cases/")),
            text_of(browser.get(PAGE)),
            text_of(other.get(PAGE)),
        )

        assert f'href="{PAGE}"' in listed
        assert "食品经营许可" in own
        assert "MINE" in own
        assert "HERE" not in own
        assert "ANOTHERS" not in own
        assert "MINE" not in others
        assert "没有其他系统的办件" in others

    def test_are_those_of_the_platform_itself_only_where_another_node_has_them(
        self, person: Actor, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make.take(make.case("HERE", applicant=of(person), system="tongban"))
        neighbours = exchange.neighbours()
        monkeypatch.setattr(
            exchange, "neighbours", lambda: dataclasses.replace(neighbours, own_code=PROVINCE)
        )

        assert "HERE" in text_of(browser.get(PAGE))

    def test_ask_who_one_is(self, client: Browser) -> None:
        assert client.get(PAGE).status_code == 302
