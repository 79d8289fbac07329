"""
One's licences through the pages.
"""

from typing import Any

import pytest
from django.test import Client as Browser

from tests.factories import casework as make
from tests.factories import portal
from tests.factories.portal import text_of
from tongban.business.licences.models import Licence
from tongban.foundation import clock
from tongban.resources.registers import services as registers
from tongban.resources.registers.values import AgencyRow

pytestmark = pytest.mark.django_db


@pytest.fixture
def licence(browser: Browser, permit: str) -> Licence:
    """
    A licence of the citizen's.
    """
    portal.grant(portal.apply(browser))
    return Licence.objects.get()


class TestTheWallet:
    def test_is_empty_at_first(self, browser: Browser) -> None:
        assert "还没有电子证照" in text_of(browser.get("/my/licences/"))

    def test_shows_licences(self, browser: Browser, licence: Licence) -> None:
        page = text_of(browser.get("/my/licences/"))

        assert f"/my/licences/{licence.identifier}/" in page
        assert "公共场所卫生许可证" in page

    def test_is_in_english_where_type_and_issuer_are(self, browser: Browser, licence: Licence) -> None:
        Licence.objects.update(type_name_en="Hygiene licence")
        agency = AgencyRow(
            code=licence.issuer_code,
            name=licence.issuer_name,
            name_en="Health Commission of Guang'an District",
            division_code=make.DIVISION,
        )
        registers.load_agencies(rows=[agency], actor=make.LOADER, at=clock.now())
        browser.cookies["tongban_language"] = "en"

        pages = [
            text_of(browser.get(address))
            for address in (
                "/my/",
                "/my/licences/",
                f"/my/licences/{licence.identifier}/",
                f"/verify/{licence.token}",
            )
        ]

        for page in pages:
            assert "Hygiene licence" in page
            assert "Health Commission of Guang&#39;an District" in page
            assert licence.issuer_name not in page

    def test_keeps_the_issuers_chinese_name_where_it_has_no_other(
        self, browser: Browser, licence: Licence
    ) -> None:
        browser.cookies["tongban_language"] = "en"

        assert f'<span lang="zh-CN">{licence.issuer_name}</span>' in text_of(browser.get("/my/licences/"))

    def test_of_others_is_theirs(self, other: Browser, licence: Licence) -> None:
        assert licence.identifier not in text_of(other.get("/my/licences/"))


class TestALicence:
    def test_shows_its_face_and_a_code_to_verify_it(self, browser: Browser, licence: Licence) -> None:
        page = text_of(browser.get(f"/my/licences/{licence.identifier}/"))

        assert "清风理发店" in page
        assert "data:image/svg+xml;base64," in page
        assert "不具法律效力" in page

    def test_is_unknown_to_others(self, other: Browser, licence: Licence) -> None:
        assert other.get(f"/my/licences/{licence.identifier}/").status_code == 404

    def test_that_does_not_exist_is_unknown(self, browser: Browser) -> None:
        assert browser.get("/my/licences/none/").status_code == 404

    @pytest.mark.parametrize("path", ["/my/licences/", "/my/licences/x/"])
    def test_is_shown_after_logging_in(self, db: None, path: str) -> None:
        asked: Any = Browser().get(path)

        assert asked.status_code == 302
        assert asked["Location"].startswith("/my/login/?next=")
