"""
The catalogue over the API: a provider's system compiles, people review and publish, schemas have lasting addresses.
"""

from typing import Any

import jsonschema_rs
import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from tests.factories import api
from tests.factories.api import Caller
from tests.factories.datasets import AGENCY, DIVISION, OTHER_AGENCY, REVIEWER, STEWARD, definition
from tests.factories.life import AT
from tongban.resources.datasets import schemas, services
from tongban.resources.datasets.models import Dataset, DatasetVersion
from tongban.resources.datasets.values import Openness
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db
FIELDS = [{"name": "place", "title": "地点", "length": 100, "is_required": True}]
WHOLE = {
    "title": "公共厕所信息",
    "summary": "城区公共厕所的位置和开放时间",
    "group_code": "06",
    "subgroup_code": "018",
    "provider_name": "广安区民政局",
    "fields": FIELDS,
    "openness": "1",
    "cycle": "7",
}


def provider(*scopes: str, agency_code: str = AGENCY, client_id: str = "provider") -> Caller:
    """
    Return a system of the agency that provides.
    """
    return api.system(*scopes, client_id=client_id, agency_code=agency_code)


def reviewer() -> Caller:
    """
    Return somebody who reviews the area's catalogue.
    """
    return api.staff(roles=(Role.DATA_REVIEWER,), login_name="reviewer", agency_code=OTHER_AGENCY)


def told(response: Any, status: int = 200) -> dict[str, Any]:
    """
    Return an answer of this status.
    """
    assert response.status_code == status, response.content.decode()
    found: dict[str, Any] = response.json()
    return found


def submitted(system: Caller) -> dict[str, Any]:
    """
    Let a system compile a dataset and send it to review; return the receipt.
    """
    receipt = told(system.post("/datasets", WHOLE))
    return told(system.post(f"/dataset-versions/{receipt['id']}/submission"))


def published(**changes: Any) -> Dataset:
    """
    Bring a dataset into force.
    """
    receipt = services.compile_dataset(definition=definition(**changes), actor=STEWARD, at=AT)
    services.submit_draft(version_id=receipt.id, actor=STEWARD, at=AT)
    services.publish_version(version_id=receipt.id, actor=REVIEWER, at=AT)
    return Dataset.objects.get(id=receipt.dataset_id)


class TestTheLifeOfADataset:
    def test_is_compiled_by_a_system_and_published_by_somebody(self) -> None:
        system, person = provider("datasets:write"), reviewer()

        receipt = submitted(system)
        done = told(person.post(f"/dataset-versions/{receipt['id']}/publication"))
        shown = told(system.get(f"/datasets/{receipt['dataset_id']}"))

        schemas.DatasetDetailOut.model_validate(shown)
        assert (done["state"], done["version"]) == ("PUBLISHED", 1)
        assert shown["summary"]["state"] == "IN_USE"
        assert (shown["definition"]["provider_code"], shown["definition"]["division_code"]) == (
            AGENCY,
            DIVISION,
        )
        assert [line["act"] for line in shown["log"]] == ["PUBLISH", "SUBMIT", "COMPILE"]

    def test_goes_on_by_versions_that_say_in_what_they_differ(self) -> None:
        system, person = provider("datasets:write"), reviewer()
        first = submitted(system)
        told(person.post(f"/dataset-versions/{first['id']}/publication"))
        draft = told(system.post(f"/datasets/{first['dataset_id']}/versions"))

        saved = told(
            system.send(
                "PUT",
                f"/dataset-versions/{draft['id']}",
                {"revision": draft["revision"], "definition": {**WHOLE, "title": "公厕信息"}},
            )
        )
        stale = system.send(
            "PUT",
            f"/dataset-versions/{draft['id']}",
            {"revision": draft["revision"], "definition": WHOLE},
        )
        seen = told(system.get(f"/dataset-versions/{draft['id']}"))

        schemas.DatasetVersionOut.model_validate(seen)
        assert saved["revision"] == draft["revision"] + 1
        assert told(stale, 409)["code"] == "dataset_draft_changed"
        assert [(each["part"], each["before"], each["after"]) for each in seen["changes"]] == [
            ("title", "公共厕所信息", "公厕信息")
        ]

    def test_is_returned_given_up_and_withdrawn(self) -> None:
        system, person = provider("datasets:write"), reviewer()
        first = submitted(system)
        returned = told(person.post(f"/dataset-versions/{first['id']}/return", {"comment": "补充摘要"}))
        told(system.post(f"/dataset-versions/{first['id']}/submission"))
        told(person.post(f"/dataset-versions/{first['id']}/publication"))
        draft = told(system.post(f"/datasets/{first['dataset_id']}/versions"))

        given_up = told(system.post(f"/dataset-versions/{draft['id']}/discard"))
        told(person.post(f"/datasets/{first['dataset_id']}/withdrawal", {"comment": "职能划转"}))

        assert (returned["state"], given_up["state"]) == ("DRAFT", "DISCARDED")
        assert Dataset.objects.get().state == "WITHDRAWN"

    def test_is_begun_once_with_one_key(self) -> None:
        system = provider("datasets:write")

        answers = [told(system.post("/datasets", WHOLE, Idempotency_Key="one")) for _time in range(2)]

        assert answers[0] == answers[1]
        assert Dataset.objects.count() == 1


class TestWhoMay:
    def test_leaves_reviewing_and_publishing_to_people(self) -> None:
        system = provider("datasets:write")
        receipt = submitted(system)

        refused = system.post(f"/dataset-versions/{receipt['id']}/publication")

        assert told(refused, 403)["code"] == "not_permitted"
        assert DatasetVersion.objects.get().state == "IN_REVIEW"

    def test_lets_nobody_compile_with_the_scope_to_read(self) -> None:
        assert provider("datasets:read").post("/datasets", WHOLE).status_code == 403
        assert Dataset.objects.count() == 0

    def test_lets_no_system_read_with_another_scope(self) -> None:
        assert provider("cases:read").get("/datasets").status_code == 403

    @pytest.mark.parametrize("scope", ["datasets:read", "datasets:write"])
    def test_hides_the_drafts_of_other_agencies(self, scope: str) -> None:
        receipt = submitted(provider("datasets:write"))
        other = provider(scope, agency_code=OTHER_AGENCY, client_id="other")

        assert told(other.get("/datasets"))["items"] == []
        for path in (f"/datasets/{receipt['dataset_id']}", f"/dataset-versions/{receipt['id']}"):
            assert told(other.get(path), 404)["code"] == "dataset_not_found"
        assert other.post(f"/dataset-versions/{receipt['id']}/discard").status_code in {403, 404}
        assert DatasetVersion.objects.get().state == "IN_REVIEW"

    def test_lets_no_one_compile_for_others(self) -> None:
        body = {**WHOLE, "provider_code": OTHER_AGENCY}

        assert "provider_code" in str(told(provider("datasets:write").post("/datasets", body), 422)["fields"])


class TestLists:
    def test_finds_by_words_and_pages_at_a_constant_cost(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        for number in range(3):
            published(title=f"名册{number}")
        published(title="别的")
        system = provider("datasets:read")
        system.get("/datasets")

        with django_assert_num_queries(2):
            first = told(system.get("/datasets", {"q": "名册", "limit": 2}))
        second = told(system.get("/datasets", {"q": "名册", "limit": 2, "cursor": first["next_cursor"]}))

        schemas.DatasetPage.model_validate(first)
        assert [each["title"] for each in first["items"] + second["items"]] == ["名册0", "名册1", "名册2"]
        assert second["next_cursor"] is None

    def test_costs_the_same_for_one_however_many_versions(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        row = published()
        version = DatasetVersion.objects.get()
        system = provider("datasets:read")
        system.get("/datasets")

        with django_assert_num_queries(3):
            told(system.get(f"/datasets/{row.id}"))
        with django_assert_num_queries(2):
            told(system.get(f"/dataset-versions/{version.id}"))
        with django_assert_num_queries(2):
            told(system.get(f"/datasets/{row.node}/306018-000001/versions/1/schema"))


class TestSchemas:
    def test_are_found_where_their_name_says(self) -> None:
        row = published()
        system = provider("datasets:read")
        shown = told(system.get(f"/datasets/{row.id}"))["schema"]

        path = shown["$id"].removeprefix(f"{settings.TONGBAN_BASE_URL.rstrip('/')}/api/v1")
        answer = system.get(path)

        assert path == f"/datasets/{row.node}/306018-000001/versions/1/schema"
        assert answer.headers["Content-Type"] == "application/schema+json"
        assert told(answer) == shown
        assert jsonschema_rs.is_valid(shown, {"id_number": "1"})

    def test_stay_as_they_were_when_a_version_follows(self) -> None:
        row = published()
        before = told(provider("datasets:read").get(f"/datasets/{row.node}/306018-000001/versions/1/schema"))
        draft = services.compile_version(dataset_id=row.id, actor=STEWARD, at=AT)
        services.save_draft(
            version_id=draft.id,
            revision=draft.revision,
            definition=definition(title="低保人员"),
            actor=STEWARD,
            at=AT,
        )
        services.submit_draft(version_id=draft.id, actor=STEWARD, at=AT)
        services.publish_version(version_id=draft.id, actor=REVIEWER, at=AT)
        system = provider("datasets:read", client_id="later")

        first, second, third = (
            system.get(f"/datasets/{row.node}/306018-000001/versions/{number}/schema") for number in (1, 2, 3)
        )

        assert told(first) == before
        assert told(second)["title"] == "低保人员"
        assert told(third, 404)["code"] == "dataset_not_found"

    def test_of_what_is_not_open_are_for_who_reads_the_catalogue(self) -> None:
        row = published()
        path = f"/datasets/{row.node}/306018-000001/versions/1/schema"

        assert api.nobody().get(path).status_code == 401
        assert api.nobody().get(path.replace("000001", "000009")).status_code == 401
        assert provider("cases:read").get(path).status_code == 403

    def test_of_what_is_open_are_for_everybody_and_earlier_closed_ones_are_not(self) -> None:
        row = published()
        draft = services.compile_version(dataset_id=row.id, actor=STEWARD, at=AT)
        services.save_draft(
            version_id=draft.id,
            revision=draft.revision,
            definition=definition(openness=Openness.CONDITIONAL, opening_condition="实名申请"),
            actor=STEWARD,
            at=AT,
        )
        services.submit_draft(version_id=draft.id, actor=STEWARD, at=AT)
        services.publish_version(version_id=draft.id, actor=REVIEWER, at=AT)

        path = f"/datasets/{row.node}/306018-000001/versions/"

        assert api.nobody().get(f"{path}2/schema").status_code == 200
        assert api.nobody().get(f"{path}1/schema").status_code == 401
        services.withdraw_dataset(dataset_id=row.id, comment="停用", actor=REVIEWER, at=AT)
        assert api.nobody().get(f"{path}2/schema").status_code == 401
