"""
What an agency does to licences it issued, through the API.
"""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import api
from tests.integration.api.conftest import problem
from tongban.business.licences.models import Licence, LicenceEvent
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

WHY = {"reason": "核查发现问题", "legal_basis": "《行政许可法》第六十九条"}
ACTS = {
    "suspension": "SUSPENDED",
    "revocation": "REVOKED",
    "cancellation": "CANCELED",
    "relocation": "MOVED",
}


def amendment(**changes: Any) -> dict[str, Any]:
    return {**WHY, "case_number": "C-9", "face": {"shop": "明月理发店"}, **changes}


class TestActs:
    @pytest.mark.parametrize(("path", "status"), ACTS.items())
    def test_are_open_to_deciders_and_change_what_anybody_verifies(
        self, world: api.World, path: str, status: str
    ) -> None:
        response = world.clerk.post(f"/licences/{world.licence_identifier}/{path}", WHY)

        assert (response.status_code, response.json()["status"]) == (200, status)
        verified = api.nobody().get(f"/verifications/licences/{world.licence_identifier}")
        assert verified.json()["verdict"] == status

    def test_let_a_suspended_one_be_valid_again(self, world: api.World) -> None:
        world.clerk.post(f"/licences/{world.licence_identifier}/suspension", WHY)

        response = world.clerk.post(f"/licences/{world.licence_identifier}/resumption", WHY)

        assert (response.status_code, response.json()["status"]) == (200, "VALID")

    def test_make_a_new_version(self, world: api.World) -> None:
        response = world.clerk.post(f"/licences/{world.licence_identifier}/amendment", amendment())

        assert (response.status_code, response.json()["version"]) == (200, 2)
        detail = world.clerk.get(f"/licences/{response.json()['identifier']}").json()
        assert detail["face"][0]["value"] == "明月理发店"
        assert detail["events"][0]["reason"] == "核查发现问题"

    def test_happen_once_for_one_key(self, world: api.World) -> None:
        address = f"/licences/{world.licence_identifier}/revocation"

        answers = [world.clerk.post(address, WHY, Idempotency_Key="once") for _ in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert LicenceEvent.objects.filter(kind="REVOKED").count() == 1

    def test_name_the_state_that_refuses(self, world: api.World) -> None:
        world.clerk.post(f"/licences/{world.licence_identifier}/revocation", WHY)

        response = world.clerk.post(f"/licences/{world.licence_identifier}/suspension", WHY)

        facts = problem(response, 409, "licence_act_not_allowed")["facts"]
        assert (facts["status"], facts["act"]) == ("REVOKED", "SUSPEND")

    @pytest.mark.parametrize("path", ["suspension", "resumption", "revocation", "cancellation", "amendment"])
    @pytest.mark.parametrize("name", ["citizen", "system", "reviewer"])
    def test_are_refused_to_others(self, world: api.World, name: str, path: str) -> None:
        reviewer = api.staff(Post.REVIEW, login_name="reviewer")
        caller = reviewer if name == "reviewer" else getattr(world, name)
        body = amendment() if path == "amendment" else WHY

        response = caller.post(f"/licences/{world.licence_identifier}/{path}", body)

        problem(response, 403, "not_permitted")
        assert Licence.objects.get().status == "VALID"

    @pytest.mark.parametrize(("path", "body"), [("revocation", {}), ("amendment", {"case_number": "C-9"})])
    def test_ask_for_reason_and_basis(self, world: api.World, path: str, body: dict[str, Any]) -> None:
        response = world.clerk.post(f"/licences/{world.licence_identifier}/{path}", body)

        fields = problem(response, 422, "invalid_input")["fields"]
        assert {"reason", "legal_basis"} <= fields.keys()

    def test_let_the_agencys_own_system_act(self, world: api.World) -> None:
        system = api.system("licences:read", "licences:write", client_id="licence-system")

        response = system.post(f"/licences/{world.licence_identifier}/revocation", WHY)

        assert response.json()["status"] == "REVOKED"

    @pytest.mark.parametrize("months", [0, -1, 1201])
    def test_bound_the_period(self, world: api.World, months: int) -> None:
        response = world.clerk.post(
            f"/licences/{world.licence_identifier}/amendment", amendment(validity_months=months)
        )

        assert "validity_months" in problem(response, 422, "invalid_input")["fields"]


class TestActions:
    def test_say_what_the_caller_may_do_now(self, world: api.World) -> None:
        address = f"/licences/{world.licence_identifier}"

        before = world.clerk.get(address).json()["actions"]
        world.clerk.post(f"{address}/suspension", WHY)
        after = world.clerk.get(address).json()["actions"]

        assert before == ["SUSPEND", "AMEND", "MOVE", "REVOKE", "CANCEL"]
        assert after == ["RESUME", "REVOKE", "CANCEL"]
        assert world.citizen.get(address).json()["actions"] == []
        assert world.system.get(address).json()["actions"] == []


COSTS = [("suspension", WHY, 9), ("revocation", WHY, 9), ("amendment", amendment(), 21)]


class TestCosts:
    @pytest.mark.parametrize(("path", "body", "queries"), COSTS)
    def test_are_fixed(
        self,
        world: api.World,
        path: str,
        body: dict[str, Any],
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        world.clerk.get("/me")

        with django_assert_num_queries(queries):
            response = world.clerk.post(f"/licences/{world.licence_identifier}/{path}", body)

        assert response.status_code == 200
