"""
本人在各系统的办件 through the API: by the number of the person's own document, in nobody else's name.
"""

import pytest

from tests.factories import api
from tests.factories import library as make
from tongban.resources.caselibrary.values import ApplicantContent
from tongban.support.identity.selectors.holders import number_of

pytestmark = pytest.mark.django_db


class TestOwnCases:
    def test_are_found_by_the_callers_own_number(self) -> None:
        citizen = api.citizen()
        person_id = citizen.get("/me").json()["person_id"]
        own = ApplicantContent(
            name="王小明", kind="1", id_type="111", id_number=number_of(person_id=person_id)
        )
        make.take(make.case("MINE", applicant=own), make.case("ANOTHERS"))

        page = citizen.get("/me/library-cases").json()

        assert [(row["number"], row["system"]) for row in page["items"]] == [("MINE", "old")]
        assert page["next_cursor"] is None

    def test_are_not_for_systems(self) -> None:
        response = api.system("cases:read").get("/me/library-cases")

        assert response.status_code == 403
