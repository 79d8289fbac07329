"""
An agency's own system in handling's place (architecture.md 3.3): it takes cases up and reports as handling does.
"""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories import api
from tests.factories import casework as make
from tests.integration.api.conftest import problem
from tongban.business.casework.models import CaseEvent
from tongban.business.handling.models import WorkItem
from tongban.foundation import clock, events
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db

SCOPES = ("cases:read", "cases:write", "handling:write")


@pytest.fixture
def system(world: api.World) -> api.Caller:
    return api.system(*SCOPES, client_id="health-system")


def settle() -> None:
    events.deliver_all(at=clock.now() + timedelta(seconds=1))


def conclude(caller: api.Caller, item_id: str, outcome: str, **more: Any) -> Any:
    return caller.post(
        f"/work-items/{item_id}/conclusion", {"outcome": outcome, "opinion": "符合规定", **more}
    )


def open_item(caller: api.Caller) -> dict[str, Any]:
    (item,) = caller.get("/work-items").json()["items"]
    result: dict[str, Any] = item
    return result


class TestAgencySystem:
    def test_leads_a_case_from_acceptance_to_the_decision(self, world: api.World, system: api.Caller) -> None:
        waiting = world.case_number
        accepted = system.post(f"/cases/{waiting}/acceptance", {"opinion": "材料齐全"})
        settle()
        (item,) = system.get("/work-items", {"case_number": waiting}).json()["items"]

        claimed = system.post(f"/work-items/{item['id']}/claim")
        reviewed = conclude(system, item["id"], "PASS")
        (following,) = system.get("/work-items", {"case_number": waiting}).json()["items"]
        decided = conclude(system, following["id"], "GRANT", conditions="每年检测一次")
        settle()

        assert [answer.status_code for answer in (accepted, claimed, reviewed, decided)] == [200] * 4
        assert system.get(f"/cases/{waiting}").json()["status"] == "CLOSED"
        assert system.get(f"/cases/{waiting}/ledger").json()["is_sound"] is True
        told = CaseEvent.objects.filter(case_number=waiting, kind__in=["REVIEWED", "GRANTED"]).order_by("seq")
        assert [(event.actor_kind, event.actor_id) for event in told] == [("CLIENT", "health-system")] * 2

    def test_refuses_with_reason_and_basis(self, world: api.World, system: api.Caller) -> None:
        conclude(system, world.work_item_id, "PASS")
        item = open_item(system)

        without = conclude(system, item["id"], "REFUSE")
        refused = conclude(system, item["id"], "REFUSE", legal_basis=["公共场所卫生管理条例第四条"])

        assert "legal_basis" in problem(without, 422, "invalid_input")["fields"]
        assert refused.status_code == 200

    def test_sees_the_whole_work_of_its_agency(self, world: api.World, system: api.Caller) -> None:
        item = open_item(system)

        assert (item["id"], item["stage"], item["may_work"]) == (world.work_item_id, "REVIEW", True)
        assert system.get(f"/work-items/{world.work_item_id}").json()["may_work"] is True
        assert system.get("/work-items", {"mine_only": "true"}).json()["items"] == []

    def test_has_what_it_took_up(self, world: api.World, system: api.Caller) -> None:
        system.post(f"/work-items/{world.work_item_id}/claim")

        again = system.post(f"/work-items/{world.work_item_id}/claim")
        (mine,) = system.get("/work-items", {"mine_only": "true"}).json()["items"]

        assert again.status_code == 200
        assert (mine["is_mine"], mine["claimed_name"]) == (True, "业务系统（演示）")
        assert mine["outcomes"] == ["PASS"]

    def test_and_a_clerk_do_not_get_in_each_others_way(self, world: api.World, system: api.Caller) -> None:
        world.clerk.post(f"/work-items/{world.work_item_id}/claim")

        problem(system.post(f"/work-items/{world.work_item_id}/claim"), 409, "work_item_taken")
        problem(conclude(system, world.work_item_id, "PASS"), 409, "work_item_taken")
        assert WorkItem.objects.get(id=world.work_item_id).claimed_name == "李工"

    def test_of_the_same_agency_does_not_take_what_another_has(
        self, world: api.World, system: api.Caller
    ) -> None:
        system.post(f"/work-items/{world.work_item_id}/claim")
        other = api.system(*SCOPES, client_id="another-system")

        problem(other.post(f"/work-items/{world.work_item_id}/claim"), 409, "work_item_taken")

    @pytest.mark.parametrize("scopes", [("cases:read", "cases:write"), ("licences:read",)])
    def test_needs_the_scope(self, world: api.World, scopes: tuple[str, ...]) -> None:
        system = api.system(*scopes, client_id="health-system")

        problem(system.get("/work-items"), 403, "not_permitted")
        assert system.get(f"/work-items/{world.work_item_id}").status_code == 404
        assert system.post(f"/work-items/{world.work_item_id}/claim").status_code == 404
        assert system.get("/work-items", {"case_number": world.case_number}).json()["items"] == []

    @pytest.mark.parametrize("agency_code", [make.OTHER_AGENCY, ""])
    def test_sees_nothing_of_other_agencies(self, world: api.World, agency_code: str) -> None:
        system = api.system(*SCOPES, client_id="health-system", agency_code=agency_code)

        assert system.get(f"/work-items/{world.work_item_id}").status_code == 404
        assert system.post(f"/work-items/{world.work_item_id}/claim").status_code == 404
        assert system.get("/work-items").json().get("items", []) == []

    def test_hands_nothing_over_to_people(self, world: api.World, system: api.Caller) -> None:
        colleague = api.staff(Post.REVIEW, login_name="reviewer")

        response = system.post(
            f"/work-items/{world.work_item_id}/hand-over", {"to_account": colleague.actor.id}
        )

        problem(response, 403, "not_permitted")
