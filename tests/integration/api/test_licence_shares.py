"""
证照共享 through the API: an agency's clerk asks, the holder answers, both read where it stands.
"""

import uuid

import pytest

from tests.factories import api
from tests.factories import casework as make
from tests.integration.api.conftest import problem
from tongban.business.licences import rules
from tongban.business.licences.models import Licence, LicenceShare
from tongban.foundation import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(world: api.World) -> dict[str, object]:
    """
    What a clerk asks for: the citizen's licence, compared at a counter, for the citizen's case.
    """
    code = make.applicant_of(world.case_number).id_number
    Licence.objects.update(
        holder_index=rules.holder_index(code),
        grade="B",
        compared_at=clock.now(),
        compared_by="李核",
        original_id=uuid.uuid4(),
    )
    type_code = Licence.objects.get(identifier=world.licence_identifier).type_code
    return {"case_number": world.case_number, "type_code": type_code, "purpose": "核对场所", "days": 30}


class TestLicenceShares:
    def test_are_asked_for_answered_and_read(self, world: api.World, asked: dict[str, object]) -> None:
        share = world.clerk.post("/licence-shares", asked).json()
        path = f"/licence-shares/{share['id']}"

        waiting = world.citizen.get("/licence-shares", {"state": "ASKED"}).json()["items"]
        given = world.citizen.post(f"{path}/answer", {"answer": "CONSENT"}).json()
        face = world.clerk.get(f"{path}/face").json()
        uses = world.citizen.get(f"/licences/{world.licence_identifier}/uses").json()["items"]

        assert (share["state"], given["state"]) == ("ASKED", "GIVEN")
        assert [(row["id"], row["answers"]) for row in waiting] == [(share["id"], ["CONSENT", "REFUSE"])]
        assert face["identifier"] == world.licence_identifier
        assert [use["kind"] for use in uses] == ["READ", "GIVEN", "ASKED"]
        copy = world.clerk.get(path).json()["original_id"]
        assert world.clerk.get(f"/files/{copy}").getvalue().startswith(b"PK")
        assert world.clerk.post(f"{path}/notices/seen").json() == {"seen": 0}
        world.citizen.post(f"{path}/answer", {"answer": "WITHDRAW"})
        problem(world.clerk.get(f"{path}/face"), 409, "licence_share_not_open")
        problem(world.clerk.get(f"/files/{copy}"), 404, "file_not_found")

    def test_are_the_holders_to_answer(self, world: api.World, asked: dict[str, object]) -> None:
        share = world.clerk.post("/licence-shares", asked).json()

        answer = world.clerk.post(f"/licence-shares/{share['id']}/answer", {"answer": "CONSENT"})

        problem(answer, 404, "licence_share_not_found")
        assert LicenceShare.objects.get().state == "ASKED"

    def test_are_for_cases_that_one_decides(self, world: api.World, asked: dict[str, object]) -> None:
        answers = [
            world.citizen.post("/licence-shares", asked),
            world.clerk.post("/licence-shares", {**asked, "case_number": "never-was"}),
        ]

        assert [answer.status_code for answer in answers] == [404, 404]
        assert LicenceShare.objects.count() == 0
