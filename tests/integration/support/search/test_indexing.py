"""
The index is what its documents say, however often and in whatever order they come.
"""

import pytest

from tongban.foundation.actors import ANONYMOUS
from tongban.support.search.models import SearchCode, SearchItem, SearchName, SearchWord
from tongban.support.search.selectors import search
from tongban.support.search.services import index_documents, remove
from tongban.support.search.values import IndexReceipt, SearchDocument

pytestmark = pytest.mark.django_db

WELL = SearchDocument(ref_code="A1", name="取水许可证新办审批", codes=("B1",))


def found(query: str) -> list[str]:
    return [hit.ref_code for hit in search(query, actor=ANONYMOUS).hits]


def counted() -> dict[str, int]:
    return dict(SearchWord.objects.filter(names__gt=0).values_list("word", "names"))


class TestIndexDocuments:
    def test_writes_what_is_new(self) -> None:
        assert index_documents([WELL]) == IndexReceipt(received=1, written=1)
        assert found("取水许可") == ["A1"]

    def test_writes_nothing_the_second_time(self) -> None:
        index_documents([WELL])

        assert index_documents([WELL]) == IndexReceipt(received=1, written=0)

    def test_lets_a_name_go_that_nothing_bears_any_more(self) -> None:
        index_documents([WELL])

        index_documents([SearchDocument(ref_code="A1", name="林木采伐许可证核发")])

        assert found("取水许可") == []
        assert found("林木采伐") == ["A1"]
        assert list(SearchName.objects.values_list("folded", flat=True)) == ["林木采伐许可证核发"]

    def test_keeps_a_name_once_for_all_that_bear_it(self) -> None:
        index_documents([WELL, SearchDocument(ref_code="A2", name="取水许可证新办审批")])

        assert SearchName.objects.count() == 1
        assert sorted(found("取水许可")) == ["A1", "A2"]

    def test_takes_the_last_of_two_with_one_key(self) -> None:
        index_documents([WELL, SearchDocument(ref_code="A1", name="林木采伐许可证核发")])

        assert SearchItem.objects.get().name == "林木采伐许可证核发"

    def test_replaces_codes(self) -> None:
        index_documents([WELL])

        index_documents([SearchDocument(ref_code="A1", name=WELL.name, codes=("C1",))])

        assert sorted(SearchCode.objects.values_list("code", flat=True)) == ["A1", "C1"]

    def test_hides_what_is_no_longer_active(self) -> None:
        index_documents([WELL])

        index_documents([SearchDocument(ref_code="A1", name=WELL.name, is_active=False)])

        assert found("取水许可") == []

    def test_counts_words_as_if_indexed_at_once(self) -> None:
        index_documents([WELL, SearchDocument(ref_code="A2", name="取水许可证注销")])
        at_once = counted()
        remove(["A1", "A2"])

        index_documents([SearchDocument(ref_code="A2", name="取水权转让")])
        index_documents([WELL])
        index_documents([SearchDocument(ref_code="A2", name="取水许可证注销")])

        assert counted() == at_once


class TestRemove:
    def test_leaves_nothing_behind(self) -> None:
        index_documents([WELL])

        assert remove(["A1", "unknown"]) == IndexReceipt(received=2, written=0, removed=1)
        assert (SearchItem.objects.count(), SearchName.objects.count(), SearchCode.objects.count()) == (
            0,
            0,
            0,
        )
        assert counted() == {}
