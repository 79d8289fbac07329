"""
Data services over the API: two agencies' own systems, a reviewer, and the gateway's own description.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Http
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate
from pytest_django import DjangoAssertNumQueries

from tests.factories import api
from tests.factories import sharing as make
from tests.factories.api import Caller
from tests.factories.sharing import Agency
from tongban.foundation import clock
from tongban.support.identity.values import Role

pytestmark = pytest.mark.django_db

SERVICE: dict[str, Any] = {
    "code": "births",
    "title": "出生登记查询",
    "dataset_code": make.DATASET,
    "kind": "UPSTREAM",
    "parameters": [{"name": "id_number", "title": "身份证号码"}],
}
SCOPES = ("sharing:read", "sharing:write")


@pytest.fixture(autouse=True)
def agency(settings: object) -> Iterator[Agency]:
    with make.wired(), make.agency() as agency, make.let_out(settings):
        yield agency


@pytest.fixture
def provider() -> Caller:
    return api.system(*SCOPES, client_id="civil-affairs", agency_code=make.PROVIDER)


@pytest.fixture
def user() -> Caller:
    return api.system(*SCOPES, "data:call", client_id=make.CLIENT, agency_code=make.USER)


@pytest.fixture
def reviewer() -> Caller:
    return api.staff(roles=(Role.DATA_REVIEWER,), login_name="reviewer", agency_code=make.OFFICE)


def said(response: Any, status: int = 200) -> Any:
    assert response.status_code == status, response.content.decode()
    return response.json()


def wish(**changes: Any) -> dict[str, Any]:
    plain = {
        "client_id": make.CLIENT,
        "purpose": "核定生育保险待遇",
        "legal_basis": "社会保险法第五十四条",
        "item_code": "511A00001",
        "fields": ["name", "born", "place"],
        "daily_quota": 10,
        "until": day(30),
        "contact_name": "姚用数",
        "contact_phone": "0000-1234567",
    }
    return {**plain, **changes}


def day(days: int) -> str:
    return clock.civil_date(clock.now() + timedelta(days=days)).isoformat()


def published(provider: Caller, reviewer: Caller, agency: Agency) -> None:
    said(provider.post("/data-services", {**SERVICE, "definition": {"url": agency.url}}), 201)
    for caller, act in ((reviewer, "CHECK"), (provider, "PUBLISH")):
        said(caller.post("/data-services/births/steps", {"act": act}))


def granted(provider: Caller, user: Caller, reviewer: Caller, **changes: Any) -> str:
    asked = said(user.post("/data-services/births/requests", wish()), 201)
    here = f"/data-use-requests/{asked['id']}"
    said(reviewer.post(f"{here}/review", {"is_in_order": True}))
    answer = {"fields": ["name"], "daily_quota": 2, "until": day(7), **changes}
    grant: str = said(provider.post(f"{here}/grant", answer))["grant_id"]
    return grant


def call(user: Caller) -> Any:
    body = json.dumps({"question": {"id_number": make.PERSON_NUMBER}})
    return Http().post("/gateway/v1/births", body, "application/json", headers=user.headers({}))


class TestTheWayOfAService:
    def test_is_offered_found_applied_for_opened_used_and_ended(
        self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency
    ) -> None:
        published(provider, reviewer, agency)
        found = said(user.get("/data-services", {"q": "出生"}))["items"]
        assert [(each["code"], each["state"]) for each in found] == [("births", "PUBLISHED")]
        seen = said(user.get("/data-services/births"))
        assert (seen["may_apply"], seen["definition"], len(seen["fields"])) == (True, None, 4)
        assert said(provider.get("/data-services/births"))["definition"] == {"url": agency.url}

        grant = granted(provider, user, reviewer, row_condition="row.division == '511602'")

        opened = said(user.get(f"/data-grants/{grant}"))
        assert (opened["fields"], opened["daily_quota"], opened["last_day"]) == (["name"], 2, day(7))
        assert said(call(user)) == {"rows": [{"name": "王小明"}]}
        assert said(user.get("/data-grants", {"side": "held"}))["items"][0]["left_today"] == 1
        call(user)
        assert said(call(user), 429)["code"] == "data_quota_exhausted"
        ended = said(provider.post(f"/data-grants/{grant}/revocation", {"words": "超范围使用"}))
        assert ended["subscriber"] == make.CLIENT
        assert said(call(user), 403)["code"] == "data_grant_revoked"

        figures = said(provider.get("/data-figures"))
        assert [(each["key"], each["calls"], each["errors"]) for each in figures["subscribers"]] == [
            (make.USER, 4, 2)
        ]
        calls = said(user.get("/data-calls", {"service": "births"}))["items"]
        assert [each["result"] for each in calls] == [
            "data_grant_revoked",
            "data_quota_exhausted",
            "ok",
            "ok",
        ]
        assert said(provider.post("/data-services/births/steps", {"act": "SUSPEND", "words": "维护"}))[
            "state"
        ] == ("SUSPENDED")

    def test_keeps_a_returned_request_until_it_is_in_order(
        self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency
    ) -> None:
        published(provider, reviewer, agency)
        asked = said(user.post("/data-services/births/requests", wish()), 201)
        here = f"/data-use-requests/{asked['id']}"

        said(reviewer.post(f"{here}/review", {"is_in_order": False}), 422)
        said(reviewer.post(f"{here}/review", {"is_in_order": False, "words": "请写明条款"}))
        said(user.send("PUT", here, wish(legal_basis="社会保险法第五十六条")))
        said(reviewer.post(f"{here}/review", {"is_in_order": True}))
        bare = said(provider.post(f"{here}/refusal", {"words": "不便", "clause": ""}), 409)
        said(provider.post(f"{here}/refusal", {"words": "涉密", "clause": "保守国家秘密法-26"}))

        assert bare["code"] == "data_refusal_without_ground"
        seen = said(user.get(here))
        assert (seen["number"], seen["state"], seen["legal_basis"]) == (
            asked["number"],
            "REFUSED",
            "社会保险法第五十六条",
        )
        assert [
            each["state"] for each in said(provider.get("/data-use-requests", {"side": "received"}))["items"]
        ] == ["REFUSED"]

    def test_does_a_repeated_call_once(self, provider: Caller, agency: Agency) -> None:
        body = {**SERVICE, "definition": {"url": agency.url}}

        first, second = (provider.post("/data-services", body, Idempotency_Key="k-1") for _turn in range(2))
        third = provider.post("/data-services", body)

        assert said(first, 201) == said(second, 201)
        assert said(third, 409)["code"] == "data_service_code_taken"
        saved = {**body, "revision": 1, "title": "出生查询", "secret": "of-the-agency"}
        del saved["code"]
        assert said(provider.send("PUT", "/data-services/births", saved))["revision"] == 2
        assert said(provider.send("PUT", "/data-services/births", saved), 409)["code"] == "stale_version"


class TestWhoMay:
    def test_lets_no_system_review_and_no_reader_change(
        self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency
    ) -> None:
        published(provider, reviewer, agency)
        reader = api.system("sharing:read", client_id="reader", agency_code=make.USER)
        caller = api.system("data:call", client_id="caller", agency_code=make.USER)

        assert said(reader.get("/data-services"))["items"] != []
        asked = said(user.post("/data-services/births/requests", wish()), 201)
        here = f"/data-use-requests/{asked['id']}"
        refused = [
            user.post(f"{here}/review", {"is_in_order": True}),
            user.post(f"{here}/grant", {"fields": ["name"], "daily_quota": 1}),
            reader.post("/data-services/births/requests", wish()),
            reader.post("/data-services", {**SERVICE, "definition": {"url": agency.url}}),
            user.post("/data-services/births/steps", {"act": "SUSPEND", "words": "x"}),
            caller.get("/data-services"),
            caller.get("/data-figures"),
            reader.get("/data-gateway"),
        ]

        assert [each.status_code for each in refused] == [403, 409, *[403] * 6]
        stranger = api.system(*SCOPES, client_id="stranger", agency_code="11511301008778000X")
        assert stranger.get(here).status_code == 404
        assert said(stranger.get("/data-use-requests"))["items"] == []
        assert said(stranger.get("/data-figures"))["days"] == []

    @pytest.mark.parametrize(
        "changes",
        [
            {"fields": ["name", "division"]},
            {"daily_quota": 11},
            {"until": day(31)},
            {"until": day(-1)},
            {"row_condition": "row."},
        ],
    )
    def test_opens_no_more_than_was_asked_for(
        self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency, changes: dict[str, Any]
    ) -> None:
        published(provider, reviewer, agency)
        asked = said(user.post("/data-services/births/requests", wish()), 201)
        here = f"/data-use-requests/{asked['id']}"
        said(reviewer.post(f"{here}/review", {"is_in_order": True}))

        answer = {"fields": ["name"], "daily_quota": 2, **changes}
        refused = said(provider.post(f"{here}/grant", answer), 422)

        assert refused["fields"].keys() == changes.keys()
        assert said(user.get("/data-grants"))["items"] == []


class TestTheGatewaysDescription:
    def test_says_exactly_what_is_granted(
        self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency
    ) -> None:
        published(provider, reviewer, agency)
        assert said(user.get("/data-gateway"))["paths"] == {}
        grant = granted(provider, user, reviewer)

        document = said(user.get("/data-gateway"))

        validate(document)
        operation = document["paths"]["/gateway/v1/births"]["post"]
        assert (operation["x-grant"]["id"], operation["x-grant"]["daily_quota"]) == (grant, 2)
        question = operation["requestBody"]["content"]["application/json"]["schema"]
        OAS31Validator(question).validate({"question": {"id_number": "1"}, "fields": ["name"]})
        wrong: list[Any] = [{}, {"question": {}}, {"question": {"id_number": "1"}, "fields": ["born"]}]
        assert not any(OAS31Validator(question).is_valid(each) for each in wrong)
        answer = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert list(answer["properties"]["rows"]["items"]["properties"]) == ["name"]
        OAS31Validator(answer).validate(call(user).json())
        assert "place" not in json.dumps(document)

        said(provider.post(f"/data-grants/{grant}/revocation", {"words": "不再需要"}))
        assert said(user.get("/data-gateway"))["paths"] == {}


class TestReading:
    @pytest.fixture
    def opened(self, provider: Caller, user: Caller, reviewer: Caller, agency: Agency) -> dict[str, str]:
        published(provider, reviewer, agency)
        grant = granted(provider, user, reviewer)
        call(user)
        return {"grant": grant, "request": said(user.get(f"/data-grants/{grant}"))["request_id"]}

    @pytest.mark.parametrize(
        ("path", "queries"),
        [
            ("/data-services", 2),
            ("/data-services/births", 2),
            ("/data-use-requests", 2),
            ("/data-use-requests/{request}", 4),
            ("/data-grants", 2),
            ("/data-grants/{grant}", 2),
            ("/data-figures", 6),
            ("/data-calls", 3),
            ("/data-alarms", 2),
            ("/data-gateway", 2),
        ],
    )
    def test_costs_a_fixed_number_of_queries(
        self,
        user: Caller,
        opened: dict[str, str],
        path: str,
        queries: int,
        django_assert_num_queries: DjangoAssertNumQueries,
    ) -> None:
        address = path.format_map(opened)
        user.get(address)

        with django_assert_num_queries(queries):
            response = user.get(address)

        assert response.status_code == 200
