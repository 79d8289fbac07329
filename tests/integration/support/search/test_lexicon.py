"""
The lexicon in the database, and the log of searches.
"""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command

from tongban.foundation.actors import ANONYMOUS, Actor, ActorKind, system_actor
from tongban.foundation.errors import InvalidInput
from tongban.support.identity.values import Role
from tongban.support.search.models import LexiconEntry, SearchLogEntry
from tongban.support.search.permissions import LexiconEditorOnly, SearchStaffOnly
from tongban.support.search.selectors import search, unanswered_searches
from tongban.support.search.selectors.knowledge import seed_rows
from tongban.support.search.services import (
    LexiconEntryNotFound,
    disable_phrase,
    index_documents,
    record_search,
    save_phrase,
    seed_lexicon,
)
from tongban.support.search.values import LexiconKind, SearchDocument

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
NODE = system_actor("test")
EDITOR = Actor(
    kind=ActorKind.STAFF, id="7", roles=frozenset({Role.CATALOGUE_EDITOR}), division_code="511602000000"
)
CLERK = Actor(kind=ActorKind.STAFF, id="8", division_code="511602000000")


def found(query: str) -> list[str]:
    return [hit.name for hit in search(query, actor=ANONYMOUS).hits]


@pytest.fixture
def well() -> None:
    index_documents([SearchDocument(ref_code="A1", name="取水许可证新办审批")])


class TestSeedLexicon:
    def test_brings_every_phrase_once(self) -> None:
        assert seed_lexicon(actor=NODE, at=AT) == len(seed_rows())
        assert seed_lexicon(actor=NODE, at=AT) == 0
        assert LexiconEntry.objects.count() == len(seed_rows())

    def test_leaves_alone_what_staff_wrote(self) -> None:
        save_phrase(kind=LexiconKind.TERM, phrase="打井", targets=["凿井许可"], actor=EDITOR, at=AT)

        seed_lexicon(actor=NODE, at=AT)

        entry = LexiconEntry.objects.get(kind=LexiconKind.TERM, phrase="打井")
        assert entry.targets == [{"words": ["凿井许可"], "weight": 1.0}]

    def test_is_a_command(self) -> None:
        call_command("load_lexicon", verbosity=0)

        assert LexiconEntry.objects.count() == len(seed_rows())


@pytest.mark.usefixtures("well")
class TestSavePhrase:
    def test_counts_from_the_next_search_on(self) -> None:
        seed_lexicon(actor=NODE, at=AT)
        assert found("凿个眼儿") == []

        save_phrase(kind=LexiconKind.TERM, phrase="凿个眼儿", targets=["取水 许可*0.9"], actor=EDITOR, at=AT)

        assert found("凿个眼儿") == ["取水许可证新办审批"]

    @pytest.mark.parametrize(
        ("phrase", "targets", "field"),
        [
            ("", ["许可"], "phrase"),
            ("。", ["许可"], "phrase"),
            ("长" * 61, ["许可"], "phrase"),
            ("打井", [], "targets"),
            ("打井", ["许可*7"], "targets"),
            ("打井", ["许可"] * 21, "targets"),
        ],
    )
    def test_refuses(self, phrase: str, targets: list[str], field: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            save_phrase(kind=LexiconKind.TERM, phrase=phrase, targets=targets, actor=EDITOR, at=AT)

        assert list(refusal.value.fields) == [field]
        assert LexiconEntry.objects.count() == 0

    @pytest.mark.parametrize("actor", [ANONYMOUS, CLERK])
    def test_is_for_editors(self, actor: Actor) -> None:
        with pytest.raises(LexiconEditorOnly):
            save_phrase(kind=LexiconKind.TERM, phrase="打井", targets=["许可"], actor=actor, at=AT)

        assert LexiconEntry.objects.count() == 0


@pytest.mark.usefixtures("well")
class TestDisablePhrase:
    def test_counts_from_the_next_search_on_and_survives_seeding(self) -> None:
        seed_lexicon(actor=NODE, at=AT)
        assert found("打井") == ["取水许可证新办审批"]

        disable_phrase(kind=LexiconKind.TERM, phrase="打井", actor=EDITOR, at=AT)
        seed_lexicon(actor=NODE, at=AT)

        assert found("打井") == []

    def test_refuses_a_phrase_it_does_not_know(self) -> None:
        with pytest.raises(LexiconEntryNotFound):
            disable_phrase(kind=LexiconKind.TERM, phrase="打井", actor=EDITOR, at=AT)


class TestRecordSearch:
    def test_counts_by_day_in_china(self) -> None:
        late = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
        for at in (AT, AT, late):
            record_search(query="買 火箭", results=0, at=at)

        rows = SearchLogEntry.objects.order_by("day").values_list("query", "day", "count")
        assert list(rows) == [("买 火箭", date(2026, 11, 22), 2), ("买 火箭", date(2026, 11, 23), 1)]

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("11010519491231002X 身份证", "# 身份证"),
            ("电话13800000000", "电话#"),
            ("号7k2m-8412", "号#"),
            ("80岁补贴", "80岁补贴"),
        ],
    )
    def test_masks_long_numbers(self, typed: str, kept: str) -> None:
        record_search(query=typed, results=0, at=AT)

        assert list(SearchLogEntry.objects.values_list("query", flat=True)) == [kept]

    def test_keeps_nothing_of_nothing(self) -> None:
        record_search(query="？？", results=0, at=AT)

        assert SearchLogEntry.objects.count() == 0


class TestUnansweredSearches:
    @pytest.fixture(autouse=True)
    def _log(self) -> None:
        for query, results, division, times in (
            ("买火箭", 0, "", 3),
            ("上月球", 0, "511602000000", 2),
            ("去火星", 0, "440100000000", 5),
            ("取水", 4, "", 9),
        ):
            for _ in range(times):
                record_search(query=query, results=results, at=AT, division_code=division)

    def test_are_those_of_the_actors_area_most_frequent_first(self) -> None:
        page = unanswered_searches(actor=EDITOR, since=date(2026, 11, 1), until=date(2026, 11, 30))

        assert [(row.query, row.count) for row in page.items] == [("买火箭", 3), ("上月球", 2)]
        assert page.next_cursor is None

    def test_are_all_for_the_node_itself(self) -> None:
        page = unanswered_searches(actor=NODE, since=date(2026, 11, 1), until=date(2026, 11, 30))

        assert [row.query for row in page.items] == ["去火星", "买火箭", "上月球"]

    def test_come_in_pages(self) -> None:
        since, until = date(2026, 11, 1), date(2026, 11, 30)
        first = unanswered_searches(actor=NODE, since=since, until=until, limit=2)

        second = unanswered_searches(actor=NODE, since=since, until=until, limit=2, cursor=first.next_cursor)

        assert [row.query for row in (*first.items, *second.items)] == ["去火星", "买火箭", "上月球"]

    def test_of_other_days_are_left_out(self) -> None:
        page = unanswered_searches(actor=NODE, since=date(2026, 10, 1), until=date(2026, 10, 31))

        assert page.items == []

    def test_are_for_staff(self) -> None:
        with pytest.raises(SearchStaffOnly):
            unanswered_searches(actor=ANONYMOUS, since=date(2026, 11, 1), until=date(2026, 11, 30))
        with pytest.raises(SearchStaffOnly):
            unanswered_searches(actor=CLERK, since=date(2026, 11, 1), until=date(2026, 11, 30))
