"""
Ids of others, through every address that takes one; and whether answers tell which ids exist.
"""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import URLResolver, get_resolver

from tests.factories import api, identity
from tests.factories.database import contents
from tests.identity_proof.attacks.area import OWN_LOGS, Area, count, harm_of, unchanged
from tongban.support.identity.values import AccountKind

pytestmark = pytest.mark.django_db

JSON = "application/json"
PART = re.compile(r"<(?:\w+:)?(\w+)>")
OPEN = (
    "items/",
    "agencies/",
    "events/",
    "browse/",
    "verify/",
    "api/v1/offerings/",
    "api/v1/verifications/",
    "sso/",
)
"""Addresses of what is published, or what proves itself (one login has tests of its own)."""
CLIENTS = "/desk/clients/"
"""Other systems are the operator's own business."""
OWN = frozenset({"apply/<str:code>/", "desk/accept/<str:code>/", "desk/accept/<str:code>/consent/"})
"""Begin something of one's own."""


@pytest.fixture
def area(settings: Any, tmp_path: Any) -> Area:
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    settings.TONGBAN_HOME = tmp_path
    return Area()


def routes(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from routes(entry, route)
        elif PART.search(route):
            yield route


def addresses(area: Area) -> list[str]:
    """
    Return every address with a part, filled in with the victim's things.
    """
    ids = area.ids
    found = {
        "/" + PART.sub(lambda part: ids.get(part.group(1), str(uuid4())), route)
        for route in routes(get_resolver())
        if not route.startswith(OPEN) and route not in OWN
    }
    return sorted(found)


FORM = {
    "purpose": "办理业务",
    "reason": "核对",
    "words": "x",
    "to_account": "00000000-0000-4000-8000-000000000001",
    "item": "1",
    "opinion": "同意",
    "rating": "5",
    "recipient": "李明",
    "confirm": "1",
}


class TestPagesAndFiles:
    def test_of_others_open_to_nobody(self, area: Area) -> None:
        before = contents(without=OWN_LOGS)
        pages = [address for address in addresses(area) if not address.startswith("/api/")]
        harm = {}

        for who in ("nobody", "attacker", "stranger", "operator", "auditor"):
            for address in pages:
                for method in ("get", "post"):
                    response = getattr(area.browsers[who], method)(
                        address, FORM if method == "post" else None
                    )
                    told = harm_of(response, secrets=area.secrets, payload=address)
                    is_let_in = response.status_code == 200 and not (who == "operator" and CLIENTS in address)
                    harm[who, method, address] = told or ("let in" if is_let_in else "")

        count("foreign ids", len(harm))
        assert len(pages) > 25
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before) == []


class TestOperations:
    def test_on_things_of_others_do_nothing(self, area: Area) -> None:
        callers = {"nobody": api.nobody(), "attacker": area.attacker, "foreign system": area.foreign_system}
        operations = [address for address in addresses(area) if address.startswith("/api/v1/")]
        before = contents(without=OWN_LOGS | {"foundation_idempotencykey"})
        harm = {}

        for who, caller in callers.items():
            for address in operations:
                for method in ("GET", "POST", "PUT", "DELETE"):
                    response = Browser(raise_request_exception=False).generic(
                        method, address, b"" if method == "GET" else b"{}", JSON, headers=caller.headers({})
                    )
                    told = harm_of(response, secrets=area.secrets, payload=address)
                    harm[who, method, address] = told or ("let in" if response.status_code < 300 else "")

        count("foreign ids", len(harm))
        assert len(operations) > 25
        assert {key: told for key, told in harm.items() if told} == {}
        assert unchanged(before, without=OWN_LOGS | {"foundation_idempotencykey"}) == []


class TestEnumeration:
    """
    What exists and what does not answer alike: status, words, and what is asked of the database.
    """

    KINDS = {
        "case": ("/api/v1/cases/{}", "number", "511602000000MB00000001999990101"),
        "draft": ("/api/v1/drafts/{}", "draft_id", "00000000-0000-4000-8000-00000000dead"),
        "file": ("/api/v1/files/{}", "file_id", "00000000-0000-4000-8000-00000000dead"),
        "message": ("/api/v1/messages/{}", "message_id", "00000000-0000-4000-8000-00000000dead"),
        "licence": ("/api/v1/licences/{}", "identifier", "1.2.156.3005.2.11510100MB1500000X001.1.X.1.0"),
        "work item": ("/api/v1/work-items/{}", "item_id", "00000000-0000-4000-8000-00000000dead"),
    }

    def test_of_ids_teaches_nothing(self, area: Area) -> None:
        hidden: dict[str, tuple[object, ...]] = {}
        never: dict[str, tuple[object, ...]] = {}

        for kind, (path, name, unknown) in self.KINDS.items():
            hidden[kind] = asked(path.format(area.ids[name]), area)
            never[kind] = asked(path.format(unknown), area)

        count("enumeration", 2 * len(hidden))
        # What is no identifier of a licence at all is seen from its check character, without a question.
        hidden["licence"], never["licence"] = hidden["licence"][:2], never["licence"][:2]
        assert hidden == never

    def test_of_accounts_by_logging_in_teaches_nothing(self, area: Area) -> None:
        told = []

        for login in (
            api.CITIZEN_MOBILE,
            "19900009999",
            "clerk.all",
            "no.such.clerk",
            "110105194912310021",
            "' OR 1=1",
        ):
            body = {"login": login, "password": "Wrong-password-1", "kind": AccountKind.PERSON.value}
            response = Browser(raise_request_exception=False).post(
                "/api/v1/sessions", json.dumps(body), "application/json", REMOTE_ADDR="192.0.2.10"
            )
            answer = response.json()
            told.append((response.status_code, answer["code"], answer["title"]))

        count("enumeration", len(told))
        assert set(told) == {(401, "login_failed", told[0][2])}

    def test_of_accounts_by_resets_and_codes_teaches_nothing(self, area: Area) -> None:
        told: dict[str, set[tuple[int, tuple[str, ...], str]]] = {}
        reset = {
            "id_number": identity.id_number(),
            "mobile": "{}",
            "code": "000000",
            "new_password": "Horse-battery-9",
        }

        for path, body in (
            ("/api/v1/password-resets", reset),
            ("/api/v1/codes", {"mobile": "{}", "purpose": "RESET_PASSWORD"}),
            ("/api/v1/codes", {"mobile": "{}", "purpose": "REGISTER"}),
        ):
            for mobile in (api.CITIZEN_MOBILE, "19900009998"):
                sent = json.dumps({name: text.replace("{}", mobile) for name, text in body.items()})
                response = Browser(raise_request_exception=False).post(
                    path, sent, "application/json", REMOTE_ADDR="192.0.2.11"
                )
                answer = response.json()
                words = (response.status_code, tuple(sorted(answer)), json.dumps(answer.get("fields")))
                told.setdefault(f"{path} {body.get('purpose', '')}", set()).add(words)

        count("enumeration", 2 * len(told))
        # Each gets as far as where it would show: a code is sent, a reset refused for what does not belong together.
        assert {door: {words[0] for words in answers} for door, answers in told.items()} == {
            "/api/v1/password-resets ": {422},
            "/api/v1/codes RESET_PASSWORD": {202},
            "/api/v1/codes REGISTER": {202},
        }
        assert {door: len(answers) for door, answers in told.items()} == dict.fromkeys(told, 1)

    def test_of_cases_by_their_progress_teaches_nothing(self, area: Area) -> None:
        known = area.world.case_number
        wrong = "AAAAAAAAAA"

        answers = {
            (response.status_code, response.json()["code"])
            for number in (known, "511602000000MB00000001999990101")
            for response in [
                Browser(raise_request_exception=False).get(
                    "/api/v1/progress", {"number": number, "query_code": wrong}
                )
            ]
        }

        count("enumeration", 2)
        assert len(answers) == 1

    def test_of_query_codes_is_stopped(self, area: Area) -> None:
        answers = [
            Browser(raise_request_exception=False)
            .get(
                "/api/v1/progress",
                {"number": area.world.case_number, "query_code": f"AAAAAA{number:04}"},
                REMOTE_ADDR="192.0.2.12",
            )
            .status_code
            for number in range(40)
        ]

        count("enumeration", len(answers))
        assert 200 not in answers
        assert answers[-1] in {404, 422, 429}


def asked(address: str, area: Area) -> tuple[int, str, int]:
    """
    Return status, code and number of statements of what the attacker is told.
    """
    with CaptureQueriesContext(connection) as statements:
        response = Browser(raise_request_exception=False).get(address, headers=area.attacker.headers({}))
    # What was refused is written down for the one and not for the other: no question, and after the answer.
    questions = [
        one
        for one in statements.captured_queries
        if "foundation_audit" not in one["sql"] and "SAVEPOINT" not in one["sql"]
    ]
    return response.status_code, response.json()["code"], len(questions)
