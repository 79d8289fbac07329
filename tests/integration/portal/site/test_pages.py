"""
Pages of the site: what they say, what they cost, what they refuse.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.test import Client

from tests.journeys import samples

QueryCount = Callable[[int], AbstractContextManager[Any]]

#: Address and number of statements, each the same however much the catalogue holds.
COSTS = {
    "/": 3,
    "/browse/": 2,
    "/browse/person/": 2,
    "/browse/legal/": 2,
    "/browse/person/040/": 2,
    "/agencies/": 2,
    f"/agencies/{samples.HEALTH_AGENCY}/": 2,
    "/events/": 1,
    "/events/open_hotel/": 2,
    "/regions/": 2,
    f"/items/{samples.FULL}/": 2,
    f"/items/{samples.FULL}/print": 2,
    "/search": 0,
    "/help": 0,
    "/accessibility": 0,
    "/sitemap": 1,
    "/open-data/": 1,
}


def text_of(response: Any) -> str:
    body: str = response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


class TestEveryPage:
    @pytest.mark.parametrize("path", COSTS)
    def test_answers_with_a_constant_number_of_statements(
        self, reader: Client, path: str, django_assert_num_queries: QueryCount
    ) -> None:
        reader.get(path)

        with django_assert_num_queries(COSTS[path]):
            response = reader.get(path)

        assert response.status_code == 200

    @pytest.mark.parametrize("path", COSTS)
    def test_holds_no_inline_script_or_style(self, reader: Client, path: str) -> None:
        body = reader.get(path).content.decode()

        assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", body) == []
        assert re.findall(r"<script(?![^>]*\ssrc=)", body) == []

    @pytest.mark.parametrize("path", COSTS)
    def test_says_who_runs_the_site(self, reader: Client, path: str) -> None:
        body = reader.get(path).content.decode()

        for name in ("SiteName", "SiteDomain", "SiteIDCode", "ColumnName", "ColumnType"):
            assert body.count(f'<meta name="{name}"') == 1
        assert body.count("演示环境 · 非政府网站 · 数据仅供测试") == 1


class TestHome:
    def test_counts_what_is_published(self, reader: Client) -> None:
        text = text_of(reader.get("/"))

        assert "公开事项 3 项" in text
        assert "可在本站申请 1 项" in text
        assert "提供服务的部门 2 个" in text

    def test_offers_only_themes_that_hold_something(self, reader: Client) -> None:
        response = reader.get("/")

        themes = re.findall(r"/browse/person/(\d{3})/", response.content.decode())
        assert themes == ["040", "060"]


class TestBrowsing:
    def test_lists_the_items_of_an_agency(self, reader: Client) -> None:
        body = reader.get(f"/agencies/{samples.CIVIL_AGENCY}/").content.decode()

        assert set(re.findall(r'href="/items/([^/]+)/"', body)) == {samples.LISTED, samples.ON_THE_SPOT}

    def test_narrows_to_what_can_be_applied_for_here(self, reader: Client) -> None:
        body = reader.get("/browse/person/?online=1").content.decode()

        assert re.findall(r'href="/items/([^/]+)/"', body) == [samples.FULL]

    @pytest.mark.parametrize(
        "path",
        [
            "/agencies/none/",
            "/events/none/",
            "/browse/person/777/",
            "/browse/nobody/",
            "/items/none/",
            "/items/none/print",
            "/agencies/?region=999999999999",
        ],
    )
    def test_does_not_know_what_is_not_there(self, reader: Client, path: str) -> None:
        response = reader.get(path)

        assert response.status_code == 404
        assert "接下来怎么办" in text_of(response)

    def test_refuses_a_cursor_that_was_changed(self, reader: Client) -> None:
        response = reader.get("/browse/person/?after=AAAA")

        assert response.status_code == 422

    def test_refuses_to_be_posted_to(self, reader: Client) -> None:
        assert reader.post("/browse/").status_code == 405


class TestGuide:
    def test_lists_the_materials_of_the_chosen_situation(self, reader: Client) -> None:
        lodging = text_of(reader.get(f"/items/{samples.FULL}/?s-place=place.lodging"))
        bath = text_of(reader.get(f"/items/{samples.FULL}/?s-place=place.bath"))

        assert "布草洗涤合同" in lodging
        assert "按“住宿场所”列出， 您只需准备 3 份" in lodging.replace("， 您", "， 您").replace(
            "，您", "， 您"
        )
        assert "布草洗涤合同" not in bath

    def test_answers_htmx_with_the_list_alone(self, reader: Client) -> None:
        response = reader.get(f"/items/{samples.FULL}/?s-place=place.bath", headers={"HX-Request": "true"})

        assert response.content.decode().lstrip().startswith('<div id="materials"')
        assert "HX-Request" in response["Vary"]

    def test_ignores_answers_that_do_not_exist(self, reader: Client) -> None:
        response = reader.get(f"/items/{samples.FULL}/?s-place=place.moon&s-x=%3Cscript%3E")

        assert response.status_code == 200
        assert b"<script>" not in response.content

    def test_keeps_the_choice_on_the_way_to_apply(self, reader: Client) -> None:
        body = reader.get(f"/items/{samples.FULL}/?s-place=place.bath").content.decode()

        assert body.count(f'href="/apply/{samples.FULL}/?s-place=place.bath"') == 2

    def test_separates_the_three_bases(self, reader: Client) -> None:
        text = text_of(reader.get(f"/items/{samples.FULL}/"))

        assert "设定依据 《公共场所卫生管理条例》第四条" in text
        assert "实施依据 《公共场所卫生管理条例实施细则》第二十三条" in text
        assert "监管依据 没有单独公布。" in text

    def test_says_what_is_not_published_instead_of_guessing(self, reader: Client) -> None:
        text = text_of(reader.get(f"/items/{samples.LISTED}/"))

        assert "收费 未公布" in text
        for name in ("办件类型", "办理形式", "通办范围", "咨询电话", "救济途径"):
            assert f"{name} 未公布" in text
        assert "部门还没有公布办理流程。" in text
        assert "今天申请" not in text
        assert "这一项暂时要到窗口办理。" in text

    def test_shows_the_fee(self, reader: Client) -> None:
        text = text_of(reader.get(f"/items/{samples.ON_THE_SPOT}/"))

        assert "工本费 9.00 元/对" in text

    def test_speaks_english_where_the_agency_does(self, reader: Client) -> None:
        reader.cookies["tongban_language"] = "en"

        text = text_of(reader.get(f"/items/{samples.FULL}/"))

        assert "Hygiene licence for public places (new)" in text


class TestPreferences:
    def test_remember_the_language_and_go_back(self, reader: Client) -> None:
        response = reader.post("/language", {"language": "en", "next": "/help?x=1"})

        assert response.status_code == 302
        assert response["Location"] == "/help?x=1"
        assert response.cookies["tongban_language"].value == "en"
        assert response.cookies["tongban_language"]["httponly"] is True

    def test_refuse_a_language_there_is_not(self, reader: Client) -> None:
        response = reader.post("/language", {"language": "fr", "next": "/"})

        assert response.status_code == 422
        assert "tongban_language" not in response.cookies

    @pytest.mark.parametrize(
        "target",
        [
            "https://elsewhere.example/",
            "//elsewhere.example/",
            "javascript:alert(1)",
            "",
            "/\\elsewhere.example",
        ],
    )
    def test_never_lead_to_another_site(self, reader: Client, target: str) -> None:
        response = reader.post("/elder", {"elder": "1", "next": target})

        assert response["Location"] == "/"

    def test_switch_the_elder_edition(self, reader: Client) -> None:
        reader.post("/elder", {"elder": "1", "next": "/"})

        assert b'<html lang="zh-CN" class="tb-elder">' in reader.get("/help").content

        reader.post("/elder", {"elder": "0", "next": "/"})

        assert b'<html lang="zh-CN">' in reader.get("/help").content

    def test_ask_for_the_anti_forgery_token(self, small_catalogue: None) -> None:
        strict = Client(enforce_csrf_checks=True)

        response = strict.post("/elder", {"elder": "1", "next": "/"})

        assert response.status_code == 403
        assert "tongban_elder" not in response.cookies
