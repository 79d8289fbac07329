"""
Who finds which cases of the library, how they are masked, and what is written down of it.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import library as make
from tests.factories.exchange import CITY
from tongban.foundation.actors import Actor, ActorKind
from tongban.foundation.disclosure import Purpose, Reason
from tongban.foundation.errors import InvalidInput, NotFound, NotPermitted
from tongban.resources.caselibrary import ports, selectors
from tongban.resources.caselibrary.models import LibraryRecord
from tongban.resources.caselibrary.values import ApplicantContent, CaseQuestion, CaseState, Fault

pytestmark = pytest.mark.django_db
PERSON = "00000000-0000-4000-8000-000000000001"
OTHER_AGENCY = "11450721MB15580811"
SUPERVISION = Reason(purpose=Purpose.SUPERVISION)


def staff(*roles: str, division: str = "511600000000", agency: str = make.AGENCY) -> Actor:
    """
    Return a member of staff with these roles.
    """
    return Actor(
        kind=ActorKind.STAFF,
        id="s1",
        name="张三",
        agency_code=agency,
        division_code=division,
        roles=frozenset(roles),
    )


def found(actor: Actor, **wanted: Any) -> list[str]:
    """
    Return the numbers of the cases that somebody finds.
    """
    page = selectors.cases(actor=actor, wanted=CaseQuestion(**wanted), at=make.AT)
    return [row.number for row in page.items]


@pytest.fixture
def three() -> None:
    """
    Put three cases into the library: two of one county, one of another and of another agency.
    """
    make.take(
        make.case("K1"),
        make.ended_case("K2", applied_at=make.APPLIED + timedelta(hours=1), local_task_code="L-002"),
        make.case(
            "K3",
            applied_at=make.APPLIED + timedelta(hours=2),
            division_code="511603000000",
            agency_code=OTHER_AGENCY,
            applicant=ApplicantContent(name="示例公司", kind="2"),
        ),
    )


@pytest.mark.usefixtures("three")
class TestCases:
    def test_are_those_of_the_reviewers_area_newest_first(self) -> None:
        assert found(staff("DATA_REVIEWER")) == ["K3", "K2", "K1"]
        assert found(staff("SUPERVISOR", division="511602000000")) == ["K2", "K1"]
        assert found(staff("DATA_REVIEWER", division="440100000000")) == []

    def test_are_those_of_the_stewards_agency(self) -> None:
        assert found(staff("DATA_STEWARD", agency=OTHER_AGENCY)) == ["K3"]

    def test_are_nobody_elses(self) -> None:
        clerk = Actor(kind=ActorKind.STAFF, id="s", agency_code=make.AGENCY, posts=frozenset({"ACCEPTANCE"}))
        person = Actor(kind=ActorKind.PERSON, id=PERSON, person_id=PERSON)

        for nobody in (clerk, person):
            with pytest.raises(NotPermitted):
                found(nobody)

    def test_are_narrowed_by_what_is_asked(self) -> None:
        reviewer = staff("DATA_REVIEWER")

        assert found(reviewer, agency_code=OTHER_AGENCY) == ["K3"]
        assert found(reviewer, division_code="511602000000") == ["K2", "K1"]
        assert found(reviewer, item_code="L-002") == ["K2"]
        assert found(reviewer, state=CaseState.ENDED.value) == ["K2"]
        assert found(reviewer, number="K1") == ["K1"]
        assert found(reviewer, since=make.AT.date()) == []
        assert found(reviewer, until=make.APPLIED.date()) == ["K3", "K2", "K1"]

    def test_go_on_page_by_page(self) -> None:
        reviewer = staff("DATA_REVIEWER")

        first = selectors.cases(actor=reviewer, wanted=CaseQuestion(), at=make.AT, limit=2)
        second = selectors.cases(
            actor=reviewer, wanted=CaseQuestion(), at=make.AT, cursor=first.next_cursor, limit=2
        )

        assert [row.number for row in first.items + second.items] == ["K3", "K2", "K1"]
        assert second.next_cursor is None

    def test_are_found_by_the_number_of_a_person_only_with_a_purpose(self) -> None:
        reviewer = staff("DATA_REVIEWER")
        number = make.PERSON.id_number.lower()

        with pytest.raises(InvalidInput):
            found(reviewer, id_number=number)

        assert found(reviewer, id_number=number, reason=SUPERVISION) == ["K2", "K1"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT facts::text FROM foundation_audit WHERE action = 'caselibrary.cases.find'")
            rows = cursor.fetchall()
        assert len(rows) == 1
        assert make.PERSON.id_number not in rows[0][0]

    def test_ask_the_database_once_for_a_full_page_and_thrice_for_a_lean_one(self) -> None:
        reviewer = staff("DATA_REVIEWER")

        with CaptureQueriesContext(connection) as full:
            selectors.cases(actor=reviewer, wanted=CaseQuestion(), at=make.AT, limit=2)
        with CaptureQueriesContext(connection) as lean:
            found(reviewer, division_code="511602000000")

        assert (len(full), len(lean)) == (1, 3)

    def test_go_back_as_far_as_there_are_any(self) -> None:
        make.take(
            make.case("OLD", applied_at=make.APPLIED - timedelta(days=2000)),
            make.case("LAST", applied_at=make.APPLIED - timedelta(days=200)),
            first=10,
        )

        assert found(staff("DATA_REVIEWER")) == ["K3", "K2", "K1", "LAST", "OLD"]

    def test_show_names_of_people_masked_and_of_units_in_full(self) -> None:
        page = selectors.cases(actor=staff("DATA_REVIEWER"), wanted=CaseQuestion(), at=make.AT)

        assert [row.applicant_masked for row in page.items] == ["示例公司", "王*明", "王*明"]


class TestCounting:
    def test_adds_tallies_up(self, three: None) -> None:
        make.take(make.ended_case("K1"), first=9)

        counts = selectors.case_counts(actor=staff("DATA_REVIEWER"), wanted=CaseQuestion())
        county = selectors.case_counts(
            actor=staff("SUPERVISOR", division="511602000000"), wanted=CaseQuestion()
        )

        assert (counts.total, counts.by_state) == (3, {"05": 1, "10": 2})
        assert counts.by_month == [(make.APPLIED.date().replace(day=1), 3)]
        assert county.by_state == {"10": 2}


class TestOneCase:
    def test_has_everything_of_it_masked(self) -> None:
        make.take(*make.whole())

        case = selectors.case_by_id(
            case_id=LibraryRecord.objects.get().pk, actor=staff("DATA_REVIEWER"), at=make.AT
        )

        assert case.base.applicant.name == "王*明"
        assert make.PERSON.id_number not in repr(case)
        assert make.PERSON.contact_mobile not in repr(case)
        assert [step.name for step in case.process] == ["审查"]
        assert (len(case.special), len(case.materials), len(case.results)) == (1, 1, 1)
        assert (len(case.licences), len(case.ratings)) == (1, 1)

    def test_is_not_there_for_another_area(self) -> None:
        make.take(make.case())

        with pytest.raises(NotFound):
            selectors.case_by_id(
                case_id=LibraryRecord.objects.get().pk,
                actor=staff("DATA_REVIEWER", division="511603000000"),
                at=make.AT,
            )

    def test_tells_the_person_who_looked(self) -> None:
        make.take(make.case())
        put_back = ports.know_people_by(_Known())

        selectors.case_by_id(case_id=LibraryRecord.objects.get().pk, actor=staff("DATA_REVIEWER"), at=make.AT)

        put_back()
        with connection.cursor() as cursor:
            cursor.execute("SELECT principal_id::text, act, object_key FROM foundation_look")
            assert cursor.fetchall() == [(PERSON, "READ", "K1")]


class TestOwnCases:
    def test_are_those_of_every_system(self, three: None) -> None:
        person = Actor(kind=ActorKind.PERSON, id=PERSON, person_id=PERSON)
        put_back = ports.know_people_by(_Known())

        page = selectors.own_cases(actor=person)

        put_back()
        assert [row.number for row in page.items] == ["K2", "K1"]

    def test_are_for_persons_only(self) -> None:
        with pytest.raises(NotPermitted):
            selectors.own_cases(actor=staff("DATA_REVIEWER"))


class TestQuality:
    def test_lists_faults_by_source_with_their_counts(self) -> None:
        make.take(make.case("K1", state="99"), make.case("K2", state="99"), make.case("K1"))
        reviewer = staff("DATA_REVIEWER")

        counts = selectors.fault_counts(actor=reviewer)
        (fault,) = selectors.faults(actor=reviewer).items
        (source,) = selectors.sources(actor=reviewer)

        assert counts == [(CITY, "old", Fault.STATE_UNKNOWN, 1, 2)]
        assert (fault.case_number, fault.code) == ("K2", "state_unknown")
        assert (source.rows, source.open_faults) == (1, 1)

    def test_is_for_who_watches_over_the_whole_area(self) -> None:
        with pytest.raises(NotPermitted):
            selectors.sources(actor=staff("DATA_REVIEWER", division="511602000000"))
        with pytest.raises(NotPermitted):
            selectors.sources(actor=staff("DATA_STEWARD"))


class _Known:
    """
    Knows one person.
    """

    def number_of(self, person_id: object) -> str:
        return make.PERSON.id_number if str(person_id) == PERSON else ""

    def person_of(self, id_number: str) -> str:
        return PERSON if id_number == make.PERSON.id_number else ""
