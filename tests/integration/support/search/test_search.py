"""
Search against PostgreSQL: the ladder, filters, highlights, numbers, and how many statements it makes.
"""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tongban.foundation.actors import ANONYMOUS
from tongban.support.search.selectors import search, suggest
from tongban.support.search.services import index_documents
from tongban.support.search.values import (
    CodeHint,
    HintKind,
    SearchDocument,
    SearchFilters,
    SearchResults,
    Segment,
)

pytestmark = pytest.mark.django_db


def document(code: str, name: str, **more: Any) -> SearchDocument:
    return SearchDocument(ref_code=code, name=name, **more)


def find(query: str, **more: Any) -> SearchResults:
    return search(query, actor=ANONYMOUS, **more)


def codes(results: SearchResults) -> list[str]:
    return [hit.ref_code for hit in results.hits]


@pytest.fixture
def licences() -> None:
    index_documents(
        [
            document(
                "511602-1",
                "取水许可证新办审批",
                division_code="511602000000",
                agency_code="W1",
                audiences=("1", "2"),
                themes=("water",),
                online_depth=3,
                codes=("000119101000",),
                name_en="Water abstraction permit",
                body="申请人提交水资源论证报告书",
            ),
            document(
                "511603-1", "取水许可证新办审批", division_code="511603000000", agency_code="W2", popularity=9
            ),
            document("500101-1", "取水许可证新办审批", division_code="500101000000", audiences=("2",)),
            document("511602-2", "取水许可证注销", division_code="511602000000"),
            document("511602-3", "林木采伐许可证核发", division_code="511602000000", is_active=False),
        ]
    )


@pytest.mark.usefixtures("licences")
class TestSearch:
    def test_finds_everyday_words_and_says_what_they_are_about(self) -> None:
        results = find("我想在院子里打井")

        assert codes(results) == ["511603-1", "500101-1", "511602-1", "511602-2"]
        assert results.intents == ("water",)

    def test_puts_the_whole_name_first(self) -> None:
        assert find("取水许可证注销").hits[0].ref_code == "511602-2"

    def test_leaves_out_what_is_not_active(self) -> None:
        assert codes(find("砍树")) == []

    @pytest.mark.parametrize("typed", ["abstraction permit", "how do I get an abstraction?", "abstractions"])
    def test_finds_part_of_an_english_name(self, typed: str) -> None:
        assert codes(find(typed)) == ["511602-1"]

    @pytest.mark.parametrize("typed", ["abstract art prints", "cheap flights to bangkok"])
    def test_finds_nothing_for_english_that_means_nothing_here(self, typed: str) -> None:
        assert codes(find(typed)) == []

    def test_finds_words_of_the_guide_last(self) -> None:
        assert codes(find("水资源论证报告书")) == ["511602-1"]

    def test_adds_no_guides_to_a_good_answer(self) -> None:
        index_documents(
            [
                document("511602-4", "居民身份证挂失申报"),
                document("511602-5", "临时占用城市道路审批", body="身份证遗失的，提交居民身份证挂失证明"),
            ]
        )

        assert codes(find("身份证丢了")) == ["511602-4"]

    def test_says_which_query_it_answered_instead(self) -> None:
        results = find("取水许克证注销")

        assert results.corrected_query == "取水许可证注销"
        assert results.hits[0].ref_code == "511602-2"

    def test_marks_what_was_asked_for(self) -> None:
        assert find("取水 注销").hits[0].segments == (
            Segment(text="取水", is_hit=True),
            Segment(text="许可证注销", is_hit=False),
        )

    def test_counts_all_and_returns_no_more_than_asked_for(self) -> None:
        results = find("取水许可", limit=1)

        assert (len(results.hits), results.total, results.is_total_capped) == (1, 4, False)

    @pytest.mark.parametrize(
        ("filters", "expected"),
        [
            (SearchFilters(division_code="510000"), {"511602-1", "511603-1", "511602-2"}),
            (SearchFilters(division_code="511602000000"), {"511602-1", "511602-2"}),
            (SearchFilters(agency_code="W2"), {"511603-1"}),
            (SearchFilters(audience="2"), {"511602-1", "500101-1"}),
            (SearchFilters(theme="water"), {"511602-1"}),
            (SearchFilters(min_online_depth=3), {"511602-1"}),
            (SearchFilters(division_code="440000"), set()),
        ],
    )
    def test_keeps_to_the_filters(self, filters: SearchFilters, expected: set[str]) -> None:
        results = find("取水许可", filters=filters)

        assert set(codes(results)) == expected
        assert results.total == len(expected)

    @pytest.mark.parametrize("typed", ["511602-1", "000119101000", "0001191010", "５１１６０２－１"])
    def test_goes_by_codes(self, typed: str) -> None:
        results = find(typed)

        assert codes(results) == ["511602-1"]
        assert results.hint == CodeHint(kind=HintKind.ITEM_CODE, value="511602-1")

    def test_promises_no_item_where_several_codes_begin_so(self) -> None:
        index_documents([document("000119101111", "取水许可证延续审批")])

        results = find("0001191011")

        assert codes(results) == ["000119101111"]
        assert find("00011910").hint is None
        assert set(codes(find("00011910"))) == {"511602-1", "000119101111"}

    def test_says_that_a_number_is_that_of_a_case(self) -> None:
        results = find("7K2M-84XQ")

        assert results.hits == ()
        assert results.hint == CodeHint(kind=HintKind.QUERY_CODE, value="7K2M-84XQ")

    @pytest.mark.parametrize(
        "typed", ["", " ", "'", "\\", "a' & 'b", "\x00", "%", "_" * 300, "取水" * 100, "(", "🙂"]
    )
    def test_survives(self, typed: str) -> None:
        assert find(typed).total in {0, 4}

    def test_makes_two_statements_for_a_query_it_understands(self) -> None:
        find("取水许可")

        with CaptureQueriesContext(
            connection,
        ) as statements:
            find("取水许可")

        assert len(statements) == 2

    @pytest.mark.parametrize("typed", ["火星移民计划", "asdfgh", "残急人政", "qwertyuiopasdf"])
    def test_makes_no_more_than_seven_statements_for_any_other(self, typed: str) -> None:
        find(typed)

        with CaptureQueriesContext(connection) as statements:
            find(typed)

        assert len(statements) <= 7


@pytest.mark.usefixtures("licences")
class TestSuggest:
    @pytest.mark.parametrize("typed", ["取水许可证", "qushuixuke", "qsxk"])
    def test_offers_names_that_begin_so(self, typed: str) -> None:
        offered = [suggestion.text for suggestion in suggest(typed, actor=ANONYMOUS)]

        assert {"取水许可证新办审批", "取水许可证注销"} <= set(offered)

    def test_offers_phrases_that_have_an_answer_here(self) -> None:
        assert "打井" in [suggestion.text for suggestion in suggest("打", actor=ANONYMOUS)]
        assert "打游戏" not in [suggestion.text for suggestion in suggest("打", actor=ANONYMOUS)]

    @pytest.mark.parametrize("typed", ["", " ", "%", "'"])
    def test_offers_nothing_for(self, typed: str) -> None:
        assert suggest(typed, actor=ANONYMOUS) == []

    def test_makes_one_statement(self) -> None:
        suggest("取水", actor=ANONYMOUS)

        with CaptureQueriesContext(connection) as statements:
            suggest("取水", actor=ANONYMOUS)

        assert len(statements) == 1
