"""
Open data on the portal: only what is published and open, without a log-in, and as DCAT-AP.
"""

import re
from typing import Any

import pyshacl
import pytest
from django.conf import settings
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from rdflib import Graph
from rdflib.namespace import DCAT, DCTERMS, RDF

from tests.factories.datasets import OPEN_FIELDS, REVIEWER, STEWARD, definition, shapes
from tests.factories.life import AT
from tongban.resources.datasets import selectors, services
from tongban.resources.datasets.models import Dataset
from tongban.resources.datasets.values import Openness, Sharing

pytestmark = pytest.mark.django_db
OPEN = {"openness": Openness.UNCONDITIONAL, "fields": OPEN_FIELDS, "sharing": Sharing.UNCONDITIONAL}
ON_CONDITION = {"openness": Openness.CONDITIONAL, "opening_condition": "实名申请，不得转售"}


def published(title: str, **changes: Any) -> Dataset:
    """
    Bring a dataset into force.
    """
    told = definition(title=title, title_en="", **changes)
    receipt = services.compile_dataset(definition=told, actor=STEWARD, at=AT)
    services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
    services.publish_version(version_id=receipt.id, actor=REVIEWER, at=AT)
    return Dataset.objects.get(id=receipt.dataset_id)


def page(path: str, status: int = 200) -> str:
    """
    Return what somebody who is not logged in reads.
    """
    response = Client().get(path)
    assert response.status_code == status, response.content.decode()[-2000:]
    return response.content.decode()


def titles(text: str) -> list[str]:
    """
    Return the titles of a list, in its order.
    """
    return re.findall(r'<h2><a href="/open-data/\d{12}/[\d-]+/">([^<]+)</a></h2>', text)


class TestTheList:
    def test_shows_what_is_published_and_open_and_nothing_else(self) -> None:
        published("公共厕所", **OPEN)
        published("房价名册", **ON_CONDITION)
        published("低保对象")
        services.compile_dataset(definition=definition(title="草稿", **OPEN), actor=STEWARD, at=AT)
        gone = published("停用名册", **OPEN)
        services.withdraw_dataset(dataset_id=gone.id, comment="停用", actor=REVIEWER, at=AT)

        assert titles(page("/open-data/")) == ["公共厕所", "房价名册"]

    def test_says_that_there_is_none_yet(self) -> None:
        published("低保对象")

        assert "还没有开放数据" in page("/open-data/")

    def test_finds_by_words_and_says_when_it_does_not(self) -> None:
        published("公共厕所", **OPEN)
        published("停车场", **OPEN)

        assert titles(page("/open-data/?q=停车")) == ["停车场"]
        assert "没有符合条件的开放数据" in page("/open-data/?q=低保")

    def test_goes_on_by_pages_at_a_constant_cost(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        kept = published("公共厕所", **OPEN)
        page("/open-data/")
        with django_assert_num_queries(1):
            page("/open-data/")
        for number in range(2, 33):
            kept.pk, kept.code, kept.title = None, f"306018/{number:06d}", f"名册{number}"
            kept.save(force_insert=True)

        with django_assert_num_queries(1):
            first = page("/open-data/")
        following = re.search(r'rel="next" href="([^"]+)"', first)
        assert following is not None
        second = page(f"/open-data/{following[1]}")

        assert (len(titles(first)), len(titles(second))) == (30, 2)
        assert "回到第一页" in second

    def test_refuses_a_cursor_of_another_list(self) -> None:
        page("/open-data/?cursor=x", status=422)


class TestOne:
    def test_says_its_condition_its_fields_and_where_its_schema_is(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = published("房价名册", **ON_CONDITION)
        path = f"/open-data/{row.node}/306018-000001/"
        page(path)

        with django_assert_num_queries(1):
            text = page(path)

        assert "实名申请，不得转售" in text
        assert "月保障金额" in text
        assert "服务接口" in text
        assert selectors.schema_address(row.node, row.code, 1) in text

    @pytest.mark.parametrize("is_withdrawn", [True, False])
    def test_is_not_there_when_it_is_not_open(self, is_withdrawn: bool) -> None:
        row = published("名册", **OPEN) if is_withdrawn else published("名册")
        if is_withdrawn:
            services.withdraw_dataset(dataset_id=row.id, comment="停用", actor=REVIEWER, at=AT)

        page(f"/open-data/{row.node}/306018-000001/", status=404)
        page(f"/open-data/{row.node}/306018-000009/", status=404)


# The reader of JSON-LD that rdflib brings uses what rdflib deprecates.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
class TestTheDocument:
    @pytest.mark.parametrize(("form", "parser"), [("ttl", "turtle"), ("jsonld", "json-ld")])
    def test_holds_what_is_open_and_conforms(
        self, form: str, parser: str, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        open_one, on_condition = published("公共厕所", **OPEN), published("房价", **ON_CONDITION)
        published("低保对象")

        with django_assert_num_queries(1):
            text = page(f"/open-data/catalog.{form}")
        graph = Graph().parse(data=text, format=parser)
        conforms, _report, words = pyshacl.validate(graph, shacl_graph=shapes())

        assert conforms, words
        assert {str(each) for each in graph.objects(None, DCTERMS.identifier)} == {
            f"{row.node}:{row.code}" for row in (open_one, on_condition)
        }

    def test_names_pages_and_schemas_that_are_there(self) -> None:
        published("公共厕所", **OPEN)
        graph = Graph().parse(data=page("/open-data/catalog.ttl"), format="turtle")

        (at,) = set(graph.objects(None, DCAT.accessURL))
        (schema,) = set(graph.objects(None, DCTERMS.conformsTo))

        for address in (at, schema):
            page(str(address).removeprefix(settings.TONGBAN_BASE_URL.rstrip("/")))

    def test_is_the_same_whatever_language_its_reader_has_chosen(self) -> None:
        published("公共厕所", **OPEN)
        english = Client(headers={"accept-language": "en"})
        english.cookies["tongban_language"] = "en"

        assert english.get("/open-data/catalog.ttl").content.decode() == page("/open-data/catalog.ttl")

    def test_comes_a_hundred_at_a_time(self) -> None:
        kept = published("公共厕所", **OPEN)
        rows = [
            Dataset(
                node=kept.node,
                code=f"306018/{number:06d}",
                title=f"名册{number}",
                class_code=kept.class_code,
                provider_code=kept.provider_code,
                provider_name=kept.provider_name,
                division_code=kept.division_code,
                sharing=kept.sharing,
                openness=kept.openness,
                cycle=kept.cycle,
                definition=kept.definition,
                state=kept.state,
                version=1,
                changed_at=AT,
            )
            for number in range(2, 103)
        ]
        Dataset.objects.bulk_create(rows)

        first = Client().get("/open-data/catalog.ttl")
        following = re.search(r'<[^>]+(/open-data/catalog\.ttl\?cursor=[^>]+)>; rel="next"', first["Link"])
        assert following is not None
        second = Client().get(following[1])

        counts = [
            len(set(Graph().parse(data=each.content, format="turtle").subjects(RDF.type, DCAT.Dataset)))
            for each in (first, second)
        ]
        assert counts == [100, 2]
        assert following[1] in first.content.decode()
        assert "Link" not in second

    def test_has_no_other_forms(self) -> None:
        for form in ("xlsx", "json", "rdf"):
            page(f"/open-data/catalog.{form}", status=404)
