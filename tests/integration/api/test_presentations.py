"""
亮证 through the API: a wallet of another maker shows, a gate of another maker checks.
"""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from tests.factories import api
from tests.factories.trust import establish
from tests.integration.api.conftest import problem
from tongban.business.licences.models import Presentation, PresentationCheck
from tongban.foundation import clock

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def authorities(db: None) -> None:
    establish(at=clock.now() - timedelta(days=1))


def opened(world: api.World) -> str:
    answer = world.citizen.post(f"/licences/{world.licence_identifier}/presentations", {"keys": ["shop"]})
    assert answer.status_code == 200
    return str(answer.json()["id"])


def scan(code: str, check_id: str = "scan-1") -> dict[str, str]:
    return {"code": code, "check_id": check_id, "checker": "某酒店前台"}


class TestPresentations:
    def test_show_check_and_end(self, world: api.World) -> None:
        presentation = opened(world)
        code = world.citizen.get(f"/presentations/{presentation}/code").json()

        checked = api.nobody().post("/verifications/codes", scan(code["code"])).json()
        again = api.nobody().post("/verifications/codes", scan(code["code"], "scan-2")).json()
        seen = world.citizen.get(f"/presentations/{presentation}").json()
        ended = world.citizen.post(f"/presentations/{presentation}/end")

        assert (checked["verdict"], checked["status"]) == ("GENUINE", "VALID")
        assert [label for label, _value in checked["claims"]["lines"]] == [seen["lines"][0]["label"]]
        assert (again["verdict"], again["status"], again["claims"]) == ("USED", None, None)
        assert [check["checker"] for check in seen["checks"]] == ["某酒店前台"]
        assert ended.status_code == 200
        over = world.citizen.get(f"/presentations/{presentation}/code")
        problem(over, 409, "presentation_over")

    def test_open_once_for_one_key(self, world: api.World) -> None:
        path = f"/licences/{world.licence_identifier}/presentations"

        answers = [world.citizen.post(path, {"keys": []}, Idempotency_Key="once") for _ in range(2)]

        assert answers[0].json() == answers[1].json()
        assert Presentation.objects.count() == 1

    def test_are_the_holders_alone(self, world: api.World) -> None:
        presentation = opened(world)

        answers = [
            world.clerk.post(f"/licences/{world.licence_identifier}/presentations", {"keys": []}),
            world.clerk.get(f"/presentations/{presentation}"),
            world.clerk.get(f"/presentations/{presentation}/code"),
            world.clerk.post(f"/presentations/{presentation}/end"),
        ]

        assert [answer.status_code for answer in answers] == [404] * 4
        assert Presentation.objects.count() == 1

    def test_check_with_few_questions_and_no_more_than_told(
        self, world: api.World, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        code = world.citizen.get(f"/presentations/{opened(world)}/code").json()["code"]

        with django_assert_max_num_queries(16):
            answer = api.nobody().post("/verifications/codes", scan(code))

        assert answer.json()["claims"]["is_by_agent"] is False
        assert PresentationCheck.objects.get().checker == "某酒店前台"

    @pytest.mark.parametrize(
        "body",
        [
            {"code": "", "check_id": "x"},
            {"code": "TB1", "check_id": ""},
            {"code": "TB1", "check_id": "x" * 65},
            {"code": "x" * 4001, "check_id": "x"},
            {"code": "TB1", "check_id": "x", "more": 1},
        ],
    )
    def test_refuse_what_is_no_question(self, world: api.World, body: dict[str, object]) -> None:
        assert api.nobody().post("/verifications/codes", body).status_code == 422

    def test_cannot_be_guessed_at_without_end(self, world: api.World) -> None:
        statuses = [api.nobody().post("/verifications/codes", scan("TB1")).status_code for _ in range(61)]

        assert statuses == [200] * 60 + [429]
