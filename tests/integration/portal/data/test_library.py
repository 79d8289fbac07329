"""
The case library in the data room: found, looked at, exported, given back; nothing outside of one's area.
"""

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from tests.factories import identity
from tests.factories import library as make
from tests.factories.exchange import CITY, two_ends
from tongban.foundation import clock
from tongban.resources.caselibrary import services
from tongban.resources.caselibrary.models import LibraryExport, LibraryRecord, PushBack
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

REVIEWER = (Role.DATA_REVIEWER,)
EXPORT = "/desk/data/library/export/"


def browser_of(*roles: Role, division: str = CITY) -> Browser:
    """
    Return a browser in which somebody with these roles is logged in.
    """
    browser = Browser()
    at = clock.now()
    identity.log_in(browser, identity.staff(roles=roles, at=at, division_code=division), at=at)
    return browser


def text(response: Any) -> str:
    """
    Return a page that was shown.
    """
    assert response.status_code == 200, response.content.decode()[-2000:]
    found: str = response.content.decode()
    return found


class TestTheList:
    def test_shows_cases_of_the_area_masked(self) -> None:
        make.take(*make.whole("CASE-K1"), make.case("CASE-K2", division_code="511603000000"))

        page = text(browser_of(*REVIEWER).get("/desk/data/library/"))
        county = text(browser_of(Role.SUPERVISOR, division="511602000000").get("/desk/data/library/"))

        assert "CASE-K1" in page
        assert "CASE-K2" in page
        assert "CASE-K2" not in county
        assert "王小明" not in page
        assert "办件质量" in page
        assert "办件质量" not in county

    def test_goes_out_as_it_is_shown(self) -> None:
        make.take(make.case())

        response = browser_of(*REVIEWER).get("/desk/data/library/cases.csv")

        content = response.getvalue().decode()
        assert '"K1"' in content
        assert "王*明" in content

    def test_is_refused_before_the_table_begins(self) -> None:
        make.take(make.case())

        response = browser_of(Role.SECURITY_ADMINISTRATOR).get("/desk/data/library/cases.csv")

        assert response.status_code == 403

    def test_says_what_makes_no_sense(self) -> None:
        page = text(browser_of(*REVIEWER).get("/desk/data/library/?since=yesterday"))

        assert "日期应写作" in page


class TestOnePerson:
    def test_is_found_by_number_with_a_purpose(self) -> None:
        make.take(make.case())
        browser = browser_of(*REVIEWER)
        number = {"id_number": make.PERSON.id_number}

        refused = browser.post("/desk/data/library/person/", number)
        found = browser.post("/desk/data/library/person/", {**number, "purpose": "SUPERVISION"})

        assert refused.status_code == 422
        assert "请说明查看原因" in refused.content.decode()
        assert "K1" in text(found)


class TestOneCase:
    def test_is_shown_with_everything(self) -> None:
        make.take(*make.whole())
        address = reverse("data:library-case", args=[LibraryRecord.objects.get().pk])

        page = text(browser_of(*REVIEWER).get(address))
        elsewhere = browser_of(*REVIEWER, division="511603000000").get(address)

        for piece in ("审查", "专家评审", "平面图", "准予许可", "1.2.156.3005.2.demo", "非常满意"):
            assert piece in page
        assert make.PERSON.id_number not in page
        assert elsewhere.status_code == 404


class TestQualityAndSources:
    def test_are_shown_and_handed_out(self) -> None:
        make.take(make.case("K1", state="99"), make.case("K2"))
        browser = browser_of(*REVIEWER)

        quality = text(browser.get("/desk/data/library/quality/"))
        sources = text(browser.get("/desk/data/library/sources/"))
        rows = browser.get("/desk/data/library/faults.csv").getvalue().decode()

        assert "state_unknown" in quality
        assert "办件基本信息" in sources
        assert '"K1"' in rows
        assert browser_of(Role.DATA_STEWARD).get("/desk/data/library/quality/").status_code == 403


class TestPushingBack:
    def test_begins_and_ends(self) -> None:
        browser = browser_of(*REVIEWER)
        with two_ends():
            wrong = browser.post("/desk/data/library/push-back/", {"division": "511602000000", "node": CITY})
            begun = browser.post(
                "/desk/data/library/push-back/", {"division": "511602000000", "node": "511602000000"}
            )
        address = reverse("data:library-pushback-end", args=[PushBack.objects.get().pk])
        elsewhere = browser_of(*REVIEWER, division="511603000000").post(address)
        ended = browser.post(address)

        assert (wrong.status_code, begun.status_code) == (422, 302)
        assert (elsewhere.status_code, ended.status_code) == (403, 302)
        assert not PushBack.objects.filter(ended_at=None).exists()


class TestExporting:
    def test_makes_the_national_tables_in_the_background(self, tmp_path: Path, settings: Any) -> None:
        settings.TONGBAN_HOME = tmp_path
        make.take(*make.whole())
        browser = browser_of(*REVIEWER)
        typed = {
            "standard": "C0110",
            "form": "csv",
            "since": "2026-11-01",
            "until": "2026-11-30",
            "division": CITY,
        }

        refused = browser.post(EXPORT, {**typed, "until": "soon"})
        no_purpose = browser.post(EXPORT, typed)
        asked = browser.post(EXPORT, {**typed, "purpose": "SUPERVISION"})
        twice = browser.post(EXPORT, {**typed, "purpose": "SUPERVISION"})

        assert (refused.status_code, no_purpose.status_code, asked.status_code) == (422, 422, 302)
        assert twice.status_code == 409
        assert "您有一个导出正在进行" in twice.content.decode()
        assert "2026-11-30" in twice.content.decode()
        export = LibraryExport.objects.get()
        assert 'hx-trigger="load delay:2s"' in text(browser.get(EXPORT))

        services.make_export(export_id=export.pk, at=clock.now())

        page = text(browser.get(EXPORT))
        made = browser.get(reverse("data:library-export-file", args=[export.pk]))
        archive = zipfile.ZipFile(io.BytesIO(made.getvalue()))
        assert "可以下载" in page
        assert "hx-trigger" not in page.split('id="exports"')[1]
        assert "K1" in archive.read("up_pro_accept.csv").decode()

    def test_is_of_the_own_area_and_ones_own(self) -> None:
        typed = {"standard": "C0110", "form": "csv", "since": "2026-11-01", "until": "2026-11-30"}
        typed |= {"division": CITY, "purpose": "SUPERVISION"}
        browser = browser_of(*REVIEWER)
        browser.post(EXPORT, typed)
        own = [LibraryExport.objects.get().pk]

        county = browser_of(*REVIEWER, division="511602000000")
        other = browser_of(*REVIEWER)

        assert county.post(EXPORT, typed).status_code == 403
        assert other.get(reverse("data:library-export-file", args=own)).status_code == 404
        assert other.post(reverse("data:library-export-stop", args=own)).status_code == 404
        assert browser.get(reverse("data:library-export-file", args=own)).status_code == 302
        assert browser.post(reverse("data:library-export-stop", args=own)).status_code == 302
        assert "已停止" in text(browser.get(EXPORT))
