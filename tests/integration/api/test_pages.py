"""
The pages about the API.
"""

import re

import pytest
from django.test import Client as Http
from pytest_django import DjangoAssertNumQueries

from tongban.config import openapi
from tongban.config.api_document import operations
from tongban.config.error_list import known_errors

pytestmark = pytest.mark.django_db


class TestDocsPage:
    def test_shows_every_operation_with_an_example(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        wanted = list(operations(openapi.document()))
        Http().get("/api/v1/docs")

        with django_assert_num_queries(0):
            response = Http().get("/api/v1/docs")

        page = response.content.decode()
        assert response.status_code == 200
        shown = re.findall(r'<details class="tb-details" id="(\w+)">', page)
        assert shown == [operation["operationId"] for *_, operation in wanted]
        assert page.count("<pre><code>curl -X ") == len(wanted)

    def test_leads_to_every_shape_it_names(self) -> None:
        page = Http().get("/api/v1/docs").content.decode()

        assert set(re.findall(r'href="#([^"]+)"', page)) - {"main"} <= set(re.findall(r'id="([^"]+)"', page))

    def test_has_no_inline_script_or_style(self) -> None:
        response = Http().get("/api/v1/docs")

        page = response.content.decode()
        assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
        assert re.findall(r"\sstyle=|<style", page) == []
        assert "script-src 'self'" in response.headers["Content-Security-Policy"]

    def test_speaks_the_language_of_the_reader(self) -> None:
        chinese = Http().get("/api/v1/docs").content.decode()
        english = Http().get("/api/v1/docs", headers={"Accept-Language": "en"}).content.decode()

        assert "<summary><span>提交申请 <code>POST /api/v1/cases</code>" in chinese
        assert "<summary><span>Submit an application <code>POST /api/v1/cases</code>" in english


class TestErrorsPage:
    def test_explains_every_code_where_problems_point_to(self) -> None:
        page = Http().get("/api/v1/docs/errors").content.decode()

        assert re.findall(r'<tr id="(\w+)">', page) == [error.code for error in known_errors()]

    def test_is_where_the_type_of_a_problem_leads(self) -> None:
        kind = Http().get("/api/v1/me").json()["type"]

        address, _hash, code = kind.partition("#")
        assert (address, code) == ("/api/v1/docs/errors", "not_authenticated")
        assert f'<tr id="{code}">' in Http().get(address).content.decode()
