"""
The directory of licences, through the API.
"""

from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.factories import api
from tests.integration.api.conftest import problem
from tongban.business.licences.models import LicenceType, LicenceTypeVersion
from tongban.support.identity.values import Post, Role

pytestmark = pytest.mark.django_db

CODE = "11510100MB1500000X001"
DEFINITION: dict[str, Any] = {
    "name": "演示许可证",
    "defining_body_code": CODE[:18],
    "defining_body_name": "示例区行政审批局",
    "fields": [
        {"key": "holder_name", "label": "持证主体", "source": "holder.name"},
        {"key": "holder_code", "label": "持证主体代码", "source": "holder.code", "masked": True},
        {"key": "area", "label": "面积", "kind": "NUMBER", "minimum": 1},
    ],
    "validity": {"kind": "MONTHS", "months": 12},
    "sharing_condition": "经持证主体授权",
}


@pytest.fixture
def editor() -> api.Caller:
    return api.staff(roles=(Role.LICENCE_EDITOR,), login_name="licence.editor")


@pytest.fixture
def reviewer() -> api.Caller:
    return api.staff(roles=(Role.LICENCE_REVIEWER,), login_name="licence.reviewer")


def compiled(editor: api.Caller) -> str:
    answer = editor.post("/licence-types", {"code": CODE, "definition": DEFINITION})
    return str(answer.json()["id"])


def published(editor: api.Caller, reviewer: api.Caller) -> str:
    version_id = compiled(editor)
    editor.post(f"/licence-type-versions/{version_id}/submission")
    reviewer.post(f"/licence-type-versions/{version_id}/approval")
    reviewer.post(f"/licence-type-versions/{version_id}/publication")
    return version_id


class TestSteps:
    def test_lead_from_a_draft_into_force(self, editor: api.Caller, reviewer: api.Caller) -> None:
        version_id = compiled(editor)
        changed = {"revision": 1, "definition": {**DEFINITION, "name": "改名许可证"}}

        states = [
            answer.json()["state"]
            for answer in (
                editor.send("PUT", f"/licence-type-versions/{version_id}", changed),
                editor.post(f"/licence-type-versions/{version_id}/submission"),
                reviewer.post(f"/licence-type-versions/{version_id}/return", {"comment": "请核对"}),
                editor.post(f"/licence-type-versions/{version_id}/submission"),
                reviewer.post(f"/licence-type-versions/{version_id}/approval", {"comment": "同意"}),
                reviewer.post(f"/licence-type-versions/{version_id}/publication"),
            )
        ]

        assert states == ["DRAFT", "IN_REVIEW", "DRAFT", "IN_REVIEW", "APPROVED", "PUBLISHED"]
        shown = api.nobody().get(f"/licence-types/{CODE}").json()
        assert (shown["summary"]["name"], shown["summary"]["version"]) == ("改名许可证", 1)
        assert shown["log"] == []

    def test_begin_the_next_version_and_end_a_type(self, editor: api.Caller, reviewer: api.Caller) -> None:
        published(editor, reviewer)

        draft = editor.post(f"/licence-types/{CODE}/versions").json()
        given_up = editor.post(f"/licence-type-versions/{draft['id']}/discard").json()
        ended = reviewer.post(f"/licence-types/{CODE}/withdrawal", {"comment": "依据已废止"}).json()

        assert (given_up["state"], ended) == (
            "DISCARDED",
            {"code": CODE, "state": "WITHDRAWN", "version": 1},
        )

    def test_happen_once_for_one_key(self, editor: api.Caller) -> None:
        body = {"code": CODE, "definition": DEFINITION}

        answers = [editor.post("/licence-types", body, Idempotency_Key="once") for _turn in range(2)]

        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert LicenceTypeVersion.objects.count() == 1

    def test_are_refused_to_others(self, editor: api.Caller, reviewer: api.Caller) -> None:
        clerk = api.staff(*Post, login_name="clerk")
        body = {"code": CODE, "definition": DEFINITION}

        assert api.nobody().post("/licence-types", body).status_code == 401
        problem(clerk.post("/licence-types", body), 403, "not_permitted")
        problem(reviewer.post("/licence-types", body), 403, "not_permitted")
        assert not LicenceType.objects.exists()
        version_id = compiled(editor)
        editor.post(f"/licence-type-versions/{version_id}/submission")
        refused = editor.post(f"/licence-type-versions/{version_id}/approval")
        problem(refused, 403, "not_permitted")

    def test_name_what_is_wrong(self, editor: api.Caller) -> None:
        version_id = compiled(editor)

        shape = editor.post("/licence-types", {"code": CODE, "definition": {**DEFINITION, "check_months": 0}})
        stale = editor.send(
            "PUT", f"/licence-type-versions/{version_id}", {"revision": 7, "definition": DEFINITION}
        )
        unknown = editor.send("PUT", f"/licence-type-versions/{version_id}", {"revision": 1, "more": 1})

        assert list(problem(shape, 422, "invalid_input")["fields"]) == ["definition.check_months"]
        problem(stale, 409, "licence_type_draft_changed")
        problem(unknown, 422, "invalid_input")


class TestReading:
    def test_is_open_to_all_for_what_was_published(self, editor: api.Caller, reviewer: api.Caller) -> None:
        version_id = published(editor, reviewer)

        listed = api.nobody().get("/licence-types", {"q": "演示"}).json()
        version = api.nobody().get(f"/licence-types/{CODE}/versions/1").json()
        by_id = api.nobody().get(f"/licence-type-versions/{version_id}").json()

        assert [(one["code"], one["open_state"]) for one in listed["items"]] == [(CODE, None)]
        assert version["definition"]["fields"][2]["kind"] == "NUMBER"
        assert by_id == version

    def test_hides_what_is_being_compiled(self, editor: api.Caller) -> None:
        version_id = compiled(editor)

        for path, code in (
            (f"/licence-type-versions/{version_id}", "licence_type_version_not_found"),
            (f"/licence-types/{CODE}", "unknown_licence_type"),
        ):
            problem(api.nobody().get(path), 404, code)
            assert editor.get(path).status_code == 200
        assert api.nobody().get("/licence-types").json()["items"] == []

    def test_gives_the_schema_that_faces_follow(self, editor: api.Caller, reviewer: api.Caller) -> None:
        published(editor, reviewer)

        answer = api.nobody().get(f"/licence-types/{CODE}/versions/1/schema")

        assert answer["Content-Type"] == "application/schema+json"
        schema = answer.json()
        assert schema["$id"].endswith(f"/api/v1/licence-types/{CODE}/versions/1/schema")
        jsonschema.validate({"holder_name": "张三", "holder_code": "1", "area": 2.5}, schema)
        assert not jsonschema.Draft202012Validator(schema).is_valid({"holder_name": "张三", "area": 0})

    @pytest.mark.parametrize("version", ["2", "0", "99999999999", "x"])
    def test_knows_no_other_version(self, editor: api.Caller, reviewer: api.Caller, version: str) -> None:
        published(editor, reviewer)

        answer = api.nobody().get(f"/licence-types/{CODE}/versions/{version}")

        assert answer.status_code in {404, 422}


class TestFile:
    def test_comes_back_as_it_went(self, editor: api.Caller, reviewer: api.Caller) -> None:
        published(editor, reviewer)
        rows = api.nobody().get("/licence-types/file").json()

        same = editor.post("/licence-types/file", rows).json()
        other = editor.post("/licence-types/file", [{**rows[0], "name": "改名"}]).json()

        assert same == {"drafts": [], "unchanged": [CODE]}
        assert [(one["type_code"], one["state"]) for one in other["drafts"]] == [(CODE, "DRAFT")]

    def test_that_is_wrong_changes_nothing(self, editor: api.Caller) -> None:
        refused = editor.post("/licence-types/file", [{"code": "1"}])

        problem(refused, 422, "licence_type_invalid")
        assert not LicenceType.objects.exists()
