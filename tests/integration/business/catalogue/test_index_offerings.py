"""
Search follows the catalogue: what is published can be found, what is taken out of use cannot.
"""

from pathlib import Path

import pytest

from tests.factories.catalogue import AT, NODE, feed, lines, publish, row
from tongban.business.catalogue import services
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.events import deliver_all
from tongban.support.search import selectors as search

pytestmark = pytest.mark.django_db


def found(query: str) -> list[str]:
    return [hit.ref_code for hit in search.search(query, actor=ANONYMOUS).hits]


class TestIndexOfferings:
    def test_lets_a_published_offering_be_found_by_everyday_words(self) -> None:
        publish("A-1", name="林木采伐许可证核发", everyday_words=["砍树"])

        deliver_all(at=AT)

        assert found("砍树") == ["A-1"]

    def test_lets_imported_offerings_be_found(self, tmp_path: Path) -> None:
        feed(tmp_path / "feed", lines(row("A-1", name="林木采伐许可证核发"), row("A-2", name="取水许可")))

        deliver_all(at=AT)

        assert found("林木采伐") == ["A-1"]
        assert found("取水许可") == ["A-2"]

    def test_takes_a_suspended_offering_out_of_the_results(self) -> None:
        publish("A-1", name="林木采伐许可证核发")
        deliver_all(at=AT)

        services.suspend_offering(code="A-1", actor=NODE, at=AT, reason="整改")
        deliver_all(at=AT)

        assert found("林木采伐") == []
