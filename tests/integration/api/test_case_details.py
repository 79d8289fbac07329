"""
A case as whoever handles it needs it: answers and applicant masked, what may be done now, and in clear with a purpose.
"""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import api
from tests.factories import casework as make
from tests.factories.api import World
from tests.integration.api.conftest import problem
from tongban.foundation.models import AuditEntry, IdempotencyKey
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

PERSONAL = ("11010519491231002X", "王小明", "13900000001")


def details(caller: api.Caller, world: World) -> dict[str, Any]:
    answer: dict[str, Any] = caller.get(f"/cases/{world.case_number}", {"details": "true"}).json()
    result: dict[str, Any] = answer["details"]
    return result


class TestDetails:
    def test_are_there_when_asked_for_only(self, world: World) -> None:
        plain = world.clerk.get(f"/cases/{world.case_number}").json()

        assert "details" not in plain
        assert plain["materials"]

    @pytest.mark.parametrize("name", ["clerk", "system"])
    def test_show_agencies_the_form_masked(self, world: World, name: str) -> None:
        response = getattr(world, name).get(f"/cases/{world.case_number}", {"details": "true"})

        found = response.json()["details"]
        assert found["applicant"]["name"] == "王*明"
        assert found["applicant"]["id_number"] != "11010519491231002X"
        answers = {answer["key"]: answer for answer in found["answers"]}
        assert answers["shop_name"]["value"] == "清风理发店"
        assert found["may_reveal"] is True
        assert not [text for text in PERSONAL if text in response.content.decode()]

    def test_name_what_the_caller_may_do_now(self, world: World) -> None:
        clerk, citizen = details(world.clerk, world), details(world.citizen, world)

        assert {"ACCEPT", "REQUEST_CORRECTION", "REFUSE_ACCEPTANCE"} <= set(clerk["actions"])
        assert citizen["actions"] == ["WITHDRAW"]

    def test_change_with_the_case(self, world: World) -> None:
        world.clerk.post(f"/cases/{world.case_number}/acceptance", {})

        assert "ACCEPT" not in details(world.clerk, world)["actions"]
        assert "EXTEND" in details(world.clerk, world)["actions"]

    def test_are_nobody_elses(self, world: World) -> None:
        other = api.citizen(name="陌小生", phone="19900000099")

        problem(other.get(f"/cases/{world.case_number}", {"details": "true"}), 404, "not_found")

    def test_are_as_the_document_says(self, world: World) -> None:
        assert details(world.clerk, world).keys() == {
            "applicant",
            "answers",
            "dispute",
            "actions",
            "may_reveal",
        }

    def test_cost_a_fixed_number_of_queries(
        self, world: World, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        details(world.clerk, world)

        with django_assert_num_queries(6):  # who asks, the case, and for its details the four of its page
            details(world.clerk, world)


class TestReveal:
    @pytest.mark.parametrize("name", ["clerk", "system"])
    def test_shows_in_clear_and_writes_down_why(self, world: World, name: str) -> None:
        response = getattr(world, name).post(f"/cases/{world.case_number}/reveal", {"purpose": "核对身份"})

        found = response.json()
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")
        assert found["applicant"]["name"] == "王小明"
        assert found["applicant"]["id_number"] == "11010519491231002X"
        assert found["answers"][0]["is_masked"] is False
        entry = AuditEntry.objects.get(action="casework.case.reveal")
        assert (entry.subject, entry.facts["words"]) == (world.case_number, "核对身份")

    @pytest.mark.parametrize("body", [{}, {"purpose": ""}, {"purpose": " "}, {"purpose": "x" * 201}])
    def test_asks_why(self, world: World, body: dict[str, str]) -> None:
        refused = world.clerk.post(f"/cases/{world.case_number}/reveal", body)

        assert list(problem(refused, 422, "invalid_input")["fields"]) == ["purpose"]
        assert not AuditEntry.objects.filter(action="casework.case.reveal").exists()

    def test_is_refused_to_those_who_only_watch(self, world: World) -> None:
        watcher = api.staff(roles=(Role.SUPERVISOR,), login_name="watcher")
        reader = api.system("cases:read", client_id="reader")

        for caller in (watcher, reader):
            response = caller.post(f"/cases/{world.case_number}/reveal", {"purpose": "核对身份"})
            problem(response, 403, "not_permitted")

    def test_is_not_there_for_another_agency(self, world: World) -> None:
        other = api.system("cases:read", "cases:write", client_id="x", agency_code=make.OTHER_AGENCY)

        response = other.post(f"/cases/{world.case_number}/reveal", {"purpose": "核对身份"})

        problem(response, 404, "not_found")

    def test_keeps_no_copy_for_a_key(self, world: World) -> None:
        for _ in range(2):
            world.clerk.post(
                f"/cases/{world.case_number}/reveal", {"purpose": "核对身份"}, Idempotency_Key="k"
            )

        assert AuditEntry.objects.filter(action="casework.case.reveal").count() == 2
        assert not IdempotencyKey.objects.exists()

    def test_costs_a_fixed_number_of_queries(
        self, world: World, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        world.clerk.get("/me")

        with django_assert_num_queries(8):
            world.clerk.post(f"/cases/{world.case_number}/reveal", {"purpose": "核对身份"})
