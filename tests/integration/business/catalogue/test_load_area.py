"""
The sample area goes into an empty node whole, and a second time without a change.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.factories.catalogue import AT
from tests.factories.database import rolled_back
from tongban.business.catalogue import selectors
from tongban.business.catalogue.selectors import BrowseQuery
from tongban.business.catalogue.values import Audience, HandlingKind
from tongban.config.area import AreaReceipt, load_area
from tongban.foundation.actors import ANONYMOUS
from tongban.resources.registers.selectors import (
    agencies_by_published_code,
    agencies_inside,
    divisions_inside,
)

pytestmark = pytest.mark.django_db

AREA = Path(__file__).parents[4] / "data" / "guangan"


def load() -> AreaReceipt:
    return load_area(AREA, at=AT, demo_password="Tongban-2026")


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[AreaReceipt]:
    """
    Load it once for all that look at it afterwards.
    """
    with django_db_blocker.unblock(), rolled_back():
        receipt = load()
        with django_db_blocker.block():
            yield receipt


@pytest.fixture
def first(loaded: AreaReceipt, db: None) -> AreaReceipt:
    """
    What came into the empty node.
    """
    return loaded


class TestLoadArea:
    def test_fills_an_empty_node_and_changes_nothing_the_second_time(self, first: AreaReceipt) -> None:
        again = load()

        assert (first.items.new, first.items.flagged, first.items.rejected) == (852, 120, 0)
        assert first.offerings == {"new": 26, "changed": 0, "unchanged": 0}
        assert first.licence_types == 14
        assert first.accounts is not None
        assert (first.accounts.staff_created, first.accounts.persons_created) == (47, 12)
        assert (again.items.new, again.items.changed, again.items.unchanged) == (0, 0, 852)
        assert again.offerings == {"new": 0, "changed": 0, "unchanged": 26}
        assert again.divisions.unchanged == first.divisions.created == 152
        assert again.agencies.unchanged == first.agencies.created == 34
        assert again.accounts is not None
        assert (again.accounts.staff_created, again.accounts.persons_created) == (0, 0)
        assert (first.seals, again.seals) == (34, 0)
        assert (first.licences, again.licences) == (2, 0)

    def test_lets_people_browse_what_it_brought(self, first: AreaReceipt) -> None:
        counts = selectors.catalogue_counts(actor=ANONYMOUS)
        assert (counts.total, counts.online) == (878, 20)
        assert counts.by_agency[0].agency_name == "广安市广安区行政审批局"
        page = selectors.browse(
            query=BrowseQuery(audience=Audience.PERSON, online_only=True), actor=ANONYMOUS
        )
        assert {offering.name for offering in page.items} == {
            "80周岁以上老年人高龄津贴发放",
            "个人参保证明查询打印",
            "临时占用城市道路审批",
            "公共场所卫生许可新办审批（县级）",
            "取水许可证新办审批",
            "普通护照签发",
            "林木采伐许可证核发（县级权限）",
            "残疾人证新办",
            "民办非企业单位成立登记",
        }

    def test_keeps_the_agencies_and_divisions_apart_from_their_faulty_codes(self, first: AreaReceipt) -> None:
        assert len(agencies_inside(division_code="511602000000", actor=ANONYMOUS)) == 34
        (transport,) = agencies_by_published_code(code="2222222222222", actor=ANONYMOUS)
        assert (transport.short_name, transport.code_is_valid) == ("区交通运输局", True)
        shared = agencies_by_published_code(code="11511301008778255F", actor=ANONYMOUS)
        assert {agency.short_name for agency in shared} == {"区住建局", "区自然资源和规划局"}
        assert divisions_inside(code="511602000000", actor=ANONYMOUS)[0].name == "广安区"

    def test_gives_casework_its_terms(self, first: AreaReceipt) -> None:
        terms = selectors.offering_terms(actor=ANONYMOUS, code="511602-demo-fireworks-retail")

        assert terms.case_prefix == "11511301MB1935318L4000125046002"
        assert terms.handling_kind is HandlingKind.COMMITTED
        assert len(terms.results[0].licence_type) == 21
