import json
from typing import Any
from uuid import uuid4

import pytest

from tests.factories import api
from tests.factories.api import World
from tests.integration.api.conftest import problem
from tongban.support.identity.values import Post

pytestmark = pytest.mark.django_db


def body(response: Any) -> Any:
    return json.loads(response.content)


class TestLedger:
    def test_tells_of_staff_and_systems_that_looked_at_a_case(self, world: World) -> None:
        world.clerk.get(f"/cases/{world.case_number}")
        world.clerk.get(f"/cases/{world.case_number}")
        world.clerk.post(f"/cases/{world.case_number}/reveal", {"purpose": "EXAMINATION"})

        rows = body(world.citizen.get(f"/me/ledger?key={world.case_number}"))["items"]

        told = {(row["act"], row["count"], row["purpose"]) for row in rows if row["actor_kind"] == "STAFF"}
        assert told >= {("READ", 2, ""), ("REVEALED", 1, "EXAMINATION")}

    def test_is_silent_about_looks_that_were_refused(self, world: World) -> None:
        stranger = api.staff(Post.REVIEW, login_name="other.agency", agency_code="OTHER")

        refused = stranger.get(f"/cases/{world.case_number}")

        rows = body(world.citizen.get("/me/ledger"))["items"]
        assert refused.status_code == 404
        assert [row for row in rows if row["agency_code"] == "OTHER"] == []

    def test_is_silent_about_ones_own_looks(self, world: World) -> None:
        before = body(world.citizen.get("/me/ledger"))["items"]

        world.citizen.get(f"/cases/{world.case_number}")

        assert body(world.citizen.get("/me/ledger"))["items"] == before

    @pytest.mark.parametrize("name", ["clerk", "system"])
    def test_is_for_people_only(self, world: World, name: str) -> None:
        problem(getattr(world, name).get("/me/ledger"), 403, "not_permitted")


class TestObjections:
    def test_are_raised_listed_and_never_answered_by_whoever_looked(self, world: World) -> None:
        world.clerk.post(f"/cases/{world.case_number}/reveal", {"purpose": "EXAMINATION"})
        (row,) = body(world.citizen.get("/me/ledger?act=REVEALED"))["items"]

        raised = world.citizen.post(f"/me/ledger/{row['id']}/objection", {"words": "为什么"})
        listed = body(world.clerk.get("/objections"))["items"]
        refused = world.clerk.post(
            f"/objections/{body(raised)['id']}/answer", {"finding": "JUSTIFIED", "answer": "依职责"}
        )

        assert raised.status_code == 201
        assert [item["words"] for item in listed] == ["为什么"]
        problem(refused, 403, "not_permitted")

    def test_of_a_look_that_is_not_there_are_refused(self, world: World) -> None:
        problem(world.citizen.post("/me/ledger/999999999/objection", {}), 404, "not_found")


class TestRequests:
    def test_ask_for_a_fresh_check_first(self, world: World) -> None:
        problem(world.citizen.post("/me/copies", {}), 403, "fresh_check_needed")
        problem(world.citizen.post("/me/closing", {}), 403, "fresh_check_needed")
        problem(world.citizen.get(f"/me/copies/{uuid4()}"), 403, "fresh_check_needed")
        assert body(world.citizen.get("/me/data-requests")) == []

    def test_find_nothing_to_take_back(self, world: World) -> None:
        problem(world.citizen.send("DELETE", "/me/closing", {}), 404, "not_found")
