"""
我要查.
"""

import re

import pytest
from django.test import Client

from tests.journeys import samples
from tongban.business.catalogue.models import OfferingBelow
from tongban.foundation.clock import civil_date, now
from tongban.support.search import selectors as search
from tongban.support.search import services as index
from tongban.support.search.values import SearchDocument, SearchKind


@pytest.fixture
def indexed(reader: Client) -> Client:
    index.index_documents(
        [
            SearchDocument(
                ref_code=samples.FULL,
                name="公共场所卫生许可（新办）",
                codes=("511A0015500009-511602000000-000-1",),
                agency_code=samples.HEALTH_AGENCY,
                agency_name="示例区卫生健康局",
                audiences=("PERSON", "LEGAL"),
                online_depth=4,
            ),
            SearchDocument(
                ref_code=samples.LISTED,
                name="社会团体成立登记",
                agency_code=samples.CIVIL_AGENCY,
                agency_name="示例区民政局",
                audiences=("LEGAL",),
            ),
            SearchDocument(ref_code="not-in-the-catalogue", name="公共场所卫生许可（注销）"),
        ]
    )
    return reader


def found(response: object) -> list[str]:
    return re.findall(r'<h2><a href="/items/([^/]+)/">', response.content.decode())  # type: ignore[attr-defined]


class TestSearch:
    def test_finds_and_marks_what_was_asked_for(self, indexed: Client) -> None:
        response = indexed.get("/search", {"q": "卫生许可"})

        assert found(response) == [samples.FULL]
        assert "<mark>卫生许可</mark>" in response.content.decode()

    def test_leaves_out_what_the_catalogue_no_longer_holds(self, indexed: Client) -> None:
        assert "not-in-the-catalogue" not in indexed.get("/search", {"q": "卫生许可"}).content.decode()

    def test_leads_to_the_node_below_that_handles_an_item_and_says_so(self, indexed: Client) -> None:
        OfferingBelow.objects.create(
            node="510100000000",
            number=7,
            node_name="成都市",
            code="A-7",
            name="公共场所卫生许可（变更）",
            division_code="510104000000",
            can_apply_online=True,
            url="https://city.example/items/A-7/",
            taken_from="510100000000",
            taken_number=1,
            taken_at=now(),
        )
        index.index_documents(
            [
                SearchDocument(
                    kind=SearchKind.BELOW, ref_code="510100000000:7", name="公共场所卫生许可（变更）"
                )
            ]
        )

        page = indexed.get("/search", {"q": "公共场所卫生许可变更"}).content.decode()

        assert 'href="https://city.example/items/A-7/"' in page
        assert "由成都市办理" in page
        assert "/apply/510100000000:7/" not in page

    def test_narrows_by_agency(self, indexed: Client) -> None:
        response = indexed.get("/search", {"q": "卫生许可", "agency": samples.CIVIL_AGENCY})

        assert found(response) == []
        assert "这样筛选没有结果" in response.content.decode()

    def test_gives_advice_where_nothing_is_found(self, indexed: Client) -> None:
        body = indexed.get("/search", {"q": "量子纠缠火箭"}).content.decode()

        assert "没有找到相关事项" in body
        assert "按主题找" in body

    def test_leads_straight_to_the_item_whose_code_was_typed(self, indexed: Client) -> None:
        response = indexed.get("/search", {"q": "511A0015500009-511602000000-000-1"})

        assert response.status_code == 302
        assert response["Location"] == f"/items/{samples.FULL}/"

    def test_escapes_what_was_typed(self, indexed: Client) -> None:
        body = indexed.get("/search", {"q": "<script>alert(1)</script>"}).content.decode()

        assert "<script>alert" not in body

    @pytest.mark.parametrize(
        "parameters",
        [{"audience": "MARTIAN"}, {"depth": "x"}, {"depth": "9"}, {"agency": "x" * 500}, {"q": "卫" * 5000}],
    )
    def test_lives_with_any_parameter(self, indexed: Client, parameters: dict[str, str]) -> None:
        response = indexed.get("/search", {"q": "卫生许可", **parameters})

        assert response.status_code == 200

    def test_counts_searches_that_found_nothing(self, indexed: Client) -> None:
        indexed.get("/search", {"q": "量子纠缠火箭"})
        indexed.get("/search", {"q": "量子纠缠火箭"})

        today = civil_date(now())
        report = search.unanswered_searches(actor=samples.KEEPER, since=today, until=today)
        assert [(row.query, row.count) for row in report.items] == [("量子纠缠火箭", 2)]


class TestSuggestions:
    def test_are_a_fragment_of_whole_questions(self, indexed: Client) -> None:
        body = indexed.get("/search/suggest", {"q": "公共"}).content.decode()

        assert "公共场所卫生许可" in body
        assert "<html" not in body

    def test_are_nothing_for_nothing(self, indexed: Client) -> None:
        assert indexed.get("/search/suggest", {"q": " "}).content.strip() == b""
