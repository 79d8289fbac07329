"""
Guides, lists, terms and search documents: answers, what the public may not see, and query counts.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.catalogue import AGENCY, AT, DISTRICT, NODE, editor, publish
from tongban.business.catalogue import selectors, services
from tongban.business.catalogue.selectors import BrowseQuery, UnknownOffering
from tongban.business.catalogue.values import Audience, LimitUnit, OfferingState
from tongban.foundation.actors import ANONYMOUS
from tongban.foundation.errors import InvalidInput

pytestmark = pytest.mark.django_db

SITUATIONS = [
    {
        "code": "venue",
        "question": "哪一类场所？",
        "options": [{"code": "venue.bath", "label": "沐浴"}, {"code": "venue.pool", "label": "游泳"}],
    }
]
MATERIALS = [
    {"code": "form", "name": "申请表"},
    {"code": "water", "name": "水质报告", "situations": ["venue.pool"]},
]

Counter = Callable[[int], Any]


class TestGuide:
    def test_is_made_from_the_elements_in_one_query(self, django_assert_num_queries: Counter) -> None:
        publish(
            "A-1", situations=SITUATIONS, materials=MATERIALS, item_main_item={"name": "公共场所卫生许可"}
        )

        with django_assert_num_queries(1):
            guide = selectors.guide(code="A-1", actor=ANONYMOUS)

        assert (guide.version, guide.is_current, guide.main_item_name) == (1, True, "公共场所卫生许可")
        assert (guide.service_type_name, guide.use_level_name) == ("行政许可", "县级")
        assert [material.code for material in guide.materials] == ["form", "water"]

    def test_shows_only_the_materials_of_the_situation_chosen(self) -> None:
        publish("A-1", situations=SITUATIONS, materials=MATERIALS)

        guide = selectors.guide(code="A-1", actor=ANONYMOUS, situations=["venue.bath"])

        assert [material.code for material in guide.materials] == ["form"]

    def test_of_an_earlier_version_stays_what_it_was(self) -> None:
        publish("A-1", summary="从前")
        publish("A-1", summary="现在")

        guide = selectors.guide(code="A-1", actor=ANONYMOUS, version=1)

        assert (guide.elements.summary, guide.is_current) == ("从前", False)

    @pytest.mark.parametrize(("code", "version"), [("none", None), ("A-1", 2)])
    def test_of_what_is_not_there_is_refused(self, code: str, version: int | None) -> None:
        publish("A-1")

        with pytest.raises(UnknownOffering):
            selectors.guide(code=code, actor=ANONYMOUS, version=version)


class TestVisibility:
    def test_hides_what_is_not_in_use_from_everyone_but_the_keepers(self) -> None:
        publish("A-1")
        services.suspend_offering(code="A-1", actor=NODE, at=AT, reason="整改")
        asked: list[Callable[..., Any]] = [
            selectors.guide,
            selectors.offering_by_code,
            selectors.offering_terms,
        ]

        for question in asked:
            with pytest.raises(UnknownOffering):
                question(code="A-1", actor=ANONYMOUS)
            assert question(code="A-1", actor=editor()).state is OfferingState.SUSPENDED
        assert selectors.offering_versions(code="A-1", actor=ANONYMOUS) == []
        assert selectors.offerings_by_codes(codes=["A-1"], actor=ANONYMOUS) == []
        assert list(selectors.search_documents(actor=ANONYMOUS)) == []
        assert selectors.browse(query=BrowseQuery(), actor=ANONYMOUS).items == []
        assert selectors.catalogue_counts(actor=ANONYMOUS).total == 0


class TestOfferingTerms:
    def test_hold_what_a_case_copies_in_one_query(self, django_assert_num_queries: Counter) -> None:
        receipt = publish("A-1", materials=MATERIALS[:1], results=[{"kind": "ENTRY", "name": "备案"}])

        with django_assert_num_queries(1):
            terms = selectors.offering_terms(actor=ANONYMOUS, offering_id=receipt.offering_id)

        assert (terms.code, terms.version, terms.case_prefix) == ("A-1", 1, receipt.case_prefix)
        assert (terms.agency_code, terms.division_code) == (AGENCY, DISTRICT)
        assert terms.promised_limit is not None
        assert (terms.promised_limit.amount, terms.promised_limit.unit) == (5, LimitUnit.WORKING_DAY)
        assert [material.code for material in terms.materials] == ["form"]
        assert terms.results[0].name == "备案"

    def test_of_an_earlier_version_are_still_there(self) -> None:
        publish("A-1", promised_limit={"amount": 9})
        publish("A-1", promised_limit={"amount": 1})

        terms = selectors.offering_terms(actor=ANONYMOUS, code="A-1", version=1)

        assert terms.promised_limit is not None
        assert terms.promised_limit.amount == 9

    def test_need_exactly_one_name(self) -> None:
        with pytest.raises(TypeError):
            selectors.offering_terms(actor=ANONYMOUS)


def codes(query: BrowseQuery) -> list[str]:
    return [offering.code for offering in selectors.browse(query=query, actor=ANONYMOUS).items]


class TestBrowse:
    @pytest.fixture(autouse=True)
    def _offerings(self) -> None:
        publish("P-1", applicants=["1"], legal_themes=[], person_themes=["085"], life_events=["retirement"])
        publish("L-1", legal_themes=["150"])
        publish(
            "L-2", legal_themes=["110", "150"], agency_code="11511301008778255F", agency_name="区住建局",
            service_type="20", can_apply_online=True, form=[{"key": "a", "label": "甲"}],
        )  # fmt: skip
        publish("F-1", division_code="511603000000")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            (BrowseQuery(), ["L-2", "P-1", "L-1", "F-1"]),
            (BrowseQuery(audience=Audience.PERSON), ["P-1"]),
            (BrowseQuery(audience=Audience.LEGAL), ["L-2", "L-1", "F-1"]),
            (BrowseQuery(audience=Audience.LEGAL, theme="110"), ["L-2"]),
            (BrowseQuery(theme="085"), ["P-1"]),
            (BrowseQuery(life_event="retirement"), ["P-1"]),
            (BrowseQuery(agency_code="11511301008778255F"), ["L-2"]),
            (BrowseQuery(service_type="20"), ["L-2"]),
            (BrowseQuery(online_only=True), ["L-2"]),
            (BrowseQuery(division_code="511602000000"), ["L-2", "P-1", "L-1"]),
            (BrowseQuery(division_code="511600000000"), ["L-2", "P-1", "L-1", "F-1"]),
            (BrowseQuery(theme="999"), []),
        ],
    )
    def test_narrows_by_what_is_asked(self, query: BrowseQuery, found: list[str]) -> None:
        assert codes(query) == found

    def test_pages_through_everything_once_with_one_query_a_page(
        self, django_assert_num_queries: Counter
    ) -> None:
        seen: list[str] = []
        cursor = None
        for _ in range(4):
            with django_assert_num_queries(1):
                page = selectors.browse(query=BrowseQuery(), actor=ANONYMOUS, cursor=cursor, limit=1)
            seen += [offering.code for offering in page.items]
            cursor = page.next_cursor

        assert seen == ["L-2", "P-1", "L-1", "F-1"]
        assert cursor is None

    def test_refuses_a_cursor_it_did_not_make(self) -> None:
        with pytest.raises(InvalidInput):
            selectors.browse(query=BrowseQuery(), actor=ANONYMOUS, cursor="WzEsMiwzXQ")

    def test_counts_everything_people_browse_by_in_one_query_and_remembers_it(
        self, django_assert_num_queries: Counter
    ) -> None:
        with django_assert_num_queries(1):
            counts = selectors.catalogue_counts(actor=ANONYMOUS)
            assert selectors.catalogue_counts(actor=ANONYMOUS) == counts

        assert (counts.total, counts.online, counts.persons, counts.legal_entities) == (4, 1, 1, 3)
        assert counts.by_person_theme == {"085": 1}
        assert counts.by_legal_theme == {"110": 1, "150": 3}
        assert counts.by_life_event == {"retirement": 1}
        assert counts.by_service_type == {"01": 3, "20": 1}
        assert [(agency.agency_code, agency.offerings) for agency in counts.by_agency] == [
            (AGENCY, 3),
            ("11511301008778255F", 1),
        ]

    def test_counts_only_the_division_asked_for(self) -> None:
        assert selectors.catalogue_counts(actor=ANONYMOUS, division_code="511603000000").total == 1

    def test_keeps_the_order_of_codes_asked_for(self) -> None:
        found = selectors.offerings_by_codes(codes=["L-1", "none", "P-1"], actor=ANONYMOUS)

        assert [offering.code for offering in found] == ["L-1", "P-1"]


class TestSearchDocuments:
    def test_carry_what_people_may_type(self) -> None:
        publish(
            "A-1", aliases=["采伐证"], everyday_words=["砍树"], local_implementation_code="511A-1",
            materials=[{"code": "form", "name": "采伐申请"}], item_main_item={"name": "林木采伐"},
        )  # fmt: skip

        (document,) = selectors.search_documents(actor=NODE)

        assert (document.code, document.aliases, document.everyday_words) == ("A-1", ("采伐证",), ("砍树",))
        assert (document.codes, document.main_item_name) == (("511A-1",), "林木采伐")
        assert document.body == "采伐申请"
        assert document.promised_unit is LimitUnit.WORKING_DAY

    def test_are_of_current_versions_only_and_can_be_asked_for_by_code(self) -> None:
        publish("A-1", summary="从前")
        publish("A-1", summary="现在")
        publish("A-2")

        (document,) = selectors.search_documents(actor=NODE, codes=("A-1",))

        assert (document.version, document.summary) == (2, "现在")


class TestCodeList:
    def test_is_loaded_from_the_program_s_own_file_and_again_without_change(self) -> None:
        first = services.load_code_lists(actor=NODE, at=AT)
        again = services.load_code_lists(actor=NODE, at=AT)

        types = selectors.code_list(code="T1", actor=ANONYMOUS)
        assert first == again
        assert [entry.code for entry in types][:2] == ["00", "01"]
        assert len(selectors.code_list(code="PERSON_THEME", actor=ANONYMOUS)) == 32
        assert len(selectors.code_list(code="LEGAL_THEME", actor=ANONYMOUS)) == 35
